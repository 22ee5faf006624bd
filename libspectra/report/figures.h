/* figures.h: the table of figures: what each one reads from run files and hands to its template. */
#ifndef SPX_REPORT_FIGURES_H
#define SPX_REPORT_FIGURES_H

#include "spx/names.h"
#include "spx/plot.h"
#include "spx/store.h"

#include <stdio.h>

/* Run files being drawn, one an arm. */
typedef struct arms {
    spx_store *store[SPX_NAMES_MAX];
    char label[SPX_NAMES_MAX][128];
    size_t n, shown; /* those behind the first `shown` only widen the axes */
    size_t line[SPX_NAMES_MAX], lines, shown_lines; /* from 0; repetitions share one if averaged */
    size_t columns;                                 /* of panels, where each arm is one */
    const spx_names *tensors;                       /* globs; none: every tensor */
    const char *metric;                             /* what a heat map shows */
} arms;

/* Where a figure's numbers go: gnuplot's $data, and a table for readers unless that is NULL. */
typedef struct sink {
    spx_plot *plot;
    FILE *table;
    const struct panel
        *quantity; /* where the second column is the number of one: they; else NULL */
} sink;

struct panel;
typedef struct figure {
    const char *name, *template;
    const struct panel *panels; /* of a figure made of them, else NULL */
    double height;              /* cm */
    double row;         /* where arms are panels: cm more for each row of them but the first */
    const char *metric; /* what it shows unless asked for another; NULL: there is no choice */
    /* Sets the template's variables and emits the data. */
    spx_status (*draw)(const struct figure *f, const arms *a, const sink *to, spx_error *err);
    bool averaged; /* over repetitions, which then are one line */
} figure;

/* A panel: a quantity of the evaluation, or the mean over tensors of one of theirs. */
typedef struct panel {
    const char *quantity, *title, *axis;
    bool of_tensors, logarithmic, band; /* band: an interval, _lo and _hi, is drawn too */
    bool edited;                        /* says nothing before the first edit */
} panel;
enum { MAX_PANELS = 12 };

const figure *figures_all(size_t *n);
#define FIGURES_NARROW 10 /* cm: under this a figure stands in one of two columns of text */
/* Panels side by side where each arm is one, in a figure of that width in cm. */
size_t figures_columns(size_t n, double width);

/* Every arm a line of its own; or one for all arms that differ in the seed or in the facts they
 * begin with alone (settings.h). figures_repeats.c */
void figures_apart(arms *a);
SPX_CHECKED spx_status figures_join(arms *a, spx_error *err);
/* The first arm of a line; what the line is called. */
size_t figures_first(const arms *a, size_t line);
void figures_label(const arms *a, size_t line, char out[160]);

/* Rows whose first column is the number of a line (1 ..); the table has its label there, and only
 * those that are shown. names: one a column. */
void figures_emit(const arms *a, const sink *to, const char *const *names, const spx_mat *data);
/* Is the tensor one of those that are drawn? */
bool figures_meant(const arms *a, const char *tensor);
/* The last one of an arm that is meant: of edited layers, the one that carries the target. */
spx_status figures_last_tensor(const arms *a, size_t arm, char out[600], spx_error *err);
/* The edits made by each stage, one a stage. */
spx_status figures_edits(const spx_store *s, double *out, spx_error *err);
/* Value k of a panel's quantity (itself, _lo, _hi) at every stage into out[stride * stage]; NaN
 * where there is none. An end of an interval that is not known is the value itself. */
spx_status figures_series(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                          size_t stride, spx_error *err);
/* The panels that some arm has numbers for; out ends with {0}. SPX_ENOTFOUND if there are none. */
spx_status figures_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                          spx_error *err);
/* name1 .., axis1 .., log1 .. and panels for the template. */
void figures_describe(spx_plot *p, const panel *panels);
/* arms (lines), label1 .. and how each one looks, for the template; figures_styles.c. */
SPX_CHECKED spx_status figures_arms(spx_plot *p, const arms *a, spx_error *err);

typedef spx_status figure_draw(const figure *f, const arms *a, const sink *to, spx_error *err);
figure_draw figure_series, figure_reconstruction, figure_groups, figure_bars; /* figures_series.c */
figure_draw figure_frontier;                                   /* figures_frontier.c */
figure_draw figure_timeline;                                   /* figures_timeline.c */
figure_draw figure_warning;                                    /* figures_warning.c */
figure_draw figure_spectrum, figure_angles, figure_overtaking; /* figures_rows.c */
figure_draw figure_heat, figure_retention, figure_alpha;       /* figures_grid.c, figures_maps.c */

#endif
