/* wire.h: messages between ranks; wire_mpi.c is the only file that knows MPI, wire_alone.c stands
 * for it where there is none. One thread at a time may call. */
#ifndef SPX_RUN_WIRE_H
#define SPX_RUN_WIRE_H

#include "spx/bytes.h"

typedef struct wire_place {
    size_t rank, size;
    size_t here; /* ranks on this machine */
} wire_place;

/* *mask (size bytes) becomes the union of those of the ranks on this machine. */
SPX_CHECKED spx_status wire_open(wire_place *out, void *mask, size_t size, spx_error *err);
SPX_CHECKED spx_status wire_send(size_t to, int kind, const spx_bytes *message, spx_error *err);
/* If a message is there, fills *message (its former content is lost), *from and *kind. */
SPX_CHECKED spx_status wire_poll(bool *there, size_t *from, int *kind, spx_bytes *message,
                                 spx_error *err);
/* Waits for all ranks. */
void wire_close(void);

#endif
