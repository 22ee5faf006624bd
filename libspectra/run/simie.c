/* simie.c: batches that are written into the original weights and carried over (spx/simie.h). */
#include "run/batch.h"

spx_status simie_open(session *s, edited_matrix *e, spx_error *err)
{
    if (s->spec->simie == 0) return SPX_OK;
    return spx_simie_open(s->spec->simie, e->W.cols, &e->simie, err);
}

/* The keys of all tokens of some prompts on the model as it is, which is the original one, enter P;
 * K (one a layer) keeps them. */
static spx_status take_keys(session *s, const spx_prompts *p, spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_simie_keys(s->model, p, s->spec->layer, s->spec->layers, K, err));
    for (size_t i = 0; i < s->spec->layers; i++)
        SPX_TRY(spx_simie_remember(s->at[i].simie, &K[i], err));
out:
    return st;
}

static void free_keys(const session *s, spx_mat *K)
{
    for (size_t i = 0; i < s->spec->layers; i++) spx_mat_free(&K[i]);
}

spx_status simie_begin(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    if (s->spec->simie == 0) return SPX_OK;
    SPX_TRY(SPX_NEW(&b->tokens, s->spec->layers, err));
    SPX_TRY(SPX_NEW(&b->before, s->spec->layers, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        SPX_TRY(SPX_NEW(&b->before[i], e->W.rows * e->W.cols, err));
        weight_get(s, e, b->before[i]);
        weight_set(s, e, e->origin);
    }
    SPX_TRY(take_keys(s, &b->prompts, b->tokens, err));
    batch_charge(b, &b->report->keys);
out:
    return st;
}

/* *dW <- what the i-th matrix, which gets back the weight before the batch, is changed by. */
static spx_status carry_over(batch *b, size_t i, spx_update *dW, spx_error *err)
{
    session *s = b->s;
    edited_matrix *e = &s->at[i];
    spx_status st = SPX_OK;
    spx_mat gap = {0};
    SPX_TRY(spx_mat_clone(&gap, &e->W, err));
    weight_set(s, e, b->before[i]);
    spx_mat_subtract(&gap, &gap, &e->W);
    SPX_TRY(spx_simie_carry(e->simie, &gap, &b->tokens[i], dW, err));
out:
    spx_mat_free(&gap);
    return st;
}

spx_status simie_end(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    spx_update dW = {0};
    for (size_t i = 0; b->before && i < s->spec->layers; i++) {
        SPX_TRY(carry_over(b, i, &dW, err));
        SPX_TRY(batch_write(b, &s->at[i], &dW, NULL, err));
        spx_update_free(&dW);
    }
    batch_charge(b, &b->report->solves);
out:
    spx_update_free(&dW);
    return st;
}

void simie_close(batch *b)
{
    for (size_t i = 0; b->before && i < b->s->spec->layers; i++) spx_free(b->before[i]);
    if (b->tokens) free_keys(b->s, b->tokens);
    spx_free(b->before);
    spx_free(b->tokens);
}

/* The keys of one batch of an earlier round, as that round read them. */
static spx_status restore_batch(session *s, size_t first, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_prompts p = {0};
    spx_mat K[SPX_MAX_LAYERS] = {{0}};
    SPX_TRY(session_prompts(s, s->facts.fact + first, n, s->spec->contexts, &p, err));
    SPX_TRY(take_keys(s, &p, K, err));
out:
    free_keys(s, K);
    spx_prompts_free(&p);
    return st;
}

spx_status simie_restore(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t step = s->editor->one_fact ? 1 : s->spec->round;
    if (s->spec->simie == 0) return SPX_OK;
    weights_rewind(s);
    for (size_t i = 0; i < s->done * s->spec->round; i += step)
        SPX_TRY(restore_batch(s, i, step, err));
out:
    weights_rewind(s);
    return st;
}
