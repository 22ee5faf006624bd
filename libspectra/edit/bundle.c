/* bundle.c: edit bundles read from HDF5 files and checkpoints. */
#include "spx/bundle.h"

#include "spx/ckpt.h"
#include "spx/store.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { K, R, Z, H, C, MOM2, COUNT, W, KC, KP, B, FIELDS };
static const struct {
    const char *name, *also;
} fields[FIELDS] = {
    [K] = {"K", "K"},
    [R] = {"R", "R"},
    [Z] = {"Z", "Z"},
    [H] = {"H", "H"},
    [C] = {"C", "C"},
    [MOM2] = {"mom2", "mom2.mom2"},
    [COUNT] = {"count", "mom2.count"},
    [W] = {"W", "W"},
    [KC] = {"Kc", "Kc"},
    [KP] = {"Kp", "Kp"},
    [B] = {"B", "B"},
};

/* The field of that name; FIELDS if there is none. */
static size_t field_of(const char *name)
{
    size_t i = 0;
    while (i < FIELDS && strcmp(name, fields[i].name) != 0 && strcmp(name, fields[i].also) != 0)
        i++;
    return i;
}

/* *out <- the empty place of m for a dataset or tensor of that name. */
static spx_status place_of(const char *path, const char *name, spx_mat *m, spx_mat **out,
                           spx_error *err)
{
    const size_t i = field_of(name);
    if (i == FIELDS)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: unknown name %s (expected K, R, Z, H, C, mom2, count, W, Kc, Kp or B)",
                        path, name);
    if (m[i].data) return SPX_FAIL(err, SPX_EFORMAT, "%s: %s appears twice", path, fields[i].name);
    *out = &m[i];
    return SPX_OK;
}

static spx_status read_store(const char *path, spx_mat *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **name = NULL;
    size_t n = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_FOREIGN, &s, err));
    SPX_TRY(spx_store_names(s, "", &name, &n, err));
    for (size_t i = 0; i < n; i++) {
        spx_mat *to = NULL;
        SPX_TRY(place_of(path, name[i], m, &to, err));
        SPX_TRY(spx_store_get(s, "", name[i], to, err));
    }
out:
    spx_store_names_free(name, n);
    spx_store_close(s);
    return st;
}

static spx_status read_ckpt(const char *path, spx_mat *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    SPX_TRY(spx_ckpt_open(path, &c, err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        spx_mat *to = NULL;
        SPX_TRY(place_of(path, t->name, m, &to, err));
        if (t->dtype == SPX_OTHER_TYPE) SPX_TRY(spx_tensor_want_weights(t, err));
        SPX_TRY(spx_mat_alloc(to, spx_tensor_rows(t), spx_tensor_cols(t), err));
        if (to->rows * to->cols > 0) spx_tensor_read(t, 0, to->rows, to->data);
    }
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

static bool is_hdf5(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0);
}

static spx_status check_shape(const spx_mat *A, const char *name, size_t rows, size_t cols,
                              spx_error *err)
{
    if (!A->data || (A->rows == rows && A->cols == cols)) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE, "%s is %zu x %zu, not %zu x %zu%s", name, A->rows, A->cols,
                    rows, cols, A->rows == cols && A->cols == rows ? "; transpose it" : "");
}

/* Checks shapes against those of K and R; columns are facts. */
static spx_status check_shapes(const spx_mat *m, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t f = m[C].data ? m[C].rows : m[MOM2].data ? m[MOM2].rows : m[K].rows;
    const size_t n = m[K].rows != f && m[K].cols == f ? m[K].rows : m[K].cols;
    const size_t d = m[R].data ? m[R].rows : m[Z].rows;
    const struct {
        size_t field, rows, cols;
    } want[] = {{K, f, n}, {C, f, f}, {MOM2, f, f}, {W, d, f},           {R, d, n},
                {Z, d, n}, {H, d, n}, {KC, f, n},   {KP, f, m[KP].cols}, {B, d, d}};
    if (n == 0 || f == 0 || d == 0) SPX_RAISE(err, SPX_ESHAPE, "a matrix is empty");
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        SPX_TRY(check_shape(&m[want[i].field], fields[want[i].field].name, want[i].rows,
                            want[i].cols, err));
out:
    return st;
}

static spx_status check_fields(const spx_mat *m, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_mat *count = &m[COUNT];
    const bool absolute = m[Z].data || m[H].data;
    if (!m[K].data) SPX_RAISE(err, SPX_EFORMAT, "K is missing");
    if (!m[R].data && !(m[Z].data && m[H].data))
        SPX_RAISE(err, SPX_EFORMAT, "R is missing (expected R, or Z and H)");
    if (m[R].data && absolute)
        SPX_RAISE(err, SPX_EFORMAT, "R and Z or H are both given (expected R, or Z and H)");
    if (m[C].data && m[MOM2].data)
        SPX_RAISE(err, SPX_EFORMAT, "C and mom2 are both given (expected one of them)");
    if (!m[MOM2].data != !count->data)
        SPX_RAISE(err, SPX_EFORMAT, "%s is given without %s",
                  fields[count->data ? COUNT : MOM2].name, fields[count->data ? MOM2 : COUNT].name);
    if (count->data &&
        !(count->rows * count->cols == 1 && count->data[0] > 0 && isfinite(count->data[0])))
        SPX_RAISE(err, SPX_EINVAL, "count is not a single number above 0");
out:
    return st;
}

static spx_status check_values(spx_mat *m, size_t field, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_check_finite(&m[field], err));
    if ((field == C || field == MOM2 || field == B) && m[field].data)
        SPX_TRY(spx_moment_check(&m[field], err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", fields[field].name);
    return st;
}

static spx_status check_bundle(const char *path, spx_mat *m, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_fields(m, err));
    SPX_TRY(check_shapes(m, err));
    for (size_t i = 0; i < FIELDS; i++) SPX_TRY(check_values(m, i, err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", path);
    return st;
}

/* Moves what an editor reads out of m. */
static void move_fields(spx_mat *m, spx_bundle_file *out)
{
    if (m[Z].data)
        for (size_t i = 0; i < m[Z].rows * m[Z].cols; i++) m[Z].data[i] -= m[H].data[i];
    if (m[MOM2].data) spx_mat_scale(&m[MOM2], 1 / m[COUNT].data[0]);
    spx_mat *const from[] = {
        &m[K], m[R].data ? &m[R] : &m[Z], m[C].data ? &m[C] : &m[MOM2], &m[W], &m[KC], &m[KP],
        &m[B]};
    spx_mat *const to[] = {&out->K, &out->R, &out->C, &out->W, &out->Kc, &out->Kp, &out->B};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        *to[i] = *from[i];
        *from[i] = (spx_mat){0};
    }
}

spx_status spx_bundle_read(const char *path, spx_bundle_file *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat m[FIELDS] = {{0}};
    *out = (spx_bundle_file){0};
    SPX_TRY(is_hdf5(path) ? read_store(path, m, err) : read_ckpt(path, m, err));
    SPX_TRY(check_bundle(path, m, err));
    move_fields(m, out);
out:
    for (size_t i = 0; i < FIELDS; i++) spx_mat_free(&m[i]);
    return st;
}

void spx_bundle_free(spx_bundle_file *b)
{
    spx_mat *const all[] = {&b->K, &b->R, &b->C, &b->W, &b->Kc, &b->Kp, &b->B};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) spx_mat_free(all[i]);
}
