/* output_gradients.c: inputs and output gradients of FFN output projections
 * (edit/output_gradients.h). Blocks below the first one that is asked for run without a tape. */
#include "edit/output_gradients.h"

#include "edit/loss.h"

#include <assert.h>
#include <string.h>

enum { LOGIT_ROWS = 256 }; /* rows of logits held at once */

spx_status output_gradients_open(output_gradients *g, const spx_model *m, const size_t *layer,
                                 size_t n, size_t rows, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    const size_t blocks = c->layers - layer[0];
    *g = (output_gradients){.model = m, .from = layer[0]};
    SPX_TRY(SPX_SCRATCH(&g->memory, &g->inputs, blocks, err));
    SPX_TRY(SPX_SCRATCH(&g->memory, &g->outputs, blocks, err));
    for (size_t i = 0; i < n; i++) {
        const size_t at = layer[i] - layer[0];
        assert(layer[i] < c->layers);
        SPX_TRY(SPX_SCRATCH(&g->memory, &g->inputs[at], rows * c->d_ff, err));
        SPX_TRY(SPX_SCRATCH(&g->memory, &g->outputs[at], rows * c->d_model, err));
    }
    SPX_TRY(SPX_SCRATCH(&g->memory, &g->x, rows * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(&g->memory, &g->dx, rows * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(&g->memory, &g->logits, LOGIT_ROWS * c->vocab, err));
    SPX_TRY(spx_tape_new(m, layer[0], c->layers, rows, &g->tape, err));
out:
    if (st != SPX_OK) output_gradients_close(g);
    return st;
}

void output_gradients_close(output_gradients *g)
{
    spx_tape_free(g->tape);
    spx_scratch_free(&g->memory);
    *g = (output_gradients){0};
}

/* dx <- dL/d(output of the last block), by slices of the judged rows. */
static spx_status run_head(output_gradients *g, const judged_rows *j, size_t rows, double *loss,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(g->model);
    memset(g->dx, 0, rows * c->d_model * sizeof(float));
    *loss = 0;
    for (size_t first = 0, n; first < j->n; first += n) {
        n = j->n - first < LOGIT_ROWS ? j->n - first : LOGIT_ROWS;
        SPX_TRY(spx_model_logits(g->model, g->x, j->row + first, n, g->logits, err));
        for (size_t i = 0; i < n; i++)
            *loss += j->weight * loss_nll(g->logits + i * c->vocab, c->vocab, j->target + first + i,
                                          1, j->weight, NULL);
        SPX_TRY(
            spx_model_logits_backward(g->model, g->x, j->row + first, n, g->logits, g->dx, err));
    }
out:
    return st;
}

spx_status output_gradients_run(output_gradients *g, const spx_batch *b, const judged_rows *j,
                                double *loss, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(g->model);
    const spx_pass below = {.from = 0, .to = g->from};
    const spx_pass taped = {.from = g->from,
                            .to = c->layers,
                            .tape = g->tape,
                            .keys = g->inputs,
                            .dvalues = g->outputs};
    spx_model_embed(g->model, b, g->x);
    SPX_TRY(spx_model_forward(g->model, b, &below, g->x, err));
    SPX_TRY(spx_model_forward(g->model, b, &taped, g->x, err));
    SPX_TRY(run_head(g, j, b->start[b->n], loss, err));
    SPX_TRY(spx_model_backward(g->model, b, &taped, g->dx, err));
out:
    return st;
}
