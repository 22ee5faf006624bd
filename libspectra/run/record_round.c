/* record_round.c: a stage measured and appended to the run file. */
#include "run/session.h"

#include "spx/nullband.h"
#include "spx/record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* What the filter did in the round that led to the stage. */
static spx_status put_shares(spx_store *store, const char *group, size_t stage,
                             const spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    double value[SPX_FILTER_QUANTITIES];
    const spx_quantity *q = spx_filter_quantities();
    spx_filter_values(r, value);
    for (size_t i = 0; st == SPX_OK && i < SPX_FILTER_QUANTITIES; i++)
        st = spx_store_put(store, group, &q[i], stage, value[i], err);
    return st;
}

static spx_status put_solve(spx_store *store, const char *group, size_t stage,
                            const spx_edit_report *r, spx_error *err)
{
    static const spx_quantity rcond = {
        "solve_rcond", "1", "smallest reciprocal condition of the systems solved", "dpocon"};
    static const spx_quantity kept = {"solve_kept", "1", "dimensions of the keys that are written",
                                      "arXiv 2410.02355"};
    const spx_status st = spx_store_put(store, group, &rcond, stage, r->rcond, err);
    return st == SPX_OK ? spx_store_put(store, group, &kept, stage, (double)r->kept, err) : st;
}

static spx_status record_matrix(const session *s, edited_matrix *e, spx_store *store, size_t stage,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    char group[512];
    spx_subspace c = {0}, null = {0};
    snprintf(group, sizeof group, "tensors/%s", e->name);
    if (stage > 0) SPX_TRY(matrix_decompose(s, e, err));
    const spx_subspace_pair pair = {&e->base, e->decomposition, &e->W, e->k};
    SPX_TRY(spx_subspace_compare(&pair, &c, err));
    SPX_TRY(spx_nullband(&pair, SPX_F32, &null, err)); /* as the runtime holds it */
    SPX_TRY(
        spx_record_spectrum(store, e->name, stage, e->decomposition, s->spec->measure_tau, err));
    SPX_TRY(spx_record_subspace(store, e->name, stage, &c, &null, err));
    if (stage > 0) SPX_TRY(put_shares(store, group, stage, &e->shares, err));
    if (stage > 0) SPX_TRY(put_solve(store, group, stage, &e->solve, err));
    if (stage == 0) SPX_TRY(spx_store_set_number(store, group, "layer", (double)e->layer, err));
    if (stage == 0) SPX_TRY(spx_store_set_number(store, group, "k", (double)e->k, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_subspace_free(&c);
    spx_subspace_free(&null);
    return st;
}

static spx_status keep_weights(session *s, spx_store *store, const char *stage, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < s->spec->layers; i++)
        st = weight_keep(s, &s->at[i], store, stage, err);
    return st;
}

/* Facts to test: evenly spread over those edited so far; before any, over those of the run. */
static spx_status choose_facts(const session *s, size_t round, size_t **index, size_t *n,
                               spx_scratch *tmp, spx_error *err)
{
    void *mem = NULL;
    const size_t edited_facts = round ? round * s->spec->round : s->facts.n;
    *n = s->spec->eval_facts;
    if (*n == 0 || *n > edited_facts) *n = edited_facts;
    const spx_status st = spx_scratch_alloc(tmp, &mem, *n, sizeof(size_t), err);
    *index = mem;
    for (size_t j = 0; st == SPX_OK && j < *n; j++) (*index)[j] = j * edited_facts / *n;
    return st;
}

/* Is this one of every so many rounds, the base or the last round? */
static bool due(const session *s, size_t round, size_t every)
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

static spx_status evaluate(const session *s, spx_store *store, size_t round, spx_results *out,
                           spx_error *err)
{
    const spx_run_spec *p = s->spec;
    spx_status st = SPX_OK;
    if (due(s, round, p->eval_every)) {
        SPX_TRY(test_facts(s, round, out, err));
        SPX_TRY(retention_record(s, store, round, err));
    }
    if (s->general_eval && due(s, round, p->tasks_every ? p->tasks_every : p->eval_every))
        SPX_TRY(spx_eval_run(s->general_eval, s->model, out, err));
out:
    return st;
}

/* What a stage's measures found, and the seconds they took. */
typedef struct measures {
    spx_results found;
    double spectra, evaluation;
} measures;

static double peak_bytes(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? 1024.0 * (double)use.ru_maxrss : 0;
}

/* The metrics that a line names; the run file has them all. */
static bool headline(const char *name)
{
    static const char *const names[] = {"rewrite_success",      "rewrite_acc", "paraphrase_success",
                                        "neighborhood_success", "perplexity",  "lambada"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* One line: what happened and where the model stands. */
static void report_line(const session *s, size_t round, const spx_results *r, double seconds)
{
    char line[512];
    if (!s->control->report) return;
    int used = snprintf(line, sizeof line, "round %zu of %zu: %zu edits, %.1f s", round,
                        s->spec->rounds, round * s->spec->round, seconds);
    for (size_t i = 0; i < r->metrics && used > 0 && (size_t)used < sizeof line; i++)
        if (headline(r->metric[i].q->name))
            used += snprintf(line + used, sizeof line - (size_t)used, ", %s %.4g",
                             r->metric[i].q->name, r->metric[i].value);
    s->control->report(line);
}

static spx_status put_round(spx_store *store, size_t stage, const round_report *r,
                            const measures *m, spx_error *err)
{
    static const spx_quantity q[] = {
        {"target_nll", "nat", "mean -log p(target) when the search ended",
         "Meng et al. 2023, Eq. 16"},
        {"target_steps", "1", "mean Adam steps a fact", "Meng et al. 2023, Eq. 16"},
        {"target_ratio", "1", "mean |delta| / |h0|", "Meng et al. 2023, Eq. 16"},
    };
    static const spx_quantity t[] = {
        {"seconds_targets", "s", "wall time of the target search", "clock"},
        {"seconds_keys", "s", "wall time of the forward passes for keys and residuals", "clock"},
        {"seconds_solves", "s", "wall time of the editor's solves and of the writes", "clock"},
        {"seconds_filter", "s", "wall time of the filter, its basis included", "clock"},
        {"seconds_spectra", "s", "wall time of spectra and subspaces", "clock"},
        {"seconds_evaluation", "s", "wall time of the evaluation", "clock"},
        {"peak_memory", "byte", "largest resident set so far", "getrusage"},
    };
    const double value[] = {r->target.nll, r->target.steps, r->target.ratio};
    const double time[] = {r->targets, r->keys,       r->solves,   r->filter,
                           m->spectra, m->evaluation, peak_bytes()};
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && stage > 0 && i < 3; i++)
        st = spx_store_put(store, "edits", &q[i], stage, value[i], err);
    for (size_t i = 0; st == SPX_OK && i < sizeof time / sizeof *time; i++)
        st = spx_store_put(store, "timing", &t[i], stage, time[i], err);
    return st;
}

/* Spectra and evaluation of what stands in the model. */
static spx_status measure(session *s, spx_store *store, size_t round, measures *m, spx_error *err)
{
    spx_status st = SPX_OK;
    double clock = spx_seconds();
    for (size_t i = 0; i < s->spec->layers; i++)
        SPX_TRY(record_matrix(s, &s->at[i], store, round, err));
    m->spectra = spx_seconds() - clock;
    clock += m->spectra;
    SPX_TRY(evaluate(s, store, round, &m->found, err));
    m->evaluation = spx_seconds() - clock;
    SPX_TRY(spx_record_evaluation(store, round, &m->found, err));
out:
    return st;
}

/* The stage as the editor would hand it over; the run's own weights come back afterwards. */
static spx_status measure_finished(session *s, spx_store *store, size_t round, const char *name,
                                   measures *m, spx_error *err)
{
    spx_status st = SPX_OK;
    float *working = NULL;
    if (round > 0) SPX_TRY(weights_finish(s, &working, err));
    SPX_TRY(measure(s, store, round, m, err));
    if (working) SPX_TRY(keep_weights(s, store, "final", err));
    SPX_TRY(staged_keep(s, store, round, name, working, err));
    if (s->control->snapshots && round % s->control->snapshots == 0)
        SPX_TRY(keep_weights(s, store, name, err));
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
        SPX_RAISE(err, SPX_EIO, "%s: another process has added to it", s->control->output);
    if (round == 0) SPX_TRY(provenance_write(s, store, err));
    SPX_TRY(spx_store_add_stage(store, name, (double)(round * s->spec->round), err));
    SPX_TRY(measure_finished(s, store, round, name, m, err));
    SPX_TRY(keep_weights(s, store, "last", err));
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
    SPX_TRY(spx_store_open(s->control->output, round ? SPX_STORE_UPDATE : SPX_STORE_CREATE, &store,
                           err));
    SPX_TRY(fill_stage(s, store, round, &m, err));
    SPX_TRY(put_round(store, round, r, &m, err));
    SPX_TRY(spx_store_commit(&store, err));
    report_line(s, round, &m.found,
                r->targets + r->keys + r->solves + r->filter + m.spectra + m.evaluation);
out:
    spx_results_free(&m.found);
    spx_store_close(store);
    return st;
}
