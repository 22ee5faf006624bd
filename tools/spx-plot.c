/* spx-plot: one figure from one or more run files. */
#include "cli.h"

#include "spx/data.h"
#include "spx/figures.h"

#include <string.h>

static const char *figure_name, *metric, *template_folder, *style_file;
static double width = 16;
static spx_names runs, among, globs;
static char figure_help[1024]; /* set_figure_help */

/* The figures by name, then what lists them. */
static const char *figure_at(const void *unused, size_t i)
{
    const spx_figure *f = spx_figure_at(i);
    (void)unused;
    if (f) return f->name;
    return i > 0 && spx_figure_at(i - 1) ? "list" : NULL;
}

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "FIGURE",
     .value = &figure_name,
     .help = figure_help,
     .choices = figure_at},
    {.kind = CLI_ANY,
     .name = "RUN.h5",
     .value = &runs,
     .help = "run files, one an arm; LABEL=RUN.h5 names it"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "tensors by glob; may repeat [all]"},
    {.kind = CLI_LIST,
     .name = "among",
     .value = &among,
     .value_name = "RUN.h5",
     .help = "a run file that is not drawn but widens the axes, so that figures can be compared "
             "side by side; may repeat"},
    {.kind = CLI_STR,
     .name = "metric",
     .value = &metric,
     .value_name = "NAME",
     .help = "what layers shows of each tensor [svs], retention of each round [rewrite_success]"},
    {.kind = CLI_REAL,
     .name = "width",
     .value = &width,
     .min = 4,
     .max = 100,
     .help = "cm; 7.7 fills one column of two, 16 both [16]"},
    {.kind = CLI_STR,
     .name = "style",
     .value = &style_file,
     .value_name = "FILE",
     .help = "how it looks, lines of key = value: font, size (pt), height (cm), colours (#rrggbb "
             "...), panels (quantities in their order), limits (QUANTITY LOW HIGH), legend (top, "
             "inside, none); what each may be is in spx/figures.h"},
    {.kind = CLI_STR,
     .name = "templates",
     .value = &template_folder,
     .value_name = "FOLDER",
     .help = "folder of gnuplot templates [plots/ of the kit's data]"},
    {0},
};

/* Every figure of the table by name. */
static void set_figure_help(void)
{
    const spx_figure *f = NULL;
    size_t used = 0;
    for (size_t i = 0; (f = spx_figure_at(i)) && used < sizeof figure_help; i++)
        used += (size_t)snprintf(figure_help + used, sizeof figure_help - used, "%s, ", f->name);
    if (used < sizeof figure_help)
        snprintf(figure_help + used, sizeof figure_help - used, "or list, to print what they show");
}

static const cli_column columns[] = {{"figure"}, {"summary"}, {"template"}, {"picture"}, {0}};

static const cli_view views[] = {{.of = "picture", .columns = columns}, {0}};

/* For scripts as well: plots/make.sh reads it. */
static int print_list(void)
{
    const spx_figure *f = NULL;
    fputs("figure\ttemplate\tpicture\tsummary\n", cli.out);
    for (size_t i = 0; (f = spx_figure_at(i)); i++)
        fprintf(cli.out, "%s\t%s\t%s\t%s\n", f->name, f->template_file,
                f->picture ? f->picture : "-", f->summary);
    return CLI_OK;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    char plots[SPX_DATA_PATH];
    const spx_figure *f = NULL;
    spx_figure_opts o = {.output = cli.output,
                         .width = width,
                         .metric = metric,
                         .tensors = &globs,
                         .templates = template_folder};
    spx_figure_style style;
    if (strcmp(figure_name, "list") == 0) return print_list();
    if (spx_figure_find(figure_name, &f, &err) != SPX_OK) return cli_usage("%s", err.text);
    if (runs.n == 0) return cli_usage("RUN.h5 is missing");
    if (style_file) {
        SPX_TRY(spx_figure_style_read(style_file, &style, &err));
        o.style = &style;
    }
    if (!template_folder) {
        SPX_TRY(spx_data_find("plots", plots, &err));
        o.templates = plots;
    }
    SPX_TRY(spx_figure_draw(f, &runs, &among, &o, &err));
out:
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-plot subspace MEMIT=memit.h5 REVIVE=revive.h5 -o subspace.pdf",
    "spx-plot list",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-plot",
                           .summary = "one figure from run files, by gnuplot",
                           .about = "Draws one figure of run files by gnuplot, to a PDF, SVG, "
                                    "PNG, EPS or LaTeX file, as a gnuplot script of its own "
                                    "(-o fig.gp) or, without -o, to the terminal. The "
                                    "numbers of the figure are written beside it, as a table.",
                           .examples = examples,
                           .hand = CLI_HAS_RUNS,
                           .without = CLI_NO_SEED | CLI_NO_JSON | CLI_NO_THREADS,
                           .opts = opts,
                           .run = run,
                           .own_output = true,
                           .views = views};
    set_figure_help();
    return cli_main(&tool, argc, argv);
}
