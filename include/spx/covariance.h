/* spx/covariance.h: second moments of keys, C = E[k k^T], by which an editor knows what to leave
 * alone, and of the gradients of what the keys are made into. */
#ifndef SPX_COVARIANCE_H
#define SPX_COVARIANCE_H

#include "spx/file.h"
#include "spx/model.h"
#include "spx/store.h"
#include "spx/tokenizer.h"

/* A text, cut into windows that do not overlap; a shorter last one is dropped. */
typedef struct spx_covariance_text {
    const int32_t *token;
    size_t count;  /* tokens, at least one window */
    size_t window; /* tokens of one sequence */
} spx_covariance_text;

/* Called after each batch with (tokens done, of). */
typedef void spx_progress_fn(const char *what, size_t done, size_t total);

/*
 * Uncentred second moments of the inputs of ffn_out over a text of N tokens,
 * C_l = (1/N) sum_t k_t k_t^T in double, for the blocks layer[0 .. n), ascending. C holds n
 * matrices d_ff x d_ff, allocated by the caller and zero. progress may be NULL.
 * SPX_EINVAL if the text is shorter than a window; SPX_ENOMEM; those of the model.
 * Cost: one forward pass through block layer[n - 1], and N d_ff^2 flops a layer.
 */
SPX_CHECKED spx_status spx_covariance_measure(const spx_model *m, const size_t *layer, size_t n,
                                              const spx_covariance_text *text, spx_mat *C,
                                              spx_progress_fn *progress, spx_error *err);

/*
 * Uncentred second moments of the gradients of the outputs of ffn_out over the same windows,
 * B_l = (1/N) sum_t g_t g_t^T, g_t = d(sum of -log p(next token) over the window) / d(output at t):
 * the factor of K-FAC (Martens and Grosse 2015) beside C, with the text's own tokens as labels. A
 * window's last position predicts nothing, so N is windows (window - 1). B holds n matrices d_model x
 * d_model, allocated by the caller and zero. progress may be NULL.
 * SPX_EINVAL if the text is shorter than a window, or a window than two tokens; SPX_ENOMEM; those of
 * the model.
 * Cost: one forward and one backward pass, and N d_model^2 flops a layer. Memory: the tape of 512
 * positions or a window.
 */
SPX_CHECKED spx_status spx_gradient_moment_measure(const spx_model *m, const size_t *layer,
                                                   size_t n, const spx_covariance_text *text,
                                                   spx_mat *B, spx_progress_fn *progress,
                                                   spx_error *err);

/* What spx_moments_measure reads. */
typedef struct spx_moments_text {
    const char *path;
    size_t tokens, window; /* the first tokens of it, 0: all; tokens of a sequence */
    const size_t *layer;   /* n blocks, ascending */
    size_t n;
    bool gradients;            /* B too */
    spx_progress_fn *progress; /* may be NULL */
} spx_moments_text;

/* What was measured. */
typedef struct spx_moments_report {
    size_t used;               /* tokens in whole windows */
    double *trace_C, *trace_B; /* of n each, allocated by the caller; NULL: not wanted */
} spx_moments_report;

/**
 * Measures the second moments of a text, C and on request B, and keeps them in a new run file, with
 * the hashes of model and text and the list of blocks, "6,7,8".
 *
 * @param[in]  t       the model's tokenizer.
 * @param[in]  model   the model's fingerprint (spx_lm_open).
 * @param[out] report  may be NULL.
 * @return SPX_OK; SPX_EINVAL if the text has fewer tokens; those of spx_covariance_measure,
 *         spx_gradient_moment_measure and the store. Asserts that the model has the blocks. Memory: n
 *         matrices of d_ff^2, and of d_model^2, doubles.
 */
SPX_CHECKED spx_status spx_moments_measure(const spx_model *m, const spx_tokenizer *t,
                                           const char *model, const spx_moments_text *text,
                                           const char *output, spx_moments_report *report,
                                           spx_error *err);

/* Keeps C of one tensor in a run file, group "covariance/<tensor>". Those of the store. */
SPX_CHECKED spx_status spx_covariance_write(spx_store *s, const char *tensor, const spx_mat *C,
                                            spx_error *err);
/* Reads it back; free with spx_mat_free. SPX_ENOTFOUND names file and tensor, SPX_ESHAPE if it is
 * not size x size. */
SPX_CHECKED spx_status spx_covariance_read(const spx_store *s, const char *tensor, size_t size,
                                           spx_mat *C, spx_error *err);
/* The same of B, beside C; files of earlier versions have none. */
SPX_CHECKED spx_status spx_gradient_moment_write(spx_store *s, const char *tensor, const spx_mat *B,
                                                 spx_error *err);
SPX_CHECKED spx_status spx_gradient_moment_read(const spx_store *s, const char *tensor, size_t size,
                                                spx_mat *B, spx_error *err);

/*
 * Second moments from a file or a folder:
 *
 *     a run file  as spx_covariance_write fills it
 *     an .npz     as the public code of ROME and MEMIT keeps it: `mom2.mom2` of one layer, the sum
 *                 of k k^T, and `mom2.count`, by which it is divided. Its name tells the layer
 *                 (transformer.h.5.mlp.c_proj_float32_mom2_100000.npz, of any precision and
 *                 sample, and with a model's or data set's name before it); a file whose name does
 *                 not serves one tensor
 *     a folder    of such .npz files, one a layer, or with them in folders of models and data sets
 *                 (MODEL/DATASET_stats), of which the nearest that have the layer count
 *
 * Names of layers may be those of another family (arch.h).
 */
typedef struct spx_moments spx_moments;
/* Free with spx_moments_close. SPX_EIO; SPX_EFORMAT. */
SPX_CHECKED spx_status spx_moments_open(const char *path, spx_moments **out, spx_error *err);
void spx_moments_close(spx_moments *m);
/* SHA-256 of the model whose keys they are; NULL if the file does not say. Borrowed. */
const char *spx_moments_model(const spx_moments *m);
/* C of a tensor, size x size, exactly symmetric; free with spx_mat_free. SPX_ENOTFOUND; SPX_ESHAPE;
 * SPX_EFORMAT if the count is not a number above 0; those of spx_moment_check (edit.h). Each names
 * the file. */
SPX_CHECKED spx_status spx_moments_read(spx_moments *m, const char *tensor, size_t size, spx_mat *C,
                                        spx_error *err);
/* B of a tensor, size x size, in the same way. SPX_ENOTFOUND if they were measured without
 * gradients, as .npz files are. */
SPX_CHECKED spx_status spx_moments_read_gradients(spx_moments *m, const char *tensor, size_t size,
                                                  spx_mat *B, spx_error *err);
/* SHA-256 of the file, or of the hashes of the files of n tensors in a folder. */
SPX_CHECKED spx_status spx_moments_hash(spx_moments *m, const char *const *tensor, size_t n,
                                        char out[SPX_SHA256_HEX], spx_error *err);

#endif
