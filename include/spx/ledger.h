/* spx/ledger.h: every change of a run, kept so that any stage can be made again without the model.
 */
#ifndef SPX_LEDGER_H
#define SPX_LEDGER_H

#include "spx/ckpt.h"
#include "spx/filter.h"
#include "spx/store.h"

/*
 * In the run file, for an edited matrix W of d outputs and f inputs:
 *
 *   ledger/<tensor>            base (d x f): W before the first round
 *   ledger/<tensor>/<stage>    what the round that led to the stage did to it:
 *     A (d x n), B (f x n)     W <- float(W + A B^T), a write after the other, ...
 *     writes (1 x w)           ... each of so many columns, in order (spx_update_write)
 *     weight (d x f)           instead of the three, where a write had no factors: W after the
 * round finished (d x f)         W as the stage has it, where the editor hands over another than
 * the one it goes on with (PRUNE) gram (n x n)             K^T K of the keys of the columns edits
 * (1 x n)            id of the record behind each column (facts.h) attributes filter_k;
 * update_norm2, written_norm2, left, right, block: what the filter took out, squared Frobenius
 * norms (filter.h)
 *
 * All matrices are floats but writes and edits. The factors are rounded to float before they are
 * written to the weight, so base and factors give the same bits as the run had. A round of n facts
 * takes 4 (d + f + n) n bytes a matrix (845 kB for 100 facts in 576 x 1536), against 4 d f for a
 * whole weight; base takes 4 d f once.
 */

/* One matrix's round. Start from {0}; all owned. */
typedef struct spx_ledger_round {
    spx_update dW;             /* the factors of all writes side by side; dense: {0} */
    double *writes, *edits;    /* columns of each write; ids */
    size_t n_writes, n_edits;  /* n_edits is the number of columns, or of keys where dense */
    float *weight, *finished;  /* or NULL */
    spx_mat gram;              /* of the keys given; {0} without */
    spx_filter_report removed; /* summed over the writes */
    bool dense;                /* a write had no factors */
    spx_mat keys;              /* f x n_edits, while a round is being added to; not stored */
} spx_ledger_round;
void spx_ledger_round_free(spx_ledger_round *r);

/**
 * Notes one write of a round.
 * @param[in] u    already rounded (spx_update_round); copied.
 * @param[in] K    f x n keys behind its n columns (or, dense, behind the change); copied. NULL
 * where a change has none; the round then keeps no Gram matrix.
 * @param[in] ids  n records' ids.
 */
SPX_CHECKED spx_status spx_ledger_add(spx_ledger_round *r, const spx_update *u, const spx_mat *K,
                                      const double *ids, size_t n, const spx_filter_report *removed,
                                      spx_error *err);

/* W before the first round, d x f floats. */
SPX_CHECKED spx_status spx_ledger_begin(spx_store *s, const char *tensor, const float *w,
                                        size_t rows, size_t cols, spx_error *err);
/* Keeps a round. weight: W as the editor goes on with it, kept where the round is dense; finished:
 * W as the stage has it, or NULL where it is the same. Both d x f. */
SPX_CHECKED spx_status spx_ledger_put(spx_store *s, const char *tensor, const char *stage,
                                      const spx_ledger_round *r, const float *weight,
                                      const float *finished, size_t rows, size_t cols,
                                      spx_error *err);
/* What a round that was read did to `before`, the weight before it: its factors copied, or the
 * difference of two weights; {0} where nothing was written. Free with spx_update_free. */
SPX_CHECKED spx_status spx_ledger_change(const spx_ledger_round *r, const float *before,
                                         size_t rows, size_t cols, spx_update *out, spx_error *err);
/* Has the file a ledger? */
bool spx_ledger_is_kept(const spx_store *s);

/* Names of the tensors in it; free with spx_store_names_free. SPX_ENOTFOUND if there is none. */
SPX_CHECKED spx_status spx_ledger_tensors(const spx_store *s, char ***names, size_t *n,
                                          spx_error *err);
SPX_CHECKED spx_status spx_ledger_base(const spx_store *s, const char *tensor, float **w,
                                       size_t *rows, size_t *cols, spx_error *err);
/* SPX_ENOTFOUND if the round is not there; SPX_EFORMAT if its parts do not fit each other. */
SPX_CHECKED spx_status spx_ledger_read(const spx_store *s, const char *tensor, const char *stage,
                                       size_t rows, size_t cols, spx_ledger_round *out,
                                       spx_error *err);
/* w, the weight before the round, becomes the one with which the run went on. */
SPX_CHECKED spx_status spx_ledger_replay(const spx_ledger_round *r, float *w, size_t rows,
                                         size_t cols, spx_error *err);
/**
 * The weight as stage `stage` (index) has it, from base and all rounds up to it: the same bits as
 * in the run. *w is freed with spx_free.
 * Cost 2 d f n flops a round.
 */
SPX_CHECKED spx_status spx_ledger_rebuild(const spx_store *s, const char *tensor, size_t stage,
                                          float **w, size_t *rows, size_t *cols, spx_error *err);
/**
 * RUN.h5#STAGE out of the ledger, for stages whose weights were not kept: every tensor rebuilt, in
 * its checkpoint's orientation.
 * @return SPX_OK; SPX_ENOTFOUND if the run kept no ledger or there is no such stage; SPX_EFORMAT.
 */
SPX_CHECKED spx_status spx_ledger_open(const char *path, spx_ckpt **out, spx_error *err);

#endif
