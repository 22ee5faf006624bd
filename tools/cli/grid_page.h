/* grid_page.h: what of a table is shown, in which order and in which words; for grid*.c alone. */
#ifndef SPX_TOOLS_GRID_PAGE_H
#define SPX_TOOLS_GRID_PAGE_H

#include "grid.h"

typedef struct page_column {
    cli_column c; /* with a label */
    size_t from;  /* column of the grid */
    bool number;  /* every cell is one or empty: aligned right */
    bool whole;   /* ... and a whole one */
    bool prose;   /* a cell has several words */
    size_t width; /* of the widest text */
} page_column;

/* A row that is shown, or only counted. */
typedef struct page_row {
    size_t row, group; /* in the table; rows of a group agree in all titles */
    double harm;       /* the worse the larger */
    bool unchanged;
    const char **title, **text; /* of each title and column; no text where it is unchanged */
} page_row;

typedef struct page {
    const grid *t;
    page_column *column, *title;
    size_t columns, titles;
    page_row *at; /* by groups, the worst first */
    size_t rows, groups;
} page;

/* Memory from tmp. */
SPX_CHECKED spx_status page_make(const grid *t, const cli_view *view, page *out, spx_scratch *tmp,
                                 spx_error *err);

/* Characters of text, which page_make has made UTF-8. */
size_t page_characters(const char *text);

#endif
