/* wire.h: messages between ranks, by MPI (wire_mpi.c) or, in a build without it, for a process
 * alone (wire_alone.c). One thread at a time may call. */
#ifndef SPX_WORK_WIRE_H
#define SPX_WORK_WIRE_H

#include "spx/bytes.h"

typedef struct wire_place {
    size_t rank, size;
    size_t here; /* ranks on this machine */
} wire_place;

/* Joins the other ranks. *mask (size bytes) becomes the union of the masks of the ranks on this
 * machine. */
SPX_CHECKED spx_status wire_open(wire_place *out, void *mask, size_t size, spx_error *err);
SPX_CHECKED spx_status wire_send(size_t to, int kind, const spx_bytes *message, spx_error *err);
/* If a message has arrived, replaces *message and sets *from and *kind. */
SPX_CHECKED spx_status wire_poll(bool *there, size_t *from, int *kind, spx_bytes *message,
                                 spx_error *err);
/* Waits for all ranks, and leaves them. */
void wire_close(void);

#endif
