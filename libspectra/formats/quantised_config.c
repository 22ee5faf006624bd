/* quantised_config.c: what config.json and its like say about quantised weights. */
#include "formats/quantised.h"

#include "spx/names.h"

#include <stdio.h>
#include <unistd.h>

/* Where a configuration may stand, and in which member of the document; "": it is the document. */
static const struct {
    const char *file, *member;
} places[] = {
    {"config.json", "quantization_config"},
    {"config.json", "compression_config"},
    {"config.json", "text_config"}, /* its quantization_config, in a vision-language model */
    {"hf_quant_config.json", "quantization"}, /* ModelOpt */
    {"quantize_config.json", ""},             /* AutoGPTQ before 0.5 */
    {"quant_config.json", ""},                /* AutoAWQ before 0.1.8 */
};

static void copy_text(const spx_json *v, const char *key, char *out, size_t size)
{
    const char *text = spx_json_text(spx_json_get(v, key));
    if (text) snprintf(out, size, "%s", text);
}

/* A whole number from 1 to 2^31; 0 where there is none. -1 means one group for all and is 0 too. */
static size_t whole(const spx_json *v)
{
    double x = 0;
    return spx_json_number(v, &x) && x >= 1 && x <= 0x1p31 ? (size_t)x : 0;
}

static void first_whole(const spx_json *v, const char *const *keys, size_t *out)
{
    for (; *keys && *out == 0; keys++) *out = whole(spx_json_get(v, *keys));
}

static spx_status read_block(const spx_json *v, size_t out[2], spx_error *err)
{
    if (!spx_json_is_array(v)) return SPX_OK;
    for (size_t i = 0; i < 2; i++) out[i] = whole(spx_json_at(v, i));
    if (spx_json_size(v) == 2 && out[0] > 0 && out[1] > 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "block size is not two whole numbers above 0");
}

/* bits and group of compressed-tensors, where all groups agree. */
static spx_status read_groups(const spx_json *groups, quantised_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(groups); i++) {
        const spx_json *group = NULL;
        (void)spx_json_key(groups, i, &group);
        const spx_json *weights = spx_json_get(group, "weights");
        const size_t bits = whole(spx_json_get(weights, "num_bits"));
        if (i == 0) out->bits = bits;
        if (spx_json_size(groups) == 1)
            SPX_TRY(read_block(spx_json_get(weights, "block_structure"), out->block, err));
        if (bits != out->bits) out->bits = 0;
    }
out:
    return st;
}

static const char *const bits_keys[] = {"bits", "w_bit", NULL};
static const char *const group_keys[] = {"group_size", "q_group_size", NULL};
static const char *const format_keys[] = {"format", "checkpoint_format", "packing_format",
                                          "version"};
static const char *const skipped_keys[] = {
    "modules_to_not_convert", "llm_int8_skip_modules", "ignore",
    "ignored_layers",         "exclude_modules",       "exclude"};

static spx_status read_members(const spx_json *v, quantised_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    copy_text(v, "quant_method", out->method, sizeof out->method);
    copy_text(v, "bnb_4bit_quant_type", out->variant, sizeof out->variant);
    for (size_t i = 0; i < sizeof format_keys / sizeof *format_keys && !*out->format; i++)
        copy_text(v, format_keys[i], out->format, sizeof out->format);
    (void)spx_json_bool(spx_json_get(v, "load_in_8bit"), &out->eight_bit);
    (void)spx_json_bool(spx_json_get(v, "load_in_4bit"), &out->four_bit);
    first_whole(v, bits_keys, &out->bits);
    first_whole(v, group_keys, &out->group);
    for (size_t i = 0; i < sizeof skipped_keys / sizeof *skipped_keys && !out->skipped; i++)
        if (spx_json_size(spx_json_get(v, skipped_keys[i])) > 0)
            out->skipped = spx_json_get(v, skipped_keys[i]);
    SPX_TRY(read_block(spx_json_get(v, "weight_block_size"), out->block, err));
    SPX_TRY(read_groups(spx_json_get(v, "config_groups"), out, err));
out:
    return st;
}

/* The methods that the old files of a place have without saying so. */
static void name_method(const char *file, quantised_config *out)
{
    if (*out->method) return;
    const char *name = strcmp(file, "hf_quant_config.json") == 0   ? "modelopt"
                       : strcmp(file, "quantize_config.json") == 0 ? "gptq"
                       : strcmp(file, "quant_config.json") == 0    ? "awq"
                       : out->eight_bit || out->four_bit           ? "bitsandbytes"
                                                                   : "";
    snprintf(out->method, sizeof out->method, "%s", name);
}

/* *out gets what the place has; out->file stays empty where it has nothing. */
static spx_status read_place(const char *path, const char *file, const char *member,
                             quantised_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_json_read_python(path, &out->root, err));
    const spx_json *v = *member ? spx_json_get(out->root, member) : out->root;
    if (strcmp(member, "text_config") == 0) v = spx_json_get(v, "quantization_config");
    if (!spx_json_is_object(v)) goto out;
    snprintf(out->file, sizeof out->file, "%s", file);
    snprintf(out->member, sizeof out->member, "%s", member);
    SPX_TRY(read_members(v, out, err));
    name_method(file, out);
out:
    return st;
}

spx_status quantised_config_read(const spx_ckpt *c, quantised_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[4096];
    *out = (quantised_config){0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !*out->file; i++) {
        spx_error why = {0};
        const int folder = (int)(spx_base_name(c->path) - c->path);
        const int n = snprintf(path, sizeof path, "%.*s%s", folder, c->path, places[i].file);
        if (n < 0 || (size_t)n >= sizeof path || access(path, F_OK) != 0) continue;
        quantised_config_close(out);
        st = read_place(path, places[i].file, places[i].member, out, &why);
        if (st == SPX_ENOMEM) SPX_RAISE(err, st, "%s", why.text);
        if (st != SPX_OK)
            snprintf(out->fault, sizeof out->fault, "%s: %s", places[i].file, why.text);
        if (st != SPX_OK) snprintf(out->file, sizeof out->file, "%s", places[i].file);
        st = SPX_OK;
    }
    if (!*out->file) quantised_config_close(out);
out:
    return st;
}

void quantised_config_close(quantised_config *config)
{
    spx_json_free(config->root);
    *config = (quantised_config){0};
}

/* True if `name` is the module of the tensor or a part of its path from a dot on, as the loaders
 * of transformers match it. Patterns ("re:...") are theirs to judge. */
static bool names_module(const char *name, const char *tensor)
{
    const size_t n = strlen(name);
    if (n == 0 || strncmp(name, "re:", 3) == 0) return false;
    for (const char *at = tensor; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
        if (strncmp(at, name, n) == 0 && at[n] == '.') return true;
    return false;
}

bool quantised_config_skips(const quantised_config *config, const char *tensor)
{
    for (size_t i = 0; i < spx_json_size(config->skipped); i++) {
        const char *name = spx_json_text(spx_json_at(config->skipped, i));
        if (name && names_module(name, tensor)) return true;
    }
    return false;
}

spx_status quantised_config_agrees(const quantised_config *config, const quantised *q,
                                   spx_error *err)
{
    if (*config->fault) return SPX_FAIL(err, SPX_EFORMAT, "%s", config->fault);
    if (!*config->file) return SPX_OK;
    if (quantised_config_skips(config, q->codes->name))
        return SPX_FAIL(err, SPX_EFORMAT, "%s, though %s says that its module is not quantised",
                        q->type, config->file);
    if (!*config->method) return SPX_OK;
    for (const char *const *name = q->method->names; *name; name++)
        if (strcmp(*name, config->method) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP, "%s, though %s names quant_method %s", q->type, config->file,
                    config->method);
}
