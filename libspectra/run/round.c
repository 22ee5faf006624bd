/* round.c: one round of edits: targets, then layer by layer keys, solves, filters and writes. */
#include "run/session.h"

#include "spx/finetune.h"
#include "spx/keys.h"

#include <math.h>
#include <stdio.h>

/* Facts edited together: the whole round, or one of it. */
typedef struct batch {
    const spx_fact *fact;
    spx_prompts prompts;
    spx_mat Z;      /* d x facts */
    size_t *chosen; /* facts that are written in this pass, ascending */
    size_t n;       /* how many of them */
} batch;

static double lap(double *since)
{
    const double now = spx_seconds(), passed = now - *since;
    *since = now;
    return passed;
}

static spx_status open_prompts(const session *s, const spx_fact *fact, size_t n, spx_prompts *p,
                               spx_error *err)
{
    void *mem = NULL;
    spx_scratch tmp = {0};
    spx_status st = spx_scratch_alloc(&tmp, &mem, n, sizeof(spx_request), err);
    spx_request *r = mem;
    for (size_t i = 0; st == SPX_OK && i < n; i++)
        r[i] = (spx_request){fact[i].prompt, fact[i].subject, fact[i].target_new};
    if (st == SPX_OK)
        st = spx_prompts_new(s->tokenizer, r, n, s->prefix, s->spec->contexts, p, err);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status find_targets(session *s, batch *b, spx_target_report *report, spx_error *err)
{
    spx_target_opts target = s->spec->target;
    target.layer = s->spec->layer[s->spec->layers - 1];
    target.site = s->editor->one_fact ? SPX_TARGET_FFN : SPX_TARGET_RESIDUAL;
    if (s->editor->uses & 1U << SPX_ARGMAX_HITS) {
        target.argmax_hits = (size_t)s->spec->edit.value[SPX_ARGMAX_HITS];
        target.argmax_prefixed = s->spec->edit.value[SPX_ARGMAX_PREFIXED] != 0;
    }
    spx_status st = spx_mat_alloc(&b->Z, spx_model_shape(s->model)->d_model, b->prompts.facts, err);
    if (st != SPX_OK) return st;
    if (s->editor->rewinds) weights_rewind(s);
    st = spx_targets_find(s->model, &b->prompts, &target, &b->Z, report, err);
    if (s->editor->rewinds) weights_rewind(s);
    return st;
}

static spx_status batch_open(session *s, const spx_fact *fact, size_t n, batch *b,
                             spx_target_report *report, spx_error *err)
{
    void *mem = NULL;
    *b = (batch){.fact = fact, .n = n};
    spx_status st = open_prompts(s, fact, n, &b->prompts, err);
    if (st == SPX_OK) st = spx_alloc(&mem, n, sizeof(size_t), err);
    b->chosen = mem;
    for (size_t i = 0; st == SPX_OK && i < n; i++) b->chosen[i] = i;
    if (st == SPX_OK && !s->editor->trains) st = find_targets(s, b, report, err);
    return st;
}

static void batch_close(batch *b)
{
    spx_prompts_free(&b->prompts);
    spx_mat_free(&b->Z);
    spx_free(b->chosen);
}

/* NSE: facts that are neither reached (|z - h| too small) nor out of reach. R holds Z - H. */
static void choose(const session *s, const spx_mat *R, batch *b)
{
    const double least = s->spec->edit.value[SPX_RESIDUAL_MIN],
                 most = s->spec->edit.value[SPX_RESIDUAL_MAX];
    b->n = 0;
    for (size_t i = 0; i < R->cols; i++) {
        const spx_mat column = spx_mat_view(R, 0, i, R->rows, 1);
        const double size = spx_norm_fro(&column);
        if (size > least && size < most) b->chosen[b->n++] = i;
    }
}

/* The batch's chosen columns of A, moved to its front. */
static spx_mat chosen_columns(const batch *b, spx_mat *A)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < b->n; j++)
            A->data[i * A->ld + j] = A->data[i * A->ld + b->chosen[j]];
    return spx_mat_view(A, 0, 0, A->rows, b->n);
}

/* Takes out of dW what the filter takes, and adds the rest to the weight; K: keys of the batch's
 * facts behind it, or NULL. */
static spx_status filter_and_write(session *s, edited *e, spx_update *dW, const batch *b,
                                   const spx_mat *K, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter_report removed;
    const fact_ids ids = {b->fact, b->chosen, b->n};
    double clock = spx_seconds();
    SPX_TRY(spx_filter_apply(e->filter, dW, &removed, err));
    spx_filter_report_add(&e->shares, &removed);
    t->filter += lap(&clock);
    spx_update_round(dW);
    SPX_TRY(weight_add(s, e, dW, err));
    SPX_TRY(changes_note(s, e, dW, K, &removed, &ids, err));
    t->solves += lap(&clock);
out:
    return st;
}

/* Solves, filters and writes one layer. */
static spx_status write_layer(session *s, edited *e, const spx_bundle *bundle, const batch *b,
                              round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update dW = {0};
    spx_edit_report r;
    double clock = spx_seconds();
    SPX_TRY(spx_edit_solve(e->edit, bundle, &dW, &r, err));
    e->solve.rcond = fmin(e->solve.rcond, r.rcond);
    e->solve.kept = r.kept;
    if (e->debt)
        SPX_TRY(spx_feedback_pay(e->debt, e->filter, bundle->K, &dW, &e->solve.rcond, err));
    if (bundle->whole) SPX_TRY(pending_add(s, e, &dW, bundle->K, err));
    t->solves += lap(&clock);
    if (bundle->whole) goto out;
    SPX_TRY(filter_and_write(s, e, &dW, b, bundle->K, t, err));
    clock = spx_seconds();
    if (e->debt) SPX_TRY(spx_feedback_settle(e->debt, e->filter, bundle->K, bundle->R, &dW, err));
    t->solves += lap(&clock);
out:
    spx_update_free(&dW);
    return st;
}

/* What is read before a layer is written, facts in columns. F: the FFN's outputs, where they are
 * needed. */
typedef struct reading {
    spx_mat K, Kc, R, F;
} reading;

static spx_status reading_new(spx_scratch *tmp, const edited *e, size_t facts, reading *r,
                              spx_error *err)
{
    spx_status st = spx_mat_scratch(tmp, &r->K, e->W.cols, facts, err);
    if (st == SPX_OK) st = spx_mat_scratch(tmp, &r->Kc, e->W.cols, facts, err);
    if (st == SPX_OK) st = spx_mat_scratch(tmp, &r->R, e->W.rows, facts, err);
    if (st == SPX_OK) st = spx_mat_scratch(tmp, &r->F, e->W.rows, facts, err);
    return st;
}

/* K, Kc and R = Z - what the model has there now. */
static spx_status read_keys(const session *s, const edited *e, spx_keys *keys, const batch *b,
                            reading *r, spx_error *err)
{
    const bool one = s->editor->one_fact, normed = spx_model_shape(s->model)->post_norm;
    const spx_keys_out want = {
        .K = &r->K, .bare = &r->Kc, .value = one || normed ? &r->F : NULL, .H = one ? NULL : &r->R};
    const spx_status st = spx_keys_read(keys, one ? SPX_KEYS_FLAT : SPX_KEYS_GROUPED, &want, err);
    if (st != SPX_OK) return st;
    if (one) spx_mat_copy(&r->R, &r->F);
    if (one) spx_model_ffn_added(s->model, e->layer, &r->R);
    for (size_t j = 0; j < r->R.rows * r->R.cols; j++) r->R.data[j] = b->Z.data[j] - r->R.data[j];
    return SPX_OK;
}

/* Edits the i-th layer; keys stand before it. R / (layers left, this one included) is written. */
static spx_status edit_layer(session *s, size_t i, spx_keys *keys, batch *b, round_report *t,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    reading r;
    edited *e = &s->at[i];
    double clock = spx_seconds();
    SPX_TRY(reading_new(&tmp, e, b->prompts.facts, &r, err));
    SPX_TRY(read_keys(s, e, keys, b, &r, err));
    if (i == 0 && s->editor->rewinds) choose(s, &r.R, b);
    if (b->n == 0) goto out;
    const spx_mat chosen_K = chosen_columns(b, &r.K), chosen_Kc = chosen_columns(b, &r.Kc);
    const spx_mat chosen_F = chosen_columns(b, &r.F);
    spx_mat chosen_R = chosen_columns(b, &r.R);
    spx_mat_scale(&chosen_R, 1 / (double)(s->spec->layers - i));
    spx_model_ffn_gain(s->model, e->layer, &chosen_F, &chosen_R);
    t->keys += lap(&clock);
    const spx_bundle bundle = {.K = &chosen_K,
                               .Kc = &chosen_Kc,
                               .R = &chosen_R,
                               .W = &e->W,
                               .whole = s->editor->chooses_last};
    SPX_TRY(write_layer(s, e, &bundle, b, t, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_scratch_free(&tmp);
    return st;
}

/* Moves keys from the i-th edited layer to the next one. */
static spx_status next_layer(const session *s, size_t i, spx_keys *keys, spx_error *err)
{
    spx_status st = SPX_OK;
    if (i + 1 == s->spec->layers) return st;
    for (size_t l = s->spec->layer[i]; st == SPX_OK && l < s->spec->layer[i + 1]; l++)
        st = spx_keys_advance(keys, err);
    return st;
}

static spx_status open_keys(const session *s, const batch *b, spx_keys **keys, spx_error *err)
{
    const size_t *layer = s->spec->layer;
    return spx_keys_new(s->model, &b->prompts, layer[0], layer[s->spec->layers - 1], keys, err);
}

/* Of every layer's whole change what the editor chooses. */
static spx_status write_pending(session *s, const batch *b, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < s->spec->layers; i++) {
        edited *e = &s->at[i];
        spx_update dW = {0};
        double clock = spx_seconds();
        st = pending_choose(s, e, &dW, err);
        t->solves += lap(&clock);
        if (st == SPX_OK) st = filter_and_write(s, e, &dW, b, &e->pending.K, t, err);
        spx_update_free(&dW);
        pending_free(e);
    }
    return st;
}

/* One pass over the layers, later ones with the earlier ones' writes in place. */
static spx_status write_layers(session *s, batch *b, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_keys *keys = NULL;
    double clock = spx_seconds();
    SPX_TRY(open_keys(s, b, &keys, err));
    t->keys += lap(&clock);
    for (size_t i = 0; i < s->spec->layers && b->n > 0; i++) {
        SPX_TRY(edit_layer(s, i, keys, b, t, err));
        clock = spx_seconds();
        SPX_TRY(next_layer(s, i, keys, err));
        t->keys += lap(&clock);
    }
    if (s->editor->chooses_last && b->n > 0) SPX_TRY(write_pending(s, b, t, err));
out:
    spx_keys_free(keys);
    return st;
}

/* The batch's keys on the model as it is now edited, into the editors' histories. */
static spx_status remember(session *s, const batch *b, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_keys *keys = NULL;
    double clock = spx_seconds();
    SPX_TRY(open_keys(s, b, &keys, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited *e = &s->at[i];
        spx_mat_free(&e->remembered);
        SPX_TRY(spx_mat_alloc(&e->remembered, e->W.cols, b->prompts.facts, err));
        SPX_TRY(spx_keys_read(keys, SPX_KEYS_GROUPED, &(spx_keys_out){.K = &e->remembered}, err));
        SPX_TRY(next_layer(s, i, keys, err));
        t->keys += lap(&clock);
        SPX_TRY(spx_edit_remember(e->edit, &e->remembered, err));
        if (e->debt) spx_feedback_remember(e->debt, &e->remembered);
        t->solves += lap(&clock);
    }
out:
    spx_keys_free(keys);
    return st;
}

/* An editor without a closed form: what the training cost counts as search. */
static spx_status train(session *s, const batch *b, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    edited *e = &s->at[0];
    const double *set = s->spec->edit.value;
    const bool bounded = s->editor->uses & 1U << SPX_FT_CLAMP;
    spx_update dW = {0};
    spx_finetune_report found;
    const spx_finetune_opts o = {
        .layer = e->layer,
        .loss = s->editor->trains == SPX_TRAINS_FORCED ? SPX_FINETUNE_FORCED : SPX_FINETUNE_LAST,
        .lr = set[SPX_FT_LR],
        .epochs = (size_t)set[SPX_FT_EPOCHS],
        .batch = (size_t)set[SPX_FT_BATCH],
        .stop = set[SPX_FT_STOP],
        .clamp = bounded ? set[SPX_FT_CLAMP] : 0,
        .rows = s->spec->target.rows,
    };
    double clock = spx_seconds();
    SPX_TRY(spx_mat_alloc(&dW.A, e->W.rows, e->W.cols, err));
    SPX_TRY(spx_finetune(s->model, &b->prompts, &o, &dW.A, &found, err));
    t->target = (spx_target_report){.nll = found.loss, .steps = (double)found.steps};
    t->targets += lap(&clock);
    SPX_TRY(filter_and_write(s, e, &dW, b, NULL, t, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_update_free(&dW);
    return st;
}

static void add_targets(spx_target_report *sum, const spx_target_report *r, double weight)
{
    sum->nll += weight * r->nll;
    sum->steps += weight * r->steps;
    sum->ratio += weight * r->ratio;
}

/* Facts first .. first + n - 1 of the run. */
static spx_status edit_batch(session *s, size_t first, size_t n, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    batch b = {0};
    spx_target_report found = {0};
    const size_t passes = s->editor->rewinds ? (size_t)s->spec->edit.value[SPX_MAX_ITERATIONS] : 1;
    double clock = spx_seconds();
    SPX_TRY(batch_open(s, s->facts.fact + first, n, &b, &found, err));
    if (!s->editor->trains) add_targets(&t->target, &found, (double)n / (double)s->spec->round);
    t->targets += lap(&clock);
    if (s->editor->trains) SPX_TRY(train(s, &b, t, err));
    for (size_t pass = 0; !s->editor->trains && pass < passes && b.n > 0; pass++)
        SPX_TRY(write_layers(s, &b, t, err));
    if (s->editor->history) SPX_TRY(remember(s, &b, t, err));
out:
    batch_close(&b);
    return st;
}

/* A basis that follows the weight is that at the beginning of the round. */
static spx_status begin(session *s, round_report *t, spx_error *err)
{
    spx_status st = SPX_OK;
    double clock = spx_seconds();
    changes_forget(s);
    for (size_t i = 0; st == SPX_OK && i < s->spec->layers; i++) {
        edited *e = &s->at[i];
        if (s->editor->finishes_last) weight_get(s, e, e->origin);
        e->shares = (spx_filter_report){0};
        e->solve = (spx_edit_report){.rcond = 1};
        st = spx_filter_refresh(e->filter, &e->W, e->known, err);
    }
    t->filter += lap(&clock);
    return st;
}

/* Says of the worst matrix of a round that its numbers are not to be relied on. */
static void warn_of_condition(const session *s, size_t round)
{
    char line[512];
    const edited *worst = &s->at[0];
    for (size_t i = 1; i < s->spec->layers; i++)
        if (s->at[i].solve.rcond < worst->solve.rcond) worst = &s->at[i];
    if (!s->control->warn || worst->solve.rcond >= SPX_ILL_CONDITIONED) return;
    snprintf(line, sizeof line, "round %zu: editor %s, tensor %s: reciprocal condition %.3g", round,
             s->editor->name, worst->name, worst->solve.rcond);
    s->control->warn(line);
}

spx_status edit_round(session *s, size_t round, round_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = s->spec->round, step = s->editor->one_fact ? 1 : n;
    SPX_TRY(begin(s, report, err));
    for (size_t i = 0; i < n; i += step)
        SPX_TRY(edit_batch(s, (round - 1) * n + i, step, report, err));
    warn_of_condition(s, round);
out:
    if (st != SPX_OK) spx_prefix(err, "round %zu", round);
    return st;
}
