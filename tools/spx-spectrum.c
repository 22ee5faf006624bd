/* spx-spectrum: singular values of tensors, and what describes them. */
#include "cli.h"

#include "spx/history.h"
#include "spx/items.h"
#include "spx/record.h"
#include "spx/spectrum.h"

static spx_names globs, paths;
static const char *engine = "gram", *shard;
static double tau = 0.1;
static long k;
static bool values, all;

static const cli_opt opts[] = {
    {CLI_REST, 0, "CHECKPOINT", &paths, 0, 0,
     "checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages; in natural order of names"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_FLAG, 0, "all", &all, 0, 0, "every matrix"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6,
     "triplets computed, whose residuals check the answer [0: its trace does]"},
    {CLI_REAL, 0, "tau", &tau, 1e-9, 1,
     "share of the sum of values that k(tau) directions hold [0.1]"},
    {CLI_STR, 0, "engine", &engine, 0, 0, "gram or full [gram]"},
    {CLI_FLAG, 0, "values", &values, 0, 0, "print all singular values instead of metrics"},
    {CLI_STR, 0, "shard", &shard, 0, 0,
     "I/N: the I-th of N shares of the tensors, for job arrays; spx-merge joins them"},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return spx_tensor_is_matrix(t) && (all || spx_tensors_chosen(&globs, t));
}

static void head(const spx_source *s, const spx_tensor *t, const spx_svd *f)
{
    const long layer = spx_arch_place(t->name).layer;
    if (!cli.json) {
        fprintf(cli.out, "%s\t%s\t%ld\t%zu\t%zu\t", s->stage, t->name, layer, f->rows, f->cols);
        return;
    }
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-spectrum\", \"stage\": ");
    cli_json_text(s->stage);
    fprintf(cli.out, ", \"tensor\": ");
    cli_json_text(t->name);
    fprintf(cli.out, ", \"layer\": %ld, \"rows\": %zu, \"cols\": %zu, ", layer, f->rows, f->cols);
}

static void print_metric(const spx_source *s, const spx_tensor *t, const spx_svd *f,
                         const char *name, double value)
{
    head(s, t, f);
    if (!cli.json) {
        fputs(name, cli.out);
        cli_cell(value);
        fputc('\n', cli.out);
        return;
    }
    fprintf(cli.out, "\"metric\": \"%s\", \"value\": ", name);
    cli_json_number(value);
    fprintf(cli.out, "}\n");
}

static void print_values(const spx_source *s, const spx_tensor *t, const spx_svd *f)
{
    for (size_t i = 0; i < f->r && !cli.json; i++) {
        head(s, t, f);
        fprintf(cli.out, "%zu\t%.9g\n", i + 1, f->s[i]);
    }
    if (!cli.json) return;
    head(s, t, f);
    fprintf(cli.out, "\"sigma\": [");
    for (size_t i = 0; i < f->r; i++) {
        if (i) fprintf(cli.out, ", ");
        cli_json_number(f->s[i]);
    }
    fprintf(cli.out, "]}\n");
}

/* What is known of each tensor at the stage that is being measured. */
typedef struct work {
    const spx_source *sources;
    size_t n, tensors, odd;
    spx_history *all;
    const spx_svd **svd;
    double (*value)[SPX_SPECTRUM_METRICS];
} work;

static spx_status measure(size_t item, void *arg, spx_error *err)
{
    const work *w = arg;
    const size_t stage_number = item / w->tensors, i = item % w->tensors;
    const spx_stage *c = spx_history_stage(w->all, stage_number);
    const spx_tensor *t = c->tensor[i];
    if (!t) return SPX_OK;
    const spx_status st = spx_history_measure(w->all, stage_number, i, &w->svd[i], err);
    if (st != SPX_OK) {
        spx_prefix(err, "%s: tensor %s", c->from.path, t->name);
        return st;
    }
    const spx_svd *f = w->svd[i];
    const spx_spectrum x = {f->s, f->r, f->rows, f->cols, tau};
    spx_spectrum_measure(&x, w->value[i]);
    spx_ckpt_release(c->ckpt, t, 0, spx_tensor_rows(t));
    return SPX_OK;
}

static void print(const spx_source *s, const spx_tensor *t, const spx_svd *f, const double *value)
{
    if (values) {
        print_values(s, t, f);
        return;
    }
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        print_metric(s, t, f, spx_spectrum_metric(i)->name, value[i]);
    print_metric(s, t, f, "svd_residual", f->residual);
}

static spx_status emit(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    const work *w = arg;
    const size_t stage_number = item / w->tensors, i = item % w->tensors;
    const spx_stage *c = spx_history_stage(w->all, stage_number);
    const spx_tensor *t = c->tensor[i];
    const spx_svd *f = w->svd[i];
    if (!t) return SPX_OK;
    if (f->note) cli_note("%s: %s", t->name, f->note);
    if (to->store) return spx_record_spectrum(to->store, t->name, stage_number, f, tau, err);
    print(&c->from, t, f, w->value[i]);
    return SPX_OK;
}

/* The first source says which tensors there are; what others lack of them is reported. */
static spx_status open_stage(size_t t, void *arg, spx_error *err)
{
    work *w = arg;
    spx_status st = SPX_OK;
    spx_stage *first = spx_history_stage(w->all, 0);
    if (t == 0) return SPX_OK;
    if (t > 1) SPX_TRY(spx_ckpt_check(spx_history_stage(w->all, t - 1)->ckpt, err));
    spx_history_close(w->all, t - 1);
    SPX_TRY(
        spx_stage_open(spx_history_stage(w->all, t), &w->sources[t], first, kept, &w->odd, err));
out:
    return st;
}

static spx_status describe(spx_bytes *identity, void *arg, spx_error *err)
{
    const work *w = arg;
    return spx_describe_sources(identity, w->sources, w->n, kept, err);
}

static void name(size_t item, void *arg, char *out, size_t room)
{
    const work *w = arg;
    snprintf(out, room, "%s of %s", spx_history_stage(w->all, 0)->tensor[item % w->tensors]->name,
             w->sources[item / w->tensors].stage);
}

static spx_status measure_items(work *w, spx_error *err)
{
    spx_items x = {.host = cli_items_host(),
                   .passes = w->n,
                   .heading = cli.json ? NULL
                              : values ? "stage\ttensor\tlayer\trows\tcols\tindex\tvalue"
                                       : "stage\ttensor\tlayer\trows\tcols\tmetric\tvalue",
                   .shard = shard,
                   .describe = describe,
                   .open = open_stage,
                   .job = measure,
                   .emit = emit,
                   .name = name,
                   .arg = w};
    spx_scratch tmp = {0};
    spx_status st = SPX_OK;
    w->tensors = spx_history_stage(w->all, 0)->n;
    SPX_TRY(SPX_SCRATCH(&tmp, &w->value, w->tensors, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w->svd, w->tensors, err));
    SPX_TRY(spx_stage_groups(spx_history_stage(w->all, 0), &x, &tmp, err));
    SPX_TRY(spx_items_run(&x, err));
    SPX_TRY(spx_ckpt_check(spx_history_stage(w->all, 0)->ckpt, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status measure_all(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd_opts o = spx_svd_defaults();
    o.engine = engine;
    o.k = (size_t)k;
    SPX_TRY(spx_history_new(w->n, &o, &w->all, err));
    spx_stage *first = spx_history_stage(w->all, 0);
    SPX_TRY(spx_stage_open_base(first, &w->sources[0], kept, cli_notify(), err));
    if (!all) SPX_TRY(spx_tensors_some(&globs, first->ckpt, err));
    SPX_TRY(spx_history_begin(w->all, err));
    SPX_TRY(measure_items(w, err));
out:
    spx_history_free(w->all);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    spx_source *sources = NULL;
    work w = {0};
    spx_status st = spx_sources_expand(&paths, &sources, &w.n, &err);
    w.sources = sources;
    if (st == SPX_OK) st = measure_all(&w, &err);
    spx_free(sources);
    if (st != SPX_OK) return cli_fail(&err);
    return w.odd ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-spectrum", "singular values of tensors and what describes them",
                           opts,           run,
                           false,          false};
    return cli_main_ranked(&tool, argc, argv);
}
