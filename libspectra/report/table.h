/* table.h: a table of columns, written row by row as TSV, Markdown, LaTeX or HTML. */
#ifndef SPX_REPORT_TABLE_H
#define SPX_REPORT_TABLE_H

#include "spx/base.h"

#include <stdio.h>

/*
 * Cells are put from left to right and from top to bottom, the headings first; a row ends by itself
 * after its last cell:
 *
 *     table t = table_open(to, TABLE_TSV, 2, 1);
 *     table_headings(&t, (const char *const[]){"arm", "edits"}, 2);
 *     table_text(&t, "memit");
 *     table_number(&t, 500, 6);
 *     table_close(&t);
 *
 *     form      | for       | a number that is missing | text is made safe
 *     ----------|-----------|--------------------------|---------------------------------
 *     TSV       | programs  | NaN                      | tab and newline become a space
 *     Markdown  | reading   | empty                    | | becomes \|
 *     LaTeX     | reading   | --                       | _ & % # $ { } \ ^ ~ as commands
 *     HTML      | reading   | empty                    | < > & " become entities
 */
typedef enum table_form { TABLE_TSV, TABLE_MARKDOWN, TABLE_LATEX, TABLE_HTML } table_form;

typedef struct table {
    FILE *to;
    table_form form;
    size_t columns, column; /* column: of the next cell */
    size_t row;             /* of the next cell; the headings are row 0 */
} table;

/* Begins a table; the first `left` columns are aligned to the left where the form aligns at all. */
table table_open(FILE *to, table_form form, size_t columns, size_t left);
/* Ends it, after its last row. */
void table_close(table *t);

/* One cell each. */
void table_text(table *t, const char *text);
/* A number by %.*g with that many significant digits; by %.*f with that many decimals; a count. */
void table_number(table *t, double v, int digits);
void table_fixed(table *t, double v, int decimals);
void table_count(table *t, size_t n);
/* A measured value for reading: the value, the ends of its interval, and its relative change in
 * percent, to one decimal: "90.0 [88.2, 91.6] (-5.0 %)"; of the latter two what is not finite is
 * left out. */
void table_measured(table *t, double value, double lo, double hi, double percent);

/* A paired test: p to two digits, and how many of the items were lost and gained: "0.0039 (-9 +0 of
 * 40)"; a number that is missing if p is. */
void table_paired(table *t, double p, size_t lost, size_t gained, size_t items);

/* n cells of text: a row of headings. */
void table_headings(table *t, const char *const *text, size_t n);

/* What stands for a character that the form would read as its own; NULL: the character itself.
 * Static storage. */
const char *table_safe_character(table_form form, char c);
/* Text outside of a table, made safe for the form. */
void table_put_safely(FILE *to, table_form form, const char *text);

#endif
