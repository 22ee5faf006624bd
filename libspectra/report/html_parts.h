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
/* The SVG at `path` as part of the page, with a caption. SPX_EFORMAT if it is none. */
SPX_CHECKED spx_status html_figure_put(FILE *to, const char *path, const char *caption,
                                       spx_error *err);

#endif
