/* tune_rows.c: what spx-tune prints, as rows of a table. */
#include "tune_rows.h"

static const cli_column columns[] = {
    {"layer"},
    {"ffn_subject", .label = "FFN, subject"},
    {"ffn_subject_lo", .label = "from"},
    {"ffn_subject_hi", .label = "to"},
    {"ffn_first_order", .label = "first order"},
    {"attention_last", .label = "attention, last"},
    {"stream_subject", .label = "stream, subject"},
    {"stream_without_ffn", .label = "without FFN"},
    {0},
};

const cli_view tune_views[] = {{.of = "ffn_subject", .columns = columns}, {0}};

static double effect(const spx_tune_trace *t, spx_trace_kind kind, size_t layer,
                     spx_trace_place place)
{
    return t->effect[spx_tune_cell(t, kind, layer, place)].mean;
}

void tune_print_trace(const spx_tune_trace *t)
{
    for (const cli_column *c = columns; c->name; c++)
        fprintf(cli.out, "%s%s", c == columns ? "" : "\t", c->name);
    fprintf(cli.out, "\n");
    for (size_t l = 0; l < t->layers; l++) {
        const size_t ffn = spx_tune_cell(t, SPX_TRACE_FFN, l, t->place);
        fprintf(cli.out, "%zu", l);
        cli_cell(t->effect[ffn].mean);
        cli_cell(t->effect[ffn].lo);
        cli_cell(t->effect[ffn].hi);
        cli_cell(t->order[ffn].mean);
        cli_cell(effect(t, SPX_TRACE_ATTENTION, l, SPX_PLACE_LAST));
        cli_cell(effect(t, SPX_TRACE_STREAM, l, t->place));
        cli_cell(effect(t, SPX_TRACE_NO_FFN, l, t->place));
        fprintf(cli.out, "\n");
    }
}
