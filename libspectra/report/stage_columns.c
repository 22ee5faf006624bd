/* stage_columns.c: the numbers that the stages of a plan's arms have. */
#include "report/stage_columns.h"

#include <math.h>
#include <string.h>

bool stage_is_axis(const char *name)
{
    return strncmp(name, "stage", 5) == 0 || spx_ends_with(name, "_item");
}

static bool has_column(const stage_columns *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->at[i].name, name) == 0) return true;
    return false;
}

static void add_column(stage_columns *c, const char *quantity, bool to_base, size_t k)
{
    static const char *const endings[] = {"", "_min", "_max"};
    stage_column x = {.to_base = to_base, .k = k};
    snprintf(x.quantity, sizeof x.quantity, "%s", quantity);
    snprintf(x.name, sizeof x.name, "%.80s%s%s", quantity, to_base ? "_ratio" : "", endings[k]);
    if (!has_column(c, x.name) && c->n < STAGE_COLUMNS) c->at[c->n++] = x;
}

static void add_timing(stage_columns *c, const char *name)
{
    stage_column x = {.timing = true};
    snprintf(x.quantity, sizeof x.quantity, "%s", name);
    snprintf(x.name, sizeof x.name, "%s", name);
    if (!has_column(c, name) && c->n < STAGE_COLUMNS) c->at[c->n++] = x;
}

/* What a figure draws of all matrices with a band, if they have it. */
static void add_bands(stage_columns *c, const panel *panels)
{
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = q->to_base ? 0 : 1; has_column(c, q->quantity) && q->band && k < 3; k++)
            add_column(c, q->quantity, q->to_base, k);
}

/* True for a number a stage that is no axis and not what rounding alone would give. */
static bool is_number(const spx_store *s, const char *group, const char *name)
{
    spx_mat v = {0};
    char path[FIGURE_TENSOR + 2 * STAGE_COLUMN], *class = NULL;
    if (spx_ends_with(name, "_null") || stage_is_axis(name)) return false;
    snprintf(path, sizeof path, "%s/%s", group, name);
    const bool axis = spx_store_get_text(s, path, "CLASS", &class, NULL) == SPX_OK,
               yes = !axis && spx_store_get(s, group, name, &v, NULL) == SPX_OK && v.cols == 1 &&
                     v.rows <= spx_store_stages(s);
    spx_free(class);
    spx_mat_free(&v);
    return yes;
}

/* The numbers of the arm's most changed matrix; the others have them too. */
static spx_status add_numbers(stage_columns *c, const arms *a, size_t arm, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_store *s = a->store[arm];
    char tensor[FIGURE_TENSOR], group[FIGURE_TENSOR + 40], **name = NULL;
    size_t n = 0;
    if (!spx_store_has(s, "tensors")) goto out;
    SPX_TRY(figures_most_changed(a, arm, tensor, err));
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    SPX_TRY(spx_store_names(s, group, &name, &n, err));
    for (size_t i = 0; i < n; i++)
        if (is_number(s, group, name[i])) add_column(c, name[i], false, 0);
out:
    spx_store_names_free(name, n);
    return st;
}

static spx_status add_timings(stage_columns *c, const spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char **name = NULL;
    size_t n = 0;
    if (!spx_store_has(s, "timing")) goto out;
    SPX_TRY(spx_store_names(s, "timing", &name, &n, err));
    for (size_t i = 0; i < n; i++)
        if (!stage_is_axis(name[i])) add_timing(c, name[i]);
out:
    spx_store_names_free(name, n);
    return st;
}

spx_status stage_columns_find(const arms *a, stage_columns *c, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < a->n; i++) SPX_TRY(add_timings(c, a->store[i], err));
    for (size_t i = 0; i < a->n; i++) SPX_TRY(add_numbers(c, a, i, err));
    add_bands(c, figure_subspace.panels);
    add_bands(c, figure_norm.panels);
out:
    return st;
}

spx_status stage_columns_matrices(const arms *a, size_t arm, size_t *out, spx_error *err)
{
    spx_status st = SPX_OK;
    figure_tensors t = {0};
    *out = 0;
    if (!spx_store_has(a->store[arm], "tensors")) goto out;
    SPX_TRY(figures_tensors(a, arm, &t, err));
    *out = t.changed ? t.changed : t.matched;
    figures_free_tensors(&t);
out:
    return st;
}

spx_status stage_columns_fill(const arms *a, size_t arm, const stage_column *c, spx_mat *all,
                              size_t j, spx_error *err)
{
    const panel q = {.quantity = c->quantity, .of_tensors = true, .to_base = c->to_base};
    const spx_store *s = a->store[arm];
    if (!c->timing && spx_store_has(s, "tensors"))
        return figures_series(a, arm, &q, c->k, all->data + j, all->ld, err);
    spx_mat v = {0};
    const bool has = c->timing && spx_store_get(s, "timing", c->quantity, &v, NULL) == SPX_OK;
    for (size_t i = 0; i < all->rows; i++)
        all->data[i * all->ld + j] = has && i < v.rows ? v.data[i * v.ld] : (double)NAN;
    spx_mat_free(&v);
    return SPX_OK;
}
