/* write.h: what the writers of checkpoint formats share. */
#ifndef SPX_FORMATS_WRITE_H
#define SPX_FORMATS_WRITE_H

#include "formats/format.h"

#include "spx/export.h"
#include "spx/output.h"

/* The checkpoint that is written again, and its n replaced tensors. */
struct edits {
    const spx_ckpt *c;
    const spx_replacement *r;
    size_t n;
    const spx_ckpt *over; /* NULL, or c with adapters on it: what they change is written too */
};
/* Type and bytes of t as it will be written; whether it is replaced. */
spx_dtype edits_dtype(const edits *e, const spx_tensor *t);
size_t edits_bytes(const edits *e, const spx_tensor *t);
bool edits_replaces(const edits *e, const spx_tensor *t);
/* True if adapters change t and no new values are given for it. */
bool edits_adapts(const edits *e, const spx_tensor *t);
/* The quantised weight whose codes t are, if it is replaced: it is written in place of them. */
const spx_tensor *edits_weight(const edits *e, const spx_tensor *t);
/* True if t is a companion of a weight that is replaced: it is not written. */
bool edits_drops(const edits *e, const spx_tensor *t);
/* True if a quantised weight is replaced. */
bool edits_joined(const edits *e);
/* The tensors of file p of the checkpoint that are written, in the file's order; the list is in
 * tmp. */
SPX_CHECKED spx_status edits_tensors(const edits *e, const part *p, const spx_tensor ***list,
                                     size_t *n, spx_scratch *tmp, spx_error *err);

/*
 * placing.c: the files of one output. Each is written beside its place; placing_end gives all of
 * them their names, in the order in which they were added, or removes them all. A folder that is
 * not there is filled as FOLDER.part and renamed last. Start from {0}.
 */
typedef struct placed placed;
typedef struct placing {
    placed *first, *last;
    char folder[4096]; /* where its files go until the end; "" without a folder */
    char final[4096];
    bool made; /* folder is FOLDER.part */
    spx_scratch memory;
} placing;
/* SPX_EINVAL if something is there that is not an empty folder. */
SPX_CHECKED spx_status placing_check(const char *folder, spx_error *err);
SPX_CHECKED spx_status placing_folder(placing *p, const char *path, spx_error *err);
/* Opens the file `path` as spx_output_open does; *file lives until placing_end, which finishes it.
 */
SPX_CHECKED spx_status placing_add(placing *p, const char *path, spx_output **file, spx_error *err);
/* st is the status so far; returns that, or what went wrong now. */
SPX_CHECKED spx_status placing_end(placing *p, spx_status st, spx_error *err);

/* fit.c: what a replacement loses in its type. */
typedef struct fit {
    size_t over;     /* the first finite value that becomes infinite or NaN; SIZE_MAX: none */
    size_t vanished; /* values other than 0 that become 0 or, of a quantised type, blocks that do */
    size_t odd;      /* values that are not finite to begin with */
} fit;
/* n values: whole blocks. */
SPX_CHECKED spx_status fit_measure(const spx_replacement *r, size_t n, fit *out, spx_error *err);
/* As spx_ckpt_fit, of a tensor that c has and a type that its format can write. */
SPX_CHECKED spx_status fit_check(const spx_ckpt *c, const spx_replacement *r,
                                 const spx_notify *notify, spx_error *err);

/* What goes into a file of placing_add. */
typedef struct output {
    spx_output *file; /* borrowed */
    FILE *f;          /* its stream */
    size_t at;        /* bytes put so far; output_close checks whether they were written */
} output;
void output_open(output *o, spx_output *file);
void output_put(output *o, const void *data, size_t n);
void output_whole(output *o, uint64_t x, size_t bytes); /* little-endian */
/* Puts n bytes of file p as they are and releases their pages. */
void output_copy(output *o, const part *p, const unsigned char *from, size_t n);
/* Puts a tensor of p, or what replaces it. */
SPX_CHECKED spx_status output_tensor(output *o, const edits *e, const part *p, const spx_tensor *t,
                                     spx_error *err);
/* Returns st, the status so far, or what went wrong in writing. */
SPX_CHECKED spx_status output_close(output *o, spx_status st, spx_error *err);

/* True if both paths exist and are one file or folder. */
bool write_same_file(const char *a, const char *b);

/* Write file p of the checkpoint again, as path: what the rows of formats name. */
SPX_CHECKED spx_status write_gguf(const edits *e, const part *p, spx_output *to, spx_error *err);
SPX_CHECKED spx_status write_safetensors(const edits *e, const part *p, spx_output *to,
                                         spx_error *err);
SPX_CHECKED spx_status write_index(const edits *e, const part *p, spx_output *to, spx_error *err);

#endif
