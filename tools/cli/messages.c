/* messages.c: what tools print beside their results: usage errors, failures, notes, progress. */
#include "messages.h"

#include "cli.h"

#include "spx/file.h"
#include "spx/store.h"

#include <stdarg.h>
#include <unistd.h>

cli_common cli;
static const char *tool_name = "spx";
static bool silent_now;

void messages_begin(const char *name) { tool_name = name; }
void messages_silence(bool silent) { silent_now = silent; }

SPX_PRINTF(3, 0) static void complain(FILE *to, const char *kind, const char *fmt, va_list ap)
{
    if (silent_now && to == stderr) return;
    fprintf(to, "%s: %s", tool_name, kind);
    vfprintf(to, fmt, ap);
    fputc('\n', to);
}

int cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(stderr, "", fmt, ap);
    va_end(ap);
    if (!silent_now) fprintf(stderr, "Try '%s --help'.\n", tool_name);
    return CLI_USAGE;
}

/* What fails where memory has run out before fails for that. */
int cli_fail(const spx_error *err)
{
    spx_error memory = {0};
    if (spx_file_untroubled(&memory) == SPX_ENOMEM && err->status != SPX_ENOMEM) err = &memory;
    const spx_status st = spx_store_starved() ? SPX_ENOMEM : err->status;
    if (!silent_now) fprintf(stderr, "%s: %s: %s\n", tool_name, spx_status_name(st), err->text);
    if (st == SPX_EINTR) return CLI_CROSSED;
    return st == SPX_ENOMEM || st == SPX_ENUMERIC ? CLI_NUMERIC : CLI_INPUT;
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

static void note_line(const char *line) { cli_note("%s", line); }
static void warn_line(const char *line) { cli_warn("%s", line); }

spx_notify *cli_notify(void)
{
    static spx_notify notify = {.note = note_line, .warn = warn_line};
    return &notify;
}

void cli_progress(const char *what, size_t done, size_t total)
{
    static double began;
    static int longest;
    if (silent_now || cli.quiet || !isatty(STDERR_FILENO)) return;
    const double now = spx_seconds();
    if (began == 0) began = now;
    const double rate = now > began ? (double)done / (now - began) : 0;
    const int n = fprintf(stderr, "\r%s %zu/%zu, %.3g/s, %.0f s left  ", what, done, total, rate,
                          rate > 0 ? (double)(total - done) / rate : 0);
    if (n > longest) longest = n;
    if (done == total) fprintf(stderr, "\r%*s\r", longest, "");
}
