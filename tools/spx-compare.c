/* spx-compare: how the dominant subspaces of a base have fared in later checkpoints or stages. */
#include "cli.h"
#include "replay.h"

#include "spx/measure.h"

#include <math.h>
#include <string.h>

static spx_names globs, paths;
static const char *base_path, *shard;
static spx_measure_opts wanted = {.dominant = {.tau = 0.1}};
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
    {CLI_STR, 0, "shard", &shard, 0, 0,
     "I/N: the I-th of N shares of the tensors, for job arrays; spx-merge joins them"},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return spx_tensor_is_matrix(t) && (all || spx_tensors_chosen(&globs, t));
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
    fprintf(cli.out, "%s\t%s\t%s\t%ld\t%.*s\t%s", p->stage, p->base, p->tensor,
            spx_arch_place(p->tensor).layer, (int)length, q->name, side);
    cli_cell(p->k ? (double)p->k : (double)NAN);
    if (p->measured && isnan(value) && is_bound(q->name))
        fprintf(cli.out, "\tvacuous");
    else
        cli_cell(value);
    cli_cell(null);
    fputc('\n', cli.out);
}

static void print_json(const place *p, const spx_quantity *q, double value, double null)
{
    size_t length = 0;
    const char *side = side_of(q->name, &length);
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-compare\", \"stage\": ");
    cli_json_text(p->stage);
    fprintf(cli.out, ", \"base\": ");
    cli_json_text(p->base);
    fprintf(cli.out, ", \"tensor\": ");
    cli_json_text(p->tensor);
    fprintf(cli.out, ", \"layer\": %ld, \"metric\": \"%.*s\", \"side\": \"%s\", \"k\": ",
            spx_arch_place(p->tensor).layer, (int)length, q->name, side);
    cli_json_number(p->k ? (double)p->k : (double)NAN);
    fprintf(cli.out, ", \"tau\": ");
    cli_json_number(k ? (double)NAN : wanted.dominant.tau);
    fprintf(cli.out, ", \"value\": ");
    cli_json_number(value);
    fprintf(cli.out, ", \"null\": ");
    cli_json_number(null);
    fprintf(cli.out, "}\n");
}

static void print(const place *p, const spx_measured *r)
{
    void (*const row)(const place *, const spx_quantity *, double, double) =
        cli.json ? print_json : print_row;
    for (size_t i = 0; spx_subspace_metric(i); i++)
        row(p, spx_subspace_metric(i), r->subspace.value[i], r->null.value[i]);
    for (size_t i = 0; spx_change_metric(i); i++)
        row(p, spx_change_metric(i), r->change.value[i], (double)NAN);
}

/* Stages base and LATER[stage_number], and with --previous the one before that; a result a tensor.
 */
typedef struct work {
    const spx_source *first, *sources;
    size_t n, odd, open; /* LATER, tensors that cannot be compared, 1 + the stage that is open */
    spx_stage base, before, now;
    spx_measured *result; /* of each tensor beside base and, with --previous, the stage before */
    size_t *stage_of;     /* 1 + the stage that a result is of */
} work;

/* Passes: each stage beside the base or, with --previous, in turns beside the base and the one
 * before; the first has none. */
static size_t turns(void) { return previous ? 2 : 1; }

static spx_stage *other(work *w, size_t pass)
{
    return previous && pass % 2 == 1 ? &w->before : &w->base;
}

static bool both(work *w, size_t item)
{
    const size_t i = item % w->base.n;
    const spx_stage *a = other(w, item / w->base.n);
    return a->ckpt && a->tensor[i] && w->now.tensor[i];
}

static size_t slot_of(const work *w, size_t item)
{
    return item / w->base.n % turns() * w->base.n + item % w->base.n;
}

/* Beside the base the stage before was measured with the same bytes: so this one is known. */
static bool known(const work *w, size_t item)
{
    const size_t i = item % w->base.n;
    return w->before.ckpt && w->before.tensor[i] && item / w->base.n % turns() == 0 &&
           w->stage_of[slot_of(w, item)] == w->open - 1 &&
           spx_tensors_identical(w->before.tensor[i], w->now.tensor[i]);
}

/* The decomposition goes with the result. */
static void keep_known(work *w, size_t i, spx_measured *r)
{
    w->now.svd[i] = w->before.svd[i];
    w->before.svd[i] = (spx_svd){0};
    if (r->now) r->now = &w->now.svd[i];
}

static spx_status job(size_t item, void *arg, spx_error *err)
{
    work *w = arg;
    const size_t i = item % w->base.n, slot = slot_of(w, item);
    spx_stage *a = other(w, item / w->base.n), *b = &w->now;
    spx_measured *r = &w->result[slot];
    spx_status st = SPX_OK;
    if (!both(w, item)) return SPX_OK;
    if (known(w, item))
        keep_known(w, i, r);
    else {
        spx_measured_free(r);
        *r = (spx_measured){0};
        st = spx_stage_measure(a, b, &w->base, i, &wanted, r, err);
    }
    w->stage_of[slot] = st == SPX_OK ? w->open : 0;
    spx_ckpt_release(a->ckpt, a->tensor[i], 0, spx_tensor_rows(a->tensor[i]));
    spx_ckpt_release(b->ckpt, b->tensor[i], 0, spx_tensor_rows(b->tensor[i]));
    return st;
}

static spx_status emit(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    work *w = arg;
    const size_t i = item % w->base.n, pass = item / w->base.n;
    const spx_stage *a = other(w, pass);
    spx_measured *r = &w->result[slot_of(w, item)];
    spx_status st = SPX_OK;
    if (!both(w, item)) return SPX_OK;
    const place p = {w->now.from.stage, a->from.stage, w->now.tensor[i]->name, r->subspace.k,
                     r->now != NULL};
    if (to->store)
        st = spx_measured_record(to->store, pass / turns(), p.tensor, &wanted, r, err);
    else
        print(&p, r);
    if (wanted.maps) { /* too large to be kept for a stage like it */
        spx_measured_free(r);
        w->stage_of[slot_of(w, item)] = 0;
    }
    if (previous) return st;
    spx_mat_free(&w->now.svd[i].U); /* values are all that a stage like it would need */
    spx_mat_free(&w->now.svd[i].V);
    return st;
}

static spx_status some(const spx_stage *s, spx_error *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->tensor[i]) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: has none of the tensors chosen in %s", s->from.path,
                    base_path);
}

/* The stage of a pass; the one that was open is the one before. */
static spx_status open_stage(size_t pass, void *arg, spx_error *err)
{
    work *w = arg;
    spx_status st = SPX_OK;
    const size_t t = pass / turns();
    if (w->open == t + 1) return SPX_OK;
    if (w->now.ckpt) SPX_TRY(spx_ckpt_check(w->now.ckpt, err));
    spx_stage_close(&w->before);
    w->before = w->now;
    w->now = (spx_stage){0};
    SPX_TRY(spx_stage_open(&w->now, &w->sources[t], &w->base, kept, &w->odd, err));
    SPX_TRY(some(&w->now, err));
    w->open = t + 1;
out:
    return st;
}

static spx_status describe(spx_bytes *identity, void *arg, spx_error *err)
{
    const work *w = arg;
    const spx_status st = spx_describe_tensors(identity, w->first, kept, err);
    return st == SPX_OK ? spx_describe_sources(identity, w->sources, w->n, kept, err) : st;
}

static void name(size_t item, void *arg, char *out, size_t room)
{
    const work *w = arg;
    snprintf(out, room, "%s of %s", w->base.tensor[item % w->base.n]->name,
             w->sources[item / w->base.n / turns()].stage);
}

static spx_status follow_all(work *w, spx_error *err)
{
    spx_items x = {.host = cli_items_host(),
                   .passes = w->n * turns(),
                   .heading =
                       cli.json ? NULL : "stage\tbase\ttensor\tlayer\tmetric\tside\tk\tvalue\tnull",
                   .shard = shard,
                   .describe = describe,
                   .open = open_stage,
                   .job = job,
                   .emit = emit,
                   .name = name,
                   .arg = w};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t slots = w->base.n * turns();
    SPX_TRY(SPX_SCRATCH(&tmp, &w->result, slots, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w->stage_of, slots, err));
    SPX_TRY(spx_stage_groups(&w->base, &x, &tmp, err));
    SPX_TRY(spx_items_run(&x, err));
    if (w->now.ckpt) SPX_TRY(spx_ckpt_check(w->now.ckpt, err)); /* a rank may have had no item */
    SPX_TRY(spx_ckpt_check(w->base.ckpt, err));
out:
    for (size_t i = 0; w->result && i < slots; i++) spx_measured_free(&w->result[i]);
    spx_scratch_free(&tmp);
    return st;
}

static int run_by_edit(void)
{
    spx_error err = {0};
    if (paths.n > 0) return cli_usage("one RUN.h5 is wanted with --by-edit");
    return spx_by_edit(base_path, wanted.dominant.tau, (size_t)k, &globs, &err) == SPX_OK
               ? CLI_OK
               : cli_fail(&err);
}

static spx_status compare_all(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_source *sources = NULL, first;
    spx_source_of(base_path, &first);
    w->first = &first;
    SPX_TRY(spx_sources_expand(&paths, &sources, &w->n, err));
    w->sources = sources;
    SPX_TRY(spx_stage_open_base(&w->base, &first, kept, cli_notify(), err));
    if (!all) SPX_TRY(spx_tensors_some(&globs, w->base.ckpt, err));
    SPX_TRY(follow_all(w, err));
out:
    spx_free(sources);
    spx_stage_close(&w->now);
    spx_stage_close(&w->before);
    spx_stage_close(&w->base);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    work w = {0};
    wanted.dominant.k = (size_t)k;
    if (by_edit) return run_by_edit();
    if (paths.n == 0) return cli_usage("LATER is missing");
    if (wanted.maps && !cli_run_file()) return cli_usage("--maps needs a run file to keep them in");
    if (previous && cli_run_file()) return cli_usage("--previous prints; it cannot be kept");
    if (compare_all(&w, &err) != SPX_OK) return cli_fail(&err);
    return w.odd ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-compare", "a base's dominant subspaces in later checkpoints", opts, run, false, false};
    return cli_main_ranked(&tool, argc, argv);
}
