/* spx-compare: how the dominant subspaces of a base have fared in later checkpoints or stages. */
#include "cli.h"
#include "tensors.h"

#include "spx/record.h"

#include <math.h>
#include <string.h>

static cli_list globs, paths;
static const char *base_path;
static double tau = 0.1;
static long k;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "BASE", &base_path, 0, 0, "checkpoint, or RUN.h5#STAGE"},
    {CLI_REST, 0, "LATER", &paths, 0, 0,
     "later checkpoints, RUN.h5#STAGE, or RUN.h5 for all its stages"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {CLI_REAL, 0, "tau", &tau, 1e-9, 1,
     "share of the base's singular values that is dominant [0.1]"},
    {CLI_INT, 'k', "rank", &k, 0, 1e6, "dominant directions, instead of tau [0]"},
    {0},
};

/* The base's tensors that are meant, decomposed once. */
typedef struct reference {
    source from;
    spx_ckpt *ckpt;
    spx_svd *svd; /* one a tensor of the checkpoint; k = 0 where it is not meant */
} reference;

/* Of W, `want` directions or those that hold `share`. */
static spx_status decompose(const spx_mat *W, size_t want, double share, spx_svd *f, spx_error *err)
{
    spx_svd_opts o = spx_svd_defaults();
    o.k = want;
    o.tau = want ? 0 : share;
    const size_t most = W->rows < W->cols ? W->rows : W->cols;
    if (want > most) return SPX_FAIL(err, SPX_EINVAL, "%zu directions wanted of %zu", want, most);
    return spx_svd_compute(W, &o, f, err);
}

static spx_status open_base(reference *b, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    source_of(base_path, &b->from);
    SPX_TRY(spx_ckpt_open(base_path, &b->ckpt, err));
    SPX_TRY(tensors_some(&globs, b->ckpt, err));
    SPX_TRY(spx_alloc(&mem, spx_ckpt_count(b->ckpt), sizeof(spx_svd), err));
    b->svd = mem;
    for (size_t i = 0; st == SPX_OK && i < spx_ckpt_count(b->ckpt); i++) {
        const spx_tensor *t = spx_ckpt_at(b->ckpt, i);
        spx_mat W = {0};
        if (!tensors_chosen(&globs, t)) continue;
        st = tensors_matrix(t, &W, err);
        if (st == SPX_OK) st = decompose(&W, (size_t)k, tau, &b->svd[i], err);
        if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", base_path, t->name);
        spx_mat_free(&W);
    }
out:
    return st;
}

static void close_base(reference *b)
{
    for (size_t i = 0; b->svd && i < spx_ckpt_count(b->ckpt); i++) spx_svd_free(&b->svd[i]);
    spx_free(b->svd);
    spx_ckpt_close(b->ckpt);
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

static void print(const reference *b, const source *s, const spx_tensor *t, const spx_subspace *c)
{
    size_t n = 0;
    const spx_quantity *q = spx_subspace_metrics(&n);
    const long layer = spx_arch_place(t->name).layer;
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        const char *side = side_of(q[i].name, &length);
        if (!cli.json) {
            printf("%s\t%s\t%s\t%ld\t%.*s\t%s\t%zu\t%.9g\n", s->stage, b->from.stage, t->name,
                   layer, (int)length, q[i].name, side, c->k, c->value[i]);
            continue;
        }
        printf("{\"schema\": 1, \"tool\": \"spx-compare\", \"stage\": ");
        cli_json_text(s->stage);
        printf(", \"base\": ");
        cli_json_text(b->from.stage);
        printf(", \"tensor\": ");
        cli_json_text(t->name);
        printf(", \"layer\": %ld, \"metric\": \"%.*s\", \"side\": \"%s\", \"k\": %zu, \"tau\": ",
               layer, (int)length, q[i].name, side, c->k);
        cli_json_number(k ? (double)NAN : tau);
        printf(", \"value\": ");
        cli_json_number(c->value[i]);
        printf("}\n");
    }
}

static spx_status compare(const reference *b, size_t i, const source *s, const spx_ckpt *file,
                          const spx_tensor *later, spx_store *store, size_t stage, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0};
    spx_svd now = {0};
    spx_subspace c = {0};
    const spx_svd *base = &b->svd[i];
    SPX_TRY(tensors_matrix_like(file, later, b->ckpt, spx_ckpt_at(b->ckpt, i), &W, err));
    if (W.rows != base->rows || W.cols != base->cols)
        SPX_RAISE(err, SPX_ESHAPE, "%zu x %zu here, %zu x %zu in %s", W.rows, W.cols, base->rows,
                  base->cols, b->from.path);
    SPX_TRY(decompose(&W, base->k, 0, &now, err));
    const spx_subspace_pair pair = {base, &now, &W};
    SPX_TRY(spx_subspace_compare(&pair, &c, err));
    if (store) {
        SPX_TRY(spx_record_spectrum(store, later->name, stage, &now, tau, err));
        SPX_TRY(spx_record_subspace(store, later->name, stage, &c, err));
    } else
        print(b, s, later, &c);
out:
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", s->path, later->name);
    spx_subspace_free(&c);
    spx_svd_free(&now);
    spx_mat_free(&W);
    return st;
}

static spx_status compare_source(const reference *b, const source *s, size_t place,
                                 spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    size_t both = 0;
    const size_t stage = store ? spx_store_stages(store) : 0;
    SPX_TRY(spx_ckpt_open(s->path, &c, err));
    if (store) SPX_TRY(spx_store_add_stage(store, s->stage, (double)place, err));
    for (size_t i = 0; i < spx_ckpt_count(b->ckpt); i++) {
        const spx_tensor *later = tensors_counterpart(c, spx_ckpt_at(b->ckpt, i));
        if (b->svd[i].k == 0 || !later) continue;
        SPX_TRY(compare(b, i, s, c, later, store, stage, err));
        both++;
    }
    if (both == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: has none of the tensors chosen in %s", s->path,
                  base_path);
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    reference base = {0};
    source *sources = NULL;
    spx_store *store = NULL;
    size_t n = 0;
    SPX_TRY(sources_expand(&paths, &sources, &n, &err));
    SPX_TRY(open_base(&base, &err));
    if (cli_run_file()) SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &store, &err));
    if (!store && !cli.json) printf("stage\tbase\ttensor\tlayer\tmetric\tside\tk\tvalue\n");
    for (size_t i = 0; i < n; i++) SPX_TRY(compare_source(&base, &sources[i], i, store, &err));
    SPX_TRY(spx_ckpt_check(base.ckpt, &err));
    if (store) {
        SPX_TRY(spx_store_set_text(store, "", "history", cli.command, &err));
        SPX_TRY(spx_store_commit(&store, &err));
    }
out:
    spx_store_close(store);
    spx_free(sources);
    close_base(&base);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-compare", "a base's dominant subspaces in later checkpoints", opts, run, false, false};
    return cli_main(&tool, argc, argv);
}
