/* grid.h: a tool's lines of tab-separated cells as a table; for the files of this folder. */
#ifndef SPX_TOOLS_GRID_H
#define SPX_TOOLS_GRID_H

#include "cli.h"

/* Cells by rows; the first row is the headings. Texts are borrowed. */
typedef struct grid {
    const char **cell;
    size_t rows, cols;
} grid;
const char *grid_cell(const grid *t, size_t row, size_t col);
/* The column with this heading, t->cols if there is none. */
size_t grid_find(const grid *t, const char *name);
/* The number in a cell; NaN if it is none. */
double grid_number(const char *cell);

/* Splits text, which it changes, at newlines and tabs. A row with fewer cells than headings is
 * filled with empty ones, a cell too many is left out. Memory from tmp. */
SPX_CHECKED spx_status grid_split(char *text, grid *out, spx_scratch *tmp, spx_error *err);

/* grid_widen.c. True if each row is one number, under "metric" and "value". */
bool grid_is_long(const grid *t);
/* A row for each run of rows that differ in metric, side, value, null and chance alone, with a
 * column for each metric, called METRIC_SIDE where it has a side. Memory from tmp. */
SPX_CHECKED spx_status grid_widen(const grid *t, grid *out, spx_scratch *tmp, spx_error *err);

/* grid_print.c. As lines of tab-separated cells. */
void grid_print_cells(const grid *t, FILE *to);
/* For people: as `view` says (NULL: every column), aligned, and if columns
 * can be shortened or left out, no wider than `width`. */
SPX_CHECKED spx_status grid_print(const grid *t, const cli_view *view, size_t width, bool colour,
                                  FILE *to, spx_error *err);

#endif
