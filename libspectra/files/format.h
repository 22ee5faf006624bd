/* format.h: what a reader of one checkpoint format fills in; ckpt.c has the table of readers. */
#ifndef SPX_FILES_FORMAT_H
#define SPX_FILES_FORMAT_H

#include "spx/ckpt.h"
#include "spx/file.h"

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

struct spx_ckpt {
    char *path;
    const char *format;
    spx_map map;
    size_t count, metas;
    spx_tensor *tensor;
    char **owned_names;
    meta *meta;
    float **heap; /* count entries or NULL: data that is not in the map */
};

/* Fill c, whose path is set. On failure what was filled is released by the caller. */
typedef spx_status format_open(spx_ckpt *c, spx_error *err);
format_open format_open_gguf, format_open_safetensors, format_open_stage;

/* Room for n tensors. */
SPX_CHECKED spx_status format_tensors(spx_ckpt *c, size_t n, spx_error *err);
/* Sets tensor i's name, copied; the rest of it is the caller's. */
SPX_CHECKED spx_status format_name(spx_ckpt *c, size_t i, const char *name, size_t len,
                                   spx_error *err);
/* Bytes of a tensor by type and shape; fails on overflow, or rows that are not whole blocks. */
SPX_CHECKED spx_status format_bytes(const spx_ckpt *c, const spx_tensor *t, size_t *bytes,
                                    spx_error *err);
/* After all tensors are in: no name twice, no two byte ranges that overlap. */
SPX_CHECKED spx_status format_check(const spx_ckpt *c, spx_error *err);

#endif
