/* config.c: reads a model's configuration from GGUF key-values or config.json. */
#include "model/families.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The names of a number: in GGUF after "<architecture>.", in config.json at the top level or among
 * the parameters of rope. */
typedef struct key_names {
    const char *gguf[2], *json[3];
} key_names;

enum {
    N_LAYERS,
    N_WIDTH,
    N_FFN,
    N_HEADS,
    N_KV_HEADS,
    N_HEAD_DIM,
    N_CONTEXT,
    N_EPS,
    N_BASE,
    N_WINDOW_BASE,
    N_ROTARY,
    N_ROTARY_SHARE,
    N_WINDOW,
    N_PERIOD,
    N_FULL_BLOCKS,
    N_SCALAR,
    N_FACTOR,
    N_LOW,
    N_HIGH,
    N_ORIGINAL,
    NUMBERS
};
static const key_names number[NUMBERS] = {
    [N_LAYERS] = {{"block_count"}, {"num_hidden_layers", "n_layer"}},
    [N_WIDTH] = {{"embedding_length"}, {"hidden_size", "n_embd"}},
    [N_FFN] = {{"feed_forward_length"}, {"intermediate_size", "n_inner"}},
    [N_HEADS] = {{"attention.head_count"}, {"num_attention_heads", "n_head"}},
    [N_KV_HEADS] = {{"attention.head_count_kv"}, {"num_key_value_heads"}},
    [N_HEAD_DIM] = {{"attention.key_length"}, {"head_dim"}},
    [N_CONTEXT] = {{"context_length"}, {"max_position_embeddings", "n_positions"}},
    [N_EPS] = {{"attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"},
               {"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon"}},
    [N_BASE] = {{"rope.freq_base"}, {"rope_theta", "rotary_emb_base"}},
    [N_WINDOW_BASE] = {{"rope.freq_base_swa"}, {"rope_local_base_freq"}},
    [N_ROTARY] = {{"rope.dimension_count"}, {"rotary_dim"}},
    [N_ROTARY_SHARE] = {{NULL}, {"partial_rotary_factor", "rotary_pct"}},
    [N_WINDOW] = {{"attention.sliding_window"}, {"sliding_window"}},
    [N_PERIOD] = {{"attention.sliding_window_pattern"}, {"sliding_window_pattern"}},
    [N_FULL_BLOCKS] = {{NULL}, {"max_window_layers"}},
    [N_SCALAR] = {{NULL}, {"query_pre_attn_scalar"}},
    [N_FACTOR] = {{"rope.scaling.factor"}, {"factor"}},
    [N_LOW] = {{NULL}, {"low_freq_factor"}},
    [N_HIGH] = {{NULL}, {"high_freq_factor"}},
    [N_ORIGINAL] = {{"rope.scaling.original_context_length"}, {"original_max_position_embeddings"}},
};

/* The object with the parameters of rope (in blocks with or without a window), or NULL. */
static const spx_json *rope_object(const model_source *s, bool windowed)
{
    const spx_json *rope = spx_json_get(s->json, "rope_parameters");
    const spx_json *kind = spx_json_get(rope, windowed ? "sliding_attention" : "full_attention");
    if (kind) return kind;
    return rope ? rope : spx_json_get(s->json, "rope_scaling");
}

static bool find_number(const model_source *s, int which, bool windowed, double *out)
{
    char key[96];
    const key_names *n = &number[which];
    if (!s->json) {
        for (size_t i = 0; i < 2 && n->gguf[i]; i++) {
            snprintf(key, sizeof key, "%s.%s", s->f->gguf, n->gguf[i]);
            if (spx_ckpt_number(s->c, key, out)) return true;
        }
        return false;
    }
    const spx_json *in[] = {rope_object(s, windowed), s->json};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 3 && n->json[j]; j++)
            if (spx_json_number(spx_json_get(in[i], n->json[j]), out)) return true;
    return false;
}

static const char *name_of(const model_source *s, int which)
{
    return s->json ? number[which].json[0] : number[which].gguf[0];
}

/* A whole number of at least 1, or `absent` if the file has none; absent 0: required. */
static spx_status read_whole(const model_source *s, int which, size_t absent, size_t *out,
                             spx_error *err)
{
    double v = (double)absent;
    if (!find_number(s, which, false, &v) && absent == 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is missing", s->path, name_of(s, which));
    if (!(v >= 1 && v <= 1e7 && v == floor(v)))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is %g (expected a whole number from 1 to 1e7)",
                        s->path, name_of(s, which), v);
    *out = (size_t)v;
    return SPX_OK;
}

static double read_real(const model_source *s, int which, double absent)
{
    double v = 0;
    return find_number(s, which, false, &v) ? v : absent;
}

/* Refuses settings of config.json that would change what is computed. */
static spx_status check_settings(const model_source *s, spx_error *err)
{
    static const char *const refused[] = {"attn_logit_softcapping",
                                          "final_logit_softcapping",
                                          "qk_layernorm",
                                          "use_bidirectional_attention",
                                          "reorder_and_upcast_attn",
                                          "scale_attn_by_inverse_layer_idx"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const spx_json *v = spx_json_get(s->json, refused[i]);
        double x = 0;
        bool on = false;
        if (spx_json_number(v, &x) || (spx_json_bool(v, &on) && on))
            return SPX_FAIL(err, SPX_EUNSUP, "%s: %s is not supported", s->path, refused[i]);
    }
    return SPX_OK;
}

static const char *scaling_kind(const model_source *s, bool windowed)
{
    char key[96];
    const spx_json *o = rope_object(s, windowed);
    snprintf(key, sizeof key, "%s.rope.scaling.type", s->f->gguf ? s->f->gguf : "");
    const char *kind =
        s->json ? spx_json_text(spx_json_get(o, "rope_type")) : spx_ckpt_text(s->c, key);
    if (!kind) kind = spx_json_text(spx_json_get(o, "type"));
    return kind ? kind : "none";
}

static bool window_is_on(const model_source *s)
{
    bool on = true;
    (void)spx_json_bool(spx_json_get(s->json, "use_sliding_window"), &on);
    return on;
}

/* Whether a number of the file decides anything. */
static bool is_used(const model_source *s, int which)
{
    const char *kind = scaling_kind(s, false);
    if (which == N_WINDOW || which == N_PERIOD || which == N_FULL_BLOCKS) return window_is_on(s);
    if (which >= N_FACTOR) return strcmp(kind, "none") != 0 && strcmp(kind, "default") != 0;
    return !s->f->learned_positions || which < N_BASE || which > N_ROTARY_SHARE;
}

/* What is used must be finite; the rest of a file may be as it likes. */
static spx_status check_numbers(const model_source *s, spx_error *err)
{
    for (int i = 0; i < 2 * NUMBERS; i++) {
        double v = 0;
        if (is_used(s, i / 2) && find_number(s, i / 2, i % 2 == 1, &v) && !isfinite(v))
            return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is %g (expected a finite number)", s->path,
                            name_of(s, i / 2), v);
    }
    return SPX_OK;
}

static spx_status read_activation(const model_source *s, spx_activation *out, spx_error *err)
{
    static const struct {
        const char *word;
        spx_activation a;
    } words[] = {{"silu", SPX_SILU},           {"swish", SPX_SILU},
                 {"gelu", SPX_GELU},           {"gelu_new", SPX_GELU_TANH},
                 {"gelu_fast", SPX_GELU_TANH}, {"gelu_pytorch_tanh", SPX_GELU_TANH}};
    static const char *const keys[] = {"hidden_activation", "hidden_act", "activation_function"};
    *out = s->f->activation;
    const char *said = NULL;
    for (size_t i = 0; i < 3 && !said; i++) said = spx_json_text(spx_json_get(s->json, keys[i]));
    if (!said) return SPX_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, said) == 0) {
            *out = words[i].a;
            return SPX_OK;
        }
    return SPX_FAIL(err, SPX_EUNSUP, "%s: activation '%s' is not supported", s->path, said);
}

static spx_status check_shape(const model_source *s, const spx_model_config *c, spx_error *err)
{
    if (c->heads % c->kv_heads)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: %zu heads (expected a multiple of the %zu key heads)", s->path,
                        c->heads, c->kv_heads);
    if (c->rotary % 2 || c->rotary > c->head_dim)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: rope on %zu numbers of a head of %zu (expected even)", s->path,
                        c->rotary, c->head_dim);
    return SPX_OK;
}

static spx_status read_head(const model_source *s, spx_model_config *c, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t each = c->d_model / c->heads;
    if (each == 0 || each * c->heads != c->d_model) each = 0; /* required in the file */
    SPX_TRY(read_whole(s, N_HEAD_DIM, each, &c->head_dim, err));
    const double all = (double)c->head_dim, share = s->f->rotary_share > 0 ? s->f->rotary_share : 1;
    if (s->f->learned_positions) goto out;
    SPX_TRY(read_whole(s, N_ROTARY, (size_t)(all * read_real(s, N_ROTARY_SHARE, share)), &c->rotary,
                       err));
    c->rope_base = read_real(s, N_BASE, 10000);
    c->rope_base_window = s->f->window_base > 0 ? s->f->window_base : c->rope_base;
    if (!find_number(s, N_WINDOW_BASE, true, &c->rope_base_window) && s->f->window_base > 0)
        (void)spx_json_number(spx_json_get(rope_object(s, true), "rope_theta"),
                              &c->rope_base_window);
out:
    return st;
}

/* True for families with parallel blocks; the files of GPT-NeoX can turn it off. */
static bool read_parallel(const model_source *s)
{
    bool on = s->f->parallel;
    double v = 0;
    if (s->f->parallel && !s->f->one_norm) {
        (void)spx_json_bool(spx_json_get(s->json, "use_parallel_residual"), &on);
        if (!s->json && spx_ckpt_number(s->c, "gptneox.use_parallel_residual", &v)) on = v != 0;
    }
    return on;
}

/* The attention window in positions; 0 if there is none or it is switched off. */
static size_t read_window(const model_source *s)
{
    const double v = window_is_on(s) ? read_real(s, N_WINDOW, 0) : 0;
    return v >= 1 && v <= 1e9 ? (size_t)v : 0;
}

/* Without learned positions nothing is allocated by the context, and some files have 10^30. */
static spx_status read_context(const model_source *s, size_t *out, spx_error *err)
{
    const double most = 1e7;
    double v = 0;
    if (s->f->learned_positions || !find_number(s, N_CONTEXT, false, &v) || !(v > most))
        return read_whole(s, N_CONTEXT, 0, out, err);
    *out = (size_t)most;
    return SPX_OK;
}

spx_status config_read(const model_source *s, spx_model_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model_config c = {.family = s->f->name,
                          .gated = s->f->gated,
                          .parallel = read_parallel(s),
                          .post_norm = s->f->post_norm,
                          .rope_interleaved = s->json ? s->f->pairs_hf : s->f->pairs_gguf,
                          .window = read_window(s),
                          .embed_scale = 1};
    SPX_TRY(check_settings(s, err));
    SPX_TRY(check_numbers(s, err));
    SPX_TRY(read_whole(s, N_LAYERS, 0, &c.layers, err));
    SPX_TRY(read_whole(s, N_WIDTH, 0, &c.d_model, err));
    SPX_TRY(read_whole(s, N_FFN, 4 * c.d_model, &c.d_ff, err));
    SPX_TRY(read_whole(s, N_HEADS, 0, &c.heads, err));
    SPX_TRY(read_whole(s, N_KV_HEADS, c.heads, &c.kv_heads, err));
    SPX_TRY(read_context(s, &c.context, err));
    SPX_TRY(read_head(s, &c, err));
    SPX_TRY(read_activation(s, &c.activation, err));
    SPX_TRY(check_shape(s, &c, err));
    c.norm_eps = read_real(s, N_EPS, 1e-5);
    c.attn_scale = 1 / sqrt(read_real(s, N_SCALAR, (double)c.head_dim));
    if (s->f->embed_sqrt) c.embed_scale = sqrt((double)c.d_model);
    *out = c;
out:
    return st;
}

bool config_windowed(const model_source *s, const spx_model_config *c, size_t l)
{
    const char *type = spx_json_text(spx_json_at(spx_json_get(s->json, "layer_types"), l));
    double full = 0, period = (double)s->f->window_period;
    if (c->window == 0) return false;
    if (type) return strcmp(type, "sliding_attention") == 0;
    if (find_number(s, N_FULL_BLOCKS, false, &full)) return (double)l >= full;
    if (period > 1) period = read_real(s, N_PERIOD, period);
    return period == 1 || (period > 1 && (l + 1) % (size_t)period != 0);
}

/* LLaMA 3.1's scaling: wavelengths below original / high stay, those above original / low become
 * `factor` times as long, and between them it is linear in original / wavelength. */
static spx_status scale_llama3(const model_source *s, double *step, size_t half, spx_error *err)
{
    const double factor = read_real(s, N_FACTOR, 0), low = read_real(s, N_LOW, 0),
                 high = read_real(s, N_HIGH, 0);
    const double original = read_real(s, N_ORIGINAL, 0), turn = 6.283185307179586;
    if (!(factor > 0 && low > 0 && high > low && original > 0))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: rope scaling 'llama3' needs factor, low_freq_factor, "
                        "high_freq_factor and original_max_position_embeddings",
                        s->path);
    for (size_t i = 0; i < half; i++) {
        const double smooth = (original * step[i] / turn - low) / (high - low);
        const double stay = smooth < 0 ? 0 : smooth > 1 ? 1 : smooth;
        step[i] *= (1 - stay) / factor + stay;
    }
    return SPX_OK;
}

spx_status config_rope(const model_source *s, const spx_model_config *c, bool windowed,
                       const float *factors, double *step, spx_error *err)
{
    const size_t half = c->rotary / 2;
    const double base = windowed ? c->rope_base_window : c->rope_base;
    const char *kind = scaling_kind(s, windowed);
    for (size_t i = 0; i < half; i++) step[i] = pow(base, -2.0 * (double)i / (double)c->rotary);
    for (size_t i = 0; factors && i < half; i++) step[i] /= (double)factors[i];
    if (strcmp(kind, "none") == 0 || strcmp(kind, "default") == 0) return SPX_OK;
    if (windowed && s->f->window_base > 0)
        return SPX_OK; /* only blocks without a window are scaled */
    if (strcmp(kind, "llama3") == 0) return scale_llama3(s, step, half, err);
    if (strcmp(kind, "linear") != 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: rope scaling '%s' is not supported", s->path, kind);
    const double factor = read_real(s, N_FACTOR, 0);
    if (!(factor > 0))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: rope scaling 'linear' needs a positive factor",
                        s->path);
    for (size_t i = 0; i < half; i++) step[i] /= factor;
    return SPX_OK;
}
