/* tune_known.c: settings that serve other models, which are tried first. */
#include "run/tuner.h"

#include "spx/params.h"

/* Trial i <- the start with what a preset says, but for editor and filter. */
static spx_status read_known(tuner *t, const char *path, const layer_set *layers, size_t i,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_run_spec spec = t->start;
    spx_json *document = NULL;
    SPX_TRY(spx_preset_read(path, NULL, &spec, &document, err));
    spec.editor = t->start.editor;
    spec.targets = t->start.targets;
    spec.filter = t->start.filter;
    if (!spec.prefixes) spec.contexts = t->start.contexts;
    tune_take_layers(layers, &spec);
    t->out->trial[i] = (spx_tune_trial){.spec = spec};
out:
    spx_json_free(document);
    return st;
}

spx_status tune_draw_known(tuner *t, const layer_set *layers, size_t *next, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < t->o->presets && *next < SPX_TUNE_TRIALS; i++) {
        SPX_TRY(read_known(t, t->o->preset[i], layers, *next, err));
        if (tune_is_affordable(&t->out->trial[*next].spec) && tune_is_new(t->out, *next)) ++*next;
    }
out:
    return st;
}
