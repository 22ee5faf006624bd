/* plot.c: gnuplot through a pipe. */
#include "spx/plot.h"

#include "report/plot_files.h"
#include "report/table.h"

#include "spx/file.h"
#include "spx/output.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct spx_plot {
    FILE *pipe; /* of spx_plot_rehearse: nowhere; of a script: its file; no process then */
    pid_t pid;
    int complaints;   /* what gnuplot wrote to its standard error: an unlinked file */
    size_t terminal;  /* its row */
    plot_files files; /* without names: the terminal, or nowhere */
    bool script;
    spx_status failed; /* of a script: a template that cannot be read */
    spx_error why;
    struct sigaction before;
};

static const struct {
    const char *ending, *terminal, *unit;
    double per_cm;    /* svg: pixels at 96 dpi; png: at 200 dpi */
    double point;     /* a point in the units of the terminal's fonts */
    const char *last; /* what the last bytes of a whole file hold */
} terminals[] = {
    {".pdf", "pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7", "cm", 1, 1, "%%EOF"},
    {".svg", "svg enhanced font 'DejaVu Sans,10.67'", "", 37.8, 96 / 72.0, "</svg>"},
    {".png", "pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2", "", 78.74, 1,
     "IEND"},
    {".eps", "epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7", "cm", 1, 1, "%%EOF"},
    /* text by LaTeX, lines in NAME-inc.pdf */
    {".tex", "cairolatex pdf linewidth 0.7", "cm", 1, 1, "\\endgroup"},
    /* a script, which chooses among the first PICTURES itself */
    {".gp", "", "", 1, 1, ""},
};
enum { PICTURES = 4 };
static const size_t no_terminal = sizeof terminals / sizeof *terminals;

static size_t find_terminal(const char *output)
{
    const char *ending = strrchr(output, '.');
    for (size_t i = 0; ending && ending > output && i < no_terminal; i++)
        if (strcmp(ending, terminals[i].ending) == 0) return i;
    return no_terminal;
}

static bool is_script(size_t terminal) { return strcmp(terminals[terminal].ending, ".gp") == 0; }

/* The child: reads commands from `in`, writes complaints to p->complaints. */
static void become_gnuplot(const spx_plot *p, int in)
{
    dup2(in, STDIN_FILENO);
    dup2(p->complaints, STDERR_FILENO);
    if (p->files.folder) { /* templates are still found from the folder before */
        char here[4096];
        if (!getcwd(here, sizeof here) || setenv("GNUPLOT_LIB", here, 1) || chdir(p->files.folder))
            _exit(126);
    }
    execlp("gnuplot", "gnuplot", "-", (char *)NULL);
    _exit(127);
}

static spx_status start_gnuplot(spx_plot *p, spx_error *err)
{
    int ends[2];
    char name[] = "/tmp/spx-plot-XXXXXX";
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    p->complaints = mkstemp(name);
    if (p->complaints < 0) return spx_fail_path(err, name);
    unlink(name);
    if (pipe(ends) != 0) return spx_fail_path(err, "gnuplot");
    p->pid = fork();
    if (p->pid == 0) {
        close(ends[1]);
        become_gnuplot(p, ends[0]);
    }
    close(ends[0]);
    p->pipe = p->pid > 0 ? fdopen(ends[1], "w") : NULL;
    sigaction(SIGPIPE, &ignore, &p->before);
    if (p->pipe) return SPX_OK;
    close(ends[1]);
    return spx_fail_path(err, "gnuplot");
}

static spx_status start_script(spx_plot *p, spx_error *err)
{
    p->pipe = fopen(p->files.part, "w");
    if (!p->pipe) return spx_fail_path(err, p->files.part);
    p->script = true;
    fprintf(p->pipe,
            "# %s: gnuplot makes the figure of this script, whose data are in it; as another kind\n"
            "# of picture: gnuplot -e \"output = 'fig.png'\" %s\n",
            spx_base_name(p->files.output), spx_base_name(p->files.output));
    return SPX_OK;
}

/* Text that LaTeX will read. */
static void quote_latex(spx_plot *p, const char *text)
{
    fputc('\'', p->pipe);
    for (; *text; text++) {
        const char *safe = table_safe_character(TABLE_LATEX, *text);
        if (*text == '\'') fputc('\'', p->pipe);
        if (safe)
            fputs(safe, p->pipe);
        else
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, p->pipe);
    }
    fputc('\'', p->pipe);
}

/* Between single quotes everything is literal but a single quote, which is doubled. */
static void quote(spx_plot *p, const char *text)
{
    fputc('\'', p->pipe);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', p->pipe);
        fputc((unsigned char)*text < 0x20 ? ' ' : *text, p->pipe);
    }
    fputc('\'', p->pipe);
}

static void set_terminal(spx_plot *p, size_t terminal, double width, double height)
{
    const double scale = terminals[terminal].per_cm;
    const char *unit = terminals[terminal].unit;
    fprintf(p->pipe, "set terminal %s size %g%s,%g%s", terminals[terminal].terminal, width * scale,
            unit, height * scale, unit);
}

/* A script draws beside itself, by its base name, or what whoever runs it wants. */
static void set_script_output(spx_plot *p, double width, double height)
{
    const char *base = spx_base_name(p->files.output);
    char name[4096];
    snprintf(name, sizeof name, "%.*s.pdf", (int)strlen(base) - 3, base);
    fputs("if (!exists(\"output\")) { output = ", p->pipe);
    quote(p, name);
    fputs(" }\nkind = output[strlen(output) - 3:]\npoint = 0\n", p->pipe);
    for (size_t i = 0; i < PICTURES; i++) {
        fprintf(p->pipe, "if (kind eq '%s') { point = %.17g; ", terminals[i].ending,
                terminals[i].point);
        set_terminal(p, i, width, height);
        fputs(" }\n", p->pipe);
    }
    fputs("if (point == 0) { exit error output.\": unknown kind of figure (expected .pdf, .svg, "
          ".png or .eps)\" }\nset output output\n",
          p->pipe);
}

static void set_output(spx_plot *p, size_t terminal, double width, double height)
{
    set_terminal(p, terminal, width, height);
    fputs("\nset output ", p->pipe);
    quote(p, p->files.folder ? p->files.part + strlen(p->files.folder) + 1 : p->files.part);
    fputc('\n', p->pipe);
}

static void release(spx_plot *p)
{
    if (p->complaints >= 0) close(p->complaints);
    plot_files_release(&p->files);
    spx_free(p);
}

spx_status spx_plot_open(const char *output, double width, double height, spx_plot **out,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    spx_plot *p = NULL;
    const size_t terminal = output ? find_terminal(output) : 0;
    *out = NULL;
    if (terminal == no_terminal)
        SPX_RAISE(err, SPX_EINVAL,
                  "%s: unknown kind of figure (expected .pdf, .svg, .png, .eps, .tex or .gp)",
                  output);
    SPX_TRY(SPX_NEW(&p, 1, err));
    p->complaints = -1;
    p->terminal = terminal;
    if (output)
        SPX_TRY(plot_files_name(&p->files, output, strcmp(terminals[terminal].ending, ".tex") == 0,
                                err));
    SPX_TRY(output && is_script(terminal) ? start_script(p, err) : start_gnuplot(p, err));
    if (!output)
        fputs("set terminal dumb 100 32\n", p->pipe);
    else if (p->script)
        set_script_output(p, width, height);
    else
        set_output(p, terminal, width, height);
    *out = p;
    p = NULL;
out:
    if (p) {
        plot_files_discard(&p->files);
        release(p);
    }
    return st;
}

spx_status spx_plot_rehearse(spx_plot **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_plot *p = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&p, 1, err));
    p->complaints = -1;
    p->pipe = fopen("/dev/null", "w");
    if (!p->pipe) SPX_TRY(spx_fail_path(err, "/dev/null"));
    *out = p;
    p = NULL;
out:
    if (p) release(p);
    return st;
}

void spx_plot_set_text(spx_plot *p, const char *name, const char *text)
{
    fprintf(p->pipe, "%s = ", name);
    if (p->files.folder)
        quote_latex(p, text);
    else
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

void spx_plot_set_font(spx_plot *p, const char *name, double points)
{
    spx_plot_set_text(p, "font_name", *name || p->files.folder ? name : "DejaVu Sans");
    if (p->script)
        fprintf(p->pipe, "points = %.17g * point\n", points);
    else
        spx_plot_set_number(p, "points", points * terminals[p->terminal].point);
}

/* The commands of a file become part of the script. */
static void take_in(spx_plot *p, const char *path)
{
    char *text = NULL;
    size_t n = 0;
    const spx_status st = spx_file_text(path, &text, &n, p->failed ? NULL : &p->why);
    if (st != SPX_OK && p->failed == SPX_OK) p->failed = st;
    if (st == SPX_OK) fprintf(p->pipe, "\n%s\n", text);
    spx_free(text);
}

void spx_plot_load(spx_plot *p, const char *path)
{
    if (p->script) {
        take_in(p, path);
        return;
    }
    fputs("load ", p->pipe);
    quote(p, path);
    fputc('\n', p->pipe);
}

/* The first line from `from` on that names a place ("line 7: ...") and is not a warning. */
static const char *find_place(const char *from)
{
    const char *place = strstr(from, "line ");
    while (place) {
        const char *warning = strstr(place, "warning:"), *end = place + strcspn(place, "\n");
        if (!warning || warning > end) return place;
        place = strstr(end, "line ");
    }
    return NULL;
}

/* gnuplot's first complaint: the line that names a place, else the first line. */
static void first_complaint(const spx_plot *p, char *text, size_t size)
{
    char all[2048];
    const ssize_t n = pread(p->complaints, all, sizeof all - 1, 0);
    all[n > 0 ? n : 0] = '\0';
    const char *place = find_place(all);
    const char *from = place ? place : all + strspn(all, " \n");
    snprintf(text, size, "%.*s", (int)strcspn(from, "\n"), from);
}

static spx_status judge_exit(const spx_plot *p, int status, bool told, spx_error *err)
{
    char complaint[256];
    struct stat info;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    first_complaint(p, complaint, sizeof complaint);
    if (code == 127)
        return SPX_FAIL(err, SPX_ENOTFOUND, "gnuplot cannot be started; is it installed?");
    if (code < 0) return SPX_FAIL(err, SPX_EIO, "gnuplot was ended by signal %d", WTERMSIG(status));
    if (code != 0) return SPX_FAIL(err, SPX_EIO, "gnuplot: %s", complaint);
    if (!told) return SPX_FAIL(err, SPX_EIO, "gnuplot: its commands could not be written");
    if (p->files.part && (stat(p->files.part, &info) != 0 || info.st_size == 0))
        return SPX_FAIL(err, SPX_EIO, "%s: gnuplot drew nothing: %s", p->files.output, complaint);
    return p->files.part
               ? plot_files_put(&p->files, terminals[p->terminal].last, terminals[0].last, err)
               : SPX_OK;
}

/* A script is put in place once it is whole; without err it is not wanted. */
static spx_status end_script(spx_plot *p, spx_error *err)
{
    spx_status st = p->failed;
    if (st != SPX_OK && err) *err = p->why;
    const bool written =
        spx_output_flush(p->pipe, p->files.part, st == SPX_OK ? err : NULL) == SPX_OK;
    if (fclose(p->pipe) != 0 && written && st == SPX_OK) st = spx_fail_path(err, p->files.part);
    if (!written && st == SPX_OK) st = SPX_EIO;
    if (st == SPX_OK && err) st = spx_file_replace(p->files.part, p->files.output, err);
    plot_files_discard(&p->files);
    release(p);
    return st;
}

spx_status spx_plot_close(spx_plot *p, spx_error *err)
{
    int status = 0;
    fputs("set output\n", p->pipe);
    if (p->script) return end_script(p, err);
    const bool bad = ferror(p->pipe) != 0, told = fclose(p->pipe) == 0 && !bad;
    if (p->pid == 0) {
        release(p);
        return SPX_OK;
    }
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
    }
    sigaction(SIGPIPE, &p->before, NULL);
    const spx_status st = judge_exit(p, status, told, err);
    if (st != SPX_OK || p->files.folder) plot_files_discard(&p->files);
    release(p);
    return st;
}
