/* pretokenizer.h: a text cut into the pieces that byte-pair merges may not cross. */
#ifndef SPX_MODEL_PRETOKENIZER_H
#define SPX_MODEL_PRETOKENIZER_H

#include "spx/base.h"

#include <stdbool.h>

typedef struct pretokenizer pretokenizer;

/* Stages, each of which cuts the pieces that the one before left: matches of its pattern (syntax
 * that PCRE2 and Oniguruma share; Unicode) and what lies between them. No stage: the text is one
 * piece. SPX_EUNSUP for a pattern that PCRE2 does not take. */
SPX_CHECKED spx_status pretokenizer_open(const char *const *pattern, size_t stages,
                                         pretokenizer **out, spx_error *err);
void pretokenizer_close(pretokenizer *p);

/* Calls piece(arg, b, e) for the pieces text[b .. e) of text[begin .. end) in order, without gaps;
 * stops at the first that fails. What lies outside begin .. end has no influence. SPX_EINVAL with
 * the byte of text where it is not UTF-8. */
typedef spx_status piece_fn(void *arg, size_t begin, size_t end);
SPX_CHECKED spx_status pretokenizer_cut(const pretokenizer *p, const char *text, size_t begin,
                                        size_t end, piece_fn *piece, void *arg, spx_error *err);

#endif
