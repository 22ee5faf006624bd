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
    float *x, *ahead;   /* rows x d_model: at block `next`; a copy that runs on to `last` */
    float *key, *value; /* rows x d_ff, rows x d_model: of block `next` */
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
    SPX_TRY(floats(&k->value, k->rows, c->d_model, err));
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
    spx_free(k->value);
    spx_free(k);
}

/* Weight of context c in a fact's key. */
static double weight_of(spx_key_mean mean, size_t c, size_t contexts)
{
    if (contexts == 1) return 1;
    if (mean == SPX_KEYS_FLAT) return 1 / (double)contexts;
    return c == 0 ? 0.5 : 0.5 / (double)(contexts - 1);
}

static void average_keys(const spx_keys *k, spx_key_mean mean, spx_mat *K)
{
    const size_t contexts = k->prompts->contexts, f = K->rows;
    for (size_t s = 0; s < k->sequences; s++) {
        const size_t i = s / contexts;
        const bool bare = s % contexts == 0;
        const double w = weight_of(mean, s % contexts, contexts);
        const float *key = k->key + (k->start[s + 1] - 1) * f;
        for (size_t j = 0; j < f; j++) {
            double *at = &K->data[j * K->ld + i];
            *at = (bare ? 0 : *at) + w * (double)key[j];
        }
    }
}

/* Columns of M <- rows of `from` (rows x M->rows) at the bare prompts' subjects. */
static void at_bare(const spx_keys *k, const float *from, spx_mat *M)
{
    for (size_t i = 0; i < k->prompts->facts; i++) {
        const float *row = from + (k->start[i * k->prompts->contexts + 1] - 1) * M->rows;
        for (size_t j = 0; j < M->rows; j++) M->data[j * M->ld + i] = (double)row[j];
    }
}

static void check_shapes(const spx_keys *k, const spx_keys_out *out)
{
    const spx_model_config *c = spx_model_shape(k->model);
    const spx_mat *const of_key[] = {out->K, out->bare}, *const of_value[] = {out->value, out->H};
    for (size_t i = 0; i < 2; i++) {
        assert(!of_key[i] || of_key[i]->rows == c->d_ff);
        assert(!of_key[i] || of_key[i]->cols == k->prompts->facts);
        assert(!of_value[i] || of_value[i]->rows == c->d_model);
        assert(!of_value[i] || of_value[i]->cols == k->prompts->facts);
    }
}

spx_status spx_keys_read(spx_keys *k, spx_key_mean mean, const spx_keys_out *out, spx_error *err)
{
    const spx_batch b = batch_of(k);
    float *const keys[1] = {k->key}, *const values[1] = {out->value ? k->value : NULL};
    const spx_pass here = {.from = k->next, .to = k->next + 1, .keys = keys, .values = values};
    const spx_pass rest = {.from = k->next + 1, .to = k->last + 1};

    assert(k->next <= k->last);
    check_shapes(k, out);
    memcpy(k->ahead, k->x, k->rows * spx_model_shape(k->model)->d_model * sizeof(float));
    spx_status st = spx_model_forward(k->model, &b, &here, k->ahead, err);
    if (st == SPX_OK && out->H) st = spx_model_forward(k->model, &b, &rest, k->ahead, err);
    if (st != SPX_OK) return st;
    if (out->K) average_keys(k, mean, out->K);
    if (out->bare) at_bare(k, k->key, out->bare);
    if (out->value) at_bare(k, k->value, out->value);
    if (out->H) at_bare(k, k->ahead, out->H);
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
