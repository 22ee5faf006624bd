/* gradient_round.c: the changes of a batch by an editor that follows gradients. */
#include "run/session.h"

#include "spx/extremes.h"

/* Features and gradients of every edited layer, a column a target token. */
typedef struct gathered {
    spx_mat *H, *G; /* spec->layers; f x T, d x T */
} gathered;

static spx_status gather(const session *s, const spx_prompts *p, gathered *x, spx_scratch *tmp,
                         double *loss, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = s->spec->layers, tokens = p->target_start[p->facts];
    const spx_gradients_opts o = {.layer = s->spec->layer,
                                  .layers = n,
                                  .batch = (size_t)s->spec->edit.value[SPX_GRADIENT_BATCH]};
    SPX_TRY(SPX_SCRATCH(tmp, &x->H, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &x->G, n, err));
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(spx_mat_scratch(tmp, &x->H[i], s->at[i].W.cols, tokens, err));
        SPX_TRY(spx_mat_scratch(tmp, &x->G[i], s->at[i].W.rows, tokens, err));
    }
    SPX_TRY(spx_gradients_of_facts(s->model, p, &o, x->H, x->G, loss, err));
out:
    return st;
}

/* Adds what each backward pass yielded, layer by layer, to the running statistics. */
static spx_status add_to_running(session *s, const spx_prompts *p, const gathered *x,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t step = (size_t)s->spec->edit.value[SPX_GRADIENT_BATCH];
    for (size_t first = 0, end; first < p->facts; first = end) {
        end = p->facts - first < step ? p->facts : first + step;
        const size_t at = p->target_start[first], tokens = p->target_start[end] - at;
        for (size_t i = 0; i < s->spec->layers; i++) {
            const spx_mat H = spx_mat_view(&x->H[i], 0, at, x->H[i].rows, tokens);
            const spx_mat G = spx_mat_view(&x->G[i], 0, at, x->G[i].rows, tokens);
            SPX_TRY(spx_running_add(&s->running, &H, &G, err));
        }
    }
    SPX_TRY(spx_running_settle(&s->running, err));
out:
    return st;
}

static spx_status solve_layer(session *s, size_t i, const gathered *x, spx_update *dW,
                              spx_error *err)
{
    edited_matrix *e = &s->at[i];
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_edit_report solved;
    spx_mat R;
    SPX_TRY(spx_mat_scratch(&tmp, &R, x->G[i].rows, x->G[i].cols, err));
    SPX_TRY(s->editor->gains(&s->spec->edit, &s->running, &x->H[i], &x->G[i], &R, err));
    const spx_bundle b = {.K = &x->H[i], .R = &R, .W = &e->W};
    SPX_TRY(spx_edit_solve(e->edit, &b, dW, &solved, err));
    e->solve =
        (spx_edit_report){.rcond = spx_min(e->solve.rcond, solved.rcond), .kept = solved.kept};
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_scratch_free(&tmp);
    return st;
}

spx_status gradient_changes(session *s, const spx_prompts *p, spx_update *dW, double *loss,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    gathered x = {0};
    SPX_TRY(gather(s, p, &x, &tmp, loss, err));
    SPX_TRY(add_to_running(s, p, &x, err));
    for (size_t i = 0; i < s->spec->layers; i++) SPX_TRY(solve_layer(s, i, &x, &dW[i], err));
out:
    spx_scratch_free(&tmp);
    return st;
}
