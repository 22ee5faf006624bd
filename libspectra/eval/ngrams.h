/* ngrams.h: statistics of generated texts: n-grams and TF-IDF. */
#ifndef SPX_EVAL_NGRAMS_H
#define SPX_EVAL_NGRAMS_H

#include "eval/word_tokenize.h"

/* 100 (H_2 / 3 + 2 H_3 / 3), H_n = -sum p log2 p over the n-grams of words (word_tokenize.h):
 * MEMIT's fluency. 0 for a text without n-grams. */
SPX_CHECKED spx_status text_entropy(const char *text, double *out, spx_error *err);
/* 1 - distinct / all 4-grams of words, in percent (seq-rep-4, Welleck et al. 2020). */
SPX_CHECKED spx_status text_repetition(const char *text, double *out, spx_error *err);

/* The words of reference texts and their weights, as sklearn's TfidfVectorizer has them by default:
 * lower case, words of two characters or more, idf = 1 + ln((1 + n) / (1 + df)), vectors of length
 * 1; but only ASCII letters are lowered. */
typedef struct tfidf {
    size_t n, documents;
    word *at; /* ascending */
    double *idf;
    spx_scratch texts; /* storage of the words */
} tfidf;
SPX_CHECKED spx_status tfidf_fit(const char *const *text, size_t n, tfidf *out, spx_error *err);
void tfidf_free(tfidf *t);
/* Cosine of the vectors of two texts; 0 if one of them has no known word. */
SPX_CHECKED spx_status tfidf_cosine(const tfidf *t, const char *a, const char *b, double *out,
                                    spx_error *err);

#endif
