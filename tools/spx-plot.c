/* spx-plot: one figure from one or more run files. */
#include "cli.h"
#include "report/figures.h"

#include <string.h>

static const char *figure_name, *metric, *template_folder = SPX_PLOTS;
static double width = 16;
static spx_names runs, among, globs;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "FIGURE", &figure_name, 0, 0,
     "collapse, subspace, norm, spectrum, angles, overtaking, layers, retention, alpha, bars, "
     "timeline, frontier, warning, reconstruction or groups"},
    {CLI_REST, 0, "RUN.h5", &runs, 0, 0, "run files, one an arm; LABEL=RUN.h5 names it"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0, "tensors by glob; may repeat [all]"},
    {CLI_LIST, 0, "among", &among, 0, 0,
     "a run file whose numbers only widen the axes, for figures to lie side by side; may repeat"},
    {CLI_STR, 0, "metric", &metric, 0, 0,
     "what layers shows of each tensor [svs], retention of each round [rewrite_success]"},
    {CLI_REAL, 0, "width", &width, 4, 100, "cm; 7.7 is a column of two, 16 both [16]"},
    {CLI_STR, 0, "templates", &template_folder, 0, 0,
     "folder of gnuplot templates [the project's plots/]"},
    {0},
};

/* LABEL=PATH, or PATH, whose label is its base name. */
static const char *split_argument(const char *argument, char label[128])
{
    const char *equals = strchr(argument, '='), *slash = strrchr(argument, '/');
    if (equals && (!slash || equals < slash)) {
        snprintf(label, 128, "%.*s", (int)(equals - argument), argument);
        return equals + 1;
    }
    snprintf(label, 128, "%s", slash ? slash + 1 : argument);
    char *ending = strstr(label, ".h5");
    if (ending) *ending = '\0';
    return argument;
}

static spx_status open_list(const spx_names *list, arms *a, spx_error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        if (a->n == SPX_NAMES_MAX) return SPX_FAIL(err, SPX_EINVAL, "more than %zu arms", a->n);
        const char *path = split_argument(list->item[i], a->label[a->n]);
        const spx_status st = spx_store_open(path, SPX_STORE_READ, &a->store[a->n], err);
        if (st != SPX_OK) return st;
        if (spx_store_stages(a->store[a->n++]) == 0)
            return SPX_FAIL(err, SPX_EINVAL, "%s: has no stages", path);
    }
    return SPX_OK;
}

static spx_status open_arms(arms *a, spx_error *err)
{
    const spx_status st = open_list(&runs, a, err);
    a->shown = a->n;
    return st == SPX_OK ? open_list(&among, a, err) : st;
}

static void close_arms(arms *a)
{
    for (size_t i = 0; i < a->n; i++) spx_store_close(a->store[i]);
}

static const char *name_of(const void *table, size_t i)
{
    size_t n = 0;
    (void)table;
    const figure *f = figures_all(&n);
    return i < n ? f[i].name : NULL;
}

/* The numbers of a figure stand beside it: collapse.pdf, collapse.tsv. */
static FILE *open_table(char path[4096])
{
    snprintf(path, 4000, "%s", cli.output ? cli.output : "");
    char *ending = strrchr(path, '.');
    if (!cli.output || !ending) return NULL;
    snprintf(ending, 8, ".tsv");
    return fopen(path, "w");
}

static void load(spx_plot *p, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", template_folder, name);
    spx_plot_load(p, path);
}

static spx_status draw(const figure *f, const arms *a, spx_error *err)
{
    spx_plot *p = NULL;
    char path[4096];
    const size_t rows = (a->shown + a->columns - 1) / a->columns;
    const double shrink = f->row > 0 && width < FIGURES_NARROW ? 0.7 : 1;
    const double height = shrink * (f->height + f->row * (double)(rows - 1));
    spx_status st = spx_plot_open(cli.output, width, height, &p, err);
    if (st != SPX_OK) return st;
    const sink to = {p, open_table(path), NULL};
    spx_plot_set_number(p, "width", width);
    spx_plot_set_number(p, "dumb", cli.output == NULL);
    load(p, "style.gp");
    st = figures_arms(p, a, err);
    if (st == SPX_OK) st = f->draw(f, a, &to, err);
    if (st == SPX_OK) load(p, f->template);
    const spx_status closed = spx_plot_close(p, st == SPX_OK ? err : NULL);
    if (to.table && fclose(to.table) != 0 && st == SPX_OK)
        st = SPX_FAIL(err, SPX_EIO, "%s: not written", path);
    return st == SPX_OK ? closed : st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    static arms a = {.tensors = &globs};
    size_t n = 0, i = 0;
    if (spx_find_name("figure", figure_name, name_of, NULL, &i, &err) != SPX_OK)
        return cli_usage("%s", err.text);
    const figure *f = &figures_all(&n)[i];
    a.metric = metric ? metric : f->metric;
    SPX_TRY(open_arms(&a, &err));
    figures_apart(&a);
    a.columns = figures_columns(a.shown, width);
    if (f->averaged) SPX_TRY(figures_join(&a, &err));
    SPX_TRY(draw(f, &a, &err));
out:
    close_arms(&a);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-plot", "one figure from run files, by gnuplot", opts, run, true,
                           false};
    return cli_main(&tool, argc, argv);
}
