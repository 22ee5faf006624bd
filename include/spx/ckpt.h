/* spx/ckpt.h: tensors by name out of any checkpoint format. */
#ifndef SPX_CKPT_H
#define SPX_CKPT_H

#include "spx/file.h"
#include "spx/panels.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum spx_dtype {
    SPX_F64,
    SPX_F32,
    SPX_F16,
    SPX_BF16,
    SPX_F8_E4M3, /* without infinities (OCP OFP8 E4M3FN) */
    SPX_F8_E5M2,
    SPX_I8, /* integers: readable, but no weights */
    SPX_I16,
    SPX_I32,
    SPX_I64,
    SPX_U8,
    SPX_U16,
    SPX_U32,
    SPX_U64,
    SPX_BOOL,
    SPX_Q8_0, /* GGUF's blocks of 32 values (blocks.c) */
    SPX_Q4_0,
    SPX_Q4_1,
    SPX_Q5_0,
    SPX_Q5_1,
    SPX_IQ4_NL,
    SPX_Q2_K, /* and of 256 */
    SPX_Q3_K,
    SPX_Q4_K,
    SPX_Q5_K,
    SPX_Q6_K,
    SPX_Q8_K,
    SPX_DTYPES
} spx_dtype;
const char *spx_dtype_name(spx_dtype t); /* "F32", "Q4_1" */
bool spx_dtype_is_integer(spx_dtype t);
/* Unit roundoff and smallest positive value of a float type; false for any other. */
bool spx_dtype_rounding(spx_dtype t, double *unit, double *least);

#define SPX_MAX_DIMS 4
/* One tensor; everything in it is borrowed from the checkpoint. Row-major, slowest axis first. */
typedef struct spx_tensor {
    const char *name;
    spx_dtype dtype;
    size_t ndim, shape[SPX_MAX_DIMS];
    size_t bytes;
    const unsigned char *data; /* as stored; unaligned */
} spx_tensor;

/* Rows and columns of a tensor seen as a matrix: the last axis is the columns, a vector is one row.
 */
size_t spx_tensor_rows(const spx_tensor *t);
size_t spx_tensor_cols(const spx_tensor *t);

typedef struct spx_ckpt spx_ckpt;

/**
 * Opens a checkpoint: safetensors; GGUF (v2, v3), split or not; a state_dict of torch.save (zip);
 * .npz and .npy; an index of shards (*.index.json) of safetensors or PyTorch; a folder that holds
 * model.safetensors, pytorch_model.bin or an index of either; or RUN.h5#STAGE, the tensors of a
 * stage kept in a run file.
 *
 * Files are mapped, not read, and nothing in them is run; a stage is read as a whole into memory,
 * as are compressed arrays. Header, names, shapes, types and byte
 * ranges are all checked before this returns: no tensor overlaps another or leaves the file.
 * @return SPX_OK; SPX_EIO; SPX_EFORMAT naming path, tensor and fault; SPX_EUNSUP naming a type or
 *         version that is not read here.
 */
SPX_CHECKED spx_status spx_ckpt_open(const char *path, spx_ckpt **out, spx_error *err);
/* STAGE where path is RUN.h5#STAGE, else NULL; file, of `room` bytes, gets RUN.h5, unless it is
 * NULL. */
const char *spx_ckpt_stage(const char *path, char *file, size_t room);
/* A matrix of floats without gaps; data is owned. */
typedef struct spx_floats {
    const char *name;
    size_t rows, cols;
    float *data;
} spx_floats;
/* A checkpoint of format "run" called `path` (RUN.h5#STAGE) out of memory: on success it owns all
 * data (spx_free) and m's are NULL. Names are copied; statuses as of spx_ckpt_open. */
SPX_CHECKED spx_status spx_ckpt_from_floats(const char *path, spx_floats *m, size_t n,
                                            spx_ckpt **out, spx_error *err);
void spx_ckpt_close(spx_ckpt *c);
/* Are the files still as they were when they were opened? Asked after reading: SPX_EIO names one
 * that is not, and what was read of it is worth nothing. */
SPX_CHECKED spx_status spx_ckpt_check(const spx_ckpt *c, spx_error *err);

const char *spx_ckpt_path(const spx_ckpt *c);
const char *
spx_ckpt_format(const spx_ckpt *c); /* "gguf", "safetensors", "zip", "npy", "index", "run" */
size_t spx_ckpt_count(const spx_ckpt *c);
const spx_tensor *spx_ckpt_at(const spx_ckpt *c, size_t i); /* in file order */
/* By bisection; NULL if there is none of that name. */
const spx_tensor *spx_ckpt_find(const spx_ckpt *c, const char *name);

/* Widens rows [r0, r0 + rows) of t into out, row-major, without gaps. Exact but for F64
 * and integers of more than 24 bits to float. Quantised values are computed in float as llama.cpp
 * defines them, then widened. */
void spx_tensor_read(const spx_tensor *t, size_t r0, size_t rows, double *out);
void spx_tensor_read_float(const spx_tensor *t, size_t r0, size_t rows, float *out);
/* Rows read and not needed soon: their pages of the file leave this program's memory, so that a
 * tensor larger than memory can be gone through panel by panel. They may be read again. */
void spx_ckpt_release(const spx_ckpt *c, const spx_tensor *t, size_t r0, size_t rows);
/* SHA-256 of a tensor's bytes as the file has them, and of its values as floats (little-endian,
 * row-major), which tells whether it is the same in whatever type it is stored. Computed once for
 * an open checkpoint, by pieces; that of the values of a stage is kept in its run file (attribute
 * sha256 of the dataset) and costs nothing. Not for two threads at once. */
SPX_CHECKED spx_status spx_ckpt_sha256(spx_ckpt *c, const spx_tensor *t, char out[SPX_SHA256_HEX],
                                       spx_error *err);
SPX_CHECKED spx_status spx_ckpt_sha256_values(spx_ckpt *c, const spx_tensor *t,
                                              char out[SPX_SHA256_HEX], spx_error *err);
/* What tells one checkpoint from another: the SHA-256 of its file; where it has several (shards and
 * their index, parts of a GGUF), that of their hex digests one after another, in the order in which
 * they were opened. Folders count for what is opened in them. A stage has none: SPX_EUNSUP. */
SPX_CHECKED spx_status spx_ckpt_fingerprint(const spx_ckpt *c, char out[SPX_SHA256_HEX],
                                            spx_error *err);
/* The whole tensor as a matrix, allocated here; SPX_EUNSUP for integers, SPX_ENUMERIC names the
 * tensor and an entry that is not finite. Free with spx_mat_free. */
SPX_CHECKED spx_status spx_tensor_matrix(const spx_tensor *t, spx_mat *out, spx_error *err);
/* The tensor, or with SPX_T its transpose, as a matrix that is widened panel by panel where it is
 * needed; t must outlive the result. SPX_EUNSUP for integers. */
SPX_CHECKED spx_status spx_tensor_panels(const spx_tensor *t, spx_trans trans, spx_panels *out,
                                         spx_error *err);

/* Metadata (GGUF key-values; __metadata__ of safetensors as text). Absent: NULL or false. */
const char *spx_ckpt_text(const spx_ckpt *c, const char *key);
bool spx_ckpt_number(const spx_ckpt *c, const char *key, double *out);
/* Array of strings or of numbers under key; *n is its length, 0 if absent. Borrowed. */
const char *const *spx_ckpt_texts(const spx_ckpt *c, const char *key, size_t *n);
const double *spx_ckpt_numbers(const spx_ckpt *c, const char *key, size_t *n);

#endif
