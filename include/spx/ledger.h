/* spx/ledger.h: every change of a run, kept so that any stage can be rebuilt without the model. */
#ifndef SPX_LEDGER_H
#define SPX_LEDGER_H

#include "spx/ckpt.h"
#include "spx/filter.h"
#include "spx/names.h"
#include "spx/store.h"

/*
 * In the run file, for an edited matrix W of d outputs and f inputs:
 *
 *   ledger/<tensor>           a group
 *     base      d x f         W before the first round
 *   ledger/<tensor>/<stage>   what the round that led to the stage did to W
 *     A, B      d x n, f x n  W <- float(W + A B^T), one write after another, ...
 *     writes    1 x w         ... each of that many columns, in order (spx_update_write)
 *     weight    d x f         instead of the three, if some write had no factors: W after the round
 *     finished  d x f         W as the stage has it, if the editor hands over another weight than
 *                             the one with which it continues (PRUNE)
 *     gram      n x n         K^T K of the columns' keys
 *     edits     1 x n         id of the record that each column is for (facts.h)
 *     attributes filter_k, update_norm2, written_norm2, left, right, block: what the filter took
 *                             out; squared Frobenius norms (spx_filter_report)
 *
 * Matrices are floats; writes and edits are doubles. The factors are rounded to float before they
 * are written to the weight, so base and factors give the same bits as the run had. A round of n
 * facts takes 4 (d + f + n) n bytes a matrix (845 kB for 100 facts in 576 x 1536), a whole weight
 * 4 d f; base takes 4 d f once.
 */

/* One matrix's round. Start from {0}; everything in it is owned. */
typedef struct spx_ledger_round {
    spx_update dW;             /* the factors of all writes side by side; dense: {0} */
    double *writes, *edits;    /* columns of each write; ids */
    size_t n_writes, n_edits;  /* n_edits: the number of columns, or of keys where dense */
    float *weight, *finished;  /* d x f, or NULL */
    spx_mat gram;              /* of the keys given; {0} without */
    spx_filter_report removed; /* summed over the writes */
    bool dense;                /* some write had no factors */
    spx_mat keys;              /* f x n_edits, while a round is being added to; not stored */
} spx_ledger_round;
void spx_ledger_round_free(spx_ledger_round *r);

/**
 * Notes one write of a round.
 * @param[in] u    already rounded (spx_update_round); copied.
 * @param[in] K    f x n keys that its n columns (or, dense, the change) are for; copied. NULL if
 *                 the change has none; the round then keeps no Gram matrix.
 * @param[in] ids  n records' ids.
 */
SPX_CHECKED spx_status spx_ledger_add(spx_ledger_round *r, const spx_update *u, const spx_mat *K,
                                      const double *ids, size_t n, const spx_filter_report *removed,
                                      spx_error *err);

/* Keeps W before the first round, rows x cols floats. */
SPX_CHECKED spx_status spx_ledger_begin(spx_store *s, const char *tensor, const float *w,
                                        size_t rows, size_t cols, spx_error *err);

/* A matrix's weights at the end of a round, rows x cols floats each; borrowed. */
typedef struct spx_ledger_weights {
    const float *weight;   /* with which the editor continues; kept if the round is dense */
    const float *finished; /* as the stage has it; NULL: the same */
    size_t rows, cols;
} spx_ledger_weights;
/* Keeps a round. */
SPX_CHECKED spx_status spx_ledger_put(spx_store *s, const char *tensor, const char *stage,
                                      const spx_ledger_round *r, const spx_ledger_weights *w,
                                      spx_error *err);

/* Bytes of floats that a round takes in the file. */
size_t spx_ledger_bytes(const spx_ledger_round *r, size_t rows, size_t cols);

/* True if the file has a ledger. */
bool spx_ledger_is_kept(const spx_store *s);
/* Names of the tensors in it; free with spx_store_names_free, after a failure too. SPX_ENOTFOUND if
 * there is no ledger. */
SPX_CHECKED spx_status spx_ledger_tensors(const spx_store *s, char ***names, size_t *n,
                                          spx_error *err);
/* Those of them that match the globs (spx_names_match); SPX_ENOTFOUND if none does. */
SPX_CHECKED spx_status spx_ledger_chosen(const spx_store *s, const spx_names *globs, char ***names,
                                         size_t *n, spx_error *err);

/* W before the first round; *w is freed with spx_free. */
SPX_CHECKED spx_status spx_ledger_base(const spx_store *s, const char *tensor, float **w,
                                       size_t *rows, size_t *cols, spx_error *err);
/* Reads the round that led to a stage; rows and cols are those of the base. SPX_ENOTFOUND if it is
 * not there; SPX_EFORMAT if its parts do not fit each other. */
SPX_CHECKED spx_status spx_ledger_read(const spx_store *s, const char *tensor, const char *stage,
                                       size_t rows, size_t cols, spx_ledger_round *out,
                                       spx_error *err);
/* The same for the stage of that index, 1 or more. */
SPX_CHECKED spx_status spx_ledger_read_at(const spx_store *s, const char *tensor, size_t stage,
                                          size_t rows, size_t cols, spx_ledger_round *out,
                                          spx_error *err);

/* What a round that was read did to `before`, the weight before it: a copy of its factors, or the
 * difference of two weights; {0} if nothing was written. Free with spx_update_free. */
SPX_CHECKED spx_status spx_ledger_change(const spx_ledger_round *r, const float *before,
                                         size_t rows, size_t cols, spx_update *out, spx_error *err);
/* w, the weight before the round, becomes the one with which the run continued: the same bits. */
SPX_CHECKED spx_status spx_ledger_replay(const spx_ledger_round *r, float *w, size_t rows,
                                         size_t cols, spx_error *err);
/* The weight as the stage of index `stage` has it, from base and all rounds up to it: the same bits
 * as in the run. *w is freed with spx_free. Cost 2 d f n flops a round. */
SPX_CHECKED spx_status spx_ledger_rebuild(const spx_store *s, const char *tensor, size_t stage,
                                          float **w, size_t *rows, size_t *cols, spx_error *err);
/**
 * Opens RUN.h5#STAGE out of the ledger, for stages whose weights were not kept: every tensor is
 * rebuilt, in its checkpoint's orientation. "last" is the last stage's, with which the run
 * continues.
 * @return SPX_OK; SPX_ENOTFOUND if the run kept no ledger or has no such stage; SPX_EFORMAT.
 */
SPX_CHECKED spx_status spx_ledger_open(const char *path, spx_ckpt **out, spx_error *err);

#endif
