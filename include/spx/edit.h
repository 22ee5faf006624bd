/* spx/edit.h: editors behind a table: closed forms, and hooks for what else sets them apart. */
#ifndef SPX_EDIT_H
#define SPX_EDIT_H

#include "spx/finetune.h"
#include "spx/gradients.h"
#include "spx/keys.h"
#include "spx/targets.h"
#include "spx/update.h"

/*
 * f = d_ff, d = d_model, n = facts of a batch, N = facts of all batches before it.
 * K (f x n) keys, R (d x n) what the layer's output should gain at each, C (f x f) the uncentred
 * second moment of keys, W (d x f) the weight, dW (d x f) its change.
 *
 * Most editors are one formula with a key cost B, the cost of changing what the layer does to other
 * keys:
 *     dW = R K^T (B + K K^T)^{-1} = R S^{-1} (M K)^T,    M = B^{-1},  S = I_n + K^T M K
 * (Woodbury), so that B is factored once per model and a batch costs O(f^2 n). Keys of earlier
 * batches that a sequential editor protects, B <- B + K_p K_p^T, are kept as M <- M - G G^T with G
 * f x N: 8 f N bytes a layer, reduced to f columns by an orthogonal change of columns once N > f.
 */

/* Hyperparameters; an editor reads those that its row lists in `uses`. */
typedef enum spx_edit_option {
    SPX_LAMBDA,              /* weight of C */
    SPX_LAMBDA_N,            /* weight of I beside it */
    SPX_LAMBDA_E,            /* EMMET: how far facts may be missed */
    SPX_L2,                  /* AlphaEdit, EvoEdit: weight of |dW|^2 */
    SPX_NULLSPACE_THRESHOLD, /* AlphaEdit: eigenvalues of C below it span the null space ... */
    SPX_NULLSPACE_ENERGY,    /* ... or, if > 0, all but the top ones that hold this share of tr C */
    SPX_NULLSPACE_KEPT,      /* ... or, if > 0, this many of the lowest */
    SPX_RECT_KEEP,           /* RECT: share of the entries that is written */
    SPX_PRUNE_ALPHA,         /* PRUNE: base of the logarithm */
    SPX_NEURON_THRESHOLD,    /* NSE: share of sum |k| whose neurons are written */
    SPX_RESIDUAL_MIN,        /* NSE: facts whose |z - h| is at most this are left alone ... */
    SPX_RESIDUAL_MAX,        /* ... and those whose |z - h| is at least this */
    SPX_MAX_ITERATIONS,      /* NSE: passes over a batch's facts */
    SPX_ARGMAX_HITS,         /* ENCORE: see spx_target_opts */
    SPX_ARGMAX_PREFIXED,     /* ENCORE: see spx_target_opts */
    SPX_MOM2_ADJUSTMENT,     /* ROME: 1 uses C, 0 uses I in its place */
    SPX_FT_LR,               /* FT: Adam's learning rate */
    SPX_FT_EPOCHS,           /* FT: passes over a batch's facts */
    SPX_FT_BATCH,            /* FT: facts per step */
    SPX_FT_STOP,             /* FT: loss at which a batch is done */
    SPX_FT_CLAMP,            /* FT-L: largest change of an entry */
    SPX_FT_SEED,             /* LocFT-BF: of the order of the facts in each epoch */
    SPX_GRADIENT_LR,         /* UltraEdit, StableEdit: how far outputs follow their gradients */
    SPX_GRADIENT_BATCH,      /* ... facts of one loss */
    SPX_STABLE_RIDGE,        /* StableEdit: weight of |dW|^2 */
    SPX_EDIT_OPTIONS
} spx_edit_option;

typedef struct spx_edit_opts {
    double value[SPX_EDIT_OPTIONS];
} spx_edit_opts;

/* Name in presets (a tool's option has '-' for '_'), domain, default, meaning. */
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
    bool whole;        /* spx_edit_choose is called later: do not choose entries yet */
} spx_bundle;

/* Below this reciprocal condition a solve in doubles keeps fewer than four certain digits (eps /
 * rcond > 2e-4); a driver warns. */
#define SPX_ILL_CONDITIONED 1e-12

/* How a solve went. */
typedef struct spx_edit_report {
    double rcond; /* smallest reciprocal condition of the systems solved (LAPACK dpocon, an
                     estimate); 1 where none was solved */
    size_t kept;  /* dimensions of the key space that may be written: f, or those of AlphaEdit's
                     or EvoEdit's null space */
} spx_edit_report;

typedef struct spx_editor spx_editor; /* a row of the table of editors; see below */

/* An editor at one layer: its key cost, factored, with the keys remembered so far. */
typedef struct spx_edit spx_edit;

/*
 * Checks that C (n x n) is a second moment of keys and makes it exactly symmetric. Whether it is
 * definite is left to spx_edit_open.
 * SPX_ENUMERIC for an entry that is not finite; SPX_EFORMAT if C is not symmetric, up to what sums
 * in float leave (1e-3 of the diagonal), or has a negative diagonal entry.
 */
SPX_CHECKED spx_status spx_moment_check(spx_mat *C, spx_error *err);

/*
 * Factors the key cost of one layer. C is f x f and copied; NULL where !spx_editor_needs_moment.
 * Free with spx_edit_close.
 * SPX_EINVAL for an option outside its domain; SPX_ENUMERIC if C is not finite or B not positive
 * definite (AlphaEdit: C not semidefinite); SPX_EFORMAT by spx_moment_check; SPX_ENOMEM.
 * Cost f^3 / 3 flops (Cholesky); AlphaEdit 4/3 f^3 and the smaller side of its null space.
 */
SPX_CHECKED spx_status spx_edit_open(const spx_editor *e, const spx_edit_opts *o, const spx_mat *C,
                                     size_t f, spx_edit **out, spx_error *err);
void spx_edit_close(spx_edit *s);

/*
 * The change that writes a batch. dW has factors of rank n where the editor's change has that rank,
 * and is dense otherwise; free it with spx_update_free. report may be NULL.
 * SPX_EINVAL if W is missing or the editor cannot write n facts at once; SPX_ENUMERIC if an inner
 * system is not positive definite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_edit_solve(const spx_edit *s, const spx_bundle *b, spx_update *dW,
                                      spx_edit_report *report, spx_error *err);
/* Reduces a whole change of W to the entries that the editor writes, dense: .choose_entries. Leaves
 * it as it is for editors that write every entry. */
SPX_CHECKED spx_status spx_edit_choose(const spx_edit *s, const spx_mat *W, spx_update *dW,
                                       spx_error *err);
/* B <- B + K K^T: protects keys (f x m) in all batches to come, O(f^2 m + f N m); or .remember. */
SPX_CHECKED spx_status spx_edit_remember(spx_edit *s, const spx_mat *K, spx_error *err);
/* Dimensions of the key space that may be written now. */
size_t spx_edit_kept(const spx_edit *s);
/* Makes total, the change W - W0, what the editor hands over when it is done, dense: .finish.
 * Leaves its values as they are for editors that finish nothing. */
SPX_CHECKED spx_status spx_edit_finish(const spx_edit *s, const spx_mat *W0, spx_update *total,
                                       spx_error *err);

/*
 * A change that stands in a weight whole until the editor chooses among its entries, once every
 * layer of the batch is solved (.defers). Start from {0}; free with spx_deferred_free.
 */
typedef struct spx_deferred {
    spx_update dW; /* rounded to float */
    spx_mat K;     /* f x n keys that it writes */
    float *before; /* d x f: the weight without it */
} spx_deferred;
/* Copies dW, rounded, and K into *out, and adds dW to w (d x f floats without gaps).
 * SPX_ENOMEM; SPX_ENUMERIC as spx_update_write; w is unchanged then. */
SPX_CHECKED spx_status spx_deferred_put(const spx_update *dW, const spx_mat *K, float *w,
                                        spx_deferred *out, spx_error *err);
/* Restores w and moves the change into *dW (freed by the caller), reduced by spx_edit_choose to the
 * entries to write; W: the same weight in doubles. */
SPX_CHECKED spx_status spx_deferred_choose(spx_deferred *d, const spx_edit *s, const spx_mat *W,
                                           float *w, spx_update *dW, spx_error *err);
void spx_deferred_free(spx_deferred *d);

/*
 * The hooks of a row. Those that compute a change see matrices alone; .targets and .train meet the
 * model through targets.h and finetune.h.
 */
typedef struct spx_key_cost spx_key_cost; /* edit/key_cost.h */

/* B of a layer. C (f x f; {0} where the row needs none) may be destroyed, or moved into *out and
 * cleared. *out comes as B = I. */
typedef spx_status spx_edit_cost_fn(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out,
                                    spx_error *err);
/* dW = A B^T: A (d x n) comes holding R, B (f x n) zeros; *rcond is lowered. */
typedef spx_status spx_edit_solve_fn(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                                     double *rcond, spx_error *err);
/* The facts of a batch that are written in a pass, given R = Z - H (d x n): writes their indices,
 * ascending, and returns how many there are. */
typedef size_t spx_edit_facts_fn(const spx_edit_opts *o, const spx_mat *R, size_t *fact);
/* Changes a dense dW of the weight W in place. */
typedef spx_status spx_edit_dense_fn(const spx_edit_opts *o, const spx_mat *W, spx_update *dW,
                                     spx_error *err);
/* Protects keys K (f x m) in all batches to come. */
typedef spx_status spx_edit_remember_fn(spx_key_cost *c, const spx_mat *K, spx_error *err);
/* Sets what the editor asks of the search for targets. */
typedef void spx_edit_targets_fn(const spx_edit_opts *o, spx_target_opts *out);
/* Trains a change of a layer's FFN output projection on the batch's bare prompts, in place of
 * targets and solves: spx_finetune with the editor's settings, `rows` positions at once. */
typedef spx_status spx_edit_train_fn(const spx_edit_opts *o, const spx_model *m,
                                     const spx_prompts *p, size_t layer, size_t rows, spx_mat *dW,
                                     spx_finetune_report *report, spx_error *err);

/* R (d x T) <- what the outputs at T positions should gain, given their features H (f x T) and
 * output gradients G (d x T) as a model yields them, and the statistics of all of them so far. */
typedef spx_status spx_edit_gains_fn(const spx_edit_opts *o, const spx_running *r, const spx_mat *H,
                                     const spx_mat *G, spx_mat *R, spx_error *err);

/*
 * A row of the table: what a driver asks of an editor. False, 0 and NULL stand for what most
 * editors do.
 *
 *     editor        B                      remembers  feedback  others
 *     memit         lambda C               -          -
 *     memit-seq     lambda C               yes        yes
 *     encore        lambda C + lambda_n I  yes        yes       targets
 *     alphaedit     l2 on null(C)          yes        -
 *     evoedit       l2 on null(C)          yes        -         remembers_written, remember
 *     nse           lambda C               yes        -         original_targets, choose_facts
 *     emmet         lambda C + lambda_n I  -          -
 *     rome          C                      -          -         one_layer, one_fact, site, key_mean
 *     r-rome        C                      -          -         one_layer, one_fact, site, key_mean
 *     rect          lambda C               -          -         choose_entries
 *     rect-compat   lambda C               -          -         choose_entries, defers
 *     prune         lambda C               -          -         finish
 *     prune-linear  lambda C               -          -         finish
 *     prune-compat  lambda C               -          -         finish
 *     prune-encore  lambda C               -          -         finish, finishes_round
 *     ridge         lambda I               -          -
 *     ft            none                   -          -         one_layer, train
 *     ft-l          none                   -          -         one_layer, train
 *     ft-m          none                   -          -         one_layer, train
 *     locft-bf      none                   -          -         one_layer, ends_targets, train
 *     ultraedit     I                      -          -         gains
 *     ultraedit-compat
 *                   I                      -          -         gains, running
 *     stableedit    stable_ridge I         -          -         gains, running
 *
 * Rows whose B contains C have needs_moment; rows with a B have cost and solve.
 */
struct spx_editor {
    const char *name, *summary;
    const char *source; /* paper and equation */
    unsigned uses;      /* options it reads: 1U << SPX_LAMBDA | ... */

    bool needs_moment;      /* reads C (ROME: unless mom2_adjustment is 0) */
    bool remembers;         /* after a batch its keys, read anew on the edited model, enter B */
    bool remembers_written; /* the keys as they were written, not read anew */
    bool feedback;          /* B stays definite and explicit, so it can keep a debt (feedback.h) */
    bool one_layer;         /* edits a single layer */
    bool one_fact;          /* writes facts one after another: a batch is one fact */
    bool original_targets;  /* targets are found on the model as it was before any edit */
    bool ends_targets;      /* every target is followed by the token that ends a text */
    bool defers;           /* entries are chosen once all layers of a batch are solved: later layers
                              see the whole changes of the earlier ones */
    bool finishes_round;   /* .finish is given the last round's change and the weight before it */
    spx_target_site site;  /* what z is a value of, and so what R is taken from */
    spx_key_mean key_mean; /* how a fact's key is made of its contexts' */

    spx_edit_cost_fn *cost;
    spx_edit_solve_fn *solve;
    spx_edit_remember_fn *remember;    /* NULL: B <- B + K K^T */
    spx_edit_facts_fn *choose_facts;   /* on the first layer of each pass; NULL: all facts */
    spx_edit_dense_fn *choose_entries; /* given the weight; NULL: all entries */
    spx_edit_dense_fn *finish;         /* given the original weight; NULL: as the run left it */
    spx_edit_targets_fn *targets;      /* NULL: the search is as the user set it */
    spx_edit_train_fn *train;          /* NULL: the editor solves */
    spx_edit_gains_fn *gains; /* in place of targets and keys: every layer's K and R come from
                                 gradients of the model as the batch begins; NULL: targets */
    spx_running_rule running; /* of .gains */
};
const spx_editor *const *spx_editors(size_t *n);
/* The name of editor i, a spx_name_fn of the table NULL. */
const char *spx_editor_name(const void *unused, size_t i);
/* *out is NULL, and the status SPX_EINVAL with the list of names, if none has that name. */
SPX_CHECKED spx_status spx_editor_find(const char *name, const spx_editor **out, spx_error *err);
/* The rule (targets.h) of that name, as this editor may take it; name NULL: the editor's own, which
 * is spread. *out is NULL for editors that train or follow gradients. SPX_EINVAL with the list of
 * names if none has that name, or with the reason if the editor cannot take it: it searches no
 * targets, writes one layer (fe, blue), or takes targets from the original model (blue). */
SPX_CHECKED spx_status spx_editor_rule(const spx_editor *e, const char *name,
                                       const spx_target_rule **out, spx_error *err);
/* True if spx_edit_open must be given C under these options. */
bool spx_editor_needs_moment(const spx_editor *e, const spx_edit_opts *o);
/* How often a batch is gone over: max_iterations for editors that read it, else once. */
size_t spx_editor_passes(const spx_editor *e, const spx_edit_opts *o);

#endif
