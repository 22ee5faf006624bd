/* spx/arch.h: what a tensor is, told by its name alone: layer, role and orientation. */
#ifndef SPX_ARCH_H
#define SPX_ARCH_H

#include "spx/base.h"

#include <stdbool.h>

typedef enum spx_role {
    SPX_ROLE_OTHER,
    SPX_ROLE_EMBED,
    SPX_ROLE_HEAD,
    SPX_ROLE_NORM, /* of no block */
    SPX_ROLE_ATTN_NORM,
    SPX_ROLE_FFN_NORM,
    SPX_ROLE_ATTN_QKV, /* q, k and v in one matrix */
    SPX_ROLE_ATTN_Q,
    SPX_ROLE_ATTN_K,
    SPX_ROLE_ATTN_V,
    SPX_ROLE_ATTN_OUT,
    SPX_ROLE_FFN_GATE,
    SPX_ROLE_FFN_UP,
    SPX_ROLE_FFN_GATE_UP, /* both in one matrix */
    SPX_ROLE_FFN_OUT,     /* the FFN output projection: what editors rewrite */
    SPX_ROLES
} spx_role;
const char *spx_role_name(spx_role r); /* "ffn_out" */

typedef struct spx_place {
    spx_role role;
    long layer;  /* -1 where a tensor belongs to no block */
    bool in_out; /* stored in x out (GPT-2's Conv1D); otherwise out x in */
} spx_place;

/* From the table of architectures in arch.c. A name it does not know gives {OTHER, -1, false}. */
spx_place spx_arch_place(const char *tensor_name);
/* Do two names mean the same matrix, whatever family of names they come from? Never for OTHER. */
bool spx_arch_same(const char *a, const char *b);
/* Shell pattern match (* and ?) as -t GLOB means it. */
bool spx_glob_match(const char *pattern, const char *text);

#endif
