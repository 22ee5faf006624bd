/* parts.h: what the files of this room share. */
#ifndef SPX_FILTER_PARTS_H
#define SPX_FILTER_PARTS_H

#include "spx/filter.h"

/* Where a filter's directions come from. */
typedef enum basis_from {
    FROM_NOTHING,
    FROM_TOP,     /* dominant singular vectors of W */
    FROM_TAIL,    /* the weakest, as many */
    FROM_RANDOM,  /* random ones, as many */
    FROM_PRODUCT, /* all that take part in a product of singular values above the threshold */
    FROM_ALL,     /* every singular vector, cut at the last dominant value */
    FROM_ROWS,    /* right singular vectors of W with its rows scaled to length 1 */
    FROM_KEYS,    /* eigenvectors of the second moment of keys */
    FROM_KFAC,    /* of the second moments of output gradients and of keys */
} basis_from;

typedef struct basis {
    spx_mat U, V; /* m x k, n x l, columns orthonormal; k or l may be 0 */
    double *s;    /* the singular values, where they are singular vectors; crisp: of U's columns */
    double *t;    /* crisp: the eigenvalues of V's columns */
    double cut;   /* product, crisp: least product that is removed; taper: s of which half is */
} basis;

#define OUTSIDE ((size_t)-1) /* an index beyond the basis */
/* The share of the term (i, j) that a mask removes, in [0, 1]. */
typedef double gone_fn(const basis *b, size_t i, size_t j);
gone_fn gone_revive, gone_left, gone_right, gone_block, gone_diagonal, gone_product, gone_taper,
    gone_crisp;

/* Rows of the table of parameters. */
enum { TAU, RANK, WEIGHT, THRESHOLD, ALPHA, KEEP, NOISE, CAP, PARAMS };

/* What a change has in a basis: squared, its shares; scaled, what a mask removes. */
typedef struct projection {
    spx_mat left;  /* U^T dW; of factors U^T A */
    spx_mat right; /* dW V; of factors V^T B */
    spx_mat block; /* U^T dW V; of factors {0} */
} projection;

/* Filters u in place. p: u's projection on the basis in force, which is destroyed; {0} where the
 * filter has no basis. */
typedef spx_status apply_fn(const spx_filter *f, spx_update *u, projection *p, spx_error *err);
apply_fn apply_mask, apply_matched, apply_map, apply_norm_cap, apply_scale, apply_rect,
    apply_rect_compat;

/* Maps the r largest of `all` singular values of a change, descending, in place; the others are
 * 0. */
typedef spx_status map_fn(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err);
map_fn map_prune, map_prune_linear, map_hard, map_cap, map_edge;

/* What a mask of weight 1 leaves nothing of. */
enum {
    LEFT = 1,  /* outputs in the basis */
    RIGHT = 2, /* inputs in the basis */
    TERMS = 4, /* terms of the grid: of neither side as a whole */
};

/* A row of the table of filters: what it is for users, and what it does and needs. */
typedef struct kind {
    spx_filter_row row;
    basis_from from;
    unsigned excludes; /* LEFT, RIGHT, TERMS */
    apply_fn *apply;   /* NULL: leaves the change as it is */
    apply_fn *then;    /* after it, to the cumulative change; NULL: nothing */
    gone_fn *gone;     /* of masks */
    map_fn *map;       /* of maps */
    bool one_basis;    /* not for the union of two bases, which has neither singular values nor a
                          pairing of its sides */
    bool needs_spectral_norm; /* s_1 of the original weight */
    bool reads_weight;        /* the entries of the weight whose basis is asked for */
} kind;

typedef enum which_basis { ORIGINAL, CURRENT, UNION, EDITED } which_basis;

struct spx_filter {
    const kind *kind;
    spx_filter_spec spec; /* resolved */
    which_basis which;
    bool cumulative;        /* applied to W + dW - W0 */
    basis first, later;     /* of the original weight; of the current one or of both; EDITED: found
                               for each change */
    const basis *in_force;  /* one of the two */
    spx_mat W0;             /* copy of the original weight, where it is needed */
    const spx_mat *W;       /* the weight as it is now; borrowed */
    double fro0, spectral0; /* ||W0||_F; s_1(W0), where it is needed */
};

/* kinds.c: row i of the table, NULL past its end. */
const kind *filter_kind(size_t i);

/* spec.c: spx_filter_resolve, and the row of the table. */
SPX_CHECKED spx_status filter_settle(const spx_filter_spec *spec, const kind **k,
                                     spx_filter_spec *out, spx_error *err);

/* basis.c: the directions of a filter for W; known: a decomposition of W, or NULL. */
SPX_CHECKED spx_status basis_find(const spx_filter_spec *spec, basis_from from, const spx_mat *W,
                                  const spx_svd *known, basis *out, spx_error *err);
/* A copy of n columns of Q. */
SPX_CHECKED spx_status basis_copy_columns(const spx_mat *Q, size_t rows, size_t from, size_t n,
                                          spx_mat *out, spx_error *err);
/* crisp.c: the directions of crisp for a weight of m outputs and n inputs. */
SPX_CHECKED spx_status basis_of_curvature(const spx_filter_spec *spec, size_t m, size_t n,
                                          basis *out, spx_error *err);
/* The leading triplets of a decomposition that the directions come from, given all values; 0 where
 * they are not the dominant ones. */
size_t basis_reach(const spx_filter_spec *spec, basis_from from, const double *s, size_t r);
/* *out <- an orthonormal basis of both spans, on each side. */
SPX_CHECKED spx_status basis_join(const basis *a, const basis *b, basis *out, spx_error *err);
void basis_free(basis *b);

/* masks.c: the projection of u on b, in tmp; and left, right and block of the report from it. */
SPX_CHECKED spx_status mask_project(const basis *b, const spx_update *u, projection *p,
                                    spx_scratch *tmp, spx_error *err);
SPX_CHECKED spx_status mask_shares(const projection *p, const spx_update *u, spx_filter_report *r,
                                   spx_error *err);

#endif
