/* history.c: each tensor's latest decomposition, and the stage whose bytes it is of. */
#include "spx/history.h"

/* One tensor as it was when it last changed. */
typedef struct past {
    const spx_tensor *before; /* NULL: in no stage so far */
    size_t at;                /* its stage */
    spx_svd svd;
} past;

struct spx_history {
    size_t tensors, stages;
    spx_svd_opts opts;
    spx_stage *stage;
    past *past;
    spx_scratch memory;
};

spx_status spx_history_new(size_t stages, const spx_svd_opts *opts, spx_history **out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_history *h = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&h, 1, err));
    h->opts = *opts;
    SPX_TRY(SPX_SCRATCH(&h->memory, &h->stage, stages, err));
    h->stages = stages;
    *out = h;
    h = NULL;
out:
    spx_history_free(h);
    return st;
}

void spx_history_free(spx_history *h)
{
    if (!h) return;
    for (size_t i = 0; i < h->tensors; i++) spx_svd_free(&h->past[i].svd);
    for (size_t t = 0; t < h->stages; t++) spx_stage_close(&h->stage[t]);
    spx_scratch_free(&h->memory);
    spx_free(h);
}

spx_status spx_history_begin(spx_history *h, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = h->stage[0].n;
    SPX_TRY(SPX_SCRATCH(&h->memory, &h->past, n, err));
    h->tensors = n;
out:
    return st;
}

spx_stage *spx_history_stage(spx_history *h, size_t t) { return &h->stage[t]; }

spx_status spx_history_measure(spx_history *h, size_t t, size_t i, const spx_svd **out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    past *p = &h->past[i];
    spx_panels W;
    const spx_tensor *u = h->stage[t].tensor[i];
    *out = &p->svd;
    if (p->before && spx_tensors_identical(p->before, u)) return SPX_OK;
    p->before = NULL;
    spx_svd_free(&p->svd);
    SPX_TRY(spx_tensor_panels(u, spx_tensor_in_out(u) ? SPX_T : SPX_N, &W, err));
    SPX_TRY(spx_svd_panels(&W, &h->opts, &p->svd, err));
    spx_mat_free(&p->svd.U);
    spx_mat_free(&p->svd.V);
    p->before = u;
    p->at = t;
out:
    return st;
}

void spx_history_close(spx_history *h, size_t t)
{
    for (size_t s = 1; s <= t; s++) {
        bool needed = false;
        for (size_t i = 0; i < h->tensors; i++) needed |= h->past[i].before && h->past[i].at == s;
        if (!needed) spx_stage_close(&h->stage[s]);
    }
}
