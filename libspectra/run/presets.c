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

/* What a preset is to a model and an editor. */
typedef enum relation { NO_PRESET, OF_ANOTHER, OF_ITS_KIND, ITS_OWN } relation;

static relation relate(const spx_json *preset, const wanted *w, const spx_editor *e)
{
    const char *fingerprint = spx_json_text(spx_json_get(preset, "fingerprint"));
    const char *kind = spx_json_text(spx_json_get(preset, "kind"));
    if (!serves_editor(e, spx_json_text(spx_json_get(preset, "editors")))) return NO_PRESET;
    if (fingerprint && strcmp(fingerprint, w->fingerprint) == 0) return ITS_OWN;
    return kind && strcmp(kind, w->kind) == 0 ? OF_ITS_KIND : OF_ANOTHER;
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

/* The JSON files of a folder by name, and what their presets are for. */
typedef struct listing {
    const char *folder;
    const spx_editor *editor;
    wanted model;
    struct dirent **entry;
    int n;
} listing;

static spx_status list_presets(listing *l, const char *model, const char *editor,
                               const char *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    *l = (listing){.folder = folder};
    SPX_TRY(spx_editor_find(editor, &l->editor, err));
    SPX_TRY(describe(model, &l->model, err));
    l->n = scandir(folder, &l->entry, is_preset, alphasort);
    if (l->n < 0) SPX_TRY(spx_fail_path(err, folder));
out:
    return st;
}

static void free_listing(listing *l)
{
    for (int i = 0; i < l->n; i++) free(l->entry[i]);
    free(l->entry);
}

/* Those that are not JSON are no presets. */
static spx_status read_relation(const listing *l, int i, char path[SPX_DATA_PATH], relation *found,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    spx_error why = {0};
    const int length = snprintf(path, SPX_DATA_PATH, "%s/%s", l->folder, l->entry[i]->d_name);
    *found = NO_PRESET;
    if (length < 0 || length >= SPX_DATA_PATH)
        SPX_RAISE(err, SPX_EINVAL, "%.80s...: path is too long", l->folder);
    st = spx_json_read(path, &root, &why);
    if (st == SPX_EFORMAT) return SPX_OK;
    if (st != SPX_OK) SPX_RAISE(err, st, "%s", why.text);
    *found = relate(root, &l->model, l->editor);
out:
    spx_json_free(root);
    return st;
}

spx_status spx_preset_choose(const char *model, const char *editor, const char *folder,
                             spx_preset_choice *out, spx_error *err)
{
    spx_status st = SPX_OK;
    listing l;
    relation best = OF_ANOTHER, found = NO_PRESET;
    char path[SPX_DATA_PATH];
    *out = (spx_preset_choice){.found = false};
    SPX_TRY(list_presets(&l, model, editor, folder, err));
    memcpy(out->kind, l.model.kind, sizeof l.model.kind);
    for (int i = 0; i < l.n; i++) {
        SPX_TRY(read_relation(&l, i, path, &found, err));
        if (found <= best) continue;
        best = found;
        memcpy(out->path, path, sizeof path);
    }
    out->found = best > OF_ANOTHER;
    out->exact = best == ITS_OWN;
out:
    free_listing(&l);
    return st;
}

spx_status spx_presets_of_others(const char *model, const char *editor, const char *folder,
                                 spx_preset_list *out, spx_error *err)
{
    spx_status st = SPX_OK;
    listing l;
    relation found = NO_PRESET;
    char path[SPX_DATA_PATH];
    *out = (spx_preset_list){.n = 0};
    SPX_TRY(list_presets(&l, model, editor, folder, err));
    SPX_TRY(SPX_NEW(&out->path, (size_t)l.n, err));
    for (int i = 0; i < l.n; i++) {
        SPX_TRY(read_relation(&l, i, path, &found, err));
        if (found == OF_ANOTHER) SPX_TRY(spx_text_dup(&out->path[out->n++], path, err));
    }
out:
    free_listing(&l);
    if (st != SPX_OK) spx_preset_list_free(out);
    return st;
}

void spx_preset_list_free(spx_preset_list *l)
{
    for (size_t i = 0; i < l->n; i++) spx_free(l->path[i]);
    spx_free(l->path);
    *l = (spx_preset_list){.n = 0};
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
