/* figures.h: the table of figures: what each one reads from run files and hands to its template. */
#ifndef SPX_TOOLS_FIGURES_H
#define SPX_TOOLS_FIGURES_H

#include "cli.h"

#include "spx/plot.h"
#include "spx/store.h"

/* Run files being drawn, one an arm. */
typedef struct arms {
    spx_store *store[CLI_MAX_LIST];
    char label[CLI_MAX_LIST][128];
    size_t n;
    const cli_list *tensors; /* globs; none: every tensor */
} arms;

struct panel;
typedef struct figure {
    const char *name, *template;
    const struct panel *panels; /* of a series figure, else NULL */
    double width, height;       /* cm; 16 is a page's width */
    double row; /* where arms are panels: cm more for each row of them but the first */
    /* Sets the template's variables and $data; writes the same numbers to table unless that is
     * NULL. */
    spx_status (*draw)(const struct figure *f, const arms *a, spx_plot *p, FILE *table,
                       spx_error *err);
} figure;

const figure *figures_all(size_t *n);
/* Panels side by side where each arm is one. */
size_t figures_columns(size_t n);

#endif
