/* arch.c: the table of architectures: layer, role and orientation from a tensor's name. */
#include "spx/arch.h"

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
    *place = (spx_place){.role = patterns[i].role, .layer = -1, .in_out = patterns[i].in_out};
    return true;
}

/* Experts in a block: the last part of a name that has "experts" or "shared_expert" in it. */
static const struct {
    const char *last;
    spx_role role;
} expert_parts[] = {
    {"down_proj", SPX_ROLE_FFN_OUT},
    {"up_proj", SPX_ROLE_FFN_UP},
    {"gate_proj", SPX_ROLE_FFN_GATE},
    {"gate_up_proj", SPX_ROLE_FFN_GATE_UP},
    {"w2", SPX_ROLE_FFN_OUT}, /* Mixtral */
    {"w3", SPX_ROLE_FFN_UP},
    {"w1", SPX_ROLE_FFN_GATE},
    {"fc2", SPX_ROLE_FFN_OUT},
    {"fc1", SPX_ROLE_FFN_UP},
    {"linear_fc2", SPX_ROLE_FFN_OUT},
    {"linear_fc1", SPX_ROLE_FFN_UP},
    {"output_linear", SPX_ROLE_FFN_OUT}, /* Granite */
    {"input_linear", SPX_ROLE_FFN_GATE_UP},
};

/* The same of GGUF, whose parts are "ffn_down_exps", "ffn_down_shexp" and, once, "ffn_down.3". */
static const struct {
    const char *stem;
    spx_role role;
} gguf_parts[] = {
    {"ffn_down", SPX_ROLE_FFN_OUT},
    {"ffn_up", SPX_ROLE_FFN_UP},
    {"ffn_gate", SPX_ROLE_FFN_GATE},
    {"ffn_gate_up", SPX_ROLE_FFN_GATE_UP},
};

/* Words of a name's parts that tell a tower, and those that tell a language model all the same. */
static const char *const tower_words[] = {
    "vision", "visual",    "image",   "img_",      "audio",     "speech", "video", "clip",
    "siglip", "projector", "qformer", "resampler", "perceiver", "talker", "2wav",  "vocoder",
};
static const char *const tower_parts[] = {"vit", "vpm", "apm",       "tts",     "mm",
                                          "v",   "a",   "connector", "aligner", "sam_model"};
static const char *const language_words[] = {"language", "text", "llm", "decoder"};

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

/* The next block in a name: `before` starts it or, after a dot, a part of it ("model.layers."), and
 * a number and a dot follow, which *rest is behind. */
static const char *find_block(const char *name, const char *from, const char *before,
                              const char **rest, long *layer)
{
    for (const char *at = strstr(from, before); at; at = strstr(at + 1, before)) {
        if (at != name && at[-1] != '.') continue;
        const char *digits = at + strlen(before);
        const size_t n = strspn(digits, "0123456789");
        if (n == 0 || n > 6 || digits[n] != '.') continue;
        *rest = digits + n + 1;
        *layer = strtol(digits, NULL, 10);
        return at;
    }
    return NULL;
}

static bool matches_pattern(const pattern *p, const char *name, const char *end, spx_place *place)
{
    const char *rest = NULL;
    long layer = -1;
    for (const char *at = find_block(name, name, p->before, &rest, &layer); at;
         at = find_block(name, at + 1, p->before, &rest, &layer)) {
        if (!is_joined(rest, p->after, end)) continue;
        place->layer = layer;
        place->before = (size_t)(at - name);
        place->block = (size_t)(rest - name);
        return true;
    }
    return false;
}

/* The parts of what follows a block's number. */
typedef struct parts {
    const char *at[8];
    size_t len[8], n;
} parts;

/* False if there are more than fit. */
static bool split_parts(const char *rest, size_t len, parts *out)
{
    out->n = 0;
    for (const char *end = rest + len; rest <= end; rest++) {
        const char *dot = memchr(rest, '.', (size_t)(end - rest));
        if (out->n == sizeof out->at / sizeof *out->at) return false;
        out->at[out->n] = rest;
        out->len[out->n++] = (size_t)((dot ? dot : end) - rest);
        rest = dot ? dot : end;
    }
    return true;
}

static bool part_is(const parts *p, size_t i, const char *text)
{
    return p->len[i] == strlen(text) && memcmp(p->at[i], text, p->len[i]) == 0;
}

static bool part_number(const parts *p, size_t i, long *out)
{
    const size_t digits = i < p->n ? strspn(p->at[i], "0123456789") : 0;
    if (digits == 0 || digits > 6 || digits != p->len[i]) return false;
    *out = strtol(p->at[i], NULL, 10);
    return true;
}

/* "experts.3.down_proj", "experts.down_proj", "shared_expert.down_proj", "output_linear". */
static bool hf_expert(const parts *p, spx_place *place)
{
    bool mixture = false;
    place->expert = SPX_EXPERT_ALL;
    for (size_t i = 0; i < p->n; i++) {
        if (part_is(p, i, "experts")) {
            mixture = true;
            (void)part_number(p, i + 1, &place->expert);
        }
        if (part_is(p, i, "shared_expert") || part_is(p, i, "shared_experts")) {
            mixture = true;
            place->expert = SPX_EXPERT_SHARED;
        }
        mixture = mixture || part_is(p, i, "block_sparse_moe");
    }
    for (size_t i = 0; mixture && i < sizeof expert_parts / sizeof *expert_parts; i++)
        if (part_is(p, p->n - 1, expert_parts[i].last)) {
            place->role = expert_parts[i].role;
            return true;
        }
    return false;
}

/* "ffn_down_exps", "ffn_down_shexp", "ffn_down.3". */
static bool gguf_expert(const parts *p, spx_place *place)
{
    for (size_t i = 0; i < sizeof gguf_parts / sizeof *gguf_parts; i++) {
        const size_t n = strlen(gguf_parts[i].stem);
        if (p->len[0] < n || memcmp(p->at[0], gguf_parts[i].stem, n) != 0) continue;
        const char *end = p->at[0] + n;
        const size_t left = p->len[0] - n;
        place->role = gguf_parts[i].role;
        place->expert = SPX_EXPERT_ALL;
        if (p->n == 1 && left == 5 && memcmp(end, "_exps", 5) == 0) return true;
        place->expert = SPX_EXPERT_SHARED;
        if (p->n == 1 && left == 6 && memcmp(end, "_shexp", 6) == 0) return true;
        if (p->n == 2 && left == 0 && part_number(p, 1, &place->expert)) return true;
    }
    return false;
}

/* Length of a name without "[E]" at its end; *expert gets E. */
static size_t strip_number(const char *name, size_t len, long *expert)
{
    size_t at = len > 0 && name[len - 1] == ']' ? len - 1 : 0;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') at--;
    if (at < 2 || name[at - 1] != '[' || len - at > 7 || at == len - 1) return len;
    *expert = strtol(name + at, NULL, 10);
    return at - 1;
}

static size_t strip_end(const char *name, size_t len, const char *end)
{
    const size_t n = strlen(end);
    return len > n && memcmp(name + len - n, end, n) == 0 ? len - n : len;
}

/* A matrix of a mixture of experts. In a stack ".weight" may be missing. */
static bool matches_expert(const char *name, const char *end, spx_place *place)
{
    static const char *const blocks[] = {"blk.", "layers.", "h.", "blocks."};
    spx_place found = {.role = SPX_ROLE_OTHER};
    long numbered = SPX_EXPERT_NONE;
    parts p;
    size_t len = strip_number(name, strlen(name), &numbered);
    len = strip_end(name, len, end);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        const char *rest = NULL, *at = find_block(name, name, blocks[i], &rest, &found.layer);
        if (!at || rest >= name + len || !split_parts(rest, (size_t)(name + len - rest), &p))
            continue;
        if (!(i == 0 ? gguf_expert(&p, &found) : hf_expert(&p, &found))) continue;
        if (numbered >= 0 && found.expert != SPX_EXPERT_ALL) continue;
        if (numbered >= 0) found.expert = numbered;
        found.before = (size_t)(at - name);
        found.block = (size_t)(rest - name);
        *place = found;
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

static bool contains_word(const char *part, size_t len, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(part + i, word, n) == 0) return true;
    return false;
}

static bool any_word(const char *part, size_t len, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (contains_word(part, len, words[i])) return true;
    return false;
}

static bool any_part(const char *part, size_t len, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == len && memcmp(part, names[i], len) == 0) return true;
    return false;
}

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The stack of a tensor by the first `len` bytes of its name. */
static spx_stack find_stack(const char *name, size_t len)
{
    spx_stack stack = SPX_STACK_LANGUAGE;
    for (size_t at = 0; at < len;) {
        const char *dot = memchr(name + at, '.', len - at);
        const size_t n = dot ? (size_t)(dot - name) - at : len - at;
        const char *part = name + at;
        if (any_word(part, n, language_words, LENGTH(language_words))) return SPX_STACK_LANGUAGE;
        if (any_word(part, n, tower_words, LENGTH(tower_words)) ||
            any_part(part, n, tower_parts, LENGTH(tower_parts)))
            stack = SPX_STACK_TOWER;
        else if (stack == SPX_STACK_LANGUAGE && n == 7 && memcmp(part, "encoder", 7) == 0)
            stack = SPX_STACK_ENCODER;
        at += n + 1;
    }
    return stack;
}

/* The place of a name that ends in `end`. */
static spx_place find_place(const char *name, const char *end)
{
    spx_place place = {.role = SPX_ROLE_OTHER, .layer = -1, .expert = SPX_EXPERT_NONE};
    for (size_t i = 0; i < LENGTH(patterns); i++)
        if (matches_pattern(&patterns[i], name, end, &place)) {
            place.role = patterns[i].role;
            place.in_out = patterns[i].in_out;
            place.stack = find_stack(name, place.before);
            return place;
        }
    if (matches_expert(name, end, &place)) {
        place.stack = find_stack(name, place.before);
        return place;
    }
    const bool in_block = strstr(name, "layers.") || strstr(name, "blk.");
    for (size_t i = 0; i < LENGTH(singles) && !in_block; i++)
        if (matches_single(singles[i].name, name, end, &place.before)) {
            place.role = singles[i].role;
            place.stack = find_stack(name, place.before);
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
