/* quantised_write.c: weights written in a plain type in place of their codes, and config.json,
 * which must then say that their modules are not quantised. */
#include "formats/quantised.h"
#include "formats/write.h"

/* Where the loaders of a method look for the modules that are not quantised. GPTQ's have no such
 * list. */
static const struct {
    const char *method, *key;
} lists[] = {
    {"fp8", "modules_to_not_convert"}, {"fbgemm_fp8", "modules_to_not_convert"},
    {"awq", "modules_to_not_convert"}, {"bitsandbytes", "llm_int8_skip_modules"},
    {"compressed-tensors", "ignore"},  {"modelopt", "ignore"},
};

static const char *list_of(const char *method)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].method, method) == 0) return lists[i].key;
    return NULL;
}

static spx_status check_config(const quantised_config *config, const spx_ckpt *c, bool folder,
                               spx_error *err)
{
    if (!*config->file) return SPX_OK;
    if (*config->fault) return SPX_FAIL(err, SPX_EFORMAT, "%s: %s", c->path, config->fault);
    if (strcmp(config->file, "config.json") != 0 ||
        strcmp(config->member, "quantization_config") != 0)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: quantised weights cannot be replaced: only quantization_config in "
                        "config.json is changed with them, not %s of %s",
                        c->path, *config->member ? config->member : "the whole", config->file);
    if (!list_of(config->method))
        return SPX_FAIL(
            err, SPX_EUNSUP,
            "%s: quantised weights cannot be replaced: loaders of quant_method %s have no "
            "list of modules that are not quantised",
            c->path, config->method);
    if (folder) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL,
                    "%s: name a folder: quantization_config must say which weights are no longer "
                    "quantised",
                    c->path);
}

spx_status quantised_write_check(const edits *e, bool folder, spx_error *err)
{
    spx_status st = SPX_OK;
    quantised_config config = {0};
    if (!edits_joined(e)) return SPX_OK;
    SPX_TRY(quantised_config_read(e->c, &config, err));
    SPX_TRY(check_config(&config, e->c, folder, err));
out:
    quantised_config_close(&config);
    return st;
}

/* The list as it is, n texts, and the modules of the weights that are replaced; all in tmp. */
static spx_status longer_list(const edits *e, const spx_json *list, const char ***out, size_t *n,
                              spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t had = spx_json_size(list);
    *n = 0;
    SPX_TRY(SPX_SCRATCH(tmp, out, had + e->n, err));
    for (size_t i = 0; i < had; i++) {
        const char *text = spx_json_text(spx_json_at(list, i));
        if (text) (*out)[(*n)++] = text;
    }
    for (size_t i = 0; i < e->n; i++) {
        const spx_tensor *t = spx_ckpt_find(e->c, e->r[i].name);
        const size_t len = strlen(e->r[i].name), end = strlen(".weight");
        char *module = NULL;
        if (!t || !t->quantised) continue;
        SPX_TRY(SPX_SCRATCH(tmp, &module, len + 1, err));
        memcpy(module, t->name, len > end ? len - end : len);
        (*out)[(*n)++] = module;
    }
out:
    return st;
}

spx_status quantised_write_config(const edits *e, const char *source, spx_output *to,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_json *root = NULL;
    const char **list = NULL, *member = "quantization_config";
    char *text = NULL;
    size_t n = 0, len = 0;
    output o;
    SPX_TRY(spx_json_read(source, &root, err));
    const spx_json *config = spx_json_get(root, member);
    const char *method = spx_json_text(spx_json_get(config, "quant_method"));
    const char *key = list_of(method ? method : "bitsandbytes");
    SPX_TRY(longer_list(e, spx_json_get(config, key), &list, &n, &tmp, err));
    SPX_TRY(spx_json_put_texts(root, member, key, list, n, err));
    SPX_TRY(spx_json_write(root, 2, &text, &len, err));
    output_open(&o, to);
    output_put(&o, text, len);
    output_put(&o, "\n", 1);
    st = output_close(&o, st, err);
out:
    spx_free(text);
    spx_json_free(root);
    spx_scratch_free(&tmp);
    return st;
}
