/* model_defaults.c: presets, prefixes and second moments that nobody has named. */
#include "model_defaults.h"

#include "spx/file.h"
#include "spx/params.h"

#include <string.h>
#include <unistd.h>

static const size_t moments_tokens = 131072; /* as the plans measure them */

spx_status defaults_file(const char **file, const char *name, char path[SPX_DATA_PATH],
                         spx_error *err)
{
    spx_status st = SPX_OK;
    if (*file) return SPX_OK;
    SPX_TRY(spx_data_find(name, path, err));
    *file = path;
out:
    return st;
}

spx_status defaults_tasks(spx_task_choice *what, spx_error *err)
{
    static char text[SPX_DATA_PATH], passages[SPX_DATA_PATH];
    spx_status st = SPX_OK;
    SPX_TRY(defaults_file(&what->perplexity, "datasets/wikitext-2-test.txt", text, err));
    SPX_TRY(defaults_file(&what->lambada, "datasets/lambada-500.jsonl", passages, err));
    if (!what->tokens) what->tokens = 2048;
    if (!what->lambada_items) what->lambada_items = 40;
out:
    return st;
}

spx_status defaults_preset(const char *model, const char *editor, const char **preset,
                           spx_error *err)
{
    static spx_preset_choice found;
    spx_status st = SPX_OK;
    char folder[SPX_DATA_PATH];
    if (*preset) return SPX_OK;
    SPX_TRY(spx_data_find("datasets/presets", folder, err));
    SPX_TRY(spx_preset_choose(model, editor, folder, &found, err));
    if (!found.found) {
        cli_note("the kit has no preset for %s (%s) and editor %s: spx-tune finds one",
                 spx_base_name(model), found.kind, editor);
        return SPX_OK;
    }
    cli_note("preset %s, which is %s; --preset none takes none", spx_base_name(found.path),
             found.exact ? "for this model" : found.kind);
    *preset = found.path;
out:
    return st;
}

static spx_status find_prefixes(spx_run_spec *spec, spx_error *err)
{
    static char path[SPX_DATA_PATH];
    spx_status st = SPX_OK;
    if (spec->prefixes || spec->contexts == 0) return SPX_OK;
    SPX_TRY(defaults_file(&spec->prefixes, "datasets/prefixes.txt", path, err));
    cli_note("prefixes of the kit (prefixes.txt)");
out:
    return st;
}

/* moments-FINGERPRINT-LAYERS.h5 in the cache folder. */
static spx_status name_moments(const spx_run_spec *spec, char out[SPX_DATA_PATH], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    spx_param p;
    char fingerprint[SPX_SHA256_HEX], name[512], layers[320] = "";
    SPX_TRY(spx_ckpt_open(spec->model, &c, err));
    SPX_TRY(spx_ckpt_fingerprint(c, fingerprint, err));
    if (spx_param_find("layers", &p)) spx_param_text(&p, spec, layers, sizeof layers);
    snprintf(name, sizeof name, "moments-%.16s-%s%s.h5", fingerprint, layers,
             spx_run_needs_gradients(spec) ? "-gradients" : "");
    if (!spx_cache_path(name, out))
        SPX_RAISE(err, SPX_EIO, "the path of the cache folder is too long");
out:
    spx_ckpt_close(c);
    return st;
}

static spx_status find_moments(spx_run_spec *spec, spx_error *err)
{
    static char path[SPX_DATA_PATH];
    spx_status st = SPX_OK;
    char text[SPX_DATA_PATH];
    if (spec->stats || !spx_run_needs_moments(spec)) return SPX_OK;
    SPX_TRY(name_moments(spec, path, err));
    const bool there = access(path, F_OK) == 0;
    cli_note("second moments %s %s, %zu tokens of the kit's wikitext-2-valid.txt",
             there ? "found in" : "measured into", path, moments_tokens);
    if (!there) {
        SPX_TRY(spx_cache_make(err));
        SPX_TRY(spx_data_find("datasets/wikitext-2-valid.txt", text, err));
        SPX_TRY(spx_run_make_moments(spec, text, moments_tokens, path, cli_progress, err));
    }
    spec->stats = path;
out:
    return st;
}

spx_status defaults_inputs(spx_run_spec *spec, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_editor *editor = NULL;
    SPX_TRY(spx_editor_find(spec->editor, &editor, err));
    SPX_TRY(spx_filter_resolve(&spec->filter, NULL, err));
    SPX_TRY(find_moments(spec, err));
    SPX_TRY(find_prefixes(spec, err));
out:
    return st;
}
