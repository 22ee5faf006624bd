/* spx/measure.h: what is measured of a matrix at a stage, and where a run file keeps it. */
#ifndef SPX_MEASURE_H
#define SPX_MEASURE_H

#include "spx/chance.h"
#include "spx/change.h"
#include "spx/filter.h"
#include "spx/shuffled.h"
#include "spx/spectrum.h"
#include "spx/stage.h"
#include "spx/store.h"
#include "spx/subspace.h"

/*
 * A stage is a matrix W as some checkpoint or round has it; its base is W0, of the same shape.
 * Every route to a number measures with spx_stage_measure and records with spx_stage_record: a
 * round of a live run, two checkpoints (spx_stage_compare) and a ledger replayed (replay.h). So W0,
 * W and the options decide every bit of it, and the route none (given one number of BLAS threads
 * a matrix, on which the last bits of sums depend: spx_threads_set).
 *
 * Parts are flags; a route asks for those that it has the data for:
 *
 *   part           needs           gives
 *   SPX_SPECTRUM   now             singular values of W, their residual, spx_spectrum_measure
 *   SPX_SUBSPACE   base, now, W    spx_subspace_compare, and the null band of each number: what
 *                                  rounding W to its type may give without any edit (nullband.h)
 *   SPX_CHANGE     the same, W0    spx_change_measure
 *   SPX_MAPS       the same, W0    spx_change_map and spx_subspace_overlaps of the k leading
 *                                  directions; base with all its triplets
 *   SPX_SHUFFLED   now, W          spx_shuffled_measure; decomposes as many values once more
 *   SPX_CHANCE     base            spx_chance_subspace and spx_chance_change; not recorded, for
 *                                  it follows from k, the shape and the base's values
 */
enum {
    SPX_SPECTRUM = 1,
    SPX_SUBSPACE = 2,
    SPX_CHANGE = 4,
    SPX_MAPS = 8,
    SPX_SHUFFLED = 16,
    SPX_CHANCE = 32,
};

typedef struct spx_stage_opts {
    unsigned parts;
    spx_dominance dominant; /* of the base; tau also describes the spectrum of W */
    uint64_t seed;          /* of SPX_SHUFFLED, the same for every matrix */
} spx_stage_opts;

/*
 * What a measurement starts from; all of it borrowed, and what no part needs is NULL.
 *
 * Both decompositions have at least spx_subspace_reach(k, r) triplets, k the base's dominant
 * directions. Triplets beyond those are not looked at, so that a decomposition made for another
 * purpose with more of them gives the same numbers.
 */
typedef struct spx_stage_pair {
    const spx_mat *W0, *W;
    const spx_svd *base, *now; /* of W0 and of W */
    spx_dtype type;            /* what W is stored in */
    spx_mat *D;                /* where W - W0 is made, W0's own memory or other; NULL: anew */
} spx_stage_pair;

/* What was measured. Start from {0}; free with spx_stage_numbers_free. */
typedef struct spx_stage_numbers {
    unsigned parts;     /* those that are filled in */
    size_t k;           /* dominant directions; 0 if only the spectrum is known */
    const spx_svd *now; /* of W, borrowed; NULL if nothing was decomposed */
    double spectrum[SPX_SPECTRUM_METRICS]; /* rows of spx_spectrum_metric */
    bool vague[SPX_SPECTRUM_METRICS];      /* of it, as spx_spectrum_measure says */
    bool vague_rank;                       /* so is the change's rank */
    spx_subspace subspace, null;
    spx_change change;
    double chance[SPX_SUBSPACE_METRICS], change_chance[SPX_CHANGE_METRICS];
    double shuffled[SPX_SHUFFLED_METRICS]; /* rows of spx_shuffled_metric */
    double map[SPX_DECILES * SPX_DECILES];
    spx_mat overlaps[2]; /* k x k, output and input sides */
    /* Set by the caller, borrowed: what a filter took out of the change that led to this stage, to
     * be recorded with the rest; NULL: nothing to record. */
    const spx_filter_report *removed;
} spx_stage_numbers;
void spx_stage_numbers_free(spx_stage_numbers *n);

/**
 * Measures one matrix at one stage.
 * @param[out] out  written only on success. It borrows p->now.
 * @return SPX_OK; SPX_EINVAL if there are fewer than k directions; SPX_ENUMERIC if W0 or W is all
 * zero; SPX_ENOMEM.
 * Cost: subspaces 4 m n k flops and O((m + n) k^2); change, maps, shuffled and chance as their
 * headers say. Nothing is decomposed here but W - W0 and the shuffled W.
 */
SPX_CHECKED spx_status spx_stage_measure(const spx_stage_pair *p, const spx_stage_opts *o,
                                         spx_stage_numbers *out, spx_error *err);

/* vague.c: the names of the numbers that are vague or leave the range of doubles, why, and the
 * least that the condition can be, as a line for the user; false if there are none. */
bool spx_stage_vague(const spx_stage_numbers *n, char *out, size_t room);

/* The numbers of a matrix that has not changed, without a decomposition: those of
 * spx_subspace_same and spx_change_none, null bands and chance NaN, `now` NULL, no spectrum and no
 * maps. */
void spx_stage_unchanged(const spx_stage_opts *o, spx_stage_numbers *out);

/**
 * Measures tensor i of checkpoint b beside that of checkpoint a, both paired with `base` and read
 * in its order of values. Decompositions are kept in a and b (spx_stage_svd); tensors of the same
 * bytes are spx_stage_unchanged.
 * @return as spx_stage_measure, with file and tensor before the message; those of reading.
 */
SPX_CHECKED spx_status spx_stage_compare(spx_stage *a, spx_stage *b, const spx_stage *base,
                                         size_t i, const spx_stage_opts *o, spx_stage_numbers *out,
                                         spx_error *err);

/**
 * Puts all that was measured at stage `stage`, which has been added to the store, into group
 * "tensors/<tensor>":
 *
 *   dataset                     shape              part
 *   sigma                       stage x sv         SPX_SPECTRUM: singular values of W
 *   svd_residual                stage              SPX_SPECTRUM
 *   rows of spx_spectrum_metric stage              SPX_SPECTRUM
 *   rows of spx_subspace_metric stage              SPX_SUBSPACE; null bands under NAME_null
 *   rows of spx_subspace_row    stage x direction  SPX_SUBSPACE; null bands under NAME_null
 *   rows of spx_change_metric   stage              SPX_CHANGE
 *   change_sigma                stage x sv         SPX_CHANGE: singular values of W - W0
 *   change_map                  stage x cell       SPX_MAPS: SPX_DECILES x SPX_DECILES by rows
 *   overlaps_u, overlaps_v      stage x pair       SPX_MAPS: k x k by rows, (i, j) at k (i - 1) + j
 *   rows of spx_shuffled_metric stage              SPX_SHUFFLED
 *   rows of
 *     spx_filter_quantities     stage              where `removed` is set
 *
 * @return SPX_OK; those of spx_store_put.
 */
SPX_CHECKED spx_status spx_stage_record(spx_store *store, const char *tensor, size_t stage,
                                        const spx_stage_numbers *n, spx_error *err);

/* Name, unit, definition and source of what that records and no table of metrics holds: sigma,
 * svd_residual, change_sigma, change_map, overlaps_u, overlaps_v; NULL past the last. */
const spx_quantity *spx_stage_quantity(size_t i);

#endif
