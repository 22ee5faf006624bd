/* wire_mpi.c: messages between ranks, by MPI. The only file that includes <mpi.h>. */
#include "work/wire.h"

#include <limits.h>
#include <mpi.h>

static spx_status check(int code, const char *what, spx_error *err)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (code == MPI_SUCCESS) return SPX_OK;
    MPI_Error_string(code, text, &length);
    return SPX_FAIL(err, SPX_EIO, "MPI %s: %.*s", what, length, text);
}

/* Counts the ranks that share this machine's memory; *mask becomes the union of their masks. */
static spx_status look_around(wire_place *out, void *mask, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    MPI_Comm here = MPI_COMM_NULL;
    int n = 0;
    SPX_TRY(
        check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here),
              "split", err));
    SPX_TRY(check(MPI_Comm_size(here, &n), "size", err));
    SPX_TRY(check(MPI_Allreduce(MPI_IN_PLACE, mask, (int)size, MPI_BYTE, MPI_BOR, here),
                  "allreduce", err));
    out->here = (size_t)n;
out:
    if (here != MPI_COMM_NULL) MPI_Comm_free(&here);
    return st;
}

spx_status wire_open(wire_place *out, void *mask, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    int has = 0, rank = 0, ranks = 1;
    *out = (wire_place){.size = 1, .here = 1};
    SPX_TRY(check(MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &has), "init", err));
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (has < MPI_THREAD_SERIALIZED)
        SPX_RAISE(err, SPX_EUNSUP, "this MPI library does not support threads");
    SPX_TRY(check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "rank", err));
    SPX_TRY(check(MPI_Comm_size(MPI_COMM_WORLD, &ranks), "size", err));
    out->rank = (size_t)rank;
    out->size = (size_t)ranks;
    SPX_TRY(look_around(out, mask, size, err));
out:
    return st;
}

spx_status wire_send(size_t to, int kind, const spx_bytes *message, spx_error *err)
{
    if (message->size > INT_MAX)
        return SPX_FAIL(err, SPX_EUNSUP, "message of %zu bytes exceeds the limit of MPI",
                        message->size);
    return check(
        MPI_Send(message->data, (int)message->size, MPI_BYTE, (int)to, kind, MPI_COMM_WORLD),
        "send", err);
}

spx_status wire_poll(bool *there, size_t *from, int *kind, spx_bytes *message, spx_error *err)
{
    spx_status st = SPX_OK;
    MPI_Status status;
    int flag = 0, size = 0;
    *there = false;
    SPX_TRY(check(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, &status), "probe",
                  err));
    if (!flag) return SPX_OK;
    SPX_TRY(check(MPI_Get_count(&status, MPI_BYTE, &size), "count", err));
    message->size = 0;
    SPX_TRY(spx_bytes_room(message, (size_t)size, err));
    SPX_TRY(check(MPI_Recv(message->data, size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG,
                           MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                  "receive", err));
    message->size = (size_t)size;
    *from = (size_t)status.MPI_SOURCE;
    *kind = status.MPI_TAG;
    *there = true;
out:
    return st;
}

void wire_close(void) { MPI_Finalize(); }
