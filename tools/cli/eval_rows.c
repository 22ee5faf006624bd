/* eval_rows.c: what spx-eval prints, as rows of a table or JSON lines. */
#include "eval_rows.h"

#include "spx/file.h"

static const cli_column metric_columns[] = {
    {"model", .show = CLI_TITLE}, {"metric"}, {"set"}, {"value"}, {"lo"}, {"hi"}, {"items"}, {0},
};

static const cli_column pair_columns[] = {
    {"metric"}, {"set"}, {"difference"}, {"p"},        {"items"},  {"a"},      {"b"},
    {"lo"},     {"hi"},  {"a_higher"},   {"b_higher"}, {"a_only"}, {"b_only"}, {0},
};

static const cli_column family_columns[] = {{"family"}, {"reads"}, {"measures"}, {0}};

const cli_view eval_views[] = {
    {.of = "a_higher", .columns = pair_columns},
    {.of = "model", .columns = metric_columns},
    {.of = "reads", .columns = family_columns},
    {0},
};

static void print_json(const spx_metric *m, const char *model)
{
    fprintf(cli.out,
            "{\"schema\": 1, \"tool\": \"spx-eval\", \"metric\": \"%s\", \"set\": ", m->q->name);
    cli_json_text(m->set);
    fprintf(cli.out, ", \"value\": ");
    cli_json_number(m->value);
    fprintf(cli.out, ", \"lo\": ");
    cli_json_number(m->lo);
    fprintf(cli.out, ", \"hi\": ");
    cli_json_number(m->hi);
    fprintf(cli.out, ", \"items\": %zu, \"model\": ", m->items);
    cli_json_text(model);
    fprintf(cli.out, "}\n");
}

void eval_print_metrics(const spx_results *r, const char *path)
{
    const char *model = spx_base_name(path);
    for (size_t i = 0; i < r->metrics; i++) {
        const spx_metric *m = &r->metric[i];
        if (cli.json) {
            print_json(m, model);
            continue;
        }
        fprintf(cli.out, "%s\t%s", m->q->name, m->set);
        cli_cell(m->value);
        cli_cell(m->lo);
        cli_cell(m->hi);
        fprintf(cli.out, "\t%zu\t%s\n", m->items, model);
    }
}

void eval_print_columns(void)
{
    if (!cli.json) fprintf(cli.out, "metric\tset\tvalue\tlo\thi\titems\tmodel\n");
}

void eval_print_pairs(const spx_pairs *p)
{
    fprintf(
        cli.out,
        "metric\tset\ta\tb\tdifference\tlo\thi\ta_higher\tb_higher\tp\titems\ta_only\tb_only\n");
    for (size_t i = 0; i < p->n; i++) {
        const spx_pair *x = &p->at[i];
        fprintf(cli.out, "%s\t%s", x->metric, x->set);
        cli_cell(x->a);
        cli_cell(x->b);
        cli_cell(x->b - x->a);
        cli_cell(x->lo);
        cli_cell(x->hi);
        fprintf(cli.out, "\t%zu\t%zu", x->a_higher, x->b_higher);
        cli_cell(x->p);
        fprintf(cli.out, "\t%zu\t%zu\t%zu\n", x->items, x->a_only, x->b_only);
    }
}
