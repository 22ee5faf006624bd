/* spx/covariance.h: second moments of keys, C = E[k k^T], that tell an editor what to leave alone.
 */
#ifndef SPX_COVARIANCE_H
#define SPX_COVARIANCE_H

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

#endif
