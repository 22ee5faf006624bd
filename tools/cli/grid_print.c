/* grid_print.c: a table as aligned lines that fit a terminal, or as lines of cells. */
#include "grid_page.h"

#include <math.h>
#include <string.h>

enum {
    GAP = 2,         /* between columns */
    LEAST_NAME = 24, /* to what names are shortened */
    LEAST_TEXT = 16, /* the narrowest column in which words are wrapped */
};

static const char *const bold = "\033[1m", *const yellow = "\033[33m", *const red = "\033[31m",
                         *const plain = "\033[0m";

void grid_print_cells(const grid *t, FILE *to)
{
    for (size_t r = 0; r < t->rows; r++)
        for (size_t c = 0; c < t->cols; c++)
            fprintf(to, "%s%c", grid_cell(t, r, c), c + 1 < t->cols ? '\t' : '\n');
}

static size_t total_width(const page *p, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += p->column[i].width + (i ? GAP : 0);
    return sum;
}

/* True for names, which are shortened, and for the last column if it is text, which is wrapped. */
static bool can_shrink(const page *p, size_t i)
{
    const page_column *c = &p->column[i];
    return !c->number && (!c->prose || i + 1 == p->columns);
}

/* By how much column i can become narrower. */
static size_t slack_of_column(const page *p, size_t i)
{
    const page_column *c = &p->column[i];
    const size_t least = c->prose ? LEAST_TEXT : LEAST_NAME;
    return can_shrink(p, i) && c->width > least ? c->width - least : 0;
}

static size_t slack_of(const page *p, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += slack_of_column(p, i);
    return sum;
}

/* Takes `excess` off the widest texts. */
static void narrow_texts(page *p, size_t n, size_t excess)
{
    for (; excess > 0; excess--) {
        page_column *widest = NULL;
        for (size_t i = 0; i < n; i++)
            if (slack_of_column(p, i) > 0 && (!widest || p->column[i].width > widest->width))
                widest = &p->column[i];
        if (widest) widest->width--;
    }
}

/* Leaves out columns from the right until the rest, with shorter names, fits. */
static void fit(page *p, size_t width)
{
    size_t n = p->columns;
    while (n > 1 && total_width(p, n) > width + slack_of(p, n)) n--;
    const size_t total = total_width(p, n);
    if (total > width && slack_of(p, n) >= total - width) narrow_texts(p, n, total - width);
    p->columns = n;
}

/* Bytes of the first n characters of text. */
static size_t bytes_of(const char *text, size_t n)
{
    size_t at = 0;
    for (; n > 0 && text[at]; n--) at += spx_utf8_bytes(text + at, strlen(text + at));
    return at;
}

/* Text of a column of `width` characters, shortened in its middle; more of its end is kept, where
 * names of tensors differ. */
static void put_name(FILE *to, const char *text, size_t width)
{
    const size_t n = page_characters(text);
    if (n <= width || width < 6) {
        fwrite(text, 1, bytes_of(text, width), to);
        return;
    }
    const size_t head = (width - 2) / 5, tail = width - 2 - head;
    fwrite(text, 1, bytes_of(text, head), to);
    fprintf(to, "..%s", text + bytes_of(text, n - tail));
}

static void put_spaces(FILE *to, size_t n) { fprintf(to, "%*s", (int)n, ""); }

/* The length in bytes of the first of the lines, of at most `width` characters, into which text is
 * wrapped. */
static size_t line_length(const char *text, size_t width)
{
    const size_t most = bytes_of(text, width);
    size_t end = most;
    if (!text[most]) return most;
    while (end > 0 && text[end] != ' ') end--;
    return end > 0 ? end : most;
}

/* The last column, over several lines if need be. */
static void put_wrapped(FILE *to, const char *text, size_t width, size_t indent)
{
    size_t n = line_length(text, width);
    fwrite(text, 1, n, to);
    for (text += n; *text; text += n) {
        text += *text == ' ';
        n = line_length(text, width);
        fputc('\n', to);
        put_spaces(to, indent);
        fwrite(text, 1, n, to);
    }
}

static const char *colour_of(const page_column *c, const char *cell)
{
    const double fair = c->c.fair, bad = c->c.bad;
    const double sign = bad < fair ? -1 : 1, x = sign * grid_number(cell);
    if ((fair == 0 && bad == 0) || isnan(x)) return "";
    return x >= sign * bad ? red : x >= sign * fair ? yellow : "";
}

/* A cell of column i; `at` is where it begins on the line. */
static void put_cell(FILE *to, const page *p, size_t i, const char *text, const char *colour,
                     size_t at)
{
    const page_column *c = &p->column[i];
    const size_t n = page_characters(text), pad = n < c->width ? c->width - n : 0;
    const bool last = i + 1 == p->columns;
    if (c->number || c->c.show == CLI_BYTES) put_spaces(to, pad);
    fputs(colour, to);
    if (last && !c->number)
        put_wrapped(to, text, c->width, at);
    else
        put_name(to, text, c->width);
    if (*colour) fputs(plain, to);
    if (!c->number && c->c.show != CLI_BYTES && !last) put_spaces(to, pad);
}

/* Texts of all columns as a line; `row` gives their colours, 0: that of headings. */
static void put_line(FILE *to, const page *p, const char *const *text, size_t row, bool colour)
{
    size_t at = 0;
    for (size_t i = 0; i < p->columns; i++) {
        const page_column *c = &p->column[i];
        const char *style = !colour ? "" : row ? colour_of(c, grid_cell(p->t, row, c->from)) : bold;
        if (i > 0) put_spaces(to, GAP);
        put_cell(to, p, i, text ? text[i] : c->c.label, style, at);
        at += c->width + GAP;
    }
    fputc('\n', to);
}

static void put_titles(FILE *to, const page *p, const char *const *text)
{
    for (size_t i = 0; i < p->titles; i++)
        fprintf(to, "%s%s %s", i ? "   " : "", p->title[i].c.label, text[i]);
    fputc('\n', to);
}

/* A group: what its rows agree in, those that are shown, and how many are not. */
static size_t put_group(FILE *to, const page *p, size_t first, bool colour)
{
    size_t end = first, shown = 0;
    for (; end < p->rows && p->at[end].group == p->at[first].group; end++)
        shown += !p->at[end].unchanged;
    if (first > 0) fputc('\n', to);
    if (p->titles > 0) put_titles(to, p, p->at[first].title);
    if (shown > 0) put_line(to, p, NULL, 0, colour);
    for (size_t i = first; i < end; i++)
        if (!p->at[i].unchanged) put_line(to, p, p->at[i].text, p->at[i].row, colour);
    if (shown < end - first) fprintf(to, "%zu unchanged\n", end - first - shown);
    return end;
}

spx_status grid_print(const grid *t, const cli_view *view, size_t width, bool colour, FILE *to,
                      spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    page p = {0};
    SPX_TRY(page_make(t, view, &p, &tmp, err));
    fit(&p, width);
    for (size_t i = 0; i < p.rows;) i = put_group(to, &p, i, colour);
    if (p.rows == 0) fprintf(to, "%s\n", view && view->none ? view->none : "nothing");
out:
    spx_scratch_free(&tmp);
    return st;
}
