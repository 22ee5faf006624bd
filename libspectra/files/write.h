/* write.h: what writers of checkpoint formats share: the file being made, and tensors put into it
 * as they are or replaced. */
#ifndef SPX_FILES_WRITE_H
#define SPX_FILES_WRITE_H

#include "files/format.h"

#include "spx/export.h"

#include <stdio.h>

/* The checkpoint that is written again, and what is new in it. */
typedef struct edits {
    const spx_ckpt *c;
    const spx_replacement *r;
    size_t n;
} edits;
/* Type and bytes of t as it will be written. */
spx_dtype edits_dtype(const edits *e, const spx_tensor *t);
size_t edits_bytes(const edits *e, const spx_tensor *t);
bool edits_replaces(const edits *e, const spx_tensor *t);
/* The tensors that lie in file p of the checkpoint, in its order; allocated in tmp. */
SPX_CHECKED spx_status edits_tensors(const edits *e, const part *p, const spx_tensor ***list,
                                     size_t *n, spx_scratch *tmp, spx_error *err);

/* FILE.part, which becomes FILE when it is closed after success and is removed after a failure. */
typedef struct output {
    FILE *f;
    size_t at; /* bytes put; whether they got there is asked when it is closed */
    char path[4096], part[4096 + 8];
} output;
/* Refuses to write over a file of the checkpoint, which is still to be read. */
SPX_CHECKED spx_status output_open(output *o, const edits *e, const char *path, spx_error *err);
void output_put(output *o, const void *data, size_t n);
void output_whole(output *o, uint64_t x, size_t bytes); /* little-endian */
/* Bytes of file p as they are; their pages are given back. */
void output_copy(output *o, const part *p, const unsigned char *from, size_t n);
/* A tensor of p or what replaces it. */
SPX_CHECKED spx_status output_tensor(output *o, const edits *e, const part *p, const spx_tensor *t,
                                     spx_error *err);
/* Returns st, the status so far, or what went wrong with the file. */
SPX_CHECKED spx_status output_close(output *o, spx_status st, spx_error *err);

/* Are both paths one file or folder? False where one is not there. */
bool write_same_file(const char *a, const char *b);

/* Writes file p of the checkpoint again, at path. */
typedef spx_status write_part(const edits *e, const part *p, const char *path, spx_error *err);
write_part write_gguf, write_safetensors, write_index;

#endif
