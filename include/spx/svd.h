/* spx/svd.h: singular values and dominant triplets behind one call, engines in a table. */
#ifndef SPX_SVD_H
#define SPX_SVD_H

#include "spx/linalg.h"
#include "spx/panels.h"

/* W ~= U diag(s) V^T for the top k; s holds all r = min(rows, cols) values, descending, >= 0. */
typedef struct spx_svd {
    size_t rows, cols, r, k;
    double *s;          /* r */
    spx_mat U, V;       /* rows x k and cols x k; V is not transposed */
    double residual;    /* max over the k triplets of the larger of ||W v - s u||, ||W^T u - s v||,
                           divided by s[0]; measured with W itself; 0 when k = 0 */
    const char *engine; /* the one that answered; static storage */
    const char *note;   /* why another one was fallen back on, or NULL; static storage */
} spx_svd;

typedef struct spx_svd_opts {
    const char *engine;    /* "gram" (default) or "full" */
    size_t k;              /* triplets wanted, at most r ... */
    double tau;            /* ... or, if > 0, as many as hold the share tau of the sum of values:
                              k = min{ k : sum_{i<=k} s_i >= tau sum_i s_i } (arXiv 2601.11042, Eq. 5) */
    spx_choose_fn *choose; /* ... or, if given, as many as it says once it has seen all r values */
    void *choose_arg;      /* passed to choose */
} spx_svd_opts;
spx_svd_opts spx_svd_defaults(void); /* gram, values only */

/**
 * Singular values and top triplets of W (any shape, m, n >= 1).
 *
 * gram: G = W W^T (or W^T W, the smaller) in double, dsytrd once, dsterf for all values, dstemr for
 *   the vectors of the top k; the other side by one product. Values below about 1e-8 s[0] are
 * noise. full: dgesdd. Signs: in each u the entry of largest magnitude is positive.
 * @return SPX_OK; SPX_EINVAL for an unknown engine or tau > 1; SPX_ENUMERIC if W has a non-finite
 *         entry or no engine converges (gram falls back on full, and notes it); SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_svd_panels(const spx_panels *W, const spx_svd_opts *opts, spx_svd *out,
                                      spx_error *err);
/* The same of a matrix in memory. */
SPX_CHECKED spx_status spx_svd_compute(const spx_mat *W, const spx_svd_opts *opts, spx_svd *out,
                                       spx_error *err);
void spx_svd_free(spx_svd *f);

#endif
