/* spx/export.h: a checkpoint written again with some tensors replaced and every other byte kept. */
#ifndef SPX_EXPORT_H
#define SPX_EXPORT_H

#include "spx/ckpt.h"

/* New values of a tensor, rows x cols in the order of the file; borrowed. */
typedef struct spx_replacement {
    const char *name;
    const float *data;
    spx_dtype
        dtype; /* written as F64, F32, F16, BF16 or, in GGUF, Q8_0: to nearest, ties to even */
} spx_replacement;

/* True for the types that values can be written in. */
bool spx_dtype_writable(spx_dtype t);

/* x rounded to bfloat16: to nearest, ties to even. */
float spx_round_bf16(float x);

/*
 * Writes c to `path` with n tensors replaced, each in any type that its format has.
 *
 * GGUF v2 and v3: version, key-values and untouched tensors are copied as they are. `path` is the
 * file. The files of a split checkpoint keep their number and count: `path` is a folder, which
 * gets files of the same names, or OUT.gguf, which stands for OUT-00001-of-0000N.gguf and so on.
 *
 * safetensors: `path` is a file that ends in .safetensors, or a folder, which also gets the index
 * of the shards, config.json, the tokenizer's files and the like. Where every tensor of a file
 * keeps its type, only the values replaced differ; otherwise the file is laid out anew, with
 * metadata and untouched tensors as they were, and the index's total_size follows.
 *
 * A quantised weight, whose type spx_tensor_type tells, is written in the plain type asked for in
 * place of its codes; its companions are left out. quantization_config of config.json then names its
 * module among those that are not quantised, in the list that the method's loaders read, so `path`
 * must be a folder where there is such a configuration. Refused for GPTQ, whose loaders have no such
 * list, and for stacks.
 *
 * Every file is written as FILE.part and renamed when it is complete; a file of c is never
 * overwritten. Cost: one pass; memory for a chunk.
 * SPX_ENOTFOUND names a tensor that c lacks; SPX_EUNSUP for a type or format that cannot be
 * written; SPX_EINVAL if `path` is what is being read, or one file for several; SPX_EIO.
 */
SPX_CHECKED spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n,
                                      const char *path, spx_error *err);

#endif
