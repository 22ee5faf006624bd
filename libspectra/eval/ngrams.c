/* ngrams.c: n-grams and TF-IDF of texts. */
#include "eval/ngrams.h"

#include "eval/records.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_words(const word *a, const word *b)
{
    const int order = memcmp(a->at, b->at, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* An n-gram, by its first word in a list of words. */
typedef struct gram {
    const word *first;
    size_t n;
} gram;

static int by_gram(const void *a, const void *b)
{
    const gram *x = a, *y = b;
    int order = 0;
    for (size_t i = 0; i < x->n && order == 0; i++)
        order = compare_words(x->first + i, y->first + i);
    return order;
}

/* The n-grams of w, sorted. */
static spx_status grams_of(const words *w, size_t n, gram **out, size_t *count, spx_scratch *tmp,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    *count = w->n >= n ? w->n - n + 1 : 0;
    SPX_TRY(SPX_SCRATCH(tmp, out, *count, err));
    for (size_t i = 0; i < *count; i++) (*out)[i] = (gram){w->at + i, n};
    if (*count > 0) qsort(*out, *count, sizeof **out, by_gram);
out:
    return st;
}

/* The number of equal n-grams at the start of a sorted list. */
static size_t run_length(const gram *g, size_t n)
{
    size_t same = 1;
    while (same < n && by_gram(g, g + same) == 0) same++;
    return same;
}

static spx_status ngram_entropy(const words *w, size_t n, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    gram *g = NULL;
    size_t count = 0;
    *out = 0;
    SPX_TRY(grams_of(w, n, &g, &count, &tmp, err));
    for (size_t i = 0, same = 0; i < count; i += same) {
        same = run_length(g + i, count - i);
        const double p = (double)same / (double)count;
        *out -= p * log2(p);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status text_entropy(const char *text, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    words w;
    double h2 = 0, h3 = 0;
    SPX_TRY(words_of(text, &w, &tmp, err));
    SPX_TRY(ngram_entropy(&w, 2, &h2, err));
    SPX_TRY(ngram_entropy(&w, 3, &h3, err));
    *out = 100 * (h2 / 3 + 2 * h3 / 3);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status text_repetition(const char *text, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    words w;
    gram *g = NULL;
    size_t count = 0, distinct = 0;
    SPX_TRY(words_of(text, &w, &tmp, err));
    SPX_TRY(grams_of(&w, 4, &g, &count, &tmp, err));
    for (size_t i = 0; i < count; i += run_length(g + i, count - i)) distinct++;
    *out = count ? 100 * (1 - (double)distinct / (double)count) : 0;
out:
    spx_scratch_free(&tmp);
    return st;
}

static size_t characters(const word *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->len; i++) n += (w->at[i] & 0xc0) != 0x80;
    return n;
}

static int by_word(const void *a, const void *b) { return compare_words(a, b); }

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

/* Runs of letters and digits; bytes above 127 count as letters. */
static spx_status runs_of(const char *text, words *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    out->n = 0;
    SPX_TRY(SPX_SCRATCH(tmp, &out->at, strlen(text), err));
    while (*text) {
        size_t len = 0;
        while (in_word(text[len])) len++;
        if (len > 0) out->at[out->n++] = (word){text, len};
        text += len ? len : 1;
    }
out:
    return st;
}

/* The words of two characters or more of a text, in lower case and sorted; their bytes in tmp. */
static spx_status terms_of(const char *text, words *out, spx_scratch *tmp, spx_error *err)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    char *low = NULL;
    const size_t len = strlen(text);
    size_t n = 0;
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &low, len + 1, err));
    memcpy(low, text, len + 1);
    for (size_t i = 0; i < len; i++)
        if (low[i] >= 'A' && low[i] <= 'Z') low[i] = lower[low[i] - 'A'];
    SPX_TRY(runs_of(low, out, tmp, err));
    for (size_t i = 0; i < out->n; i++)
        if (characters(&out->at[i]) >= 2) out->at[n++] = out->at[i];
    out->n = n;
    if (n > 0) qsort(out->at, n, sizeof *out->at, by_word);
out:
    return st;
}

void tfidf_free(tfidf *t)
{
    spx_free(t->at);
    spx_free(t->idf);
    spx_scratch_free(&t->texts);
    *t = (tfidf){0};
}

/* Collects the distinct words of each document in t->at. */
static spx_status collect_terms(const char *const *text, size_t n, tfidf *t, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t room = 0;
    for (size_t d = 0; d < n; d++) {
        words w;
        SPX_TRY(terms_of(text[d], &w, &t->texts, err));
        for (size_t i = 0; i < w.n; i++) {
            if (i > 0 && compare_words(&w.at[i - 1], &w.at[i]) == 0) continue;
            SPX_TRY(ARRAY_GROW(&t->at, &room, t->n, err));
            t->at[t->n++] = w.at[i];
        }
    }
out:
    return st;
}

spx_status tfidf_fit(const char *const *text, size_t n, tfidf *out, spx_error *err)
{
    spx_status st = SPX_OK;
    tfidf t = {.documents = n};
    size_t kept = 0;
    *out = (tfidf){0};
    SPX_TRY(collect_terms(text, n, &t, err));
    SPX_TRY(SPX_NEW(&t.idf, t.n, err));
    if (t.n > 0) qsort(t.at, t.n, sizeof *t.at, by_word);
    for (size_t i = 0, end = 0; i < t.n; i = end) {
        for (end = i + 1; end < t.n && compare_words(&t.at[i], &t.at[end]) == 0;) end++;
        t.idf[kept] = 1 + log((1 + (double)n) / (1 + (double)(end - i)));
        t.at[kept++] = t.at[i];
    }
    t.n = kept;
    *out = t;
    t = (tfidf){0};
out:
    tfidf_free(&t);
    return st;
}

/* The tf-idf vector of a text over the vocabulary, not normalised. */
static spx_status vector_of(const tfidf *t, const char *text, double **out, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    words w;
    SPX_TRY(SPX_SCRATCH(tmp, out, t->n, err));
    SPX_TRY(terms_of(text, &w, tmp, err));
    for (size_t i = 0; t->n > 0 && i < w.n; i++) {
        const word *at = bsearch(&w.at[i], t->at, t->n, sizeof *t->at, by_word);
        if (at) (*out)[at - t->at] += t->idf[at - t->at];
    }
out:
    return st;
}

spx_status tfidf_cosine(const tfidf *t, const char *a, const char *b, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *x = NULL, *y = NULL, xy = 0, xx = 0, yy = 0;
    SPX_TRY(vector_of(t, a, &x, &tmp, err));
    SPX_TRY(vector_of(t, b, &y, &tmp, err));
    for (size_t i = 0; i < t->n; i++) xy += x[i] * y[i], xx += x[i] * x[i], yy += y[i] * y[i];
    *out = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
out:
    spx_scratch_free(&tmp);
    return st;
}
