/* exact_match.h: generated answers compared with gold ones as in lm-evaluation-harness 0.4.9
 * (tasks/nq_open, tasks/gsm8k; the latter after Cobbe et al. 2021) and as in SQuAD (Rajpurkar et
 * al. 2016). All functions work in place: no result is longer than the text was. */
#ifndef SPX_EVAL_EXACT_MATCH_H
#define SPX_EVAL_EXACT_MATCH_H

#include <stdbool.h>

/* Cuts the text off before the first of the stops (NULL-terminated) and drops leading blanks. */
void exact_cut(char *text, const char *const *stop);

/* NQ-open: drops "the ", "an ", "a " (in any case but "THE " and "AN "), lowers ASCII letters,
 * drops ASCII punctuation. Blanks stay. */
void exact_open(char *answer);

/* SQuAD: lowers ASCII letters, drops ASCII punctuation and the words a, an and the, and leaves one
 * blank between words. */
void exact_squad(char *answer);

/* GSM8K: keeps what follows the last "#### ", drops commas, dollar signs and a final full stop, and
 * lowers the letters. */
void exact_number(char *answer);
/* Keep the number after the first "#### " that has one, or the last number of the text. False,
 * which the harness calls "[invalid]", if there is none. */
bool exact_marked(char *text);
bool exact_last(char *text);

#endif
