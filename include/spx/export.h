/* spx/export.h: a checkpoint written again with some tensors replaced and every other byte kept. */
#ifndef SPX_EXPORT_H
#define SPX_EXPORT_H

#include "spx/ckpt.h"
#include "spx/notify.h"

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
 * Writes c to `path` with n tensors replaced, each in any type that its format has. Of
 * BASE+ADAPTER the base is written, with what the adapter changes in the base's types, or F16 where
 * these cannot be written.
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
 * place of its codes; its companions are left out. quantization_config of config.json then names
 * its module among those that are not quantised, in the list that the method's loaders read, so
 * `path` must be a folder where there is such a configuration. Refused for GPTQ, whose loaders have
 * no such list, and for stacks.
 *
 * Every file is written as FILE.part, and when all are complete they are renamed, the index last; a
 * folder that is not there yet is filled as FOLDER.part. A failure leaves nothing behind, and what
 * was there as it was. A file of c is never overwritten. Cost: two passes over what is replaced, one
 * over the rest; memory for a chunk.
 * SPX_ENOTFOUND names a tensor that c lacks; SPX_EUNSUP for a type or format that cannot be
 * written; SPX_ENUMERIC as spx_ckpt_fit; SPX_EINVAL if `path` is what is being read, a folder that
 * holds something, or one file for several; SPX_EIO.
 */
SPX_CHECKED spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n,
                                      const char *path, spx_error *err);

/* SPX_EINVAL if spx_ckpt_write cannot write c to `path`: a folder that holds something, c's own
 * among them. So that this is known before the work. */
SPX_CHECKED spx_status spx_ckpt_check_output(const spx_ckpt *c, const char *path, spx_error *err);

/**
 * Checks that the types of n replacements hold their values; writes nothing.
 *
 * A finite value that would become infinite or NaN is refused: it exceeds F16's 65504, say, or the
 * scale of its block of Q8_0 does. Values that are not finite to begin with are left alone; their
 * number, and that of values other than 0 that become 0, is noted.
 *
 * @param[in] notify  may be NULL.
 * @return SPX_OK; SPX_ENUMERIC naming tensor, entry, value, type and a type that holds it;
 *         SPX_ENOTFOUND and SPX_EUNSUP as spx_ckpt_write; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_ckpt_fit(const spx_ckpt *c, const spx_replacement *r, size_t n,
                                    const spx_notify *notify, spx_error *err);

#endif
