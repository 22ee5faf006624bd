/* figures.h: a figure as a row of the table, and what several figures share.
 *
 * A figure is a template (plots/), a file figures_<figure>.c that defines its row, and the row's
 * name in the table of figures.c. The row says everything else that any other place needs: how
 * spx-plot lists it, how high it is, and when, of which arms and with which caption a plan's report
 * draws it.
 */
#ifndef SPX_REPORT_FIGURES_H
#define SPX_REPORT_FIGURES_H

#include "report/run_file.h"

#include "spx/figures.h"
#include "spx/outcome.h"
#include "spx/plot.h"

#include <stdio.h>

#define FIGURE_LABEL  160  /* bytes of the name of a line */
#define FIGURE_TENSOR 2048 /* bytes of the name of a tensor */
#define FIGURE_MATRIX 12   /* more arms than that are a matrix of numbers */

/* Run files being drawn, one an arm. */
typedef struct arms {
    spx_store *store[SPX_NAMES_MAX];
    char label[SPX_NAMES_MAX][128];
    size_t n, shown; /* the arms after the first `shown` only widen the axes */
    size_t line[SPX_NAMES_MAX], lines, shown_lines; /* from 0; repetitions share one if averaged */
    size_t panels, columns;        /* a panel a quantity or an arm; how many stand side by side */
    const spx_names *tensors;      /* globs; none: every tensor */
    const char *metric;            /* what a heat map shows */
    const spx_figure_style *style; /* NULL: as it comes */
    bool named;                    /* stages are no numbers of edits (figure_stages.c) */
} arms;

/* The values that an axis has whatever the data are, so that small changes look small. */
typedef enum panel_range {
    RANGE_FREE,       /* the data's own */
    RANGE_SHARE,      /* within 0 to 100 */
    RANGE_SIMILARITY, /* 0 to 1; 1 for an unchanged matrix */
    RANGE_RATIO,      /* 0.9 to 1.1 at least, one for all such panels; 1 for an unchanged matrix */
} panel_range;

/* A panel: a quantity of the evaluation, or the mean over tensors of one of theirs. */
typedef struct panel {
    const char *quantity, *title, *axis;
    bool of_tensors, logarithmic;
    bool band;    /* an interval is drawn too: _lo and _hi; of tensors _min and _max over them */
    bool edited;  /* says nothing before the first edit */
    bool to_base; /* divided by the base's, where a run file has the base as a stage */
    panel_range range;
} panel;
enum { MAX_PANELS = 12 };

/* Where a figure's numbers go: gnuplot's $data, and a table for readers unless that is NULL. */
typedef struct sink {
    spx_plot *plot;
    FILE *table;
    const char *table_name; /* its path, for messages */
    const panel *quantity;  /* if the second column is a panel's number: the panels; else NULL */
} sink;

/* How a report puts the arms of a plan into figures. */
typedef enum figure_reading {
    FIGURE_OF_GROUP,  /* one a group of arms, repetitions apart */
    FIGURE_OF_LINES,  /* one a group of arms, repetitions drawn as one */
    FIGURE_OF_ALL,    /* one of all arms */
    FIGURE_OF_MAPS,   /* one a group, of the maps that spx-compare makes of the arms' changes */
    FIGURE_OF_ALARMS, /* one of all arms, if there are alarms to count */
    FIGURE_OF_SWEEP,  /* one of all experiments of tools/sweep.sh of the kind `sweep` */
} figure_reading;

typedef struct figure {
    spx_figure about;
    const panel *panels; /* of a figure made of them, ends with {0}; else NULL */
    const char *axis;    /* what the stages of such a figure are; NULL: edits, or stages by name */
    bool share_axis;     /* they are shares, on a logarithmic axis */
    double height;       /* cm */
    double row;          /* cm more for each row of panels but the first */
    double line;         /* cm of an arm, where more than FIGURE_MATRIX are a matrix; 0: never */
    bool averaged;       /* over repetitions, which then are one line */

    /* What a run file must have for the report to show it: each of the series `needs`, separated
     * by spaces, at some stage, or an ability ("evaluation/...") at the last one; and that many
     * stages. */
    const char *needs;
    size_t stages;
    figure_reading reading;
    const char *sweep;

    /* Sets the template's variables and emits the data. */
    spx_status (*draw)(const struct figure *f, const arms *a, const sink *to, spx_error *err);
} figure;

extern const figure figure_collapse, figure_subspace, figure_timeline, figure_warning, figure_norm;
extern const figure figure_spectrum, figure_angles, figure_overtaking, figure_alpha;
extern const figure figure_retention, figure_layers, figure_bars, figure_frontier, figure_repair;
extern const figure figure_reconstruction, figure_groups, figure_trace, figure_tuning;

/* Row i of the table; NULL past the last one. */
const figure *figures_at(size_t i);

/* figure_arms.c: the arms of a figure and the lines that stand for them. */

/* Opens the run files "LABEL=PATH" as further arms; close with figures_close_arms, also on failure.
 * Files of second moments among several are left out. SPX_EINVAL for a run file without stages. */
SPX_CHECKED spx_status figures_open_arms(const spx_names *runs, arms *a, spx_error *err);
/* The same of all arms of an outcome, all their tensors counting. */
SPX_CHECKED spx_status figures_open_outcome(const spx_outcome *o, arms *a, spx_error *err);
void figures_close_arms(arms *a);
/* Every arm a line of its own; or one for all arms that differ only in the seed or in the facts
 * they begin with (arm_settings.h). */
void figures_separate_lines(arms *a);
SPX_CHECKED spx_status figures_join_lines(arms *a, spx_error *err);
/* The first arm of a line; what the line is called. */
size_t figures_first(const arms *a, size_t line);
void figures_label(const arms *a, size_t line, char out[FIGURE_LABEL]);

/* figure_styles.c: sets arms (lines), label1 .. and how each one looks, for the template. */
SPX_CHECKED spx_status figures_style_arms(spx_plot *p, const arms *a, spx_error *err);

/* figure_data.c: what figures read, and where they put it. */

/* Rows whose first column is the number of a line (1 ..); the table has its label there, and only
 * those that are shown. names: one a column. */
void figures_emit(const arms *a, const sink *to, const char *const *names, const spx_mat *data);
/* SPX_ENOTFOUND with the metrics that the arm has in the group; those of spx_store_names. */
SPX_CHECKED spx_status figures_no_metric(const arms *a, size_t arm, const char *group,
                                         spx_error *err);
/* Value k of a panel's quantity (itself, _lo, _hi) at every stage into out[stride * stage]; NaN
 * where there is none. An end of an interval that is not known is the value itself. Of tensors: the
 * mean over those that count (figures_tensors), the least and the largest of them. */
SPX_CHECKED spx_status figures_series(const arms *a, size_t arm, const panel *q, size_t k,
                                      double *out, size_t stride, spx_error *err);

/* figure_tensors.c: which tensors of an arm are shown. */

/* Those that match the globs and were changed at some stage; where none of them was, or nothing
 * says so, all that match. */
typedef struct figure_tensors {
    char **name;
    bool *counts;
    size_t all, matched, changed;
    size_t most; /* the most changed of those that match; the last of several */
} figure_tensors;
SPX_CHECKED spx_status figures_tensors(const arms *a, size_t arm, figure_tensors *out,
                                       spx_error *err);
void figures_free_tensors(figure_tensors *t);
/* The name of the most changed one; SPX_ENOTFOUND if none matches. */
SPX_CHECKED spx_status figures_most_changed(const arms *a, size_t arm, char out[FIGURE_TENSOR],
                                            spx_error *err);
/* SPX_ENOTFOUND that says what the tensor lacks and which one was changed most. */
SPX_CHECKED spx_status figures_no_rows(const arms *a, size_t arm, const char *tensor,
                                       const char *dataset, spx_error *err);

/* figure_panels.c: the panels of a figure. */

extern const panel figures_abilities[];         /* of an edited model; end with {0} */
extern const panel figures_general_abilities[]; /* of a model without edits of its own */
/* The panels that some arm has numbers for, of those that the style names if it does; out ends with
 * {0}. SPX_ENOTFOUND if there are none; SPX_EINVAL if the style names another. */
SPX_CHECKED spx_status figures_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                                      spx_error *err);
/* name1 .., axis1 .., log1 .., range1 .., panels, and where the style has limits from1 .., to1 ..
 * for the template. */
void figures_describe(spx_plot *p, const arms *a, const panel *panels);
/* metric, with what its values say; scaled: 1 if its range is known, from scale_low to scale_high:
 * colours then mean the same in every figure. */
void figures_set_scale(spx_plot *p, const char *quantity);
/* SPX_EINVAL if the style speaks of panels that the figure cannot have (NULL: it has none). */
SPX_CHECKED spx_status figures_check_style(const panel *all, const spx_figure_style *s,
                                           spx_error *err);

/* figure_stages.c: stages that are no numbers of edits, such as checkpoints, have names instead. */

/* Whether the stages of every arm are named; arms.named is to be set to it. */
SPX_CHECKED spx_status figures_stages_named(const arms *a, bool *out, spx_error *err);
/* True if they are named and the base is not one of the arm's stages: it then comes before them. */
bool figures_lacks_base(const arms *a, size_t arm);
/* The name of the stage at a place of the axis ("edits"). */
void figures_stage_name(const arms *a, double at, char out[FIGURE_LABEL]);
/* named (0, 1), first_stage, last_stage, ticks, tick1 .., tick_at1 .. for the template. */
void figures_name_stages(const arms *a, spx_plot *p);

/* figure_series.c: a panel a quantity; every stage of every line against what the stages are; or
 * the last stage alone. */
SPX_CHECKED spx_status figures_draw_series(const figure *f, const arms *a, const sink *to,
                                           spx_error *err);
SPX_CHECKED spx_status figures_draw_last(const figure *f, const arms *a, const sink *to,
                                         spx_error *err);

/* figure_paired.c: adds to data, a row a line with its edits in column 1, for each panel that some
 * line shares items of with the first line: how many, and McNemar's p (paired_arms.h); their names
 * to `names`. data has room for two columns a panel after its own. Sets for the template paired1 ..
 * (column of p; 0: none), paired_level and paired_with. */
SPX_CHECKED spx_status figures_pair(const arms *a, const panel *panels, spx_plot *p,
                                    char names[][64], spx_mat *data, spx_error *err);

/* figure_rows.c: a row of numbers that one matrix has at every stage. */
typedef enum base_row { BASE_UNKNOWN, BASE_ZERO, BASE_INDEX } base_row;
typedef struct stage_rows {
    const char *dataset, *value; /* its name in the run file, and in the table */
    double scale;
    size_t most;      /* stages shown at most: evenly spread from the first to the last */
    base_row base;    /* the row of the base, where it is not stored */
    const char *band; /* dataset of what rounding alone may give, as $null; NULL: not shown */
} stage_rows;
SPX_CHECKED spx_status figures_draw_rows(const stage_rows *what, const arms *a, const sink *to,
                                         spx_error *err);

#endif
