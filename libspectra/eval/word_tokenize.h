/* word_tokenize.h: a text in the words of nltk.word_tokenize. */
#ifndef SPX_EVAL_WORDS_H
#define SPX_EVAL_WORDS_H

#include "spx/base.h"

/* Bytes of a text, borrowed, or static storage. */
typedef struct word {
    const char *at;
    size_t len;
} word;
typedef struct words {
    size_t n;
    word *at;
} words;

/*
 * The tokens that nltk's NLTKWordTokenizer makes of each sentence: "don't" is do and n't, a double
 * quote that opens is ``, one that closes is '', marks stand alone, 3.5, a-b and ... stay whole. A
 * sentence ends at . ? or ! and closing quotes and brackets behind it, where a blank or the text's
 * end follows. nltk finds its sentences by Punkt, whose English parameters (no free licence) also
 * know abbreviations: there the full stop of "Dr. Smith" stays with its word, here it is a word.
 * Of characters beyond U+024F, letters are told from other marks by their blocks. Memory from tmp;
 * time and memory linear in the text.
 */
SPX_CHECKED spx_status words_of(const char *text, words *out, spx_scratch *tmp, spx_error *err);

#endif
