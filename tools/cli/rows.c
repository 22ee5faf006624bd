/* rows.c: the options of a tool and those of all tools as one list. */
#include "rows.h"

#include <assert.h>

const char *help_topic;
bool show_version;
const char *explained;

static const cli_opt explain_opt = {.kind = CLI_STR,
                                    .name = "explain",
                                    .value = &explained,
                                    .value_name = "METRIC",
                                    .help =
                                        "print what a metric is, or the list of them, and exit"};

static const cli_opt common_opts[] = {
    {.kind = CLI_HEADING, .help = "Common options"},
    {.kind = CLI_STR,
     .letter = 'o',
     .name = "output",
     .value = &cli.output,
     .value_name = "FILE",
     .help = "write here; - is standard output"},
    {.kind = CLI_INT,
     .letter = 'j',
     .name = "threads",
     .value = &cli.threads,
     .max = 1024,
     .help = "threads; 0: one per core [0]"},
    {.kind = CLI_INT,
     .name = "seed",
     .value = &cli.seed,
     .max = 9e15,
     .help = "of everything random [0]"},
    {.kind = CLI_FLAG,
     .name = "json",
     .value = &cli.json,
     .help = "print JSON lines instead of a table"},
    {.kind = CLI_FLAG,
     .name = "tsv",
     .value = &cli.tsv,
     .help = "print tab-separated cells on a terminal, too, as in a pipe"},
    {.kind = CLI_FLAG,
     .name = "long",
     .value = &cli.long_form,
     .help = "print every number on a terminal, too, as in a pipe"},
    {.kind = CLI_FLAG,
     .name = "wide",
     .value = &cli.wide,
     .help = "print a row a tensor in a pipe, too, as on a terminal"},
    {.kind = CLI_FLAG,
     .letter = 'q',
     .name = "quiet",
     .value = &cli.quiet,
     .help = "no progress and no notes"},
    {.kind = CLI_MAYBE,
     .letter = 'h',
     .name = "help",
     .value = &help_topic,
     .value_name = "TOPIC",
     .help = "print this and exit; all: every option"},
    {.kind = CLI_FLAG,
     .letter = 'V',
     .name = "version",
     .value = &show_version,
     .help = "print the version and exit"},
    {0},
};

static void add_row(option_rows *r, const cli_opt *o)
{
    assert(r->n < MOST_ROWS);
    r->at[r->n++] = o;
}

option_rows rows_of(const cli_tool *tool)
{
    option_rows r = {.n = 0,
                     .without = tool->without,
                     .prints = tool->views != NULL,
                     .long_rows = tool->long_rows};
    for (const cli_opt *o = tool->opts; o->kind != CLI_END; o++)
        if (o->kind != CLI_TABLE)
            add_row(&r, o);
        else
            for (const cli_opt *i = o->table(o); i->kind != CLI_END; i++) add_row(&r, i);
    r.own = r.n;
    for (const cli_opt *o = common_opts; o->kind != CLI_END; o++) add_row(&r, o);
    if (tool->explains) add_row(&r, &explain_opt);
    return r;
}

bool row_takes_many(const cli_opt *o) { return o->kind == CLI_REST || o->kind == CLI_ANY; }

bool row_is_argument(const cli_opt *o) { return o->kind == CLI_ARG || row_takes_many(o); }

bool row_is_option(const cli_opt *o) { return !row_is_argument(o) && o->kind != CLI_HEADING; }

bool row_applies(const option_rows *r, const cli_opt *o)
{
    return !((r->without & CLI_NO_SEED && o->value == &cli.seed) ||
             (r->without & CLI_NO_JSON && o->value == &cli.json) ||
             (r->without & CLI_NO_THREADS && o->value == &cli.threads) ||
             (!r->prints && (o->value == &cli.tsv || o->value == &cli.long_form)) ||
             (!r->long_rows && o->value == &cli.wide));
}

const char *row_value_name(const cli_opt *o)
{
    if (o->kind == CLI_FLAG) return NULL;
    if (o->value_name) return o->value_name;
    switch (o->kind) {
    case CLI_BOOL: return "0|1";
    case CLI_INT:
    case CLI_SIZE:
    case CLI_WHOLE: return "N";
    case CLI_REAL: return "NUMBER";
    default: return "TEXT";
    }
}

const char *row_option_name(const void *rows, size_t i)
{
    const option_rows *r = rows;
    for (size_t row = 0; row < r->n; row++)
        if (row_is_option(r->at[row]) && i-- == 0) return r->at[row]->name;
    return NULL;
}
