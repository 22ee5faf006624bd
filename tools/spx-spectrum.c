/* spx-spectrum: singular values of tensors, and what describes them. */
#include "cli.h"
#include "tensors.h"

#include "spx/record.h"
#include "spx/spectrum.h"

static cli_list globs, paths;
static const char *engine = "gram";
static double tau = 0.1;
static long k;
static bool values;

static const cli_opt opts[] = {
    {CLI_REST, 0, "CHECKPOINT", &paths, 0, 0,
     "checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6, "triplets computed and checked, instead of tau [0]"},
    {CLI_REAL, 0, "tau", &tau, 1e-9, 1,
     "share of the sum of values that k(tau) directions hold [0.1]"},
    {CLI_STR, 0, "engine", &engine, 0, 0, "gram or full [gram]"},
    {CLI_FLAG, 0, "values", &values, 0, 0, "print all singular values instead of metrics"},
    {0},
};

static void head(const source *s, const spx_tensor *t, const spx_svd *f)
{
    const long layer = spx_arch_place(t->name).layer;
    if (!cli.json) {
        printf("%s\t%s\t%ld\t%zu\t%zu\t", s->stage, t->name, layer, f->rows, f->cols);
        return;
    }
    printf("{\"schema\": 1, \"tool\": \"spx-spectrum\", \"stage\": ");
    cli_json_text(s->stage);
    printf(", \"tensor\": ");
    cli_json_text(t->name);
    printf(", \"layer\": %ld, \"rows\": %zu, \"cols\": %zu, ", layer, f->rows, f->cols);
}

static void print_metric(const source *s, const spx_tensor *t, const spx_svd *f, const char *name,
                         double value)
{
    head(s, t, f);
    if (!cli.json) {
        printf("%s\t%.9g\n", name, value);
        return;
    }
    printf("\"metric\": \"%s\", \"value\": ", name);
    cli_json_number(value);
    printf("}\n");
}

static void print_values(const source *s, const spx_tensor *t, const spx_svd *f)
{
    for (size_t i = 0; i < f->r && !cli.json; i++) {
        head(s, t, f);
        printf("%zu\t%.9g\n", i + 1, f->s[i]);
    }
    if (!cli.json) return;
    head(s, t, f);
    printf("\"sigma\": [");
    for (size_t i = 0; i < f->r; i++) {
        if (i) printf(", ");
        cli_json_number(f->s[i]);
    }
    printf("]}\n");
}

static void print(const source *s, const spx_tensor *t, const spx_svd *f)
{
    size_t n = 0;
    const spx_spectrum_metric *m = spx_spectrum_metrics(&n);
    if (values) {
        print_values(s, t, f);
        return;
    }
    for (size_t i = 0; i < n; i++) print_metric(s, t, f, m[i].q.name, m[i].fn(f->s, f->r));
    print_metric(s, t, f, "k", (double)spx_spectrum_k(f->s, f->r, tau));
    print_metric(s, t, f, "svd_residual", f->residual);
}

static spx_status measure(const source *s, const spx_tensor *t, spx_store *store, size_t stage,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0};
    spx_svd f = {0};
    spx_svd_opts o = spx_svd_defaults();
    o.engine = engine;
    o.k = (size_t)k;
    o.tau = k ? 0 : tau;
    SPX_TRY(tensors_matrix(t, &W, err));
    SPX_TRY(spx_svd_compute(&W, &o, &f, err));
    if (f.note && !cli.quiet) fprintf(stderr, "spx-spectrum: %s: %s\n", t->name, f.note);
    if (store)
        SPX_TRY(spx_record_spectrum(store, t->name, stage, &f, tau, err));
    else
        print(s, t, &f);
out:
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", s->path, t->name);
    spx_svd_free(&f);
    spx_mat_free(&W);
    return st;
}

static spx_status measure_source(const source *s, size_t place, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    const size_t stage = store ? spx_store_stages(store) : 0;
    SPX_TRY(spx_ckpt_open(s->path, &c, err));
    SPX_TRY(tensors_some(&globs, c, err));
    if (store) SPX_TRY(spx_store_add_stage(store, s->stage, (double)place, err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (tensors_chosen(&globs, spx_ckpt_at(c, i)))
            SPX_TRY(measure(s, spx_ckpt_at(c, i), store, stage, err));
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    source *sources = NULL;
    spx_store *store = NULL;
    size_t n = 0;
    SPX_TRY(sources_expand(&paths, &sources, &n, &err));
    if (cli_run_file()) SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &store, &err));
    if (!store && !cli.json)
        printf("stage\ttensor\tlayer\trows\tcols\t%s\tvalue\n", values ? "index" : "metric");
    for (size_t i = 0; i < n; i++) SPX_TRY(measure_source(&sources[i], i, store, &err));
    if (store) {
        SPX_TRY(spx_store_set_text(store, "", "history", cli.command, &err));
        SPX_TRY(spx_store_commit(&store, &err));
    }
out:
    spx_store_close(store);
    spx_free(sources);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-spectrum", "singular values of tensors and what describes them",
                           opts,           run,
                           false,          false};
    return cli_main(&tool, argc, argv);
}
