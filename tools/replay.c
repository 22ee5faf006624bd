/* replay.c: a run's changes once more, from its base, through other filters. */
#include "replay.h"

#include "spx/arch.h"
#include "spx/ledger.h"
#include "spx/nullband.h"
#include "spx/record.h"
#include "spx/rewrite.h"
#include "spx/spectrum.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_TAUS 32

/* One filter's course through the rounds of one matrix. */
typedef struct course {
    spx_filter_spec spec;
    spx_filter *f;
    float *w;
    spx_filter_report sum;
} course;

/* One matrix of the ledger. The first course is the run's own: no filter but the one it had. */
typedef struct matrix {
    const char *name;
    size_t rows, cols, k, n; /* k dominant directions, n courses */
    float *as_was;           /* the run's weight, round by round */
    spx_mat W;               /* scratch: a weight widened */
    spx_svd base;
    course at[MOST_TAUS + 1];
} matrix;

typedef struct replay {
    const spx_replay_sweep *sweep;
    spx_store *run, *out; /* out may be NULL */
    spx_ckpt *model;      /* or NULL */
    spx_rewrite written;  /* into model */
} replay;

static spx_status copy_floats(const matrix *m, float **out, spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, m->rows * m->cols, sizeof(float), err);
    *out = mem;
    if (st == SPX_OK) memcpy(mem, m->as_was, m->rows * m->cols * sizeof(float));
    return st;
}

static spx_status open_matrix(const replay *p, const char *name, matrix *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd_opts o = spx_svd_defaults();
    const double tau = p->sweep->measure_tau;
    spx_subspace_want want = {.tau = tau};
    o.choose = spx_subspace_choose_at_least;
    o.choose_arg = &want;
    *m = (matrix){.name = name, .n = p->sweep->n + 1};
    SPX_TRY(spx_ledger_base(p->run, name, &m->as_was, &m->rows, &m->cols, err));
    SPX_TRY(spx_mat_alloc(&m->W, m->rows, m->cols, err));
    ledgers_widen(m->as_was, &m->W);
    SPX_TRY(spx_svd_compute(&m->W, &o, &m->base, err));
    if (m->base.k == 0) SPX_RAISE(err, SPX_ENUMERIC, "tensor %s: all values are 0", name);
    m->k = spx_spectrum_k(m->base.s, m->base.r, tau);
    for (size_t i = 0; i < m->n; i++) {
        course *c = &m->at[i];
        c->spec = p->sweep->spec;
        if (i == 0) c->spec = (spx_filter_spec){.name = "none"};
        if (i > 0) c->spec.tau = p->sweep->tau[i - 1];
        SPX_TRY(spx_filter_new(&c->spec, &m->W, &c->f, err));
        SPX_TRY(copy_floats(m, &c->w, err));
    }
out:
    return st;
}

static void close_matrix(matrix *m)
{
    for (size_t i = 0; i < m->n; i++) {
        spx_filter_free(m->at[i].f);
        spx_free(m->at[i].w);
    }
    spx_free(m->as_was);
    spx_mat_free(&m->W);
    spx_svd_free(&m->base);
}

static spx_status advance(matrix *m, course *c, const spx_ledger_round *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update u = {0};
    spx_filter_report took = {0};
    if (!r->dense && r->n_writes == 0) return st;
    SPX_TRY(spx_ledger_change(r, m->as_was, m->rows, m->cols, &u, err));
    ledgers_widen(c->w, &m->W);
    SPX_TRY(spx_filter_refresh(c->f, &m->W, NULL, err));
    SPX_TRY(spx_filter_apply(c->f, &u, &took, err));
    spx_update_round(&u);
    SPX_TRY(spx_update_write(&u, c->w, err));
    spx_filter_report_add(&c->sum, &took);
out:
    spx_update_free(&u);
    return st;
}

static spx_status run_rounds(const replay *p, matrix *m, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t stage = 1; st == SPX_OK && stage < spx_store_stages(p->run); stage++) {
        spx_ledger_round r = {0};
        char *name = NULL;
        double edits = 0;
        st = spx_store_stage(p->run, stage, &name, &edits, err);
        if (st == SPX_OK) st = spx_ledger_read(p->run, m->name, name, m->rows, m->cols, &r, err);
        for (size_t i = 0; st == SPX_OK && i < m->n; i++) st = advance(m, &m->at[i], &r, err);
        if (st == SPX_OK) st = spx_ledger_replay(&r, m->as_was, m->rows, m->cols, err);
        if (st != SPX_OK) spx_prefix(err, "tensor %s, stage %s", m->name, name ? name : "?");
        spx_ledger_round_free(&r);
        spx_free(name);
    }
    return st;
}

static void stage_name(const course *c, bool first, char out[64])
{
    snprintf(out, 64, first ? "run" : "%s %g", c->spec.name, c->spec.tau);
}

static void print_value(const matrix *m, size_t i, const char *metric, double value)
{
    const course *c = &m->at[i];
    const long layer = spx_arch_place(m->name).layer;
    const double tau = i == 0 || c->spec.tau == 0 ? (double)NAN : c->spec.tau;
    if (!cli.json) {
        printf("%s", c->spec.name);
        cli_cell(tau);
        printf("\t%s\t%ld\t%s", m->name, layer, metric);
        cli_cell(value);
        printf("\n");
        return;
    }
    printf("{\"schema\": 1, \"tool\": \"spx-filter\", \"filter\": \"%s\", \"tau\": ", c->spec.name);
    cli_json_number(tau);
    printf(", \"tensor\": ");
    cli_json_text(m->name);
    printf(", \"layer\": %ld, \"metric\": \"%s\", \"value\": ", layer, metric);
    cli_json_number(value);
    printf("}\n");
}

static void print_course(const matrix *m, size_t i, const spx_subspace *c, const spx_svd *now)
{
    double value[SPX_FILTER_QUANTITIES];
    const spx_quantity *told = spx_filter_quantities();
    spx_filter_values(&m->at[i].sum, value);
    for (size_t j = 0; j < SPX_FILTER_QUANTITIES; j++) print_value(m, i, told[j].name, value[j]);
    print_value(m, i, "spectral", now->s[0]);
    for (size_t j = 0; spx_subspace_metric(j); j++)
        print_value(m, i, spx_subspace_metric(j)->name, c->value[j]);
}

static spx_status store_course(const replay *p, const matrix *m, size_t i, const spx_subspace *c,
                               const spx_subspace *null, const spx_svd *now, spx_error *err)
{
    char group[600];
    double value[SPX_FILTER_QUANTITIES];
    const spx_quantity *told = spx_filter_quantities();
    snprintf(group, sizeof group, "tensors/%s", m->name);
    spx_filter_values(&m->at[i].sum, value);
    spx_status st = spx_record_spectrum(p->out, m->name, i, now, p->sweep->measure_tau, err);
    if (st == SPX_OK) st = spx_record_subspace(p->out, m->name, i, c, null, err);
    for (size_t j = 0; st == SPX_OK && j < SPX_FILTER_QUANTITIES; j++)
        st = spx_store_put(p->out, group, &told[j], i, value[j], err);
    return st;
}

static spx_status measure(const replay *p, matrix *m, size_t i, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd now = {0};
    spx_subspace c = {0}, null = {0};
    spx_svd_opts o = spx_svd_defaults();
    o.k = spx_subspace_reach(m->k, m->base.r);
    ledgers_widen(m->at[i].w, &m->W);
    SPX_TRY(spx_svd_compute(&m->W, &o, &now, err));
    const spx_subspace_pair pair = {&m->base, &now, &m->W, m->k};
    SPX_TRY(spx_subspace_compare(&pair, &c, err));
    SPX_TRY(spx_nullband(&pair, SPX_F32, &null, err));
    if (p->out)
        SPX_TRY(store_course(p, m, i, &c, &null, &now, err));
    else
        print_course(m, i, &c, &now);
out:
    spx_subspace_free(&c);
    spx_subspace_free(&null);
    spx_svd_free(&now);
    return st;
}

/* The last course's weight, for the checkpoint. */
static spx_status keep_result(replay *p, matrix *m, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool in_out = spx_arch_place(m->name).in_out;
    const spx_tensor *t = NULL,
                     w = {.name = m->name,
                          .dtype = SPX_F32,
                          .ndim = 2,
                          .shape = {in_out ? m->cols : m->rows, in_out ? m->rows : m->cols}};
    SPX_TRY(spx_rewrite_target(&p->written, NULL, &w, &t, err));
    ledgers_widen(m->at[m->n - 1].w, &m->W);
    SPX_TRY(spx_rewrite_add(&p->written, t, &m->W, err));
out:
    return st;
}

static spx_status replay_tensor(replay *p, const char *name, spx_error *err)
{
    spx_status st = SPX_OK;
    matrix m = {0};
    SPX_TRY(open_matrix(p, name, &m, err));
    SPX_TRY(run_rounds(p, &m, err));
    for (size_t i = 0; i < m.n; i++) SPX_TRY(measure(p, &m, i, err));
    if (p->model) SPX_TRY(keep_result(p, &m, err));
out:
    close_matrix(&m);
    return st;
}

/* The result's stages; what they are is said in its title. */
static spx_status open_output(replay *p, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &p->out, err));
    SPX_TRY(spx_store_set_text(p->out, "", "history", cli.command, err));
    SPX_TRY(spx_store_set_text(p->out, "", "title",
                               "a run's changes under other filters; those of later rounds were "
                               "made for another model",
                               err));
    for (size_t i = 0; i <= p->sweep->n; i++) {
        char name[64];
        course c = {.spec = p->sweep->spec};
        if (i > 0) c.spec.tau = p->sweep->tau[i - 1];
        stage_name(&c, i == 0, name);
        SPX_TRY(spx_store_add_stage(p->out, name, (double)i, err));
    }
out:
    return st;
}

/* What a reader of the numbers must know of them. */
static void warn(const replay *p)
{
    char *had = NULL;
    cli_note("changes of later rounds were made for the model that the run had then; under another "
             "filter they would have been others");
    if (spx_store_get_text(p->run, "", "filter", &had, NULL) == SPX_OK && strcmp(had, "none") != 0)
        cli_note("the run's own filter, %s, is in its changes already", had);
    spx_free(had);
}

static spx_status open_replay(replay *p, const char *path, char ***names, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &p->run, err));
    SPX_TRY(spx_ledger_some(p->run, p->sweep->globs, names, n, err));
    if (cli_run_file()) SPX_TRY(open_output(p, err));
    if (p->sweep->model) {
        SPX_TRY(spx_ckpt_open(p->sweep->model, &p->model, err));
        SPX_TRY(spx_rewrite_open(&p->written, p->model, p->sweep->dtype, err));
    }
    warn(p);
    if (!p->out && !cli.json) printf("filter\ttau\ttensor\tlayer\tmetric\tvalue\n");
out:
    return st;
}

spx_status spx_replay(const char *path, const spx_replay_sweep *sweep, spx_error *err)
{
    spx_status st = SPX_OK;
    replay p = {.sweep = sweep};
    char **names = NULL;
    size_t n = 0;
    if (sweep->n > MOST_TAUS) SPX_RAISE(err, SPX_EINVAL, "more than %d values of tau", MOST_TAUS);
    SPX_TRY(open_replay(&p, path, &names, &n, err));
    for (size_t i = 0; i < n; i++)
        if (spx_ledger_chosen(sweep->globs, names[i])) SPX_TRY(replay_tensor(&p, names[i], err));
    if (p.model) SPX_TRY(spx_rewrite_write(&p.written, cli.output, err));
    if (p.out) SPX_TRY(spx_store_commit(&p.out, err));
out:
    spx_rewrite_close(&p.written);
    spx_store_names_free(names, n);
    spx_ckpt_close(p.model);
    spx_store_close(p.out);
    spx_store_close(p.run);
    return st;
}
