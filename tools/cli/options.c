/* options.c: the table of a tool's options, and that of all tools, parsed, explained and listed. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTS  128
#define LONG_BASE 256 /* getopt_long values: LONG_BASE + index in the merged table */

static bool show_help, show_version;

static const cli_opt common_opts[] = {
    {CLI_STR, 'o', "output", &cli.output, 0, 0, "write here; - is standard output"},
    {CLI_INT, 'j', "threads", &cli.threads, 0, 1024, "threads; 0: one a core [0]"},
    {CLI_INT, 0, "seed", &cli.seed, 0, 9e15, "of everything random [0]"},
    {CLI_FLAG, 0, "json", &cli.json, 0, 0, "print JSON lines instead of a table"},
    {CLI_FLAG, 'q', "quiet", &cli.quiet, 0, 0, "no progress and no notes"},
    {CLI_FLAG, 'h', "help", &show_help, 0, 0, "print this and exit"},
    {CLI_FLAG, 0, "version", &show_version, 0, 0, "print the version and exit"},
    {0},
};

static bool many(const cli_opt *o) { return o->kind == CLI_REST || o->kind == CLI_ANY; }

static bool positional(const cli_opt *o) { return o->kind == CLI_ARG || many(o); }

static void print_opts(const cli_opt *o)
{
    for (; o->kind != CLI_END; o++) {
        char head[48];
        if (positional(o)) continue;
        snprintf(head, sizeof head, "%c%c%c --%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
                 o->kind != CLI_FLAG ? " VALUE" : "");
        printf("  %-28s %s\n", head, o->help);
    }
}

int options_help(const cli_tool *tool)
{
    printf("%s: %s\n\nUsage: %s [options]", tool->name, tool->summary, tool->name);
    for (const cli_opt *o = tool->opts; o->kind != CLI_END; o++)
        if (positional(o)) printf(" %s%s", o->name, many(o) ? "..." : "");
    printf("\n\n");
    for (const cli_opt *o = tool->opts; o->kind != CLI_END; o++)
        if (positional(o)) printf("  %-28s %s\n", o->name, o->help);
    printf("\nOptions:\n");
    print_opts(tool->opts);
    print_opts(common_opts);
    printf("\nExit status: 0 done, 1 done but a threshold was crossed or stopped and resumable, "
           "2 usage, 3 input, 4 numerics or memory.\n");
    return CLI_OK;
}

static int set_number(const cli_opt *o, const char *text)
{
    char *end = NULL;
    errno = 0;
    const double v = strtod(text, &end);
    const bool whole = o->kind == CLI_REAL || floor(v) == v;
    if (errno || end == text || *end || !whole || !(v >= o->min && v <= o->max))
        return cli_usage("--%s takes a%s number from %g to %g, not '%s'", o->name,
                         o->kind == CLI_INT ? " whole" : "", o->min, o->max, text);
    if (o->kind == CLI_INT)
        *(long *)o->value = (long)v;
    else
        *(double *)o->value = v;
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
    switch (o->kind) {
    case CLI_FLAG: *(bool *)o->value = true; return CLI_OK;
    case CLI_STR:
    case CLI_ARG: *(const char **)o->value = text; return CLI_OK;
    case CLI_INT:
    case CLI_REAL: return set_number(o, text);
    case CLI_LIST:
    case CLI_ANY:
    case CLI_REST: return add_item(o, text);
    case CLI_END: break;
    }
    return CLI_USAGE;
}

/* Lists the tool's options, then the common ones; returns how many, or 0 if there are too many. */
static size_t merge(const cli_tool *tool, const cli_opt **all, struct option *longs, char *shorts)
{
    size_t n = 0;
    *shorts++ = ':'; /* report a missing value apart from an unknown option */
    const cli_opt *const tables[] = {tool->opts, common_opts};
    for (size_t t = 0; t < 2; t++)
        for (const cli_opt *o = tables[t]; o->kind != CLI_END; o++) {
            if (positional(o)) continue;
            if (n + 1 >= MAX_OPTS) return 0;
            all[n] = o;
            longs[n] = (struct option){o->name, o->kind != CLI_FLAG, NULL, LONG_BASE + (int)n};
            if (o->letter) *shorts++ = o->letter;
            if (o->letter && o->kind != CLI_FLAG) *shorts++ = ':';
            n++;
        }
    longs[n] = (struct option){0};
    *shorts = '\0';
    return n;
}

static const cli_opt *find(const cli_opt *const *all, size_t n, int c)
{
    if (c >= LONG_BASE) return all[c - LONG_BASE];
    for (size_t i = 0; i < n; i++)
        if (all[i]->letter == c) return all[i];
    return NULL;
}

static int set_arguments(const cli_tool *tool, int argc, char **argv)
{
    int at = optind;
    for (const cli_opt *o = tool->opts; o->kind != CLI_END; o++) {
        if (!positional(o)) continue;
        if (at == argc && o->kind == CLI_ANY) continue;
        if (at == argc) return cli_usage("%s is missing", o->name);
        do {
            const int code = set_value(o, argv[at++]);
            if (code != CLI_OK) return code;
        } while (many(o) && at < argc);
    }
    return at == argc ? CLI_OK : cli_usage("unexpected argument '%s'", argv[at]);
}

int options_parse(const cli_tool *tool, int argc, char **argv, options_asked *asked)
{
    const cli_opt *all[MAX_OPTS];
    struct option longs[MAX_OPTS];
    char shorts[2 * MAX_OPTS + 2];
    const size_t n = merge(tool, all, longs, shorts);
    int c = 0;
    opterr = 0;
    while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const cli_opt *o = find(all, n, c);
        if (!o)
            return cli_usage(c == ':' ? "%s takes a value" : "%s is no option", argv[optind - 1]);
        const int code = set_value(o, optarg);
        if (code != CLI_OK) return code;
        *asked = show_help ? OPTIONS_HELP : show_version ? OPTIONS_VERSION : OPTIONS_RUN;
        if (*asked != OPTIONS_RUN) return CLI_OK;
    }
    return set_arguments(tool, argc, argv);
}

static spx_status add_option(spx_bytes *text, const cli_opt *o, spx_error *err)
{
    char line[8192] = "";
    const spx_names *list = o->value;
    int n = 0;
    switch (o->kind) {
    case CLI_FLAG: n = snprintf(line, sizeof line, "%d", *(const bool *)o->value); break;
    case CLI_INT: n = snprintf(line, sizeof line, "%ld", *(const long *)o->value); break;
    case CLI_REAL: n = snprintf(line, sizeof line, "%.17g", *(const double *)o->value); break;
    case CLI_LIST:
        for (size_t i = 0; i < list->n && n >= 0 && (size_t)n < sizeof line; i++)
            n += snprintf(line + n, sizeof line - (size_t)n, "%s%s", i ? " " : "", list->item[i]);
        break;
    default:
        if (*(const char *const *)o->value)
            n = snprintf(line, sizeof line, "%s", *(const char *const *)o->value);
    }
    if (n < 0 || (size_t)n >= sizeof line)
        return SPX_FAIL(err, SPX_EINVAL, "--%s is too long", o->name);
    spx_status st = spx_bytes_add(text, "option ", 7, err);
    if (st == SPX_OK) st = spx_bytes_add(text, o->name, strlen(o->name), err);
    if (st == SPX_OK) st = spx_bytes_add(text, " ", 1, err);
    if (st == SPX_OK) st = spx_bytes_add(text, line, strlen(line), err);
    return st == SPX_OK ? spx_bytes_add(text, "\n", 1, err) : st;
}

spx_status options_add(const cli_tool *tool, const char *but, spx_bytes *text, spx_error *err)
{
    char line[200];
    const cli_opt seed = {CLI_INT, 0, "seed", &cli.seed, 0, 0, ""};
    snprintf(line, sizeof line, "tool %s\nversion %s\n", tool->name, SPX_VERSION);
    spx_status st = spx_bytes_add(text, line, strlen(line), err);
    for (const cli_opt *o = tool->opts; st == SPX_OK && o->kind != CLI_END; o++)
        if (!positional(o) && strcmp(o->name, but) != 0) st = add_option(text, o, err);
    return st == SPX_OK ? add_option(text, &seed, err) : st;
}
