/* tune_moments.c: second moments of the keys of every layer that may be edited. */
#include "run/tuner.h"

#include "spx/covariance.h"

#include <string.h>
#include <unistd.h>

/* Layers of all sets, ascending. */
static size_t unite(const layer_set *sets, size_t n, size_t out[SPX_MAX_LAYERS])
{
    size_t count = 0, next = 0;
    for (bool more = true; more && count < SPX_MAX_LAYERS;) {
        more = false;
        size_t least = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < sets[i].n; k++)
                if (sets[i].layer[k] >= next && (!more || sets[i].layer[k] < least)) {
                    least = sets[i].layer[k];
                    more = true;
                }
        if (more) out[count++] = least;
        next = least + 1;
    }
    return count;
}

/* A file that an earlier run left must be of this model. */
static spx_status check_file(const tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_moments *m = NULL;
    SPX_TRY(spx_moments_open(t->o->moments, &m, err));
    const char *theirs = spx_moments_model(m);
    if (!theirs || strcmp(theirs, t->sha256) != 0)
        SPX_RAISE(err, SPX_EINVAL, "%s was not measured on %s", t->o->moments, t->o->start->model);
out:
    spx_moments_close(m);
    return st;
}

/* A tune_work; arg: the spx_moments_text. */
static spx_status measure(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const spx_moments_text *text = arg;
    (void)job;
    if (access(t->o->moments, F_OK) == 0) return SPX_OK;
    tune_say(t, "measuring second moments of %zu layers", text->n);
    return spx_moments_measure(t->model, t->tokenizer, t->sha256, text, t->o->moments, NULL, err);
}

spx_status tune_moments(tuner *t, const layer_set *sets, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t layer[SPX_MAX_LAYERS];
    layer_set all[LAYER_SETS + 1] = {{.n = t->start.layers}};
    double seconds = 0;
    const tune_job job = {ITEM_MOMENTS, 1, &seconds};
    memcpy(all[0].layer, t->start.layer, sizeof t->start.layer);
    memcpy(all + 1, sets, n * sizeof *sets);
    spx_moments_text text = {.path = t->o->moments_text,
                             .tokens = t->o->moments_tokens,
                             .window = WINDOW,
                             .layer = layer,
                             .n = unite(all, n + 1, layer),
                             .gradients = spx_run_needs_gradients(&t->start)};
    SPX_TRY(tune_share(t, &job, 1, measure, &text, err));
    if (spx_comm_rank(t->comm) == 0) SPX_TRY(measure(t, &job, &text, err)); /* if it is gone */
    SPX_TRY(tune_meet(t, err));
    SPX_TRY(check_file(t, err));
    t->start.stats = t->o->moments;
out:
    return st;
}
