/* spx/covariance.h: second moments of keys, C = E[k k^T], that tell an editor what to leave alone.
 */
#ifndef SPX_COVARIANCE_H
#define SPX_COVARIANCE_H

#include "spx/file.h"
#include "spx/model.h"
#include "spx/store.h"

/**
 * Uncentred second moment of the inputs of ffn_out over a text, C_l = (1/N) sum_t k_t k_t^T, for
 * the blocks layer[0 .. n), in double, from windows that do not overlap (a shorter last one is
 * dropped).
 *
 * @param[in]  token, count  the text; count >= window.
 * @param[out] C             n matrices d_ff x d_ff, allocated by the caller.
 * @param[in]  progress      called with (tokens done, of) after each batch; may be NULL.
 * Cost: one forward pass through block layer[n - 1], and N d_ff^2 flops a layer.
 */
typedef void spx_progress_fn(const char *what, size_t done, size_t total);
SPX_CHECKED spx_status spx_covariance_measure(const spx_model *m, const size_t *layer, size_t n,
                                              const int32_t *token, size_t count, size_t window,
                                              spx_mat *C, spx_progress_fn *progress,
                                              spx_error *err);

/* Keeps C of one tensor in a run file, group "covariance/<tensor>". */
SPX_CHECKED spx_status spx_covariance_write(spx_store *s, const char *tensor, const spx_mat *C,
                                            spx_error *err);
/* Reads it back; SPX_ENOTFOUND names file and tensor, SPX_ESHAPE if it is not size x size. */
SPX_CHECKED spx_status spx_covariance_read(const spx_store *s, const char *tensor, size_t size,
                                           spx_mat *C, spx_error *err);

/**
 * Second moments from a file or a folder:
 * - a run file that spx_covariance_write filled;
 * - an .npz as the public code of ROME and MEMIT keeps it, one layer's `mom2.mom2`, the sum of
 *   k k^T, and `mom2.count`, by which it is divided. Its name tells its layer
 *   (transformer.h.5.mlp.c_proj_float32_mom2_100000.npz); one that tells none serves one tensor;
 * - a folder of such files, one a layer. Names of layers may be another family's (arch.h).
 * @return SPX_OK; SPX_EIO; SPX_EFORMAT.
 */
typedef struct spx_moments spx_moments;
SPX_CHECKED spx_status spx_moments_open(const char *path, spx_moments **out, spx_error *err);
void spx_moments_close(spx_moments *m);
/* SHA-256 of the model whose keys they are of; NULL if the file does not say. Borrowed. */
const char *spx_moments_model(const spx_moments *m);
/* C of a tensor, size x size, exactly symmetric; free with spx_mat_free. SPX_ENOTFOUND where there
 * is none; SPX_ESHAPE; SPX_EFORMAT for a count that is none; those of spx_moment_check (edit.h).
 * Each names the file. */
SPX_CHECKED spx_status spx_moments_read(spx_moments *m, const char *tensor, size_t size, spx_mat *C,
                                        spx_error *err);
/* SHA-256 of the file, or over those of the files of n tensors in a folder. */
SPX_CHECKED spx_status spx_moments_hash(spx_moments *m, const char *const *tensor, size_t n,
                                        char out[SPX_SHA256_HEX], spx_error *err);

#endif
