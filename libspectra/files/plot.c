/* plot.c: gnuplot through a pipe. */
#include "spx/plot.h"

#include "spx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct spx_plot {
    FILE *pipe;
    pid_t pid;
    int complaints; /* what gnuplot wrote to its standard error: an unlinked file */
    char *output, *part;
    struct sigaction before;
};

static const struct {
    const char *ending, *terminal, *unit;
    double per_cm; /* svg: pixels at 96 dpi; png: at 200 dpi */
} terminals[] = {
    {".pdf", "pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7", "cm", 1},
    {".svg", "svg enhanced font 'DejaVu Sans,10'", "", 37.8},
    {".png", "pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.2 linewidth 2", "", 78.74},
};
static const size_t no_terminal = sizeof terminals / sizeof *terminals;

static size_t find_terminal(const char *output)
{
    const size_t n = strlen(output);
    for (size_t i = 0; i < no_terminal; i++)
        if (n > 4 && strcmp(output + n - 4, terminals[i].ending) == 0) return i;
    return no_terminal;
}

/* The child: commands from `in`, complaints to `complaints`. */
static void become_gnuplot(int in, int complaints)
{
    dup2(in, STDIN_FILENO);
    dup2(complaints, STDERR_FILENO);
    execlp("gnuplot", "gnuplot", "-", (char *)NULL);
    _exit(127);
}

static spx_status start(spx_plot *p, spx_error *err)
{
    int ends[2];
    char name[] = "/tmp/spx-plot-XXXXXX";
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    p->complaints = mkstemp(name);
    if (p->complaints < 0) return SPX_FAIL(err, SPX_EIO, "%s: %s", name, strerror(errno));
    unlink(name);
    if (pipe(ends) != 0) return SPX_FAIL(err, SPX_EIO, "pipe: %s", strerror(errno));
    p->pid = fork();
    if (p->pid == 0) {
        close(ends[1]);
        become_gnuplot(ends[0], p->complaints);
    }
    close(ends[0]);
    p->pipe = p->pid > 0 ? fdopen(ends[1], "w") : NULL;
    sigaction(SIGPIPE, &ignore, &p->before);
    if (p->pipe) return SPX_OK;
    close(ends[1]);
    return SPX_FAIL(err, SPX_EIO, "fork: %s", strerror(errno));
}

/* Single quotes take everything literally but themselves, which are doubled. */
static void quote(spx_plot *p, const char *text)
{
    fputc('\'', p->pipe);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', p->pipe);
        fputc((unsigned char)*text < 0x20 ? ' ' : *text, p->pipe);
    }
    fputc('\'', p->pipe);
}

static void set_output(spx_plot *p, size_t terminal, double width, double height)
{
    const double scale = terminals[terminal].per_cm;
    const char *unit = terminals[terminal].unit;
    fprintf(p->pipe, "set terminal %s size %g%s,%g%s\nset output ", terminals[terminal].terminal,
            width * scale, unit, height * scale, unit);
    quote(p, p->part);
    fputc('\n', p->pipe);
}

static void release(spx_plot *p)
{
    if (p->complaints >= 0) close(p->complaints);
    spx_free(p->output);
    spx_free(p->part);
    spx_free(p);
}

spx_status spx_plot_open(const char *output, double width, double height, spx_plot **out,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    const size_t terminal = output ? find_terminal(output) : 0;
    char part[4096];
    *out = NULL;
    if (terminal == no_terminal)
        return SPX_FAIL(err, SPX_EINVAL, "%s: a figure ends with .pdf, .svg or .png", output);
    st = spx_alloc(&mem, 1, sizeof(spx_plot), err);
    if (st != SPX_OK) return st;
    spx_plot *p = mem;
    p->complaints = -1;
    if (output) {
        const int n = snprintf(part, sizeof part, "%s.part", output);
        SPX_TRY(spx_text_copy(&p->output, output, strlen(output), err));
        SPX_TRY(spx_text_copy(&p->part, part, (size_t)n < sizeof part ? (size_t)n : 0, err));
    }
    SPX_TRY(start(p, err));
    if (output)
        set_output(p, terminal, width, height);
    else
        fputs("set terminal dumb 100 32\n", p->pipe);
    *out = p;
    p = NULL;
out:
    if (p) release(p);
    return st;
}

void spx_plot_set_text(spx_plot *p, const char *name, const char *text)
{
    fprintf(p->pipe, "%s = ", name);
    quote(p, text);
    fputc('\n', p->pipe);
}

void spx_plot_set_number(spx_plot *p, const char *name, double value)
{
    fprintf(p->pipe, "%s = %.17g\n", name, value);
}

void spx_plot_data(spx_plot *p, const char *name, const spx_mat *A)
{
    fprintf(p->pipe, "$%s << END_OF_DATA\n", name);
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) {
            const double v = A->data[i * A->ld + j];
            if (isfinite(v))
                fprintf(p->pipe, "%.9g", v);
            else
                fputs("NaN", p->pipe);
            fputc(j + 1 < A->cols ? '\t' : '\n', p->pipe);
        }
    fputs("END_OF_DATA\n", p->pipe);
}

void spx_plot_load(spx_plot *p, const char *path)
{
    fputs("load ", p->pipe);
    quote(p, path);
    fputc('\n', p->pipe);
}

/* What gnuplot complained of first: its line that names a place ("line 7: ..."), else its first
 * one. */
static void first_complaint(const spx_plot *p, char *text, size_t size)
{
    char all[2048];
    const ssize_t n = pread(p->complaints, all, sizeof all - 1, 0);
    all[n > 0 ? n : 0] = '\0';
    const char *place = strstr(all, "line ");
    const char *from = place ? place : all + strspn(all, " \n");
    snprintf(text, size, "%.*s", (int)strcspn(from, "\n"), from);
}

static spx_status verdict(const spx_plot *p, int status, spx_error *err)
{
    char complaint[256];
    struct stat info;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    first_complaint(p, complaint, sizeof complaint);
    if (code == 127)
        return SPX_FAIL(err, SPX_ENOTFOUND, "gnuplot cannot be started; is it installed?");
    if (code != 0) return SPX_FAIL(err, SPX_EIO, "gnuplot: %s", complaint);
    if (p->part && (stat(p->part, &info) != 0 || info.st_size == 0))
        return SPX_FAIL(err, SPX_EIO, "%s: gnuplot drew nothing: %s", p->output, complaint);
    return p->part ? spx_file_commit(p->part, p->output, err) : SPX_OK;
}

spx_status spx_plot_close(spx_plot *p, spx_error *err)
{
    int status = 0;
    fputs("set output\n", p->pipe);
    fclose(p->pipe);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
    }
    sigaction(SIGPIPE, &p->before, NULL);
    const spx_status st = verdict(p, status, err);
    if (st != SPX_OK && p->part) (void)remove(p->part);
    release(p);
    return st;
}
