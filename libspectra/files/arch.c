/* arch.c: the table of architectures: what a tensor's name says it is. */
#include "spx/arch.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

const char *spx_role_name(spx_role r)
{
    static const char *const names[SPX_ROLES] = {
        "other",  "embed",    "head",     "norm",   "attn_q",  "attn_k",
        "attn_v", "attn_out", "ffn_gate", "ffn_up", "ffn_out",
    };
    return (size_t)r < SPX_ROLES ? names[r] : "other";
}

/* '#' stands for the layer's number; the name must end with the rest. */
typedef struct pattern {
    const char *before, *after;
    spx_role role;
    bool in_out;
} pattern;

static const pattern patterns[] = {
    /* GGUF, every family */
    {"blk.", ".ffn_down.weight", SPX_ROLE_FFN_OUT, false},
    {"blk.", ".ffn_up.weight", SPX_ROLE_FFN_UP, false},
    {"blk.", ".ffn_gate.weight", SPX_ROLE_FFN_GATE, false},
    {"blk.", ".attn_q.weight", SPX_ROLE_ATTN_Q, false},
    {"blk.", ".attn_k.weight", SPX_ROLE_ATTN_K, false},
    {"blk.", ".attn_v.weight", SPX_ROLE_ATTN_V, false},
    {"blk.", ".attn_output.weight", SPX_ROLE_ATTN_OUT, false},
    {"blk.", ".attn_norm.weight", SPX_ROLE_NORM, false},
    {"blk.", ".ffn_norm.weight", SPX_ROLE_NORM, false},
    /* Hugging Face: LLaMA, Mistral, Qwen */
    {"layers.", ".mlp.down_proj.weight", SPX_ROLE_FFN_OUT, false},
    {"layers.", ".mlp.up_proj.weight", SPX_ROLE_FFN_UP, false},
    {"layers.", ".mlp.gate_proj.weight", SPX_ROLE_FFN_GATE, false},
    {"layers.", ".self_attn.q_proj.weight", SPX_ROLE_ATTN_Q, false},
    {"layers.", ".self_attn.k_proj.weight", SPX_ROLE_ATTN_K, false},
    {"layers.", ".self_attn.v_proj.weight", SPX_ROLE_ATTN_V, false},
    {"layers.", ".self_attn.o_proj.weight", SPX_ROLE_ATTN_OUT, false},
    {"layers.", ".input_layernorm.weight", SPX_ROLE_NORM, false},
    {"layers.", ".post_attention_layernorm.weight", SPX_ROLE_NORM, false},
    /* GPT-2 (Conv1D), GPT-J, NeoX and Pythia, Phi, OPT */
    {"h.", ".mlp.c_proj.weight", SPX_ROLE_FFN_OUT, true},
    {"h.", ".mlp.c_fc.weight", SPX_ROLE_FFN_UP, true},
    {"h.", ".mlp.fc_out.weight", SPX_ROLE_FFN_OUT, false},
    {"h.", ".mlp.fc_in.weight", SPX_ROLE_FFN_UP, false},
    {"layers.", ".mlp.dense_4h_to_h.weight", SPX_ROLE_FFN_OUT, false},
    {"layers.", ".mlp.dense_h_to_4h.weight", SPX_ROLE_FFN_UP, false},
    {"layers.", ".mlp.fc2.weight", SPX_ROLE_FFN_OUT, false},
    {"layers.", ".mlp.fc1.weight", SPX_ROLE_FFN_UP, false},
    {"layers.", ".fc2.weight", SPX_ROLE_FFN_OUT, false},
    {"layers.", ".fc1.weight", SPX_ROLE_FFN_UP, false},
};

/* Tensors that belong to no block: whole names. */
static const struct {
    const char *name;
    spx_role role;
} singles[] = {
    {"token_embd.weight", SPX_ROLE_EMBED}, {"model.embed_tokens.weight", SPX_ROLE_EMBED},
    {"output.weight", SPX_ROLE_HEAD},      {"lm_head.weight", SPX_ROLE_HEAD},
    {"output_norm.weight", SPX_ROLE_NORM}, {"model.norm.weight", SPX_ROLE_NORM},
};

/* `before` must start the name or a part of it ("model.layers."), a number follows, then `after`.
 */
static bool matches(const pattern *p, const char *name, long *layer)
{
    for (const char *at = strstr(name, p->before); at; at = strstr(at + 1, p->before)) {
        if (at != name && at[-1] != '.') continue;
        const char *digits = at + strlen(p->before);
        const size_t n = strspn(digits, "0123456789");
        if (n == 0 || n > 6 || strcmp(digits + n, p->after) != 0) continue;
        *layer = strtol(digits, NULL, 10);
        return true;
    }
    return false;
}

spx_place spx_arch_place(const char *tensor_name)
{
    spx_place place = {SPX_ROLE_OTHER, -1, false};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (strcmp(tensor_name, singles[i].name) == 0) place.role = singles[i].role;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (matches(&patterns[i], tensor_name, &place.layer)) {
            place.role = patterns[i].role;
            place.in_out = patterns[i].in_out;
            break;
        }
    return place;
}

bool spx_glob_match(const char *pattern_text, const char *text)
{
    return fnmatch(pattern_text, text, 0) == 0;
}
