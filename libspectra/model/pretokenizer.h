/* pretokenizer.h: cuts a text into the pieces that byte-pair merges may not cross. */
#ifndef SPX_MODEL_PRETOKENIZER_H
#define SPX_MODEL_PRETOKENIZER_H

#include "spx/base.h"

#include <stdbool.h>

typedef struct pretokenizer pretokenizer;

/* Each stage cuts the pieces of the stage before it into the matches of its pattern (a syntax that
 * PCRE2 and Oniguruma share; Unicode) and the texts between them. Without stages, the text is one
 * piece. SPX_EUNSUP for a pattern that PCRE2 does not accept. */
SPX_CHECKED spx_status pretokenizer_open(const char *const *pattern, size_t stages,
                                         pretokenizer **out, spx_error *err);
void pretokenizer_close(pretokenizer *p);

/* Calls piece(arg, b, e) for the pieces text[b .. e) of text[begin .. end) in order, without gaps,
 * until one fails. Text outside begin .. end has no influence. SPX_EINVAL names the byte at which
 * text is not UTF-8. */
typedef spx_status piece_fn(void *arg, size_t begin, size_t end);
SPX_CHECKED spx_status pretokenizer_cut(const pretokenizer *p, const char *text, size_t begin,
                                        size_t end, piece_fn *piece, void *arg, spx_error *err);

/* Whether a character of a word stands at byte `at` of a text that ends at `end`; whether one ends
 * at `at`, of a text that begins at `from`. */
bool pretokenizer_word_at(const pretokenizer *p, const char *text, size_t at, size_t end);
bool pretokenizer_word_before(const pretokenizer *p, const char *text, size_t from, size_t at);
/* Where the white space ends that begins at `at`; where that begins which ends there. marked:
 * spaces have become U+2581, which is none. */
size_t pretokenizer_space_after(const pretokenizer *p, const char *text, size_t at, size_t end,
                                bool marked);
size_t pretokenizer_space_before(const pretokenizer *p, const char *text, size_t from, size_t at,
                                 bool marked);

#endif
