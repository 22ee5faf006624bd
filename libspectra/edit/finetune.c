/* finetune.c: FT, FT-L and FT-M (spx/finetune.h).
 *
 * Checked against the description of the public baseline (baselines/ft/ft_main.py of the ROME
 * repository): the order of its tests is kept, so that a batch below `stop` takes no step and the
 * mean of an epoch counts losses from before its steps. */
#include "spx/finetune.h"

#include "edit/adam.h"
#include "edit/finetune_loss.h"

#include <assert.h>
#include <math.h>

/* Memory of one call: the gradient and Adam's moments, d x f each. */
typedef struct state {
    spx_mat gradient, mean, square;
    size_t steps;
} state;

static spx_status state_new(state *s, spx_scratch *tmp, size_t d, size_t f, spx_error *err)
{
    spx_status st = spx_mat_scratch(tmp, &s->gradient, d, f, err);
    if (st == SPX_OK) st = spx_mat_scratch(tmp, &s->mean, d, f, err);
    if (st == SPX_OK) st = spx_mat_scratch(tmp, &s->square, d, f, err);
    return st;
}

static void step(state *s, const spx_finetune_opts *o, spx_mat *dW)
{
    s->steps++;
    for (size_t i = 0; i < dW->rows; i++) {
        double *w = dW->data + i * dW->ld;
        const size_t at = i * s->mean.ld;
        adam_step(w, s->mean.data + at, s->square.data + at, s->gradient.data + at, dW->cols, o->lr,
                  s->steps);
        for (size_t j = 0; o->clamp > 0 && j < dW->cols; j++)
            w[j] = fmin(fmax(w[j], -o->clamp), o->clamp);
    }
}

/* One pass over the facts; *mean is their mean loss. */
static spx_status epoch(tuning *t, state *s, spx_mat *dW, double *mean, spx_error *err)
{
    const size_t facts = t->prompts->facts;
    *mean = 0;
    for (size_t first = 0, n; first < facts; first += n) {
        double loss = 0;
        n = facts - first < t->opts->batch ? facts - first : t->opts->batch;
        const spx_status st = tuning_step(t, first, n, dW, &loss, &s->gradient, err);
        if (st != SPX_OK) return st;
        if (!isfinite(loss))
            return SPX_FAIL(err, SPX_ENUMERIC,
                            "facts %zu to %zu: loss is not finite after %zu steps", first + 1,
                            first + n, s->steps);
        if (loss >= t->opts->stop) step(s, t->opts, dW);
        *mean += loss * (double)n / (double)facts;
    }
    return SPX_OK;
}

spx_status spx_finetune(const spx_model *m, const spx_prompts *p, const spx_finetune_opts *o,
                        spx_mat *dW, spx_finetune_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    tuning t = {0};
    state s = {0};
    spx_finetune_report r = {0};
    const spx_model_config *c = spx_model_shape(m);

    assert(dW->rows == c->d_model && dW->cols == c->d_ff && o->layer < c->layers);
    assert(o->batch > 0 && p->facts > 0);
    if (c->post_norm)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: the FFN's output is normalised before it is added",
                        c->family);
    spx_mat_scale(dW, 0);
    SPX_TRY(tuning_open(&t, m, p, o, err));
    SPX_TRY(state_new(&s, &tmp, c->d_model, c->d_ff, err));
    for (r.loss = (double)INFINITY; r.epochs < o->epochs && !(r.loss < o->stop); r.epochs++)
        SPX_TRY(epoch(&t, &s, dW, &r.loss, err));
    r.steps = s.steps;
    if (report) *report = r;
out:
    tuning_close(&t);
    spx_scratch_free(&tmp);
    return st;
}
