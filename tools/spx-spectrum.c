/* spx-spectrum: singular values of tensors, and what describes them. */
#include "cli.h"
#include "history.h"

#include "spx/record.h"
#include "spx/spectrum.h"

static cli_list globs, paths;
static const char *engine = "gram";
static double tau = 0.1;
static long k;
static bool values, all;

static const cli_opt opts[] = {
    {CLI_REST, 0, "CHECKPOINT", &paths, 0, 0,
     "checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages; in natural order of names"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_FLAG, 0, "all", &all, 0, 0, "every matrix"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6, "triplets computed and checked, instead of tau [0]"},
    {CLI_REAL, 0, "tau", &tau, 1e-9, 1,
     "share of the sum of values that k(tau) directions hold [0.1]"},
    {CLI_STR, 0, "engine", &engine, 0, 0, "gram or full [gram]"},
    {CLI_FLAG, 0, "values", &values, 0, 0, "print all singular values instead of metrics"},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return tensors_is_matrix(t) && (all || tensors_chosen(&globs, t));
}

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
        fputs(name, stdout);
        cli_cell(value);
        putchar('\n');
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

/* One stage being measured: what is known of its tensors so far. */
typedef struct work {
    history *all;
    const stage *stage;
    spx_store *store;
    size_t t, at;        /* the stage's number here and in the run file */
    const spx_svd **svd; /* one a tensor */
    double (*value)[SPX_SPECTRUM_METRICS];
} work;

static spx_status measure(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    const spx_tensor *t = w->stage->tensor[i];
    if (!t) return SPX_OK;
    const spx_status st = history_measure(w->all, w->t, i, &w->svd[i], err);
    if (st != SPX_OK) {
        spx_prefix(err, "%s: tensor %s", w->stage->from.path, t->name);
        return st;
    }
    const spx_svd *f = w->svd[i];
    const spx_spectrum x = {f->s, f->r, f->rows, f->cols, tau};
    spx_spectrum_measure(&x, w->value[i]);
    spx_ckpt_release(w->stage->ckpt, t, 0, spx_tensor_rows(t));
    return SPX_OK;
}

static void print(const source *s, const spx_tensor *t, const spx_svd *f, const double *value)
{
    if (values) {
        print_values(s, t, f);
        return;
    }
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        print_metric(s, t, f, spx_spectrum_metric(i)->name, value[i]);
    print_metric(s, t, f, "svd_residual", f->residual);
}

static spx_status emit(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    const spx_tensor *t = w->stage->tensor[i];
    const spx_svd *f = w->svd[i];
    if (!t) return SPX_OK;
    if (f->note) cli_note("%s: %s", t->name, f->note);
    if (w->store) return spx_record_spectrum(w->store, t->name, w->at, f, tau, err);
    print(&w->stage->from, t, f, w->value[i]);
    return SPX_OK;
}

static spx_status measure_stage(history *all_stages, size_t t, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *mem = NULL;
    const stage *c = history_stage(all_stages, t);
    work w = {.all = all_stages,
              .stage = c,
              .store = store,
              .t = t,
              .at = store ? spx_store_stages(store) : 0};
    if (store) SPX_TRY(spx_store_add_stage(store, c->from.stage, (double)t, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, c->n, sizeof *w.value, err));
    w.value = mem;
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, c->n, sizeof *w.svd, err));
    w.svd = mem;
    SPX_TRY(stage_each(c, measure, emit, &w, err));
    SPX_TRY(spx_ckpt_check(c->ckpt, err));
    history_close(all_stages, t);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The first source says which tensors there are; what others lack of them is reported. */
static spx_status measure_all(const source *sources, size_t n, spx_store *store, size_t *odd,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    history *h = NULL;
    spx_svd_opts o = spx_svd_defaults();
    o.engine = engine;
    o.k = (size_t)k;
    o.tau = k ? 0 : tau;
    SPX_TRY(history_new(n, &o, &h, err));
    stage *first = history_stage(h, 0);
    SPX_TRY(stage_open_base(first, &sources[0], kept, err));
    if (!all) SPX_TRY(tensors_some(&globs, first->ckpt, err));
    SPX_TRY(history_begin(h, err));
    for (size_t t = 0; t < n; t++) {
        if (t > 0) SPX_TRY(stage_open(history_stage(h, t), &sources[t], first, kept, odd, err));
        SPX_TRY(measure_stage(h, t, store, err));
    }
out:
    history_free(h);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    source *sources = NULL;
    spx_store *store = NULL;
    size_t n = 0, odd = 0;
    SPX_TRY(sources_expand(&paths, &sources, &n, &err));
    if (cli_run_file()) SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &store, &err));
    if (!store && !cli.json)
        printf("stage\ttensor\tlayer\trows\tcols\t%s\tvalue\n", values ? "index" : "metric");
    SPX_TRY(measure_all(sources, n, store, &odd, &err));
    if (store) {
        SPX_TRY(spx_store_set_text(store, "", "history", cli.command, &err));
        SPX_TRY(spx_store_commit(&store, &err));
    }
out:
    spx_store_close(store);
    spx_free(sources);
    if (st != SPX_OK) return cli_fail(&err);
    return odd ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-spectrum", "singular values of tensors and what describes them",
                           opts,           run,
                           false,          false};
    return cli_main(&tool, argc, argv);
}
