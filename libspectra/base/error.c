/* error.c: statuses and their messages. */
#include "spx/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

spx_status spx_fail(spx_error *err, spx_status status, const char *where, const char *fmt, ...)
{
    if (!err || err->status != SPX_OK) return status;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    for (char *c = err->text; *c; c++) /* one line, whatever a file's name or bytes hold */
        if ((unsigned char)*c < 0x20) *c = '?';
    err->status = status;
    err->where = where;
    return status;
}

void spx_prefix(spx_error *err, const char *fmt, ...)
{
    if (!err || err->status == SPX_OK) return;
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", text);
}

const char *spx_status_name(spx_status status)
{
    static const char *const names[] = {
        [SPX_OK] = "ok",
        [SPX_EINVAL] = "invalid argument",
        [SPX_ESHAPE] = "shape mismatch",
        [SPX_ENOMEM] = "out of memory",
        [SPX_EIO] = "input/output error",
        [SPX_EFORMAT] = "malformed file",
        [SPX_ENOTFOUND] = "not found",
        [SPX_EUNSUP] = "unsupported",
        [SPX_ENUMERIC] = "numerical failure",
        [SPX_EINTR] = "interrupted",
    };
    const size_t i = (size_t)status;
    return i < sizeof names / sizeof *names ? names[i] : "unknown status";
}

double spx_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
