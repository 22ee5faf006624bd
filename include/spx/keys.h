/* spx/keys.h: keys and current values of facts, layer by layer while the layers are being written.
 */
#ifndef SPX_KEYS_H
#define SPX_KEYS_H

#include "spx/model.h"
#include "spx/prompts.h"

/* Runs the prompts up to each subject's last token; remembers the residual stream at one block. */
typedef struct spx_keys spx_keys;

/* Brings the prompts to the input of block `first`; `last` is the block whose output is compared
 * with the targets. p and m are borrowed. */
SPX_CHECKED spx_status spx_keys_new(const spx_model *m, const spx_prompts *p, size_t first,
                                    size_t last, spx_keys **out, spx_error *err);
void spx_keys_free(spx_keys *k);

/**
 * Keys of the block that stands next, with every earlier write in place, and what reaches the
 * output of block `last` now.
 * @param[out] K  d_ff x facts: k_i = 1/2 k(bare) + 1/2 mean over prefixes of k(prefix); k(bare)
 * alone without prefixes (as the public MEMIT code groups its contexts).
 * @param[out] H  d_model x facts: residual stream behind block `last` at the bare prompt's subject.
 */
SPX_CHECKED spx_status spx_keys_read(spx_keys *k, spx_mat *K, spx_mat *H, spx_error *err);
/* Moves on through the block that stands next, with its weights as they are now. */
SPX_CHECKED spx_status spx_keys_advance(spx_keys *k, spx_error *err);

#endif
