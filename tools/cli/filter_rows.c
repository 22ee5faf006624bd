/* filter_rows.c: what spx-filter prints, as rows of a table or JSON lines. */
#include "filter_rows.h"

#include "repair_rows.h"

#include <math.h>

static const cli_column tensor_columns[] = {
    {"tensor"},
    {"layer"},
    {"action"},
    {"removed"},
    {"update_norm", .label = "|dW| before"},
    {"written_norm", .label = "after"},
    {"share_left", .label = "share left"},
    {"share_right", .label = "right"},
    {"share_block", .label = "both"},
    {"filter_k", .label = "k"},
    {0},
};

static const cli_column course_columns[] = {
    {"filter", .show = CLI_TITLE},
    {"tau", .show = CLI_TITLE},
    {"rank", .show = CLI_TITLE},
    {"weight", .show = CLI_TITLE},
    {"threshold", .show = CLI_TITLE},
    {"alpha", .show = CLI_TITLE},
    {"keep", .show = CLI_TITLE},
    {"noise", .show = CLI_TITLE},
    {"cap", .show = CLI_TITLE},
    {"tensor"},
    {"layer"},
    {"lss_g", .label = "LSS-G", .fair = 0.95, .bad = 0.2},
    {"svs", .label = "SVS"},
    {"update_norm", .label = "|dW| before"},
    {"written_norm", .label = "after"},
    {"spectral", .label = "s1"},
    {"overtaken"},
    {"lss_r", .label = "LSS-R"},
    {"filter_k", .label = "k"},
    {0},
};

static const cli_column kind_columns[] = {
    {"name"},
    {"family"},
    {"summary"},
    {0},
};

const cli_view filter_views[] = {
    {.of = "action", .columns = tensor_columns, .worst = "removed"},
    {.of = "lss_g", .columns = course_columns, .worst = "-lss_g"},
    {.of = "distance", .columns = repair_columns},
    {.of = "family", .columns = kind_columns},
    {0},
};

/* Before the first row of a table. */
static void print_columns(const char *columns, size_t quantities)
{
    static bool done;
    if (cli.json || done) return;
    fprintf(cli.out, "%s", columns);
    for (size_t i = 0; i < quantities; i++)
        fprintf(cli.out, "\t%s", spx_filter_quantities()[i].name);
    fprintf(cli.out, "\n");
    done = true;
}

static void print_quantities(const double value[SPX_FILTER_QUANTITIES])
{
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++) {
        if (cli.json) {
            fprintf(cli.out, ", \"%s\": ", spx_filter_quantities()[i].name);
            cli_json_number(value[i]);
        } else
            cli_cell(value[i]);
    }
    fprintf(cli.out, cli.json ? "}\n" : "\n");
}

/* The share of the change's squared norm that the filter took out. */
static double share_removed(const spx_filter_report *r)
{
    return r && r->before > 0 ? 1 - r->after / r->before : (double)NAN;
}

void filter_print_tensor(const spx_tensor *t, const char *action, const spx_filter_report *r,
                         const char *filter)
{
    const long layer = spx_arch_place(t->name).layer;
    double value[SPX_FILTER_QUANTITIES];
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++) value[i] = (double)NAN;
    if (r) spx_filter_values(r, value);
    print_columns(cli_for_people() ? "tensor\tlayer\tremoved\taction" : "tensor\tlayer\taction",
                  SPX_FILTER_QUANTITIES);
    if (!cli.json) {
        fprintf(cli.out, "%s\t%ld", t->name, layer);
        if (cli_for_people()) cli_cell(share_removed(r));
        fprintf(cli.out, "\t%s", action);
    } else {
        fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-filter\", \"tensor\": ");
        cli_json_text(t->name);
        fprintf(cli.out, ", \"layer\": %ld, \"action\": \"%s\", \"filter\": \"%s\"", layer, action,
                filter);
    }
    print_quantities(value);
}

static void print_value(const spx_replayed *r, const char *metric, double value)
{
    const long layer = spx_arch_place(r->tensor).layer;
    const double given = spx_filter_number(r->filter, r->param);
    const double at = r->course == 0 || given == 0 ? (double)NAN : given;
    char columns[96];
    snprintf(columns, sizeof columns, "filter\t%s\ttensor\tlayer\tmetric\tvalue", r->param->name);
    print_columns(columns, 0);
    if (!cli.json) {
        fprintf(cli.out, "%s", r->filter->name);
        cli_cell(at);
        fprintf(cli.out, "\t%s\t%ld\t%s", r->tensor, layer, metric);
        cli_cell(value);
        fprintf(cli.out, "\n");
        return;
    }
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-filter\", \"filter\": \"%s\", \"%s\": ",
            r->filter->name, r->param->name);
    cli_json_number(at);
    fprintf(cli.out, ", \"tensor\": ");
    cli_json_text(r->tensor);
    fprintf(cli.out, ", \"layer\": %ld, \"metric\": \"%s\", \"value\": ", layer, metric);
    cli_json_number(value);
    fprintf(cli.out, "}\n");
}

void filter_print_course(const spx_replayed *r)
{
    double value[SPX_FILTER_QUANTITIES];
    spx_filter_values(r->numbers->removed, value);
    for (size_t j = 0; j < SPX_FILTER_QUANTITIES; j++)
        print_value(r, spx_filter_quantities()[j].name, value[j]);
    print_value(r, "spectral", r->numbers->now->s[0]);
    for (size_t j = 0; spx_subspace_metric(j); j++)
        print_value(r, spx_subspace_metric(j)->name, r->numbers->subspace.value[j]);
}
