/* record_round.c: a stage of a run, measured and appended to the run file. */
#include "run/session.h"

#include "spx/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static spx_status record_solve(spx_store *store, const char *group, size_t stage,
                               const spx_edit_report *r, spx_error *err)
{
    static const spx_quantity rcond = {
        .name = "solve_rcond",
        .units = "1",
        .long_name = "smallest reciprocal condition of the systems solved",
        .source = "dpocon",
        .range = "0 to 1",
        .reading = "near 1e-16: badly determined",
    };
    static const spx_quantity kept = {
        .name = "solve_kept",
        .units = "1",
        .long_name = "dimensions of the keys that may be written, after the round",
        .source = "arXiv 2410.02355",
        .range = "0 to d_ff",
        .reading = "small: little room is left",
    };
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_put(store, group, &rcond, stage, r->rcond, err));
    SPX_TRY(spx_store_put(store, group, &kept, stage, (double)r->kept, err));
out:
    return st;
}

static spx_status record_left(spx_store *store, const char *group, size_t stage, double left,
                              spx_error *err)
{
    static const spx_quantity q = {
        .name = "residual_left",
        .units = "1",
        .long_name = "mean |z - h| after this layer's write over that before the first",
        .source = "From Backward Spreading to Forward Replay, ICML 2026",
        .range = "0 and more",
        .reading = "near 0: the layers write what was asked; near 1: little of it",
    };
    return spx_store_put(store, group, &q, stage, left, err);
}

/* What depends on no stage. */
static spx_status record_constants(spx_store *store, const char *group, const edited_matrix *e,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_set_number(store, group, "layer", (double)e->layer, err));
    SPX_TRY(spx_store_set_number(store, group, "k", (double)e->k, err));
out:
    return st;
}

static spx_status record_matrix(const session *s, edited_matrix *e, spx_store *store, size_t stage,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    char group[512], vague[900];
    spx_stage_numbers n = {0};
    const spx_stage_opts o = {.parts = SPX_SPECTRUM | SPX_SUBSPACE,
                              .dominant = {.tau = s->spec->measure_tau}};
    spx_store_group_of(group, sizeof group, "tensors", e->name);
    if (stage > 0) SPX_TRY(matrix_decompose(s, e, err));
    const spx_stage_pair pair = {
        .W = &e->W, .base = &e->base, .now = e->decomposition, .type = SPX_F32};
    SPX_TRY(spx_stage_measure(&pair, &o, &n, err));
    if (stage == 0 && spx_stage_vague(&n, vague, sizeof vague))
        spx_note(s->control->notify, "tensor %s: %s", e->name, vague);
    if (stage > 0) n.removed = &e->shares;
    SPX_TRY(spx_stage_record(store, e->name, stage, &n, err));
    if (stage > 0) SPX_TRY(record_solve(store, group, stage, &e->solve, err));
    if (stage > 0 && s->rule) SPX_TRY(record_left(store, group, stage, e->left, err));
    if (stage == 0) SPX_TRY(record_constants(store, group, e, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_stage_numbers_free(&n);
    return st;
}

/* Chooses the facts to test, evenly spread over those edited so far; before any round, over those
 * of the run. */
static spx_status choose_facts(const session *s, size_t round, size_t **index, size_t *n,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t edited_facts = round ? round * s->spec->round : s->facts.n;
    *n = s->spec->eval_facts;
    if (*n == 0 || *n > edited_facts) *n = edited_facts;
    SPX_TRY(SPX_SCRATCH(tmp, index, *n, err));
    for (size_t j = 0; j < *n; j++) (*index)[j] = j * edited_facts / *n;
out:
    return st;
}

/* True for the base, every `every`-th round and the last one. */
static bool is_due(const session *s, size_t round, size_t every)
{
    return round == s->spec->rounds || round % (every ? every : 1) == 0;
}

static spx_status test_facts(const session *s, size_t round, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *index = NULL, count = 0;
    SPX_TRY(choose_facts(s, round, &index, &count, &tmp, err));
    SPX_TRY(spx_eval_facts(s->fact_eval, s->model, index, count, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* What is due. */
static spx_status test_model(const session *s, size_t round, spx_results *out, spx_error *err)
{
    const spx_run_spec *p = s->spec;
    spx_status st = SPX_OK;
    if (is_due(s, round, p->eval_every)) SPX_TRY(test_facts(s, round, out, err));
    if (s->general_eval && is_due(s, round, p->tasks_every ? p->tasks_every : p->eval_every))
        SPX_TRY(spx_eval_run(s->general_eval, s->model, out, err));
out:
    return st;
}

/* A session_test. */
static spx_status test_unedited(const session *s, spx_results *out, spx_error *err)
{
    return test_model(s, 0, out, err);
}

/* What the evaluation of a stage found, and the seconds that measuring took. */
typedef struct measures {
    spx_results found;
    spx_bytes texts; /* that it borrows */
    double spectra, evaluation;
} measures;

static double peak_bytes(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? 1024.0 * (double)use.ru_maxrss : 0;
}

/* True for a metric that the line of a round names; the run file has them all. */
static bool is_headline(const char *name)
{
    static const char *const names[] = {"rewrite_success",      "rewrite_acc", "paraphrase_success",
                                        "neighborhood_success", "perplexity",  "lambada"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* Reports a line: what was done, and the state of the model. */
static void report_line(const session *s, size_t round, const spx_results *r, double seconds)
{
    char line[512];
    if (!s->control->report) return;
    int used = snprintf(line, sizeof line, "round %zu of %zu: %zu edits, %.1f s", round,
                        s->spec->rounds, round * s->spec->round, seconds);
    for (size_t i = 0; i < r->metrics && used > 0 && (size_t)used < sizeof line; i++)
        if (is_headline(r->metric[i].q->name))
            used += snprintf(line + used, sizeof line - (size_t)used, ", %s %.4g",
                             r->metric[i].q->name, r->metric[i].value);
    const size_t rounds = s->spec->rounds;
    const double here = (double)round - (double)s->done, left = (double)rounds - (double)round;
    s->control->report(&(spx_run_stage){
        .round = round,
        .rounds = rounds,
        .edits = round * s->spec->round,
        .seconds = seconds,
        .seconds_left = round > 0 ? (spx_seconds() - s->begun) / here * left : (double)NAN,
        .found = r,
        .line = line});
}

/* A quantity and its number of a round. */
typedef struct figure {
    spx_quantity q;
    double value;
} figure;

static spx_status put_figures(spx_store *store, const char *group, size_t stage, const figure *f,
                              size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_store_put(store, group, &f[i].q, stage, f[i].value, err));
out:
    return st;
}

static spx_status put_targets(spx_store *store, size_t stage, const spx_target_report *r,
                              spx_error *err)
{
    static const char source[] = "Meng et al. 2023, Eq. 16";
    const figure f[] = {
        {{"target_nll", "nat", "mean -log p(target) when the search ended", source, "0 and more",
          "small: the search made the answer likely"},
         r->nll},
        {{"target_steps", "1", "mean Adam steps a fact", source, "0 and more",
          "many: facts that are hard to write"},
         r->steps},
        {{"target_ratio", "1", "mean |delta| / |h0|", source, "0 and more",
          "large: the stream is pushed far"},
         r->ratio},
    };
    return put_figures(store, "edits", stage, f, sizeof f / sizeof *f, err);
}

/* What rule nas did. */
static spx_status put_norm(const session *s, spx_store *store, size_t stage,
                           const spx_target_report *r, spx_error *err)
{
    static const char source[] = "arXiv 2602.02543";
    const figure f[] = {
        {{"target_norm", "1", "norm that every value is given", source, "0 and more",
          "the mean of the pilot facts on the original model"},
         s->value_norm},
        {{"target_left", "1", "share of the facts left as they are", source, "0 to 1",
          "many: values beyond twice the norm"},
         r->left},
    };
    if (s->value_norm == 0) return SPX_OK;
    return put_figures(store, "edits", stage, f, sizeof f / sizeof *f, err);
}

static spx_status put_timing(spx_store *store, size_t stage, const round_report *r,
                             const measures *m, spx_error *err)
{
    static const char clock[] = "clock", s[] = "s";
    const figure f[] = {
        {{"seconds_targets", s, "wall time of the target search", clock, "0 and more",
          "where the time goes"},
         r->targets},
        {{"seconds_keys", s, "wall time of the forward passes for keys and residuals", clock,
          "0 and more", "where the time goes"},
         r->keys},
        {{"seconds_solves", s, "wall time of the editor's solves and of the writes", clock,
          "0 and more", "where the time goes"},
         r->solves},
        {{"seconds_filter", s, "wall time of the filter, its basis included", clock, "0 and more",
          "where the time goes"},
         r->filter},
        {{"seconds_spectra", s, "wall time of spectra and subspaces", clock, "0 and more",
          "where the time goes"},
         m->spectra},
        {{"seconds_evaluation", s, "wall time of the evaluation", clock, "0 and more",
          "where the time goes"},
         m->evaluation},
        {{"peak_memory", "byte", "largest resident set so far", "getrusage", "0 and more",
          "memory that the run needs"},
         peak_bytes()},
    };
    return put_figures(store, "timing", stage, f, sizeof f / sizeof *f, err);
}

/* Measures the weights and the abilities of the model as it is now. */
static spx_status measure_model(session *s, spx_store *store, size_t round, measures *m,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    double clock = spx_seconds();
    for (size_t i = 0; i < s->spec->layers; i++)
        SPX_TRY(record_matrix(s, &s->at[i], store, round, err));
    m->spectra = spx_seconds() - clock;
    clock += m->spectra;
    if (round == 0)
        SPX_TRY(unedited_test(s, test_unedited, &m->found, &m->texts, err));
    else
        SPX_TRY(test_model(s, round, &m->found, err));
    if (is_due(s, round, s->spec->eval_every)) SPX_TRY(retention_record(s, store, round, err));
    m->evaluation = spx_seconds() - clock;
    SPX_TRY(spx_record_evaluation(store, round, &m->found, err));
out:
    return st;
}

/* Measures and keeps the stage as the editor would hand it over; then the run's own weights come
 * back. */
static spx_status measure_finished(session *s, spx_store *store, size_t round, const char *name,
                                   measures *m, spx_error *err)
{
    spx_status st = SPX_OK;
    float *working = NULL;
    char group[80];
    if (round > 0) SPX_TRY(weights_finish(s, &working, err));
    SPX_TRY(measure_model(s, store, round, m, err));
    if (working) SPX_TRY(weights_keep(s, store, "snapshots/final", err));
    SPX_TRY(staged_keep(s, store, round, name, working, err));
    snprintf(group, sizeof group, "snapshots/%s", name);
    if (s->control->snapshots && round % s->control->snapshots == 0)
        SPX_TRY(weights_keep(s, store, group, err));
out:
    weights_resume(s, working);
    spx_free(working);
    return st;
}

static spx_status fill_stage(session *s, spx_store *store, size_t round, measures *m,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    char name[32] = "base";
    if (round > 0) snprintf(name, sizeof name, "r%zu", round);
    if (spx_store_stages(store) != round)
        SPX_RAISE(err, SPX_EIO, "%s has %zu stages, expected %zu: another process has added to it",
                  s->control->output, spx_store_stages(store), round);
    if (round == 0) SPX_TRY(provenance_write(s, store, err));
    SPX_TRY(spx_store_add_stage(store, name, (double)(round * s->spec->round), err));
    SPX_TRY(spx_store_use_parts(store, name, err));
    SPX_TRY(measure_finished(s, store, round, name, m, err));
    SPX_TRY(restart_keep(s, store, round, name, err));
    SPX_TRY(history_keep(s, store, round, err));
out:
    return st;
}

spx_status record_stage(session *s, size_t round, const round_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *store = NULL;
    measures m = {0};
    const round_report none = {0};
    const round_report *r = report ? report : &none;
    SPX_TRY(spx_store_open(s->control->output, round ? SPX_STORE_CONTINUE : SPX_STORE_CREATE,
                           &store, err));
    SPX_TRY(fill_stage(s, store, round, &m, err));
    if (round > 0) SPX_TRY(put_targets(store, round, &r->target, err));
    if (round > 0) SPX_TRY(put_norm(s, store, round, &r->target, err));
    SPX_TRY(put_timing(store, round, r, &m, err));
    SPX_TRY(spx_store_commit(&store, err));
    report_line(s, round, &m.found,
                r->targets + r->keys + r->solves + r->filter + m.spectra + m.evaluation);
out:
    spx_results_free(&m.found);
    spx_bytes_free(&m.texts);
    spx_store_close(store);
    return st;
}
