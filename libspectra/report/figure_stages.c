/* figure_stages.c: stages that are no numbers of edits, such as checkpoints, have names instead of
 * numbers on an axis; the base is the first of them. */
#include "report/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 64, STAGE_NAME = 64 };

/* True if the stages only count on, 0, 1, 2 or 1, 2, 3, and their names are no numbers. */
static spx_status counts_on(const spx_store *s, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL, *end = NULL;
    double first = 0, edits = 0;
    SPX_TRY(run_file_edits_at(s, 0, &first, err));
    *out = first == 0 || first == 1;
    for (size_t i = 0; *out && i < spx_store_stages(s); i++) {
        SPX_TRY(spx_store_stage(s, i, &name, &edits, err));
        (void)strtod(name, &end);
        *out = *end != '\0' && edits == first + (double)i;
        spx_free(name);
        name = NULL;
    }
out:
    spx_free(name);
    return st;
}

spx_status figures_stages_named(const arms *a, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = true;
    for (size_t i = 0; *out && i < a->n; i++) {
        char editor[64] = "";
        run_file_text(a->store[i], "editor", editor, sizeof editor);
        SPX_TRY(counts_on(a->store[i], out, err));
        *out = *out && !*editor;
    }
out:
    return st;
}

bool figures_lacks_base(const arms *a, size_t arm)
{
    char *name = NULL;
    double edits = 0;
    if (!a->named || run_file_lacks(spx_store_stage(a->store[arm], 0, &name, &edits, NULL)))
        return false;
    const bool lacks = strcmp(name, "base") != 0;
    spx_free(name);
    return lacks;
}

/* The name that an arm has for a place on the axis, or nothing. */
static void find_name(const spx_store *s, double at, char out[STAGE_NAME])
{
    char *name = NULL;
    double edits = 0;
    *out = '\0';
    for (size_t i = 0; !*out && i < spx_store_stages(s); i++) {
        if (run_file_lacks(spx_store_stage(s, i, &name, &edits, NULL))) continue;
        if (edits == at) snprintf(out, STAGE_NAME, "%s", name);
        spx_free(name);
        name = NULL;
    }
}

void figures_stage_name(const arms *a, double at, char out[FIGURE_LABEL])
{
    char name[STAGE_NAME];
    *out = '\0';
    for (size_t i = 0; i < a->n; i++) {
        find_name(a->store[i], at, name);
        if (!*name || strcmp(out, name) == 0) continue;
        if (*out)
            snprintf(out, FIGURE_LABEL, "stage %g", at); /* arms call it by several names */
        else
            snprintf(out, FIGURE_LABEL, "%s", name);
    }
    if (!*out) snprintf(out, FIGURE_LABEL, "base");
}

/* The ends of the axis. */
static void find_ends(const arms *a, double *first, double *last)
{
    *first = (double)INFINITY, *last = -(double)INFINITY;
    for (size_t i = 0; i < a->n; i++) {
        double from = 0, to = 0;
        const spx_store *s = a->store[i];
        if (run_file_lacks(run_file_edits_at(s, 0, &from, NULL)) ||
            run_file_lacks(run_file_edits_at(s, spx_store_stages(s) - 1, &to, NULL)))
            continue;
        *first = fmin(*first, from - (figures_lacks_base(a, i) ? 1 : 0));
        *last = fmax(*last, to);
    }
}

void figures_name_stages(const arms *a, spx_plot *p)
{
    double first = 0, last = 0;
    size_t ticks = 0;
    spx_plot_set_number(p, "named", a->named);
    if (!a->named) return;
    find_ends(a, &first, &last);
    spx_plot_set_number(p, "first_stage", first);
    spx_plot_set_number(p, "last_stage", last);
    const size_t all = (size_t)(last - first) + 1, step = (all + MOST_NAMES - 1) / MOST_NAMES;
    for (size_t i = 0; i < all; i += step) {
        const double at = first + (double)i;
        char variable[32], name[FIGURE_LABEL];
        figures_stage_name(a, at, name);
        snprintf(variable, sizeof variable, "tick%zu", ++ticks);
        spx_plot_set_text(p, variable, name);
        snprintf(variable, sizeof variable, "tick_at%zu", ticks);
        spx_plot_set_number(p, variable, at);
    }
    spx_plot_set_number(p, "ticks", (double)ticks);
}
