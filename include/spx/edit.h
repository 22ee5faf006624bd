/* spx/edit.h: closed-form editors behind a table. They know matrices, not models. */
#ifndef SPX_EDIT_H
#define SPX_EDIT_H

#include "spx/update.h"

/*
 * f = d_ff, d = d_model, n = facts of a batch, N = facts of all batches before it.
 * K (f x n) keys, R (d x n) what the layer's output should gain at each, C (f x f) the uncentred
 * second moment of keys, W (d x f) the weight, dW (d x f) its change.
 *
 * Most editors are one formula with their own cost B of moving other keys:
 *     dW = R K^T (B + K K^T)^{-1} = R S^{-1} (M K)^T,    M = B^{-1},  S = I_n + K^T M K
 * (Woodbury), so that B is factored once per model and a batch costs O(f^2 n). Keys of earlier
 * batches that a sequential editor protects, B <- B + K_p K_p^T, are kept as M <- M - G G^T with G
 * f x N: 8 f N bytes a layer, cut back to f columns by an orthogonal change of columns once N > f.
 */

/* Hyperparameters; an editor reads those that its row names. */
typedef enum spx_edit_option {
    SPX_LAMBDA,              /* weight of C */
    SPX_LAMBDA_N,            /* weight of I beside it */
    SPX_LAMBDA_E,            /* EMMET: how far facts may be missed */
    SPX_L2,                  /* AlphaEdit: weight of |dW|^2 */
    SPX_NULLSPACE_THRESHOLD, /* AlphaEdit: eigenvalues of C below it span the null space ... */
    SPX_NULLSPACE_ENERGY,    /* ... or, if > 0, all but the top ones that hold this share of tr C */
    SPX_NULLSPACE_KEPT,      /* ... or, if > 0, the lowest so many */
    SPX_RECT_KEEP,           /* RECT: share of the entries that is written */
    SPX_PRUNE_ALPHA,         /* PRUNE: base of the logarithm */
    SPX_NEURON_THRESHOLD,    /* NSE: share of sum |k| whose neurons are written */
    SPX_RESIDUAL_MIN,        /* NSE: facts whose |z - h| is at most this are left alone */
    SPX_RESIDUAL_MAX,        /* NSE: or at least this */
    SPX_MAX_ITERATIONS,      /* NSE: passes over a batch's facts */
    SPX_ARGMAX_HITS,         /* ENCORE: see spx_target_opts */
    SPX_ARGMAX_PREFIXED,     /* ENCORE: see spx_target_opts */
    SPX_MOM2_ADJUSTMENT,     /* ROME: 1 uses C, 0 has I in its place */
    SPX_FT_LR,               /* FT: Adam's rate */
    SPX_FT_EPOCHS,           /* FT: passes over a batch's facts */
    SPX_FT_BATCH,            /* FT: facts a step */
    SPX_FT_STOP,             /* FT: loss at which a batch is done */
    SPX_FT_CLAMP,            /* FT-L: most that an entry may change */
    SPX_EDIT_OPTIONS
} spx_edit_option;

typedef struct spx_edit_opts {
    double value[SPX_EDIT_OPTIONS];
} spx_edit_opts;

/* Name in presets (options of tools have '-' for '_'), domain, default, meaning. */
typedef struct spx_edit_option_row {
    const char *name;
    double min, max, otherwise;
    bool whole;
    const char *help;
} spx_edit_option_row;
const spx_edit_option_row *spx_edit_option_rows(void); /* SPX_EDIT_OPTIONS of them */
spx_edit_opts spx_edit_defaults(void);

/* One batch at one layer; all borrowed. */
typedef struct spx_bundle {
    const spx_mat *K;  /* f x n keys, averaged over contexts */
    const spx_mat *R;  /* d x n */
    const spx_mat *Kc; /* f x n keys of the bare prompts (ROME); NULL: K */
    const spx_mat *W;  /* d x f, the weight as it is (RECT, R-ROME); NULL where not read */
    bool whole;        /* RECT's choice of entries is left to spx_edit_choose */
} spx_bundle;

/* Below this reciprocal condition fewer than four digits of a solve in doubles are certain (eps /
 * rcond > 2e-4); a driver says so. */
#define SPX_ILL_CONDITIONED 1e-12

/* How a solve went. */
typedef struct spx_edit_report {
    double rcond; /* smallest reciprocal condition of the systems solved (LAPACK dpocon, estimate);
                     1 where none was */
    size_t kept;  /* dimensions of the key space that may be written: f, or those of AlphaEdit's
                     null space */
} spx_edit_report;

typedef struct spx_editor spx_editor; /* a row; see below */

/* One layer's editor: its B in a form that is solved with, and the history that went into it. */
typedef struct spx_edit spx_edit;

/* SPX_ENUMERIC for an entry of C (n x n) that is not finite; SPX_EFORMAT if C is not symmetric (but
 * for what summing in float leaves) or its diagonal has a negative entry. It becomes exactly
 * symmetric. */
SPX_CHECKED spx_status spx_moment_check(spx_mat *C, spx_error *err);

/**
 * @param[in] C  f x f, copied; NULL where !spx_editor_needs_moment.
 * @return SPX_OK; SPX_EINVAL for an option outside its domain; SPX_ENUMERIC if C is not finite or B
 *         not positive definite, AlphaEdit: C not semidefinite; SPX_EFORMAT if C is no second
 * moment otherwise (spx_moment_check); SPX_ENOMEM. Cost f^3 / 3 flops (Cholesky), AlphaEdit 4/3 f^3
 * and the smaller side of its null space.
 */
SPX_CHECKED spx_status spx_edit_open(const spx_editor *e, const spx_edit_opts *o, const spx_mat *C,
                                     size_t f, spx_edit **out, spx_error *err);
void spx_edit_close(spx_edit *s);

/**
 * The change that writes a batch.
 * @param[out] dW      in factors of rank n where that is exact, else dense. Free with
 *                     spx_update_free.
 * @param[out] report  may be NULL.
 * @return SPX_OK; SPX_ENUMERIC if an inner system is not positive definite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_edit_solve(const spx_edit *s, const spx_bundle *b, spx_update *dW,
                                      spx_edit_report *report, spx_error *err);
/* Of a whole change of W the entries that the editor writes, dense (RECT; others write all). */
SPX_CHECKED spx_status spx_edit_choose(const spx_edit *s, const spx_mat *W, spx_update *dW,
                                       spx_error *err);
/* B <- B + K K^T: protects keys (f x m) in all batches to come. O(f^2 m + f N m). */
SPX_CHECKED spx_status spx_edit_remember(spx_edit *s, const spx_mat *K, spx_error *err);
/* total, the cumulative change W - W0, becomes what the editor leaves of it when it is done, dense
 * (PRUNE; others leave all of it). */
SPX_CHECKED spx_status spx_edit_finish(const spx_edit *s, const spx_mat *W0, spx_update *total,
                                       spx_error *err);

/* Editors without a closed form are trained by the driver (finetune.h); they cannot be solved. */
typedef enum spx_edit_training {
    SPX_TRAINS_NOTHING,
    SPX_TRAINS_UNSEEN, /* SPX_FINETUNE_LAST */
    SPX_TRAINS_FORCED, /* SPX_FINETUNE_FORCED */
} spx_edit_training;

/* What a driver must know of an editor. */
struct spx_editor {
    const char *name, *summary;
    const char *source; /* paper and equation */
    unsigned uses;      /* options it reads: 1u << SPX_LAMBDA | ... */
    bool moment;        /* reads C (ROME: unless mom2_adjustment is 0) */
    bool history;       /* after a batch its keys, recomputed on the edited model, are remembered */
    bool one_layer;     /* edits a single layer */
    bool one_fact;      /* ROME's kind: facts one after another, flat means of keys, v* at the FFN's
                           output */
    bool rewinds;       /* targets are found on the original model; facts are tried again */
    bool finishes;      /* spx_edit_finish changes something */
    bool finishes_last; /* ... and is given the last batch's change and the weight before it */
    bool chooses_last;  /* later layers see the earlier ones' whole changes; the entries are chosen
                           when all layers are solved */
    spx_edit_training trains;
    const struct spx_editor_code *code; /* edit/editors.h; NULL: it trains */
};
const spx_editor *const *spx_editors(size_t *n);
/* NULL and SPX_EINVAL with the list of names if there is none of that name. */
SPX_CHECKED spx_status spx_editor_find(const char *name, const spx_editor **out, spx_error *err);
bool spx_editor_needs_moment(const spx_editor *e, const spx_edit_opts *o);

#endif
