/* shown.c: a table for people on a terminal, lines of cells in a pipe, a row a tensor if asked for.
 *
 * Tools print lines of tab-separated cells on cli.out. Those go to standard output as they are, or
 * here, and from here as a table. */
#include "shown.h"

#include "grid.h"
#include "terminal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const cli_view *shown_views;
static FILE *stream;
static char *text;
static size_t text_size;

FILE *shown_stream(void) { return stream ? stream : stdout; }

bool cli_for_people(void) { return !cli.json && !cli.tsv && terminal_is_output(); }

static int out_of_memory(void)
{
    spx_error err = {0};
    (void)SPX_FAIL(&err, SPX_ENOMEM, "no room for the table");
    return cli_fail(&err);
}

int shown_begin(const cli_view *views)
{
    if (!views || cli.json || !(cli.wide || cli_for_people())) return CLI_OK;
    shown_views = views;
    stream = open_memstream(&text, &text_size);
    if (!stream) return out_of_memory();
    cli.out = stream;
    return CLI_OK;
}

static const cli_view *view_of(const grid *t)
{
    const cli_view *v = shown_views;
    while (v->of && grid_find(t, v->of) == t->cols) v++;
    return v->of ? v : NULL;
}

/* A failure before the first row is not to look like a table without any. */
static spx_status show(int code, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    grid t = {0};
    const bool people = cli_for_people();
    SPX_TRY(grid_split(text, &t, &tmp, err));
    if (t.rows < 2 && code > CLI_CROSSED) goto out;
    if (grid_is_long(&t) && !cli.long_form) SPX_TRY(grid_widen(&t, &t, &tmp, err));
    if (people)
        SPX_TRY(grid_print(&t, cli.long_form ? NULL : view_of(&t),
                           cli.long_form ? INT_MAX : terminal_width(), terminal_has_colour(),
                           stdout, err));
    else
        grid_print_cells(&t, stdout);
out:
    spx_scratch_free(&tmp);
    return st;
}

int shown_end(int code)
{
    spx_error err = {0};
    if (!stream) return code;
    const bool whole = !ferror(stream);
    const bool closed = fclose(stream) == 0;
    stream = NULL;
    cli.out = stdout;
    if (!whole || !closed)
        code = out_of_memory();
    else if (text_size > 0 && show(code, &err) != SPX_OK)
        code = cli_fail(&err);
    free(text);
    text = NULL;
    return code;
}
