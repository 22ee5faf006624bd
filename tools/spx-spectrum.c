/* spx-spectrum: the singular values of tensors, and what describes them. */
#include "cli.h"
#include "spectrum_rows.h"

#include "spx/history.h"
#include "spx/measure.h"

static spx_names globs, paths;
static const char *engine = "gram", *shard;
static double tau = 0.1;
static long k;
static bool values, all, null;
static char engine_help[160]; /* set_engine_help */

static const cli_opt opts[] = {
    {.kind = CLI_REST,
     .name = "CHECKPOINT",
     .value = &paths,
     .help = "checkpoints, BASE+ADAPTER, RUN.h5#STAGE, or RUN.h5 for all its stages; in natural "
             "order of names"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "tensors by glob; may repeat [FFN output projections]"},
    {.kind = CLI_FLAG, .name = "all", .value = &all, .help = "every matrix"},
    {.kind = CLI_INT,
     .letter = 'k',
     .name = "rank",
     .value = &k,
     .max = 1e6,
     .help = "triplets computed, whose residuals check the answer [0: its trace does]"},
    {.kind = CLI_REAL,
     .name = "tau",
     .value = &tau,
     .min = 1e-9,
     .max = 1,
     .help = "share of the sum of values that k(tau) directions hold [0.1]"},
    {.kind = CLI_STR,
     .name = "engine",
     .value = &engine,
     .value_name = "NAME",
     .help = engine_help},
    {.kind = CLI_FLAG,
     .name = "values",
     .value = &values,
     .help = "print all singular values instead of metrics"},
    {.kind = CLI_FLAG,
     .name = "null",
     .value = &null,
     .help =
         "compare also with the spectrum of the same entries in random order (--seed): one more "
         "decomposition"},
    {.kind = CLI_STR,
     .name = "shard",
     .value = &shard,
     .value_name = "I/N",
     .help = "I/N: the I-th of N shares of the tensors, for job arrays; spx-merge joins them"},
    {0},
};

static const char *engine_name(const void *unused, size_t i)
{
    (void)unused;
    return spx_svd_whole_engine(i);
}

static void set_engine_help(void)
{
    size_t used = 0;
    for (size_t i = 0; engine_name(NULL, i) && used < sizeof engine_help; i++)
        used += (size_t)snprintf(engine_help + used, sizeof engine_help - used, "%s%s",
                                 i ? ", " : "", engine_name(NULL, i));
    if (used < sizeof engine_help)
        snprintf(engine_help + used, sizeof engine_help - used, " [%s]", engine);
}

static bool kept(const spx_tensor *t)
{
    return spx_tensor_is_matrix(t) && (all || spx_tensors_chosen(&globs, t));
}

/* The stages, and what is known of each tensor at the one that is being measured. */
typedef struct work {
    spx_stage_work stages; /* first, as spx_stage_items asks */
    spx_history *history;
    spx_stage_numbers *numbers;
    size_t odd, fresh; /* fresh: tensors that look freshly initialised */
} work;

static spx_status measure_item(size_t item, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = arg;
    const spx_stage_item at = spx_stage_item_of(&w->stages, item);
    const spx_stage *c = spx_history_stage(w->history, at.stage);
    const spx_tensor *t = c->tensor[at.tensor];
    const spx_stage_opts o = {.parts = SPX_SPECTRUM | (null ? SPX_SHUFFLED : 0),
                              .dominant = {.tau = tau},
                              .seed = (uint64_t)cli.seed};
    spx_stage_pair pair = {0};
    spx_mat W = {0};
    if (!t) return SPX_OK;
    SPX_TRY(spx_history_measure(w->history, at.stage, at.tensor, &pair.now, err));
    if (null) SPX_TRY(spx_stage_matrix(c, w->stages.first, at.tensor, &W, err));
    pair.W = &W;
    SPX_TRY(spx_stage_measure(&pair, &o, &w->numbers[at.tensor], err));
    spx_ckpt_release(c->ckpt, t, 0, spx_tensor_rows(t));
out:
    spx_mat_free(&W);
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", c->from.path, t->name);
    return st;
}

/* Names the first three. */
static void note_fresh(work *w, const char *tensor, const spx_stage_numbers *n)
{
    if (spx_spectrum_is_noise(n->spectrum, n->now->r) && w->fresh++ < 3)
        cli_note("%s looks freshly initialised: its spectrum is that of random entries", tensor);
}

static spx_status emit_item(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    work *w = arg;
    const spx_stage_item at = spx_stage_item_of(&w->stages, item);
    const spx_stage *c = spx_history_stage(w->history, at.stage);
    const spx_tensor *t = c->tensor[at.tensor];
    const spx_stage_numbers *n = &w->numbers[at.tensor];
    char vague[900];
    if (!t) return SPX_OK;
    if (n->now->note) cli_note("%s: %s", t->name, n->now->note);
    if (!values && spx_stage_vague(n, vague, sizeof vague)) cli_note("%s: %s", t->name, vague);
    note_fresh(w, t->name, n);
    if (values)
        spectrum_print_values(&c->from, t, n->now);
    else
        spectrum_print_numbers(&c->from, t, n, null);
    return to->store ? spx_stage_record(to->store, t->name, at.stage, n, err) : SPX_OK;
}

/* The first stage says which tensors there are; what later ones lack of them is reported. */
static spx_status open_stage(size_t t, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = arg;
    spx_history *h = w->history;
    if (t == 0) return SPX_OK;
    if (t > 1) SPX_TRY(spx_ckpt_check(spx_history_stage(h, t - 1)->ckpt, err));
    spx_history_close(h, t - 1);
    SPX_TRY(spx_stage_open(spx_history_stage(h, t), &w->stages.stages[t], w->stages.first, kept,
                           &w->odd, err));
out:
    return st;
}

static spx_status measure_items(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_items x = {.host = cli_items_host(),
                   .heading = cli.json ? NULL
                              : values ? "stage\ttensor\tlayer\trows\tcols\tindex\tvalue"
                                       : "stage\ttensor\tlayer\trows\tcols\tmetric\tvalue",
                   .shard = shard,
                   .open = open_stage,
                   .job = measure_item,
                   .emit = emit_item};
    SPX_TRY(SPX_SCRATCH(&tmp, &w->numbers, w->stages.first->n, err));
    SPX_TRY(spx_stage_items(&w->stages, &x, &tmp, err));
    SPX_TRY(spx_items_run(&x, err));
    SPX_TRY(spx_ckpt_check(w->stages.first->ckpt, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status measure_stages(const spx_source *stages, size_t n, size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    work w = {.stages = {.stages = stages, .n = n, .turns = 1, .keep = kept}};
    spx_svd_opts o = spx_svd_defaults();
    o.engine = engine;
    o.k = (size_t)k;
    SPX_TRY(spx_history_new(n, &o, &w.history, err));
    spx_stage *first = spx_history_stage(w.history, 0);
    w.stages.first = first;
    SPX_TRY(spx_stage_open_base(first, &stages[0], kept, cli_notify(), err));
    if (!all) SPX_TRY(spx_tensors_some(&globs, first->ckpt, err));
    SPX_TRY(spx_history_begin(w.history, err));
    SPX_TRY(measure_items(&w, err));
    if (w.fresh > 3) cli_note("at least %zu more tensors look so", w.fresh - 3);
    *odd = w.odd;
out:
    spx_history_free(w.history);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_source *stages = NULL;
    size_t n = 0, odd = 0, row = 0;
    if (values && null && !cli_run_file()) return cli_usage("--null cannot be used with --values");
    if (spx_find_name("engine", engine, engine_name, NULL, &row, &err) != SPX_OK)
        return cli_usage("--engine: %s", err.text);
    SPX_TRY(spx_sources_expand(&paths, NULL, &stages, &n, &err));
    SPX_TRY(measure_stages(stages, n, &odd, &err));
out:
    spx_free(stages);
    if (st != SPX_OK) return cli_fail(&err);
    return odd ? CLI_CROSSED : CLI_OK;
}

static const char *const examples[] = {
    "spx-spectrum model.gguf",
    "spx-spectrum base/ edited/ --tau 0.2 -o run.h5",
    NULL,
};

int main(int argc, char **argv)
{
    static const cli_quantities tables[] = {spx_spectrum_metric, spx_shuffled_metric,
                                            spx_stage_quantity, NULL};
    const cli_tool tool = {.name = "spx-spectrum",
                           .summary = "singular values of tensors and what describes them",
                           .about = "Computes all singular values of chosen matrices and the "
                                    "numbers that describe them: norms, ranks, entropies, gaps, "
                                    "k(tau), the bulk and the tail.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .views = spectrum_views,
                           .long_rows = true,
                           .explains = tables};
    set_engine_help();
    return cli_main_ranked(&tool, argc, argv);
}
