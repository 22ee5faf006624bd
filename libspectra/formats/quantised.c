/* quantised.c: the table of methods; codes and companions joined to the weights that they mean.
 * What these hold is quantised_values.c's. */
#include "formats/quantised.h"

#include "formats/dtype.h"

#include "spx/names.h"

#include <stdio.h>
#include <stdlib.h>

/* The first that owns a tensor joins it. */
static const quantised_method *const methods[] = {
    &quantised_bnb,  &quantised_int8, &quantised_mxfp4,  &quantised_fp4,
    &quantised_gptq, &quantised_awq,  &quantised_packed, &quantised_scaled,
};

/* Companions that concern activations or caches: known, and not needed for the weight. */
static const char *const not_needed[] = {
    "input_scale",
    "input_scale_inv",
    "input_scale_ub",
    "activation_scale",
    "act_scale",
    "scale_input",
    "input_global_scale",
    "input_zero_point",
    "activation_scale_inv",
    "output_scale",
    "output_zero_point",
    "q_scale",
    "k_scale",
    "v_scale",
    "prob_scale",
};

static bool is_float8(spx_dtype t) { return t >= SPX_F8_E4M3 && t <= SPX_F8_E5M2FNUZ; }

static int compare_name(const void *name, const void *t)
{
    return strcmp(name, (*(const spx_tensor *const *)t)->name);
}

static const spx_tensor *find_stored(const joiner *j, const char *name)
{
    const spx_tensor *const *found =
        bsearch(name, j->c->by_name, j->c->count, sizeof *j->c->by_name, compare_name);
    return found ? *found : NULL;
}

static const spx_tensor *find_named(const joiner *j, quantised *q, size_t stem, const char *end,
                                    const char *use)
{
    char name[1024];
    const int n = snprintf(name, sizeof name, "%.*s%s", (int)stem, q->codes->name, end);
    const spx_tensor *t = n > 0 && (size_t)n < sizeof name ? find_stored(j, name) : NULL;
    if (t && use && q->companions < QUANTISED_COMPANIONS)
        q->companion[q->companions++] = (companion){t, use};
    return t;
}

const spx_tensor *join_find(const joiner *j, quantised *q, const char *end, const char *use)
{
    return find_named(j, q, q->stem_len, end, use);
}

const spx_tensor *join_find_after(const joiner *j, quantised *q, const char *end, const char *use)
{
    return find_named(j, q, strlen(q->codes->name), end, use);
}

bool join_name_ends(quantised *q, const char *end)
{
    q->stem = q->codes->name;
    if (!spx_ends_with(q->codes->name, end)) return false;
    q->stem_len = strlen(q->codes->name) - strlen(end);
    return true;
}

const char *join_short(const quantised *q, const spx_tensor *t)
{
    return strncmp(t->name, q->stem, q->stem_len) == 0 ? t->name + q->stem_len : t->name;
}

static bool is_companion(const quantised *q, const spx_tensor *t)
{
    for (size_t i = 0; i < q->companions; i++)
        if (q->companion[i].t == t) return true;
    return false;
}

/* True for the rest of a name beside x.weight that looks as if it changed what the codes mean. */
static bool looks_like_companion(const char *rest)
{
    static const char *const marks[] = {"scale", "zero", "absmax",  "quant",   "SCB",    "_zp",
                                        "g_idx", "amax", "bitmask", "weight_", "weight."};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strstr(rest, marks[i])) return true;
    return strcmp(rest, "meta") == 0 || strcmp(rest, "perm") == 0;
}

/* True if t is named as a companion of the codes would be: x.NAME beside x.weight, or what begins
 * with the codes' own name. */
static bool beside(const quantised *q, const spx_tensor *t)
{
    const char *own = q->codes->name;
    const size_t n = strlen(own);
    if (t == q->codes) return false;
    if (strncmp(t->name, own, n) == 0 && (t->name[n] == '_' || t->name[n] == '.'))
        return looks_like_companion(t->name + n);
    if (q->stem_len == 0 || strncmp(t->name, q->stem, q->stem_len) != 0) return false;
    const char *rest = t->name + q->stem_len;
    return (!strchr(rest, '.') || strncmp(rest, "weight.", 7) == 0) && looks_like_companion(rest);
}

/* The first stored tensor whose name is not before the stem. */
static size_t first_beside(const joiner *j, const quantised *q)
{
    size_t low = 0, high = j->c->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strncmp(j->c->by_name[middle]->name, q->stem, q->stem_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* SPX_EUNSUP names a tensor beside the codes that is not understood. */
static spx_status check_beside(const joiner *j, const quantised *q, spx_error *err)
{
    for (size_t i = first_beside(j, q); i < j->c->count; i++) {
        const spx_tensor *t = j->c->by_name[i];
        if (strncmp(t->name, q->stem, q->stem_len) != 0) break;
        if (beside(q, t) && !is_companion(q, t))
            return SPX_FAIL(err, SPX_EUNSUP, "%s codes with a companion that is not understood: %s",
                            spx_dtype_name(q->codes->dtype), t->name);
    }
    return SPX_OK;
}

static void add_not_needed(const joiner *j, quantised *q)
{
    for (size_t i = 0; i < sizeof not_needed / sizeof *not_needed; i++)
        (void)join_find(j, q, not_needed[i], "not needed");
}

/* What may be codes: eight bits of float, or whole numbers; bitsandbytes puts its own into any. */
static const quantised_method *find_owner(const joiner *j, quantised *q)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        q->stem = q->codes->name;
        q->stem_len = strlen(q->stem);
        q->companions = 0;
        if (methods[i]->owns(j, q)) return methods[i];
    }
    return NULL;
}

/* Codes that nothing owns: eight bits of float are values, unless something contradicts. */
static spx_status check_plain(const joiner *j, quantised *q, spx_error *err)
{
    const quantised_config *config = j->config;
    if (!is_float8(q->codes->dtype) || q->codes->ndim < 2) return SPX_OK;
    if (!join_name_ends(q, "weight")) q->stem_len = strlen(q->stem);
    add_not_needed(j, q);
    const spx_status st = check_beside(j, q, err);
    if (st != SPX_OK || !*config->file || *config->fault) return st;
    if (!*config->method || quantised_config_skips(config, q->codes->name)) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s without a scale, though %s names quant_method %s",
                    spx_dtype_name(q->codes->dtype), config->file, config->method);
}

static spx_status join_owned(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    q->factor = q->divisor = 1;
    q->stack = 1;
    SPX_TRY(q->method->join(j, q, err));
    add_not_needed(j, q);
    if (q->companions == QUANTISED_COMPANIONS) SPX_RAISE(err, SPX_EUNSUP, "too many companions");
    SPX_TRY(check_beside(j, q, err));
    SPX_TRY(quantised_config_agrees(j->config, q, err));
out:
    return st;
}

/* The name of the weight: that of the codes, with `weight` in place of what it ends in. */
static spx_status name_weight(const joiner *j, const quantised *q, struct joined_weight *w,
                              spx_error *err)
{
    char name[1024];
    const char *own = q->codes->name, *end = own + q->stem_len;
    const bool of_weight = *end && *end != '_' && *end != '.'; /* x_blocks is x, x.qweight is not */
    const int n =
        snprintf(name, sizeof name, "%.*s%s", (int)q->stem_len, own, of_weight ? "weight" : "");
    if (n <= 0 || (size_t)n >= sizeof name)
        return SPX_FAIL(err, SPX_EFORMAT, "name of %zu characters is too long", strlen(own));
    if (strcmp(name, own) != 0 && find_stored(j, name))
        return SPX_FAIL(err, SPX_EFORMAT, "there is %s besides", name);
    const spx_status st = spx_text_dup(&w->name, name, err);
    w->t.name = w->name;
    return st;
}

static spx_status list_weight(const joiner *j, const quantised *q, struct joined_weight *w,
                              spx_error *err)
{
    w->q = *q;
    w->t = (spx_tensor){.dtype = SPX_QUANTISED,
                        .bytes = q->codes->bytes,
                        .data = q->codes->data,
                        .type = w->q.type,
                        .quantised = &w->q};
    if (q->stacked) w->t.shape[w->t.ndim++] = q->stack;
    w->t.shape[w->t.ndim++] = q->turned ? q->cols : q->rows;
    w->t.shape[w->t.ndim++] = q->turned ? q->rows : q->cols;
    return name_weight(j, q, w, err);
}

/* Why a tensor's values cannot be known. */
static spx_status set_reason(spx_ckpt *c, size_t i, const char *why, spx_error *err)
{
    const spx_status st = spx_text_dup(&c->reason[i], why, err);
    c->tensor[i].unreadable = c->reason[i];
    return st;
}

/* Joins stored tensor i, if it holds codes. */
static spx_status join_tensor(const joiner *j, size_t i, spx_error *err)
{
    spx_ckpt *c = j->c;
    spx_error why = {0};
    quantised q = {.codes = &c->tensor[i]};
    q.method = find_owner(j, &q);
    spx_status st = q.method ? join_owned(j, &q, &why) : check_plain(j, &q, &why);
    if (st == SPX_OK && q.method) st = list_weight(j, &q, &c->joined[c->joins], &why);
    if (st == SPX_ENOMEM) return SPX_FAIL(err, st, "%s", why.text);
    if (st != SPX_OK) return set_reason(c, i, why.text, err);
    if (!q.method) return SPX_OK;
    j->place[i] = ++c->joins;
    j->hidden[i] = true;
    for (size_t k = 0; k < q.companions; k++) j->hidden[q.companion[k].t - c->tensor] = true;
    return SPX_OK;
}

/* Codes are floats of eight bits or integers; bitsandbytes puts its own into a column of any type.
 */
static bool may_be_codes(const spx_tensor *t)
{
    return t->ndim >= 2 && t->bytes > 0 &&
           (is_float8(t->dtype) || spx_dtype_is_integer(t->dtype) || spx_tensor_cols(t) == 1);
}

static size_t count_codes(const spx_ckpt *c)
{
    size_t n = 0;
    if (c->format->llama_cpp || c->format->edits_only) return 0;
    for (size_t i = 0; i < c->count; i++) n += may_be_codes(&c->tensor[i]);
    return n;
}

/* c->tensor becomes what is listed: in file order, what is no companion, each weight in the place
 * of its codes. What the files hold is c->stored. */
static spx_status list_all(const joiner *j, spx_error *err)
{
    spx_ckpt *c = j->c;
    spx_tensor *listed = NULL;
    size_t n = 0;
    const spx_status st = SPX_NEW(&listed, c->count, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < c->count; i++) {
        if (j->hidden[i]) c->tensor[i].unreadable = NULL; /* scales of eight bits, say */
        if (j->place[i])
            listed[n++] = c->joined[j->place[i] - 1].t;
        else if (!j->hidden[i])
            listed[n++] = c->tensor[i];
    }
    c->stored = c->tensor;
    c->in_files = c->count;
    c->tensor = listed;
    c->count = n;
    return SPX_OK;
}

/* llama.cpp multiplies what a matrix x.weight gives by x.scale, of NVFP4 and BitNet: without it the
 * values of the blocks are not those of the weight. */
static spx_status check_llama_scales(const joiner *j, spx_error *err)
{
    spx_status st = SPX_OK;
    char why[1100];
    for (size_t i = 0; i < j->c->count; i++) {
        quantised q = {.codes = &j->c->tensor[i]};
        if (q.codes->ndim < 2 || !join_name_ends(&q, ".weight")) continue;
        const spx_tensor *scale = join_find(j, &q, ".scale", NULL);
        if (!scale) continue;
        snprintf(why, sizeof why, "%s blocks with a companion that is not applied: %s",
                 spx_dtype_name(q.codes->dtype), scale->name);
        SPX_TRY(set_reason(j->c, i, why, err));
    }
out:
    return st;
}

spx_status quantised_join(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    quantised_config config = {0};
    joiner j = {.c = c, .config = &config};
    const size_t codes = count_codes(c);
    if (codes == 0 && !c->format->llama_cpp) return SPX_OK;
    SPX_TRY(SPX_NEW(&c->reason, c->count, err));
    if (c->format->llama_cpp) return check_llama_scales(&j, err);
    SPX_TRY(SPX_NEW(&c->joined, codes, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &j.place, c->count, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &j.hidden, c->count, err));
    SPX_TRY(quantised_config_read(c, &config, err));
    for (size_t i = 0; i < c->count; i++)
        if (may_be_codes(&c->tensor[i])) SPX_TRY(join_tensor(&j, i, err));
    if (c->joins > 0) SPX_TRY(list_all(&j, err));
out:
    quantised_config_close(&config);
    spx_scratch_free(&tmp);
    return st;
}

/* What the public header offers */

size_t spx_tensor_companions(const spx_tensor *t)
{
    return t->quantised ? t->quantised->companions : 0;
}

const spx_tensor *spx_tensor_companion(const spx_tensor *t, size_t i, const char **use)
{
    const companion *found = &t->quantised->companion[i];
    *use = found->use;
    return found->t;
}

static bool same_stored(const spx_tensor *t, const spx_tensor *u)
{
    return !t->added && !u->added && t->dtype == u->dtype && t->ndim == u->ndim &&
           t->bytes == u->bytes && memcmp(t->shape, u->shape, t->ndim * sizeof *t->shape) == 0 &&
           memcmp(t->data, u->data, t->bytes) == 0;
}

bool spx_tensor_same_bytes(const spx_tensor *t, const spx_tensor *u)
{
    const size_t n = spx_tensor_companions(t);
    if (!same_stored(t, u) || n != spx_tensor_companions(u)) return false;
    if (t->quantised && (t->first_row != u->first_row || strcmp(t->type, u->type) != 0))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!same_stored(t->quantised->companion[i].t, u->quantised->companion[i].t)) return false;
    return true;
}
