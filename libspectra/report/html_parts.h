/* html_parts.h: what the HTML pages share. */
#ifndef SPX_REPORT_HTML_PARTS_H
#define SPX_REPORT_HTML_PARTS_H

#include "spx/base.h"

#include <stdio.h>

/* Everything up to and with the title as a heading; the caller ends body and html. The style knows
 * light and dark, narrow and wide. */
void html_begin(FILE *to, const char *title);
/* Text made safe; the same as an element of its own. */
void html_text(FILE *to, const char *text);
void html_element(FILE *to, const char *tag, const char *text);

/* A figure that is put into a page: NAME.svg, and NAME-narrow.svg, as it is drawn for a column of
 * HTML_NARROW cm, which narrow windows show instead. Beside the page lie NAME.pdf and NAME.tsv. */
typedef struct html_figure {
    const char *path, *caption;
} html_figure;
#define HTML_NARROW 7.7

/* "FOLDER/NAME.svg" -> "FOLDER/NAME-narrow" and the ending. */
void html_narrow_path(const char *path, const char *ending, char *out, size_t room);
/* The figure with caption and links. SPX_EFORMAT if it is no SVG. */
SPX_CHECKED spx_status html_figure_put(FILE *to, const html_figure *figure, spx_error *err);
/* Before the narrow drawing beside the figure at `path` is made: it and its numbers go if the
 * program is ended (unfinished.h). */
void html_figure_begin(const char *path);
/* Removes both, once they are in the page or will not be. */
void html_figure_tidy(const char *path);

#endif
