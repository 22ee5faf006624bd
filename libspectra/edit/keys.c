/* keys.c: keys and current values of facts while the edited layers are written one after another.
 */
#include "spx/keys.h"

#include <assert.h>
#include <string.h>

struct spx_keys {
    const spx_model *model;
    const spx_prompts *prompts;
    size_t next, last; /* block that x stands before; block whose output is compared */
    size_t sequences, rows;
    size_t *start; /* editing prompts cut behind the subject's last token */
    int32_t *token;
    float *x, *ahead; /* rows x d_model: at block `next`; a copy that runs on to `last` */
    float *key;       /* rows x d_ff */
};

/* Index among all prompts of editing sequence s: the KL prompts are skipped. */
static size_t prompt_of(const spx_prompts *p, size_t s)
{
    return s / p->contexts * (p->contexts + 1) + s % p->contexts;
}

static spx_status floats(float **out, size_t n, size_t m, spx_error *err)
{
    void *p = NULL;
    const spx_status st = spx_alloc(&p, n * m, sizeof(float), err);
    *out = p;
    return st;
}

static spx_status lay_out(spx_keys *k, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_prompts *p = k->prompts;
    const spx_model_config *c = spx_model_shape(k->model);
    void *mem = NULL;
    SPX_TRY(spx_alloc(&mem, k->sequences + 1, sizeof(size_t), err));
    k->start = mem;
    for (size_t s = 0; s < k->sequences; s++)
        k->start[s + 1] = k->start[s] + p->subject[prompt_of(p, s)] + 1;
    k->rows = k->start[k->sequences];
    SPX_TRY(spx_alloc(&mem, k->rows, sizeof(int32_t), err));
    k->token = mem;
    for (size_t s = 0; s < k->sequences; s++)
        memcpy(k->token + k->start[s], p->token + p->start[prompt_of(p, s)],
               (k->start[s + 1] - k->start[s]) * sizeof(int32_t));
    SPX_TRY(floats(&k->x, k->rows, c->d_model, err));
    SPX_TRY(floats(&k->ahead, k->rows, c->d_model, err));
    SPX_TRY(floats(&k->key, k->rows, c->d_ff, err));
out:
    return st;
}

static spx_batch batch_of(const spx_keys *k)
{
    return (spx_batch){.n = k->sequences, .start = k->start, .token = k->token};
}

spx_status spx_keys_new(const spx_model *m, const spx_prompts *p, size_t first, size_t last,
                        spx_keys **out, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    spx_keys *k = NULL;

    assert(first <= last && last < spx_model_shape(m)->layers);
    *out = NULL;
    SPX_TRY(spx_alloc(&mem, 1, sizeof *k, err));
    k = mem;
    *k = (spx_keys){.model = m, .prompts = p, .next = first, .last = last};
    k->sequences = p->facts * p->contexts;
    SPX_TRY(lay_out(k, err));
    const spx_batch b = batch_of(k);
    const spx_pass pass = {.from = 0, .to = first};
    spx_model_embed(m, &b, k->x);
    SPX_TRY(spx_model_forward(m, &b, &pass, k->x, err));
    *out = k;
    k = NULL;
out:
    spx_keys_free(k);
    return st;
}

void spx_keys_free(spx_keys *k)
{
    if (!k) return;
    spx_free(k->start);
    spx_free(k->token);
    spx_free(k->x);
    spx_free(k->ahead);
    spx_free(k->key);
    spx_free(k);
}

/* k_i: half the bare prompt's key, half the mean over prefixes. */
static void average_keys(const spx_keys *k, spx_mat *K)
{
    const size_t contexts = k->prompts->contexts, f = K->rows;
    for (size_t s = 0; s < k->sequences; s++) {
        const size_t i = s / contexts;
        const bool bare = s % contexts == 0;
        const double w = contexts == 1 ? 1 : bare ? 0.5 : 0.5 / (double)(contexts - 1);
        const float *key = k->key + (k->start[s + 1] - 1) * f;
        for (size_t j = 0; j < f; j++) {
            double *at = &K->data[j * K->ld + i];
            *at = (bare ? 0 : *at) + w * (double)key[j];
        }
    }
}

static void current_values(const spx_keys *k, spx_mat *H)
{
    const size_t d = H->rows;
    for (size_t i = 0; i < k->prompts->facts; i++) {
        const float *h = k->ahead + (k->start[i * k->prompts->contexts + 1] - 1) * d;
        for (size_t j = 0; j < d; j++) H->data[j * H->ld + i] = (double)h[j];
    }
}

spx_status spx_keys_read(spx_keys *k, spx_mat *K, spx_mat *H, spx_error *err)
{
    const spx_model_config *c = spx_model_shape(k->model);
    const spx_batch b = batch_of(k);
    float *keys[1] = {k->key};
    const spx_pass here = {.from = k->next, .to = k->next + 1, .keys = keys};
    const spx_pass rest = {.from = k->next + 1, .to = k->last + 1};

    assert(k->next <= k->last && K->rows == c->d_ff && H->rows == c->d_model);
    assert(K->cols == k->prompts->facts && H->cols == K->cols);
    memcpy(k->ahead, k->x, k->rows * c->d_model * sizeof(float));
    spx_status st = spx_model_forward(k->model, &b, &here, k->ahead, err);
    if (st == SPX_OK) st = spx_model_forward(k->model, &b, &rest, k->ahead, err);
    if (st != SPX_OK) return st;
    average_keys(k, K);
    current_values(k, H);
    return SPX_OK;
}

spx_status spx_keys_advance(spx_keys *k, spx_error *err)
{
    const spx_batch b = batch_of(k);
    const spx_pass pass = {.from = k->next, .to = k->next + 1};
    assert(k->next < k->last);
    k->next++;
    return spx_model_forward(k->model, &b, &pass, k->x, err);
}
