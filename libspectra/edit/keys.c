/* keys.c: keys and current values of facts while the edited layers are written in turn. */
#include "spx/keys.h"

#include "edit/prompt_cache.h"

#include <assert.h>
#include <string.h>

struct spx_keys {
    const spx_model *model;
    const spx_prompts *prompts;
    size_t next, last;        /* block that x is the input of; block whose output is compared */
    prompt_cache cache;       /* editing prompts up to the subject's last token */
    size_t *bare;             /* facts + 1: rows of the bare prompts, packed */
    float *stem, *stem_ahead; /* stem rows x d_model: at block `next`; a copy that runs ahead */
    float *x, *ahead;         /* own rows x d_model: the same; bare prompts run ahead to `last` */
    float *key, *value;       /* own rows x d_ff, x d_model: of block `next` */
};

/* Lays out k and takes its memory. */
static spx_status open_rows(spx_keys *k, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_prompts *p = k->prompts;
    const spx_model_config *c = spx_model_shape(k->model);
    const prompt_span span = {.prompts = p, .facts = p->facts};
    SPX_TRY(prompt_cache_open(&k->cache, k->model, &span, k->last + 1, err));
    SPX_TRY(SPX_NEW(&k->bare, p->facts + 1, err));
    for (size_t i = 0; i < p->facts; i++)
        k->bare[i + 1] = k->bare[i] + p->subject[i * (p->contexts + 1)] + 1;
    const size_t rows = prompt_cache_rows(&k->cache), stems = prompt_cache_stem_rows(&k->cache);
    SPX_TRY(SPX_NEW(&k->stem, stems * c->d_model, err));
    SPX_TRY(SPX_NEW(&k->stem_ahead, stems * c->d_model, err));
    SPX_TRY(SPX_NEW(&k->x, rows * c->d_model, err));
    SPX_TRY(SPX_NEW(&k->ahead, rows * c->d_model, err));
    SPX_TRY(SPX_NEW(&k->key, rows * c->d_ff, err));
    SPX_TRY(SPX_NEW(&k->value, rows * c->d_model, err));
out:
    return st;
}

spx_status spx_keys_new(const spx_model *m, const spx_prompts *p, size_t first, size_t last,
                        spx_keys **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_keys *k = NULL;

    assert(first <= last && last < spx_model_shape(m)->layers);
    *out = NULL;
    SPX_TRY(SPX_NEW(&k, 1, err));
    *k = (spx_keys){.model = m, .prompts = p, .next = first, .last = last};
    SPX_TRY(open_rows(k, err));
    const spx_pass pass = {.from = 0, .to = first};
    prompt_cache_embed(&k->cache, k->stem, k->x);
    SPX_TRY(prompt_cache_run(&k->cache, &pass, k->stem, k->x, err));
    *out = k;
    k = NULL;
out:
    spx_keys_free(k);
    return st;
}

void spx_keys_free(spx_keys *k)
{
    if (!k) return;
    prompt_cache_close(&k->cache);
    void *const owned[] = {k->bare, k->stem, k->stem_ahead, k->x, k->ahead, k->key, k->value};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_free(k);
}

/* Weight of context c in the key of a fact. */
static double weight_of(spx_key_mean mean, size_t c, size_t contexts)
{
    if (contexts == 1) return 1;
    if (mean == SPX_KEYS_FLAT) return 1 / (double)contexts;
    return c == 0 ? 0.5 : 0.5 / (double)(contexts - 1);
}

static void average_keys(const spx_keys *k, spx_key_mean mean, spx_mat *K)
{
    const size_t contexts = k->prompts->contexts, f = K->rows;
    for (size_t s = 0; s < k->cache.n; s++) {
        const size_t i = s / contexts;
        const bool bare = s % contexts == 0;
        const double w = weight_of(mean, s % contexts, contexts);
        const float *key = k->key + (k->cache.start[s + 1] - 1) * f;
        for (size_t j = 0; j < f; j++) {
            double *at = &K->data[j * K->ld + i];
            *at = (bare ? 0 : *at) + w * (double)key[j];
        }
    }
}

/* Columns of M <- rows of `from` (own rows x M->rows) at the last tokens of the subjects in the
 * bare prompts. */
static void copy_bare(const spx_keys *k, const float *from, spx_mat *M)
{
    for (size_t i = 0; i < k->prompts->facts; i++) {
        const float *row = from + (k->cache.start[i * k->prompts->contexts + 1] - 1) * M->rows;
        for (size_t j = 0; j < M->rows; j++) M->data[j * M->ld + i] = (double)row[j];
    }
}

/* H: the bare prompts alone, which have no stem, run on from the output of block `next` to that of
 * `last`. */
static spx_status run_bare(spx_keys *k, spx_mat *H, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = H->rows, facts = k->prompts->facts;
    const spx_batch b = {.n = facts, .start = k->bare};
    const spx_pass rest = {.from = k->next + 1, .to = k->last + 1};
    for (size_t i = 0; i < facts; i++)
        memmove(k->ahead + k->bare[i] * d, k->ahead + k->cache.start[i * k->prompts->contexts] * d,
                (k->bare[i + 1] - k->bare[i]) * d * sizeof(float));
    SPX_TRY(spx_model_forward(k->model, &b, &rest, k->ahead, err));
    for (size_t i = 0; i < facts; i++)
        for (size_t j = 0; j < d; j++)
            H->data[j * H->ld + i] = (double)k->ahead[(k->bare[i + 1] - 1) * d + j];
out:
    return st;
}

static void check_shapes(const spx_keys *k, const spx_keys_out *out)
{
    const spx_model_config *c = spx_model_shape(k->model);
    const spx_mat *const of_key[] = {out->K, out->bare}, *const of_value[] = {out->value, out->own,
                                                                              out->H};
    for (size_t i = 0; i < 2; i++) {
        assert(!of_key[i] || of_key[i]->rows == c->d_ff);
        assert(!of_key[i] || of_key[i]->cols == k->prompts->facts);
    }
    for (size_t i = 0; i < 3; i++) {
        assert(!of_value[i] || of_value[i]->rows == c->d_model);
        assert(!of_value[i] || of_value[i]->cols == k->prompts->facts);
    }
}

spx_status spx_keys_read(spx_keys *k, spx_key_mean mean, const spx_keys_out *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = spx_model_shape(k->model)->d_model;
    float *const keys[1] = {k->key}, *const values[1] = {out->value ? k->value : NULL};
    const spx_pass here = {.from = k->next, .to = k->next + 1, .keys = keys, .values = values};

    assert(k->next <= k->last);
    check_shapes(k, out);
    memcpy(k->stem_ahead, k->stem, prompt_cache_stem_rows(&k->cache) * d * sizeof(float));
    memcpy(k->ahead, k->x, prompt_cache_rows(&k->cache) * d * sizeof(float));
    SPX_TRY(prompt_cache_run(&k->cache, &here, k->stem_ahead, k->ahead, err));
    if (out->K) average_keys(k, mean, out->K);
    if (out->bare) copy_bare(k, k->key, out->bare);
    if (out->value) copy_bare(k, k->value, out->value);
    if (out->own) copy_bare(k, k->ahead, out->own);
    if (out->H) SPX_TRY(run_bare(k, out->H, err));
out:
    return st;
}

spx_status spx_keys_advance(spx_keys *k, spx_error *err)
{
    const spx_pass pass = {.from = k->next, .to = k->next + 1};
    assert(k->next < k->last);
    k->next++;
    return prompt_cache_run(&k->cache, &pass, k->stem, k->x, err);
}
