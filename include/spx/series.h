/* spx/series.h: the decompositions of one matrix at stage after stage. */
#ifndef SPX_SERIES_H
#define SPX_SERIES_H

#include "spx/svd.h"

typedef struct spx_series spx_series;

/* opts: what is wanted of every stage; copied. Engine "gram" follows changes, others start afresh.
 * tolerance: 0, all values of every stage are wanted as well as gram has them; or, if only the top
 * k (opts->k or tau) matter, the residual by s[0] with which they may come from a warm block. */
SPX_CHECKED spx_status spx_series_new(const spx_svd_opts *opts, double tolerance, spx_series **out,
                                      spx_error *err);
void spx_series_free(spx_series *s);

/**
 * All singular values and the top triplets of the next stage W, as cheaply as they can be had:
 *
 * "same"    the bytes are those of the stage before (equal hash), or W - W_before is zero;
 * "warm"    with a tolerance: the top k by one or two passes from [V_2k(W0), Y] (W = W0 + X Y^T +
 *           E as below), if their residuals are within it and no other value can be among them:
 *           what the block does not see is at most sigma_{2k+1}(W0) + ||E||_F. error[i] of the top
 *           k follows from measured residuals. The other s[i] are W0's, with error[i] about
 *           ||W - W0||_F; nuclear_lo and nuclear_hi are ||W0||_* -+ sqrt(b) ||W - W0||_F, and where
 *           k(tau) is not the same at both ends all values are computed (next line);
 * "update"  W = W0 + X Y^T + E with W0 the last stage that was computed afresh, X Y^T of at most
 *           r / 16 columns by a range finder, ||E||_F <= 1e-6 s[0] as rounding to float leaves it:
 *           G = G0 + M X^T + X M^T,  M = W0 Y + X (Y^T Y) / 2
 *           (the transposes where W is tall). error[i] is gram's plus ||E||_F, measured (Weyl);
 * "gram"    afresh: the first stage, a change of higher rank, or one that rounding to a narrow type
 *           has spread; also if trace(G) is not ||W||_F^2. From here on W is W0. After two changes
 * in a row that could not be followed none is tried any more.
 *
 * @param[in]  W     as it is stored; what it borrows must stay until the series is freed, or until
 *                   two further stages were computed afresh.
 * @param[in]  hash  of W's stored bytes (spx_sha256), or NULL: then stages are always compared.
 * @param[out] out   belongs to the series, until its next call; engine says which of them.
 * @return as spx_svd_panels; SPX_ESHAPE if W has not the shape of the stages before. After an error
 *         the series may only be freed.
 *
 * Memory: 8 r^2 bytes for G0 and those of a decomposition, of two with a tolerance. Cost of an
 * update beside the eigenproblem of order r: 8 m n b + 4 r^2 b flops for b columns, of which tries
 * with fewer may cost as much again; afresh it is r^2 max(m, n).
 */
SPX_CHECKED spx_status spx_series_next(spx_series *s, const spx_panels *W, const char *hash,
                                       const spx_svd **out, spx_error *err);

#endif
