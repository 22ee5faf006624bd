/* spx-filter: what a filter leaves of the change between two checkpoints. */
#include "cli.h"
#include "filter_options.h"
#include "replay.h"

#include "spx/covariance.h"
#include "spx/pairing.h"
#include "spx/rewrite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAUS = 32 };

static spx_names globs, paths;
static const char *type_name, *stats_path, *model_path, *tau_list;
static bool list;
static double measure_tau = 0.1;
static spx_filter_spec spec;

static const cli_opt opts[] = {
    {CLI_ANY, 0, "CHECKPOINT", &paths, 0, 0,
     "BASE EDITED; or RUN.h5, whose changes are replayed; or RUN.h5#STAGE, to be written"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors to filter, by glob; may repeat [FFN output projections]"},
    {CLI_FLAG, 0, "list", &list, 0, 0, "print the table of filters"},
    {CLI_STR, 0, "tau", &tau_list, 0, 0,
     "protected share of the singular values; a list such as 0.1,0.2 for a replay [0.1]"},
    FILTER_OPTIONS_BUT_TAU(spec),
    {CLI_STR, 0, "stats", &stats_path, 0, 0, "second moments of keys, for alphaedit"},
    {CLI_REAL, 0, "measure-tau", &measure_tau, 1e-9, 1,
     "of a replay: share that is called dominant [0.1]"},
    {CLI_STR, 0, "model", &model_path, 0, 0,
     "the model that was edited, into which a stage or a replay is written"},
    {CLI_STR, 0, "dtype", &type_name, 0, 0, "of what is filtered, in OUT [its own, else F16]"},
    {0},
};

/* The result is `into` with the filtered tensors in place: EDITED, so that whatever else changed
 * stays changed, or BASE where EDITED is a stage, which holds edited tensors only. */
typedef struct job {
    spx_ckpt *base, *edited;
    const spx_ckpt *into;
    spx_moments *stats;
    spx_rewrite written;
} job;

/* One tensor of `into` and what stands for it in the others; NULL where there is none. */
typedef struct trio {
    const spx_tensor *t, *before, *after;
} trio;

static void print_header(void)
{
    if (cli.json) return;
    printf("tensor\tlayer\taction");
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++)
        printf("\t%s", spx_filter_quantities()[i].name);
    printf("\n");
}

static void print_row(const spx_tensor *t, const char *action, const spx_filter_report *r)
{
    const spx_quantity *q = spx_filter_quantities();
    double value[SPX_FILTER_QUANTITIES];
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++) value[i] = (double)NAN;
    if (r) spx_filter_values(r, value);
    const long layer = spx_arch_place(t->name).layer;
    if (cli.json) {
        printf("{\"schema\": 1, \"tool\": \"spx-filter\", \"tensor\": ");
        cli_json_text(t->name);
        printf(", \"layer\": %ld, \"action\": \"%s\", \"filter\": \"%s\"", layer, action,
               spec.name);
        for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++) {
            printf(", \"%s\": ", q[i].name);
            cli_json_number(value[i]);
        }
        printf("}\n");
        return;
    }
    printf("%s\t%ld\t%s", t->name, layer, action);
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++) cli_cell(value[i]);
    printf("\n");
}

/* Both as matrices in the order of `into`. */
static spx_status read_pair(const job *j, const trio *x, spx_mat *W0, spx_mat *W1, spx_error *err)
{
    spx_status st = spx_tensor_oriented_like(j->base, x->before, j->into, x->t, W0, err);
    if (st == SPX_OK) st = spx_tensor_oriented_like(j->edited, x->after, j->into, x->t, W1, err);
    if (st == SPX_OK && (W0->rows != W1->rows || W0->cols != W1->cols))
        st = SPX_FAIL(err, SPX_ESHAPE, "%zu x %zu in %s, %zu x %zu in %s", W0->rows, W0->cols,
                      spx_ckpt_path(j->base), W1->rows, W1->cols, spx_ckpt_path(j->edited));
    return st;
}

/* W1 <- W1 - W0; is there any difference? */
static bool subtract(spx_mat *W1, const spx_mat *W0)
{
    bool any = false;
    for (size_t i = 0; i < W1->rows * W1->cols; i++) {
        W1->data[i] -= W0->data[i];
        any = any || W1->data[i] != 0;
    }
    return any;
}

static spx_status filter_change(const job *j, const char *name, const spx_mat *W0, spx_update *u,
                                spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat C = {0};
    spx_filter *f = NULL;
    spx_filter_spec mine = spec;
    if (j->stats) SPX_TRY(spx_moments_read(j->stats, name, W0->cols, &C, err));
    if (j->stats) mine.covariance = &C;
    SPX_TRY(spx_filter_new(&mine, W0, &f, err));
    SPX_TRY(spx_filter_apply(f, u, r, err));
    SPX_TRY(spx_update_expand(u, err));
out:
    spx_filter_free(f);
    spx_mat_free(&C);
    return st;
}

static spx_status filter_tensor(job *j, const trio *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0};
    spx_update u = {0};
    spx_filter_report r = {0};
    SPX_TRY(read_pair(j, x, &W0, &u.A, err));
    if (!subtract(&u.A, &W0)) goto out;
    SPX_TRY(filter_change(j, x->before->name, &W0, &u, &r, err));
    for (size_t i = 0; i < W0.rows * W0.cols; i++) W0.data[i] += u.A.data[i];
    SPX_TRY(spx_rewrite_add(&j->written, x->t, &W0, err));
    print_row(x->t, "filtered", &r);
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", x->t->name);
    spx_update_free(&u);
    spx_mat_free(&W0);
    return st;
}

/* Are there other values in a tensor that is not to be filtered? By rows; where one file turns the
 * other's matrix, as matrices. */
static spx_status changed(const job *j, const trio *x, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat W0 = {0}, W1 = {0};
    void *a = NULL, *b = NULL;
    const spx_tensor_order order =
        spx_tensor_order_like(j->base, x->before, j->edited, x->after, cli_notify());
    const size_t rows = spx_tensor_rows(x->after), cols = spx_tensor_cols(x->after);
    *out = true;
    if (order.turned) {
        SPX_TRY(read_pair(j, x, &W0, &W1, err));
        *out = subtract(&W1, &W0);
        goto out;
    }
    if (rows != spx_tensor_rows(x->before) || cols != spx_tensor_cols(x->before)) goto out;
    SPX_TRY(spx_scratch_alloc(&tmp, &a, cols, sizeof(double), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &b, cols, sizeof(double), err));
    *out = false;
    for (size_t i = 0; !*out && i < rows; i++) {
        spx_tensor_read_like(&order, x->before, i, 1, a);
        spx_tensor_read(x->after, i, 1, b);
        *out = memcmp(a, b, cols * sizeof(double)) != 0;
    }
out:
    spx_mat_free(&W0);
    spx_mat_free(&W1);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status visit(job *j, const spx_tensor *t, spx_error *err)
{
    const trio x = {t, spx_counterpart(j->base, t), spx_counterpart(j->edited, t)};
    bool other = false;
    if (!x.after) return SPX_OK; /* a stage holds the edited tensors only */
    if (!x.before) {
        print_row(t, "new", NULL);
        return SPX_OK;
    }
    if (t->ndim == 2 && spx_tensors_chosen(&globs, t)) return filter_tensor(j, &x, err);
    const spx_status st = changed(j, &x, &other, err);
    if (st == SPX_OK && other) print_row(t, "kept", NULL);
    return st;
}

static spx_status open_job(job *j, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_source_open(paths.item[0], &j->base, err));
    SPX_TRY(spx_source_open(paths.item[1], &j->edited, err));
    if (stats_path) SPX_TRY(spx_moments_open(stats_path, &j->stats, err));
    j->into = spx_ckpt_holds_edits_only(j->edited) ? j->base : j->edited;
    SPX_TRY(spx_tensors_some(&globs, j->into, err));
    SPX_TRY(spx_rewrite_open(&j->written, j->into, type_name, err));
out:
    return st;
}

static spx_status filter_checkpoints(job *j, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(open_job(j, err));
    print_header();
    for (size_t i = 0; i < spx_ckpt_count(j->into); i++)
        SPX_TRY(visit(j, spx_ckpt_at(j->into, i), err));
    if (j->written.n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor that is to be filtered differs from %s",
                  paths.item[1], paths.item[0]);
    if (cli.output) SPX_TRY(spx_rewrite_write(&j->written, cli.output, err));
    SPX_TRY(spx_ckpt_check(j->base, err));
    SPX_TRY(spx_ckpt_check(j->edited, err));
out:
    return st;
}

/* "0.05,0.1" into tau; returns how many, 0 if it is no list of shares. */
static size_t parse_taus(const char *text, double *tau)
{
    size_t n = 0;
    char *end = NULL;
    for (const char *at = text; n < TAUS; at = end + 1) {
        tau[n] = strtod(at, &end);
        if (end == at || !(tau[n] > 0 && tau[n] <= 1)) return 0;
        n++;
        if (*end == '\0') return n;
        if (*end != ',') return 0;
    }
    return 0;
}

/* The filter's own tau, 0 where it has none. */
static double default_tau(void)
{
    spx_filter_spec settled = {0};
    return spx_filter_resolve(&spec, &settled, NULL) == SPX_OK ? settled.tau : 0;
}

static spx_status filter_pair(spx_error *err)
{
    job j = {0};
    spx_status st = spx_filter_resolve(&spec, &spec, err);
    if (st == SPX_OK) st = filter_checkpoints(&j, err);
    spx_rewrite_close(&j.written);
    spx_moments_close(j.stats);
    spx_ckpt_close(j.edited);
    spx_ckpt_close(j.base);
    return st;
}

/* What the arguments ask for. */
typedef enum task { PAIR, REPLAY, STAGE } task;

/* Do the options fit a stage that is written? Else the exit code. */
static int check_stage(void)
{
    if (!model_path || !cli.output)
        return cli_usage("a stage is written into --model and to --output");
    if (spec.name || tau_list)
        return cli_usage("a stage is written as it was; to filter it, name the base before it");
    return CLI_OK;
}

static int check_taus(task t, size_t n)
{
    if (n == 0)
        return cli_usage("--tau takes shares from 0 to 1, at most %d, not '%s'", TAUS, tau_list);
    if (t == PAIR && n > 1) return cli_usage("one --tau is wanted");
    if (model_path && (n > 1 || !cli.output || cli_run_file()))
        return cli_usage("one --tau and a checkpoint as --output are wanted with --model");
    return CLI_OK;
}

static spx_status perform(task t, double *tau, size_t n, spx_error *err)
{
    const char *one = paths.item[0];
    if (t == STAGE) return spx_rewrite_stage(one, model_path, type_name, cli.output, err);
    if (!spec.name) spec.name = "revive";
    filters_fill(&spec);
    spec.tau = tau[0];
    if (t == PAIR) return filter_pair(err);
    if (tau[0] == 0) tau[0] = default_tau();
    const spx_replay_sweep sweep = {spec, tau, n, measure_tau, &globs, model_path, type_name};
    return spx_replay(one, &sweep, err);
}

static int run(void)
{
    spx_error err = {0};
    double tau[TAUS] = {0};
    const char *one = paths.n == 1 ? paths.item[0] : "";
    const task t = spx_ckpt_stage(one, NULL, 0) ? STAGE : paths.n == 1 ? REPLAY : PAIR;
    if (list) {
        filters_list();
        return CLI_OK;
    }
    if (paths.n != 2 && t != STAGE && !spx_names_run_file(one))
        return cli_usage("BASE and EDITED, RUN.h5 or RUN.h5#STAGE are wanted");
    const size_t n = tau_list ? parse_taus(tau_list, tau) : 1;
    const int code = t == STAGE ? check_stage() : check_taus(t, n);
    if (code != CLI_OK) return code;
    return perform(t, tau, n, &err) == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-filter", "what a filter leaves of a change", opts, run, true,
                           false};
    return cli_main(&tool, argc, argv);
}
