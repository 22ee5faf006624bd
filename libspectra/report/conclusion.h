/* conclusion.h: what the arms of a plan have come to, in sentences. */
#ifndef SPX_REPORT_CONCLUSION_H
#define SPX_REPORT_CONCLUSION_H

#include "report/summary.h"

#include "spx/diagnosis.h"

/* What became of a row's text and last words, by the rules of spx/diagnosis.h; UNKNOWN where
 * neither was measured before and after. */
spx_behaviour_state conclusion_state(const summary_row *row);

/* One sentence on all arms: which are broken, which are worse, which held; "" if nothing was
 * measured. */
void conclusion_sentence(const summary_row *rows, size_t n, char *out, size_t room);

/* A table of six columns for reading on a terminal: arm, success, argmax, perplexity, LAMBADA, what
 * became of it. */
void conclusion_table(FILE *to, const summary_row *rows, size_t n);

#endif
