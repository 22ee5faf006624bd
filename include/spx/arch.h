/* spx/arch.h: stack, layer, role, expert and orientation of a tensor, from its name alone. */
#ifndef SPX_ARCH_H
#define SPX_ARCH_H

#include "spx/base.h"

#include <stdbool.h>

typedef enum spx_role {
    SPX_ROLE_OTHER,
    SPX_ROLE_EMBED,
    SPX_ROLE_POSITION, /* learned positions (GPT-2) */
    SPX_ROLE_HEAD,
    SPX_ROLE_NORM, /* outside the blocks */
    SPX_ROLE_ATTN_NORM,
    SPX_ROLE_FFN_NORM,
    SPX_ROLE_ATTN_POST_NORM, /* after attention and FFN (Gemma 2 and 3) */
    SPX_ROLE_FFN_POST_NORM,
    SPX_ROLE_Q_NORM, /* of each head (Qwen 3, Gemma 3) */
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
    SPX_ROLE_ROPE_FACTORS, /* GGUF: divisors of the frequencies of rope */
    SPX_ROLES
} spx_role;
const char *spx_role_name(spx_role r); /* "ffn_out" */

/* Whose block a tensor is in, by the words before it in its name. */
typedef enum spx_stack {
    SPX_STACK_LANGUAGE, /* also where nothing is said */
    SPX_STACK_ENCODER,  /* "encoder" without more: of speech, images or text */
    SPX_STACK_TOWER,    /* of images, sound or speech, and what joins it to a language model */
} spx_stack;

/* spx_place.expert: not of a mixture; an expert that is always used; all of a mixture in one. */
enum { SPX_EXPERT_NONE = -1, SPX_EXPERT_SHARED = -2, SPX_EXPERT_ALL = -3 };

typedef struct spx_place {
    spx_role role;
    long layer;  /* -1 outside the blocks */
    bool in_out; /* stored inputs x outputs (GPT-2's Conv1D); otherwise outputs x inputs */
    long expert; /* of a mixture of experts: 0, 1, ...; or one of the above */
    spx_stack stack;
    size_t before; /* bytes of the name before what tells the place ("model.") */
    size_t block;  /* and with the layer's number ("model.layers.6."); 0 outside the blocks */
} spx_place;

/* The place of a weight, by the table of architectures in arch.c. Role OTHER and layer -1 for a
 * name that the table does not know and for every bias. */
spx_place spx_arch_place(const char *tensor_name);
/* Row i of the table, whose names in a block are BEFORE, the number of the layer, a dot, AFTER and
 * ".weight" ("layers." and "mlp.down_proj"); false past the last. Static storage. */
bool spx_arch_row(size_t i, const char **before, const char **after, spx_place *place);
/* The place of a weight or, with *bias true, of the weight that a bias belongs to. */
spx_place spx_arch_place_of_either(const char *tensor_name, bool *bias);
/* How well two names of different families (blk.6.ffn_down.weight and
 * model.layers.6.mlp.down_proj.weight) fit one tensor, weight or bias. 0: not at all, as for every
 * name that the table does not know; where several names fit, the one with the largest value is
 * the counterpart. */
int spx_arch_match(const char *a, const char *b);
/* The same for places that are known. */
int spx_arch_fit(const char *a, const spx_place *p, const char *b, const spx_place *q);

/* How llama.cpp's converter lays out a tensor whose layout in Hugging Face's file differs. */
typedef enum spx_layout {
    SPX_LAYOUT_SAME,
    SPX_LAYOUT_ROPE_PAIRS, /* rows of a head: (0, h/2), (1, h/2 + 1), ... instead of 0, 1, ... */
    SPX_LAYOUT_QKV_APART,  /* all q, all k, all v instead of q, k, v head by head */
    SPX_LAYOUT_ONE_ADDED,  /* 1 added to every value: the norms that multiply by 1 + w */
    SPX_LAYOUTS
} spx_layout;
/* Layout of the tensor, whichever family's name it has, in a GGUF of that general.architecture. */
spx_layout spx_arch_gguf_layout(const char *architecture, const char *tensor_name);

#endif
