/* orientation.c: which matrices are stored inputs x outputs, by what their file shows.
 *
 * GPT-2 stores its matrices so (Conv1D), and GPT-Neo, GPT-BigCode, Qwen and nanoGPT store them
 * outputs x inputs under the same names; stacks of experts are stored either way. What tells, the
 * surest first: the length of the bias (outputs); the width of the residual stream, by the norms of
 * the block or by config.json; the model_type of config.json; for a feed-forward matrix alone, that
 * the inner width is the larger; the other matrices of the file, which are stored alike. */
#include "formats/format.h"

#include "spx/arch.h"
#include "spx/json.h"

#include <stdio.h>

/* What config.json says, as far as it says anything. */
typedef struct facts {
    size_t width;
    spx_orientation conv, experts; /* of GPT-2's names; of stacks */
} facts;

static const struct {
    const char *model_type;
    spx_orientation conv, experts;
} known_models[] = {
    {"gpt2", SPX_IN_OUT, SPX_BY_NAME},       {"openai-gpt", SPX_IN_OUT, SPX_BY_NAME},
    {"gpt_neo", SPX_OUT_IN, SPX_BY_NAME},    {"gpt_bigcode", SPX_OUT_IN, SPX_BY_NAME},
    {"qwen", SPX_OUT_IN, SPX_BY_NAME},       {"gpt_oss", SPX_BY_NAME, SPX_IN_OUT},
    {"llama4", SPX_BY_NAME, SPX_IN_OUT},     {"llama4_text", SPX_BY_NAME, SPX_IN_OUT},
    {"granitemoe", SPX_BY_NAME, SPX_OUT_IN}, {"qwen3_moe", SPX_BY_NAME, SPX_OUT_IN},
    {"mixtral", SPX_BY_NAME, SPX_OUT_IN},
};

static void read_width(const spx_json *root, facts *out)
{
    static const char *const keys[] = {"n_embd", "hidden_size", "d_model", "n_embed"};
    double x = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && out->width == 0; i++)
        if (spx_json_number(spx_json_get(root, keys[i]), &x) && x >= 1 && x <= 0x1p31)
            out->width = (size_t)x;
}

/* A config.json that is missing or cannot be read tells nothing. */
static spx_status read_config(const spx_ckpt *c, facts *out, spx_error *err)
{
    char path[4096];
    spx_json *root = NULL;
    const char *file = spx_ckpt_base(c)->path;
    const int n =
        snprintf(path, sizeof path, "%.*sconfig.json", (int)(spx_base_name(file) - file), file);
    if (n < 0 || (size_t)n >= sizeof path) return SPX_OK;
    const spx_status st = spx_json_read_python(path, &root, err);
    if (st != SPX_OK) return st == SPX_ENOMEM ? st : SPX_OK;
    const char *type = spx_json_text(spx_json_get(root, "model_type"));
    read_width(root, out);
    for (size_t i = 0; type && i < sizeof known_models / sizeof *known_models; i++)
        if (strcmp(known_models[i].model_type, type) == 0) {
            out->conv = known_models[i].conv;
            out->experts = known_models[i].experts;
        }
    spx_json_free(root);
    return SPX_OK;
}

/* True for a role whose outputs are the residual stream; its inputs otherwise. */
static bool writes_stream(spx_role r) { return r == SPX_ROLE_FFN_OUT || r == SPX_ROLE_ATTN_OUT; }

/* A tensor of the block or of the file by its name after a prefix. */
static const spx_tensor *find_beside(const spx_ckpt *c, const char *name, size_t prefix,
                                     const char *end)
{
    char beside[700];
    const int n = snprintf(beside, sizeof beside, "%.*s%s", (int)prefix, name, end);
    return n > 0 && (size_t)n < sizeof beside ? spx_ckpt_find(c, beside) : NULL;
}

/* Width of the residual stream, by a norm of the block or the embedding; 0 if none tells. */
static size_t stream_width(const spx_ckpt *c, const spx_tensor *t, const spx_place *p)
{
    static const char *const norms[] = {"ln_2.weight",
                                        "ln_1.weight",
                                        "post_attention_layernorm.weight",
                                        "input_layernorm.weight",
                                        "ffn_norm.weight",
                                        "attn_norm.weight"};
    static const char *const embeddings[] = {"wte.weight", "embed_tokens.weight",
                                             "token_embd.weight"};
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
        const spx_tensor *norm = find_beside(c, t->name, p->block, norms[i]);
        if (norm && norm->ndim == 1) return norm->shape[0];
    }
    for (size_t i = 0; i < sizeof embeddings / sizeof *embeddings; i++) {
        const spx_tensor *e = find_beside(c, t->name, p->before, embeddings[i]);
        if (e && e->ndim == 2) return e->shape[1];
    }
    return 0;
}

/* The orientation in which the outputs of rows x cols number `outputs`, if only one fits. */
static spx_orientation by_outputs(size_t rows, size_t cols, size_t outputs)
{
    if (rows == cols) return SPX_BY_NAME;
    return rows == outputs ? SPX_OUT_IN : cols == outputs ? SPX_IN_OUT : SPX_BY_NAME;
}

static spx_orientation by_bias(const spx_ckpt *c, const spx_tensor *t, size_t rows, size_t cols)
{
    const size_t n = strlen(t->name), end = strlen(".weight");
    if (n <= end || strcmp(t->name + n - end, ".weight") != 0) return SPX_BY_NAME;
    const spx_tensor *bias = find_beside(c, t->name, n - end, ".bias");
    return bias && bias->ndim == 1 ? by_outputs(rows, cols, bias->shape[0]) : SPX_BY_NAME;
}

static spx_orientation by_width(size_t rows, size_t cols, spx_role role, size_t width)
{
    const spx_orientation o = width > 0 ? by_outputs(rows, cols, width) : SPX_BY_NAME;
    if (o == SPX_BY_NAME || writes_stream(role)) return o;
    return o == SPX_OUT_IN ? SPX_IN_OUT : SPX_OUT_IN;
}

/* The matrix between the stream and a wider layer, without knowing the stream's width. */
static spx_orientation by_widening(size_t rows, size_t cols, spx_role role)
{
    if (role == SPX_ROLE_ATTN_OUT) return SPX_BY_NAME;
    return by_width(rows, cols, role, rows < cols ? rows : cols);
}

static spx_orientation first_known(const spx_orientation *o, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (o[i] != SPX_BY_NAME) return o[i];
    return SPX_BY_NAME;
}

/* What the tensor's own shape tells with what is beside it; `stacked`: one axis more. */
static spx_orientation own_orientation(const spx_ckpt *c, const spx_tensor *t, const spx_place *p,
                                       const facts *f, bool stacked)
{
    const size_t rows = t->shape[t->ndim - 2], cols = t->shape[t->ndim - 1];
    const spx_orientation o[] = {
        by_bias(c, t, rows, cols),
        by_width(rows, cols, p->role, stream_width(c, t, p)),
        by_width(rows, cols, p->role, f->width),
        stacked ? f->experts : f->conv,
        stacked ? SPX_BY_NAME : by_widening(rows, cols, p->role),
    };
    return rows == cols ? SPX_BY_NAME : first_known(o, sizeof o / sizeof *o);
}

/* True for a tensor whose orientation its name does not settle. */
static bool in_question(const spx_ckpt *c, const spx_tensor *t, spx_place *p, bool stacked)
{
    if (t->ndim != (stacked ? 3 : 2) || !spx_tensor_has_weights(t)) return false;
    *p = spx_arch_place(t->name);
    if (!stacked) return p->in_out;
    return p->expert == SPX_EXPERT_ALL && p->role != SPX_ROLE_OTHER && !c->format->llama_cpp;
}

/* Orients all tensors of a kind: each by itself, the others as most of them. */
static spx_status orient_kind(spx_ckpt *c, bool stacked, facts *f, bool *asked, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t votes[3] = {0};
    const spx_tensor *doubtful = NULL;
    spx_place p;
    for (size_t i = 0; i < c->count; i++) {
        spx_tensor *t = &c->tensor[i];
        if (!in_question(c, t, &p, stacked)) continue;
        if (!*asked && !c->format->edits_only) SPX_TRY(read_config(c, f, err));
        *asked = true;
        t->orientation = own_orientation(c, t, &p, f, stacked);
        votes[t->orientation]++;
    }
    spx_orientation most = stacked ? f->experts : f->conv;
    if (votes[SPX_OUT_IN] != votes[SPX_IN_OUT])
        most = votes[SPX_OUT_IN] > votes[SPX_IN_OUT] ? SPX_OUT_IN : SPX_IN_OUT;
    for (size_t i = 0; votes[SPX_BY_NAME] > 0 && i < c->count; i++) {
        spx_tensor *t = &c->tensor[i];
        if (!in_question(c, t, &p, stacked) || t->orientation != SPX_BY_NAME) continue;
        t->orientation = most;
        if (most == SPX_BY_NAME) doubtful = t;
    }
    if (doubtful && !c->format->edits_only)
        SPX_TRY(format_note(
            c, err,
            "%s: shapes do not tell how %s and %zu more are stored, nor does config.json: taken as "
            "%s",
            c->path, doubtful->name, votes[SPX_BY_NAME] - 1,
            stacked ? "outputs x inputs" : "GPT-2's, inputs x outputs"));
out:
    return st;
}

spx_status format_orient(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    facts f = {0};
    bool asked = false;
    SPX_TRY(orient_kind(c, false, &f, &asked, err));
    SPX_TRY(orient_kind(c, true, &f, &asked, err));
    for (size_t i = 0; i < c->experts; i++) c->expert[i].orientation = c->expert[i].of->orientation;
out:
    return st;
}

bool spx_tensor_in_out(const spx_tensor *t)
{
    if (t->orientation != SPX_BY_NAME) return t->orientation == SPX_IN_OUT;
    return spx_arch_place(t->name).in_out;
}
