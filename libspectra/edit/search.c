/* search.c: the loss of a group of facts under their deltas. */
#include "edit/search.h"

#include "edit/loss.h"
#include "edit/prompt_cache.h"

#include <string.h>

static size_t d_model(const search *s) { return spx_model_shape(s->model)->d_model; }

static size_t each(const search *s) { return s->prompts->contexts + 1; }

/* Index of the group's sequence q among all prompts. */
static size_t prompt_of(const search *s, size_t q) { return s->first * each(s) + q; }

static size_t sequence_length(const search *s, size_t q)
{
    const size_t *start = s->prompts->start + prompt_of(s, q);
    return start[1] - start[0];
}

static size_t target_length(const search *s, size_t i)
{
    const size_t *start = s->prompts->target_start + s->first + i;
    return start[1] - start[0];
}

/* Places of heads in the cache and of tails in x0; returns the rows of all heads. */
static size_t lay_out_sequences(search *s)
{
    size_t heads = 0;
    for (size_t q = 0; q < s->sequences; q++) {
        s->past[q] = s->prompts->subject[prompt_of(s, q)];
        s->past_row[q] = heads;
        heads += s->past[q];
        s->tail[q + 1] = s->tail[q] + sequence_length(s, q) - s->past[q];
    }
    return heads;
}

static spx_status allocate_search(search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(s->model);
    const size_t n = s->sequences, from = s->opts->layer + 1;
    size_t counted = 0;
    for (size_t i = 0; i < s->facts; i++) counted += s->prompts->contexts * target_length(s, i) + 1;
    SPX_TRY(SPX_NEW(&s->tail, n + 1, err));
    SPX_TRY(SPX_NEW(&s->past, n, err));
    SPX_TRY(SPX_NEW(&s->past_row, n, err));
    const size_t heads = lay_out_sequences(s), tails = s->tail[n];
    SPX_TRY(SPX_NEW(&s->took, s->facts, err));
    SPX_TRY(SPX_NEW(&s->start, n + 1, err));
    SPX_TRY(SPX_NEW(&s->step_past, n, err));
    SPX_TRY(SPX_NEW(&s->step_row, n, err));
    SPX_TRY(SPX_NEW(&s->row, counted, err));
    SPX_TRY(SPX_NEW(&s->x0, tails * c->d_model, err));
    SPX_TRY(SPX_NEW(&s->x, tails * c->d_model, err));
    SPX_TRY(SPX_NEW(&s->dx, tails * c->d_model, err));
    SPX_TRY(SPX_NEW(&s->h0, s->facts * c->d_model, err));
    SPX_TRY(SPX_NEW(&s->v0, s->facts * c->d_model, err));
    SPX_TRY(SPX_NEW(&s->initial, s->facts * c->vocab, err));
    SPX_TRY(SPX_NEW(&s->logits, counted * c->vocab, err));
    SPX_TRY(spx_kv_new(s->model, from, c->layers, heads, &s->kv, err));
    SPX_TRY(spx_tape_new(s->model, from, c->layers, tails, &s->tape, err));
out:
    return st;
}

/* out (facts x d) <- the rows of the edited block's output (the stream, or the FFN's alone) at the
 * subjects' last tokens in the bare prompts. */
static void read_bare(const search *s, const prompt_cache *t, const float *from, float *out)
{
    const size_t d = d_model(s);
    for (size_t i = 0; i < s->facts; i++) {
        const size_t bare = i * each(s), row = t->start[bare] + s->past[bare] - t->past[bare];
        memcpy(out + i * d, from + row * d, d * sizeof(float));
    }
}

/* v0: FFN outputs become what the block adds to the stream for them. */
static spx_status add_norm_to_v0(search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Y;
    const size_t d = d_model(s);
    SPX_TRY(spx_mat_scratch(&tmp, &Y, d, s->facts, err));
    for (size_t i = 0; i < s->facts; i++)
        for (size_t j = 0; j < d; j++) Y.data[j * Y.ld + i] = (double)s->v0[i * d + j];
    spx_model_ffn_added(s->model, s->opts->layer, &Y);
    for (size_t i = 0; i < s->facts; i++)
        for (size_t j = 0; j < d; j++) s->v0[i * d + j] = (float)Y.data[j * Y.ld + i];
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Runs the prompts from their tokens through the edited block into x; h0 is read on the way, and v0
 * where it is wanted: a block whose FFN outputs are kept rounds its sum otherwise. */
static spx_status run_below(search *s, const prompt_cache *t, float *stem, float *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t layer = s->opts->layer;
    float *value = NULL;
    if (s->reads_v0) SPX_TRY(SPX_SCRATCH(&tmp, &value, prompt_cache_rows(t) * d_model(s), err));
    float *const values[1] = {value};
    const spx_pass below = {.from = 0, .to = layer};
    const spx_pass edited = {.from = layer, .to = layer + 1, .values = values};
    prompt_cache_embed(t, stem, x);
    SPX_TRY(prompt_cache_run(t, &below, stem, x, err));
    SPX_TRY(prompt_cache_run(t, &edited, stem, x, err));
    if (s->reads_v0) {
        read_bare(s, t, value, s->v0);
        SPX_TRY(add_norm_to_v0(s, err));
    }
    if (s->opts->site == SPX_TARGET_FFN)
        memcpy(s->h0, s->v0, s->facts * d_model(s) * sizeof(float));
    else
        read_bare(s, t, x, s->h0);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Splits the own rows of the edited block's output: tails go to x0; what the heads have after their
 * stems is packed at the front of x. head (sequences + 1): where these rows begin; place: where
 * they go in the cache. */
static void split_rows(search *s, const prompt_cache *t, float *x, size_t *head, size_t *place)
{
    const size_t d = d_model(s);
    for (size_t q = 0; q < s->sequences; q++) {
        const float *from = x + t->start[q] * d;
        const size_t rows = s->past[q] - t->past[q];
        memcpy(s->x0 + s->tail[q] * d, from + rows * d,
               (s->tail[q + 1] - s->tail[q]) * d * sizeof(float));
        memmove(x + head[q] * d, from, rows * d * sizeof(float));
        head[q + 1] = head[q] + rows;
        place[q] = s->past_row[q] + t->past[q];
    }
}

/* Fills the cache of heads above the edited block: copies of the stems, then what follows them. */
static spx_status run_heads(search *s, const prompt_cache *t, float *stem, float *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *place = NULL, *head = NULL;
    const size_t n = s->sequences, from = s->opts->layer + 1;
    SPX_TRY(SPX_SCRATCH(&tmp, &place, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &head, n + 1, err));
    split_rows(s, t, x, head, place);
    SPX_TRY(prompt_cache_run_stems(t, from, spx_model_shape(s->model)->layers, stem, err));
    for (size_t q = 0; q < n; q++)
        spx_kv_copy(s->kv, s->past_row[q], t->kv, t->past_row[q], t->past[q]);
    const spx_batch b = {.n = n, .start = head, .past = t->past, .past_row = s->past_row};
    const spx_pass above = {.from = from,
                            .to = spx_model_shape(s->model)->layers,
                            .past = s->kv,
                            .keep = s->kv,
                            .keep_row = place};
    SPX_TRY(spx_model_forward(s->model, &b, &above, x, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Runs the prompts once: h0, x0 and the cache of heads. */
static spx_status run_constants(search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    prompt_cache t = {0};
    float *x = NULL, *stem = NULL;
    const prompt_span span = {
        .prompts = s->prompts, .first = s->first, .facts = s->facts, .with_kl = true};
    SPX_TRY(prompt_cache_open(&t, s->model, &span, spx_model_shape(s->model)->layers, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, prompt_cache_rows(&t) * d_model(s), err));
    SPX_TRY(SPX_SCRATCH(&tmp, &stem, prompt_cache_stem_rows(&t) * d_model(s), err));
    SPX_TRY(run_below(s, &t, stem, x, err));
    SPX_TRY(run_heads(s, &t, stem, x, err));
out:
    spx_scratch_free(&tmp);
    prompt_cache_close(&t);
    return st;
}

spx_status search_open(search *s, const spx_model *m, const spx_prompts *p,
                       const spx_target_opts *o, size_t first, size_t facts, bool values,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    *s = (search){.model = m,
                  .prompts = p,
                  .opts = o,
                  .first = first,
                  .facts = facts,
                  .reads_v0 = values || o->site == SPX_TARGET_FFN};
    s->sequences = facts * (p->contexts + 1);
    SPX_TRY(allocate_search(s, err));
    SPX_TRY(run_constants(s, err));
out:
    if (st != SPX_OK) search_close(s);
    return st;
}

void search_close(search *s)
{
    void *const owned[] = {s->tail,      s->past,     s->past_row, s->took,    s->start,
                           s->step_past, s->step_row, s->row,      s->x0,      s->h0,
                           s->v0,        s->x,        s->dx,       s->initial, s->logits};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_kv_free(s->kv);
    spx_tape_free(s->tape);
    *s = (search){0};
}

/* Packs the tails of active facts into s->x with delta added at each first row; returns how many
 * sequences they are. */
static size_t pack_tails(search *s, const bool *active, const double *delta)
{
    const size_t d = d_model(s);
    size_t n = 0;
    s->start[0] = 0;
    for (size_t q = 0; q < s->sequences; q++) {
        const size_t i = q / each(s), rows = s->tail[q + 1] - s->tail[q];
        if (!active[i]) continue;
        float *x = s->x + s->start[n] * d;
        memcpy(x, s->x0 + s->tail[q] * d, rows * d * sizeof(float));
        for (size_t j = 0; j < d; j++) x[j] = (float)((double)x[j] + delta[i * d + j]);
        s->step_past[n] = s->past[q];
        s->step_row[n] = s->past_row[q];
        s->start[n + 1] = s->start[n] + rows;
        n++;
    }
    return n;
}

/* Lists the rows whose logits count: of each editing prompt the last ones, one a target token; the
 * only one of the KL prompt. Returns how many. */
static size_t list_rows(search *s, const bool *active)
{
    size_t n = 0, q = 0;
    for (size_t i = 0; i < s->facts; i++) {
        if (!active[i]) continue;
        for (size_t c = 0; c < s->prompts->contexts; c++, q++)
            for (size_t j = target_length(s, i); j > 0; j--) s->row[n++] = s->start[q + 1] - j;
        s->row[n++] = s->start[q++];
    }
    return n;
}

/* Losses of fact i, whose first row of logits is z; the rows become gradients. */
static void fact_loss(search *s, size_t i, float *z, search_loss *loss)
{
    const size_t v = spx_model_shape(s->model)->vocab, contexts = s->prompts->contexts;
    const size_t m = target_length(s, i);
    const int32_t *target = s->prompts->target + s->prompts->target_start[s->first + i];
    const double weight = 1 / (double)(contexts * m);
    *loss = (search_loss){.argmax = true};
    for (size_t r = 0; r < contexts * m; r++) {
        bool argmax = false;
        loss->nll += weight * loss_nll(z + r * v, v, &target[r % m], 1, weight, &argmax);
        if (r >= m || !s->opts->argmax_prefixed) loss->argmax = loss->argmax && argmax;
    }
    float *kl = z + contexts * m * v, *initial = s->initial + i * v;
    if (!s->has_initial) {
        memcpy(initial, kl, v * sizeof(float));
        loss_log_softmax(initial, v);
    }
    loss->kl = loss_kl(kl, initial, v, s->opts->kl);
}

static void all_losses(search *s, const bool *active, search_loss *loss)
{
    const size_t v = spx_model_shape(s->model)->vocab;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < s->facts; i++) {
        size_t before = 0;
        if (!active[i]) continue;
        for (size_t k = 0; k < i; k++)
            if (active[k]) before += s->prompts->contexts * target_length(s, k) + 1;
        fact_loss(s, i, s->logits + before * v, &loss[i]);
    }
    s->has_initial = true;
}

/* Sums dL/dx at the first rows of a fact's sequences, where delta was added. */
static void sum_gradients(const search *s, double *gradient)
{
    const size_t d = d_model(s);
    size_t q = 0;
    for (size_t i = 0; i < s->facts; i++) {
        if (!s->took[i]) continue;
        memset(gradient + i * d, 0, d * sizeof(double));
        for (size_t c = 0; c < each(s); c++, q++)
            for (size_t j = 0; j < d; j++)
                gradient[i * d + j] += (double)s->dx[s->start[q] * d + j];
    }
}

static spx_batch batch_of(const search *s)
{
    return (spx_batch){
        .n = s->taking, .start = s->start, .past = s->step_past, .past_row = s->step_row};
}

static spx_pass pass_of(const search *s)
{
    return (spx_pass){.from = s->opts->layer + 1,
                      .to = spx_model_shape(s->model)->layers,
                      .past = s->kv,
                      .tape = s->tape,
                      .row = s->row,
                      .rows = s->rows};
}

spx_status search_losses(search *s, const bool *active, const double *delta, search_loss *loss,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    memcpy(s->took, active, s->facts * sizeof *active);
    s->taking = pack_tails(s, active, delta);
    s->rows = list_rows(s, active);
    const spx_batch b = batch_of(s);
    const spx_pass pass = pass_of(s);
    SPX_TRY(spx_model_forward(s->model, &b, &pass, s->x, err));
    SPX_TRY(spx_model_logits(s->model, s->x, NULL, s->rows, s->logits, err));
    all_losses(s, active, loss);
out:
    return st;
}

spx_status search_gradient(search *s, double *gradient, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_batch b = batch_of(s);
    const spx_pass pass = pass_of(s);
    memset(s->dx, 0, s->rows * d_model(s) * sizeof(float));
    SPX_TRY(spx_model_logits_backward(s->model, s->x, NULL, s->rows, s->logits, s->dx, err));
    SPX_TRY(spx_model_backward(s->model, &b, &pass, s->dx, err));
    sum_gradients(s, gradient);
out:
    return st;
}
