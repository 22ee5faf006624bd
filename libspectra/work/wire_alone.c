/* wire_alone.c: in a build without MPI there are no other ranks. */
#include "work/wire.h"

spx_status wire_open(wire_place *out, void *mask, size_t size, spx_error *err)
{
    (void)mask;
    (void)size;
    *out = (wire_place){.size = 1, .here = 1};
    return SPX_FAIL(err, SPX_EUNSUP, "started by mpirun, but built without MPI (-DSPX_MPI=ON)");
}

spx_status wire_send(size_t to, int kind, const spx_bytes *message, spx_error *err)
{
    (void)kind;
    (void)message;
    return SPX_FAIL(err, SPX_EUNSUP, "rank %zu does not exist", to);
}

spx_status wire_poll(bool *there, size_t *from, int *kind, spx_bytes *message, spx_error *err)
{
    (void)message;
    (void)err;
    *there = false;
    *from = 0;
    *kind = 0;
    return SPX_OK;
}

void wire_close(void) {}
