/* spectrum_rows.c: what spx-spectrum prints, as rows of a table or JSON lines. */
#include "spectrum_rows.h"

static const cli_column number_columns[] = {
    {"stage", .show = CLI_TITLE},
    {"tensor"},
    {"layer"},
    {"spectral", .label = "s1"},
    {"effective_rank", .label = "eff. rank"},
    {"stable_rank", .label = "stable rank"},
    {"k"},
    {"alpha"},
    {"tw_spikes", .label = "spikes"},
    {"condition"},
    {"nuclear"},
    {"shuffled_wasserstein", .label = "from noise"},
    {0},
};

static const cli_column value_columns[] = {
    {"stage", .show = CLI_TITLE}, {"tensor", .show = CLI_TITLE}, {"index"}, {"value"}, {0},
};

const cli_view spectrum_views[] = {
    {.of = "stable_rank", .columns = number_columns},
    {.of = "index", .columns = value_columns},
    {0},
};

static void begin_row(const spx_source *s, const spx_tensor *t, const spx_svd *f)
{
    const long layer = spx_arch_place(t->name).layer;
    if (!cli.json) {
        fprintf(cli.out, "%s\t%s\t%ld\t%zu\t%zu\t", s->stage, t->name, layer, f->rows, f->cols);
        return;
    }
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-spectrum\", \"stage\": ");
    cli_json_text(s->stage);
    fprintf(cli.out, ", \"tensor\": ");
    cli_json_text(t->name);
    fprintf(cli.out, ", \"layer\": %ld, \"rows\": %zu, \"cols\": %zu, ", layer, f->rows, f->cols);
}

static void print_metric(const spx_source *s, const spx_tensor *t, const spx_svd *f,
                         const char *name, double value)
{
    begin_row(s, t, f);
    if (!cli.json) {
        fputs(name, cli.out);
        cli_cell(value);
        fputc('\n', cli.out);
        return;
    }
    fprintf(cli.out, "\"metric\": \"%s\", \"value\": ", name);
    cli_json_number(value);
    fprintf(cli.out, "}\n");
}

void spectrum_print_values(const spx_source *s, const spx_tensor *t, const spx_svd *f)
{
    for (size_t i = 0; i < f->r && !cli.json; i++) {
        begin_row(s, t, f);
        fprintf(cli.out, "%zu\t%.9g\n", i + 1, f->s[i]);
    }
    if (!cli.json) return;
    begin_row(s, t, f);
    fprintf(cli.out, "\"sigma\": [");
    for (size_t i = 0; i < f->r; i++) {
        if (i) fprintf(cli.out, ", ");
        cli_json_number(f->s[i]);
    }
    fprintf(cli.out, "]}\n");
}

void spectrum_print_numbers(const spx_source *s, const spx_tensor *t, const spx_stage_numbers *n,
                            bool null)
{
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        print_metric(s, t, n->now, spx_spectrum_metric(i)->name, n->spectrum[i]);
    for (size_t i = 0; null && spx_shuffled_metric(i); i++)
        print_metric(s, t, n->now, spx_shuffled_metric(i)->name, n->shuffled[i]);
    print_metric(s, t, n->now, "svd_residual", n->now->residual);
}
