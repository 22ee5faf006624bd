/* spx/run.h: one sequential editing run: rounds of edits, measured and kept, resumable. */
#ifndef SPX_RUN_H
#define SPX_RUN_H

#include "spx/edit.h"
#include "spx/filter.h"
#include "spx/metrics.h"
#include "spx/targets.h"

#define SPX_MAX_LAYERS 64

/* What makes a run what it is: a resumed run must have the same. Texts are borrowed. Names, domains
 * and defaults of the parameters are the rows of params.h. */
typedef struct spx_run_spec {
    const char *model, *facts; /* files */
    const char *stats;         /* second moments of keys; NULL if the editor needs none */
    const char *prefixes;      /* sentences, one a line; NULL: none */
    const char *editor;        /* spx_editors has the names */
    spx_edit_opts edit;
    double simie;           /* > 0: lambda of SimIE (simie.h), a wrapper around the editor */
    spx_target_opts target; /* layer, site and value_norm are set by the run */
    const char *targets;    /* rule (targets.h); NULL: the editor's own */
    size_t pilot;           /* of rule nas: facts, from `first` on, that fix the norm of values */
    size_t contexts;        /* prefix sentences used beside the bare prompt */
    size_t layer[SPX_MAX_LAYERS], layers;
    spx_filter_spec filter;
    bool feedback;             /* what it takes out is paid where it may be (feedback.h) */
    size_t first;              /* index of the first record */
    size_t round, rounds;      /* records per round; records first .. first + round * rounds - 1 */
    double measure_tau;        /* share of the nuclear norm that is called dominant, (0, 1] */
    bool alt, skip_bad;        /* of facts (facts.h); skip_bad of the tasks' records too */
    size_t neighbors;          /* of facts (facts.h) */
    const spx_eval_task *task; /* what else is tested: each family once */
    size_t tasks;
    size_t eval_facts;  /* edited facts tested at a stage, evenly spread over all rounds so far;
                           0: all */
    size_t eval_every;  /* rounds between tests of facts */
    size_t tasks_every; /* rounds between those of the tasks; 0: as eval_every. Both are tested at
                           the base and after the last round in any case. */
    size_t retention;   /* facts of every earlier round tested again with the facts; 0: none */
} spx_run_spec;

/* Every parameter with its default: those of the public MEMIT code; v_lr, steps and stop as they
 * converge on a small model. */
spx_run_spec spx_run_defaults(void);

/* What a stage, which has just been finished, has come to. Borrowed. */
typedef struct spx_run_stage {
    size_t round, rounds, edits; /* round 0 is the base; edits made so far */
    double seconds;              /* that the round took, its measurements included */
    double seconds_left;      /* of the rounds after it, by those of this call; NaN at the base */
    const spx_results *found; /* what was tested */
    const char *line;         /* all of it but the time left as a line */
} spx_run_stage;

/* How a run is driven; none of it changes the numbers. */
typedef struct spx_run_control {
    const char *output;   /* run file */
    const char *command;  /* command line, kept as provenance */
    bool resume;          /* continue where output ends; otherwise output must not exist */
    size_t snapshots;     /* keep the edited weights every `snapshots` rounds; 0: the last only */
    bool ledger;          /* keep every change (ledger.h); a resumed run does as it began */
    const char *unedited; /* folder that keeps the tests of the unedited model for runs that repeat
                             them: made if need be; NULL: none */
    bool (*stop)(void);   /* asked between rounds; may be NULL */
    void (*report)(const spx_run_stage *stage); /* of each finished stage; may be NULL */
    void (*warn)(const char *line); /* at most one line a round: the matrix whose systems were
                                         conditioned worst, below SPX_ILL_CONDITIONED; may be
                                         NULL */
    const spx_notify
        *notify; /* told what of the inputs is not used or contradictory; may be NULL */
} spx_run_control;

/**
 * Edits facts in rounds and measures base and every round into the run file (store.h).
 *
 * A batch (a round, or one fact of it for editors that write one at a time): targets Z by the rule
 * (targets.h) from the model as it is, or as it was at first for editors that rewind; then for each
 * edited layer in ascending order keys K with earlier writes in place, the residual R that the rule
 * gives it, the editor's dW, the filter, and W <- float(W + dW), so that later layers see what was
 * really written. Rule blue edits the first and the last of the layers alone, and the run file's
 * attribute `layers` names those two. NSE takes the facts of a batch max_iterations times.
 * Sequential editors then remember the batch's keys as the edited model has them. A filter's basis
 * is that of the weights at the beginning of the round. An editor that finishes (PRUNE) is measured
 * as if the run ended at each stage; the run itself continues from the weights before that. Editors
 * that follow gradients (gradients.h) take every layer's change from the model as the batch finds
 * it.
 *
 * Groups of the run file:
 *
 *     tensors/<name>      sigma, metrics of spectrum and subspaces, principal angles, filter
 *                         shares, solve_rcond, residual_left (a mean over the facts that had
 *                         more than a thousandth of the largest), all by stage
 *     evaluation          metrics with _lo and _hi; NaN where they were not due
 *     item_outcomes       items that are right or wrong, by stage (item_outcomes.h)
 *     edits               targets' reports
 *     timing              seconds of each part
 *     history/<name>/rN   keys remembered, f x n doubles
 *     debt/<name>         what the filter's feedback owes, d x f doubles
 *     running             statistics of features and gradients (spx_running): moments, products,
 *                         tokens
 *     ledger              every change (ledger.h)
 *     snapshots/...       weights: last, rN and, where the editor finishes, final
 *
 * Root attributes: the parameters of params.h, hashes of the inputs, versions. While the run lasts,
 * large matrices lie in parts (store.h), and beside a ledger snapshots/last may be another name for
 * restart/<stage>, the weights of that earlier stage; RUN.h5#last is the last stage's in any case.
 * After the last round it is one file again.
 * @return SPX_OK; SPX_EINTR if stop() said so (resumable); SPX_EINVAL if output exists and is not
 *         to be resumed, or is resumed with other parameters or inputs, naming the first that
 *         differs; others with file, tensor or record.
 */
SPX_CHECKED spx_status spx_run(const spx_run_spec *spec, const spx_run_control *control,
                               spx_error *err);

/* What came of a bundle. */
typedef struct spx_bundle_result {
    size_t rows, cols, facts; /* d, f, n */
    spx_edit_report solve;
    spx_filter_report filter;
} spx_bundle_result;

/**
 * The change that an editor makes of a bundle (bundle.h), filtered, without running a model: exact
 * for the first edited layer. Of spec only editor, edit and filter count, of control output and
 * command. The run file has
 *
 *     update/A, update/B  d x n and f x n with dW = A B^T; or update/dW, d x f
 *     a tensor W          where the bundle has it: stages base and r1, so that every other tool
 *                         takes OUTPUT#base and OUTPUT#r1
 *
 * Root attributes: editor and filter with their parameters, the bundle's hash, and "scope", which
 * says what the change is exact for.
 * @return SPX_OK; SPX_EUNSUP with feedback, a rule for targets or simie, or if the editor trains a
 *         model or reads its gradients; those of
 *         spx_bundle_read, spx_edit_open, spx_edit_solve and the filter, with the bundle's path;
 *         SPX_EFORMAT if the editor or the filter needs a matrix that is not there.
 */
SPX_CHECKED spx_status spx_run_bundle(const spx_run_spec *spec, const char *bundle,
                                      const spx_run_control *control, spx_bundle_result *out,
                                      spx_error *err);

#endif
