/* figure_set.c: the figures of a plan's outcome, as the rows of the table of figures ask for
 * them. */
#include "report/figure_set.h"

#include "report/arm_groups.h"
#include "report/change_maps.h"
#include "report/figures.h"
#include "report/sweeps.h"

#include "spx/child.h"
#include "spx/file.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* True if the run file has the series: at some stage, or of an ability at its last stage. */
static bool has_series(const spx_store *s, const char *series)
{
    spx_mat v = {0};
    if (strncmp(series, "evaluation/", 11) != 0) return spx_store_has(s, series);
    const bool yes = !run_file_lacks(spx_store_get(s, "evaluation", series + 11, &v, NULL)) &&
                     v.rows > 0 && isfinite(v.data[(v.rows - 1) * v.ld]);
    spx_mat_free(&v);
    return yes;
}

static bool can_show(const spx_outcome *o, const figure *f, size_t arm)
{
    spx_store *s = NULL;
    const spx_status st = spx_store_open(o->path[arm], SPX_STORE_READ, &s, NULL);
    if (st != SPX_OK) { /* of an arm that has begun, whose file was read before */
        spx_file_trouble(o->path[arm], st == SPX_ENOMEM ? ENOMEM : EIO);
        return false;
    }
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

/* The run files of one figure. */
typedef struct drawn_runs {
    spx_names shown, among; /* the arms of the figure, and those that widen its axes */
} drawn_runs;

/* Adds the arms of a group (NULL: all) that can be shown, or with `among` those outside it. */
static spx_status add_arms(const spx_outcome *o, const figure *f, const arm_group *g, bool among,
                           drawn_runs *to, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_names *list = among ? &to->among : &to->shown;
    for (size_t i = 0; i < o->n; i++) {
        char run[RUN_FILE_PATH], *copy = NULL;
        if ((g && arm_group_contains(g, i) == among) || !can_show(o, f, i)) continue;
        name_run(o, f, i, run);
        SPX_TRY(SPX_SCRATCH(tmp, &copy, strlen(run) + 1, err));
        memcpy(copy, run, strlen(run) + 1);
        list->item[list->n++] = copy;
    }
out:
    return st;
}

static spx_status draw_file(const spx_outcome *o, const figure *f, const drawn_runs *runs,
                            const char *output, bool narrow, spx_error *err)
{
    char width[16];
    snprintf(width, sizeof width, "%g", HTML_NARROW);
    spx_child c = {0};
    spx_child_tool(&c, "spx-plot");
    spx_child_word(&c, f->about.name);
    for (size_t i = 0; i < runs->shown.n; i++) spx_child_word(&c, runs->shown.item[i]);
    for (size_t i = 0; i < runs->among.n; i++) {
        spx_child_word(&c, "--among");
        spx_child_word(&c, runs->among.item[i]);
    }
    if (narrow) spx_child_word(&c, "--width");
    if (narrow) spx_child_word(&c, width);
    spx_child_word(&c, "-o");
    spx_child_word(&c, output);
    const spx_status st = spx_child_run(&c, &o->child, err);
    spx_child_free(&c);
    return st;
}

/* *yes: whether the run files hold what the figure shows; if not, it is left out with a note. */
static spx_status has_data(const spx_outcome *o, const figure *f, const drawn_runs *runs, bool *yes,
                           spx_error *err)
{
    static const spx_names every;
    const spx_figure_opts opts = {.width = 16, .tensors = &every};
    spx_error why = {0};
    *yes = runs->shown.n > 0;
    if (!*yes) return SPX_OK;
    const spx_status st = spx_figure_rehearse(&f->about, &runs->shown, &runs->among, &opts, &why);
    *yes = st == SPX_OK;
    if (st == SPX_ENOTFOUND) {
        spx_note(o->notify, "figure %s is left out: %s", f->about.name, why.text);
        return SPX_OK;
    }
    if (st != SPX_OK && err) *err = why;
    return st;
}

/* One figure of a group (NULL: all arms) as script, PDF, PNG and SVG; *out is the last one, of
 * which there is a narrow drawing too. *drawn: false if there is nothing to show. */
static spx_status draw_files(const spx_outcome *o, const figure *f, const arm_group *g,
                             html_figure *out, bool *drawn, spx_scratch *tmp, spx_error *err)
{
    static const char *const endings[] = {"gp", "pdf", "png", "svg"};
    spx_status st = SPX_OK;
    char *path = NULL, *caption = NULL, narrow[RUN_FILE_PATH];
    drawn_runs *runs = NULL;
    *drawn = false;
    SPX_TRY(SPX_SCRATCH(tmp, &runs, 1, err));
    SPX_TRY(add_arms(o, f, g, false, runs, tmp, err));
    if (g) SPX_TRY(add_arms(o, f, g, true, runs, tmp, err));
    SPX_TRY(has_data(o, f, runs, drawn, err));
    if (!*drawn) goto out;
    SPX_TRY(SPX_SCRATCH(tmp, &path, RUN_FILE_PATH, err));
    SPX_TRY(SPX_SCRATCH(tmp, &caption, RUN_FILE_PATH, err));
    const bool named = g && *g->name;
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        snprintf(path, RUN_FILE_PATH, "%s/%s%s%s.%s", o->folder, f->about.name, named ? "-" : "",
                 named ? g->name : "", endings[e]);
        SPX_TRY(draw_file(o, f, runs, path, false, err));
    }
    html_narrow_path(path, "svg", narrow, RUN_FILE_PATH);
    html_figure_begin(path);
    SPX_TRY(draw_file(o, f, runs, narrow, true, err));
    snprintf(caption, RUN_FILE_PATH, "%s%s%s", named ? g->name : "", named ? ": " : "",
             f->about.caption);
    *out = (html_figure){.path = path, .caption = caption};
out:
    if (st != SPX_OK && path) html_figure_tidy(path);
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
        bool drawn = false;
        spx_error now = {0};
        const spx_status st =
            draw_files(o, f, group_of(f, s, i), s->out + s->n, &drawn, s->tmp, &now);
        if (note_failure(st, &now, &s->first, s->err)) return s->first;
        s->n += st == SPX_OK && drawn;
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
