/* explain.c: definition, range, reading and source of a metric, from the tables of quantities. */
#include "explain.h"

#include "shown.h"

#include <string.h>

/* True if the row is called so, with or without the side. */
static bool is_called(const char *row, const char *metric)
{
    const size_t n = strlen(metric);
    if (strncmp(row, metric, n) != 0) return false;
    return row[n] == '\0' || strcmp(row + n, "_u") == 0 || strcmp(row + n, "_v") == 0;
}

static const cli_column columns[] = {{"metric"}, {"definition"}, {0}};

static const cli_view views[] = {{.of = "definition", .columns = columns}, {0}};

static int print_list(const cli_quantities *tables)
{
    const int code = shown_begin(views);
    if (code != CLI_OK) return code;
    if (cli_for_people()) fprintf(cli.out, "metric\tdefinition\n");
    for (size_t t = 0; tables[t]; t++)
        for (size_t i = 0; tables[t](i); i++)
            fprintf(cli.out, "%s\t%s\n", tables[t](i)->name, tables[t](i)->long_name);
    return shown_end(CLI_OK);
}

static void print_quantity(const spx_quantity *q)
{
    printf("%s\n", q->name);
    printf("  definition  %s\n", q->long_name);
    printf("  unit        %s\n", q->units);
    printf("  range       %s\n", q->range);
    printf("  reading     %s\n", q->reading);
    printf("  source      %s\n", q->source);
}

/* An spx_name_fn of the rows of all tables. */
static const char *quantity_name(const void *tables, size_t i)
{
    const spx_quantity *q = NULL;
    for (const cli_quantities *t = tables; *t; t++)
        for (size_t row = 0; (q = (*t)(row)); row++)
            if (i-- == 0) return q->name;
    return NULL;
}

int explain_metric(const cli_quantities *tables, const char *metric)
{
    size_t found = 0;
    if (strcmp(metric, "list") == 0) return print_list(tables);
    for (size_t t = 0; tables[t]; t++)
        for (size_t i = 0; tables[t](i); i++) {
            const spx_quantity *q = tables[t](i);
            if (!is_called(q->name, metric)) continue;
            print_quantity(q);
            found++;
        }
    if (found > 0) return CLI_OK;
    const char *nearest = spx_nearest_name(metric, quantity_name, tables);
    if (nearest)
        return cli_usage("--explain: no metric is called '%s', did you mean '%s'?", metric,
                         nearest);
    return cli_usage("--explain: no metric is called '%s' ('--explain list' names all)", metric);
}
