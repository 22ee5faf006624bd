/* figures.c: the table of figures, and the drawing of one. */
#include "report/figures.h"

#include "spx/output.h"

#include <assert.h>
#include <string.h>

/* In the order of a report. */
static const figure *const table[] = {
    &figure_collapse, &figure_subspace, &figure_timeline,   &figure_warning, &figure_norm,
    &figure_spectrum, &figure_angles,   &figure_overtaking, &figure_alpha,   &figure_retention,
    &figure_layers,   &figure_bars,     &figure_frontier,   &figure_repair,  &figure_reconstruction,
    &figure_groups,   &figure_trace,    &figure_tuning,
};

const figure *figures_at(size_t i) { return i < sizeof table / sizeof *table ? table[i] : NULL; }

const spx_figure *spx_figure_at(size_t i)
{
    const figure *f = figures_at(i);
    return f ? &f->about : NULL;
}

static const char *figure_name(const void *unused, size_t i)
{
    const figure *f = figures_at(i);
    (void)unused;
    return f ? f->about.name : NULL;
}

spx_status spx_figure_find(const char *name, const spx_figure **out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t i = 0;
    *out = NULL;
    SPX_TRY(spx_find_name("figure", name, figure_name, NULL, &i, err));
    *out = spx_figure_at(i);
out:
    return st;
}

static const figure *row_of(const spx_figure *about)
{
    size_t i = 0;
    while (figures_at(i) && &figures_at(i)->about != about) i++;
    assert(figures_at(i));
    return figures_at(i);
}

enum { NARROW = 10 }; /* cm: under this a figure stands in one of two columns of text */

/* Panels side by side. */
static size_t panel_columns(const figure *f, size_t panels, double width)
{
    const size_t most = width < NARROW ? 2 : 3;
    if (!f->panels && most == 3 && panels == 4) return 2;
    return panels < most ? panels : most;
}

static size_t count_panels(const figure *f, const arms *a)
{
    panel panels[MAX_PANELS + 1];
    size_t n = 0;
    if (!f->panels) return a->shown;
    if (run_file_lacks(figures_panels(f->panels, a, panels, NULL))) return 1;
    while (panels[n].quantity) n++;
    return n;
}

static double height_of(const figure *f, const arms *a, double width)
{
    const size_t rows = (a->panels + a->columns - 1) / a->columns;
    const double shrink = f->row > 0 && width < NARROW ? (f->panels ? 0.75 : 0.7) : 1;
    if (a->style && a->style->height > 0) return a->style->height;
    if (f->line > 0 && a->shown_lines > FIGURE_MATRIX)
        return f->line * (double)(a->shown_lines + 10);
    return shrink * (f->height + f->row * (double)(rows - 1));
}

/* The numbers of a figure stand beside it: collapse.pdf, collapse.tsv. *out stays {0} for a figure
 * on the terminal. */
static spx_status open_numbers(const char *output, char path[RUN_FILE_PATH], spx_output *out,
                               spx_error *err)
{
    snprintf(path, RUN_FILE_PATH - 8, "%s", output ? output : "");
    char *ending = strrchr(path, '.');
    if (!output || !ending) return SPX_OK;
    snprintf(ending, 8, ".tsv");
    return spx_output_open(out, path, err);
}

static void load_template(spx_plot *p, const char *folder, const char *name)
{
    char path[RUN_FILE_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    spx_plot_load(p, path);
}

/* Fonts, colours and the legend's place, for style.gp. */
static void set_style(spx_plot *p, const spx_figure_opts *o)
{
    static const spx_figure_style none;
    const spx_figure_style *s = o->style ? o->style : &none;
    char name[32];
    spx_plot_set_font(p, s->font, s->size > 0 ? s->size : o->width < NARROW ? 7 : 8);
    spx_plot_set_text(p, "legend_at", *s->legend ? s->legend : "top");
    for (size_t i = 0; i < s->colours; i++) {
        snprintf(name, sizeof name, "colour%zu", i + 1);
        spx_plot_set_text(p, name, s->colour[i]);
    }
}

static spx_status feed(const figure *f, const arms *a, const spx_figure_opts *o, const sink *to,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    spx_plot_set_number(to->plot, "width", o->width);
    spx_plot_set_number(to->plot, "dumb", o->output == NULL);
    spx_plot_set_number(to->plot, "columns", (double)a->columns);
    spx_plot_set_text(to->plot, "percent", "%"); /* LaTeX reads it otherwise */
    set_style(to->plot, o);
    SPX_TRY(figures_style_arms(to->plot, a, err));
    figures_name_stages(a, to->plot);
    load_template(to->plot, o->templates, "style.gp");
    SPX_TRY(f->draw(f, a, to, err));
    if (to->table) SPX_TRY(spx_output_flush(to->table, to->table_name, err));
    load_template(to->plot, o->templates, f->about.template_file);
out:
    return st;
}

/* gnuplot has to be closed whatever happened; its complaint counts if nothing else failed. */
static spx_status plot_arms(const figure *f, const arms *a, const spx_figure_opts *o,
                            const spx_output *numbers, spx_error *err)
{
    spx_plot *p = NULL;
    spx_error why;
    spx_status st = spx_plot_open(o->output, o->width, height_of(f, a, o->width), &p, err);
    if (st != SPX_OK) return st;
    const sink to = {.plot = p, .table = numbers->to, .table_name = numbers->name};
    st = feed(f, a, o, &to, err);
    const spx_status closed = spx_plot_close(p, st != SPX_OK ? NULL : err ? err : &why);
    return st == SPX_OK ? closed : st;
}

/* A figure that fails leaves no numbers either. */
static spx_status draw_arms(const figure *f, const arms *a, const spx_figure_opts *o,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char path[RUN_FILE_PATH];
    spx_output numbers = {0};
    SPX_TRY(open_numbers(o->output, path, &numbers, err));
    st = plot_arms(f, a, o, &numbers, err);
    if (numbers.to) st = spx_output_end(&numbers, st, err);
out:
    return st;
}

static spx_status rehearse_arms(const figure *f, const arms *a, spx_error *err)
{
    spx_plot *p = NULL;
    spx_status st = spx_plot_rehearse(&p, err);
    if (st != SPX_OK) return st;
    const sink to = {.plot = p};
    st = f->draw(f, a, &to, err);
    const spx_status closed = spx_plot_close(p, NULL);
    return st == SPX_OK ? closed : st;
}

/* Opens the run files and lays out the lines of a figure. */
static spx_status prepare_arms(const figure *f, const spx_names *runs, const spx_names *among,
                               const spx_figure_opts *o, arms *a, spx_error *err)
{
    spx_status st = SPX_OK;
    a->tensors = o->tensors;
    a->style = o->style;
    SPX_TRY(figures_check_style(f->panels, o->style, err));
    a->metric = o->metric ? o->metric : f->about.metric;
    SPX_TRY(figures_open_arms(runs, a, err));
    a->shown = a->n;
    SPX_TRY(figures_open_arms(among, a, err));
    figures_separate_lines(a);
    a->panels = count_panels(f, a);
    a->columns = panel_columns(f, a->panels, o->width);
    if (f->averaged) SPX_TRY(figures_join_lines(a, err));
    if (!f->axis) SPX_TRY(figures_stages_named(a, &a->named, err));
out:
    return st;
}

/* Draws the figure, or only finds out whether it can be. */
static spx_status with_arms(const spx_figure *about, const spx_names *runs, const spx_names *among,
                            const spx_figure_opts *o, bool draws, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const figure *f = row_of(about);
    arms *a = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &a, 1, err));
    SPX_TRY(prepare_arms(f, runs, among, o, a, err));
    SPX_TRY(draws ? draw_arms(f, a, o, err) : rehearse_arms(f, a, err));
out:
    if (a) figures_close_arms(a);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_figure_draw(const spx_figure *f, const spx_names *runs, const spx_names *among,
                           const spx_figure_opts *o, spx_error *err)
{
    return with_arms(f, runs, among, o, true, err);
}

spx_status spx_figure_rehearse(const spx_figure *f, const spx_names *runs, const spx_names *among,
                               const spx_figure_opts *o, spx_error *err)
{
    return with_arms(f, runs, among, o, false, err);
}
