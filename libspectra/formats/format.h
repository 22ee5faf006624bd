/* format.h: a checkpoint format as a row of a table, and what the readers of formats share. */
#ifndef SPX_FORMATS_FORMAT_H
#define SPX_FORMATS_FORMAT_H

#include "spx/ckpt.h"
#include "spx/file.h"
#include "spx/output.h"

#include <string.h>

/* One entry of metadata: a text, a number, or an array of either. */
typedef struct meta {
    char *key;
    char *text;
    bool is_number;
    double number;
    char **texts;
    double *numbers;
    size_t n; /* length of texts or numbers */
} meta;

typedef struct part part;
typedef struct adapter adapter;     /* files/adapter.h */
typedef struct candidate candidate; /* match.c */
typedef struct edits edits;         /* files/write.h */

/*
 * A checkpoint format: how its files are recognised, read and written, and what sets it apart.
 * The row of a format stands in the format's file; ckpt.c lists the rows in the order in which
 * they are tried.
 */
typedef struct format {
    const char *name; /* what spx_ckpt_format returns */
    /* True if a file at `path`, n bytes at `head`, is of this format. */
    bool (*probe)(const char *path, const unsigned char *head, size_t n);
    /* Appends what file p holds to c. On failure, what was appended is released with c. */
    spx_status (*open)(spx_ckpt *c, part *p, spx_error *err);
    /* Writes file p again, into `to`, with the edits; NULL: the format cannot be written. */
    spx_status (*write)(const edits *e, const part *p, spx_output *to, spx_error *err);
    bool llama_cpp;         /* names, order of rows and metadata are llama.cpp's */
    bool edits_only;        /* a stage of a run: the edited tensors, in memory, without a file */
    bool blocks;            /* tensors may be quantised block by block */
    bool needs_folder;      /* config.json and the tokenizer's files lie beside its file: */
    const char *single_end; /* only a path that ends so is written as one file */
    const char *split_end;  /* a path that ends so stands for all files of a split checkpoint */
} format;
extern const format format_run, format_index, format_gguf, format_safetensors, format_npy,
    format_zip, format_adapter;

/* One file of a checkpoint. */
struct part {
    char *path;
    const format *format;
    spx_map map;
    size_t head;  /* bytes before the data of safetensors, before the tensor infos of GGUF */
    size_t align; /* of GGUF's data */
};

/* SHA-256 of a tensor's bytes; empty until it is asked for. */
typedef struct tensor_hash {
    char hex[SPX_SHA256_HEX];
} tensor_hash;

enum { FORMAT_PARTS = 1024 };
struct spx_ckpt {
    char *path;
    const format *format; /* of the file that was opened first */
    size_t parts, count, metas, notes;
    part *part[FORMAT_PARTS]; /* each allocated on its own: readers keep pointers to it */
    spx_tensor *tensor;
    char **owned_names;
    void **owned_data;  /* count entries: data that lies in no map, or NULL */
    char **owned_types; /* count entries: names of types that are not read, or NULL */
    tensor_hash *hash;  /* count entries */
    meta *meta;
    char **note;      /* what spx_ckpt_note tells */
    size_t copied;    /* bytes of tensors that lie in no map since they were put in order */
    bool shared;      /* tensors may lie in the same bytes, as tied weights do */
    spx_ckpt *under;  /* what the adapter is on, or NULL */
    adapter *adapter; /* with it */

    /* Made by format_check: */
    spx_tensor *stored; /* what the files hold, where quantised weights were joined; else NULL */
    size_t in_files, joins;
    struct joined_weight *joined; /* joins entries; files/quantised.h */
    char **reason;                /* of what the files hold: why values cannot be known, or NULL */
    spx_tensor *expert;           /* matrices of stacks */
    char **expert_names;
    tensor_hash *expert_hash;
    size_t experts, shown, names, candidates;
    const spx_tensor **show;    /* what spx_ckpt_at tells: experts in place of their stack */
    const spx_tensor **by_name; /* of all, stacks and experts, in order of strcmp */
    candidate *by_place;        /* those shown that the table of architectures knows */
};

/* ggml's number of the type in which t is written. */
uint32_t format_gguf_type(const spx_tensor *t, spx_dtype dtype);

/* Maps another file of c and reads it by the table of formats; SPX_EFORMAT if `want` is given and
 * the file is of another format. */
SPX_CHECKED spx_status format_add(spx_ckpt *c, const char *path, const format *want,
                                  spx_error *err);
/* Path of a file in p's folder; `name` must be a plain file name: no slash, no "..". */
SPX_CHECKED spx_status format_beside(const part *p, const char *name, char *out, size_t size,
                                     spx_error *err);

/* SPX_EFORMAT if the file holds what a server or Git gave instead of a checkpoint: a pointer of Git
 * LFS, a page of HTML or XML, a JSON message; says what to do. format_unknown names what a file is
 * that no format reads, format_no_checkpoint what a folder holds that none opens; unknown.c. */
SPX_CHECKED spx_status format_page(const part *p, spx_error *err);
SPX_CHECKED spx_status format_unknown(const part *p, spx_error *err);
SPX_CHECKED spx_status format_no_checkpoint(const char *folder, spx_error *err);

/* True if t lies in that file's map. */
bool format_inside(const part *p, const spx_tensor *t);

/* Makes room for n more tensors (entries of metadata); *first is the index of the first one. */
SPX_CHECKED spx_status format_tensors(spx_ckpt *c, size_t n, size_t *first, spx_error *err);
SPX_CHECKED spx_status format_metas(spx_ckpt *c, size_t n, size_t *first, spx_error *err);
/* Sets the name of tensor i, copied; the caller sets the other fields. */
SPX_CHECKED spx_status format_name(spx_ckpt *c, size_t i, const char *name, size_t len,
                                   spx_error *err);
/* Appends an axis; of more than SPX_MAX_DIMS, the first ones are taken as one. SPX_EFORMAT if the
 * number of values overflows. */
SPX_CHECKED spx_status format_axis(const part *p, spx_tensor *t, size_t extent, spx_error *err);
/* Bytes of a tensor by type and shape; SPX_EFORMAT on overflow, or for rows that do not divide into
 * blocks. */
SPX_CHECKED spx_status format_bytes(const part *p, const spx_tensor *t, size_t *bytes,
                                    spx_error *err);
/* Makes t one of a type that is not read, called `type` in its file; copied, unprintable bytes as
 * '?'. */
SPX_CHECKED spx_status format_other_type(spx_ckpt *c, spx_tensor *t, const char *type, size_t len,
                                         spx_error *err);

/* Values apart from one another: `stride` bytes from one to the next along each axis; swapped: each
 * is big-endian. */
enum { FORMAT_AXES = 64 };
typedef struct strided {
    const unsigned char *data;
    size_t ndim, shape[FORMAT_AXES], stride[FORMAT_AXES];
    size_t width; /* bytes of a value */
    bool swapped;
} strided;
/* Copies the values of tensor i, whose shape and bytes are set, into memory that c owns, in C's
 * order. SPX_EFORMAT if all copies of c together take more than 64 MiB and 20 times its files. */
SPX_CHECKED spx_status format_gather(spx_ckpt *c, size_t i, const strided *from, spx_error *err);

/* Releases what tensor i owns; puts tensor `from` in the place of tensor `to`, which owns nothing
 * or is the same. The caller sets the count. */
void format_forget(spx_ckpt *c, size_t i);
void format_move(spx_ckpt *c, size_t to, size_t from);

/* Adds a line to what spx_ckpt_note tells. */
SPX_CHECKED spx_status format_note(spx_ckpt *c, spx_error *err, const char *fmt, ...)
    SPX_PRINTF(3, 4);
/* Appends matrices of floats, whose data stay where they are; run_stage.c. */
SPX_CHECKED spx_status format_floats(spx_ckpt *c, const spx_floats *m, size_t n, spx_error *err);
/* After all tensors are in: joins what makes up a quantised weight, takes stacks of experts apart,
 * sorts by name and by place, checks that no name appears twice and that no two byte ranges overlap
 * (unless c is shared), and finds how matrices are stored. */
SPX_CHECKED spx_status format_check(spx_ckpt *c, spx_error *err);
/* What the files hold, n tensors; a weight that was joined is not among them, its codes are. */
const spx_tensor *format_stored(const spx_ckpt *c, size_t *n);
/* The steps of it: experts.c, match.c, orientation.c; quantised.h has one more. */
SPX_CHECKED spx_status format_experts(spx_ckpt *c, spx_error *err);
SPX_CHECKED spx_status format_places(spx_ckpt *c, spx_error *err);
SPX_CHECKED spx_status format_orient(spx_ckpt *c, spx_error *err);

#endif
