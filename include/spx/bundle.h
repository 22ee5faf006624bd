/* spx/bundle.h: edit bundles: keys, residuals and second moments that another program measured on a
 * model of any size, from which an editor's change is solved without running the model. */
#ifndef SPX_BUNDLE_H
#define SPX_BUNDLE_H

#include "spx/edit.h"

/*
 * One layer, one batch. An HDF5 file (.h5, .hdf5) with the matrices as datasets of its root, or any
 * checkpoint with them as tensors (.npz, .safetensors). Vectors of a fact are columns.
 *
 *     K       f x n   keys: inputs of the FFN's output projection, averaged over contexts
 *     R       d x n   what the layer's output should gain; or Z and H with R = Z - H
 *     C       f x f   uncentred second moment of keys, the mean over tokens; or mom2 (their sum)
 *             and count (tokens); mom2.mom2 and mom2.count in the public code's files
 *     W       d x f   the weight, rows its outputs: for filters with a basis, RECT, PRUNE, R-ROME
 *     Kc      f x n   keys of the bare prompts, for ROME
 *     Kp      f x N   keys of earlier batches, for editors that remember
 *     B       d x d   uncentred second moment of output gradients, for the filter crisp
 *
 * K and R are required, C by most editors. The change is exact for the first edited layer, or the
 * only one: what later layers read depends on the writes before them, so their keys and residuals
 * must be measured anew once those are in place. R of a layer is the whole residual divided by the
 * number of layers still to be edited, this one included.
 */
typedef struct spx_bundle_file {
    spx_mat K, R, C, W, Kc, Kp, B; /* owned; {0} where absent */
} spx_bundle_file;

/*
 * Reads and checks a bundle; mom2 is divided by count, and H subtracted from Z. Whether C is
 * definite is left to spx_edit_open. Free with spx_bundle_free.
 * SPX_EIO; SPX_EFORMAT if a name is unknown, appears twice or is missing, or by spx_moment_check;
 * SPX_ESHAPE with both shapes, and a hint where a matrix seems to be transposed; SPX_ENUMERIC
 * naming an entry that is not finite; SPX_EINVAL if count is not above 0; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_bundle_read(const char *path, spx_bundle_file *out, spx_error *err);
void spx_bundle_free(spx_bundle_file *b);

#endif
