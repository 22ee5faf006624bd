/* ngrams.h: numbers about generated texts. */
#ifndef SPX_EVAL_TEXT_H
#define SPX_EVAL_TEXT_H

#include "eval/word_tokenize.h"

/* 100 (H_2 / 3 + 2 H_3 / 3), H_n = -sum p log2 p over the n-grams of words (words.h): MEMIT's
 * fluency. 0 for a text without them. */
SPX_CHECKED spx_status text_entropy(const char *text, double *out, spx_error *err);
/* 1 - distinct / all of the 4-grams of words, in percent (seq-rep-4, Welleck et al. 2020). */
SPX_CHECKED spx_status text_repetition(const char *text, double *out, spx_error *err);

/* Words of reference texts and in how many of them each is: sklearn's TfidfVectorizer as it comes
 * (lower case, words of two characters and more, idf = 1 + ln((1 + n) / (1 + df)), length 1). Case
 * is put down in ASCII only. */
typedef struct tfidf {
    size_t n, documents;
    word *at; /* ascending */
    double *idf;
    spx_scratch texts; /* where the words lie */
} tfidf;
SPX_CHECKED spx_status tfidf_fit(const char *const *text, size_t n, tfidf *out, spx_error *err);
void tfidf_free(tfidf *t);
/* Cosine of two texts' vectors; 0 if one has no known word. */
SPX_CHECKED spx_status tfidf_cosine(const tfidf *t, const char *a, const char *b, double *out,
                                    spx_error *err);

#endif
