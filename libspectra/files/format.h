/* format.h: what a reader of one checkpoint format fills in; ckpt.c has the table of readers. */
#ifndef SPX_FILES_FORMAT_H
#define SPX_FILES_FORMAT_H

#include "spx/ckpt.h"
#include "spx/file.h"

#include <string.h>

/* One entry of metadata: a text, a number, or an array of either. */
typedef struct meta {
    char *key;
    char *text;
    bool is_number;
    double number;
    char **texts;
    double *numbers;
    size_t n; /* of texts or numbers */
} meta;

/* One file of a checkpoint. */
typedef struct part {
    char *path;
    const char *format; /* static storage */
    spx_map map;
    size_t head;  /* bytes before the data of safetensors, before the tensor infos of GGUF */
    size_t align; /* of GGUF's data */
} part;

/* SHA-256 of a tensor's bytes and of its values as floats. */
typedef struct hashes {
    char bytes[SPX_SHA256_HEX], values[SPX_SHA256_HEX];
} hashes;

enum { FORMAT_PARTS = 1024 };
struct spx_ckpt {
    char *path;
    const char *format;
    size_t parts, count, metas;
    part *part[FORMAT_PARTS]; /* each allocated on its own: readers keep pointers to it */
    spx_tensor *tensor;
    char **owned_names;
    void **owned_data;          /* count entries: data that is in no map, or NULL */
    hashes *hash;               /* count entries, empty until asked for */
    const spx_tensor **by_name; /* count entries, in order of strcmp; once all are in */
    meta *meta;
    bool shared; /* tensors may lie in the same bytes, as tied weights do */
};

/* Appends what file p of c holds. On failure what was appended is released with c. */
typedef spx_status format_open(spx_ckpt *c, part *p, spx_error *err);
format_open format_open_gguf, format_open_safetensors, format_open_stage, format_open_index,
    format_open_npy, format_open_archive;

/* ggml's number of a type that GGUF has. */
uint32_t format_gguf_type(spx_dtype t);

/* Maps another file of c and reads it by the table of formats; it must be of format `want`, if
 * given. */
SPX_CHECKED spx_status format_add(spx_ckpt *c, const char *path, const char *want, spx_error *err);
/* Path of a file beside p, which must be a plain name: no folders, no "..". */
SPX_CHECKED spx_status format_beside(const part *p, const char *name, char *out, size_t size,
                                     spx_error *err);

/* Does t lie in that file's map? */
bool format_inside(const part *p, const spx_tensor *t);

static inline bool format_ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Room for n more tensors (entries of metadata); *first is the index of the first new one. */
SPX_CHECKED spx_status format_tensors(spx_ckpt *c, size_t n, size_t *first, spx_error *err);
SPX_CHECKED spx_status format_metas(spx_ckpt *c, size_t n, size_t *first, spx_error *err);
/* Sets tensor i's name, copied; the rest of it is the caller's. */
SPX_CHECKED spx_status format_name(spx_ckpt *c, size_t i, const char *name, size_t len,
                                   spx_error *err);
/* Bytes of a tensor by type and shape; fails on overflow, or rows that are not whole blocks. */
SPX_CHECKED spx_status format_bytes(const part *p, const spx_tensor *t, size_t *bytes,
                                    spx_error *err);
/* stage.c: tensors of floats that stay where they are. */
SPX_CHECKED spx_status format_floats(spx_ckpt *c, const spx_floats *m, size_t n, spx_error *err);
/* After all tensors are in: makes them known by name; no name twice, no two byte ranges that
 * overlap. */
SPX_CHECKED spx_status format_check(spx_ckpt *c, spx_error *err);

#endif
