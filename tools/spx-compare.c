/* spx-compare: how the dominant subspaces of a base have fared in later checkpoints or stages. */
#include "cli.h"
#include "compared.h"
#include "ledgers.h"

#include <math.h>
#include <string.h>

static cli_list globs, paths;
static const char *base_path;
static compared_opts wanted = {.dominant = {.tau = 0.1}};
static long k;
static bool previous, all, by_edit;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "BASE", &base_path, 0, 0, "checkpoint, or RUN.h5#STAGE"},
    {CLI_ANY, 0, "LATER", &paths, 0, 0,
     "later checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages; in natural order of names"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_FLAG, 0, "all", &all, 0, 0, "every matrix"},
    {CLI_REAL, 0, "tau", &wanted.dominant.tau, 1e-9, 1,
     "share of the base's singular values that is dominant [0.1]"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6, "dominant directions, instead of tau [0]"},
    {CLI_FLAG, 0, "maps", &wanted.maps, 0, 0,
     "with -o RUN.h5: keep also where each change lies in the base's singular grid, by tenths, and "
     "overlaps(k, l) of the leading k directions before and l now"},
    {CLI_FLAG, 0, "previous", &previous, 0, 0,
     "compare each stage with the one before as well; not with -o RUN.h5"},
    {CLI_FLAG, 0, "by-edit", &by_edit, 0, 0,
     "BASE is a RUN.h5: split what happened to its matrices over rounds and edits"},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return tensors_is_matrix(t) && (all || tensors_chosen(&globs, t));
}

/* "theta_max_u" is metric theta_max of side u; one without a side concerns both. */
static const char *side_of(const char *metric, size_t *length)
{
    const size_t n = strlen(metric);
    *length = n;
    if (n < 3 || metric[n - 2] != '_' || (metric[n - 1] != 'u' && metric[n - 1] != 'v'))
        return "uv";
    *length = n - 2;
    return metric[n - 1] == 'u' ? "u" : "v";
}

static bool is_bound(const char *metric)
{
    const size_t n = strlen(metric);
    return n > 6 && strcmp(metric + n - 6, "_bound") == 0;
}

/* Where a line of the output belongs. */
typedef struct place {
    const char *stage, *base, *tensor;
    size_t k;      /* 0: not known, for nothing was decomposed */
    bool measured; /* a bound that is NaN says nothing, rather than was not asked for */
} place;

static void print_row(const place *p, const spx_quantity *q, double value, double null)
{
    size_t length = 0;
    const char *side = side_of(q->name, &length);
    printf("%s\t%s\t%s\t%ld\t%.*s\t%s", p->stage, p->base, p->tensor,
           spx_arch_place(p->tensor).layer, (int)length, q->name, side);
    cli_cell(p->k ? (double)p->k : (double)NAN);
    if (p->measured && isnan(value) && is_bound(q->name))
        printf("\tvacuous");
    else
        cli_cell(value);
    cli_cell(null);
    putchar('\n');
}

static void print_json(const place *p, const spx_quantity *q, double value, double null)
{
    size_t length = 0;
    const char *side = side_of(q->name, &length);
    printf("{\"schema\": 1, \"tool\": \"spx-compare\", \"stage\": ");
    cli_json_text(p->stage);
    printf(", \"base\": ");
    cli_json_text(p->base);
    printf(", \"tensor\": ");
    cli_json_text(p->tensor);
    printf(", \"layer\": %ld, \"metric\": \"%.*s\", \"side\": \"%s\", \"k\": ",
           spx_arch_place(p->tensor).layer, (int)length, q->name, side);
    cli_json_number(p->k ? (double)p->k : (double)NAN);
    printf(", \"tau\": ");
    cli_json_number(k ? (double)NAN : wanted.dominant.tau);
    printf(", \"value\": ");
    cli_json_number(value);
    printf(", \"null\": ");
    cli_json_number(null);
    printf("}\n");
}

static void print(const place *p, const compared *r)
{
    void (*const row)(const place *, const spx_quantity *, double, double) =
        cli.json ? print_json : print_row;
    for (size_t i = 0; spx_subspace_metric(i); i++)
        row(p, spx_subspace_metric(i), r->subspace.value[i], r->null.value[i]);
    for (size_t i = 0; spx_change_metric(i); i++)
        row(p, spx_change_metric(i), r->change.value[i], (double)NAN);
}

/* Two stages being compared, the run file or none, and a result a tensor. */
typedef struct work {
    stage *a, *b;
    const stage *base;
    spx_store *store;
    size_t at;
    compared *result;
} work;

static spx_status job(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    const spx_tensor *t = w->a->tensor[i], *u = w->b->tensor[i];
    if (!t || !u) return SPX_OK;
    const spx_status st = compared_measure(w->a, w->b, w->base, i, &wanted, &w->result[i], err);
    spx_ckpt_release(w->a->ckpt, t, 0, spx_tensor_rows(t));
    spx_ckpt_release(w->b->ckpt, u, 0, spx_tensor_rows(u));
    return st;
}

static spx_status emit(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    compared *r = &w->result[i];
    spx_status st = SPX_OK;
    if (!w->a->tensor[i] || !w->b->tensor[i]) return SPX_OK;
    const place p = {w->b->from.stage, w->a->from.stage, w->b->tensor[i]->name, r->subspace.k,
                     r->now != NULL};
    if (w->store)
        st = compared_record(w->store, w->at, p.tensor, &wanted, r, err);
    else
        print(&p, r);
    if (!previous) spx_svd_free(&w->b->svd[i]);
    compared_free(r);
    return st;
}

/* Every tensor that both have; the run file is written, or else lines. */
static spx_status compare_stages(stage *a, stage *b, const stage *base, spx_store *store,
                                 spx_error *err)
{
    void *mem = NULL;
    work w = {a, b, base, store, store ? spx_store_stages(store) - 1 : 0, NULL};
    spx_status st = spx_alloc(&mem, base->n, sizeof(compared), err);
    if (st != SPX_OK) return st;
    w.result = mem;
    st = stage_each(base, job, emit, &w, err);
    for (size_t i = 0; i < base->n; i++) compared_free(&w.result[i]);
    spx_free(mem);
    return st;
}

static spx_status some(const stage *s, spx_error *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->tensor[i]) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: has none of the tensors chosen in %s", s->from.path,
                    base_path);
}

/* One later source; it becomes *before. */
static spx_status follow(const source *from, size_t order, stage *base, stage *before,
                         spx_store *store, size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    stage now = {0};
    SPX_TRY(stage_open(&now, from, base, kept, odd, err));
    SPX_TRY(some(&now, err));
    if (store) SPX_TRY(spx_store_add_stage(store, from->stage, (double)order, err));
    SPX_TRY(compare_stages(base, &now, base, store, err));
    if (previous && before->ckpt) SPX_TRY(compare_stages(before, &now, base, NULL, err));
    SPX_TRY(spx_ckpt_check(now.ckpt, err));
    stage_close(before);
    *before = now;
    now = (stage){0};
out:
    stage_close(&now);
    return st;
}

static spx_status follow_all(const source *sources, size_t n, stage *base, spx_store *store,
                             size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    stage before = {0};
    if (!store && !cli.json) printf("stage\tbase\ttensor\tlayer\tmetric\tside\tk\tvalue\tnull\n");
    for (size_t i = 0; st == SPX_OK && i < n; i++)
        st = follow(&sources[i], i, base, &before, store, odd, err);
    if (st == SPX_OK) st = spx_ckpt_check(base->ckpt, err);
    stage_close(&before);
    return st;
}

static int run_by_edit(void)
{
    spx_error err = {0};
    if (paths.n > 0) return cli_usage("one RUN.h5 is wanted with --by-edit");
    return ledgers_by_edit(base_path, wanted.dominant.tau, (size_t)k, &globs, &err) == SPX_OK
               ? CLI_OK
               : cli_fail(&err);
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    stage base = {0};
    source *sources = NULL, first;
    spx_store *store = NULL;
    size_t n = 0, odd = 0;
    wanted.dominant.k = (size_t)k;
    if (by_edit) return run_by_edit();
    if (paths.n == 0) return cli_usage("LATER is missing");
    if (wanted.maps && !cli_run_file()) return cli_usage("--maps needs a run file to keep them in");
    if (previous && cli_run_file()) return cli_usage("--previous prints; it cannot be kept");
    source_of(base_path, &first);
    SPX_TRY(sources_expand(&paths, &sources, &n, &err));
    SPX_TRY(stage_open_base(&base, &first, kept, &err));
    if (!all) SPX_TRY(tensors_some(&globs, base.ckpt, &err));
    if (cli_run_file()) SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &store, &err));
    SPX_TRY(follow_all(sources, n, &base, store, &odd, &err));
    if (store) {
        SPX_TRY(spx_store_set_text(store, "", "history", cli.command, &err));
        SPX_TRY(spx_store_commit(&store, &err));
    }
out:
    spx_store_close(store);
    spx_free(sources);
    stage_close(&base);
    if (st != SPX_OK) return cli_fail(&err);
    return odd ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-compare", "a base's dominant subspaces in later checkpoints", opts, run, false, false};
    return cli_main(&tool, argc, argv);
}
