/* ledger.c: changes of a run, written to and made again from its file. */
#include "spx/ledger.h"

#include "spx/arch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { GROUP = 700 };

static void group_of(const char *tensor, const char *stage, char group[GROUP])
{
    snprintf(group, GROUP, "ledger/%s%s%s", tensor, *stage ? "/" : "", stage);
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
    spx_mat both;
    const size_t before = to->cols;
    const spx_status st = spx_mat_alloc(&both, more->rows, before + more->cols, err);
    if (st != SPX_OK) return st;
    spx_mat left = spx_mat_view(&both, 0, 0, more->rows, before),
            right = spx_mat_view(&both, 0, before, more->rows, more->cols);
    if (before > 0) spx_mat_copy(&left, to);
    spx_mat_copy(&right, more);
    spx_mat_free(to);
    *to = both;
    return SPX_OK;
}

static spx_status append_numbers(double **to, size_t *n, const double *more, size_t count,
                                 spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, *n + count, sizeof(double), err);
    if (st != SPX_OK) return st;
    if (*n > 0) memcpy(mem, *to, *n * sizeof(double));
    memcpy((double *)mem + *n, more, count * sizeof(double));
    spx_free(*to);
    *to = mem;
    *n += count;
    return SPX_OK;
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

/* A matrix of doubles as floats. */
static spx_status put_floats(spx_store *s, const char *group, const char *name, const spx_mat *A,
                             spx_error *err)
{
    void *mem = NULL;
    spx_status st = spx_alloc(&mem, A->rows * A->cols, sizeof(float), err);
    float *x = mem;
    for (size_t i = 0; st == SPX_OK && i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) x[i * A->cols + j] = (float)A->data[i * A->ld + j];
    if (st == SPX_OK) st = spx_store_put_floats(s, group, name, x, A->rows, A->cols, err);
    spx_free(mem);
    return st;
}

static spx_status get_matrix(const spx_store *s, const char *group, const char *name, size_t rows,
                             spx_mat *out, spx_error *err)
{
    const spx_status st = spx_store_get(s, group, name, out, err);
    if (st != SPX_OK || out->rows == rows) return st;
    const size_t have = out->rows;
    spx_mat_free(out);
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s/%s has %zu rows, not %zu", spx_store_path(s), group,
                    name, have, rows);
}

static spx_mat row_of(double *x, size_t n) { return (spx_mat){1, n, n, x}; }

static spx_status put_row(spx_store *s, const char *group, const char *name, spx_mat row,
                          spx_error *err)
{
    return row.cols > 0 ? spx_store_put_matrix(s, group, name, &row, err) : SPX_OK;
}

/* What the filter took out: attribute and member, once for writing and reading. */
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
    spx_status st = spx_store_set_number(s, group, "filter_k", (double)r.k, err);
    for (size_t i = 0; st == SPX_OK && i < NORMS; i++)
        st = spx_store_set_number(s, group, norms[i].name, *norm_of(&r, i), err);
    return st;
}

spx_status spx_ledger_begin(spx_store *s, const char *tensor, const float *w, size_t rows,
                            size_t cols, spx_error *err)
{
    char group[GROUP];
    group_of(tensor, "", group);
    return spx_store_put_floats(s, group, "base", w, rows, cols, err);
}

static spx_status put_gram(spx_store *s, const char *group, const spx_mat *K, spx_error *err)
{
    spx_mat G;
    if (K->cols == 0) return SPX_OK;
    spx_status st = spx_mat_alloc(&G, K->cols, K->cols, err);
    if (st != SPX_OK) return st;
    spx_syrk(&G, 1, K, SPX_T, 0);
    st = put_floats(s, group, "gram", &G, err);
    spx_mat_free(&G);
    return st;
}

spx_status spx_ledger_put(spx_store *s, const char *tensor, const char *stage,
                          const spx_ledger_round *r, const float *weight, const float *finished,
                          size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    group_of(tensor, stage, group);
    SPX_TRY(put_removed(s, group, r->removed,
                        err)); /* makes the group, also of a round without writes */
    if (r->dense)
        SPX_TRY(spx_store_put_floats(s, group, "weight", weight, rows, cols, err));
    else if (r->n_writes > 0) {
        SPX_TRY(put_floats(s, group, "A", &r->dW.A, err));
        SPX_TRY(put_floats(s, group, "B", &r->dW.B, err));
        SPX_TRY(put_row(s, group, "writes", row_of(r->writes, r->n_writes), err));
    }
    if (finished) SPX_TRY(spx_store_put_floats(s, group, "finished", finished, rows, cols, err));
    SPX_TRY(put_row(s, group, "edits", row_of(r->edits, r->n_edits), err));
    if (r->keys.cols == r->n_edits) SPX_TRY(put_gram(s, group, &r->keys, err));
out:
    return st;
}

bool spx_ledger_is_kept(const spx_store *s) { return spx_store_has(s, "ledger"); }

spx_status spx_ledger_tensors(const spx_store *s, char ***names, size_t *n, spx_error *err)
{
    *names = NULL;
    *n = 0;
    if (!spx_ledger_is_kept(s))
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: the run kept no ledger", spx_store_path(s));
    return spx_store_names(s, "ledger", names, n, err);
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
    spx_mat row;
    if (!has(s, group, name)) return SPX_OK;
    const spx_status st = get_matrix(s, group, name, 1, &row, err);
    if (st != SPX_OK) return st;
    *out = row.data;
    *n = row.cols;
    return SPX_OK;
}

static spx_status get_weight(const spx_store *s, const char *group, const char *name, size_t rows,
                             size_t cols, float **out, spx_error *err)
{
    size_t r = 0, c = 0;
    if (!has(s, group, name)) return SPX_OK;
    const spx_status st = spx_store_get_floats(s, group, name, out, &r, &c, err);
    if (st == SPX_OK && (r != rows || c != cols))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s/%s is %zu x %zu, not %zu x %zu",
                        spx_store_path(s), group, name, r, c, rows, cols);
    return st;
}

static spx_status get_removed(const spx_store *s, const char *group, spx_filter_report *r,
                              spx_error *err)
{
    double k = 0;
    spx_status st = spx_store_get_number(s, group, "filter_k", &k, err);
    for (size_t i = 0; st == SPX_OK && i < NORMS; i++)
        st = spx_store_get_number(s, group, norms[i].name, norm_of(r, i), err);
    r->k = (size_t)k;
    return st;
}

/* Do the writes' columns make up the factors? */
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

spx_status spx_ledger_replay(const spx_ledger_round *r, float *w, size_t rows, size_t cols,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    if (r->dense) memcpy(w, r->weight, rows * cols * sizeof *w);
    for (size_t i = 0, at = 0; st == SPX_OK && i < r->n_writes; i++) {
        const size_t n = (size_t)r->writes[i];
        const spx_update one = {spx_mat_view(&r->dW.A, 0, at, rows, n),
                                spx_mat_view(&r->dW.B, 0, at, cols, n)};
        st = spx_update_write(&one, w, err);
        at += n;
    }
    return st;
}

spx_status spx_ledger_change(const spx_ledger_round *r, const float *before, size_t rows,
                             size_t cols, spx_update *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (spx_update){0};
    if (r->dense) {
        st = spx_mat_alloc(&out->A, rows, cols, err);
        for (size_t i = 0; st == SPX_OK && i < rows * cols; i++)
            out->A.data[i] = (double)r->weight[i] - (double)before[i];
        return st;
    }
    if (r->n_writes == 0) return SPX_OK;
    st = spx_update_alloc(out, rows, cols, r->dW.A.cols, err);
    if (st != SPX_OK) return st;
    spx_mat_copy(&out->A, &r->dW.A);
    spx_mat_copy(&out->B, &r->dW.B);
    return SPX_OK;
}

/* One round further; at the last one the stage's own weight, where it is another. */
static spx_status step(const spx_store *s, const char *tensor, size_t stage, bool last, float *w,
                       size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    char *name = NULL;
    double edits = 0;
    SPX_TRY(spx_store_stage(s, stage, &name, &edits, err));
    SPX_TRY(spx_ledger_read(s, tensor, name, rows, cols, &r, err));
    SPX_TRY(spx_ledger_replay(&r, w, rows, cols, err));
    if (last && r.finished) memcpy(w, r.finished, rows * cols * sizeof *w);
out:
    spx_ledger_round_free(&r);
    spx_free(name);
    return st;
}

spx_status spx_ledger_rebuild(const spx_store *s, const char *tensor, size_t stage, float **w,
                              size_t *rows, size_t *cols, spx_error *err)
{
    assert(stage < spx_store_stages(s));
    spx_status st = spx_ledger_base(s, tensor, w, rows, cols, err);
    for (size_t i = 1; st == SPX_OK && i <= stage; i++)
        st = step(s, tensor, i, i == stage, *w, *rows, *cols, err);
    if (st == SPX_OK) return st;
    spx_free(*w);
    *w = NULL;
    return st;
}

/* A tensor of a stage as its checkpoint has it: in x out where that is its orientation. */
static spx_status rebuild(const spx_store *s, size_t stage, spx_floats *m, spx_error *err)
{
    float *w = NULL;
    void *turned = NULL;
    size_t rows = 0, cols = 0;
    spx_status st = spx_ledger_rebuild(s, m->name, stage, &w, &rows, &cols, err);
    if (st == SPX_OK && spx_arch_place(m->name).in_out) {
        st = spx_alloc(&turned, rows * cols, sizeof *w, err);
        if (st == SPX_OK) spx_floats_turn(w, rows, cols, turned);
        spx_free(w);
        *m = (spx_floats){m->name, cols, rows, turned};
    } else
        *m = (spx_floats){m->name, rows, cols, w};
    if (st != SPX_OK) spx_prefix(err, "%s", m->name);
    return st;
}

spx_status spx_ledger_open(const char *path, spx_ckpt **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char file[4096], **names = NULL;
    void *mem = NULL;
    size_t n = 0, stage = 0;
    const char *name = spx_ckpt_stage(path, file, sizeof file);
    *out = NULL;
    assert(name);
    SPX_TRY(spx_store_open(file, SPX_STORE_READ, &s, err));
    SPX_TRY(spx_store_find_stage(s, name, &stage, err));
    SPX_TRY(spx_ledger_tensors(s, &names, &n, err));
    SPX_TRY(spx_alloc(&mem, n, sizeof(spx_floats), err));
    for (size_t i = 0; i < n; i++) {
        ((spx_floats *)mem)[i].name = names[i];
        SPX_TRY(rebuild(s, stage, (spx_floats *)mem + i, err));
    }
    SPX_TRY(spx_ckpt_from_floats(path, mem, n, out, err));
out:
    for (size_t i = 0; mem && i < n; i++) spx_free(((spx_floats *)mem)[i].data);
    spx_free(mem);
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}
