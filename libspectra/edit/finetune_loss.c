/* finetune_loss.c: loss and gradient of fine-tuning (edit/finetune_loss.h).
 *
 *     x = x0 + K dW^T (rows x d),   L(x) through the blocks above,   dL/d(dW) = (dL/dx)^T K
 */
#include "edit/finetune_loss.h"

#include "edit/loss.h"

#include <string.h>

static const size_t default_rows = 512;

static size_t target_length(const finetune_loss *t, size_t i)
{
    return t->prompts->target_start[i + 1] - t->prompts->target_start[i];
}

static const int32_t *target_of(const finetune_loss *t, size_t i)
{
    return t->prompts->target + t->prompts->target_start[i];
}

/* Index of fact i's bare prompt among all sequences. */
static size_t bare(const finetune_loss *t, size_t i) { return i * (t->prompts->contexts + 1); }

/* How many rows of fact i count: the last of the prompt alone, or one a target token. */
static size_t judged(const finetune_loss *t, size_t i)
{
    return t->opts->loss == SPX_FINETUNE_LAST ? 1 : target_length(t, i);
}

/* How many rows fact i has: its prompt, and the target without its last token if that is shown. */
static size_t rows_of(const finetune_loss *t, size_t i)
{
    const size_t *start = t->prompts->start + bare(t, i);
    return start[1] - start[0] - target_length(t, i) + judged(t, i);
}

/* Rows of the i-th fact of the order. */
static size_t rows_at(const finetune_loss *t, size_t i)
{
    return t->start[t->order[i] + 1] - t->start[t->order[i]];
}

/* How many facts from `first` on, below `end`, run at once; at least one. */
static size_t slice_of(const finetune_loss *t, size_t first, size_t end)
{
    size_t i = first + 1, rows = rows_at(t, first);
    while (i < end && rows + rows_at(t, i) <= t->slice) rows += rows_at(t, i++);
    return i - first;
}

/* Bounds of the rows, and rows that count, of any slice in any order: no fact has a larger share of
 * rows that count than `share`. */
static void bound_slices(const finetune_loss *t, size_t *rows, size_t *counted)
{
    const size_t facts = t->prompts->facts;
    double share = 0;
    *rows = t->slice < t->start[facts] ? t->slice : t->start[facts];
    for (size_t i = 0; i < facts; i++) {
        const double own = (double)judged(t, i) / (double)rows_of(t, i);
        if (rows_of(t, i) > *rows) *rows = rows_of(t, i);
        if (own > share) share = own;
    }
    *counted = (size_t)(share * (double)*rows) + 1; /* rounded up */
}

static spx_status allocate_loss(finetune_loss *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(t->model);
    const size_t facts = t->prompts->facts;
    size_t rows = 0, counted = 0;
    SPX_TRY(SPX_NEW(&t->start, facts + 1, err));
    SPX_TRY(SPX_NEW(&t->order, facts, err));
    SPX_TRY(SPX_NEW(&t->shifted, facts + 1, err));
    for (size_t i = 0; i < facts; i++) {
        t->start[i + 1] = t->start[i] + rows_of(t, i);
        t->order[i] = i;
    }
    bound_slices(t, &rows, &counted);
    SPX_TRY(SPX_NEW(&t->x0, t->start[facts] * t->d, err));
    SPX_TRY(SPX_NEW(&t->key, t->start[facts] * t->f, err));
    SPX_TRY(SPX_NEW(&t->change, t->d * t->f, err));
    SPX_TRY(SPX_NEW(&t->partial, t->d * t->f, err));
    SPX_TRY(SPX_NEW(&t->row, counted, err));
    SPX_TRY(SPX_NEW(&t->x, rows * t->d, err));
    SPX_TRY(SPX_NEW(&t->dx, rows * t->d, err));
    SPX_TRY(SPX_NEW(&t->slice_key, rows * t->f, err));
    SPX_TRY(SPX_NEW(&t->logits, counted * c->vocab, err));
    SPX_TRY(spx_tape_new(t->model, t->opts->layer + 1, c->layers, rows, &t->tape, err));
out:
    return st;
}

/* Runs the prompts of a slice up to the layer: x0 and keys. */
static spx_status run_slice_below(finetune_loss *t, size_t first, size_t n, int32_t *token,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t at = t->start[first], layer = t->opts->layer;
    float *const keys[1] = {t->key + at * t->f}, *x = t->x0 + at * t->d;
    for (size_t i = 0; i <= n; i++) t->shifted[i] = t->start[first + i] - at;
    for (size_t i = 0; i < n; i++)
        memcpy(token + t->shifted[i], t->prompts->token + t->prompts->start[bare(t, first + i)],
               (t->shifted[i + 1] - t->shifted[i]) * sizeof *token);
    const spx_batch b = {.n = n, .start = t->shifted, .token = token};
    const spx_pass below = {.from = 0, .to = layer};
    const spx_pass edited = {.from = layer, .to = layer + 1, .keys = keys};
    spx_model_embed(t->model, &b, x);
    SPX_TRY(spx_model_forward(t->model, &b, &below, x, err));
    SPX_TRY(spx_model_forward(t->model, &b, &edited, x, err));
out:
    return st;
}

static spx_status run_constants(finetune_loss *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t facts = t->prompts->facts;
    int32_t *token = NULL;
    SPX_TRY(SPX_NEW(&token, t->start[facts], err));
    for (size_t first = 0, n; first < facts; first += n) {
        n = slice_of(t, first, facts);
        SPX_TRY(run_slice_below(t, first, n, token, err));
    }
out:
    spx_free(token);
    return st;
}

spx_status finetune_loss_open(finetune_loss *t, const spx_model *m, const spx_prompts *p,
                              const spx_finetune_opts *o, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    *t = (finetune_loss){.model = m, .prompts = p, .opts = o, .d = c->d_model, .f = c->d_ff};
    t->slice = o->rows ? o->rows : default_rows;
    SPX_TRY(allocate_loss(t, err));
    SPX_TRY(run_constants(t, err));
out:
    if (st != SPX_OK) finetune_loss_close(t);
    return st;
}

void finetune_loss_close(finetune_loss *t)
{
    void *const owned[] = {t->start,   t->order, t->shifted, t->x0, t->key,    t->change,
                           t->partial, t->row,   t->x,       t->dx, t->logits, t->slice_key};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_tape_free(t->tape);
    *t = (finetune_loss){0};
}

/* Fills x and the keys of a slice under the change, and lists the rows whose logits count; returns
 * how many. */
static size_t pack_slice(finetune_loss *t, size_t first, size_t n)
{
    size_t counted = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t fact = t->order[first + i], rows = rows_at(t, first + i), at = t->shifted[i],
                     from = t->start[fact];
        t->shifted[i + 1] = at + rows;
        memcpy(t->x + at * t->d, t->x0 + from * t->d, rows * t->d * sizeof(float));
        memcpy(t->slice_key + at * t->f, t->key + from * t->f, rows * t->f * sizeof(float));
        for (size_t j = judged(t, fact); j > 0; j--) t->row[counted++] = t->shifted[i + 1] - j;
    }
    spx_sgemm(t->shifted[n], t->d, t->f, t->slice_key, t->f, SPX_N, t->change, t->f, SPX_T, 1, t->x,
              t->d);
    return counted;
}

/* Share of fact i in the mean loss of a batch of facts; z is its first row of logits. The rows
 * become gradients. */
static double fact_loss(const finetune_loss *t, size_t i, float *z, size_t batch)
{
    const size_t v = spx_model_shape(t->model)->vocab, m = target_length(t, i);
    const int32_t *target = target_of(t, i);
    const double weight = 1 / (double)(m * batch);
    double sum = 0;
    if (t->opts->loss == SPX_FINETUNE_LAST) return weight * loss_nll(z, v, target, m, weight, NULL);
    for (size_t j = 0; j < m; j++) sum += loss_nll(z + j * v, v, target + j, 1, weight, NULL);
    return weight * sum;
}

/* Adds the part of one slice to the loss and gradient of the batch. */
static spx_status add_slice(finetune_loss *t, size_t first, size_t n, size_t batch, double *loss,
                            spx_mat *gradient, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(t->model);
    const size_t counted = pack_slice(t, first, n), rows = t->shifted[n];
    const spx_batch b = {.n = n, .start = t->shifted};
    const spx_pass above = {.from = t->opts->layer + 1, .to = c->layers, .tape = t->tape};
    size_t z = 0;
    SPX_TRY(spx_model_forward(t->model, &b, &above, t->x, err));
    SPX_TRY(spx_model_logits(t->model, t->x, t->row, counted, t->logits, err));
    for (size_t i = first; i < first + n; z += judged(t, t->order[i]), i++)
        *loss += fact_loss(t, t->order[i], t->logits + z * c->vocab, batch);
    memset(t->dx, 0, rows * t->d * sizeof(float));
    SPX_TRY(spx_model_logits_backward(t->model, t->x, t->row, counted, t->logits, t->dx, err));
    SPX_TRY(spx_model_backward(t->model, &b, &above, t->dx, err));
    spx_sgemm(t->d, t->f, rows, t->dx, t->d, SPX_T, t->slice_key, t->f, SPX_N, 0, t->partial, t->f);
    for (size_t i = 0; i < t->d; i++)
        for (size_t j = 0; j < t->f; j++)
            gradient->data[i * gradient->ld + j] += (double)t->partial[i * t->f + j];
out:
    return st;
}

spx_status finetune_loss_at(finetune_loss *t, size_t first, size_t n, const spx_mat *dW,
                            double *loss, spx_mat *gradient, spx_error *err)
{
    spx_status st = SPX_OK;
    *loss = 0;
    for (size_t i = 0; i < t->d; i++) {
        memset(gradient->data + i * gradient->ld, 0, t->f * sizeof(double));
        for (size_t j = 0; j < t->f; j++) t->change[i * t->f + j] = (float)dW->data[i * dW->ld + j];
    }
    for (size_t done = 0, take; done < n; done += take) {
        take = slice_of(t, first + done, first + n);
        SPX_TRY(add_slice(t, first + done, take, n, loss, gradient, err));
    }
out:
    return st;
}
