/* memit.c: MEMIT and the editors that differ from it in B alone.
 *
 *     dW = R K^T (B + K K^T)^{-1} = R (Y S^{-1})^T,    Y = B^{-1} K,  S = I_n + K^T Y
 *
 *     memit      B = lambda C                      Meng, Sen Sharma, Andonian, Belinkov and Bau,
 *                                                  ICLR 2023, Eq. 14 (memit/memit_main.py)
 *     memit-seq  B = lambda C + K_p K_p^T          the same with a key history (AlphaEdit's
 *                                                  memit/memit_seq_main.py, cache_c)
 *     encore     B = lambda C + lambda_n I         Gupta et al. 2025, arXiv 2502.01636
 *                    + K_p K_p^T                   (encore/encore_main.py, update_norm_lambda)
 *     ridge      B = lambda I                      no statistics at all: the control
 *
 * S is symmetric positive definite with eigenvalues of at least 1. */
#include "edit/editors.h"

#include "spx/linalg.h"

spx_status edit_memit_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    spx_mat_scale(C, o->value[SPX_LAMBDA]);
    return key_cost_from_matrix(C, out, err);
}

spx_status edit_encore_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    spx_mat_scale(C, o->value[SPX_LAMBDA]);
    for (size_t i = 0; i < C->rows; i++) C->data[i * C->ld + i] += o->value[SPX_LAMBDA_N];
    return key_cost_from_matrix(C, out, err);
}

static spx_status ridge_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    (void)C;
    (void)err;
    out->scale = 1 / o->value[SPX_LAMBDA];
    return SPX_OK;
}

spx_status edit_ridge_factor(const spx_key_cost *c, const spx_mat *K, double shift, spx_mat *B,
                             double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat S, T;
    const size_t n = K->cols, f = K->rows;
    SPX_TRY(spx_mat_scratch(&tmp, &S, n, n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &T, n, f, err));
    SPX_TRY(key_cost_solve(c, K, B, err));
    SPX_TRY(key_cost_inner(K, B, shift, &S, rcond, err));
    spx_mat_transpose(&T, B);
    SPX_TRY(spx_linalg_cholesky_solve(&S, &T, err)); /* S^{-1} Y^T */
    spx_mat_transpose(B, &T);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status edit_ridge_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                            double *rcond, spx_error *err)
{
    (void)A;
    return edit_ridge_factor(&s->cost, b->K, 1, B, rcond, err);
}

static void encore_targets(const spx_edit_opts *o, spx_target_opts *out)
{
    out->argmax_hits = (size_t)o->value[SPX_ARGMAX_HITS];
    out->argmax_prefixed = o->value[SPX_ARGMAX_PREFIXED] != 0;
}

const spx_editor edit_memit = {
    .name = "memit",
    .summary = "each batch by itself, other keys guarded by lambda C",
    .source = "Meng et al. 2023, Eq. 14",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
};
const spx_editor edit_memit_seq = {
    .name = "memit-seq",
    .summary = "MEMIT with the keys of all earlier batches guarded too",
    .source = "Meng et al. 2023, Eq. 14, with K_p K_p^T added",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .remembers = true,
    .feedback = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
};
const spx_editor edit_encore = {
    .name = "encore",
    .summary = "MEMIT-seq with lambda_n |dW|^2 on every batch",
    .source = "arXiv 2502.01636",
    .uses =
        1U << SPX_LAMBDA | 1U << SPX_LAMBDA_N | 1U << SPX_ARGMAX_HITS | 1U << SPX_ARGMAX_PREFIXED,
    .needs_moment = true,
    .remembers = true,
    .feedback = true,
    .cost = edit_encore_cost,
    .solve = edit_ridge_solve,
    .targets = encore_targets,
};
const spx_editor edit_ridge = {
    .name = "ridge",
    .summary = "lambda I in place of lambda C: no statistics",
    .source = "Tikhonov 1963",
    .uses = 1U << SPX_LAMBDA,
    .cost = ridge_cost,
    .solve = edit_ridge_solve,
};
