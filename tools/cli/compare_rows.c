/* compare_rows.c: what spx-compare prints, as rows of a table or JSON lines. */
#include "compare_rows.h"

#include "spx/tokenizer.h"

#include <math.h>
#include <string.h>

/* Yellow and red where spx-diagnose calls subspaces moved, and overtaken. */
static const cli_column number_columns[] = {
    {"stage", .show = CLI_TITLE},
    {"base", .show = CLI_TITLE},
    {"tensor"},
    {"layer"},
    {"lss_g", .label = "LSS-G", .fair = 0.95, .bad = 0.2},
    {"svs", .label = "SVS"},
    {"change_relative", .label = "|dW|/|W|"},
    {"change_rank", .label = "rank"},
    {"spectral_ratio", .label = "s1/s1", .fair = 1.2, .bad = 1.2},
    {"overtaken"},
    {"lss_r", .label = "LSS-R"},
    {"k"},
    {0},
};

static const cli_column direction_columns[] = {
    {"stage", .show = CLI_TITLE},
    {"tensor", .show = CLI_TITLE},
    {"of"},
    {"index"},
    {"side"},
    {"end"},
    {"value"},
    {"cosine"},
    {"chance"},
    {"tokens"},
    {0},
};

static const cli_column part_columns[] = {
    {"tensor", .show = CLI_TITLE},
    {"part"},
    {"round"},
    {"edit"},
    {"share"},
    {"shift_1"},
    {"shift_most"},
    {"most_at"},
    {"rotation"},
    {"measured"},
    {"k"},
    {0},
};

const cli_view compare_views[] = {
    {.of = "lss_g_u",
     .columns = number_columns,
     .worst = "-lss_g",
     .unchanged = "change_relative",
     .same = "0"},
    {.of = "tokens", .columns = direction_columns},
    {.of = "part", .columns = part_columns},
    {0},
};

/* "theta_max_u" is metric theta_max of side u; one without a side concerns both. */
static const char *side_of(const char *metric, size_t *length)
{
    const size_t n = strlen(metric);
    *length = n;
    if (n < 3 || metric[n - 2] != '_' || (metric[n - 1] != 'u' && metric[n - 1] != 'v'))
        return "uv";
    *length = n - 2;
    return metric[n - 1] == 'u' ? "u" : "v";
}

static bool is_bound(const char *metric)
{
    const size_t n = strlen(metric);
    return n > 6 && strcmp(metric + n - 6, "_bound") == 0;
}

/* k is not known where nothing was decomposed. */
static double directions_of(const spx_followed *x)
{
    return x->numbers->subspace.k ? (double)x->numbers->subspace.k : (double)NAN;
}

/* A number, what rounding alone may make of it, and what random directions give. */
typedef struct reading {
    double value, null, chance;
    const spx_dominance *dominant;
} reading;

static void print_row(const spx_followed *x, const spx_quantity *q, const reading *r)
{
    size_t length = 0;
    const char *side = side_of(q->name, &length);
    fprintf(cli.out, "%s\t%s\t%s\t%ld\t%.*s\t%s", x->stage, x->base, x->tensor,
            spx_arch_place(x->tensor).layer, (int)length, q->name, side);
    cli_cell(directions_of(x));
    if (x->numbers->now && isnan(r->value) && is_bound(q->name)) /* measured, and says nothing */
        fprintf(cli.out, "\tvacuous");
    else
        cli_cell(r->value);
    cli_cell(r->null);
    cli_cell(r->chance);
    fputc('\n', cli.out);
}

static void print_json(const spx_followed *x, const spx_quantity *q, const reading *r)
{
    const double tau = r->dominant->k ? (double)NAN : r->dominant->tau;
    size_t length = 0;
    const char *side = side_of(q->name, &length);
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-compare\", \"stage\": ");
    cli_json_text(x->stage);
    fprintf(cli.out, ", \"base\": ");
    cli_json_text(x->base);
    fprintf(cli.out, ", \"tensor\": ");
    cli_json_text(x->tensor);
    fprintf(cli.out, ", \"layer\": %ld, \"metric\": \"%.*s\", \"side\": \"%s\", \"k\": ",
            spx_arch_place(x->tensor).layer, (int)length, q->name, side);
    cli_json_number(directions_of(x));
    fprintf(cli.out, ", \"tau\": ");
    cli_json_number(tau);
    fprintf(cli.out, ", \"value\": ");
    cli_json_number(r->value);
    fprintf(cli.out, ", \"null\": ");
    cli_json_number(r->null);
    fprintf(cli.out, ", \"chance\": ");
    cli_json_number(r->chance);
    fprintf(cli.out, "}\n");
}

spx_status compare_print_numbers(const spx_followed *x, void *dominant, spx_error *err)
{
    (void)err;
    void (*const print)(const spx_followed *, const spx_quantity *, const reading *) =
        cli.json ? print_json : print_row;
    const spx_stage_numbers *n = x->numbers;
    for (size_t i = 0; spx_subspace_metric(i); i++)
        print(x, spx_subspace_metric(i),
              &(reading){n->subspace.value[i], n->null.value[i], n->chance[i], dominant});
    for (size_t i = 0; spx_change_metric(i); i++)
        print(x, spx_change_metric(i),
              &(reading){n->change.value[i], (double)NAN, n->change_chance[i], dominant});
    return SPX_OK;
}

static void print_tokens(const spx_direction *d, const spx_tokenizer *t)
{
    for (size_t i = 0; i < d->tokens; i++) {
        char *text = NULL;
        if (i > 0) fputs(cli.json ? ", " : " ", cli.out);
        cli_json_text(spx_tokenizer_show(t, d->token[i], &text, NULL) == SPX_OK ? text : "?");
        spx_free(text);
    }
}

void compare_print_direction(const spx_direction *d, void *tokenizer)
{
    const char *side = d->reads ? "v" : "u", *of = d->of_change ? "change" : "now";
    const char *end = d->negative ? "-" : "+";
    const long layer = spx_arch_place(d->tensor).layer;
    if (cli.json) {
        fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-compare\", \"stage\": ");
        cli_json_text(d->stage);
        fprintf(cli.out, ", \"tensor\": ");
        cli_json_text(d->tensor);
        fprintf(cli.out,
                ", \"layer\": %ld, \"side\": \"%s\", \"of\": \"%s\", \"index\": %zu, "
                "\"value\": %.17g, \"share\": %.17g, \"share_chance\": %.17g, \"end\": \"%s\", "
                "\"cosine\": %.17g, \"chance\": %.17g, \"tokens\": [",
                layer, side, of, d->index, d->value, d->share, d->share_chance, end, d->cosine,
                d->chance);
        print_tokens(d, tokenizer);
        fprintf(cli.out, "]}\n");
        return;
    }
    fprintf(cli.out, "%s\t%s\t%ld\t%s\t%s\t%zu\t%.6g\t%.3g\t%.3g\t%s\t%.4g\t%.4g\t", d->stage,
            d->tensor, layer, side, of, d->index, d->value, d->share, d->share_chance, end,
            d->cosine, d->chance);
    print_tokens(d, tokenizer);
    fputc('\n', cli.out);
}

void compare_print_line(const spx_by_edit_line *line, void *name)
{
    const char *tensor = name;
    const long layer = spx_arch_place(tensor).layer;
    if (!cli.json) {
        fprintf(cli.out, "%s\t%ld\t%zu\t%s", tensor, layer, line->k, line->part);
        for (size_t i = 0; i < SPX_BY_EDIT_COLUMNS; i++) cli_cell(line->value[i]);
        fprintf(cli.out, "\n");
        return;
    }
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-compare\", \"tensor\": ");
    cli_json_text(tensor);
    fprintf(cli.out, ", \"layer\": %ld, \"k\": %zu, \"part\": \"%s\"", layer, line->k, line->part);
    for (size_t i = 0; i < SPX_BY_EDIT_COLUMNS; i++) {
        fprintf(cli.out, ", \"%s\": ", spx_by_edit_column(i)->name);
        cli_json_number(line->value[i]);
    }
    fprintf(cli.out, "}\n");
}

void compare_print_columns(void)
{
    if (cli.json) return;
    fprintf(cli.out, "tensor\tlayer\tk\tpart");
    for (size_t i = 0; i < SPX_BY_EDIT_COLUMNS; i++)
        fprintf(cli.out, "\t%s", spx_by_edit_column(i)->name);
    fprintf(cli.out, "\n");
}
