/* cli.c: option parsing, errors, signals and progress for every tool. */
#include "cli.h"

#include "patience.h"

#include "spx/mat.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPTS  128
#define LONG_BASE 256 /* getopt_long values: LONG_BASE + index in the merged table */

cli_common cli;
static const cli_tool *tool_now;
static bool show_help, show_version;
static char command_line[2048];
static char part[4096]; /* OUTPUT.part while standard output goes there */
static volatile sig_atomic_t signals;
static bool silent;           /* another rank than 0 */
static char parting[2][2048]; /* one of them is to be said, the other may be written */
static _Atomic(const char *) last_words;

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

SPX_PRINTF(3, 0) static void complain(FILE *to, const char *kind, const char *fmt, va_list ap)
{
    if (silent && to == stderr) return;
    fprintf(to, "%s: %s", tool_now->name, kind);
    vfprintf(to, fmt, ap);
    fputc('\n', to);
}

int cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(stderr, "", fmt, ap);
    va_end(ap);
    if (!silent) fprintf(stderr, "Try '%s --help'.\n", tool_now->name);
    return CLI_USAGE;
}

void cli_note(const char *fmt, ...)
{
    va_list ap;
    if (cli.quiet) return;
    va_start(ap, fmt);
    complain(cli.notes, "note: ", fmt, ap);
    va_end(ap);
}

void cli_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(stderr, "", fmt, ap);
    va_end(ap);
}

int cli_fail(const spx_error *err)
{
    if (!silent)
        fprintf(stderr, "%s: %s: %s\n", tool_now->name, spx_status_name(err->status), err->text);
    if (err->status == SPX_EINTR) return CLI_CROSSED;
    return err->status == SPX_ENOMEM || err->status == SPX_ENUMERIC ? CLI_NUMERIC : CLI_INPUT;
}

void cli_parting(const char *text)
{
    char *free_one = parting[atomic_load(&last_words) == parting[0]];
    snprintf(free_one, sizeof parting[0], "%s: %s\n", tool_now->name, text);
    atomic_store(&last_words, free_one);
}

static void on_signal(int number)
{
    const char *text = atomic_load(&last_words);
    signals = 1;
    if (text && write(STDERR_FILENO, text, strlen(text)) < 0) signals = 1;
    if (tool_now->resumes) return;
    if (*part) unlink(part);
    raise(number); /* the handler is reset by then: this ends the program as the signal does */
}

/* A mapped file lost its end under the reader. */
static void on_bus_error(int number)
{
    static const char text[] = ": input/output error: a file became shorter while it was read\n";
    (void)number;
    if (*part) unlink(part);
    if (write(STDERR_FILENO, tool_now->name, strlen(tool_now->name)) < 0 ||
        write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(CLI_NUMERIC);
    _exit(CLI_INPUT);
}

/* The first signal asks a tool that resumes to stop where it can; the second one kills. Any other
 * tool takes its unfinished output with it. */
static void install_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    act.sa_handler = on_bus_error;
    sigaction(SIGBUS, &act, NULL);
}

bool cli_interrupted(void) { return signals != 0; }

void cli_progress(const char *what, size_t done, size_t total)
{
    static double began;
    if (silent || cli.quiet || !isatty(STDERR_FILENO)) return;
    const double now = spx_seconds();
    if (began == 0) began = now;
    const double rate = now > began ? (double)done / (now - began) : 0;
    fprintf(stderr, "\r%s %zu/%zu, %.3g/s, %.0f s left  ", what, done, total, rate,
            rate > 0 ? (double)(total - done) / rate : 0);
    if (done == total) fputc('\n', stderr);
}

void cli_cell(double x)
{
    if (isnan(x))
        fprintf(cli.out, "\tNaN");
    else
        fprintf(cli.out, "\t%.9g", x);
}

void cli_json_text(const char *text)
{
    fputc('"', cli.out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(cli.out, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(cli.out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, cli.out);
    fputc('"', cli.out);
}

void cli_json_number(double x)
{
    if (isfinite(x))
        fprintf(cli.out, "%.17g", x);
    else
        fprintf(cli.out, "null");
}

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

static int print_help(void)
{
    printf("%s: %s\n\nUsage: %s [options]", tool_now->name, tool_now->summary, tool_now->name);
    for (const cli_opt *o = tool_now->opts; o->kind != CLI_END; o++)
        if (positional(o)) printf(" %s%s", o->name, many(o) ? "..." : "");
    printf("\n\n");
    for (const cli_opt *o = tool_now->opts; o->kind != CLI_END; o++)
        if (positional(o)) printf("  %-28s %s\n", o->name, o->help);
    printf("\nOptions:\n");
    print_opts(tool_now->opts);
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
    cli_list *list = o->value;
    if (list->n == CLI_MAX_LIST) return cli_usage("more than %d of %s", CLI_MAX_LIST, o->name);
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
static size_t merge(const cli_opt **all, struct option *longs, char *shorts)
{
    size_t n = 0;
    *shorts++ = ':'; /* report a missing value apart from an unknown option */
    const cli_opt *const tables[] = {tool_now->opts, common_opts};
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

static int set_arguments(int argc, char **argv)
{
    int at = optind;
    for (const cli_opt *o = tool_now->opts; o->kind != CLI_END; o++) {
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

static int parse(int argc, char **argv)
{
    const cli_opt *all[MAX_OPTS];
    struct option longs[MAX_OPTS];
    char shorts[2 * MAX_OPTS + 2];
    const size_t n = merge(all, longs, shorts);
    int c = 0;
    opterr = 0;
    while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const cli_opt *o = find(all, n, c);
        if (!o)
            return cli_usage(c == ':' ? "%s takes a value" : "%s is no option", argv[optind - 1]);
        const int code = set_value(o, optarg);
        if (code != CLI_OK) return code;
        if (show_help || show_version) return CLI_OK;
    }
    return set_arguments(argc, argv);
}

static int fail_io(const char *what)
{
    spx_error err = {0};
    (void)spx_fail(&err, SPX_EIO, __func__, "%s: %s", what, strerror(errno));
    return cli_fail(&err);
}

static int close_stdout(int code)
{
    if (fclose(stdout) == 0) return code;
    return fail_io("standard output"); /* a full disk shows only here */
}

bool cli_names_run_file(const char *path)
{
    const size_t n = path ? strlen(path) : 0;
    return n > 3 && strcmp(path + n - 3, ".h5") == 0;
}

bool cli_run_file(void) { return cli_names_run_file(cli.output); }

/* Runs with standard output on OUTPUT.part, which becomes OUTPUT only when all went well. */
static int run_to_output(void)
{
    if (cli.output && strcmp(cli.output, "-") == 0 && !tool_now->own_output) cli.output = NULL;
    if (silent || !cli.output || tool_now->own_output || cli_run_file())
        return close_stdout(tool_now->run());
    const int n = snprintf(part, sizeof part, "%s.part", cli.output);
    if (n < 0 || (size_t)n >= sizeof part) return cli_usage("--output is too long");
    if (!freopen(part, "w", stdout)) {
        const int code = fail_io(part);
        *part = '\0';
        return code;
    }
    int code = close_stdout(tool_now->run());
    if (code != CLI_OK && code != CLI_CROSSED)
        (void)remove(part);
    else if (rename(part, cli.output) != 0)
        code = fail_io(cli.output);
    *part = '\0';
    return code;
}

static void advise(spx_comm_cores c)
{
    const size_t threads = (size_t)spx_threads();
    if (!silent && spx_comm_size(cli.comm) > 1 && c.ranks * threads > c.cores)
        cli_warn("%zu ranks of %zu thread%s share %zu core%s of this machine: fewer ranks, or -j "
                 "%zu, would be no slower",
                 c.ranks, threads, threads > 1 ? "s" : "", c.cores, c.cores > 1 ? "s" : "",
                 c.threads);
}

/* -j, else what the environment already says to BLAS and OpenMP, else one thread for each core that
 * this process has been given. */
static void set_threads(void)
{
    const spx_comm_cores c = spx_comm_threads(cli.comm);
    if (cli.threads > 0)
        spx_threads_set((int)cli.threads);
    else if (!getenv("OPENBLAS_NUM_THREADS") && !getenv("OMP_NUM_THREADS"))
        spx_threads_set(c.threads > 64 ? 64 : (int)c.threads);
    advise(c);
}

static void keep_command(int argc, char **argv)
{
    size_t used = 0;
    for (int i = 0; i < argc && used < sizeof command_line; i++)
        used += (size_t)snprintf(command_line + used, sizeof command_line - used, "%s%s",
                                 i ? " " : "", argv[i]);
    cli.command = command_line;
}

static spx_status add_option(spx_bytes *text, const cli_opt *o, spx_error *err)
{
    char line[8192] = "";
    const cli_list *list = o->value;
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

spx_status cli_add_options(spx_bytes *text, const char *but, spx_error *err)
{
    char line[200];
    const cli_opt seed = {CLI_INT, 0, "seed", &cli.seed, 0, 0, ""};
    snprintf(line, sizeof line, "tool %s\nversion %s\n", tool_now->name, SPX_VERSION);
    spx_status st = spx_bytes_add(text, line, strlen(line), err);
    for (const cli_opt *o = tool_now->opts; st == SPX_OK && o->kind != CLI_END; o++)
        if (!positional(o) && strcmp(o->name, but) != 0) st = add_option(text, o, err);
    return st == SPX_OK ? add_option(text, &seed, err) : st;
}

static int run_tool(int argc, char **argv)
{
    const int code = parse(argc, argv);
    if (code != CLI_OK) return code;
    if (show_help) return silent ? CLI_OK : close_stdout(print_help());
    if (show_version)
        return close_stdout(silent || printf("%s (spx) %s\n", tool_now->name, SPX_VERSION) > 0
                                ? CLI_OK
                                : CLI_INPUT);
    set_threads();
    install_signals();
    return run_to_output();
}

static int start(const cli_tool *tool, bool ranks, int argc, char **argv)
{
    spx_error err = {0};
    patience_limit(argv);
    tool_now = tool;
    cli.out = stdout;
    cli.notes = stderr;
    keep_command(argc, argv);
    if (spx_comm_open(ranks, &cli.comm, &err) != SPX_OK) return cli_fail(&err);
    silent = spx_comm_rank(cli.comm) > 0;
    const int code = run_tool(argc, argv);
    spx_comm_close(cli.comm);
    return silent ? CLI_OK : code;
}

int cli_main(const cli_tool *tool, int argc, char **argv) { return start(tool, false, argc, argv); }

int cli_main_ranked(const cli_tool *tool, int argc, char **argv)
{
    return start(tool, spx_comm_launched(), argc, argv);
}
