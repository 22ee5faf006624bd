/* run.c: rounds of edits, one after another, until the facts are used up or somebody stops it. */
#include "spx/run.h"

#include "run/session.h"

#include "spx/keys.h"

#include <string.h>
#include <unistd.h>

spx_run_spec spx_run_defaults(void)
{
    return (spx_run_spec){
        .editor = "memit",
        .lambda = 15000,
        .target = {.steps = 25,
                   .lr = 0.5,
                   .clamp = 0.75,
                   .weight_decay = 0.5,
                   .kl = 0.0625,
                   .stop = 0.05},
        .contexts = 5,
        .filter = {.name = "none"},
        .round = 100,
        .rounds = 20,
        .measure_tau = 0.1,
        .window = 512,
        .eval_every = 1,
    };
}

/* The model's weight and e->W, which are the same numbers, become float(W + dW). */
static spx_status write_change(session *s, edited *e, const spx_update *u, spx_error *err)
{
    float *w = spx_model_ffn_out(s->model, e->layer);
    const spx_status st = spx_update_write(u, w, err);
    for (size_t i = 0; i < e->W.rows * e->W.cols; i++) e->W.data[i] = (double)w[i];
    return st;
}

/* R = (Z - H) / (layers left, this one included) */
static void residual(const spx_mat *Z, const spx_mat *H, size_t left, spx_mat *R)
{
    for (size_t i = 0; i < Z->rows * Z->cols; i++)
        R->data[i] = (Z->data[i] - H->data[i]) / (double)left;
}

/* Solves, filters and writes one layer; keys stand before it. */
static spx_status edit_layer(session *s, edited *e, size_t left, spx_keys *keys, const spx_mat *Z,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_update u = {0};
    spx_mat K, H;
    const size_t d = e->W.rows, f = e->W.cols, n = Z->cols;
    SPX_TRY(spx_mat_scratch(&tmp, &K, f, n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &H, d, n, err));
    SPX_TRY(spx_update_alloc(&u, d, f, n, err));
    SPX_TRY(spx_keys_read(keys, SPX_KEYS_GROUPED, &(spx_keys_out){.K = &K, .H = &H}, err));
    residual(Z, &H, left, &H);
    const spx_bundle bundle = {.K = &K, .R = &H, .L = &e->L, .lambda = s->spec->lambda};
    SPX_TRY(s->editor->solve(&bundle, &u.A, &u.B, err));
    SPX_TRY(spx_filter_refresh(e->filter, &e->W, err));
    SPX_TRY(spx_filter_apply(e->filter, &u, &e->shares, err));
    spx_update_round(&u);
    SPX_TRY(write_change(s, e, &u, err));
out:
    spx_update_free(&u);
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status write_layers(session *s, const spx_prompts *p, const spx_mat *Z, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_keys *keys = NULL;
    const size_t n = s->spec->layers, last = s->spec->layer[n - 1];
    SPX_TRY(spx_keys_new(s->model, p, s->spec->layer[0], last, &keys, err));
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(edit_layer(s, &s->at[i], n - i, keys, Z, err));
        for (size_t l = s->spec->layer[i]; i + 1 < n && l < s->spec->layer[i + 1]; l++)
            SPX_TRY(spx_keys_advance(keys, err));
    }
out:
    spx_keys_free(keys);
    return st;
}

static spx_status round_prompts(const session *s, size_t round, spx_prompts *p, spx_error *err)
{
    void *mem = NULL;
    spx_scratch tmp = {0};
    const size_t n = s->spec->round;
    const spx_fact *fact = s->facts.fact + (round - 1) * n;
    spx_status st = spx_scratch_alloc(&tmp, &mem, n, sizeof(spx_request), err);
    spx_request *r = mem;
    for (size_t i = 0; st == SPX_OK && i < n; i++)
        r[i] = (spx_request){fact[i].prompt, fact[i].subject, fact[i].target_new};
    if (st == SPX_OK)
        st = spx_prompts_new(s->tokenizer, r, n, s->prefix, s->spec->contexts, p, err);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status edit_round(session *s, size_t round, round_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_prompts p = {0};
    spx_mat Z = {0};
    spx_target_opts target = s->spec->target;
    target.layer = s->spec->layer[s->spec->layers - 1];
    double began = spx_seconds();
    SPX_TRY(round_prompts(s, round, &p, err));
    SPX_TRY(spx_mat_alloc(&Z, spx_model_shape(s->model)->d_model, p.facts, err));
    SPX_TRY(spx_targets_find(s->model, &p, &target, &Z, &report->target, err));
    report->seconds_targets = spx_seconds() - began;
    began = spx_seconds();
    SPX_TRY(write_layers(s, &p, &Z, err));
    report->seconds_writes = spx_seconds() - began;
out:
    if (st != SPX_OK) spx_prefix(err, "round %zu", round);
    spx_mat_free(&Z);
    spx_prompts_free(&p);
    return st;
}

static spx_status restore_weight(session *s, edited *e, const spx_store *store, spx_error *err)
{
    float *w = NULL;
    size_t rows = 0, cols = 0;
    spx_status st = spx_store_get_floats(store, "snapshots/last", e->name, &w, &rows, &cols, err);
    if (st == SPX_OK && (rows != e->W.rows || cols != e->W.cols))
        st = SPX_FAIL(err, SPX_ESHAPE, "%s: snapshot of %s is %zu x %zu", spx_store_path(store),
                      e->name, rows, cols);
    for (size_t i = 0; st == SPX_OK && i < rows * cols; i++) e->W.data[i] = (double)w[i];
    if (st == SPX_OK) memcpy(spx_model_ffn_out(s->model, e->layer), w, rows * cols * sizeof(float));
    spx_free(w);
    return st;
}

/* Goes on where the run file ends: its weights become the model's. */
static spx_status restore(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *store = NULL;
    SPX_TRY(spx_store_open(s->control->output, SPX_STORE_READ, &store, err));
    SPX_TRY(provenance_compare(s, store, err));
    for (size_t i = 0; i < s->spec->layers; i++) SPX_TRY(restore_weight(s, &s->at[i], store, err));
    s->done = spx_store_stages(store) - 1;
out:
    spx_store_close(store);
    return st;
}

spx_status spx_run(const spx_run_spec *spec, const spx_run_control *control, spx_error *err)
{
    spx_status st = SPX_OK;
    session s = {0};
    const bool exists = access(control->output, F_OK) == 0;
    if (exists && !control->resume)
        return SPX_FAIL(err, SPX_EINVAL, "%s exists; resume it or remove it", control->output);
    SPX_TRY(session_open(&s, spec, control, err));
    if (exists)
        SPX_TRY(restore(&s, err));
    else
        SPX_TRY(record_stage(&s, 0, NULL, err));
    for (size_t round = s.done + 1; round <= spec->rounds; round++) {
        round_report report = {0};
        if (control->stop && control->stop())
            SPX_RAISE(err, SPX_EINTR, "%s holds %zu of %zu rounds; resume to go on",
                      control->output, round - 1, spec->rounds);
        SPX_TRY(edit_round(&s, round, &report, err));
        SPX_TRY(record_stage(&s, round, &report, err));
    }
out:
    if (s.spec) session_close(&s);
    return st;
}
