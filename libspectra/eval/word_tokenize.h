/* word_tokenize.h: a text in the words of nltk.word_tokenize. */
#ifndef SPX_EVAL_WORD_TOKENIZE_H
#define SPX_EVAL_WORD_TOKENIZE_H

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
 * The tokens that nltk's NLTKWordTokenizer makes of each sentence: "don't" is do and n't, an
 * opening double quote is ``, a closing one is '', punctuation marks are words; 3.5, a-b and ...
 * stay whole. A sentence ends at . ? or ! and the closing quotes and brackets after it, if a blank
 * or the end of the text follows. nltk finds its sentences by Punkt, whose English parameters
 * (which have no free licence) also know abbreviations: there the full stop of "Dr. Smith" stays
 * with its word, here it is a word. Beyond U+024F, letters are told from other characters by their
 * blocks. Memory from tmp; time and memory are linear in the text.
 */
SPX_CHECKED spx_status words_of(const char *text, words *out, spx_scratch *tmp, spx_error *err);

#endif
