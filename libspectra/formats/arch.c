/* arch.c: the table of architectures: layer, role and orientation from a tensor's name. */
#include "formats/arch_names.h"

#include "spx/names.h"

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

/* A name in a block: `before`, the number of the layer, a dot, `after`, ".weight" or ".bias". */
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

bool spx_arch_row(size_t i, const char **before, const char **after, spx_place *place)
{
    if (i >= sizeof patterns / sizeof *patterns) return false;
    *before = patterns[i].before;
    *after = patterns[i].after;
    *place = (spx_place){.role = patterns[i].role,
                         .layer = -1,
                         .in_out = patterns[i].in_out,
                         .expert = SPX_EXPERT_NONE};
    return true;
}

/* What other families mean by the same name. */
static const struct {
    const char *after;
    spx_role also;
} seconds[] = {
    {"post_attention_layernorm", SPX_ROLE_ATTN_POST_NORM}, /* Gemma 2 and 3 */
    {"mlp.gate_up_proj", SPX_ROLE_FFN_UP},                 /* ffn_up in GGUF */
};

/* Tensors outside the blocks, by the end of their names before ".weight" or ".bias". */
static const struct {
    const char *name;
    spx_role role;
} singles[] = {
    {"token_embd", SPX_ROLE_EMBED},
    {"embed_tokens", SPX_ROLE_EMBED},
    {"wte", SPX_ROLE_EMBED},
    {"embed_in", SPX_ROLE_EMBED},
    {"position_embd", SPX_ROLE_POSITION},
    {"wpe", SPX_ROLE_POSITION},
    {"rope_freqs", SPX_ROLE_ROPE_FACTORS},
    {"output", SPX_ROLE_HEAD},
    {"lm_head", SPX_ROLE_HEAD},
    {"embed_out", SPX_ROLE_HEAD},
    {"output_norm", SPX_ROLE_NORM},
    {"model.norm", SPX_ROLE_NORM},
    {"ln_f", SPX_ROLE_NORM},
    {"final_layer_norm", SPX_ROLE_NORM},
    {"final_layernorm", SPX_ROLE_NORM},
};

/* True if text is `stem` followed by `end`. */
static bool is_joined(const char *text, const char *stem, const char *end)
{
    const size_t n = strlen(stem);
    return strncmp(text, stem, n) == 0 && strcmp(text + n, end) == 0;
}

static bool matches_pattern(const pattern *p, const char *name, const char *end, spx_place *place)
{
    const char *rest = NULL;
    long layer = -1;
    for (const char *at = arch_block(name, name, p->before, &rest, &layer); at;
         at = arch_block(name, at + 1, p->before, &rest, &layer)) {
        if (!is_joined(rest, p->after, end)) continue;
        place->layer = layer;
        place->before = (size_t)(at - name);
        place->block = (size_t)(rest - name);
        return true;
    }
    return false;
}

/* True if `single` and `end` are all of the name, or follow a dot in it. */
static bool matches_single(const char *single, const char *name, const char *end, size_t *before)
{
    const size_t n = strlen(name), m = strlen(single) + strlen(end);
    if (n < m || !is_joined(name + n - m, single, end)) return false;
    *before = n - m;
    return n == m || name[n - m - 1] == '.';
}

static spx_role second_role(const char *after)
{
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (strcmp(seconds[i].after, after) == 0) return seconds[i].also;
    return SPX_ROLE_OTHER;
}

/* The place of a name that ends in `end`. */
static spx_place find_place(const char *name, const char *end)
{
    spx_place place = {.role = SPX_ROLE_OTHER, .layer = -1, .expert = SPX_EXPERT_NONE};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (matches_pattern(&patterns[i], name, end, &place)) {
            place.role = patterns[i].role;
            place.in_out = patterns[i].in_out;
            place.stack = arch_stack(name, place.before);
            return place;
        }
    if (arch_expert(name, end, &place)) {
        place.stack = arch_stack(name, place.before);
        return place;
    }
    const bool in_block = strstr(name, "layers.") || strstr(name, "blk.");
    for (size_t i = 0; i < sizeof singles / sizeof *singles && !in_block; i++)
        if (matches_single(singles[i].name, name, end, &place.before)) {
            place.role = singles[i].role;
            place.stack = arch_stack(name, place.before);
            return place;
        }
    place.before = 0;
    return place;
}

spx_place spx_arch_place(const char *tensor_name) { return find_place(tensor_name, ".weight"); }

spx_place spx_arch_place_of_either(const char *tensor_name, bool *bias)
{
    *bias = spx_ends_with(tensor_name, ".bias");
    return find_place(tensor_name, *bias ? ".bias" : ".weight");
}

/* The second meaning of a name that is in a block. */
static spx_role other_role(const char *name, const spx_place *p, bool *bias)
{
    char after[64];
    *bias = spx_ends_with(name, ".bias");
    const char *rest = name + p->block;
    const size_t n = strlen(rest), end = strlen(*bias ? ".bias" : ".weight");
    if (p->block == 0 || n <= end || n - end >= sizeof after) return SPX_ROLE_OTHER;
    memcpy(after, rest, n - end);
    after[n - end] = '\0';
    return second_role(after);
}

/* A second meaning that fits wins, since the family that has it uses another name for the first;
 * otherwise a name with a single meaning fits better than one with two. */
int spx_arch_fit(const char *a, const spx_place *p, const char *b, const spx_place *q)
{
    bool p_bias = false, q_bias = false;
    const spx_role p_also = other_role(a, p, &p_bias), q_also = other_role(b, q, &q_bias);
    if (p->role == SPX_ROLE_OTHER || q->role == SPX_ROLE_OTHER) return 0;
    if (p_bias != q_bias || p->layer != q->layer || p->expert != q->expert) return 0;
    if (p->role == q_also || q->role == p_also) return 3;
    if (p->role != q->role) return 0;
    return p_also || q_also ? 1 : 2;
}

int spx_arch_match(const char *a, const char *b)
{
    bool bias = false;
    const spx_place p = spx_arch_place_of_either(a, &bias), q = spx_arch_place_of_either(b, &bias);
    return spx_arch_fit(a, &p, b, &q);
}

/* modify_tensors of llama.cpp's conversion/llama.py, gpt_neox.py and gemma.py, for the roles
 * first .. last. */
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
    bool bias = false;
    const spx_role role = spx_arch_place_of_either(tensor_name, &bias).role;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (role >= layouts[i].first && role <= layouts[i].last &&
            strcmp(layouts[i].architecture, architecture) == 0)
            return layouts[i].layout;
    return SPX_LAYOUT_SAME;
}
