/* spx/keys.h: keys and current values of facts, layer by layer while the layers are written. */
#ifndef SPX_KEYS_H
#define SPX_KEYS_H

#include "spx/model.h"
#include "spx/prompts.h"

/* Editing prompts up to each subject's last token, as the residual stream at the input of one
 * block, the current block. */
typedef struct spx_keys spx_keys;

/* Runs the prompts to the input of block `first`, the current block from then on; `last` is the
 * block whose output is compared with the targets. p and m are borrowed. Free with spx_keys_free.
 * SPX_ENOMEM; those of the model. */
SPX_CHECKED spx_status spx_keys_new(const spx_model *m, const spx_prompts *p, size_t first,
                                    size_t last, spx_keys **out, spx_error *err);
void spx_keys_free(spx_keys *k);

/* How the key of a fact is made of those of its contexts. Without prefixes both are k(bare). */
typedef enum spx_key_mean {
    SPX_KEYS_GROUPED, /* 1/2 k(bare) + 1/2 mean over prefixes of k(prefix): MEMIT's public code */
    SPX_KEYS_FLAT,    /* mean over all contexts: ROME's */
} spx_key_mean;

/* What to read, one column a fact, allocated by the caller; NULL: not read. */
typedef struct spx_keys_out {
    spx_mat *K;     /* d_ff x facts: the mean key */
    spx_mat *bare;  /* d_ff x facts: the key of the bare prompt, k_c of ROME's denominator */
    spx_mat *value; /* d_model x facts: the FFN output of the block at the subject of the bare
                       prompt, before any norm after it */
    spx_mat *own;   /* d_model x facts: the residual stream after the current block there */
    spx_mat *H;     /* d_model x facts: the residual stream after block `last` there */
} spx_keys_out;

/* Reads keys and values of the current block at the subject's last token, with every earlier write
 * in place; H is what reaches the output of block `last` now. SPX_ENOMEM; those of the model. */
SPX_CHECKED spx_status spx_keys_read(spx_keys *k, spx_key_mean mean, const spx_keys_out *out,
                                     spx_error *err);
/* Runs the prompts through the current block, with its weights as they are now, to the next one.
 * SPX_ENOMEM; those of the model. */
SPX_CHECKED spx_status spx_keys_advance(spx_keys *k, spx_error *err);

#endif
