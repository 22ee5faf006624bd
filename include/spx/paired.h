/* spx/paired.h: two models compared on the same items. */
#ifndef SPX_PAIRED_H
#define SPX_PAIRED_H

#include "spx/base.h"

/* One metric of one set, over the items that both files have. Values are in the metric's unit. */
typedef struct spx_pair {
    char *metric, *set;
    size_t items;              /* paired */
    size_t a_only, b_only;     /* in one file alone */
    double a, b;               /* means over the pairs */
    double lo, hi;             /* 95 % interval of b - a: 1,000 bootstrap resamples of the pairs */
    size_t a_higher, b_higher; /* discordant pairs */
    double p;                  /* exact two-sided sign test of these */
} spx_pair;

typedef struct spx_pairs {
    size_t n;
    spx_pair *at;
} spx_pairs;

/* The exact two-sided sign test of discordant pairs (below); 1 if there are none. */
double spx_sign_test(size_t a_higher, size_t b_higher);

/**
 * Pairs two files of items (spx-eval --items: columns metric, set, item, value) by their first
 * three columns. On items that are right or wrong, the sign test of the discordant pairs is
 * McNemar's exact test (McNemar 1947): p = min(1, 2 P(X <= min(b, c))), X binomial (b + c, 1/2); 1
 * if there are none.
 *
 * @param[in]  a, b  the two files.
 * @param[in]  seed  of the bootstrap.
 * @param[out] out   metrics in alphabetical order; free with spx_pairs_free.
 * @return SPX_OK; SPX_EFORMAT naming file and line; SPX_EINVAL if an item appears twice in a file,
 *         or the files have no item in common; SPX_EIO; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_paired_compare(const char *a, const char *b, unsigned long long seed,
                                          spx_pairs *out, spx_error *err);
void spx_pairs_free(spx_pairs *p);

#endif
