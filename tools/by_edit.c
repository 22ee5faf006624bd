/* by_edit.c: which rounds and which edits of a run moved the dominant subspaces of its matrices. */
#include "replay.h"

#include "spx/arch.h"
#include "spx/attribution.h"
#include "spx/ledger.h"
#include "spx/subspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORST = 10 };

/* A share of the whole: one edit's, or all of a round's. */
typedef struct part {
    size_t round; /* stage index */
    double edit;  /* id of the record; NaN: the whole round */
    double share; /* of |c|^2 */
    double shift_1, shift_most;
    size_t most_at; /* direction of shift_most, from 1 */
} part;

typedef struct split {
    const char *name;
    size_t rows, cols, rounds;
    spx_mat W0, W, D;         /* W = W0 + D */
    spx_update *change;       /* of round 1, 2, ... */
    spx_ledger_round *ledger; /* the same as it was read */
    spx_attribution a;
    part *part, *whole; /* edits; rounds */
    size_t parts;
} split;

/* Reads every round and keeps what it did. */
static spx_status read_rounds(const spx_store *s, split *x, float *w, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < x->rounds; i++) {
        char *stage = NULL;
        double edits = 0;
        st = spx_store_stage(s, i + 1, &stage, &edits, err);
        if (st == SPX_OK)
            st = spx_ledger_read(s, x->name, stage, x->rows, x->cols, &x->ledger[i], err);
        if (st == SPX_OK)
            st = spx_ledger_change(&x->ledger[i], w, x->rows, x->cols, &x->change[i], err);
        if (st == SPX_OK) st = spx_ledger_replay(&x->ledger[i], w, x->rows, x->cols, err);
        spx_free(stage);
    }
    return st;
}

static spx_status open_split(const spx_store *s, const char *name, split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    float *w = NULL;
    *x = (split){.name = name, .rounds = spx_store_stages(s) - 1};
    SPX_TRY(spx_ledger_base(s, name, &w, &x->rows, &x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->W0, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->W, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->D, x->rows, x->cols, err));
    SPX_TRY(SPX_NEW(&x->change, x->rounds, err));
    SPX_TRY(SPX_NEW(&x->ledger, x->rounds, err));
    ledgers_widen(w, &x->W0);
    SPX_TRY(read_rounds(s, x, w, err));
    ledgers_widen(w, &x->W);
    spx_mat_subtract(&x->D, &x->W, &x->W0);
out:
    spx_free(w);
    return st;
}

static void close_split(split *x)
{
    for (size_t i = 0; i < x->rounds; i++) {
        if (x->change) spx_update_free(&x->change[i]);
        if (x->ledger) spx_ledger_round_free(&x->ledger[i]);
    }
    spx_free(x->change);
    spx_free(x->ledger);
    spx_free(x->part);
    spx_free(x->whole);
    spx_mat_free(&x->W0);
    spx_mat_free(&x->W);
    spx_mat_free(&x->D);
    spx_attribution_free(&x->a);
}

/* The shifts of one column, or of all of them together. */
static void note_shifts(const spx_attribution *a, const spx_mat *shift, size_t from, size_t to,
                        part *out)
{
    double most = 0;
    for (size_t i = 0; i < a->k; i++) {
        double sum = 0;
        for (size_t c = from; c < to; c++) sum += shift->data[i * shift->ld + c];
        if (i == 0) out->shift_1 = sum;
        if (i > 0 && fabs(sum / a->base.s[i]) <= most) continue;
        most = fabs(sum / a->base.s[i]);
        out->shift_most = sum;
        out->most_at = i + 1;
    }
}

static spx_status split_round(split *x, size_t i, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat shift;
    part *whole = &x->whole[i];
    const spx_update *u = &x->change[i];
    const spx_ledger_round *r = &x->ledger[i];
    const size_t n = u->A.rows ? spx_attribution_parts(u) : 0;
    *whole = (part){.round = i + 1, .edit = (double)NAN};
    SPX_TRY(spx_mat_scratch(&tmp, &shift, x->a.k, n, err));
    double *share = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &share, n, err));
    if (n > 0) SPX_TRY(spx_attribution_split(&x->a, u, &shift, share, err));
    note_shifts(&x->a, &shift, 0, n, whole);
    for (size_t c = 0; c < n; c++) {
        whole->share += share[c];
        if (r->dense || c >= r->n_edits) continue;
        part *p = &x->part[x->parts++];
        *p = (part){.round = i + 1, .edit = r->edits[c], .share = share[c]};
        note_shifts(&x->a, &shift, c, c + 1, p);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static int by_share(const void *a, const void *b)
{
    const double x = ((const part *)a)->share, y = ((const part *)b)->share;
    return (x < y) - (x > y);
}

static spx_status split_rounds(split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t columns = 0;
    for (size_t i = 0; i < x->rounds; i++) columns += x->change[i].B.cols;
    SPX_TRY(SPX_NEW(&x->part, columns, err));
    SPX_TRY(SPX_NEW(&x->whole, x->rounds, err));
    for (size_t i = 0; i < x->rounds; i++) SPX_TRY(split_round(x, i, err));
    qsort(x->part, x->parts, sizeof(part), by_share);
out:
    return st;
}

/* sqrt(|sin Theta_U|^2 + |sin Theta_V|^2) between the base's top k and W's. */
static spx_status measured_rotation(const spx_attribution *a, const spx_mat *W, double *out,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_svd now = {0};
    spx_svd_opts o = spx_svd_defaults();
    o.k = a->k;
    const spx_mat U = spx_mat_view(&a->base.U, 0, 0, a->base.rows, a->k),
                  V = spx_mat_view(&a->base.V, 0, 0, a->base.cols, a->k);
    *out = 0;
    SPX_TRY(spx_svd_compute(W, &o, &now, err));
    double *theta = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &theta, 2 * a->k, err));
    SPX_TRY(spx_subspace_angles(&U, &now.U, theta, err));
    SPX_TRY(spx_subspace_angles(&V, &now.V, theta + a->k, err));
    for (size_t i = 0; i < 2 * a->k; i++) *out = hypot(*out, sin(theta[i]));
out:
    spx_svd_free(&now);
    spx_scratch_free(&tmp);
    return st;
}

/* A line of the table; NaN where a column does not apply. */
typedef struct line {
    const char *kind; /* total, round, edit, without */
    double round, edit, share, shift_1, shift_most, most_at, rotation, measured;
} line;

static void print_line(const split *x, const line *l)
{
    static const char *const names[] = {"round",      "edit",    "share",    "shift_1",
                                        "shift_most", "most_at", "rotation", "measured"};
    const double value[] = {l->round,      l->edit,    l->share,    l->shift_1,
                            l->shift_most, l->most_at, l->rotation, l->measured};
    const long layer = spx_arch_place(x->name).layer;
    if (!cli.json) {
        printf("%s\t%ld\t%zu\t%s", x->name, layer, x->a.k, l->kind);
        for (size_t i = 0; i < sizeof value / sizeof *value; i++) cli_cell(value[i]);
        printf("\n");
        return;
    }
    printf("{\"schema\": 1, \"tool\": \"spx-compare\", \"tensor\": ");
    cli_json_text(x->name);
    printf(", \"layer\": %ld, \"k\": %zu, \"part\": \"%s\"", layer, x->a.k, l->kind);
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        printf(", \"%s\": ", names[i]);
        cli_json_number(value[i]);
    }
    printf("}\n");
}

static void print_part(const split *x, const char *kind, const part *p)
{
    const double none = (double)NAN;
    const line l = {kind,          (double)p->round,   p->edit, p->share, p->shift_1,
                    p->shift_most, (double)p->most_at, none,    none};
    print_line(x, &l);
}

/* The round of the largest share left out: what the first order says, and what is measured. */
static spx_status check(split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const double none = (double)NAN;
    spx_attribution rest = {0};
    spx_mat D = {0}, W = {0};
    size_t worst = 0;
    double measured = 0;
    for (size_t i = 1; i < x->rounds; i++)
        if (x->whole[i].share > x->whole[worst].share) worst = i;
    spx_update *u = &x->change[worst];
    if (u->A.rows == 0) return SPX_OK;
    SPX_TRY(spx_update_expand(u, err)); /* its columns are not asked for any more */
    SPX_TRY(spx_mat_alloc(&D, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&W, x->rows, x->cols, err));
    spx_mat_subtract(&D, &x->D, &u->A);
    spx_mat_subtract(&W, &x->W, &u->A);
    SPX_TRY(spx_attribution_new(&x->W0, x->a.k, 0, &D, &rest, err));
    SPX_TRY(measured_rotation(&x->a, &W, &measured, err));
    const line l = {"without", (double)worst + 1,    none,    none, none, none,
                    none,      sqrt(rest.rotation2), measured};
    print_line(x, &l);
out:
    spx_attribution_free(&rest);
    spx_mat_free(&D);
    spx_mat_free(&W);
    return st;
}

static spx_status print_split(split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const double none = (double)NAN;
    double measured = 0, explained = 0;
    SPX_TRY(measured_rotation(&x->a, &x->W, &measured, err));
    for (size_t i = 0; i < x->rounds; i++) explained += x->whole[i].share;
    const line total = {"total", none, none, explained, none, none, none, sqrt(x->a.rotation2),
                        measured};
    print_line(x, &total);
    for (size_t i = 0; i < x->rounds; i++) print_part(x, "round", &x->whole[i]);
    for (size_t i = 0; i < x->parts && i < WORST; i++) print_part(x, "edit", &x->part[i]);
    SPX_TRY(check(x, err));
out:
    return st;
}

static spx_status split_tensor(const spx_store *s, const char *name, double tau, size_t k,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    split x = {0};
    SPX_TRY(open_split(s, name, &x, err));
    SPX_TRY(spx_attribution_new(&x.W0, k, tau, &x.D, &x.a, err));
    SPX_TRY(split_rounds(&x, err));
    SPX_TRY(print_split(&x, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", name);
    close_split(&x);
    return st;
}

spx_status spx_by_edit(const char *path, double tau, size_t k, const spx_names *globs,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **names = NULL;
    size_t n = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    SPX_TRY(spx_ledger_some(s, globs, &names, &n, err));
    if (spx_store_stages(s) < 2) SPX_RAISE(err, SPX_ENOTFOUND, "%s: no round is in it yet", path);
    if (!cli.json)
        printf("tensor\tlayer\tk\tpart\tround\tedit\tshare\tshift_1\tshift_most\tmost_at\trotation"
               "\tmeasured\n");
    for (size_t i = 0; i < n; i++)
        if (spx_ledger_chosen(globs, names[i])) SPX_TRY(split_tensor(s, names[i], tau, k, err));
out:
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}
