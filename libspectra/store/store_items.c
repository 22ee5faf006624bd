/* store_items.c: numbers of items that have ids, a row for each stage. The second axis holds the
 * ids in the order in which they first came. */
#include "store/store.h"

#include <math.h>
#include <stdlib.h>

/* An id and its column. */
typedef struct item_place {
    double id;
    size_t column;
} item_place;

static int by_id(const void *a, const void *b)
{
    const item_place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Columns of the items: those of the axis have theirs, the others follow; *width: how many there
 * are. */
static spx_status find_columns(const spx_mat *axis, const spx_store_items *x, size_t *column,
                               size_t *width, spx_error *err)
{
    spx_status st = SPX_OK;
    item_place *known = NULL;
    SPX_TRY(SPX_NEW(&known, axis->rows + 1, err));
    for (size_t i = 0; i < axis->rows; i++)
        known[i] = (item_place){.id = axis->data[i * axis->ld], .column = i};
    qsort(known, axis->rows, sizeof *known, by_id);
    *width = axis->rows;
    for (size_t j = 0; j < x->n; j++) {
        const item_place wanted = {.id = x->id[j]};
        const item_place *found = bsearch(&wanted, known, axis->rows, sizeof *known, by_id);
        column[j] = found ? found->column : (*width)++;
    }
out:
    spx_free(known);
    return st;
}

/* The columns from `first` on get the ids in place of their numbers. */
static spx_status label_columns(spx_store *s, const char *group, const char *axis, size_t first,
                                const size_t *column, const spx_store_items *x, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    bool good = true;
    SPX_TRY(store_dataset(s, group, axis, &d, err));
    for (size_t j = 0; good && j < x->n; j++)
        good = column[j] < first || store_write_row(d, column[j], 1, &x->id[j]);
    good = store_shut(H5Dclose, d) && good;
    if (!good) st = store_fail(s, "write", axis, err);
out:
    return store_wrote(s, st);
}

spx_status spx_store_put_items(spx_store *s, const char *group, const spx_quantity *q, size_t stage,
                               const char *axis, const spx_store_items *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat known = {0};
    char path[STORE_PATH];
    size_t *column = NULL, width = 0;
    double *row = NULL;
    store_join_names(group, axis, path);
    if (spx_store_has(s, path)) SPX_TRY(spx_store_get(s, group, axis, &known, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &column, x->n, err));
    SPX_TRY(find_columns(&known, x, column, &width, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &row, width, err));
    for (size_t j = 0; j < width; j++) row[j] = (double)NAN;
    for (size_t j = 0; j < x->n; j++) row[column[j]] = x->value[j];
    SPX_TRY(spx_store_put_row(s, group, q, stage, axis, row, width, err));
    SPX_TRY(label_columns(s, group, axis, known.rows, column, x, err));
out:
    spx_scratch_free(&tmp);
    spx_mat_free(&known);
    return st;
}
