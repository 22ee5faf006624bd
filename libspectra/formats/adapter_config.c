/* adapter_config.c: adapter_config.json of PEFT: what is understood, and the scale of a module. */
#include "formats/adapter.h"

#include "spx/names.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>

/* Fields that make an adapter compute something else than base + s B A. */
static const char *const variants[] = {
    "use_dora",      "use_qalora",        "use_bdlora",        "lora_bias",
    "kasa_config",   "arrow_config",      "monteclora_config", "alora_invocation_tokens",
    "megatron_core", "target_parameters", "layer_replication", "trainable_token_indices",
};

/* Initialisations that leave the base as it is; the others put a part of it into the factors. */
static const char *const initialisations[] = {"gaussian", "eva", "orthogonal"};

enum { MOST_ALPHA = 1000000, MOST_RANK = 1 << 20 };

/* False for an absent or null value, false, and an empty list or object. */
static bool is_on(const spx_json *v)
{
    bool yes = false;
    double x = 0;
    if (spx_json_bool(v, &yes)) return yes;
    return spx_json_text(v) || spx_json_number(v, &x) || spx_json_size(v) > 0;
}

/* megatron_core names a module even where nothing uses it. */
static bool is_variant(const lora_config *c, const char *field)
{
    if (strcmp(field, "megatron_core") == 0) return is_on(spx_json_get(c->root, "megatron_config"));
    return is_on(spx_json_get(c->root, field));
}

static spx_status check_kind(const lora_config *c, spx_error *err)
{
    const char *type = spx_json_text(spx_json_get(c->root, "peft_type"));
    if (!spx_json_is_object(c->root))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: not an object", c->path);
    if (!type) return SPX_FAIL(err, SPX_EFORMAT, "%s: peft_type is missing", c->path);
    if (strcmp(type, "LORA") != 0)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: an adapter of type %s (expected LORA); merge it with PEFT's "
                        "merge_and_unload, if it has one",
                        c->path, type);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (is_variant(c, variants[i]))
            return SPX_FAIL(err, SPX_EUNSUP,
                            "%s: %s is set (expected plain LoRA); merge the adapter with PEFT's "
                            "merge_and_unload",
                            c->path, variants[i]);
    return SPX_OK;
}

static spx_status check_initialisation(const lora_config *c, spx_error *err)
{
    const char *how = spx_json_text(spx_json_get(c->root, "init_lora_weights"));
    for (size_t i = 0; how && i < sizeof initialisations / sizeof *initialisations; i++)
        if (strcmp(how, initialisations[i]) == 0) return SPX_OK;
    if (!how) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP,
                    "%s: init_lora_weights is '%s', which may have changed the base; merge the "
                    "adapter with PEFT's merge_and_unload",
                    c->path, how);
}

static spx_status check_rank(const lora_config *c, const char *what, double r, spx_error *err)
{
    if (r >= 1 && r <= MOST_RANK && floor(r) == r) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is %.9g (expected a whole number of 1 to %d)",
                    c->path, what, r, MOST_RANK);
}

static spx_status check_alpha(const lora_config *c, const char *what, double alpha, spx_error *err)
{
    if (fabs(alpha) > 0 && fabs(alpha) <= MOST_ALPHA) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT,
                    "%s: %s is %.9g (expected a number other than 0, of at most %d)", c->path, what,
                    alpha, MOST_ALPHA);
}

static spx_status read_number(const lora_config *c, const char *key, double *out, spx_error *err)
{
    const spx_json *v = spx_json_get(c->root, key);
    if (spx_json_number(v, out)) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is %s (expected a number)", c->path, key,
                    v ? "not a number" : "missing");
}

static spx_status read_fields(lora_config *c, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_kind(c, err));
    SPX_TRY(check_initialisation(c, err));
    SPX_TRY(read_number(c, "r", &c->rank, err));
    SPX_TRY(check_rank(c, "r", c->rank, err));
    SPX_TRY(read_number(c, "lora_alpha", &c->alpha, err));
    SPX_TRY(check_alpha(c, "lora_alpha", c->alpha, err));
    (void)spx_json_bool(spx_json_get(c->root, "use_rslora"), &c->root_of_rank);
    c->has_conv1d = spx_json_bool(spx_json_get(c->root, "fan_in_fan_out"), &c->conv1d);
out:
    return st;
}

spx_status lora_config_read(const char *path, lora_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    lora_config c = {0};
    SPX_TRY(spx_text_dup(&c.path, path, err));
    SPX_TRY(spx_json_read_python(path, &c.root, err));
    SPX_TRY(read_fields(&c, err));
    *out = c;
    c = (lora_config){0};
out:
    lora_config_free(&c);
    return st;
}

void lora_config_free(lora_config *c)
{
    spx_json_free(c->root);
    spx_free(c->path);
    *c = (lora_config){0};
}

/* The extended regular expression of POSIX for PEFT's rf"(.*\.)?({key})$", matched from the start;
 * of Python's classes only \d is not glibc's too. */
static bool make_expression(const char *key, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "^(.*\\.)?(");
    for (const char *at = key; *at; at++) {
        const bool digit = at[0] == '\\' && at[1] == 'd';
        if (n + 8 > size) return false;
        n += (size_t)snprintf(out + n, size - n, "%.*s", digit ? 5 : 1, digit ? "[0-9]" : at);
        at += digit;
    }
    return (size_t)snprintf(out + n, size - n, ")$") < size - n;
}

static spx_status key_fits(const lora_config *c, const char *key, const char *module, bool *out,
                           spx_error *err)
{
    char text[1024];
    regex_t expression;
    if (!make_expression(key, text, sizeof text) ||
        regcomp(&expression, text, REG_EXTENDED | REG_NOSUB) != 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: the pattern '%.200s' is not understood", c->path,
                        key);
    *out = regexec(&expression, module, 0, NULL, 0) == 0;
    regfree(&expression);
    return SPX_OK;
}

/* *out, the default, becomes the value of the first key of c's object `field` that fits. */
static spx_status find_pattern(const lora_config *c, const char *field, const char *module,
                               double *out, spx_error *err)
{
    const spx_json *all = spx_json_get(c->root, field);
    for (size_t i = 0; i < spx_json_size(all); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(all, i, &v);
        bool fits = false;
        if (!key) break; /* not an object */
        const spx_status st = key_fits(c, key, module, &fits, err);
        if (st != SPX_OK) return st;
        if (!fits) continue;
        if (spx_json_number(v, out)) return SPX_OK;
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s of '%.200s' is not a number", c->path, field,
                        key);
    }
    return SPX_OK;
}

spx_status lora_config_scale(const lora_config *c, const char *module, size_t rank, double *out,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    double r = c->rank, alpha = c->alpha;
    SPX_TRY(find_pattern(c, "rank_pattern", module, &r, err));
    SPX_TRY(check_rank(c, "rank_pattern", r, err));
    SPX_TRY(find_pattern(c, "alpha_pattern", module, &alpha, err));
    SPX_TRY(check_alpha(c, "alpha_pattern", alpha, err));
    if (r != (double)rank)
        SPX_RAISE(err, SPX_ESHAPE, "%s: module %s has factors of rank %zu (expected %.9g)", c->path,
                  module, rank, r);
    *out = alpha / (c->root_of_rank ? sqrt(r) : r);
out:
    return st;
}
