/* figure_set.c: the figures of a plan's outcome, as the rows of the table of figures ask for
 * them. */
#include "report/figure_set.h"

#include "report/arm_groups.h"
#include "report/change_maps.h"
#include "report/figures.h"
#include "report/sweeps.h"

#include "spx/child.h"

#include <math.h>
#include <string.h>

/* True if the run file has the series: at some stage, or of an ability at its last stage. */
static bool has_series(const spx_store *s, const char *series)
{
    spx_mat v = {0};
    if (strncmp(series, "evaluation/", 11) != 0) return spx_store_has(s, series);
    const bool yes = spx_store_get(s, "evaluation", series + 11, &v, NULL) == SPX_OK &&
                     v.rows > 0 && isfinite(v.data[(v.rows - 1) * v.ld]);
    spx_mat_free(&v);
    return yes;
}

static bool can_show(const spx_outcome *o, const figure *f, size_t arm)
{
    spx_store *s = NULL;
    if (spx_store_open(o->path[arm], SPX_STORE_READ, &s, NULL) != SPX_OK) return false;
    bool yes = spx_store_stages(s) >= f->stages;
    for (const char *at = f->needs; yes && *at; at += strspn(at, " ")) {
        char series[64];
        const size_t n = strcspn(at, " ");
        snprintf(series, sizeof series, "%.*s", (int)n, at);
        yes = has_series(s, series);
        at += n;
    }
    spx_store_close(s);
    return yes;
}

/* NAME=PATH of the run file that a figure reads of an arm: its own, or that of its map. */
static void name_run(const spx_outcome *o, const figure *f, size_t arm, char out[RUN_FILE_PATH])
{
    char map[RUN_FILE_PATH];
    change_maps_path(o, arm, map);
    snprintf(out, RUN_FILE_PATH, "%s=%s", o->name[arm],
             f->reading == FIGURE_OF_MAPS ? map : o->path[arm]);
}

/* Adds the arms of a group (NULL: all) that can be shown, or with `among` those outside it. Returns
 * how many. */
static size_t add_arms(const spx_outcome *o, const figure *f, const arm_group *g, bool among,
                       spx_child *c)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        char run[RUN_FILE_PATH];
        if ((g && arm_group_contains(g, i) == among) || !can_show(o, f, i)) continue;
        name_run(o, f, i, run);
        if (among) spx_child_word(c, "--among");
        spx_child_word(c, run);
        n++;
    }
    return n;
}

/* Draws a figure of a group (NULL: all arms). *shown: how many arms there were to draw. */
static spx_status draw_file(const spx_outcome *o, const figure *f, const arm_group *g,
                            const char *output, size_t *shown, spx_error *err)
{
    spx_child c = {0};
    spx_status st = SPX_OK;
    spx_child_tool(&c, "spx-plot");
    spx_child_word(&c, f->about.name);
    *shown = add_arms(o, f, g, false, &c);
    if (g) (void)add_arms(o, f, g, true, &c);
    spx_child_word(&c, "-o");
    spx_child_word(&c, output);
    if (*shown) st = spx_child_run(&c, &o->child, err);
    spx_child_free(&c);
    return st;
}

/* One figure as PDF, PNG and SVG; *out is the last one. */
static spx_status draw_files(const spx_outcome *o, const figure *f, const arm_group *g,
                             html_figure *out, size_t *shown, spx_scratch *tmp, spx_error *err)
{
    static const char *const endings[] = {"pdf", "png", "svg"};
    spx_status st = SPX_OK;
    char *path = NULL, *caption = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &path, RUN_FILE_PATH, err));
    SPX_TRY(SPX_SCRATCH(tmp, &caption, RUN_FILE_PATH, err));
    const bool named = g && *g->name;
    for (size_t e = 0; e < 3; e++) {
        snprintf(path, RUN_FILE_PATH, "%s/%s%s%s.%s", o->folder, f->about.name, named ? "-" : "",
                 named ? g->name : "", endings[e]);
        SPX_TRY(draw_file(o, f, g, path, shown, err));
    }
    snprintf(caption, RUN_FILE_PATH, "%s%s%s", named ? g->name : "", named ? ": " : "",
             f->about.caption);
    *out = (html_figure){.path = path, .caption = caption};
out:
    return st;
}

/* Keeps the first of several errors. True if this one ends everything. */
static bool note_failure(spx_status st, const spx_error *now, spx_status *first, spx_error *err)
{
    if (st == SPX_OK) return false;
    if (*first == SPX_OK) *first = st, *err = *now;
    return st == SPX_EINTR || st == SPX_ENOMEM;
}

/* The figures drawn so far, and what they are drawn of. */
typedef struct figure_set {
    const spx_outcome *o;
    arm_groups apart, together; /* repetitions as arms of their own, or as one */
    bool alarms;
    html_figure *out;
    size_t n;
    spx_status first; /* failure, and its message */
    spx_error *err;
    spx_scratch *tmp;
} figure_set;

/* How many figures a row stands for. */
static size_t count_drawn(const figure *f, const figure_set *s)
{
    switch (f->reading) {
    case FIGURE_OF_GROUP:
    case FIGURE_OF_MAPS: return s->apart.n;
    case FIGURE_OF_LINES: return s->together.n;
    case FIGURE_OF_ALARMS: return s->alarms;
    case FIGURE_OF_ALL:
    case FIGURE_OF_SWEEP: break;
    }
    return 1;
}

/* The group of a row's figure i; NULL: all arms. */
static const arm_group *group_of(const figure *f, const figure_set *s, size_t i)
{
    switch (f->reading) {
    case FIGURE_OF_GROUP:
    case FIGURE_OF_MAPS: return &s->apart.at[i];
    case FIGURE_OF_LINES: return &s->together.at[i];
    case FIGURE_OF_ALARMS:
    case FIGURE_OF_ALL:
    case FIGURE_OF_SWEEP: break;
    }
    return NULL;
}

static spx_status make_maps(figure_set *s, const figure *f)
{
    for (size_t i = 0; i < s->o->n; i++) {
        spx_error now = {0};
        if (!can_show(s->o, f, i)) continue;
        if (note_failure(change_maps_make(s->o, i, &now), &now, &s->first, s->err)) return s->first;
    }
    return SPX_OK;
}

/* The figures of one row, drawn of the arms of o. */
static spx_status draw_row(figure_set *s, const spx_outcome *o, const figure *f)
{
    if (f->reading == FIGURE_OF_MAPS && make_maps(s, f) != SPX_OK) return s->first;
    for (size_t i = 0; i < count_drawn(f, s); i++) {
        size_t shown = 0;
        spx_error now = {0};
        const spx_status st =
            draw_files(o, f, group_of(f, s, i), s->out + s->n, &shown, s->tmp, &now);
        if (note_failure(st, &now, &s->first, s->err)) return s->first;
        s->n += st == SPX_OK && shown > 0;
    }
    return SPX_OK;
}

/* Room for every figure that the rows can stand for. */
static spx_status make_room(figure_set *s, spx_error *err)
{
    size_t most = 0;
    for (size_t i = 0; figures_at(i); i++) most += count_drawn(figures_at(i), s);
    return SPX_SCRATCH(s->tmp, &s->out, most, err);
}

spx_status figure_set_draw(const spx_outcome *o, bool alarms, html_figure **out, size_t *n,
                           spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    figure_set s = {.o = o, .alarms = alarms, .err = err, .tmp = tmp};
    SPX_TRY(arm_groups_make(o, false, &s.apart, tmp, err));
    SPX_TRY(arm_groups_make(o, true, &s.together, tmp, err));
    SPX_TRY(make_room(&s, err));
    for (size_t i = 0; figures_at(i); i++) {
        const figure *f = figures_at(i);
        spx_outcome *found = NULL;
        if (f->reading == FIGURE_OF_SWEEP) SPX_TRY(sweeps_find(o, f->sweep, &found, tmp, err));
        SPX_TRY(draw_row(&s, found ? found : o, f));
    }
    st = s.first;
out:
    *out = s.out;
    *n = s.n;
    return st;
}
