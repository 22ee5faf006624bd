/* engines.h: what an engine of svd.c's table fills in. */
#ifndef SPX_SPECTRA_ENGINES_H
#define SPX_SPECTRA_ENGINES_H

#include "spx/svd.h"

/* W is not empty; an entry that is not finite is the engine's to refuse, with its place. Fills s,
 * error, k, U, V of *out, whose sizes are set, and the nuclear bracket where it knows more than
 * error says; signs are svd.c's, and the residual if k > 0, unless the engine has set it. On
 * failure what was filled is freed by the caller; a note left in *out says that `full` may do
 * better, and why it had to. */
typedef spx_status svd_engine(const spx_panels *W, const spx_svd_opts *o, spx_svd *out,
                              spx_error *err);
svd_engine svd_gram, svd_full, svd_randomized;

/* How many triplets the options ask for, given all r values. */
size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r);
/* Room for s and error, and once k is known for U and V. */
SPX_CHECKED spx_status svd_values(spx_svd *f, spx_error *err);
SPX_CHECKED spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err);

/* svd_gram from its second step on: G, of order r, has the lower triangle of W W^T (or W^T W) of
 * some W' with ||W' - W||_2 <= apart; it is freed. */
SPX_CHECKED spx_status svd_of_gram(const spx_panels *W, spx_mat *G, double apart,
                                   const spx_svd_opts *o, spx_svd *out, spx_error *err);

/* W ~= Q Bt^T with orthonormal Q, by Alg. 4.4 of Halko, Martinsson and Tropp; missed is
 * ||W - Q Bt^T||_F^2. Q and Bt come with their shapes, b columns each. */
typedef struct svd_range {
    spx_mat Q, Bt;
    double missed;
} svd_range;
SPX_CHECKED spx_status svd_find_range(const spx_panels *W, size_t power, uint64_t seed,
                                      svd_range *out, spx_error *err);

/* A later stage by what is known of an earlier one. */
typedef struct svd_followed {
    const spx_svd_opts *opts; /* k or tau, no choose */
    const spx_svd *before;    /* of W0, with more than k triplets */
    const svd_range *change;  /* of W - W0 */
    double tolerance;         /* of each residual, by s[0] */
} svd_followed;
/* The top k of W, and bounds for all else. *done says whether they are certain; if not, out is as
 * it was. */
SPX_CHECKED spx_status svd_warm(const spx_panels *W, const svd_followed *f, spx_svd *out,
                                bool *done, spx_error *err);

/* All values of D, no vectors, as change.h says of those of a change; `edge` may be NaN: then they
 * are gram's. Destroys D. */
SPX_CHECKED spx_status svd_deflated(spx_mat *D, double edge, spx_svd *out, spx_error *err);

/* The residual of values without vectors, given ||W||_F. */
double svd_trace_defect(const spx_svd *f, double norm);
/* A <- A diag(by)^-1 */
void svd_divide_columns(spx_mat *A, const double *by);
/* *worst <- the larger of it and the largest column norm of X - Y diag(s), by s[0]. */
SPX_CHECKED spx_status svd_worst_column(const spx_mat *X, const spx_mat *Y, const double *s,
                                        double *worst, spx_error *err);
/* Signs, residual and nuclear bracket of an engine's answer. */
SPX_CHECKED spx_status svd_finish(const spx_panels *W, spx_svd *f, spx_error *err);

/* Error of every value of a backward stable method: ||dW||_2 <= rounding s[0]. The constant is the
 * growth with the order r that is seen in practice, sqrt(r), four times over. */
double svd_rounding(size_t r);

/* Given ||W||_F^2: squares that overflow or lose digits to underflow are full's to answer. Zero is
 * fine, to within sqrt(r DBL_MIN). */
SPX_CHECKED spx_status svd_check_range(double square, spx_svd *out, spx_error *err);

#endif
