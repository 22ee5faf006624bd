/* adapter.c: a folder of PEFT: its file of factors, paired by module. */
#include "formats/adapter.h"

#include "spx/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *const model_files[] = {"adapter_model.safetensors", "adapter_model.bin"};

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* FOLDER/name; false if it is too long or no file. */
static bool find_inside(const char *folder, const char *name, char out[4096])
{
    const int n = snprintf(out, 4096, "%s/%s", folder, name);
    return n > 0 && n < 4096 && is_file(out);
}

/* The folder of an adapter, by its own path or that of its file. */
static void folder_of(const char *path, char out[4096])
{
    const char *name = spx_base_name(path);
    snprintf(out, 4096, "%s", path);
    for (size_t i = 0; i < sizeof model_files / sizeof *model_files; i++)
        if (strcmp(name, model_files[i]) == 0)
            snprintf(out, 4096, "%.*s", name == path ? 1 : (int)(name - path),
                     name == path ? "." : path);
    for (size_t n = strlen(out); n > 1 && out[n - 1] == '/'; n--) out[n - 1] = '\0';
}

bool spx_adapter_is(const char *path)
{
    static const char *const models[] = {"model.safetensors", "model.safetensors.index.json",
                                         "pytorch_model.bin", "pytorch_model.bin.index.json"};
    char folder[4096], file[4096];
    folder_of(path, folder);
    if (!find_inside(folder, "adapter_config.json", file)) return false;
    const bool named = strcmp(spx_base_name(path), model_files[0]) == 0 ||
                       strcmp(spx_base_name(path), model_files[1]) == 0;
    if (!named && is_file(path)) return false;
    for (size_t i = 0; !named && i < sizeof models / sizeof *models; i++)
        if (find_inside(folder, models[i], file)) return false;
    return true;
}

const char *spx_adapter_split(const char *path, size_t *base)
{
    struct stat info;
    char folder[4096], file[4096];
    if (stat(path, &info) == 0) return NULL;
    for (const char *at = path + strlen(path); at > path; at--) {
        if (*at != '+') continue;
        folder_of(at + 1, folder);
        if (!find_inside(folder, "adapter_config.json", file)) continue;
        *base = (size_t)(at - path);
        return at + 1;
    }
    return NULL;
}

/* The name without what PEFT puts before a module's. */
static const char *without_prefix(const char *name)
{
    static const char prefix[] = "base_model.model.";
    return strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
}

/* What a factor's name may have after the module's: ".lora_A.weight" or, with the name that the
 * adapter had in memory, ".lora_A.default.weight". */
typedef struct factor {
    const char *mark, *end;
    bool is_B, embedding;
} factor;
static const factor factors[] = {
    {".lora_A.", ".weight", false, false},
    {".lora_B.", ".weight", true, false},
    {".lora_embedding_A", "", false, true},
    {".lora_embedding_B", "", true, true},
};

static const factor *find_factor(const char *name, const char **at)
{
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        *at = strstr(name, factors[i].mark);
        if (!*at) continue;
        /* at most one component between */
        const char *rest = *at + strlen(factors[i].mark);
        const char *dot = strchr(rest, '.');
        if (*factors[i].end && strcmp(rest, factors[i].end + 1) == 0) return &factors[i];
        if (*factors[i].end && dot && strcmp(dot, factors[i].end) == 0) return &factors[i];
        if (!*factors[i].end && (!*rest || (*rest == '.' && !strchr(rest + 1, '.'))))
            return &factors[i];
    }
    return NULL;
}

/* The pair of a module, new if there is none yet. */
static spx_status pair_of(adapter *a, const char *name, size_t len, bool embedding, lora_pair **out,
                          spx_error *err)
{
    for (size_t i = 0; i < a->pairs; i++) {
        lora_pair *p = &a->pair[i];
        if (p->embedding == embedding && strlen(p->module) == len &&
            strncmp(p->module, name, len) == 0) {
            *out = p;
            return SPX_OK;
        }
    }
    *out = &a->pair[a->pairs];
    (*out)->embedding = embedding;
    const spx_status st = spx_text_copy(&(*out)->module, name, len, err);
    if (st == SPX_OK) a->pairs++;
    return st;
}

static spx_status place_factor(adapter *a, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = without_prefix(t->name), *mark = NULL;
    const factor *f = find_factor(name, &mark);
    lora_pair *p = NULL;
    if (!f && strstr(name, ".lora_magnitude_vector"))
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: tensor %s belongs to DoRA; merge the adapter with PEFT's merge_and_unload",
                  spx_ckpt_path(a->file), t->name);
    if (!f && strstr(name, ".lora_"))
        SPX_RAISE(err, SPX_EUNSUP, "%s: tensor %s is not understood (expected lora_A and lora_B)",
                  spx_ckpt_path(a->file), t->name);
    if (!f) return SPX_OK; /* a whole tensor */
    SPX_TRY(pair_of(a, name, (size_t)(mark - name), f->embedding, &p, err));
    if (f->is_B ? p->B : p->A)
        SPX_RAISE(err, SPX_EFORMAT, "%s: module %s has two factors %s", spx_ckpt_path(a->file),
                  p->module, f->is_B ? "B" : "A");
    if (f->is_B)
        p->B = t;
    else
        p->A = t;
out:
    return st;
}

/* B is outputs x r, A is r x inputs. */
static spx_status check_pair(const adapter *a, const lora_pair *p, spx_error *err)
{
    const char *file = spx_ckpt_path(a->file);
    if (!p->A || !p->B)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: module %s has factor %s without %s", file, p->module,
                        p->A ? "A" : "B", p->A ? "B" : "A");
    if (p->A->ndim != 2 || p->B->ndim != 2)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: module %s has factors of %zu and %zu dimensions (expected 2)", file,
                        p->module, p->A->ndim, p->B->ndim);
    spx_status st = spx_tensor_want_weights(p->A, err);
    if (st == SPX_OK) st = spx_tensor_want_weights(p->B, err);
    if (st != SPX_OK) {
        spx_prefix(err, "%s", file);
        return st;
    }
    if (p->A->shape[0] != p->B->shape[1])
        return SPX_FAIL(err, SPX_ESHAPE,
                        "%s: module %s: A is %zu x %zu and B %zu x %zu (expected rank x inputs "
                        "and outputs x rank)",
                        file, p->module, p->A->shape[0], p->A->shape[1], p->B->shape[0],
                        p->B->shape[1]);
    return SPX_OK;
}

/* SPX_EFORMAT if a name in the list of target_modules has no pair: its weights are missing. */
static spx_status check_targets(const adapter *a, spx_error *err)
{
    const spx_json *all = spx_json_get(a->config.root, "target_modules");
    for (size_t i = 0; spx_json_is_array(all) && i < spx_json_size(all); i++) {
        const char *target = spx_json_text(spx_json_at(all, i));
        bool found = !target;
        for (size_t j = 0; !found && j < a->pairs; j++) {
            const char *module = a->pair[j].module;
            const size_t n = strlen(module), m = strlen(target);
            found = spx_ends_with(module, target) && (n == m || module[n - m - 1] == '.');
        }
        if (!found)
            return SPX_FAIL(err, SPX_EFORMAT,
                            "%s: no factors of a module %s, which target_modules of %s names",
                            spx_ckpt_path(a->file), target, a->config.path);
    }
    return SPX_OK;
}

static spx_status read_pairs(adapter *a, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = spx_ckpt_count(a->file);
    SPX_TRY(SPX_NEW(&a->pair, n, err));
    SPX_TRY(SPX_NEW(&a->added, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(place_factor(a, spx_ckpt_at(a->file, i), err));
    for (size_t i = 0; i < a->pairs; i++) {
        SPX_TRY(check_pair(a, &a->pair[i], err));
        a->added[i].rank = a->pair[i].A->shape[0];
        SPX_TRY(lora_config_scale(&a->config, a->pair[i].module, a->added[i].rank,
                                  &a->added[i].scale, err));
    }
    SPX_TRY(check_targets(a, err));
out:
    return st;
}

static spx_status open_files(adapter *a, const char *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[4096];
    SPX_TRY(spx_text_dup(&a->path, folder, err));
    if (!find_inside(folder, "adapter_config.json", path))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no adapter_config.json in this folder", folder);
    SPX_TRY(lora_config_read(path, &a->config, err));
    if (!find_inside(folder, model_files[0], path) && !find_inside(folder, model_files[1], path))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: neither %s nor %s in this folder", folder,
                  model_files[0], model_files[1]);
    SPX_TRY(spx_ckpt_open(path, &a->file, err));
out:
    return st;
}

spx_status adapter_read(const char *path, adapter **out, spx_error *err)
{
    spx_status st = SPX_OK;
    adapter *a = NULL;
    char folder[4096];
    *out = NULL;
    folder_of(path, folder);
    SPX_TRY(SPX_NEW(&a, 1, err));
    SPX_TRY(open_files(a, folder, err));
    SPX_TRY(read_pairs(a, err));
    *out = a;
    a = NULL;
out:
    adapter_close(a);
    return st;
}

void adapter_close(adapter *a)
{
    if (!a) return;
    for (size_t i = 0; i < a->pairs; i++) {
        spx_free(a->pair[i].module);
        spx_free(a->pair[i].left);
        spx_free(a->pair[i].right);
    }
    spx_scratch_free(&a->memory);
    spx_free(a->pair);
    spx_free(a->added);
    spx_ckpt_close(a->file);
    lora_config_free(&a->config);
    spx_free(a->path);
    spx_free(a);
}

spx_status adapter_alone(const char *folder, spx_error *err)
{
    adapter *a = NULL;
    const spx_status st = adapter_read(folder, &a, err);
    if (st != SPX_OK) return st;
    const char *base = spx_json_text(spx_json_get(a->config.root, "base_model_name_or_path"));
    const spx_status told =
        SPX_FAIL(err, SPX_ENOTFOUND,
                 "%s: a LoRA adapter (r %.9g, %zu modules%s%.200s), not a checkpoint; give its "
                 "base: BASE %s "
                 "where two are compared, else BASE+%s",
                 folder, a->config.rank, a->pairs, base && *base ? ", of base " : "",
                 base ? base : "", folder, folder);
    adapter_close(a);
    return told;
}
