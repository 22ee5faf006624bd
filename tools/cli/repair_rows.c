/* repair_rows.c: a repair as rows of a table or JSON lines. */
#include "repair_rows.h"

#include <math.h>

const cli_column repair_columns[] = {
    {"model"},
    {"rewrite_acc", .label = "argmax"},
    {"zsre_efficacy", .label = "zsRE"},
    {"rewrite_success", .label = "success"},
    {"perplexity"},
    {"lambada", .label = "LAMBADA"},
    {"behaviour", .label = "text"},
    {"mark"},
    {"rewrite_acc_p", .label = "argmax p"},
    {"rewrite_success_p", .label = "success p"},
    {"lambada_p", .label = "LAMBADA p"},
    {"perplexity_lo", .label = "perplexity lo"},
    {"perplexity_hi", .label = "hi"},
    {"rewrite_acc_lo", .label = "argmax lo"},
    {"rewrite_acc_hi", .label = "hi"},
    {"rewrite_success_lo", .label = "success lo"},
    {"rewrite_success_hi", .label = "hi"},
    {0},
};

static const char *const states[] = {"unknown", "kept", "worse", "broken"};

static const char *mark_of(const spx_repair_row *r)
{
    return r->knee ? "knee" : r->frontier ? "frontier" : "-";
}

static void print_headings(const spx_repair_row *r)
{
    fprintf(cli.out, "model\tfilter\tparameter\tat");
    for (size_t i = 0; i < r->abilities; i++) {
        const char *name = r->ability[i].q->name;
        fprintf(cli.out, "\t%s\t%s_lo\t%s_hi", name, name, name);
        if (!isnan(r->ability[i].p))
            fprintf(cli.out, "\t%s_lost\t%s_gained\t%s_p", name, name, name);
    }
    fprintf(cli.out, "\tbehaviour\tdistance\tmark\n");
}

static void print_row(const spx_repair_row *r)
{
    fprintf(cli.out, "%s\t%s\t%s", r->name, r->filter ? r->filter : "-",
            isnan(r->at) ? "-" : r->param->name);
    cli_cell(r->at);
    for (size_t i = 0; i < r->abilities; i++) {
        const spx_ability *a = &r->ability[i];
        cli_cell(a->after.value);
        cli_cell(a->after.lo);
        cli_cell(a->after.hi);
        if (isnan(a->p)) continue;
        fprintf(cli.out, "\t%zu\t%zu", a->lost, a->gained);
        cli_cell(a->p);
    }
    fprintf(cli.out, "\t%s", states[r->behaviour]);
    cli_cell(r->distance);
    fprintf(cli.out, "\t%s\n", mark_of(r));
}

static void print_number(const char *name, const char *suffix, double x)
{
    fprintf(cli.out, ", \"%s%s\": ", name, suffix);
    cli_json_number(x);
}

static void print_json(const spx_repair_row *r)
{
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-filter\", \"model\": ");
    cli_json_text(r->name);
    if (r->filter) fprintf(cli.out, ", \"filter\": \"%s\"", r->filter);
    if (!isnan(r->at)) fprintf(cli.out, ", \"parameter\": \"%s\"", r->param->name);
    print_number("at", "", r->at);
    for (size_t i = 0; i < r->abilities; i++) {
        const spx_ability *a = &r->ability[i];
        print_number(a->q->name, "", a->after.value);
        print_number(a->q->name, "_lo", a->after.lo);
        print_number(a->q->name, "_hi", a->after.hi);
        if (isnan(a->p)) continue;
        print_number(a->q->name, "_lost", (double)a->lost);
        print_number(a->q->name, "_gained", (double)a->gained);
        print_number(a->q->name, "_p", a->p);
    }
    fprintf(cli.out, ", \"behaviour\": \"%s\"", states[r->behaviour]);
    print_number("distance", "", r->distance);
    fprintf(cli.out, ", \"mark\": \"%s\"}\n", mark_of(r));
}

void repair_print(const spx_repair *r)
{
    if (!cli.json) print_headings(&r->row[0]);
    for (size_t i = 0; i < r->n; i++) {
        if (cli.json)
            print_json(&r->row[i]);
        else
            print_row(&r->row[i]);
    }
}
