/* table.c: a table of columns, written row by row as TSV, Markdown, LaTeX or HTML. */
#include "report/table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What a form puts around rows and cells; NULL: nothing. */
typedef struct markup {
    const char *head, *head_cell, *head_cell_end, *head_end; /* row 0 */
    const char *row, *cell, *cell_end, *row_end;             /* the other rows */
    const char *separator;                                   /* between two cells of a row */
    const char *end;                                         /* of the table */
    const char *missing;                                     /* a number that is not finite */
    const char *within, *within_end;                         /* around an interval */
    const char *change, *percent;                            /* around a relative change */
    const char *counts, *counts_end;                         /* around counts */
} markup;

static const markup forms[] = {
    [TABLE_TSV] = {.head_end = "\n",
                   .row_end = "\n",
                   .separator = "\t",
                   .missing = "NaN",
                   .within = " [",
                   .within_end = "]",
                   .change = " (",
                   .percent = " %)",
                   .counts = " (",
                   .counts_end = ")"},
    [TABLE_MARKDOWN] = {.head = "| ",
                        .head_end = " |\n", /* then a rule, by end_cell */
                        .row = "| ",
                        .row_end = " |\n",
                        .separator = " | ",
                        .within = " [",
                        .within_end = "]",
                        .change = " (",
                        .percent = " %)",
                        .counts = " (",
                        .counts_end = ")"},
    [TABLE_LATEX] = {.head_end = " \\\\\n\\midrule\n",
                     .row_end = " \\\\\n",
                     .separator = " & ",
                     .end = "\\bottomrule\n\\end{tabular}\n",
                     .missing = "--",
                     .within = " {\\scriptsize [",
                     .within_end = "]}",
                     .change = " {\\scriptsize (",
                     .percent = "\\,\\%)}",
                     .counts = " {\\scriptsize (",
                     .counts_end = ")}"},
    [TABLE_HTML] = {.head = "<thead><tr>",
                    .head_cell = "<th>",
                    .head_cell_end = "</th>",
                    .head_end = "</tr></thead>\n<tbody>\n",
                    .row = "<tr>",
                    .cell = "<td>",
                    .cell_end = "</td>",
                    .row_end = "</tr>\n",
                    .end = "</tbody>\n</table>\n",
                    .within = " <small>[",
                    .within_end = "]</small>",
                    .change = " <small>",
                    .percent = " %</small>",
                    .counts = " <small>(",
                    .counts_end = ")</small>"},
};

static void put_markup(const table *t, const char *text)
{
    if (text) fputs(text, t->to);
}

table table_open(FILE *to, table_form form, size_t columns, size_t left)
{
    if (form == TABLE_HTML)
        fprintf(to, "<table class=\"sortable%s\">\n", left == 1 ? " one-left" : "");
    if (form == TABLE_LATEX) {
        fputs("% needs booktabs\n\\begin{tabular}{", to);
        for (size_t j = 0; j < columns; j++) fputc(j < left ? 'l' : 'r', to);
        fputs("}\n\\toprule\n", to);
    }
    return (table){.to = to, .form = form, .columns = columns};
}

void table_close(table *t)
{
    assert(t->column == 0 && t->row > 0);
    put_markup(t, forms[t->form].end);
}

static void begin_cell(const table *t)
{
    const markup *m = &forms[t->form];
    if (t->column == 0) put_markup(t, t->row == 0 ? m->head : m->row);
    if (t->column > 0) put_markup(t, m->separator);
    put_markup(t, t->row == 0 ? m->head_cell : m->cell);
}

static void end_cell(table *t)
{
    const markup *m = &forms[t->form];
    put_markup(t, t->row == 0 ? m->head_cell_end : m->cell_end);
    if (++t->column < t->columns) return;
    put_markup(t, t->row == 0 ? m->head_end : m->row_end);
    if (t->row == 0 && t->form == TABLE_MARKDOWN) {
        fputc('|', t->to);
        for (size_t j = 0; j < t->columns; j++) fputs("---|", t->to);
        fputc('\n', t->to);
    }
    t->column = 0;
    t->row++;
}

static const char *html_entity(char c)
{
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    default: return NULL;
    }
}

static const char *latex_command(char c)
{
    switch (c) {
    case '\\': return "\\textbackslash{}";
    case '^': return "\\textasciicircum{}";
    case '~': return "\\textasciitilde{}";
    case '_': return "\\_";
    case '&': return "\\&";
    case '%': return "\\%";
    case '#': return "\\#";
    case '$': return "\\$";
    case '{': return "\\{";
    case '}': return "\\}";
    default: return NULL;
    }
}

const char *table_safe_character(table_form form, char c)
{
    switch (form) {
    case TABLE_TSV: return c == '\t' || c == '\n' ? " " : NULL;
    case TABLE_MARKDOWN: return c == '|' ? "\\|" : NULL;
    case TABLE_LATEX: return latex_command(c);
    case TABLE_HTML: break;
    }
    return html_entity(c);
}

static void put_safe_character(FILE *to, table_form form, char c)
{
    const char *safe = table_safe_character(form, c);
    if (safe)
        fputs(safe, to);
    else
        fputc(c, to);
}

void table_put_safely(FILE *to, table_form form, const char *text)
{
    for (; *text; text++) put_safe_character(to, form, *text);
}

void table_text(table *t, const char *text)
{
    begin_cell(t);
    table_put_safely(t->to, t->form, text);
    end_cell(t);
}

void table_headings(table *t, const char *const *text, size_t n)
{
    for (size_t j = 0; j < n; j++) table_text(t, text[j]);
}

void table_number(table *t, double v, int digits)
{
    begin_cell(t);
    if (isfinite(v))
        fprintf(t->to, "%.*g", digits, v);
    else
        put_markup(t, forms[t->form].missing);
    end_cell(t);
}

void table_fixed(table *t, double v, int decimals)
{
    begin_cell(t);
    if (isfinite(v))
        fprintf(t->to, "%.*f", decimals, v);
    else
        put_markup(t, forms[t->form].missing);
    end_cell(t);
}

void table_count(table *t, size_t n)
{
    begin_cell(t);
    fprintf(t->to, "%zu", n);
    end_cell(t);
}

void table_measured(table *t, double value, double lo, double hi, double percent)
{
    const markup *m = &forms[t->form];
    begin_cell(t);
    if (!isfinite(value))
        put_markup(t, m->missing);
    else
        fprintf(t->to, "%.1f", value);
    if (isfinite(value) && isfinite(lo) && isfinite(hi))
        fprintf(t->to, "%s%.1f, %.1f%s", m->within, lo, hi, m->within_end);
    if (isfinite(value) && isfinite(percent))
        fprintf(t->to, "%s%+.1f%s", m->change, percent, m->percent);
    end_cell(t);
}

void table_paired(table *t, double p, size_t lost, size_t gained, size_t items)
{
    const markup *m = &forms[t->form];
    begin_cell(t);
    if (isfinite(p))
        fprintf(t->to, "%.2g%s-%zu +%zu of %zu%s", p, m->counts, lost, gained, items,
                m->counts_end);
    else
        put_markup(t, m->missing);
    end_cell(t);
}
