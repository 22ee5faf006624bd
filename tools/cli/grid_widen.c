/* grid_widen.c: from a row a number to a row a tensor. */
#include "grid.h"

#include <string.h>

enum { MOST_KEYS = 16 };

/* Where a table of numbers has what. */
typedef struct layout {
    size_t key[MOST_KEYS], keys; /* columns that say what a number is of */
    size_t metric, side, value;
} layout;

static bool is_key(const char *heading)
{
    static const char *const others[] = {"metric", "side", "value", "null", "chance"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(heading, others[i]) == 0) return false;
    return true;
}

static layout layout_of(const grid *t)
{
    layout l = {.metric = grid_find(t, "metric"),
                .side = grid_find(t, "side"),
                .value = grid_find(t, "value")};
    for (size_t i = 0; i < t->cols && l.keys < MOST_KEYS; i++)
        if (is_key(grid_cell(t, 0, i))) l.key[l.keys++] = i;
    return l;
}

/* A table with a set of items in each row has "set" beside its metric. */
bool grid_is_long(const grid *t)
{
    return grid_find(t, "metric") < t->cols && grid_find(t, "value") < t->cols &&
           grid_find(t, "set") == t->cols;
}

/* True if rows a and b are numbers of the same thing. */
static bool same_keys(const grid *t, const layout *l, size_t a, size_t b)
{
    for (size_t i = 0; i < l->keys; i++)
        if (strcmp(grid_cell(t, a, l->key[i]), grid_cell(t, b, l->key[i])) != 0) return false;
    return true;
}

/* True if the rows are of one metric and side. */
static bool same_metric(const grid *t, const layout *l, size_t a, size_t b)
{
    return strcmp(grid_cell(t, a, l->metric), grid_cell(t, b, l->metric)) == 0 &&
           (l->side == t->cols || strcmp(grid_cell(t, a, l->side), grid_cell(t, b, l->side)) == 0);
}

static spx_status metric_name(const grid *t, const layout *l, size_t row, const char **out,
                              spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL;
    const char *metric = grid_cell(t, row, l->metric);
    const char *side = l->side < t->cols ? grid_cell(t, row, l->side) : "uv";
    const size_t room = strlen(metric) + strlen(side) + 2;
    *out = metric;
    if (strcmp(side, "uv") == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &name, room, err));
    snprintf(name, room, "%s_%s", metric, side);
    *out = name;
out:
    return st;
}

/* The metric of `row` among the n whose first rows are known; n if it is a new one. The search
 * begins at `guess`. */
static size_t find_metric(const grid *t, const layout *l, const size_t *first, size_t n,
                          size_t guess, size_t row)
{
    for (size_t i = 0; i < n; i++) {
        const size_t at = (guess + i) % n;
        if (same_metric(t, l, first[at], row)) return at;
    }
    return n;
}

/* Where each row of the long table goes. */
typedef struct places {
    size_t *metric_of, *row_of; /* of each row */
    size_t *first;              /* row of each metric that names it */
    size_t metrics, rows;
} places;

/* A wide row ends where something else is measured, or where its first metric comes again. */
static void place_rows(const grid *t, const layout *l, places *p)
{
    size_t begin = 0;
    for (size_t r = 1; r < t->rows; r++) {
        const size_t guess = r > 1 ? p->metric_of[r - 1] + 1 : 0;
        const size_t m = find_metric(t, l, p->first, p->metrics, guess, r);
        p->metric_of[r] = m;
        if (m == p->metrics) p->first[p->metrics++] = r;
        if (begin == 0 || !same_keys(t, l, r - 1, r) || m == p->metric_of[begin]) {
            begin = r;
            p->rows++;
        }
        p->row_of[r] = p->rows;
    }
}

static spx_status set_headings(const grid *t, const layout *l, const places *p, const char **cell,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < l->keys; i++) cell[i] = grid_cell(t, 0, l->key[i]);
    for (size_t i = 0; i < p->metrics; i++)
        SPX_TRY(metric_name(t, l, p->first[i], &cell[l->keys + i], tmp, err));
out:
    return st;
}

static void set_cells(const grid *t, const layout *l, const places *p, grid *w)
{
    for (size_t i = w->cols; i < w->rows * w->cols; i++) w->cell[i] = "";
    for (size_t r = 1; r < t->rows; r++) {
        const char **row = &w->cell[p->row_of[r] * w->cols];
        for (size_t i = 0; i < l->keys; i++) row[i] = grid_cell(t, r, l->key[i]);
        row[l->keys + p->metric_of[r]] = grid_cell(t, r, l->value);
    }
}

spx_status grid_widen(const grid *t, grid *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const layout l = layout_of(t);
    places p = {0};
    grid w = {0};
    SPX_TRY(SPX_SCRATCH(tmp, &p.first, t->rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p.metric_of, t->rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p.row_of, t->rows, err));
    place_rows(t, &l, &p);
    w.rows = p.rows + 1;
    w.cols = l.keys + p.metrics;
    SPX_TRY(SPX_SCRATCH(tmp, &w.cell, w.rows * w.cols, err));
    SPX_TRY(set_headings(t, &l, &p, w.cell, tmp, err));
    set_cells(t, &l, &p, &w);
    *out = w;
out:
    return st;
}
