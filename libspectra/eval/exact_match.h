/* exact_match.h: generated answers beside gold ones, as lm-evaluation-harness 0.4.9 compares them
 * (tasks/nq_open, tasks/gsm8k; the latter after Cobbe et al. 2021). All work in place; a result is
 * never longer than what came. */
#ifndef SPX_EVAL_EXACT_H
#define SPX_EVAL_EXACT_H

#include <stdbool.h>

/* Ends the text before the first of the stops (NULL-terminated) and drops leading blanks. */
void exact_cut(char *text, const char *const *stop);

/* NQ-open: without "the ", "an ", "a " (all but "AN " and "THE "), then in lower case (ASCII),
 * without ASCII punctuation. Blanks stay as they are. */
void exact_open(char *answer);

/* GSM8K: what stands behind the last "#### ", without commas, dollar signs and a full stop at the
 * end, in lower case. */
void exact_number(char *answer);
/* The number behind the first "#### ", or the last number of the text; false: "[invalid]". */
bool exact_marked(char *text);
bool exact_last(char *text);

#endif
