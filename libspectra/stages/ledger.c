/* ledger.c: the changes of a run, written to its file and read from it. */
#include "spx/ledger.h"

#include <stdio.h>
#include <string.h>

enum { GROUP = 700 };

static void group_of(const char *tensor, const char *stage, char group[GROUP])
{
    char name[SPX_STORE_NAME];
    snprintf(group, GROUP, "ledger/%s%s%s", spx_store_escape(tensor, name), *stage ? "/" : "",
             stage);
}

void spx_ledger_round_free(spx_ledger_round *r)
{
    spx_update_free(&r->dW);
    spx_mat_free(&r->gram);
    spx_mat_free(&r->keys);
    spx_free(r->writes);
    spx_free(r->edits);
    spx_free(r->weight);
    spx_free(r->finished);
    *r = (spx_ledger_round){0};
}

/* *to becomes [*to, more]; from {0} a copy. */
static spx_status append_columns(spx_mat *to, const spx_mat *more, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat both;
    const size_t before = to->cols;
    SPX_TRY(spx_mat_alloc(&both, more->rows, before + more->cols, err));
    spx_mat left = spx_mat_view(&both, 0, 0, more->rows, before),
            right = spx_mat_view(&both, 0, before, more->rows, more->cols);
    if (before > 0) spx_mat_copy(&left, to);
    spx_mat_copy(&right, more);
    spx_mat_free(to);
    *to = both;
out:
    return st;
}

static spx_status append_numbers(double **to, size_t *n, const double *more, size_t count,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    double *both = NULL;
    SPX_TRY(SPX_NEW(&both, *n + count, err));
    if (*n > 0) memcpy(both, *to, *n * sizeof *both);
    memcpy(both + *n, more, count * sizeof *both);
    spx_free(*to);
    *to = both;
    *n += count;
out:
    return st;
}

spx_status spx_ledger_add(spx_ledger_round *r, const spx_update *u, const spx_mat *K,
                          const double *ids, size_t n, const spx_filter_report *removed,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const double columns = (double)u->B.cols;
    r->dense = r->dense || !spx_update_factored(u);
    if (r->dense)
        spx_update_free(&r->dW);
    else {
        SPX_TRY(append_columns(&r->dW.A, &u->A, err));
        SPX_TRY(append_columns(&r->dW.B, &u->B, err));
        SPX_TRY(append_numbers(&r->writes, &r->n_writes, &columns, 1, err));
    }
    if (K) SPX_TRY(append_columns(&r->keys, K, err));
    SPX_TRY(append_numbers(&r->edits, &r->n_edits, ids, n, err));
    spx_filter_report_add(&r->removed, removed);
out:
    return st;
}

/* Stores a matrix of doubles as floats. */
static spx_status put_floats(spx_store *s, const char *group, const char *name, const spx_mat *A,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    float *x = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &x, A->rows * A->cols, err));
    SPX_TRY(spx_mat_narrow(A, x, err));
    SPX_TRY(spx_store_put_floats(s, group, name, x, A->rows, A->cols, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* A matrix of that many rows. */
static spx_status get_matrix(const spx_store *s, const char *group, const char *name, size_t rows,
                             spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat A = {0};
    *out = (spx_mat){0};
    SPX_TRY(spx_store_get(s, group, name, &A, err));
    if (A.rows != rows)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s/%s has %zu rows, not %zu", spx_store_path(s), group,
                  name, A.rows, rows);
    *out = A;
    A = (spx_mat){0};
out:
    spx_mat_free(&A);
    return st;
}

static spx_mat row_of(double *x, size_t n) { return (spx_mat){1, n, n, x}; }

static spx_status put_row(spx_store *s, const char *group, const char *name, spx_mat row,
                          spx_error *err)
{
    return row.cols > 0 ? spx_store_put_matrix(s, group, name, &row, err) : SPX_OK;
}

/* What the filter took out, for writing and reading alike: attribute and member. */
static const struct {
    const char *name;
    size_t offset;
} norms[] = {
    {"update_norm2", offsetof(spx_filter_report, before)},
    {"written_norm2", offsetof(spx_filter_report, after)},
    {"left", offsetof(spx_filter_report, left)},
    {"right", offsetof(spx_filter_report, right)},
    {"block", offsetof(spx_filter_report, block)},
};
enum { NORMS = sizeof norms / sizeof *norms };

static double *norm_of(spx_filter_report *r, size_t i)
{
    return (double *)(void *)((char *)r + norms[i].offset);
}

static spx_status put_removed(spx_store *s, const char *group, spx_filter_report r, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_set_number(s, group, "filter_k", (double)r.k, err));
    for (size_t i = 0; i < NORMS; i++)
        SPX_TRY(spx_store_set_number(s, group, norms[i].name, *norm_of(&r, i), err));
out:
    return st;
}

spx_status spx_ledger_begin(spx_store *s, const char *tensor, const float *w, size_t rows,
                            size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    group_of(tensor, "", group);
    SPX_TRY(spx_store_put_floats(s, group, "base", w, rows, cols, err));
    SPX_TRY(spx_store_say_name(s, "ledger", tensor, err));
out:
    return st;
}

static spx_status put_gram(spx_store *s, const char *group, const spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat G = {0};
    if (K->cols == 0) return SPX_OK;
    SPX_TRY(spx_mat_alloc(&G, K->cols, K->cols, err));
    spx_syrk(&G, 1, K, SPX_T, 0);
    SPX_TRY(put_floats(s, group, "gram", &G, err));
out:
    spx_mat_free(&G);
    return st;
}

spx_status spx_ledger_put(spx_store *s, const char *tensor, const char *stage,
                          const spx_ledger_round *r, const spx_ledger_weights *w, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    group_of(tensor, stage, group);
    SPX_TRY(put_removed(s, group, r->removed, err)); /* makes the group, even without writes */
    if (r->dense)
        SPX_TRY(spx_store_put_floats(s, group, "weight", w->weight, w->rows, w->cols, err));
    else if (r->n_writes > 0) {
        SPX_TRY(put_floats(s, group, "A", &r->dW.A, err));
        SPX_TRY(put_floats(s, group, "B", &r->dW.B, err));
        SPX_TRY(put_row(s, group, "writes", row_of(r->writes, r->n_writes), err));
    }
    if (w->finished)
        SPX_TRY(spx_store_put_floats(s, group, "finished", w->finished, w->rows, w->cols, err));
    SPX_TRY(put_row(s, group, "edits", row_of(r->edits, r->n_edits), err));
    if (r->keys.cols == r->n_edits) SPX_TRY(put_gram(s, group, &r->keys, err));
out:
    return st;
}

size_t spx_ledger_bytes(const spx_ledger_round *r, size_t rows, size_t cols)
{
    const size_t n = r->dW.A.cols, whole = (r->dense ? 1U : 0U) + (r->finished ? 1U : 0U);
    return sizeof(float) * (whole * rows * cols + (rows + cols + n) * n);
}

bool spx_ledger_is_kept(const spx_store *s) { return spx_store_has(s, "ledger"); }

spx_status spx_ledger_tensors(const spx_store *s, char ***names, size_t *n, spx_error *err)
{
    *names = NULL;
    *n = 0;
    if (!spx_ledger_is_kept(s))
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: the run kept no ledger", spx_store_path(s));
    return spx_store_tensors(s, "ledger", names, n, err);
}

spx_status spx_ledger_chosen(const spx_store *s, const spx_names *globs, char ***names, size_t *n,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    size_t all = 0;
    *n = 0;
    SPX_TRY(spx_ledger_tensors(s, names, &all, err));
    for (size_t i = 0; i < all; i++) {
        char *name = (*names)[i];
        if (spx_names_match(globs, name))
            (*names)[(*n)++] = name;
        else
            spx_free(name);
    }
    if (*n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor of the ledger matches %s", spx_store_path(s),
                  globs->n ? globs->item[0] : "*");
out:
    return st;
}

spx_status spx_ledger_base(const spx_store *s, const char *tensor, float **w, size_t *rows,
                           size_t *cols, spx_error *err)
{
    char group[GROUP];
    group_of(tensor, "", group);
    return spx_store_get_floats(s, group, "base", w, rows, cols, err);
}

static bool has(const spx_store *s, const char *group, const char *name)
{
    char path[GROUP + 16];
    snprintf(path, sizeof path, "%s/%s", group, name);
    return spx_store_has(s, path);
}

static spx_status get_row(const spx_store *s, const char *group, const char *name, double **out,
                          size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat row;
    if (!has(s, group, name)) return SPX_OK;
    SPX_TRY(get_matrix(s, group, name, 1, &row, err));
    *out = row.data;
    *n = row.cols;
out:
    return st;
}

static spx_status get_weight(const spx_store *s, const char *group, const char *name, size_t rows,
                             size_t cols, float **out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t r = 0, c = 0;
    if (!has(s, group, name)) return SPX_OK;
    SPX_TRY(spx_store_get_floats(s, group, name, out, &r, &c, err));
    if (r != rows || c != cols)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s/%s is %zu x %zu, not %zu x %zu", spx_store_path(s),
                  group, name, r, c, rows, cols);
out:
    return st;
}

static spx_status get_removed(const spx_store *s, const char *group, spx_filter_report *r,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    double k = 0;
    SPX_TRY(spx_store_get_number(s, group, "filter_k", &k, err));
    for (size_t i = 0; i < NORMS; i++)
        SPX_TRY(spx_store_get_number(s, group, norms[i].name, norm_of(r, i), err));
    r->k = (size_t)k;
out:
    return st;
}

/* SPX_EFORMAT unless the writes' columns make up the factors. */
static spx_status check_writes(const spx_store *s, const char *group, const spx_ledger_round *r,
                               spx_error *err)
{
    double columns = 0;
    for (size_t i = 0; i < r->n_writes; i++) columns += r->writes[i] >= 1 ? r->writes[i] : -1e300;
    if (r->dW.A.cols == r->dW.B.cols && columns == (double)r->dW.A.cols) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s: factors of %zu and %zu columns, writes of %g",
                    spx_store_path(s), group, r->dW.A.cols, r->dW.B.cols, columns);
}

spx_status spx_ledger_read(const spx_store *s, const char *tensor, const char *stage, size_t rows,
                           size_t cols, spx_ledger_round *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    spx_ledger_round r = {0};
    group_of(tensor, stage, group);
    *out = (spx_ledger_round){0};
    SPX_TRY(get_removed(s, group, &r.removed, err));
    SPX_TRY(get_weight(s, group, "weight", rows, cols, &r.weight, err));
    SPX_TRY(get_weight(s, group, "finished", rows, cols, &r.finished, err));
    r.dense = r.weight != NULL;
    if (!r.dense && has(s, group, "A")) {
        SPX_TRY(get_matrix(s, group, "A", rows, &r.dW.A, err));
        SPX_TRY(get_matrix(s, group, "B", cols, &r.dW.B, err));
        SPX_TRY(get_row(s, group, "writes", &r.writes, &r.n_writes, err));
        SPX_TRY(check_writes(s, group, &r, err));
    }
    SPX_TRY(get_row(s, group, "edits", &r.edits, &r.n_edits, err));
    if (has(s, group, "gram")) SPX_TRY(get_matrix(s, group, "gram", r.n_edits, &r.gram, err));
    *out = r;
    r = (spx_ledger_round){0};
out:
    spx_ledger_round_free(&r);
    return st;
}

spx_status spx_ledger_read_at(const spx_store *s, const char *tensor, size_t stage, size_t rows,
                              size_t cols, spx_ledger_round *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL;
    double edits = 0;
    *out = (spx_ledger_round){0};
    SPX_TRY(spx_store_stage(s, stage, &name, &edits, err));
    SPX_TRY(spx_ledger_read(s, tensor, name, rows, cols, out, err));
out:
    spx_free(name);
    return st;
}
