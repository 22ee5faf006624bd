/* quantised.h: weights whose values are made from several stored tensors: codes and companions. */
#ifndef SPX_FORMATS_QUANTISED_H
#define SPX_FORMATS_QUANTISED_H

#include "formats/format.h"

#include "spx/json.h"

/*
 * W is a matrix, or a stack of matrices, with one code for each value. All products are in float.
 *
 *   family                     codes            W
 *   quantised_scaled.c
 *     FP8, int8                weight           (code - zero) scale, for blocks of rows and columns
 *     LLM.int8                 weight, SCB      code SCB[row] / 127
 *   quantised_fp4.c
 *     NVFP4, MXFP4             two E2M1 a byte  E2M1 scale, for groups of 16 or 32 columns
 *   quantised_packed.c
 *     compressed-tensors       weight_packed    (code - zero) scale, codes packed along the row
 *     GPTQ, AWQ                qweight          (code - zero) scale, W^T packed in words
 *   quantised_bnb.c
 *     bitsandbytes NF4, FP4    weight           map[code] absmax, for runs of 64 or so values
 */

/* Values in rows [r0, r0 + rows) and columns [c0, c0 + cols); out has ld values to a row. */
typedef struct value_block {
    size_t r0, c0, rows, cols, ld;
    float *out;
} value_block;
/* A method reads at most so much at a time. */
enum { TILE_ROWS = 16, TILE_COLS = SPX_PANEL_COLS, TILE = TILE_ROWS * TILE_COLS };

/* One number for each block of rows and columns of each matrix of a stack: t has the shape
 * stack x rows x cols. */
typedef struct value_grid {
    const spx_tensor *t; /* NULL: there is none */
    size_t stack;        /* 1: the same for every matrix */
    size_t rows, cols;
    size_t block_rows, block_cols;
} value_grid;

typedef struct spx_quantised quantised;
typedef struct quantised_config quantised_config;

/* A checkpoint whose tensors are being joined. */
typedef struct joiner {
    spx_ckpt *c;
    const quantised_config *config;
    bool *hidden;  /* stored tensors that are codes or companions of a weight */
    size_t *place; /* of codes: 1 + the index of their weight in c->joined; else 0 */
} joiner;

/* How a family of methods stores weights: a row of the table in quantised.c. */
typedef struct quantised_method {
    /* quant_method of config.json, in any of these spellings; NULL ends them. */
    const char *const *names;
    /* True if q->codes are the codes of this method, by name and companions; sets q->stem. */
    bool (*owns)(const joiner *j, quantised *q);
    /* Finds companions and shape, and checks that they fit; a failure says why the values cannot be
     * known. */
    spx_status (*join)(const joiner *j, quantised *q, spx_error *err);
    /* Reads at most a tile of W as it is stored: of W^T where q->turned. */
    void (*read)(const quantised *q, const value_block *b);
} quantised_method;
extern const quantised_method quantised_scaled, quantised_int8, quantised_fp4, quantised_mxfp4,
    quantised_packed, quantised_gptq, quantised_awq, quantised_bnb;

typedef struct companion {
    const spx_tensor *t;
    const char *use;
} companion;

enum { QUANTISED_COMPANIONS = 16, QUANTISED_TYPE = 96 };
struct spx_quantised {
    const quantised_method *method;
    const spx_tensor *codes;
    const char *stem; /* the codes' name up to here + stem_len: "a.b." of a.b.weight */
    size_t stem_len;
    char type[QUANTISED_TYPE];
    companion companion[QUANTISED_COMPANIONS];
    size_t companions;
    /* The stored matrices: W, or with `turned` W^T. */
    size_t stack, rows, cols;
    bool stacked; /* listed with the extent of the stack */
    bool turned;
    bool plain; /* row r of W lies in bytes r B / rows of the codes: pages go as it is read */
    value_grid scale, zero;
    float factor;                                 /* of every scale; 1 for most */
    float divisor;                                /* of every scale; 1 for most */
    size_t bits, group;                           /* of a code; of values with one scale */
    const spx_tensor *index;                      /* GPTQ: the group of each row of W^T */
    float zero_added;                             /* to every zero point as it is stored */
    const spx_tensor *map;                        /* bitsandbytes: the 16 values */
    const spx_tensor *absmax, *outer, *outer_map; /* scales, and theirs */
    float offset;
    size_t outer_group;
};

/* A weight as it is listed. */
struct joined_weight {
    spx_tensor t;
    quantised q;
    char *name;
};

/* Called by format_check once c->by_name is sorted: joins codes and companions. c->tensor then has
 * what is to be listed, c->stored what the files hold. */
SPX_CHECKED spx_status quantised_join(spx_ckpt *c, spx_error *err);

/* What the families share. */

/* The stored tensor called stem + end, or NULL. It becomes a companion of q where `use` is given.
 */
const spx_tensor *join_find(const joiner *j, quantised *q, const char *end, const char *use);
/* The stored tensor called as the codes + end, or NULL. */
const spx_tensor *join_find_after(const joiner *j, quantised *q, const char *end, const char *use);
/* True if the codes' name ends so; sets q->stem to what comes before. */
bool join_name_ends(quantised *q, const char *end);
/* Value i of a companion as a float; of a scale, where U8 is the exponent that F8_E8M0 is. */
float companion_value(const spx_tensor *t, size_t i);
float scale_value(const spx_tensor *t, size_t i);
size_t companion_values(const spx_tensor *t);
/* SPX_EFORMAT unless t has one of the types that scales come in: F32, F64, F16, BF16 and, with
 * `powers`, F8_E8M0 and U8. */
SPX_CHECKED spx_status join_check_scale(const spx_tensor *t, bool powers, spx_error *err);
/* Lays t over the matrices of q: one value, one for each row, or a grid of blocks. Blocks are of
 * the sizes given or, where block[0] is 0, those that fit: 128 x 128 or what divides evenly. */
SPX_CHECKED spx_status join_grid(const quantised *q, const spx_tensor *t, const size_t block[2],
                                 value_grid *out, spx_error *err);
size_t grid_place(const value_grid *g, size_t stack, size_t row, size_t col);
/* "per tensor", "per row", "groups of 128" or "128x128 blocks". */
void grid_text(const quantised *q, const value_grid *g, char *out, size_t size);
/* A reason in the words of all families: "weight_scale is 3x4 (expected 2x4)". */
SPX_CHECKED spx_status join_wrong_shape(const spx_tensor *t, const char *expected, spx_error *err);
/* The last part of a tensor's name, after the stem. */
const char *join_short(const quantised *q, const spx_tensor *t);

/* quantization_config of the config.json beside a checkpoint, or what stands for it; all zero where
 * there is none. */
struct quantised_config {
    char file[64];    /* where it was found: "config.json"; empty: nowhere */
    char member[32];  /* of the document; empty: all of it */
    char method[64];  /* quant_method */
    char format[64];  /* format, checkpoint_format or version */
    char variant[16]; /* bnb_4bit_quant_type */
    size_t block[2];  /* weight_block_size */
    size_t bits, group;
    bool eight_bit, four_bit; /* load_in_8bit, load_in_4bit */
    spx_json *root;           /* the document */
    const spx_json *skipped;  /* in it: names of modules that are not quantised */
    char fault[512];          /* why it cannot be read; empty: it can */
};
SPX_CHECKED spx_status quantised_config_read(const spx_ckpt *c, quantised_config *out,
                                             spx_error *err);
void quantised_config_close(quantised_config *config);
/* Why q contradicts the configuration: SPX_EFORMAT, or SPX_EUNSUP for a method of another name. */
SPX_CHECKED spx_status quantised_config_agrees(const quantised_config *config, const quantised *q,
                                               spx_error *err);
/* True if the configuration says that this tensor is not quantised. */
bool quantised_config_skips(const quantised_config *config, const char *tensor);

/* Whether edits that replace quantised weights can be written, into a folder or one file; written
 * so, a weight is in a plain type, its companions are left out, and config.json names its module
 * among those that are not quantised. SPX_EUNSUP says why not. */
SPX_CHECKED spx_status quantised_write_check(const edits *e, bool folder, spx_error *err);
/* Writes config.json so. */
SPX_CHECKED spx_status quantised_write_config(const edits *e, const char *source, spx_output *to,
                                              spx_error *err);

#endif
