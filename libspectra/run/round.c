/* round.c: one round of edits: targets, then layer by layer keys, solves, filters and writes. */
#include "run/batch.h"

#include "spx/extremes.h"

#include <math.h>
#include <stdio.h>

void batch_charge(batch *b, double *seconds)
{
    const double now = spx_seconds();
    *seconds += now - b->clock;
    b->clock = now;
}

/* Facts first .. first + n - 1 of the run, tokenised. Closed by the caller whatever is returned. */
static spx_status batch_open(batch *b, session *s, size_t first, size_t n, round_report *report,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t layers = s->spec->layers;
    *b = (batch){
        .s = s, .report = report, .clock = spx_seconds(), .fact = s->facts.fact + first, .n = n};
    SPX_TRY(session_prompts(s, b->fact, n, s->spec->contexts, &b->prompts, err));
    SPX_TRY(SPX_NEW(&b->Z, layers, err));
    SPX_TRY(SPX_NEW(&b->left, layers, err));
    SPX_TRY(SPX_NEW(&b->gap, n, err));
    SPX_TRY(SPX_NEW(&b->chosen, n, err));
    for (size_t i = 0; i < n; i++) b->chosen[i] = i;
    for (size_t i = 0; i < layers; i++) b->left[i] = (double)NAN;
    if (s->editor->defers) SPX_TRY(SPX_NEW(&b->deferred, layers, err));
out:
    return st;
}

static void batch_close(batch *b)
{
    for (size_t i = 0; b->deferred && i < b->s->spec->layers; i++)
        spx_deferred_free(&b->deferred[i]);
    for (size_t i = 0; b->Z && i < b->s->spec->layers; i++) spx_mat_free(&b->Z[i]);
    simie_close(b);
    void *const owned[] = {b->deferred, b->chosen, b->Z, b->gap, b->left};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_prompts_free(&b->prompts);
}

spx_status batch_write(batch *b, edited_matrix *e, spx_update *dW, const spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter_report removed;
    const fact_ids ids = {.fact = b->fact, .index = b->chosen, .n = b->n};
    batch_charge(b, &b->report->solves);
    SPX_TRY(spx_filter_apply(e->filter, dW, &removed, err));
    spx_filter_report_add(&e->shares, &removed);
    batch_charge(b, &b->report->filter);
    spx_update_round(dW);
    SPX_TRY(weight_add(b->s, e, dW, err));
    SPX_TRY(staged_add(b->s, e, dW, K, &removed, &ids, err));
out:
    return st;
}

/* Writes what an editor makes of the batch, which simie keeps for its own write. */
static spx_status write_change(batch *b, edited_matrix *e, spx_update *dW, const spx_mat *K,
                               spx_error *err)
{
    if (!b->before) return batch_write(b, e, dW, K, err);
    spx_update_round(dW);
    return weight_add(b->s, e, dW, err);
}

/* What is read at a layer before it is written, a column a fact. F: outputs of the FFN, where they
 * are needed. */
typedef struct reading {
    spx_mat K, Kc, R, F;
} reading;

/* Reads every fact's K, Kc, F and R = Z - H, the whole residual of the layer that the i-th is
 * written for. Where targets are values of the FFN, H is what the FFN adds to the stream. */
static spx_status read_facts(const batch *b, size_t i, spx_keys *keys, spx_scratch *tmp, reading *r,
                             spx_error *err)
{
    const session *s = b->s;
    const edited_matrix *e = &s->at[i];
    spx_status st = SPX_OK;
    const size_t aim = batch_aim(b, i);
    const size_t n = b->prompts.facts;
    const bool at_ffn = s->editor->site == SPX_TARGET_FFN;
    const bool needs_F = at_ffn || spx_model_shape(s->model)->post_norm;
    SPX_TRY(spx_mat_scratch(tmp, &r->K, e->W.cols, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &r->Kc, e->W.cols, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &r->R, e->W.rows, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &r->F, e->W.rows, n, err));
    const spx_keys_out out = {.K = &r->K,
                              .bare = &r->Kc,
                              .value = needs_F ? &r->F : NULL,
                              .own = !at_ffn && aim == i ? &r->R : NULL,
                              .H = !at_ffn && aim != i ? &r->R : NULL};
    SPX_TRY(spx_keys_read(keys, s->editor->key_mean, &out, err));
    if (at_ffn) {
        spx_mat_copy(&r->R, &r->F);
        spx_model_ffn_added(s->model, e->layer, &r->R);
    }
    spx_mat_subtract(&r->R, &b->Z[aim], &r->R);
out:
    return st;
}

/* A <- its columns of the facts that are written. */
static void keep_chosen(const batch *b, spx_mat *A)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < b->n; j++)
            A->data[i * A->ld + j] = A->data[i * A->ld + b->chosen[j]];
    *A = spx_mat_view(A, 0, 0, A->rows, b->n);
}

/* Reads the i-th layer, at whose input keys stand, for the facts that are written:
 * R / (layers to the one that it is for, both included), as a gain of the FFN's output. */
static spx_status read_layer(batch *b, size_t i, spx_keys *keys, spx_scratch *tmp, reading *r,
                             spx_error *err)
{
    const session *s = b->s;
    const edited_matrix *e = &s->at[i];
    spx_status st = SPX_OK;
    spx_mat *const all[] = {&r->K, &r->Kc, &r->R, &r->F};
    SPX_TRY(read_facts(b, i, keys, tmp, r, err));
    if (i == 0 && s->editor->choose_facts)
        b->n = s->editor->choose_facts(&s->spec->edit, &r->R, b->chosen);
    if (b->n == 0) goto out;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) keep_chosen(b, all[k]);
    spx_mat_scale(&r->R, 1 / (double)(batch_aim(b, i) - i + 1));
    spx_model_ffn_gain(s->model, e->layer, &r->F, &r->R);
    batch_charge(b, &b->report->keys);
out:
    return st;
}

/* Edits the i-th layer, at whose input keys stand. */
static spx_status write_layer(batch *b, size_t i, spx_keys *keys, spx_error *err)
{
    session *s = b->s;
    edited_matrix *e = &s->at[i];
    float *w = spx_model_ffn_out(s->model, e->layer);
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_update dW = {0};
    spx_edit_report solved;
    reading r;
    SPX_TRY(read_layer(b, i, keys, &tmp, &r, err));
    if (b->n == 0) goto out;
    const spx_bundle bundle = {
        .K = &r.K, .R = &r.R, .Kc = &r.Kc, .W = &e->W, .whole = s->editor->defers};
    SPX_TRY(spx_edit_solve(e->edit, &bundle, &dW, &solved, err));
    e->solve =
        (spx_edit_report){.rcond = spx_min(e->solve.rcond, solved.rcond), .kept = solved.kept};
    if (s->editor->remembers_written) {
        spx_mat_free(&e->remembered);
        SPX_TRY(spx_mat_clone(&e->remembered, &r.K, err));
    }
    if (e->debt) SPX_TRY(spx_feedback_pay(e->debt, e->filter, &r.K, &dW, &e->solve.rcond, err));
    if (b->deferred)
        SPX_TRY(spx_deferred_put(&dW, &r.K, w, &b->deferred[i], err));
    else
        SPX_TRY(write_change(b, e, &dW, &r.K, err));
    if (e->debt) SPX_TRY(spx_feedback_settle(e->debt, e->filter, &r.K, &r.R, &dW, err));
    batch_charge(b, &b->report->solves);
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_update_free(&dW);
    spx_scratch_free(&tmp);
    return st;
}

/* Writes what the editor chooses of the deferred change of every layer. */
static spx_status write_deferred(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    spx_update dW = {0};
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        spx_deferred *d = &b->deferred[i];
        float *w = spx_model_ffn_out(s->model, e->layer);
        SPX_TRY(spx_deferred_choose(d, e->edit, &e->W, w, &dW, err));
        SPX_TRY(write_change(b, e, &dW, &d->K, err));
        spx_update_free(&dW);
        spx_deferred_free(d);
    }
    batch_charge(b, &b->report->solves);
out:
    spx_update_free(&dW);
    return st;
}

/* Keys of the batch at the input of the first edited layer. */
static spx_status open_keys(batch *b, spx_keys **keys, spx_error *err)
{
    const session *s = b->s;
    const size_t *layer = s->spec->layer;
    return spx_keys_new(s->model, &b->prompts, layer[0], layer[s->spec->layers - 1], keys, err);
}

/* Moves keys from the i-th edited layer to the next one, if there is one. */
static spx_status advance_keys(batch *b, size_t i, spx_keys *keys, spx_error *err)
{
    const spx_run_spec *p = b->s->spec;
    spx_status st = SPX_OK;
    if (i + 1 == p->layers) return SPX_OK;
    for (size_t l = p->layer[i]; l < p->layer[i + 1]; l++) SPX_TRY(spx_keys_advance(keys, err));
    batch_charge(b, &b->report->keys);
out:
    return st;
}

/* One pass over the layers, each read with the earlier ones' writes in place. */
static spx_status write_layers(batch *b, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_keys *keys = NULL;
    SPX_TRY(open_keys(b, &keys, err));
    for (size_t i = 0; i < b->s->spec->layers && b->n > 0; i++) {
        SPX_TRY(batch_find_late(b, i, err));
        SPX_TRY(batch_left_before(b, i, keys, err));
        SPX_TRY(write_layer(b, i, keys, err));
        SPX_TRY(batch_left_after(b, i, keys, err));
        SPX_TRY(advance_keys(b, i, keys, err));
    }
    if (b->deferred && b->n > 0) SPX_TRY(write_deferred(b, err));
out:
    spx_keys_free(keys);
    return st;
}

/* Reads the batch's keys on the model as it is now edited. */
static spx_status read_anew(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    spx_keys *keys = NULL;
    SPX_TRY(open_keys(b, &keys, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        spx_mat_free(&e->remembered);
        SPX_TRY(spx_mat_alloc(&e->remembered, e->W.cols, b->prompts.facts, err));
        const spx_keys_out out = {.K = &e->remembered};
        SPX_TRY(spx_keys_read(keys, s->editor->key_mean, &out, err));
        SPX_TRY(advance_keys(b, i, keys, err));
    }
    batch_charge(b, &b->report->keys);
out:
    spx_keys_free(keys);
    return st;
}

/* Adds the batch's keys to what the editors protect. */
static spx_status remember(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    if (!s->editor->remembers_written) SPX_TRY(read_anew(b, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        SPX_TRY(spx_edit_remember(e->edit, &e->remembered, err));
        if (e->debt) spx_feedback_remember(e->debt, &e->remembered);
        e->solve.kept = spx_edit_kept(e->edit);
    }
    batch_charge(b, &b->report->solves);
out:
    return st;
}

/* Editors that train write one layer; what the training costs counts as search. */
static spx_status train(batch *b, spx_error *err)
{
    session *s = b->s;
    edited_matrix *e = &s->at[0];
    spx_status st = SPX_OK;
    spx_update dW = {0};
    spx_finetune_report r;
    SPX_TRY(spx_mat_alloc(&dW.A, e->W.rows, e->W.cols, err));
    SPX_TRY(s->editor->train(&s->spec->edit, s->model, &b->prompts, e->layer, s->spec->target.rows,
                             &dW.A, &r, err));
    batch_report(b, &(spx_target_report){.nll = r.loss, .steps = (double)r.steps}, 1);
    SPX_TRY(write_change(b, e, &dW, NULL, err));
    batch_charge(b, &b->report->solves);
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_update_free(&dW);
    return st;
}

/* Editors that follow gradients: every layer's change comes from the model as the batch finds it.
 */
static spx_status follow_gradients(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_update *dW = NULL;
    double loss = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &dW, s->spec->layers, err));
    SPX_TRY(gradient_changes(s, &b->prompts, dW, &loss, err));
    batch_report(b, &(spx_target_report){.nll = loss}, 1);
    for (size_t i = 0; i < s->spec->layers; i++)
        SPX_TRY(write_change(b, &s->at[i], &dW[i], NULL, err));
    batch_charge(b, &b->report->solves);
out:
    for (size_t i = 0; dW && i < s->spec->layers; i++) spx_update_free(&dW[i]);
    spx_scratch_free(&tmp);
    return st;
}

/* What an editor does in place of the search for targets. */
typedef spx_status prepare_fn(batch *b, spx_error *err);

/* Facts first .. first + n - 1 of the run. */
static spx_status edit_batch(session *s, size_t first, size_t n, round_report *report,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    batch b;
    const spx_editor *e = s->editor;
    prepare_fn *const prepare = e->train ? train : e->gains ? follow_gradients : batch_find_targets;
    const size_t passes = prepare == batch_find_targets ? spx_editor_passes(e, &s->spec->edit) : 0;
    SPX_TRY(batch_open(&b, s, first, n, report, err));
    SPX_TRY(simie_begin(&b, err));
    SPX_TRY(prepare(&b, err));
    for (size_t pass = 0; pass < passes && b.n > 0; pass++) SPX_TRY(write_layers(&b, err));
    for (size_t i = 0; passes > 0 && i < s->spec->layers; i++)
        s->at[i].left += (double)n / (double)s->spec->round * b.left[i];
    SPX_TRY(simie_end(&b, err));
    if (e->remembers) SPX_TRY(remember(&b, err));
out:
    batch_close(&b);
    return st;
}

/* A basis that follows the weight is that at the beginning of the round. */
static spx_status begin_round(session *s, round_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    const double clock = spx_seconds();
    staged_clear(s);
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        if (s->editor->finishes_round) weight_get(s, e, e->origin);
        e->shares = (spx_filter_report){0};
        e->solve = (spx_edit_report){.rcond = 1};
        e->left = 0;
        SPX_TRY(spx_filter_refresh(e->filter, &e->W, e->decomposition, err));
    }
    report->filter += spx_seconds() - clock;
out:
    return st;
}

/* Warns of the matrix of a round whose systems were conditioned worst. */
static void warn_of_condition(const session *s, size_t round)
{
    char line[512];
    const edited_matrix *worst = &s->at[0];
    for (size_t i = 1; i < s->spec->layers; i++)
        if (!(s->at[i].solve.rcond >= worst->solve.rcond)) worst = &s->at[i];
    if (!s->control->warn || worst->solve.rcond >= SPX_ILL_CONDITIONED) return;
    snprintf(line, sizeof line, "round %zu: editor %s, tensor %s: reciprocal condition %.3g", round,
             s->editor->name, worst->name, worst->solve.rcond);
    s->control->warn(line);
}

spx_status edit_round(session *s, size_t round, round_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = s->spec->round, step = s->editor->one_fact ? 1 : n;
    SPX_TRY(begin_round(s, report, err));
    for (size_t i = 0; i < n; i += step)
        SPX_TRY(edit_batch(s, (round - 1) * n + i, step, report, err));
    warn_of_condition(s, round);
out:
    if (st != SPX_OK) spx_prefix(err, "round %zu", round);
    return st;
}
