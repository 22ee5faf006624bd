/* spx/ckpt.h: tensors by name from a checkpoint of any format. */
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
    SPX_F8_E4M3FNUZ, /* without infinities and -0: 0x80 is NaN */
    SPX_F8_E5M2FNUZ,
    SPX_F8_E8M0, /* powers of two: scales (OCP MX) */
    SPX_I8,      /* integers: readable, but not as weights */
    SPX_I16,
    SPX_I32,
    SPX_I64,
    SPX_U8,
    SPX_U16,
    SPX_U32,
    SPX_U64,
    SPX_BOOL,
    SPX_Q8_0, /* GGUF: blocks of 32 values (blocks.c) */
    SPX_Q4_0,
    SPX_Q4_1,
    SPX_Q5_0,
    SPX_Q5_1,
    SPX_IQ4_NL,
    SPX_Q2_K, /* GGUF: blocks of 256 values */
    SPX_Q3_K,
    SPX_Q4_K,
    SPX_Q5_K,
    SPX_Q6_K,
    SPX_Q8_K,
    SPX_IQ4_XS,
    SPX_IQ1_S,
    SPX_IQ1_M,
    SPX_IQ2_XXS,
    SPX_IQ2_XS,
    SPX_IQ2_S,
    SPX_IQ3_XXS,
    SPX_IQ3_S,
    SPX_TQ1_0,
    SPX_TQ2_0,
    SPX_MXFP4,      /* GGUF: blocks of 32 values */
    SPX_NVFP4,      /* GGUF: blocks of 64 values */
    SPX_QUANTISED,  /* codes, scales and the like in tensors of their own; spx_tensor_type */
    SPX_OTHER_TYPE, /* any other: listed by its name in the file, without values */
    SPX_DTYPES
} spx_dtype;
const char *spx_dtype_name(spx_dtype t); /* "F32", "Q4_1" */
bool spx_dtype_is_integer(spx_dtype t);
/* Unit roundoff and smallest positive value of a float type; false for any other type. */
bool spx_dtype_rounding(spx_dtype t, double *unit, double *least);

/* How a matrix is stored. What its file does not tell follows from its name (spx/arch.h). */
typedef enum spx_orientation {
    SPX_BY_NAME,
    SPX_OUT_IN, /* outputs x inputs */
    SPX_IN_OUT, /* inputs x outputs, as GPT-2's Conv1D */
} spx_orientation;

#define SPX_MAX_DIMS 8
/* One tensor, borrowed from the checkpoint. Row-major: the slowest axis comes first. An extent may
 * be 0: such a tensor has no values. Of more than SPX_MAX_DIMS axes the first ones count as one. */
typedef struct spx_tensor {
    const char *name;
    spx_dtype dtype;
    size_t ndim, shape[SPX_MAX_DIMS];
    size_t bytes;
    const unsigned char *data;     /* as stored; unaligned */
    const struct spx_added *added; /* NULL; else data is NULL and values are computed: adapter.h */
    const char *type; /* what spx_tensor_type returns for the last two types; else NULL */
    const struct spx_tensor *of; /* a matrix NAME[E] of a stack NAME of experts: the stack */
    spx_orientation orientation;
    bool aside; /* in a tower, or an encoder beside a language model: chosen by name only */
    /* SPX_QUANTISED: how its values are made; data and bytes are the codes'. NULL otherwise. */
    const struct spx_quantised *quantised;
    size_t first_row;       /* of a matrix of a quantised stack: where its rows begin there */
    const char *unreadable; /* why its values cannot be known, or NULL */
} spx_tensor;
/* The name of t's type: spx_dtype_name, what the file calls a type that is not read, or of a
 * quantised tensor its codes and the groups of their scales: "F8_E4M3 / 128x128 blocks". */
const char *spx_tensor_type(const spx_tensor *t);
/* True if t has values that can be weights: not integers, not of a type that is not read, not codes
 * with a companion that is not understood, and no extent is 0. */
bool spx_tensor_has_weights(const spx_tensor *t);
/* SPX_EUNSUP or SPX_ESHAPE names t, its type and why it has no weights; SPX_OK if it has. */
SPX_CHECKED spx_status spx_tensor_want_weights(const spx_tensor *t, spx_error *err);
/* True if a matrix is stored inputs x outputs, by what its file shows or else by its name. */
bool spx_tensor_in_out(const spx_tensor *t);

/* Companions of a quantised tensor: the stored tensors that make its values together with the
 * codes. They are not listed as tensors of the checkpoint. */
size_t spx_tensor_companions(const spx_tensor *t);
/* Companion i; *use is "scale", "zero point" or the like, or "not needed" for a scale of
 * activations. */
const spx_tensor *spx_tensor_companion(const spx_tensor *t, size_t i, const char **use);
/* True if both have one type, shape and bytes, those of their companions included, and so the same
 * values. False for values that are computed. */
bool spx_tensor_same_bytes(const spx_tensor *t, const spx_tensor *u);

/* Rows and columns of a tensor as a matrix: the last axis is the columns; a vector is one row. */
size_t spx_tensor_rows(const spx_tensor *t);
size_t spx_tensor_cols(const spx_tensor *t);

typedef struct spx_ckpt spx_ckpt;

/*
 * Opens a checkpoint:
 *   safetensors
 *   GGUF v2 and v3, split or not
 *   a state_dict written by torch.save (zip), also inside a dict, or a single tensor
 *   .npz and .npy
 *   *.index.json, an index of shards of safetensors or PyTorch
 *   a folder with model.safetensors, pytorch_model.bin or an index of either
 *   RUN.h5#STAGE, the tensors stored for a stage of a run file
 *   BASE+ADAPTER, a checkpoint with a LoRA adapter on it (adapter.h)
 *
 * Files are mapped, not read, and no code in them is run; a stage and compressed arrays are read
 * into memory, and so are views that are not contiguous and numbers that are big-endian. Header,
 * names, shapes, types and byte ranges are all checked before this returns: no tensor overlaps
 * another or leaves its file. A tensor of a type that is not read is listed without values.
 *
 * A stack of experts, [experts, ., .], is listed as its matrices NAME[0], NAME[1] ...; the stack is
 * found by its own name. Where an index names the shard of a tensor, others that hold it do not
 * count. What a user should know of this is in spx_ckpt_note.
 *
 * Quantised weights stored in several tensors (libspectra/formats/quantised.h lists the methods)
 * are listed as one tensor under the name and with the shape of the weight: x.qweight, x.qzeros and
 * x.scales are x.weight. quantization_config of the config.json beside the file must agree; codes
 * that are not understood stay as they are stored, with spx_tensor.unreadable. Close with
 * spx_ckpt_close.
 * SPX_EIO; SPX_EFORMAT names path, tensor and fault; SPX_EUNSUP names a type or version that is
 * not supported; SPX_ENOTFOUND for a folder without a checkpoint or a stage that is not stored.
 */
SPX_CHECKED spx_status spx_ckpt_open(const char *path, spx_ckpt **out, spx_error *err);
void spx_ckpt_close(spx_ckpt *c);

/* STAGE if path is RUN.h5#STAGE, else NULL; `file`, of `room` bytes or NULL, gets RUN.h5. */
const char *spx_ckpt_stage(const char *path, char *file, size_t room);
/* A matrix of floats without gaps; data is owned. */
typedef struct spx_floats {
    const char *name;
    size_t rows, cols;
    float *data;
} spx_floats;
/* A stage called `path` (RUN.h5#STAGE) made from n matrices in memory. On success the checkpoint
 * owns their data (spx_free) and sets the pointers in m to NULL. Names are copied; statuses as for
 * spx_ckpt_open. */
SPX_CHECKED spx_status spx_ckpt_from_floats(const char *path, spx_floats *m, size_t n,
                                            spx_ckpt **out, spx_error *err);
/* SPX_EIO names a file that has changed since it was opened; what was read from it is then not
 * valid. Call after reading. */
SPX_CHECKED spx_status spx_ckpt_check(const spx_ckpt *c, spx_error *err);

const char *spx_ckpt_path(const spx_ckpt *c);
/* The checkpoint under all adapters; c itself where there is none. Its path is that of a file. */
const spx_ckpt *spx_ckpt_base(const spx_ckpt *c);
/* "gguf", "safetensors", "zip", "npy", "index", "run" or "adapter", for messages. Code asks what
 * the format can do: */
const char *spx_ckpt_format(const spx_ckpt *c);
/* True for GGUF: names of tensors and the order of their rows are llama.cpp's; the metadata hold
 * the configuration and the tokenizer. */
bool spx_ckpt_is_gguf(const spx_ckpt *c);
/* True for a stage of a run file, which holds the edited tensors and no others. */
bool spx_ckpt_holds_edits_only(const spx_ckpt *c);

/* Line i of what was decided at opening and could be otherwise (an orientation, a container, a
 * shard), or NULL. */
const char *spx_ckpt_note(const spx_ckpt *c, size_t i);

size_t spx_ckpt_count(const spx_ckpt *c);
/* Tensor i in file order; NULL past the last one. */
const spx_tensor *spx_ckpt_at(const spx_ckpt *c, size_t i);
/* The tensor of that name, by bisection, or NULL. */
const spx_tensor *spx_ckpt_find(const spx_ckpt *c, const char *name);

/* The tensor that stands for t, of another checkpoint: the one of its name, else the one in the
 * same place of the architecture (blk.6.ffn_down, model.layers.6.mlp.down_proj). Of several, names
 * that agree from the block on come first, then those whose stacks agree most; a tower's tensor
 * stands only for a tower's. NULL if there is none; also if two fit equally well, which *rival then
 * tells: [0] and [1] of them, else NULL. rival may be NULL. */
const spx_tensor *spx_ckpt_counterpart(const spx_ckpt *c, const spx_tensor *t,
                                       const spx_tensor *rival[2]);

/* Widens rows [r0, r0 + rows) of t into out, row-major, without gaps. Exact except for F64 and
 * integers of more than 24 bits to float. Quantised values are computed in float as llama.cpp or
 * the method's public code defines them, then widened. */
void spx_tensor_read(const spx_tensor *t, size_t r0, size_t rows, double *out);
void spx_tensor_read_float(const spx_tensor *t, size_t r0, size_t rows, float *out);
/* Says that those rows will not be needed soon: their pages leave this program's memory, so that a
 * tensor larger than memory can be read panel by panel. They may be read again. */
void spx_ckpt_release(const spx_ckpt *c, const spx_tensor *t, size_t r0, size_t rows);
/* The whole tensor as a matrix, allocated here; free with spx_mat_free. SPX_EUNSUP as
 * spx_tensor_want_weights; SPX_ENUMERIC names the tensor and an entry that is not finite. */
SPX_CHECKED spx_status spx_tensor_matrix(const spx_tensor *t, spx_mat *out, spx_error *err);
/* The tensor, or with SPX_T its transpose, as a matrix that is widened panel by panel where it is
 * needed; t must outlive the result. SPX_EUNSUP as spx_tensor_want_weights. */
SPX_CHECKED spx_status spx_tensor_panels(const spx_tensor *t, spx_trans trans, spx_panels *out,
                                         spx_error *err);

/* SHA-256 of a tensor's bytes as they are stored, followed by its companions', or of its values
 * where they are computed (adapter.h). Computed once for an open checkpoint, by pieces
 * whose pages are released; not for two threads at once. */
SPX_CHECKED spx_status spx_ckpt_sha256(spx_ckpt *c, const spx_tensor *t, char out[SPX_SHA256_HEX],
                                       spx_error *err);
/* What identifies a checkpoint: the SHA-256 of its file or, if it consists of several (an index and
 * its shards, the parts of a GGUF), of their hex digests in the order in which they were opened. A
 * folder has the fingerprint of what is opened in it; BASE+ADAPTER that of three digests: the
 * base's fingerprint, adapter_config.json and the factors' file. SPX_EUNSUP for a stage. */
SPX_CHECKED spx_status spx_ckpt_fingerprint(const spx_ckpt *c, char out[SPX_SHA256_HEX],
                                            spx_error *err);

/* Metadata: the key-values of GGUF, the texts in __metadata__ of safetensors. NULL or false where
 * the key is absent or its value is of another kind. Borrowed. */
const char *spx_ckpt_text(const spx_ckpt *c, const char *key);
bool spx_ckpt_number(const spx_ckpt *c, const char *key, double *out);
/* An array of texts or of numbers; *n is its length, 0 where it is absent. Borrowed. */
const char *const *spx_ckpt_texts(const spx_ckpt *c, const char *key, size_t *n);
const double *spx_ckpt_numbers(const spx_ckpt *c, const char *key, size_t *n);

#endif
