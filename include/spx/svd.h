/* spx/svd.h: singular values and dominant triplets by one call; the engines form a table. */
#ifndef SPX_SVD_H
#define SPX_SVD_H

#include "spx/linalg.h"
#include "spx/panels.h"

#include <stdbool.h>
#include <stdint.h>

/* W ~= U diag(s) V^T for the top k; s holds all r = min(rows, cols) values, descending, >= 0. */
typedef struct spx_svd {
    size_t rows, cols, r, k;
    double *s;                     /* r */
    double *error;                 /* r: |s[i] - sigma_i(W)| <= error[i]; by engine, see below */
    double nuclear_lo, nuclear_hi; /* bounds of sum_i sigma_i(W), as tight as error allows */
    spx_mat U, V;                  /* rows x k and cols x k; V is not transposed */
    double residual;    /* max over the k triplets of the larger of ||W v - s u||, ||W^T u - s v||,
                           divided by s[0]; measured with W itself. For k = 0, by gram and full:
                           | sum_i s[i]^2 - ||W||_F^2 | / s[0]^2, 0 if squares underflow */
    const char *engine; /* the one that answered; static storage */
    const char *note;   /* why not the one asked for, or NULL; static storage */
} spx_svd;

typedef struct spx_svd_opts {
    const char *engine;    /* a name below; NULL: gram */
    size_t k;              /* number of triplets, at most r ... */
    spx_choose_fn *choose; /* ... or, unless NULL, what this returns given all r values */
    void *choose_arg;      /* passed to choose */
    bool resolve;          /* gram: all values as accurate as full's where the least is lost */
    bool accurate;         /* gram: values and vectors below s[0] / 10 as accurate as full's */
    uint64_t seed;         /* randomized: of the test matrix */
} spx_svd_opts;
spx_svd_opts spx_svd_defaults(void); /* gram, values only, which `resolve` */

/* Name i of the engines that compute every singular value, not the top k alone; NULL past the
 * last. */
const char *spx_svd_whole_engine(size_t i);

/**
 * Singular values and top triplets of W, of any shape with m, n >= 1, by one of these engines:
 *
 * gram: G = W W^T (or W^T W, the smaller; panels.h), one reduction to tridiagonal form (linalg.h),
 * dsterf for all values, dstemr or dstedc for the vectors of the top k, at the same time as dsterf
 * if k is given; the other side by one product, residuals by one more. error[i] is about
 * eps s[0]^2 / s[i]: half the digits are lost towards the small end. With `accurate`, and in any
 * case where a triplet below 1e-4 s[0] is asked for, what is below a tenth of s[0] is decomposed
 * again within the subspace it spans, in several steps if need be, and error[i] is about
 * 10 eps s[0]. With `resolve`, where the bound of the least value's error is more than a hundredth
 * of it (a condition of about 10^6 and more), dgesdd computes all values again from W itself,
 * error[i] is about eps s[0], and note says so; triplets stay gram's.
 *
 * full: dgesdd of W held in doubles (Gu and Eisenstat 1995), or dgesvd where that does not
 * converge. error[i] is about eps s[0].
 *
 * randomized: a subspace of k + 10 dimensions from a seeded Gaussian test matrix and two power
 * iterations (Halko, Martinsson and Tropp, SIAM Review 53(2), 2011, Alg. 4.4 and 5.1). It computes
 * the top k values only, so k must be given, not chosen; every other s[i] is the most that the
 * missed energy allows if spread evenly. error and nuclear_lo, nuclear_hi hold without any
 * assumption on W (they follow from ||W - Q Q^T W||_F, which is measured), up to rounding.
 *
 * Where an engine does not converge full answers, and note says so. A matrix whose squares leave
 * the range of doubles is decomposed as 2^e W with its largest entry near 1, and its values are
 * scaled back, which is exact. Signs: in each u the entry of largest magnitude is positive.
 *
 * @param[in]  W     unchanged; read in panels, several times.
 * @param[in]  opts  spx_svd_defaults() and what differs.
 * @param[out] out   written only on success; free with spx_svd_free.
 * @return SPX_OK; SPX_ESHAPE if W is empty; SPX_EINVAL for an unknown engine or `choose` given to
 * randomized; SPX_ENUMERIC naming an entry of W that is not finite, if no engine converges, or if
 * values exceed the range of doubles;
 * SPX_ENOMEM.
 *
 * Memory in addition to the result, r = min(m, n): for values 8 r^2 bytes and a panel (panels.h);
 * with vectors of gram up to 3 times that; full 8 m n and more. Cost in flops: gram
 * r^2 max(m, n) + 4/3 r^3, and 2 m n k + 2 r^2 k for vectors.
 */
SPX_CHECKED spx_status spx_svd_panels(const spx_panels *W, const spx_svd_opts *opts, spx_svd *out,
                                      spx_error *err);
/** The same for a matrix in memory. */
SPX_CHECKED spx_status spx_svd_compute(const spx_mat *W, const spx_svd_opts *opts, spx_svd *out,
                                       spx_error *err);
void spx_svd_free(spx_svd *f);

/* The exponent e that brings 2^e `largest` near 1 if squares of such entries, or what those lose
 * beside each other, leave the range of doubles; else 0. */
int spx_range_shift(double largest);

#endif
