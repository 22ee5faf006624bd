/* finetune_loss.c: loss and gradient of fine-tuning (edit/tuning.h).
 *
 *     x = x0 + K dW^T (rows x d),   L(x) through the blocks above,   dL/d(dW) = (dL/dx)^T K
 */
#include "edit/finetune_loss.h"

#include "edit/loss.h"

#include <string.h>

static const size_t default_rows = 512;

static spx_status make(void *out, size_t n, size_t m, size_t size, spx_error *err)
{
    void *p = NULL;
    const spx_status st = spx_alloc(&p, n * m, size, err);
    memcpy(out, &p, sizeof p);
    return st;
}

static size_t target_length(const tuning *t, size_t i)
{
    return t->prompts->target_start[i + 1] - t->prompts->target_start[i];
}

static const int32_t *target_of(const tuning *t, size_t i)
{
    return t->prompts->target + t->prompts->target_start[i];
}

/* Index of fact i's bare prompt among all sequences. */
static size_t bare(const tuning *t, size_t i) { return i * (t->prompts->contexts + 1); }

/* Rows whose logits count: the prompt's last alone, or one a target token. */
static size_t judged(const tuning *t, size_t i)
{
    return t->opts->loss == SPX_FINETUNE_LAST ? 1 : target_length(t, i);
}

/* Rows of fact i: its prompt, and the target without its last token if that is shown. */
static size_t rows_of(const tuning *t, size_t i)
{
    const size_t *start = t->prompts->start + bare(t, i);
    return start[1] - start[0] - target_length(t, i) + judged(t, i);
}

/* Facts from `first` on, below `end`, that run at once; at least one. */
static size_t slice_of(const tuning *t, size_t first, size_t end)
{
    size_t i = first + 1;
    while (i < end && t->start[i + 1] - t->start[first] <= t->slice) i++;
    return i - first;
}

/* The most rows, and rows judged, that a slice can have, wherever it begins. */
static void measure(const tuning *t, size_t *rows, size_t *wanted)
{
    const size_t facts = t->prompts->facts;
    *rows = *wanted = 0;
    for (size_t first = 0; first < facts; first++) {
        const size_t end = first + slice_of(t, first, facts);
        size_t here = 0;
        for (size_t i = first; i < end; i++) here += judged(t, i);
        if (here > *wanted) *wanted = here;
        if (t->start[end] - t->start[first] > *rows) *rows = t->start[end] - t->start[first];
    }
}

static spx_status allocate(tuning *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(t->model);
    const size_t facts = t->prompts->facts;
    size_t rows = 0, wanted = 0;
    SPX_TRY(make(&t->start, facts + 1, 1, sizeof(size_t), err));
    SPX_TRY(make(&t->shifted, facts + 1, 1, sizeof(size_t), err));
    for (size_t i = 0; i < facts; i++) t->start[i + 1] = t->start[i] + rows_of(t, i);
    measure(t, &rows, &wanted);
    SPX_TRY(make(&t->x0, t->start[facts], t->d, sizeof(float), err));
    SPX_TRY(make(&t->key, t->start[facts], t->f, sizeof(float), err));
    SPX_TRY(make(&t->change, t->d, t->f, sizeof(float), err));
    SPX_TRY(make(&t->partial, t->d, t->f, sizeof(float), err));
    SPX_TRY(make(&t->row, wanted, 1, sizeof(size_t), err));
    SPX_TRY(make(&t->x, rows, t->d, sizeof(float), err));
    SPX_TRY(make(&t->dx, rows, t->d, sizeof(float), err));
    SPX_TRY(make(&t->logits, wanted, c->vocab, sizeof(float), err));
    SPX_TRY(spx_tape_new(t->model, t->opts->layer + 1, c->layers, rows, &t->tape, err));
out:
    return st;
}

/* Runs the prompts of a slice up to the layer: x0 and keys. */
static spx_status run_below(tuning *t, size_t first, size_t n, int32_t *token, spx_error *err)
{
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
    const spx_status st = spx_model_forward(t->model, &b, &below, x, err);
    return st == SPX_OK ? spx_model_forward(t->model, &b, &edited, x, err) : st;
}

static spx_status run_constants(tuning *t, spx_error *err)
{
    const size_t facts = t->prompts->facts;
    int32_t *token = NULL;
    spx_status st = make(&token, t->start[facts], 1, sizeof *token, err);
    for (size_t first = 0, n; st == SPX_OK && first < facts; first += n) {
        n = slice_of(t, first, facts);
        st = run_below(t, first, n, token, err);
    }
    spx_free(token);
    return st;
}

spx_status tuning_open(tuning *t, const spx_model *m, const spx_prompts *p,
                       const spx_finetune_opts *o, spx_error *err)
{
    const spx_model_config *c = spx_model_shape(m);
    *t = (tuning){.model = m, .prompts = p, .opts = o, .d = c->d_model, .f = c->d_ff};
    t->slice = o->rows ? o->rows : default_rows;
    spx_status st = allocate(t, err);
    if (st == SPX_OK) st = run_constants(t, err);
    if (st != SPX_OK) tuning_close(t);
    return st;
}

void tuning_close(tuning *t)
{
    void *const owned[] = {t->start,   t->shifted, t->x0, t->key, t->change,
                           t->partial, t->row,     t->x,  t->dx,  t->logits};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_tape_free(t->tape);
    *t = (tuning){0};
}

/* x of a slice under the change; its starts, and the rows whose logits count. Returns those. */
static size_t pack(tuning *t, size_t first, size_t n)
{
    const size_t at = t->start[first], rows = t->start[first + n] - at;
    size_t wanted = 0;
    for (size_t i = 0; i <= n; i++) t->shifted[i] = t->start[first + i] - at;
    for (size_t i = 0; i < n; i++)
        for (size_t j = judged(t, first + i); j > 0; j--) t->row[wanted++] = t->shifted[i + 1] - j;
    memcpy(t->x, t->x0 + at * t->d, rows * t->d * sizeof(float));
    spx_sgemm(rows, t->d, t->f, t->key + at * t->f, t->f, SPX_N, t->change, t->f, SPX_T, 1, t->x,
              t->d);
    return wanted;
}

/* Loss of fact i, whose first judged row of logits is z, as a share of a batch of `batch`. */
static double fact_loss(const tuning *t, size_t i, float *z, size_t batch)
{
    const size_t v = spx_model_shape(t->model)->vocab, m = target_length(t, i);
    const int32_t *target = target_of(t, i);
    const double weight = 1 / (double)(m * batch);
    double sum = 0;
    if (t->opts->loss == SPX_FINETUNE_LAST) return weight * loss_nll(z, v, target, m, weight, NULL);
    for (size_t j = 0; j < m; j++) sum += loss_nll(z + j * v, v, target + j, 1, weight, NULL);
    return weight * sum;
}

/* Adds the slice's part of the batch's loss and gradient. */
static spx_status slice_step(tuning *t, size_t first, size_t n, size_t batch, double *loss,
                             spx_mat *gradient, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(t->model);
    const size_t wanted = pack(t, first, n), rows = t->shifted[n];
    const spx_batch b = {.n = n, .start = t->shifted};
    const spx_pass above = {.from = t->opts->layer + 1, .to = c->layers, .tape = t->tape};
    size_t z = 0;
    SPX_TRY(spx_model_forward(t->model, &b, &above, t->x, err));
    SPX_TRY(spx_model_logits(t->model, t->x, t->row, wanted, t->logits, err));
    for (size_t i = first; i < first + n; z += judged(t, i), i++)
        *loss += fact_loss(t, i, t->logits + z * c->vocab, batch);
    memset(t->dx, 0, rows * t->d * sizeof(float));
    SPX_TRY(spx_model_logits_backward(t->model, t->x, t->row, wanted, t->logits, t->dx, err));
    SPX_TRY(spx_model_backward(t->model, &b, &above, t->dx, err));
    spx_sgemm(t->d, t->f, rows, t->dx, t->d, SPX_T, t->key + t->start[first] * t->f, t->f, SPX_N, 0,
              t->partial, t->f);
    for (size_t i = 0; i < t->d; i++)
        for (size_t j = 0; j < t->f; j++)
            gradient->data[i * gradient->ld + j] += (double)t->partial[i * t->f + j];
out:
    return st;
}

spx_status tuning_step(tuning *t, size_t first, size_t n, const spx_mat *dW, double *loss,
                       spx_mat *gradient, spx_error *err)
{
    *loss = 0;
    for (size_t i = 0; i < t->d; i++) {
        memset(gradient->data + i * gradient->ld, 0, t->f * sizeof(double));
        for (size_t j = 0; j < t->f; j++) t->change[i * t->f + j] = (float)dW->data[i * dW->ld + j];
    }
    for (size_t done = 0, take; done < n; done += take) {
        take = slice_of(t, first + done, first + n);
        const spx_status st = slice_step(t, first + done, take, n, loss, gradient, err);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}
