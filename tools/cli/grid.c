/* grid.c: what a tool prints, shown as the options and the terminal want it. */
#include "grid.h"

#include "shown.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *grid_cell(const grid *t, size_t row, size_t col)
{
    return t->cell[row * t->cols + col];
}

size_t grid_find(const grid *t, const char *name)
{
    size_t col = 0;
    while (col < t->cols && strcmp(grid_cell(t, 0, col), name) != 0) col++;
    return col;
}

double grid_number(const char *cell)
{
    char *end = NULL;
    const double x = strtod(cell, &end);
    return end == cell || *end ? (double)NAN : x;
}

static size_t count(const char *text, const char *end, char c)
{
    size_t n = 0;
    for (; text < end; text++) n += *text == c;
    return n;
}

/* The cells of a line, which ends at `end`, into out. */
static void split_line(char *line, char *end, const char **out, size_t cols)
{
    *end = '\0';
    for (size_t i = 0; i < cols; i++) {
        out[i] = line;
        line += strcspn(line, "\t");
        if (line < end) *line++ = '\0';
    }
}

spx_status grid_split(char *text, grid *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    grid t = {0};
    char *end = text + strlen(text);
    t.cols = count(text, text + strcspn(text, "\n"), '\t') + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &t.cell, (count(text, end, '\n') + 1) * t.cols, err));
    for (char *line = text; line < end; t.rows++) {
        char *stop = line + strcspn(line, "\n");
        split_line(line, stop, &t.cell[t.rows * t.cols], t.cols);
        line = stop + 1;
    }
    *out = t;
out:
    return st;
}
