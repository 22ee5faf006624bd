/* spx-compare: how the dominant subspaces of a base have fared in later checkpoints or stages. */
#include "cli.h"
#include "ledgers.h"
#include "stages.h"

#include "spx/change.h"
#include "spx/nullband.h"
#include "spx/record.h"
#include "spx/spectrum.h"

#include <math.h>
#include <string.h>

static cli_list globs, paths;
static const char *base_path;
static dominance dominant = {.tau = 0.1};
static long k;
static bool previous, all, maps, by_edit;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "BASE", &base_path, 0, 0, "checkpoint, or RUN.h5#STAGE"},
    {CLI_ANY, 0, "LATER", &paths, 0, 0,
     "later checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages; in natural order of names"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_FLAG, 0, "all", &all, 0, 0, "every matrix"},
    {CLI_REAL, 0, "tau", &dominant.tau, 1e-9, 1,
     "share of the base's singular values that is dominant [0.1]"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6, "dominant directions, instead of tau [0]"},
    {CLI_FLAG, 0, "maps", &maps, 0, 0,
     "with -o RUN.h5: keep also where each change lies in the base's singular grid, by tenths"},
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

/* One tensor of a later stage against the same of an earlier one. */
typedef struct result {
    spx_subspace compared, null;
    spx_change change;
    const spx_svd *now; /* NULL if nothing changed and so nothing was decomposed */
    double map[SPX_DECILES * SPX_DECILES]; /* of --maps */
} result;

static void result_free(result *r)
{
    spx_subspace_free(&r->compared);
    spx_subspace_free(&r->null);
    spx_change_free(&r->change);
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
    cli_json_number(k ? (double)NAN : dominant.tau);
    printf(", \"value\": ");
    cli_json_number(value);
    printf(", \"null\": ");
    cli_json_number(null);
    printf("}\n");
}

static void print(const place *p, const result *r)
{
    void (*const row)(const place *, const spx_quantity *, double, double) =
        cli.json ? print_json : print_row;
    for (size_t i = 0; spx_subspace_metric(i); i++)
        row(p, spx_subspace_metric(i), r->compared.value[i], r->null.value[i]);
    for (size_t i = 0; spx_change_metric(i); i++)
        row(p, spx_change_metric(i), r->change.value[i], (double)NAN);
}

static void unchanged(result *r)
{
    spx_subspace_same(&r->compared);
    spx_change_none(&r->change);
    for (size_t i = 0; i < SPX_SUBSPACE_METRICS; i++) r->null.value[i] = (double)NAN;
    r->compared.k = (size_t)k;
}

/* Both have been widened; they differ, at least in how they are stored. */
static spx_status measure(stage *a, const spx_mat *W0, stage *b, const spx_mat *W, size_t i,
                          result *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t whole = W0->rows < W0->cols ? W0->rows : W0->cols;
    spx_mat map = {SPX_DECILES, SPX_DECILES, SPX_DECILES, r->map};
    SPX_TRY(stage_svd(a, i, W0, &dominant, maps ? whole : 0, err));
    const spx_svd *base = &a->svd[i];
    if (base->k == 0)
        SPX_RAISE(err, SPX_ENUMERIC, "%s: tensor %s is all zero: nothing of it is dominant",
                  a->from.path, a->tensor[i]->name);
    const size_t dominated =
        dominant.k ? dominant.k : spx_spectrum_k(base->s, base->r, dominant.tau);
    SPX_TRY(stage_svd(b, i, W, &dominant, dominated, err));
    if (b->svd[i].k == 0)
        SPX_RAISE(err, SPX_ENUMERIC, "%s: tensor %s is all zero", b->from.path, b->tensor[i]->name);
    r->now = &b->svd[i];
    const spx_subspace_pair pair = {base, r->now, W, dominated};
    const spx_change_pair change = {W0, W, base, r->now, dominated, b->tensor[i]->dtype};
    SPX_TRY(spx_subspace_compare(&pair, &r->compared, err));
    SPX_TRY(spx_nullband(&pair, b->tensor[i]->dtype, &r->null, err));
    SPX_TRY(spx_change_measure(&change, &r->change, err));
    if (maps) SPX_TRY(spx_change_map(base, W0, W, &map, err));
out:
    return st;
}

static spx_status compare_tensor(stage *a, stage *b, const stage *base, size_t i, result *r,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0}, W = {0};
    const size_t rows = spx_tensor_rows(a->tensor[i]), cols = spx_tensor_cols(a->tensor[i]);
    if (dominant.k > rows || dominant.k > cols)
        SPX_RAISE(err, SPX_EINVAL, "%s: tensor %s: %zu directions wanted of %zu", a->from.path,
                  a->tensor[i]->name, dominant.k, rows < cols ? rows : cols);
    if (tensors_identical(a->tensor[i], b->tensor[i])) {
        unchanged(r);
        return SPX_OK;
    }
    SPX_TRY(stage_matrix(a, base, i, &W0, err));
    SPX_TRY(stage_matrix(b, base, i, &W, err));
    SPX_TRY(measure(a, &W0, b, &W, i, r, err));
out:
    spx_mat_free(&W0);
    spx_mat_free(&W);
    return st;
}

static spx_status record(spx_store *store, size_t at, const char *tensor, const result *r,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    if (r->now) SPX_TRY(spx_record_spectrum(store, tensor, at, r->now, dominant.tau, err));
    SPX_TRY(spx_record_subspace(store, tensor, at, &r->compared, &r->null, err));
    SPX_TRY(spx_record_change(store, tensor, at, &r->change, err));
    if (maps && r->now) SPX_TRY(spx_record_map(store, tensor, at, r->map, err));
out:
    return st;
}

/* Two stages being compared, the run file or none, and a result a tensor. */
typedef struct work {
    stage *a, *b;
    const stage *base;
    spx_store *store;
    size_t at;
    result *result;
} work;

static spx_status job(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    const spx_tensor *t = w->a->tensor[i], *u = w->b->tensor[i];
    if (!t || !u) return SPX_OK;
    const spx_status st = compare_tensor(w->a, w->b, w->base, i, &w->result[i], err);
    spx_ckpt_release(w->a->ckpt, t, 0, spx_tensor_rows(t));
    spx_ckpt_release(w->b->ckpt, u, 0, spx_tensor_rows(u));
    return st;
}

static spx_status emit(size_t i, void *arg, spx_error *err)
{
    const work *w = arg;
    result *r = &w->result[i];
    spx_status st = SPX_OK;
    if (!w->a->tensor[i] || !w->b->tensor[i]) return SPX_OK;
    const place p = {w->b->from.stage, w->a->from.stage, w->b->tensor[i]->name, r->compared.k,
                     r->now != NULL};
    if (w->store)
        st = record(w->store, w->at, p.tensor, r, err);
    else
        print(&p, r);
    if (!previous) spx_svd_free(&w->b->svd[i]);
    result_free(r);
    return st;
}

/* Every tensor that both have; the run file is written, or else lines. */
static spx_status compare_stages(stage *a, stage *b, const stage *base, spx_store *store,
                                 spx_error *err)
{
    void *mem = NULL;
    work w = {a, b, base, store, store ? spx_store_stages(store) - 1 : 0, NULL};
    spx_status st = spx_alloc(&mem, base->n, sizeof(result), err);
    if (st != SPX_OK) return st;
    w.result = mem;
    st = stage_each(base, job, emit, &w, err);
    for (size_t i = 0; i < base->n; i++) result_free(&w.result[i]);
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
    return ledgers_by_edit(base_path, dominant.tau, (size_t)k, &globs, &err) == SPX_OK
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
    dominant.k = (size_t)k;
    if (by_edit) return run_by_edit();
    if (paths.n == 0) return cli_usage("LATER is missing");
    if (maps && !cli_run_file()) return cli_usage("--maps needs a run file to keep them in");
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
