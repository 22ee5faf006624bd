/* spx/inspect.h: the range of a tensor's values, and what is suspicious about the tensors of a
 * checkpoint. */
#ifndef SPX_INSPECT_H
#define SPX_INSPECT_H

#include "spx/pairing.h"

typedef struct spx_range {
    double min, max, rms; /* of the finite values; infinite and NaN without any */
    size_t values, zeros, nonfinite;
    size_t subnormal; /* as floats: 0 < |x| < 2^-126 */
    size_t lost;      /* finite and not 0, but 0 or infinite in bf16 */
} spx_range;

/* Measures t, of c, by panels of rows whose pages are then given back: it may be larger than
 * memory. */
SPX_CHECKED spx_status spx_range_measure(const spx_ckpt *c, const spx_tensor *t, spx_range *out,
                                         spx_error *err);

/* Told of a fault of a tensor; count: the values, or the tensors before it, that it concerns. */
typedef void spx_fault_fn(const spx_ckpt *c, const char *tensor, const char *what, size_t count);

/**
 * Looks for faults in the tensors that `keep` accepts, in natural order of their names: "not
 * finite" values; of weights "all zero", "subnormal" and "0 or infinite in bf16"; tensors with the
 * "same bytes as a tensor before" (copies, or a checkpoint put together wrongly; from 64 bytes on)
 * and those that share some of their bytes: "overlaps a tensor before", as only views of one
 * PyTorch storage may.
 * @param[in,out] found  how many faults there are is added to it.
 * Cost: one pass over the values, and one for the hash of each tensor.
 */
SPX_CHECKED spx_status spx_faults_find(spx_ckpt *c, spx_tensor_keep *keep, spx_fault_fn *told,
                                       size_t *found, spx_error *err);

#endif
