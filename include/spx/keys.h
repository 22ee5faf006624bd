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

/* How a fact's key is made of its contexts'. Without prefixes both are k(bare). */
typedef enum spx_key_mean {
    SPX_KEYS_GROUPED, /* 1/2 k(bare) + 1/2 mean over prefixes of k(prefix): MEMIT's public code */
    SPX_KEYS_FLAT,    /* mean over all contexts: ROME's */
} spx_key_mean;

/* What is to be read, one column a fact, allocated by the caller; NULL: not wanted. */
typedef struct spx_keys_out {
    spx_mat *K;     /* d_ff x facts: the mean key */
    spx_mat *bare;  /* d_ff x facts: the bare prompt's key, k_c of ROME's denominator */
    spx_mat *value; /* d_model x facts: the block's FFN output at the bare prompt's subject, before
                       any norm behind it */
    spx_mat *H;     /* d_model x facts: residual stream behind block `last` there */
} spx_keys_out;

/* Keys and values of the block that stands next, at the subject's last token, with every earlier
 * write in place; H is what reaches the output of block `last` now. */
SPX_CHECKED spx_status spx_keys_read(spx_keys *k, spx_key_mean mean, const spx_keys_out *out,
                                     spx_error *err);
/* Moves on through the block that stands next, with its weights as they are now. */
SPX_CHECKED spx_status spx_keys_advance(spx_keys *k, spx_error *err);

#endif
