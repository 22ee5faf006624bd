/* write.h: what the writers of checkpoint formats share. */
#ifndef SPX_FILES_WRITE_H
#define SPX_FILES_WRITE_H

#include "files/format.h"

#include "spx/export.h"
#include "spx/output.h"

/* The checkpoint that is written again, and its n replaced tensors. */
struct edits {
    const spx_ckpt *c;
    const spx_replacement *r;
    size_t n;
};
/* Type and bytes of t as it will be written; whether it is replaced. */
spx_dtype edits_dtype(const edits *e, const spx_tensor *t);
size_t edits_bytes(const edits *e, const spx_tensor *t);
bool edits_replaces(const edits *e, const spx_tensor *t);
/* The quantised weight whose codes t are, if it is replaced: it is written in place of them. */
const spx_tensor *edits_weight(const edits *e, const spx_tensor *t);
/* True if t is a companion of a weight that is replaced: it is not written. */
bool edits_drops(const edits *e, const spx_tensor *t);
/* True if a quantised weight is replaced. */
bool edits_joined(const edits *e);
/* The tensors of file p of the checkpoint that are written, in the file's order; the list is in tmp. */
SPX_CHECKED spx_status edits_tensors(const edits *e, const part *p, const spx_tensor ***list,
                                     size_t *n, spx_scratch *tmp, spx_error *err);

/* A file of the new checkpoint, put in its place when it is closed after success. */
typedef struct output {
    spx_output file;
    FILE *f;   /* the file's stream */
    size_t at; /* bytes put so far; output_close checks whether they were written */
} output;
/* SPX_EINVAL if path is a file of the checkpoint, which is still being read. */
SPX_CHECKED spx_status output_open(output *o, const edits *e, const char *path, spx_error *err);
void output_put(output *o, const void *data, size_t n);
void output_whole(output *o, uint64_t x, size_t bytes); /* little-endian */
/* Puts n bytes of file p as they are and releases their pages. */
void output_copy(output *o, const part *p, const unsigned char *from, size_t n);
/* Puts a tensor of p, or what replaces it. */
SPX_CHECKED spx_status output_tensor(output *o, const edits *e, const part *p, const spx_tensor *t,
                                     spx_error *err);
/* Closes the file and returns st, the status so far, or what went wrong with the file. */
SPX_CHECKED spx_status output_close(output *o, spx_status st, spx_error *err);

/* True if both paths exist and are one file or folder. */
bool write_same_file(const char *a, const char *b);

/* Write file p of the checkpoint again, at path: what the rows of formats name. */
SPX_CHECKED spx_status write_gguf(const edits *e, const part *p, const char *path, spx_error *err);
SPX_CHECKED spx_status write_safetensors(const edits *e, const part *p, const char *path,
                                         spx_error *err);
SPX_CHECKED spx_status write_index(const edits *e, const part *p, const char *path, spx_error *err);

#endif
