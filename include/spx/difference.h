/* spx/difference.h: what separates the tensors of two checkpoints. */
#ifndef SPX_DIFFERENCE_H
#define SPX_DIFFERENCE_H

#include "spx/pairing.h"

/* b - a for a tensor a and its counterpart b in another checkpoint; NaN where shapes differ. */
typedef struct spx_difference {
    const char *what;    /* "same", "dtype" (same values), "values", "shape"; of a tensor without
                            a counterpart "missing" or "added" */
    double max_abs, rms; /* of b - a */
    double relative;     /* |b - a|_F / |a|_F */
    double rank;         /* singular values of b - a above the edge of b's rounding (rounding.h);
                            NaN where b is quantised */
    double bf16_loss;    /* |bf16(b) - b|_F / |b - a|_F: the share of the change that saving b in
                            bf16 destroys */
} spx_difference;

/**
 * Compares t of a with u of b, its counterpart: tensors of two dimensions as matrices in one order,
 * others value by value. Reads by panels of rows: neither tensor is in memory as a whole, except a
 * change with fewer rows than columns (two blocks of it) and, where orientations differ, one of the
 * two.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC.
 */
SPX_CHECKED spx_status spx_difference_measure(const spx_ckpt *a, const spx_tensor *t,
                                              const spx_ckpt *b, const spx_tensor *u,
                                              spx_notify *notify, spx_difference *out,
                                              spx_error *err);

/* Told of one tensor that is not the same in both; u is NULL without a counterpart. */
typedef void spx_difference_fn(const spx_tensor *t, const spx_tensor *u, const spx_difference *d,
                               void *arg);

/**
 * Goes over the tensors that `keep` accepts: those of a with a counterpart in b, in natural order
 * of their names; then those of a that b lacks ("missing"), then those of b that a lacks ("added").
 * A stage of a run holds edited tensors only, so it lacks none.
 * @param[in,out] found  how many `told` was told of is added to it.
 * @return as spx_difference_measure, with file and tensor before the message.
 */
SPX_CHECKED spx_status spx_differences_find(const spx_ckpt *a, const spx_ckpt *b,
                                            spx_tensor_keep *keep, spx_notify *notify,
                                            spx_difference_fn *told, void *arg, size_t *found,
                                            spx_error *err);

#endif
