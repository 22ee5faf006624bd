/*
 * store_rows.c: long rows of a run file that lies in parts.
 *
 * A dataset along the stages is in the file that every commit copies, so that a run of n rounds
 * would write each row n times. A long one goes to its stage's part instead, and into its dataset
 * when the file is joined.
 */
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static const char root[] = "rows", tensors[] = "tensors/";

/* Where the rows of a stage lie; group is tensors/<tensor>. */
static void place(const char *group, const char *stage, char out[STORE_PATH])
{
    snprintf(out, STORE_PATH, "%s/%s/%s", root, group + strlen(tensors), stage);
}

bool store_keeps_rows_apart(const spx_store *s, const char *group, size_t stage)
{
    return s->in_parts && *s->stage && stage + 1 == s->stages &&
           strncmp(group, tensors, strlen(tensors)) == 0;
}

spx_status store_put_apart(spx_store *s, const char *group, const char *name, const double *row,
                           size_t n, spx_error *err)
{
    char above[STORE_PATH];
    place(group, s->stage, above);
    return store_put_doubles(s, above, name, row, 1, n, err);
}

/* The stage's place for rows of the group; false if none wait there. */
static spx_status find_rows(const spx_store *s, const char *group, size_t stage, bool *found,
                            char above[STORE_PATH], spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL;
    double edits = 0;
    *found = false;
    SPX_TRY(spx_store_stage(s, stage, &name, &edits, err));
    place(group, name, above);
    SPX_TRY(store_find(s, above, found, err));
out:
    spx_free(name);
    return st;
}

static spx_status fill_row(const spx_store *s, const char *above, const char *name, double *to,
                           size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat row = {0};
    char path[STORE_PATH];
    store_join_names(above, name, path);
    if (!spx_store_has(s, path)) return SPX_OK;
    SPX_TRY(spx_store_get(s, above, name, &row, err));
    if (row.cols <= n) memcpy(to, row.data, row.cols * sizeof *row.data);
out:
    spx_mat_free(&row);
    return st;
}

spx_status store_fill_rows(const spx_store *s, const char *group, const char *name, spx_mat *A,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    char above[STORE_PATH];
    bool any = false, found = false;
    if (strncmp(group, tensors, strlen(tensors)) != 0) return SPX_OK;
    SPX_TRY(store_find(s, root, &any, err));
    for (size_t i = 0; any && i < s->stages && i < A->rows; i++) {
        SPX_TRY(find_rows(s, group, i, &found, above, err));
        if (found) SPX_TRY(fill_row(s, above, name, A->data + i * A->ld, A->cols, err));
    }
out:
    return st;
}

/* A row goes into its dataset, which is as wide already. */
static spx_status bring_row(spx_store *s, const char *above, const char *group, const char *name,
                            size_t stage, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat row = {0};
    hid_t d = H5I_INVALID_HID;
    SPX_TRY(spx_store_get(s, above, name, &row, err));
    SPX_TRY(store_dataset(s, group, name, &d, err));
    bool good = store_write_row(d, stage, row.cols, row.data);
    good = store_shut(H5Dclose, d) && good;
    if (!good) st = store_fail(s, "write", name, err);
out:
    spx_mat_free(&row);
    return store_wrote(s, st);
}

static spx_status bring_tensor(spx_store *s, const char *tensor, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[STORE_PATH], above[STORE_PATH], **names = NULL;
    size_t n = 0;
    bool found = false;
    snprintf(group, sizeof group, "%s%s", tensors, tensor);
    for (size_t i = 0; i < s->stages; i++) {
        SPX_TRY(find_rows(s, group, i, &found, above, err));
        if (!found) continue;
        SPX_TRY(spx_store_names(s, above, &names, &n, err));
        for (size_t k = 0; k < n; k++) SPX_TRY(bring_row(s, above, group, names[k], i, err));
        spx_store_names_free(names, n);
        names = NULL;
        n = 0;
    }
out:
    spx_store_names_free(names, n);
    return st;
}

spx_status store_bring_rows(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char **names = NULL;
    size_t n = 0;
    bool found = false;
    SPX_TRY(store_find(s, root, &found, err));
    if (!found) return SPX_OK;
    SPX_TRY(spx_store_names(s, root, &names, &n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(bring_tensor(s, names[i], err));
    SPX_TRY(spx_store_remove(s, root, err));
out:
    spx_store_names_free(names, n);
    return st;
}
