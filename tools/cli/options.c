/* options.c: the table of a tool's options, and that of all tools, parsed, explained and listed. */
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTS  160
#define LONG_BASE 256 /* getopt_long values: LONG_BASE + index among the rows */

static bool show_help, show_version;
static const char *explained;

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
     .letter = 'q',
     .name = "quiet",
     .value = &cli.quiet,
     .help = "no progress and no notes"},
    {.kind = CLI_FLAG,
     .letter = 'h',
     .name = "help",
     .value = &show_help,
     .help = "print this and exit"},
    {.kind = CLI_FLAG,
     .name = "version",
     .value = &show_version,
     .help = "print the version and exit"},
    {0},
};

/* All rows: the tool's with the tables among them opened, then the common ones. */
typedef struct rows {
    const cli_opt *at[MAX_OPTS];
    size_t n, own; /* own: the tool's */
} rows;

static void add_row(rows *r, const cli_opt *o)
{
    assert(r->n < MAX_OPTS);
    r->at[r->n++] = o;
}

static rows list_rows(const cli_tool *tool)
{
    rows r = {.n = 0};
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

const char *options_explained(void) { return explained; }

static bool takes_many(const cli_opt *o) { return o->kind == CLI_REST || o->kind == CLI_ANY; }

static bool is_argument(const cli_opt *o) { return o->kind == CLI_ARG || takes_many(o); }

static bool is_option(const cli_opt *o) { return !is_argument(o) && o->kind != CLI_HEADING; }

static const char *value_name(const cli_opt *o)
{
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

static void print_option(const cli_opt *o)
{
    char head[64];
    const bool value = o->kind != CLI_FLAG;
    snprintf(head, sizeof head, "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name, value ? " " : "",
             value ? value_name(o) : "");
    printf("  %-28s %s\n", head, o->help);
}

int options_help(const cli_tool *tool)
{
    const rows r = list_rows(tool);
    printf("%s: %s\n\nUsage: %s [options]", tool->name, tool->summary, tool->name);
    for (size_t i = 0; i < r.n; i++)
        if (is_argument(r.at[i])) printf(" %s%s", r.at[i]->name, takes_many(r.at[i]) ? "..." : "");
    printf("\n\n");
    for (size_t i = 0; i < r.n; i++)
        if (is_argument(r.at[i])) printf("  %-28s %s\n", r.at[i]->name, r.at[i]->help);
    printf("\nOptions:\n");
    for (size_t i = 0; i < r.n; i++)
        if (r.at[i]->kind == CLI_HEADING)
            printf("\n%s:\n", r.at[i]->help);
        else if (is_option(r.at[i]))
            print_option(r.at[i]);
    printf("\nExit status: 0 done, 1 done but a threshold was crossed or stopped and resumable, "
           "2 usage, 3 input, 4 numerics or memory.\n");
    return CLI_OK;
}

static void store_number(const cli_opt *o, double x)
{
    switch (o->kind) {
    case CLI_BOOL: *(bool *)o->value = x != 0; break;
    case CLI_INT: *(long *)o->value = (long)x; break;
    case CLI_SIZE: *(size_t *)o->value = (size_t)x; break;
    default: *(double *)o->value = x;
    }
}

static int set_number(const cli_opt *o, const char *text)
{
    char *end = NULL;
    const bool whole = o->kind != CLI_REAL;
    const double most = o->kind == CLI_BOOL ? 1 : o->max;
    errno = 0;
    const double x = strtod(text, &end);
    if (errno || end == text || *end || (whole && floor(x) != x) || !(x >= o->min && x <= most))
        return cli_usage("--%s takes a%s number from %g to %g, not '%s'", o->name,
                         whole ? " whole" : "", o->min, most, text);
    store_number(o, x);
    return CLI_OK;
}

static int add_item(const cli_opt *o, const char *text)
{
    spx_names *list = o->value;
    if (list->n == SPX_NAMES_MAX) return cli_usage("more than %d of %s", SPX_NAMES_MAX, o->name);
    list->item[list->n++] = text;
    return CLI_OK;
}

static int set_value(const cli_opt *o, const char *text)
{
    if (o->given) *o->given = true;
    switch (o->kind) {
    case CLI_FLAG: *(bool *)o->value = true; return CLI_OK;
    case CLI_STR:
    case CLI_ARG: *(const char **)o->value = text; return CLI_OK;
    case CLI_BOOL:
    case CLI_INT:
    case CLI_SIZE:
    case CLI_REAL:
    case CLI_WHOLE: return set_number(o, text);
    case CLI_LIST:
    case CLI_ANY:
    case CLI_REST: return add_item(o, text);
    case CLI_END:
    case CLI_TABLE:
    case CLI_HEADING: break;
    }
    return CLI_USAGE;
}

/* The rows as getopt_long wants them. */
static void describe(const rows *r, struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* tells a missing value from an unknown option */
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (!is_option(o)) continue;
        *longs++ = (struct option){o->name, o->kind != CLI_FLAG, NULL, LONG_BASE + (int)i};
        if (o->letter) *shorts++ = o->letter;
        if (o->letter && o->kind != CLI_FLAG) *shorts++ = ':';
    }
    *longs = (struct option){0};
    *shorts = '\0';
}

static const cli_opt *find_row(const rows *r, int c)
{
    if (c >= LONG_BASE) return r->at[c - LONG_BASE];
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i]->letter == c) return r->at[i];
    return NULL;
}

static int set_arguments(const rows *r, int argc, char **argv)
{
    int at = optind;
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (!is_argument(o)) continue;
        if (at == argc && o->kind == CLI_ANY) continue;
        if (at == argc) return cli_usage("%s is missing", o->name);
        do {
            const int code = set_value(o, argv[at++]);
            if (code != CLI_OK) return code;
        } while (takes_many(o) && at < argc);
    }
    return at == argc ? CLI_OK : cli_usage("unexpected argument '%s'", argv[at]);
}

/* What getopt_long refused; word: the argument it has read last. */
static int refuse(int c, const char *word)
{
    if (c == ':') return cli_usage("option %s requires a value", word);
    if (optopt > 0 && optopt < LONG_BASE) return cli_usage("unknown option -%c", optopt);
    return cli_usage("unknown option %s", word);
}

int options_parse(const cli_tool *tool, int argc, char **argv, options_asked *asked)
{
    const rows r = list_rows(tool);
    struct option longs[MAX_OPTS + 1];
    char shorts[2 * MAX_OPTS + 2];
    int c = 0;
    describe(&r, longs, shorts);
    opterr = 0;
    while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const cli_opt *o = find_row(&r, c);
        if (!o) return refuse(c, argv[optind - 1]);
        const int code = set_value(o, optarg);
        if (code != CLI_OK) return code;
        *asked = show_help      ? OPTIONS_HELP
                 : show_version ? OPTIONS_VERSION
                 : explained    ? OPTIONS_EXPLAIN
                                : OPTIONS_RUN;
        if (*asked != OPTIONS_RUN) return CLI_OK;
    }
    return set_arguments(&r, argc, argv);
}

/* The value as one line; its length. */
static int print_value(const cli_opt *o, char *out, size_t size)
{
    const spx_names *list = o->value;
    const char *text = NULL;
    int n = 0;
    switch (o->kind) {
    case CLI_FLAG:
    case CLI_BOOL: return snprintf(out, size, "%d", *(const bool *)o->value);
    case CLI_INT: return snprintf(out, size, "%ld", *(const long *)o->value);
    case CLI_SIZE: return snprintf(out, size, "%zu", *(const size_t *)o->value);
    case CLI_REAL:
    case CLI_WHOLE: return snprintf(out, size, "%.17g", *(const double *)o->value);
    case CLI_LIST:
        for (size_t i = 0; i < list->n && n >= 0 && (size_t)n < size; i++)
            n += snprintf(out + n, size - (size_t)n, "%s%s", i ? " " : "", list->item[i]);
        return n;
    default:
        text = *(const char *const *)o->value;
        return snprintf(out, size, "%s", text ? text : "");
    }
}

static spx_status add_option(spx_bytes *text, const cli_opt *o, spx_error *err)
{
    spx_status st = SPX_OK;
    char value[8192] = "";
    const int n = print_value(o, value, sizeof value);
    if (n < 0 || (size_t)n >= sizeof value) SPX_RAISE(err, SPX_EINVAL, "--%s is too long", o->name);
    const char *const part[] = {"option ", o->name, " ", value, "\n"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        SPX_TRY(spx_bytes_add(text, part[i], strlen(part[i]), err));
out:
    return st;
}

spx_status options_add(const cli_tool *tool, const char *but, spx_bytes *text, spx_error *err)
{
    spx_status st = SPX_OK;
    char line[200];
    const rows r = list_rows(tool);
    const cli_opt seed = {.kind = CLI_INT, .name = "seed", .value = &cli.seed};
    snprintf(line, sizeof line, "tool %s\nversion %s\n", tool->name, SPX_VERSION);
    SPX_TRY(spx_bytes_add(text, line, strlen(line), err));
    for (size_t i = 0; i < r.own; i++)
        if (is_option(r.at[i]) && strcmp(r.at[i]->name, but) != 0)
            SPX_TRY(add_option(text, r.at[i], err));
    SPX_TRY(add_option(text, &seed, err));
out:
    return st;
}
