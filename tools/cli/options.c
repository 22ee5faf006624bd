/* options.c: the table of a tool's options, and that of all tools, parsed, explained and listed. */
#include "options.h"

#include "rows.h"

#include "spx/version.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BASE 256 /* getopt_long values: LONG_BASE + index among the rows */

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
        return cli_usage("--%s takes a%s number from %g to %g, not '%s'%s", o->name,
                         whole ? " whole" : "", o->min, most, text,
                         *end == '%' ? " (20 % is 0.2)" : "");
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
    case CLI_MAYBE: *(const char **)o->value = text ? text : ""; return CLI_OK;
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

static int value_of_option(const cli_opt *o)
{
    if (o->kind == CLI_FLAG) return no_argument;
    return o->kind == CLI_MAYBE ? optional_argument : required_argument;
}

/* The rows as getopt_long wants them. */
static void describe(const option_rows *r, struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* tells a missing value from an unknown option */
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (!row_is_option(o)) continue;
        *longs++ = (struct option){o->name, value_of_option(o), NULL, LONG_BASE + (int)i};
        if (!o->letter) continue;
        *shorts++ = o->letter;
        if (value_of_option(o) == required_argument) *shorts++ = ':';
    }
    *longs = (struct option){0};
    *shorts = '\0';
}

static const cli_opt *find_row(const option_rows *r, int c)
{
    if (c >= LONG_BASE) return r->at[c - LONG_BASE];
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i]->letter == c) return r->at[i];
    return NULL;
}

static int set_arguments(const option_rows *r, int argc, char **argv)
{
    int at = optind;
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (!row_is_argument(o)) continue;
        if (at == argc && o->kind == CLI_ANY) continue;
        if (at == argc) return cli_usage("%s is missing", o->name);
        do {
            const int code = set_value(o, argv[at++]);
            if (code != CLI_OK) return code;
        } while (row_takes_many(o) && at < argc);
    }
    return at == argc ? CLI_OK : cli_usage("unexpected argument '%s'", argv[at]);
}

/* What getopt_long refused; word: the argument it has read last. */
static int refuse(const option_rows *r, int c, const char *word)
{
    char name[64];
    if (c == ':') return cli_usage("option %s requires a value", word);
    if (optopt > 0 && optopt < LONG_BASE) return cli_usage("unknown option -%c", optopt);
    if (optopt >= LONG_BASE)
        return cli_usage("option --%s takes no value", find_row(r, optopt)->name);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *nearest = spx_nearest_name(name, row_option_name, r);
    if (nearest) return cli_usage("unknown option --%s, did you mean --%s?", name, nearest);
    return cli_usage("unknown option %s", word);
}

int options_parse(const cli_tool *tool, int argc, char **argv, options_asked *asked)
{
    const option_rows r = rows_of(tool);
    struct option longs[MOST_ROWS + 1];
    char shorts[2 * MOST_ROWS + 2];
    int c = 0;
    describe(&r, longs, shorts);
    opterr = 0;
    while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const cli_opt *o = find_row(&r, c);
        if (!o) return refuse(&r, c, argv[optind - 1]);
        const int code = set_value(o, optarg);
        if (code != CLI_OK) return code;
        *asked = help_topic     ? OPTIONS_HELP
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
    const option_rows r = rows_of(tool);
    const cli_opt seed = {.kind = CLI_INT, .name = "seed", .value = &cli.seed};
    snprintf(line, sizeof line, "tool %s\nversion %s\n", tool->name, SPX_VERSION);
    SPX_TRY(spx_bytes_add(text, line, strlen(line), err));
    for (size_t i = 0; i < r.own; i++)
        if (row_is_option(r.at[i]) && strcmp(r.at[i]->name, but) != 0)
            SPX_TRY(add_option(text, r.at[i], err));
    SPX_TRY(add_option(text, &seed, err));
out:
    return st;
}
