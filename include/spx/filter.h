/* spx/filter.h: what is removed from a change before it is added to a weight. */
#ifndef SPX_FILTER_H
#define SPX_FILTER_H

#include "spx/svd.h"
#include "spx/update.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * W = sum_i s_i u_i v_i^T is the weight, m x n, outputs x inputs; dW a change of it.
 *
 * Masks. One operator, dW' = L ((L^T dW R) o M) R^T with complete bases L, R that begin with
 * U = [u_1 .. u_k] and V = [v_1 .. v_k]; M_ij is the share of the term u_i u_i^T dW v_j v_j^T that
 * is kept, 1 where neither index is below k. Only U and V are ever formed:
 *
 *     dW' = dW - U (diag(a) U^T dW + X V^T) - (dW V) diag(b) V^T
 *
 *     a_i = 1 - M_i*     b_j = 1 - M_*j     X = (1 - M_ij - a_i - b_j) o U^T dW V
 *
 * so what dW does in the null space of W is never lost, as it is with the tails of compact
 * singular vectors. Where M is an outer product, factors stay factors: A - U diag(a) U^T A and the
 * same for B, 4 (m + n) k r flops. Otherwise dW is multiplied out.
 *
 * In crisp the bases are eigenvectors of two second moments measured on text: L of B = E[g g^T], of
 * the gradients of the matrix's outputs, R of A = E[a a^T], of its inputs, whose Kronecker product
 * is the K-FAC curvature of the loss. M_ij = 0 where b_i a_j is among the largest products that
 * hold the share tau of tr A tr B, so that only directions along which the loss is flat are
 * written.
 *
 * Maps change the singular values of dW alone; entrywise filters choose among its entries.
 * revive-cap is both: revive on the batch's change, then spectral-cap on W + dW' - W0, whose bound
 * REVIVE lacks.
 *
 * The edge of edge-cap is that of the singular values of independent entries as large as W0's
 * (Marchenko and Pastur 1967): |W0|_F (1/sqrt m + 1/sqrt n).
 *
 * The table of filters is in libspectra/filter/kinds.c.
 */

/* A filter as a user asks for it; zero and NULL mean the filter's default. */
typedef struct spx_filter_spec {
    const char *name;   /* see spx_filter_at */
    const char *basis;  /* singular vectors of the "original" weight, the "current" or the "union";
                          "edited": of the weight with the change, W + dW */
    const char *energy; /* what tau is a share of: the "sum" of singular values or of "squares" */
    const char *count;  /* "eq5": k = min{ k : share >= tau }; "released": as the released code of
                           arXiv 2601.11042 counts, one less, so none if s_1 alone exceeds tau */
    const char *apply;  /* to the change of this "batch", or to W + dW - W0, "cumulative", where
                           soft filters act again on what they left of earlier changes */
    double tau;       /* share that is protected, (0, 1]; SPHERE's eta; crisp: of tr A tr B. Not an
                           error if unused */
    size_t k;         /* if > 0, this many directions instead; AlphaEdit: this many of C's */
    uint64_t seed;    /* of the random control's subspaces */
    double weight;    /* a in (0, 1]: 1 - a of what a mask removes is kept */
    double threshold; /* product: M_ij = 0 where s_i s_j >= threshold s_1^2; 0: s_k^2 instead.
                           alphaedit: eigenvalues of C from here on are protected, absolute */
    double alpha;     /* prune: base of the logarithm, > 1 */
    double keep;      /* rect: share of the entries that is kept, (0, 1]; scale: of the change */
    double noise;     /* dg-hard: standard deviation of an entry's noise; 0: by the median */
    double cap;       /* norm-cap: most |dW|_F / |W0|_F; spectral-cap, revive-cap: most s_1(dW) /
                           s_1(W0); edge-cap: over the edge of W0 */
    const spx_svd *decomposition;   /* of the weight given to spx_filter_new, if known already; used
                                     where it has enough triplets (spx_filter_reach) */
    const spx_mat *covariance;      /* alphaedit, crisp: n x n second moment of keys; borrowed */
    const spx_mat *gradient_moment; /* crisp: m x m second moment of output gradients; borrowed */
} spx_filter_spec;

/* A numeric parameter of filters: a row of spx_filter_params, from which options, plans and
 * provenance can be made. */
typedef struct spx_filter_param {
    const char *name; /* of an option and of an attribute: "tau"; "rank" is spec.k */
    size_t offset;    /* in spx_filter_spec: of a double, or of a size_t if `whole` */
    bool whole;       /* a whole number */
    bool common;      /* accepted, and ignored, by the filters that do not read it */
    double min, max;  /* valid: min < x <= max; not checked where x is `otherwise` */
    double otherwise; /* in a specification that does not set it: that of the filter's row holds */
    const char *value_name; /* for usage: "SHARE" */
    const char *help;       /* one line, defaults in brackets */
} spx_filter_param;
/* The table, *n rows; static storage. */
const spx_filter_param *spx_filter_params(size_t *n);
/* The value that spec has for a parameter; sets it. */
double spx_filter_number(const spx_filter_spec *spec, const spx_filter_param *p);
void spx_filter_set_number(spx_filter_spec *spec, const spx_filter_param *p, double x);
/* All that spec sets, but for seed and moments: "revive basis=edited tau=0.2". */
void spx_filter_text(const spx_filter_spec *spec, char *out, size_t room);

/* A filter at several values of one of its parameters. */
#define SPX_FILTER_VALUES 32
typedef struct spx_filter_sweep {
    spx_filter_spec filter;          /* but for that parameter */
    const spx_filter_param *param;   /* a row of spx_filter_params */
    double value[SPX_FILTER_VALUES]; /* its `otherwise`: the filter's own */
    size_t n;                        /* 1 .. SPX_FILTER_VALUES */
} spx_filter_sweep;
/* Reads values of a parameter, "0.2" or "0.2,0.3", into `value`. Returns how many they are; 0 if
 * the text is no list of at most SPX_FILTER_VALUES numbers in the parameter's domain. */
size_t spx_filter_values_read(const spx_filter_param *p, const char *text,
                              double value[SPX_FILTER_VALUES]);
/* The parameter that a sweep of `filter` is of where none has been chosen: the first that is a
 * number without `whole` and that the filter reads; tau if it reads none. */
const spx_filter_param *spx_filter_main_param(const char *filter);

/* A row of the table of filters. A default of NaN means that another rule holds where the parameter
 * is not given. */
typedef struct spx_filter_row {
    const char *name, *family; /* family: "none", "mask", "map", "entrywise" or "control" */
    const char *summary;
    const char *source; /* paper, equation, code */
    spx_filter_spec defaults;
    unsigned uses;              /* bit i: reads the parameter of row i of spx_filter_params */
    bool control;               /* a control for the other filters, not a method */
    bool needs_moment;          /* spec.covariance must be given */
    bool needs_gradient_moment; /* spec.gradient_moment too */
} spx_filter_row;
/* Row i of the table, NULL past its end. */
const spx_filter_row *spx_filter_at(size_t i);
/* The names that the texts of a spx_filter_spec may be, each a spx_name_fn of the table NULL: of
 * filters, and of what .basis, .energy, .count and .apply name. */
const char *spx_filter_name(const void *unused, size_t i);
const char *spx_filter_basis(const void *unused, size_t i);
const char *spx_filter_energy(const void *unused, size_t i);
const char *spx_filter_count(const void *unused, size_t i);
const char *spx_filter_apply_to(const void *unused, size_t i);
/* The row of that name, NULL if there is none. */
const spx_filter_row *spx_filter_find(const char *name);
/* True if that filter leaves every change as it is: "none", and NULL, the default. */
bool spx_filter_is_none(const char *name);

/**
 * Puts every default in place and checks the domain of each parameter.
 *
 * @param[out] out  may be NULL. Borrows spec's texts, decomposition and moments.
 * @return SPX_OK; SPX_EINVAL if a name is unknown, or a parameter is out of its domain or not the
 * filter's; the message lists the names or the domain.
 */
SPX_CHECKED spx_status spx_filter_resolve(const spx_filter_spec *spec, spx_filter_spec *out,
                                          spx_error *err);
/* The same of value i of a sweep. */
SPX_CHECKED spx_status spx_filter_resolve_swept(const spx_filter_sweep *s, size_t i,
                                                spx_filter_spec *out, spx_error *err);

/* The filter of one matrix: its original subspaces and those in force. */
typedef struct spx_filter spx_filter;

/**
 * A filter for changes of a matrix that is W0, m x n, now, which is also the original.
 *
 * @param[in]  W0   borrowed until the first refresh; copied only for cumulative application and for
 *                  rect on the original basis.
 * @param[out] out  free with spx_filter_free; NULL on failure.
 * @return SPX_OK; as spx_filter_resolve; SPX_EINVAL if a second moment that the filter needs is
 * missing; SPX_ESHAPE if it is not n x n (m x m); SPX_ENUMERIC; SPX_ENOMEM.
 * Cost one decomposition of W0 for masks and controls, of its values for prune and the caps, of
 * the moments for alphaedit and crisp.
 */
SPX_CHECKED spx_status spx_filter_new(const spx_filter_spec *spec, const spx_mat *W0,
                                      spx_filter **out, spx_error *err);
void spx_filter_free(spx_filter *f);

/* The leading triplets of a decomposition that the filter asks for, given all r singular values; 0
 * where it does not protect the dominant ones, or spec is not valid. */
size_t spx_filter_reach(const spx_filter_spec *spec, const double *s, size_t r);

/**
 * Brings the filter up to date with the weight as it is now; call before the first change of every
 * round.
 *
 * @param[in] W      borrowed until the next call.
 * @param[in] known  the decomposition of W, or NULL. Under basis current or union it saves one
 *                   decomposition if it has enough triplets.
 * @return SPX_OK; SPX_ENUMERIC; SPX_ENOMEM. On failure the directions in force are as before.
 */
SPX_CHECKED spx_status spx_filter_refresh(spx_filter *f, const spx_mat *W, const spx_svd *known,
                                          spx_error *err);

/* What an application removed: squared Frobenius norms. Under revive before - after is left + right
 * - block. */
typedef struct spx_filter_report {
    size_t k;                  /* directions protected on a side; the larger under union */
    double before, after;      /* ||dW||^2, ||dW'||^2 */
    double left, right, block; /* ||U^T dW||^2, ||dW V||^2, ||U^T dW V||^2 of dW as it came; 0 for
                                  filters without a basis */
} spx_filter_report;

/* Adds another application's report; k is the last one's. */
void spx_filter_report_add(spx_filter_report *sum, const spx_filter_report *r);
/* A report as it is stored and printed: filter_k, update_norm, written_norm, share_left,
 * share_right, share_block; the shares are of ||dW||^2. */
#define SPX_FILTER_QUANTITIES 6
const spx_quantity *spx_filter_quantities(void);
void spx_filter_values(const spx_filter_report *r, double value[SPX_FILTER_QUANTITIES]);

/**
 * Filters u in place: in its factors where the filter allows it, dense otherwise (then u has no
 * factors afterwards).
 *
 * @param[out] report  may be NULL.
 * @return SPX_OK; SPX_EINVAL if dg-hard's median is 0, as it is for a change of low rank;
 * SPX_ENUMERIC; SPX_ENOMEM.
 * Cost of masks: of factors 4 (m + n) k r flops, dense 8 m n k; of maps that of the decomposition
 * of u.
 */
SPX_CHECKED spx_status spx_filter_apply(const spx_filter *f, spx_update *u,
                                        spx_filter_report *report, spx_error *err);

/**
 * The directions in force in which no change that has passed has any part: U^T dW' = 0 (m x k) and
 * dW' V = 0 (n x l). Without columns where a side has none: maps, entrywise filters, masks that
 * leave a share. Borrowed until the next refresh.
 *
 * @return SPX_OK; SPX_EUNSUP for hard masks that exclude terms of the grid, not directions (block,
 * diagonal, product, crisp), and on the basis of the edited weight, which each change has its own
 * of.
 */
SPX_CHECKED spx_status spx_filter_excluded(const spx_filter *f, spx_mat *U, spx_mat *V,
                                           spx_error *err);

#endif
