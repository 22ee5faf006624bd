/* svd_engines.h: what an engine of svd.c's table computes, and what the engines share. */
#ifndef SPX_SPECTRA_SVD_ENGINES_H
#define SPX_SPECTRA_SVD_ENGINES_H

#include "spx/svd.h"

/* Rows of the table. */
typedef enum engine_id {
    ENGINE_GRAM,       /* W W^T reduced once: all values, vectors of the top k */
    ENGINE_FULL,       /* dgesdd: Gu and Eisenstat 1995 */
    ENGINE_RANDOMIZED, /* Halko, Martinsson and Tropp 2011, Alg. 4.4 and 5.1 */
    ENGINE_SKETCH,     /* the same without power iterations, for values that fall off at once; not
                          offered to users, and so the last */
    ENGINES
} engine_id;

/* Fills s, error, k, U and V of *out, whose sizes are set, and the nuclear bracket where it knows
 * more than `error` says. svd.c fixes the signs and, if k > 0 and the engine has not, measures the
 * residual. W is not empty; an engine rejects an entry that is not finite and names its place. On
 * failure the caller frees what was filled; a note left in *out says that the fallback may do
 * better, and why it had to. */
typedef spx_status svd_engine(const spx_panels *W, const spx_svd_opts *o, spx_svd *out,
                              spx_error *err);
svd_engine svd_gram, svd_full, svd_randomized, svd_sketch;

/* spx_svd_compute by row `engine`, whatever o->engine says. */
SPX_CHECKED spx_status svd_by_engine(const spx_mat *W, const spx_svd_opts *o, engine_id engine,
                                     spx_svd *out, spx_error *err);

/* The number of triplets that the options ask for, given all r values. */
size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r);
/* Room for s and error; and, once k is known, for U and V. */
SPX_CHECKED spx_status svd_values(spx_svd *f, spx_error *err);
SPX_CHECKED spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err);

/* All values of D, without vectors, as accurate as change.h says of those of a change. Where `edge`
 * is NaN they are gram's. Destroys D. */
SPX_CHECKED spx_status svd_deflated(spx_mat *D, double edge, spx_svd *out, spx_error *err);

/* The residual of values without vectors, given ||W||_F. */
double svd_trace_defect(const spx_svd *f, double norm);
/* *worst <- the larger of *worst and the largest column norm of X - Y diag(s), over s[0]. */
SPX_CHECKED spx_status svd_worst_column(const spx_mat *X, const spx_mat *Y, const double *s,
                                        double *worst, spx_error *err);

/* Error of every value of a backward stable method, relative to s[0]: four times sqrt(r) eps, the
 * growth with the order r that is seen in practice. */
double svd_rounding(size_t r);

/* Fails, with a note, where the squares of W's entries overflow or lose digits to underflow, given
 * ||W||_F^2. */
SPX_CHECKED spx_status svd_check_range(const spx_panels *W, double square, spx_svd *out,
                                       spx_error *err);

#endif
