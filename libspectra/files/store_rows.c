/*
 * store_rows.c: long rows of a run file that lies in parts.
 *
 * A dataset along the stages is in the file that every commit copies, so that a run of n rounds
 * would write each row n times. A long one goes to its stage's part instead, and into its dataset
 * when the file is joined.
 */
#include "files/store.h"

#include <stdio.h>
#include <string.h>

static const char root[] = "rows";

static void place(const char *group, const char *name, const char *stage, char out[STORE_PATH])
{
    snprintf(out, STORE_PATH, "%s/%s/%s%s%s", root, group, name, *stage ? "/" : "", stage);
}

bool store_keeps_rows_apart(const spx_store *s, const char *group, size_t stage)
{
    return s->in_parts && *s->stage && stage + 1 == s->stages &&
           strncmp(group, "tensors/", strlen("tensors/")) == 0;
}

spx_status store_put_apart(spx_store *s, const char *group, const char *name, const double *row,
                           size_t n, spx_error *err)
{
    char above[STORE_PATH];
    const spx_mat A = {
        .rows = 1, .cols = n, .ld = n, .data = (double *)(uintptr_t)row}; /* only read */
    place(group, name, "", above);
    return spx_store_put_matrix(s, above, s->stage, &A, err);
}

/* What is done with a row that waits, and the index of its stage. */
typedef spx_status row_fn(void *arg, size_t stage, const spx_mat *row, spx_error *err);

static spx_status visit_rows(const spx_store *s, const char *group, const char *name, row_fn *f,
                             void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    char above[STORE_PATH], path[STORE_PATH];
    place(group, name, "", above);
    for (size_t i = 0; i < s->stages && store_exists(s->file, above); i++) {
        spx_mat row = {0};
        char *stage = NULL;
        double edits = 0;
        SPX_TRY(spx_store_stage(s, i, &stage, &edits, err));
        place(group, name, stage, path);
        if (store_exists(s->file, path)) st = spx_store_get(s, above, stage, &row, err);
        if (row.data) st = f(arg, i, &row, err);
        spx_mat_free(&row);
        spx_free(stage);
        SPX_TRY(st);
    }
out:
    return st;
}

static spx_status fill_row(void *arg, size_t stage, const spx_mat *row, spx_error *err)
{
    const spx_mat *A = arg;
    (void)err;
    if (stage < A->rows && row->cols <= A->cols)
        memcpy(A->data + stage * A->ld, row->data, row->cols * sizeof *row->data);
    return SPX_OK;
}

spx_status store_fill_rows(const spx_store *s, const char *group, const char *name, spx_mat *A,
                           spx_error *err)
{
    return visit_rows(s, group, name, fill_row, A, err);
}

static spx_status write_row(void *arg, size_t stage, const spx_mat *row, spx_error *err)
{
    const hid_t *d = arg;
    if (store_write_row(*d, stage, row->cols, row->data)) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "HDF5 cannot write row %zu", stage);
}

/* The rows of group/name go into it. */
static spx_status bring_dataset(spx_store *s, const char *group, const char *name, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    SPX_TRY(store_dataset(s, group, name, &d, err));
    SPX_TRY(visit_rows(s, group, name, write_row, &d, err));
out:
    if (!store_shut(H5Dclose, d) && st == SPX_OK) st = store_fail(s, "write", name, err);
    return store_wrote(s, st);
}

static spx_status bring_group(spx_store *s, const char *group, spx_error *err)
{
    spx_status st = SPX_OK;
    char above[STORE_PATH], **names = NULL;
    size_t n = 0;
    store_join_names(root, group, above);
    SPX_TRY(spx_store_names(s, above, &names, &n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(bring_dataset(s, group, names[i], err));
out:
    spx_store_names_free(names, n);
    return st;
}

spx_status store_bring_rows(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[STORE_PATH], **tensors = NULL;
    size_t n = 0;
    if (!store_exists(s->file, root)) return SPX_OK;
    SPX_TRY(spx_store_names(s, "rows/tensors", &tensors, &n, err));
    for (size_t i = 0; i < n; i++) {
        store_join_names("tensors", tensors[i], group);
        SPX_TRY(bring_group(s, group, err));
    }
    SPX_TRY(spx_store_remove(s, root, err));
out:
    spx_store_names_free(tensors, n);
    return st;
}
