/* simie.c: SimIE (EasyEdit, easyeditor/models/simie/simie.py). Its P_t is the key cost of an editor
 * with B = lambda I that remembers every token, so P_t^{-1} is kept up to date as that one is. */
#include "spx/simie.h"

#include "edit/key_cost.h"

#include <string.h>

struct spx_simie {
    spx_key_cost P;
};

spx_status spx_simie_open(double lambda, size_t f, spx_simie **out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = NULL;
    SPX_TRY(SPX_NEW(out, 1, err));
    (*out)->P = key_cost_identity(f);
    (*out)->P.scale = 1 / lambda;
out:
    return st;
}

void spx_simie_close(spx_simie *s)
{
    if (!s) return;
    key_cost_free(&s->P);
    spx_free(s);
}

spx_status spx_simie_remember(spx_simie *s, const spx_mat *K, spx_error *err)
{
    return key_cost_remember(&s->P, K, err);
}

spx_status spx_simie_carry(const spx_simie *s, const spx_mat *gap, const spx_mat *K, spx_update *dW,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = gap->rows, f = gap->cols, n = K->cols;
    *dW = (spx_update){0};
    SPX_TRY(spx_update_alloc(dW, d, f, n, err));
    spx_gemm(&dW->A, 1, gap, SPX_N, K, SPX_N, 0);
    SPX_TRY(key_cost_solve(&s->P, K, &dW->B, err));
    if (n * (d + f) > d * f) SPX_TRY(spx_update_expand(dW, err));
out:
    if (st != SPX_OK) spx_update_free(dW);
    return st;
}

/* The bare prompts, each with its whole target, packed. */
typedef struct packed {
    size_t *start; /* facts + 1 */
    int32_t *token;
} packed;

static spx_status pack_prompts(const spx_prompts *p, spx_scratch *tmp, packed *b, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t each = p->contexts + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &b->start, p->facts + 1, err));
    for (size_t i = 0; i < p->facts; i++)
        b->start[i + 1] = b->start[i] + p->start[i * each + 1] - p->start[i * each] + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &b->token, b->start[p->facts], err));
    for (size_t i = 0; i < p->facts; i++) {
        memcpy(b->token + b->start[i], p->token + p->start[i * each],
               (b->start[i + 1] - b->start[i] - 1) * sizeof *b->token);
        b->token[b->start[i + 1] - 1] = p->target[p->target_start[i + 1] - 1];
    }
out:
    return st;
}

/* K (f x rows) <- keys of a block, a row of floats a token. */
static spx_status turn_keys(const float *keys, size_t rows, size_t f, spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_alloc(K, f, rows, err));
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < f; j++) K->data[j * K->ld + r] = (double)keys[r * f + j];
out:
    return st;
}

spx_status spx_simie_keys(const spx_model *m, const spx_prompts *p, const size_t *layer,
                          size_t layers, spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    packed bare = {0};
    float *x = NULL, *key = NULL;
    const spx_model_config *c = spx_model_shape(m);
    for (size_t i = 0; i < layers; i++) K[i] = (spx_mat){0};
    SPX_TRY(pack_prompts(p, &tmp, &bare, err));
    const size_t rows = bare.start[p->facts];
    SPX_TRY(SPX_SCRATCH(&tmp, &x, rows * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &key, rows * c->d_ff, err));
    const spx_batch b = {.n = p->facts, .start = bare.start, .token = bare.token};
    spx_model_embed(m, &b, x);
    for (size_t i = 0, from = 0; i < layers; from = layer[i++] + 1) {
        float *const keys[1] = {key};
        const spx_pass below = {.from = from, .to = layer[i]};
        const spx_pass here = {.from = layer[i], .to = layer[i] + 1, .keys = keys};
        SPX_TRY(spx_model_forward(m, &b, &below, x, err));
        SPX_TRY(spx_model_forward(m, &b, &here, x, err));
        SPX_TRY(turn_keys(key, rows, c->d_ff, &K[i], err));
    }
out:
    for (size_t i = 0; st != SPX_OK && i < layers; i++) spx_mat_free(&K[i]);
    spx_scratch_free(&tmp);
    return st;
}
