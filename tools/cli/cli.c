/* cli.c: how every tool begins, is interrupted and ends. */
#include "cli.h"

#include "address_space.h"
#include "explain.h"
#include "guard.h"
#include "help.h"
#include "messages.h"
#include "options.h"
#include "rows.h"
#include "shown.h"
#include "start_again.h"

#include "spx/file.h"
#include "spx/mat.h"
#include "spx/output.h"
#include "spx/store.h"
#include "spx/unfinished.h"
#include "spx/version.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cli_tool *tool_now;
static char command_line[2048];
static spx_output output; /* cli.output while standard output goes there */
static volatile sig_atomic_t signals;
static bool silent;           /* a rank other than 0 */
static char parting[2][2048]; /* one of them is in last_words, the other may be written */
static _Atomic(const char *) last_words;

static void redirect(FILE *out, FILE *notes)
{
    cli.out = out ? out : shown_stream();
    cli.notes = notes ? notes : stderr;
}

const spx_items_host *cli_items_host(void)
{
    static spx_items_host host;
    host = (spx_items_host){.comm = cli.comm,
                            .output = cli.output,
                            .command = cli.command,
                            .out = shown_stream(),
                            .notes = cli.quiet ? NULL : stderr,
                            .tells = cli_for_people(),
                            .notify = cli_notify(),
                            .redirect = redirect,
                            .progress = cli_progress,
                            .parting = cli_parting,
                            .options = cli_add_options};
    return &host;
}

spx_child_opts cli_child_opts(void)
{
    return (spx_child_opts){.quiet = cli.quiet, .interrupted = cli_interrupted};
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
    (void)spx_unfinished_remove(&text);
    raise(number); /* the handler is reset by then: this ends the program as the signal does */
}

/* A mapped file was cut short while it was being read; other codes are faults of a program. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
    static const char text[] = ": input/output error: a file became shorter while it was read\n";
    const char *part = NULL;
    (void)context;
    if (info->si_code != BUS_ADRERR) guard_fault(number);
    (void)spx_unfinished_remove(&part);
    if (write(STDERR_FILENO, tool_now->name, strlen(tool_now->name)) < 0 ||
        write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(CLI_NUMERIC);
    _exit(CLI_INPUT);
}

/* The first signal asks a tool that resumes to stop where it can; the second one kills. Any other
 * tool ends at once and removes its unfinished output. A write past the limit of a file's size gets
 * EFBIG instead of a signal. */
static void install_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    act = (struct sigaction){.sa_sigaction = on_bus_error,
                             .sa_flags = (int)SA_RESETHAND | SA_SIGINFO};
    sigaction(SIGBUS, &act, NULL);
    (void)signal(SIGXFSZ, SIG_IGN);
}

bool cli_interrupted(void) { return signals != 0; }

/* A full disk shows only here. */
static int close_stdout(int code)
{
    spx_error err = {0};
    const bool good = code == CLI_OK || code == CLI_CROSSED;
    if (good && spx_file_untroubled(&err) != SPX_OK) return cli_fail(&err);
    if (spx_output_flush(stdout, "standard output", &err) != SPX_OK) return cli_fail(&err);
    if (fclose(stdout) == 0) return code;
    (void)spx_fail_path(&err, "standard output");
    return cli_fail(&err);
}

bool cli_run_file(void) { return spx_names_run_file(cli.output); }

/* The table is complete even where a threshold was crossed. */
static spx_status end_output(int code, spx_error *err)
{
    spx_status st = SPX_OK;
    if (code != CLI_OK && code != CLI_CROSSED) goto out;
    SPX_TRY(spx_output_flush(stdout, cli.output, err));
    return spx_output_finish(&output, err);
out:
    spx_output_abandon(&output);
    return st;
}

/* What HDF5 could not read for want of memory may have looked as if it were not there. */
static int run_fed(void)
{
    int code = shown_begin(tool_now->views);
    if (code == CLI_OK) code = shown_end(tool_now->run());
    if (code > CLI_CROSSED || !spx_store_starved()) return code;
    spx_error err = {0};
    (void)SPX_FAIL(&err, SPX_ENOMEM, "HDF5 had not enough");
    return cli_fail(&err);
}

/* Runs with standard output on cli.output, which is put in place only when all went well. */
static int run_to_output(void)
{
    spx_error err = {0};
    if (cli.output && strcmp(cli.output, "-") == 0 && !tool_now->own_output) cli.output = NULL;
    if (silent || !cli.output || tool_now->own_output || cli_run_file())
        return close_stdout(run_fed());
    if (spx_output_open(&output, cli.output, &err) != SPX_OK) return cli_fail(&err);
    if (dup2(fileno(output.to), STDOUT_FILENO) < 0) {
        (void)spx_fail_path(&err, cli.output);
        spx_output_abandon(&output);
        return cli_fail(&err);
    }
    const int code = run_fed();
    return end_output(code, &err) == SPX_OK ? code : cli_fail(&err);
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

/* -j, else what the environment says to BLAS and OpenMP, else one thread for each core that this
 * process has been given. */
static int set_threads(void)
{
    const spx_comm_cores c = spx_comm_threads(cli.comm);
    int n = (int)cli.threads;
    long needed_mib = 0;
    if (n == 0 && !getenv("OPENBLAS_NUM_THREADS") && !getenv("OMP_NUM_THREADS"))
        n = c.threads > 64 ? 64 : (int)c.threads;
    if (!address_space_suffices(n > 0 ? n : spx_threads(), &needed_mib)) {
        spx_error err = {0};
        (void)SPX_FAIL(&err, SPX_ENOMEM,
                       "%d threads take %ld MiB of address space, which is limited to less (ulimit "
                       "-v); fewer (-j) take less",
                       n > 0 ? n : spx_threads(), needed_mib);
        return cli_fail(&err);
    }
    if (n > 0) spx_threads_set(n);
    advise(c);
    return CLI_OK;
}

static void keep_command(int argc, char **argv)
{
    size_t used = 0;
    for (int i = 0; i < argc && used < sizeof command_line; i++)
        used += (size_t)snprintf(command_line + used, sizeof command_line - used, "%s%s",
                                 i ? " " : "", argv[i]);
    cli.command = command_line;
}

spx_status cli_add_options(spx_bytes *text, const char *but, spx_error *err)
{
    return options_add(tool_now, but, text, err);
}

static int run_tool(int argc, char **argv)
{
    options_asked asked = OPTIONS_RUN;
    const int code = options_parse(tool_now, argc, argv, &asked);
    if (code != CLI_OK) return code;
    if (cli.long_form && cli.wide) return cli_usage("--long cannot be used with --wide");
    if (asked == OPTIONS_HELP)
        return silent ? CLI_OK : close_stdout(help_print(tool_now, help_topic));
    if (asked == OPTIONS_VERSION)
        return close_stdout(silent || printf("%s (spx) %s\n", tool_now->name, SPX_VERSION) > 0
                                ? CLI_OK
                                : CLI_INPUT);
    if (asked == OPTIONS_EXPLAIN)
        return silent ? CLI_OK : close_stdout(explain_metric(tool_now->explains, explained));
    const int refused = set_threads();
    if (refused != CLI_OK) return refused;
    install_signals();
    guard_begin(tool_now->name);
    const int done = run_to_output();
    guard_end();
    return done;
}

/* A file that is opened must not get the number of a standard stream, or messages would go into
 * it. What is written to one that was closed fails, as it would without this. */
static void open_standard_streams(void)
{
    int fd = 0;
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDONLY);
    if (fd >= 0) close(fd);
}

static int start(const cli_tool *tool, bool ranks, int argc, char **argv)
{
    spx_error err = {0};
    open_standard_streams();
    start_again(argv);
    tool_now = tool;
    messages_begin(tool->name);
    spx_notify_files_set(cli_notify());
    cli.out = stdout;
    cli.notes = stderr;
    keep_command(argc, argv);
    if (spx_comm_open(ranks, &cli.comm, &err) != SPX_OK) return cli_fail(&err);
    silent = spx_comm_rank(cli.comm) > 0;
    messages_silence(silent);
    const int code = run_tool(argc, argv);
    spx_comm_close(cli.comm);
    return silent ? CLI_OK : code;
}

int cli_main(const cli_tool *tool, int argc, char **argv) { return start(tool, false, argc, argv); }

int cli_main_ranked(const cli_tool *tool, int argc, char **argv)
{
    return start(tool, spx_comm_launched(), argc, argv);
}
