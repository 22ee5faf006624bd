/* gradient_moments.c: second moments of output gradients over a text (spx/covariance.h). */
#include "edit/output_gradients.h"

#include "spx/covariance.h"

enum { PASS_ROWS = 512 }; /* positions of a pass, or those of one window */

/* The windows of one pass, and the rows that predict a token. */
typedef struct pass {
    size_t windows, window;
    size_t *start;   /* windows + 1 */
    size_t *row;     /* windows (window - 1) */
    int32_t *target; /* as many */
    spx_mat panel;   /* rows x d_model: gradients in double */
} pass;

static spx_status pass_new(pass *p, size_t window, size_t d, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *p = (pass){.windows = PASS_ROWS / window > 0 ? PASS_ROWS / window : 1, .window = window};
    SPX_TRY(SPX_SCRATCH(tmp, &p->start, p->windows + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->row, p->windows * (window - 1), err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->target, p->windows * (window - 1), err));
    SPX_TRY(spx_mat_scratch(tmp, &p->panel, p->windows * window, d, err));
    for (size_t s = 0; s < p->windows; s++) {
        p->start[s + 1] = (s + 1) * window;
        for (size_t j = 0; j + 1 < window; j++) p->row[s * (window - 1) + j] = s * window + j;
    }
out:
    return st;
}

/* Every token but the first of a window is the target of the row before it. */
static void set_targets(pass *p, const int32_t *token, size_t windows)
{
    for (size_t i = 0; i < windows * (p->window - 1); i++) p->target[i] = token[p->row[i] + 1];
}

/* B <- B + weight G^T G for rows x d floats g. */
static void add_outer_products(pass *p, const float *g, size_t rows, double weight, spx_mat *B)
{
    spx_mat G = spx_mat_view(&p->panel, 0, 0, rows, B->rows);
    spx_floats_widen(g, &G);
    spx_syrk(B, weight, &G, SPX_T, 1);
}

spx_status spx_gradient_moment_measure(const spx_model *m, const size_t *layer, size_t n,
                                       const spx_covariance_text *text, spx_mat *B,
                                       spx_progress_fn *progress, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    output_gradients g = {0};
    pass p;
    const size_t window = text->window, all = text->count / window;
    if (all == 0 || window < 2)
        SPX_RAISE(err, SPX_EINVAL, "text of %zu tokens in windows of %zu (expected %s)",
                  text->count, window, all == 0 ? "a window at least" : "windows of 2 at least");
    SPX_TRY(pass_new(&p, window, spx_model_shape(m)->d_model, &tmp, err));
    SPX_TRY(output_gradients_open(&g, m, layer, n, p.windows * window, err));
    for (size_t done = 0, take; done < all; done += take) {
        const int32_t *token = text->token + done * window;
        double loss = 0;
        take = all - done < p.windows ? all - done : p.windows;
        set_targets(&p, token, take);
        const spx_batch b = {.n = take, .start = p.start, .token = token};
        const judged_rows j = {p.row, p.target, take * (window - 1), 1};
        SPX_TRY(output_gradients_run(&g, &b, &j, &loss, err));
        for (size_t i = 0; i < n; i++)
            add_outer_products(&p, g.outputs[layer[i] - g.from], take * window,
                               1 / (double)(all * (window - 1)), &B[i]);
        if (progress) progress("tokens, gradients", (done + take) * window, all * window);
    }
out:
    output_gradients_close(&g);
    spx_scratch_free(&tmp);
    return st;
}
