/* roff.h: pages of the manual in mdoc(7), on standard output. */
#ifndef SPX_TOOLS_ROFF_H
#define SPX_TOOLS_ROFF_H

#include "spx/base.h"

/* The head of a page: "spx-edit", "1", "edit facts in rounds". */
void roff_begin(const char *page, const char *section, const char *summary);
void roff_section(const char *name);
/* Whole sentences, each on lines of its own. */
void roff_text(const char *text);
void roff_paragraph(void);
/* A list of terms: begin, then for each a term and its text, then end. */
void roff_list_begin(void);
void roff_list_end(void);
/* .It MACRO WORD, where macro is a request of mdoc such as "Ar" or "Va". */
void roff_term(const char *macro, const char *word);
/* WORD as the argument of a request. */
void roff_word(const char *word);
/* A line as it stands, indented. */
void roff_literal(const char *line);
/* A list of pages that belong to this one: "spx 1", "spx-plan 5", up to NULL; in the order of the
 * manual, sections first. */
void roff_see_also(const char *const *pages);

#endif
