/* engines.h: what an engine of svd.c's table fills in. */
#ifndef SPX_SPECTRA_ENGINES_H
#define SPX_SPECTRA_ENGINES_H

#include "spx/svd.h"

/* W is not empty; an entry that is not finite is the engine's to refuse, with its place. Fills s,
 * k, U, V of *out, whose sizes are set; signs and residual are svd.c's. On failure what was filled
 * is freed by the caller. */
typedef spx_status svd_engine(const spx_panels *W, const spx_svd_opts *o, spx_svd *out,
                              spx_error *err);
svd_engine svd_gram, svd_full;

/* How many triplets the options ask for, given all r values. */
size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r);
/* Room for s, and once k is known for U and V. */
SPX_CHECKED spx_status svd_values(spx_svd *f, spx_error *err);
SPX_CHECKED spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err);

#endif
