/* spx/filter.h: what is taken out of an update before it is added to a weight. */
#ifndef SPX_FILTER_H
#define SPX_FILTER_H

#include "spx/mat.h"

#include <stdint.h>

/* A filter as a user asks for it. */
typedef struct spx_filter_spec {
    const char *name;  /* "none", "revive", "random", "norm-matched" */
    const char *basis; /* "original", "current" or "union" of the two; NULL: current */
    double tau;        /* share of the sum of singular values that is protected, or ... */
    size_t k;          /* ... if > 0, this many directions */
    uint64_t seed;     /* of the random control's subspaces */
} spx_filter_spec;

/* SPX_EINVAL if a name is unknown or tau and k are out of range; the message lists the names. */
SPX_CHECKED spx_status spx_filter_check(const spx_filter_spec *spec, spx_error *err);

/* One matrix's filter: its original subspaces and the basis in force. */
typedef struct spx_filter spx_filter;

/* For updates of a matrix that now is W0 (m x n). Keeps copies; spec's texts are borrowed. */
SPX_CHECKED spx_status spx_filter_new(const spx_filter_spec *spec, const spx_mat *W0,
                                      spx_filter **out, spx_error *err);
void spx_filter_free(spx_filter *f);

/* Brings the basis up to date with the weight as it is now (no work for original). Call before the
 * first update of every round. */
SPX_CHECKED spx_status spx_filter_refresh(spx_filter *f, const spx_mat *W, spx_error *err);

/* What an application took out: squared Frobenius norms. removed = left + right - block. */
typedef struct spx_filter_report {
    size_t k;                  /* directions protected on each side */
    double before, after;      /* ||dW||^2, ||dW'||^2 */
    double left, right, block; /* ||U^T dW||^2, ||dW V||^2, ||U^T dW V||^2 */
} spx_filter_report;

/**
 * REVIVE (arXiv 2601.11042), thin projector form:
 *     dW' = (I - U U^T) dW (I - V V^T),
 * the update without every term alpha_ij u_i v_j^T with i <= k or j <= k. Nothing outside the
 * protected subspaces is lost, the null space of W included.
 * random: U and V random orthonormal, same k. norm-matched: dW ||revive(dW)||_F / ||dW||_F.
 *
 * @param[in,out] dW      m x n.
 * @param[out]    report  may be NULL.
 */
SPX_CHECKED spx_status spx_filter_apply(const spx_filter *f, spx_mat *dW, spx_filter_report *report,
                                        spx_error *err);
/* The same for dW = A B^T with A m x r, B n x r, in O((m + n) k r) and without an m x n temporary.
 */
SPX_CHECKED spx_status spx_filter_apply_factored(const spx_filter *f, spx_mat *A, spx_mat *B,
                                                 spx_filter_report *report, spx_error *err);

#endif
