/* notify.c: lines formatted for the caller's callbacks. */
#include "spx/notify.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 8192 };

SPX_PRINTF(2, 0) static void format_line(void (*to)(const char *), const char *fmt, va_list ap)
{
    char line[LINE_SIZE];
    vsnprintf(line, sizeof line, fmt, ap);
    to(line);
}

void spx_note(const spx_notify *to, const char *fmt, ...)
{
    va_list ap;
    if (!to || !to->note) return;
    va_start(ap, fmt);
    format_line(to->note, fmt, ap);
    va_end(ap);
}

void spx_note_once(spx_notify *to, unsigned bit, const char *fmt, ...)
{
    va_list ap;
    if (!to || !to->note || to->noted & bit) return;
    to->noted |= bit;
    va_start(ap, fmt);
    format_line(to->note, fmt, ap);
    va_end(ap);
}

void spx_warn(const spx_notify *to, const char *fmt, ...)
{
    va_list ap;
    if (!to || !to->warn) return;
    va_start(ap, fmt);
    format_line(to->warn, fmt, ap);
    va_end(ap);
}

static spx_notify *of_files;

void spx_notify_files_set(spx_notify *to) { of_files = to; }
spx_notify *spx_notify_files(void) { return of_files; }
