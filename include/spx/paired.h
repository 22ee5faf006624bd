/* spx/paired.h: two models on the same items. */
#ifndef SPX_PAIRED_H
#define SPX_PAIRED_H

#include "spx/base.h"

/* One metric of one set, over the items that both files have. */
typedef struct spx_pair {
    char *metric, *set;
    size_t items, a_only, b_only; /* paired; in one file alone */
    double a, b;                  /* means */
    double lo, hi;                /* 95 % of b - a: bootstrap over the pairs, 1,000 times */
    size_t a_higher, b_higher;    /* discordant pairs */
    double p;                     /* exact two-sided sign test of these */
} spx_pair;

typedef struct spx_pairs {
    size_t n;
    spx_pair *at;
} spx_pairs;

/**
 * Pairs two files of items (spx-eval --items: columns metric, set, item, value) by their first
 * three columns. On items that are right or wrong the sign test of the discordant pairs is
 * McNemar's exact test (McNemar 1947): p = min(1, 2 P(X <= min(b, c))), X binomial (b + c, 1/2); 1
 * without any.
 * @return SPX_OK, metrics in alphabetical order; SPX_EFORMAT naming file and line; SPX_EINVAL if an
 * item is in a file twice or no item is in both; SPX_EIO; SPX_ENOMEM. Free with spx_pairs_free.
 */
SPX_CHECKED spx_status spx_paired_compare(const char *a, const char *b, unsigned long long seed,
                                          spx_pairs *out, spx_error *err);
void spx_pairs_free(spx_pairs *p);

#endif
