/* finetune.c: FT, FT-L, FT-M and LocFT-BF (spx/finetune.h).
 *
 * Checked against the description of the public baseline (baselines/ft/ft_main.py of the ROME
 * repository): the order of its tests is kept, so that a batch below `stop` takes no step and the
 * mean of an epoch counts losses from before its steps. The public code of LocFT-BF (fine-tune.py)
 * has the same tests. */
#include "spx/finetune.h"

#include "edit/adam.h"
#include "edit/finetune_loss.h"

#include "spx/extremes.h"
#include "spx/rng.h"

#include <assert.h>
#include <math.h>

/* Adam's memory: the gradient and its moments, d x f each. */
typedef struct optimiser {
    spx_mat gradient, mean, square;
    size_t steps;
} optimiser;

static spx_status optimiser_new(optimiser *a, spx_scratch *tmp, size_t d, size_t f, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, &a->gradient, d, f, err));
    SPX_TRY(spx_mat_scratch(tmp, &a->mean, d, f, err));
    SPX_TRY(spx_mat_scratch(tmp, &a->square, d, f, err));
out:
    return st;
}

/* A step of Adam on dW, whose entries are then cut to the clamp. */
static void step_weights(optimiser *a, const spx_finetune_opts *o, spx_mat *dW)
{
    a->steps++;
    for (size_t i = 0; i < dW->rows; i++) {
        double *w = dW->data + i * dW->ld;
        const size_t at = i * a->mean.ld;
        adam_step(w, a->mean.data + at, a->square.data + at, a->gradient.data + at, dW->cols, o->lr,
                  a->steps);
        for (size_t j = 0; o->clamp > 0 && j < dW->cols; j++)
            w[j] = spx_min(spx_max(w[j], -o->clamp), o->clamp);
    }
}

/* One pass over the facts; *mean is their mean loss. */
static spx_status train_epoch(finetune_loss *t, optimiser *a, spx_rng *rng, spx_mat *dW,
                              double *mean, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t facts = t->prompts->facts;
    *mean = 0;
    if (t->opts->shuffled) spx_rng_shuffle(rng, t->order, facts, sizeof *t->order);
    for (size_t first = 0, n; first < facts; first += n) {
        double loss = 0;
        n = facts - first < t->opts->batch ? facts - first : t->opts->batch;
        SPX_TRY(finetune_loss_at(t, first, n, dW, &loss, &a->gradient, err));
        if (!isfinite(loss))
            SPX_RAISE(err, SPX_ENUMERIC,
                      "facts %zu to %zu of an epoch: loss is not finite after %zu steps", first + 1,
                      first + n, a->steps);
        if (loss >= t->opts->stop) step_weights(a, t->opts, dW);
        *mean += loss * (double)n / (double)facts;
    }
out:
    return st;
}

spx_status spx_finetune(const spx_model *m, const spx_prompts *p, const spx_finetune_opts *o,
                        spx_mat *dW, spx_finetune_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    finetune_loss t = {0};
    optimiser a = {0};
    spx_finetune_report r = {0};
    spx_rng rng = spx_rng_seed(o->seed);
    const spx_model_config *c = spx_model_shape(m);

    assert(dW->rows == c->d_model && dW->cols == c->d_ff && o->layer < c->layers);
    assert(o->batch > 0 && p->facts > 0);
    if (c->post_norm)
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: cannot fine-tune an FFN whose output is normalised before it is added",
                  c->family);
    spx_mat_scale(dW, 0);
    SPX_TRY(finetune_loss_open(&t, m, p, o, err));
    SPX_TRY(optimiser_new(&a, &tmp, c->d_model, c->d_ff, err));
    for (r.loss = (double)INFINITY; r.epochs < o->epochs && !(r.loss < o->stop); r.epochs++)
        SPX_TRY(train_epoch(&t, &a, &rng, dW, &r.loss, err));
    r.steps = a.steps;
    if (report) *report = r;
out:
    finetune_loss_close(&t);
    spx_scratch_free(&tmp);
    return st;
}
