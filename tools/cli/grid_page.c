/* grid_page.c: which rows and columns of a table people see, and what is written in them. */
#include "grid_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_ROOM = 32, HASH_DIGITS = 12 };

size_t page_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool is_layer(const cli_column *c) { return strcmp(c->name, "layer") == 0; }

static void add_column(page *p, cli_column c, size_t from)
{
    if (!c.label) c.label = c.name;
    if (is_layer(&c)) c.show = CLI_LAYER;
    page_column *to = c.show == CLI_TITLE ? &p->title[p->titles++] : &p->column[p->columns++];
    *to = (page_column){.c = c, .from = from};
}

static spx_status choose_columns(page *p, const cli_view *view, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t most = p->t->cols;
    for (const cli_column *c = view ? view->columns : NULL; c && c->name; c++) most++;
    SPX_TRY(SPX_SCRATCH(tmp, &p->column, most, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->title, most, err));
    for (size_t i = 0; !view && i < p->t->cols; i++)
        add_column(p, (cli_column){.name = grid_cell(p->t, 0, i)}, i);
    for (const cli_column *c = view ? view->columns : NULL; c && c->name; c++)
        if (grid_find(p->t, c->name) < p->t->cols) add_column(p, *c, grid_find(p->t, c->name));
out:
    return st;
}

static bool is_missing(const char *cell) { return !*cell || strcmp(cell, "NaN") == 0; }

/* A bound that was measured and says nothing. */
static bool is_vacuous(const char *cell) { return strcmp(cell, "vacuous") == 0; }

static bool is_whole(const char *cell) { return cell[strspn(cell, "+-0123456789")] == '\0'; }

static void look_at_cells(const grid *t, page_column *c)
{
    c->number = c->whole = t->rows > 1;
    for (size_t r = 1; r < t->rows; r++) {
        const char *cell = grid_cell(t, r, c->from);
        c->prose = c->prose || strchr(cell, ' ');
        if (is_missing(cell) || is_vacuous(cell)) continue;
        c->number = c->number && !isnan(grid_number(cell));
        c->whole = c->whole && is_whole(cell);
    }
}

static double harm_of(const grid *t, size_t row, const char *worst)
{
    if (!worst) return 0;
    const bool least = *worst == '-';
    const size_t col = grid_find(t, worst + least);
    const double x = col < t->cols ? grid_number(grid_cell(t, row, col)) : 0;
    if (isnan(x)) return -HUGE_VAL;
    return least ? -x : x;
}

static bool same_titles(const page *p, size_t a, size_t b)
{
    for (size_t i = 0; i < p->titles; i++)
        if (strcmp(grid_cell(p->t, a, p->title[i].from), grid_cell(p->t, b, p->title[i].from)))
            return false;
    return true;
}

/* The group of row r, a new one if no row before it is of the same. */
static size_t group_of(page *p, size_t r)
{
    for (size_t i = r - 1; i-- > 0;)
        if (same_titles(p, p->at[i].row, r)) return p->at[i].group;
    return p->groups++;
}

static bool is_unchanged(const grid *t, size_t row, const cli_view *view)
{
    const size_t col = view && view->unchanged ? grid_find(t, view->unchanged) : t->cols;
    return col < t->cols && strcmp(grid_cell(t, row, col), view->same) == 0;
}

static int by_harm(const void *a, const void *b)
{
    const page_row *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->harm != y->harm) return x->harm > y->harm ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static spx_status order_rows(page *p, const cli_view *view, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    p->rows = p->t->rows - 1;
    SPX_TRY(SPX_SCRATCH(tmp, &p->at, p->rows + 1, err));
    for (size_t i = 0; i < p->rows; i++) {
        const size_t r = i + 1;
        p->at[i].row = r;
        p->at[i].group = group_of(p, r);
        p->at[i].harm = harm_of(p->t, r, view ? view->worst : NULL);
        p->at[i].unchanged = is_unchanged(p->t, r, view);
    }
    qsort(p->at, p->rows, sizeof *p->at, by_harm);
out:
    return st;
}

static void write_bytes(double x, char *out)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t u = 0;
    for (; x >= 1024 && u + 1 < sizeof units / sizeof *units; u++) x /= 1024;
    snprintf(out, NUMBER_ROOM, u ? "%.3g %s" : "%.0f %s", x, units[u]);
}

/* Four significant digits, without the point of a number that has none behind it. */
static void write_real(double x, char *out)
{
    snprintf(out, NUMBER_ROOM, "%#.4g", x);
    const size_t n = strlen(out);
    if (n > 0 && out[n - 1] == '.') out[n - 1] = '\0';
}

/* What is not to be printed becomes '?'. */
static void write_text(const char *cell, char *out)
{
    while (*cell) {
        const size_t n = spx_utf8_bytes(cell, strlen(cell));
        const bool plain = n > 1 || (n == 1 && (unsigned char)*cell >= 0x20 && *cell != 0x7f);
        if (plain)
            memcpy(out, cell, n);
        else
            *out = '?';
        out += plain ? n : 1;
        cell += n > 0 ? n : 1;
    }
    *out = '\0';
}

static void write_cell(const page_column *c, const char *cell, char *out)
{
    if (is_missing(cell) || (c->c.show == CLI_LAYER && strcmp(cell, "-1") == 0))
        snprintf(out, NUMBER_ROOM, "-");
    else if (c->c.show == CLI_BYTES)
        write_bytes(grid_number(cell), out);
    else if (c->number && !c->whole && !is_vacuous(cell))
        write_real(grid_number(cell), out);
    else
        write_text(cell, out);
    if (c->c.show == CLI_HASH && strlen(out) > HASH_DIGITS) out[HASH_DIGITS] = '\0';
}

/* The texts of a row's cells in n columns. */
static spx_status write_cells(const grid *t, page_column *c, size_t n, size_t row,
                              const char ***out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, out, n + 1, err));
    for (size_t i = 0; i < n; i++) {
        const char *cell = grid_cell(t, row, c[i].from);
        char *text = NULL;
        SPX_TRY(SPX_SCRATCH(tmp, &text, strlen(cell) + NUMBER_ROOM, err));
        write_cell(&c[i], cell, text);
        (*out)[i] = text;
        if (page_characters(text) > c[i].width) c[i].width = page_characters(text);
    }
out:
    return st;
}

static spx_status write_row(page *p, page_row *r, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(write_cells(p->t, p->title, p->titles, r->row, &r->title, tmp, err));
    if (r->unchanged) return SPX_OK;
    SPX_TRY(write_cells(p->t, p->column, p->columns, r->row, &r->text, tmp, err));
out:
    return st;
}

spx_status page_make(const grid *t, const cli_view *view, page *out, spx_scratch *tmp,
                     spx_error *err)
{
    spx_status st = SPX_OK;
    page p = {.t = t};
    SPX_TRY(choose_columns(&p, view, tmp, err));
    for (size_t i = 0; i < p.columns; i++) {
        look_at_cells(t, &p.column[i]);
        p.column[i].width = page_characters(p.column[i].c.label);
    }
    SPX_TRY(order_rows(&p, view, tmp, err));
    for (size_t i = 0; i < p.rows; i++) SPX_TRY(write_row(&p, &p.at[i], tmp, err));
    *out = p;
out:
    return st;
}
