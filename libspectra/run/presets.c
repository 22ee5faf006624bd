/* presets.c: the kit's preset for a model, and second moments for a run that has none. */
#include "spx/presets.h"

#include "spx/json.h"
#include "spx/lm.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void spx_model_kind(const spx_model_config *c, char out[SPX_MODEL_KIND])
{
    snprintf(out, SPX_MODEL_KIND, "%s %zux%zux%zu rope %.9g", c->family, c->layers, c->d_model,
             c->d_ff, c->rotary ? c->rope_base : 0);
}

/* What a preset is asked about. */
typedef struct wanted {
    char kind[SPX_MODEL_KIND], fingerprint[SPX_SHA256_HEX];
} wanted;

/* True if `word` is one of the words of `list`. */
static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = list; *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0) return true;
        at += length;
    }
    return false;
}

static bool serves_editor(const spx_editor *e, const char *editors)
{
    if (editors) return has_word(editors, e->name);
    return !e->train && !e->gains && !e->one_layer;
}

/* 2: of this very model, 1: of its kind, 0: of another. */
static int match(const spx_json *preset, const wanted *w, const spx_editor *e)
{
    const char *fingerprint = spx_json_text(spx_json_get(preset, "fingerprint"));
    const char *kind = spx_json_text(spx_json_get(preset, "kind"));
    if (!serves_editor(e, spx_json_text(spx_json_get(preset, "editors")))) return 0;
    if (fingerprint && strcmp(fingerprint, w->fingerprint) == 0) return 2;
    return kind && strcmp(kind, w->kind) == 0;
}

static spx_status describe(const char *model, wanted *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    spx_model_config shape;
    SPX_TRY(spx_ckpt_open(model, &c, err));
    SPX_TRY(spx_model_config_read(c, &shape, err));
    SPX_TRY(spx_ckpt_fingerprint(c, w->fingerprint, err));
    spx_model_kind(&shape, w->kind);
out:
    spx_ckpt_close(c);
    return st;
}

static int is_preset(const struct dirent *e)
{
    const size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".json") == 0;
}

static spx_status consider(const char *folder, const char *name, const wanted *w,
                           const spx_editor *e, spx_preset_choice *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[SPX_DATA_PATH];
    spx_json *root = NULL;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        SPX_RAISE(err, SPX_EINVAL, "%.80s...: path is too long", folder);
    spx_error why = {0};
    st = spx_json_read(path, &root, &why);
    if (st == SPX_EFORMAT) return SPX_OK;
    if (st != SPX_OK) SPX_RAISE(err, st, "%s", why.text);
    const int found = match(root, w, e);
    if (found == 2 ? !out->exact : found == 1 && !out->found) {
        memcpy(out->path, path, sizeof path);
        out->found = true;
        out->exact = found == 2;
    }
out:
    spx_json_free(root);
    return st;
}

spx_status spx_preset_choose(const char *model, const char *editor, const char *folder,
                             spx_preset_choice *out, spx_error *err)
{
    spx_status st = SPX_OK;
    wanted w = {.kind = ""};
    const spx_editor *e = NULL;
    struct dirent **list = NULL;
    int n = 0;
    *out = (spx_preset_choice){.found = false};
    SPX_TRY(spx_editor_find(editor, &e, err));
    SPX_TRY(describe(model, &w, err));
    memcpy(out->kind, w.kind, sizeof w.kind);
    n = scandir(folder, &list, is_preset, alphasort);
    if (n < 0) SPX_TRY(spx_fail_path(err, folder));
    for (int i = 0; i < n; i++) SPX_TRY(consider(folder, list[i]->d_name, &w, e, out, err));
out:
    for (int i = 0; i < n; i++) free(list[i]);
    free(list);
    return st;
}

bool spx_run_needs_moments(const spx_run_spec *spec)
{
    const spx_editor *e = NULL;
    const spx_filter_row *f = spx_filter_find(spec->filter.name);
    if (spx_editor_find(spec->editor, &e, NULL) != SPX_OK) return false;
    return spx_editor_needs_moment(e, &spec->edit) || (f && f->needs_moment);
}

bool spx_run_needs_gradients(const spx_run_spec *spec)
{
    const spx_filter_row *f = spx_filter_find(spec->filter.name);
    return f && f->needs_gradient_moment;
}

spx_status spx_run_make_moments(const spx_run_spec *spec, const char *text, size_t tokens,
                                const char *output, spx_progress_fn *progress, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    char fingerprint[SPX_SHA256_HEX];
    const spx_moments_text what = {.path = text,
                                   .tokens = tokens,
                                   .window = 512,
                                   .layer = spec->layer,
                                   .n = spec->layers,
                                   .gradients = spx_run_needs_gradients(spec),
                                   .progress = progress};
    if (access(output, F_OK) == 0) return SPX_OK;
    SPX_TRY(spx_lm_open(spec->model, &m, &t, fingerprint, err));
    if (what.layer[what.n - 1] >= spx_model_shape(m)->layers)
        SPX_RAISE(err, SPX_EINVAL, "%s has %zu blocks, no block %zu", spec->model,
                  spx_model_shape(m)->layers, what.layer[what.n - 1]);
    SPX_TRY(spx_moments_measure(m, t, fingerprint, &what, output, NULL, err));
out:
    spx_tokenizer_close(t);
    spx_model_close(m);
    return st;
}
