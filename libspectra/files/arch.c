/* arch.c: the table of architectures: what a tensor's name says it is. */
#include "spx/arch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *spx_role_name(spx_role r)
{
    static const char *const names[SPX_ROLES] = {
        [SPX_ROLE_OTHER] = "other",
        [SPX_ROLE_EMBED] = "embed",
        [SPX_ROLE_POSITION] = "position",
        [SPX_ROLE_HEAD] = "head",
        [SPX_ROLE_NORM] = "norm",
        [SPX_ROLE_ATTN_NORM] = "attn_norm",
        [SPX_ROLE_FFN_NORM] = "ffn_norm",
        [SPX_ROLE_ATTN_POST_NORM] = "attn_post_norm",
        [SPX_ROLE_FFN_POST_NORM] = "ffn_post_norm",
        [SPX_ROLE_Q_NORM] = "q_norm",
        [SPX_ROLE_K_NORM] = "k_norm",
        [SPX_ROLE_ATTN_QKV] = "attn_qkv",
        [SPX_ROLE_ATTN_Q] = "attn_q",
        [SPX_ROLE_ATTN_K] = "attn_k",
        [SPX_ROLE_ATTN_V] = "attn_v",
        [SPX_ROLE_ATTN_OUT] = "attn_out",
        [SPX_ROLE_FFN_GATE] = "ffn_gate",
        [SPX_ROLE_FFN_UP] = "ffn_up",
        [SPX_ROLE_FFN_GATE_UP] = "ffn_gate_up",
        [SPX_ROLE_FFN_OUT] = "ffn_out",
        [SPX_ROLE_ROPE_FACTORS] = "rope_factors",
    };
    return (size_t)r < SPX_ROLES ? names[r] : "other";
}

/* A block's tensor: `before`, the layer's number, `after`, ".weight". */
typedef struct pattern {
    const char *before, *after;
    spx_role role;
    bool in_out;
} pattern;

static const pattern patterns[] = {
    /* GGUF, every family */
    {"blk.", "ffn_down", SPX_ROLE_FFN_OUT, false},
    {"blk.", "ffn_up", SPX_ROLE_FFN_UP, false},
    {"blk.", "ffn_gate", SPX_ROLE_FFN_GATE, false},
    {"blk.", "attn_q", SPX_ROLE_ATTN_Q, false},
    {"blk.", "attn_k", SPX_ROLE_ATTN_K, false},
    {"blk.", "attn_v", SPX_ROLE_ATTN_V, false},
    {"blk.", "attn_qkv", SPX_ROLE_ATTN_QKV, false},
    {"blk.", "attn_output", SPX_ROLE_ATTN_OUT, false},
    {"blk.", "attn_norm", SPX_ROLE_ATTN_NORM, false},
    {"blk.", "ffn_norm", SPX_ROLE_FFN_NORM, false},
    {"blk.", "post_attention_norm", SPX_ROLE_ATTN_POST_NORM, false},
    {"blk.", "post_ffw_norm", SPX_ROLE_FFN_POST_NORM, false},
    {"blk.", "attn_q_norm", SPX_ROLE_Q_NORM, false},
    {"blk.", "attn_k_norm", SPX_ROLE_K_NORM, false},
    /* LLaMA, SmolLM, Mistral, Qwen 2 to 3, Gemma 1 to 3; Phi-3's fused ones */
    {"layers.", "mlp.down_proj", SPX_ROLE_FFN_OUT, false},
    {"layers.", "mlp.up_proj", SPX_ROLE_FFN_UP, false},
    {"layers.", "mlp.gate_proj", SPX_ROLE_FFN_GATE, false},
    {"layers.", "mlp.gate_up_proj", SPX_ROLE_FFN_GATE_UP, false},
    {"layers.", "self_attn.q_proj", SPX_ROLE_ATTN_Q, false},
    {"layers.", "self_attn.k_proj", SPX_ROLE_ATTN_K, false},
    {"layers.", "self_attn.v_proj", SPX_ROLE_ATTN_V, false},
    {"layers.", "self_attn.qkv_proj", SPX_ROLE_ATTN_QKV, false},
    {"layers.", "self_attn.o_proj", SPX_ROLE_ATTN_OUT, false},
    {"layers.", "input_layernorm", SPX_ROLE_ATTN_NORM, false},
    {"layers.", "post_attention_layernorm", SPX_ROLE_FFN_NORM, false},
    {"layers.", "pre_feedforward_layernorm", SPX_ROLE_FFN_NORM, false},
    {"layers.", "post_feedforward_layernorm", SPX_ROLE_FFN_POST_NORM, false},
    {"layers.", "self_attn.q_norm", SPX_ROLE_Q_NORM, false},
    {"layers.", "self_attn.k_norm", SPX_ROLE_K_NORM, false},
    /* GPT-2: Conv1D, inputs x outputs */
    {"h.", "mlp.c_proj", SPX_ROLE_FFN_OUT, true},
    {"h.", "mlp.c_fc", SPX_ROLE_FFN_UP, true},
    {"h.", "attn.c_attn", SPX_ROLE_ATTN_QKV, true},
    {"h.", "attn.c_proj", SPX_ROLE_ATTN_OUT, true},
    {"h.", "ln_1", SPX_ROLE_ATTN_NORM, false},
    {"h.", "ln_2", SPX_ROLE_FFN_NORM, false},
    /* GPT-J */
    {"h.", "mlp.fc_out", SPX_ROLE_FFN_OUT, false},
    {"h.", "mlp.fc_in", SPX_ROLE_FFN_UP, false},
    {"h.", "attn.q_proj", SPX_ROLE_ATTN_Q, false},
    {"h.", "attn.k_proj", SPX_ROLE_ATTN_K, false},
    {"h.", "attn.v_proj", SPX_ROLE_ATTN_V, false},
    {"h.", "attn.out_proj", SPX_ROLE_ATTN_OUT, false},
    /* GPT-NeoX, Pythia */
    {"layers.", "mlp.dense_4h_to_h", SPX_ROLE_FFN_OUT, false},
    {"layers.", "mlp.dense_h_to_4h", SPX_ROLE_FFN_UP, false},
    {"layers.", "attention.query_key_value", SPX_ROLE_ATTN_QKV, false},
    {"layers.", "attention.dense", SPX_ROLE_ATTN_OUT, false},
    /* Phi, Phi-2; OPT */
    {"layers.", "mlp.fc2", SPX_ROLE_FFN_OUT, false},
    {"layers.", "mlp.fc1", SPX_ROLE_FFN_UP, false},
    {"layers.", "self_attn.dense", SPX_ROLE_ATTN_OUT, false},
    {"layers.", "fc2", SPX_ROLE_FFN_OUT, false},
    {"layers.", "fc1", SPX_ROLE_FFN_UP, false},
    {"layers.", "self_attn.out_proj", SPX_ROLE_ATTN_OUT, false},
};

/* What another family means by the same name. */
static const struct {
    const char *after;
    spx_role also;
} seconds[] = {
    {"post_attention_layernorm", SPX_ROLE_ATTN_POST_NORM}, /* Gemma 2 and 3 */
    {"mlp.gate_up_proj", SPX_ROLE_FFN_UP},                 /* ffn_up in GGUF */
};

/* Tensors that belong to no block, by the end of their names. */
static const struct {
    const char *name;
    spx_role role;
} singles[] = {
    {"token_embd.weight", SPX_ROLE_EMBED},
    {"embed_tokens.weight", SPX_ROLE_EMBED},
    {"wte.weight", SPX_ROLE_EMBED},
    {"embed_in.weight", SPX_ROLE_EMBED},
    {"position_embd.weight", SPX_ROLE_POSITION},
    {"wpe.weight", SPX_ROLE_POSITION},
    {"rope_freqs.weight", SPX_ROLE_ROPE_FACTORS},
    {"output.weight", SPX_ROLE_HEAD},
    {"lm_head.weight", SPX_ROLE_HEAD},
    {"embed_out.weight", SPX_ROLE_HEAD},
    {"output_norm.weight", SPX_ROLE_NORM},
    {"model.norm.weight", SPX_ROLE_NORM},
    {"ln_f.weight", SPX_ROLE_NORM},
    {"final_layer_norm.weight", SPX_ROLE_NORM},
    {"final_layernorm.weight", SPX_ROLE_NORM},
};

/* `before` must start the name or a part of it ("model.layers."). */
static bool matches(const pattern *p, const char *name, long *layer)
{
    for (const char *at = strstr(name, p->before); at; at = strstr(at + 1, p->before)) {
        if (at != name && at[-1] != '.') continue;
        const char *digits = at + strlen(p->before);
        const size_t n = strspn(digits, "0123456789"), m = strlen(p->after);
        if (n == 0 || n > 6 || digits[n] != '.' || strncmp(digits + n + 1, p->after, m) != 0)
            continue;
        if (strcmp(digits + n + 1 + m, ".weight") != 0) continue;
        *layer = strtol(digits, NULL, 10);
        return true;
    }
    return false;
}

/* The name is `whole`, or ends with it as a part of its own. */
static bool ends_with(const char *name, const char *whole)
{
    const size_t n = strlen(name), m = strlen(whole);
    return n >= m && strcmp(name + n - m, whole) == 0 && (n == m || name[n - m - 1] == '.');
}

static spx_role second_role(const char *after)
{
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (strcmp(seconds[i].after, after) == 0) return seconds[i].also;
    return SPX_ROLE_OTHER;
}

/* *also is OTHER where the name has one meaning. */
static spx_place find_place(const char *name, spx_role *also)
{
    spx_place place = {SPX_ROLE_OTHER, -1, false};
    *also = SPX_ROLE_OTHER;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (matches(&patterns[i], name, &place.layer)) {
            place.role = patterns[i].role;
            place.in_out = patterns[i].in_out;
            *also = second_role(patterns[i].after);
            return place;
        }
    const bool in_block = strstr(name, "layers.") || strstr(name, "blk.");
    for (size_t i = 0; i < sizeof singles / sizeof *singles && !in_block; i++)
        if (ends_with(name, singles[i].name)) place.role = singles[i].role;
    return place;
}

spx_place spx_arch_place(const char *tensor_name)
{
    spx_role also = SPX_ROLE_OTHER;
    return find_place(tensor_name, &also);
}

/* The place of the weight that a bias belongs to; *bias says that it is one. */
static spx_place place_of_either(const char *name, spx_role *also, bool *bias)
{
    char weight[512];
    const size_t n = strlen(name), m = strlen(".bias");
    *bias = n > m && strcmp(name + n - m, ".bias") == 0;
    if (!*bias) return find_place(name, also);
    snprintf(weight, sizeof weight, "%.*s.weight", n < 400 ? (int)(n - m) : 400, name);
    return find_place(weight, also);
}

/* A second meaning that fits is meant, since the family that has it has another name for the first;
 * without one, a name with a single meaning is better than one with two. */
int spx_arch_match(const char *a, const char *b)
{
    spx_role p_also = SPX_ROLE_OTHER, q_also = SPX_ROLE_OTHER;
    bool p_bias = false, q_bias = false;
    const spx_place p = place_of_either(a, &p_also, &p_bias);
    const spx_place q = place_of_either(b, &q_also, &q_bias);
    if (p.role == SPX_ROLE_OTHER || q.role == SPX_ROLE_OTHER) return 0;
    if (p_bias != q_bias || p.layer != q.layer) return 0;
    if (p.role == q_also || q.role == p_also) return 3;
    if (p.role != q.role) return 0;
    return p_also || q_also ? 1 : 2;
}

/* llama.cpp, conversion/llama.py, gpt_neox.py, gemma.py: modify_tensors. Roles first .. last. */
static const struct {
    const char *architecture;
    spx_role first, last;
    spx_layout layout;
} layouts[] = {
    {"llama", SPX_ROLE_ATTN_Q, SPX_ROLE_ATTN_K, SPX_LAYOUT_ROPE_PAIRS},
    {"gptneox", SPX_ROLE_ATTN_QKV, SPX_ROLE_ATTN_QKV, SPX_LAYOUT_QKV_APART},
    {"gemma", SPX_ROLE_NORM, SPX_ROLE_K_NORM, SPX_LAYOUT_ONE_ADDED},
    {"gemma2", SPX_ROLE_NORM, SPX_ROLE_K_NORM, SPX_LAYOUT_ONE_ADDED},
    {"gemma3", SPX_ROLE_NORM, SPX_ROLE_K_NORM, SPX_LAYOUT_ONE_ADDED},
};

spx_layout spx_arch_gguf_layout(const char *architecture, const char *tensor_name)
{
    spx_role also = SPX_ROLE_OTHER;
    bool bias = false;
    const spx_role role = place_of_either(tensor_name, &also, &bias).role;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (role >= layouts[i].first && role <= layouts[i].last &&
            strcmp(layouts[i].architecture, architecture) == 0)
            return layouts[i].layout;
    return SPX_LAYOUT_SAME;
}
