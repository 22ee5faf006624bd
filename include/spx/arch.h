/* spx/arch.h: what a tensor is, told by its name alone: layer, role and orientation. */
#ifndef SPX_ARCH_H
#define SPX_ARCH_H

#include "spx/base.h"

#include <stdbool.h>

typedef enum spx_role {
    SPX_ROLE_OTHER,
    SPX_ROLE_EMBED,
    SPX_ROLE_POSITION, /* learned positions (GPT-2) */
    SPX_ROLE_HEAD,
    SPX_ROLE_NORM, /* of no block */
    SPX_ROLE_ATTN_NORM,
    SPX_ROLE_FFN_NORM,
    SPX_ROLE_ATTN_POST_NORM, /* behind attention and FFN (Gemma 2 and 3) */
    SPX_ROLE_FFN_POST_NORM,
    SPX_ROLE_Q_NORM, /* of the heads (Qwen 3, Gemma 3) */
    SPX_ROLE_K_NORM,
    SPX_ROLE_ATTN_QKV, /* q, k and v in one matrix */
    SPX_ROLE_ATTN_Q,
    SPX_ROLE_ATTN_K,
    SPX_ROLE_ATTN_V,
    SPX_ROLE_ATTN_OUT,
    SPX_ROLE_FFN_GATE,
    SPX_ROLE_FFN_UP,
    SPX_ROLE_FFN_GATE_UP,  /* both in one matrix */
    SPX_ROLE_FFN_OUT,      /* the FFN output projection: what editors rewrite */
    SPX_ROLE_ROPE_FACTORS, /* GGUF: what the steps of rope's angles are divided by */
    SPX_ROLES
} spx_role;
const char *spx_role_name(spx_role r); /* "ffn_out" */

typedef struct spx_place {
    spx_role role;
    long layer;  /* -1 where a tensor belongs to no block */
    bool in_out; /* stored in x out (GPT-2's Conv1D); otherwise out x in */
} spx_place;

/* From the table of architectures in arch.c. A name it does not know, and every bias, gives {OTHER,
 * -1, false}. */
spx_place spx_arch_place(const char *tensor_name);
/* How well two names of different families (blk.6.ffn_down.weight and
 * model.layers.6.mlp.down_proj.weight) fit one tensor, weight or bias: 0 for not at all, which
 * names that the table does not know always get; among several that fit, the largest is meant. */
int spx_arch_match(const char *a, const char *b);

/* How llama.cpp's converter lays out a tensor that Hugging Face's file has otherwise. */
typedef enum spx_layout {
    SPX_LAYOUT_SAME,
    SPX_LAYOUT_ROPE_PAIRS, /* rows of a head: (0, h/2), (1, h/2 + 1), ... instead of 0, 1, ... */
    SPX_LAYOUT_QKV_APART,  /* all q, all k, all v instead of q, k, v of one head after the other */
    SPX_LAYOUT_ONE_ADDED,  /* to every value: the norms that multiply by 1 + w */
    SPX_LAYOUTS
} spx_layout;
/* Of the tensor, by any family's name of it, in a GGUF of that general.architecture. */
spx_layout spx_arch_gguf_layout(const char *architecture, const char *tensor_name);

#endif
