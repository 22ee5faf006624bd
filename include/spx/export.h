/* spx/export.h: a checkpoint written again with some tensors replaced, everything else byte for
 * byte. */
#ifndef SPX_EXPORT_H
#define SPX_EXPORT_H

#include "spx/ckpt.h"

/* New values of a tensor, in the order in which the file has them; borrowed. */
typedef struct spx_replacement {
    const char *name;
    const float *data; /* as many as the tensor has */
    spx_dtype dtype;   /* F64, F32, F16, BF16, or Q8_0 in GGUF, to nearest, ties to even */
} spx_replacement;

/* Can values be written in that type? */
bool spx_dtype_writable(spx_dtype t);

/* x as bfloat16 keeps it: to nearest, ties to even. */
float spx_round_bf16(float x);

/**
 * Writes c to `path` with n tensors replaced, each in any type that its format has.
 *
 * GGUF v2 and v3: version, key-values and untouched tensors are copied as they are. The files of a
 * split one keep their number and count; `path` is a folder, which gets files of the same names, or
 * OUT.gguf, which stands for OUT-00001-of-0000N.gguf and so on.
 * safetensors: the file, or the folder of shards with its index. Where every tensor of a file keeps
 * its type, the file is copied byte for byte but for the values; otherwise it is laid out anew,
 * with metadata and untouched tensors as they were, and the index's total_size follows.
 * config.json, tokenizer files and the like are carried along to a folder. Every file is written as
 * FILE.part and renamed when it is complete; a file of c is never written over.
 * @return SPX_OK; SPX_ENOTFOUND naming a tensor that c lacks; SPX_EUNSUP for a type or format that
 * cannot be written; SPX_EINVAL where `path` is what is read; SPX_EIO.
 * Cost: one pass; memory for a chunk.
 */
SPX_CHECKED spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n,
                                      const char *path, spx_error *err);

#endif
