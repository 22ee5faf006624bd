/* spx/output.h: writing a text file so that it is whole or not there. */
#ifndef SPX_OUTPUT_H
#define SPX_OUTPUT_H

#include "spx/file.h"

#include <stdio.h>

/* A file being written. Start from {0}. */
typedef struct spx_output {
    FILE *to;
    const char *name; /* the path as the caller gave it, for messages; not a copy */
    spx_claim claim;  /* of a file that is written beside its place; else its fd is -1 */
} spx_output;

/**
 * Opens the file at `path` for writing. A file that is regular, or does not exist, is written as
 * FILE.part beside it (spx_file_claim), which spx_output_finish puts in its place. What exists and
 * is no regular file (a device, a pipe) is written directly.
 *
 * @param[out] out  end with spx_output_finish or spx_output_abandon; {0} on failure.
 * @return SPX_OK; SPX_EIO names the path, also where another process is writing the same file or a
 *         named pipe has no reader.
 */
SPX_CHECKED spx_status spx_output_open(spx_output *out, const char *path, spx_error *err);
/* SPX_EIO unless all that was written to `to` has reached the system; `name` is for the message. */
SPX_CHECKED spx_status spx_output_flush(FILE *to, const char *name, spx_error *err);
/* Flushes, syncs, closes and puts the file in place. On failure, SPX_EIO, the part is removed and
 * an earlier file is untouched. *out becomes {0}. */
SPX_CHECKED spx_status spx_output_finish(spx_output *out, spx_error *err);
/* Closes and removes what was written. {0} is allowed. */
void spx_output_abandon(spx_output *out);
/* spx_output_finish if st is SPX_OK, else spx_output_abandon; returns the first failure. */
SPX_CHECKED spx_status spx_output_end(spx_output *out, spx_status st, spx_error *err);

#endif
