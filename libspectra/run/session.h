/* session.h: what a sequential run holds in memory, shared by the files of this room. */
#ifndef SPX_RUN_SESSION_H
#define SPX_RUN_SESSION_H

#include "spx/feedback.h"
#include "spx/file.h"
#include "spx/ledger.h"
#include "spx/run.h"
#include "spx/simie.h"
#include "spx/store.h"
#include "spx/svd.h"

/* One edited matrix. */
typedef struct edited_matrix {
    size_t layer;
    const char *name; /* in the checkpoint; borrowed from the model */
    spx_mat W;        /* d x f, the weight as it is now, widened */
    float *origin;    /* d x f, as it was before any edit or, where the editor finishes rounds,
                         before the last one; NULL where the editor needs neither */
    spx_edit *edit;
    spx_svd base; /* of the original weight, with as many triplets as comparing k needs */
    size_t k;     /* k(measure_tau) of the original weight */
    spx_filter *filter;
    spx_feedback *debt;           /* or NULL */
    spx_simie *simie;             /* or NULL */
    spx_svd latest;               /* of the weight at the last stage, where it was measured */
    const spx_svd *decomposition; /* of W between rounds: &base, &latest, or NULL */
    /* of the last round */
    spx_filter_report shares; /* summed over its batches */
    spx_edit_report solve;    /* worst of its batches */
    double left;              /* mean share of the residual after its write */
    spx_mat remembered;       /* f x n keys added to what the editor protects, or {0} */
    spx_ledger_round staged;  /* its writes, where a ledger is kept */
} edited_matrix;

typedef struct session {
    spx_run_spec settled; /* as it was given, but with the layers that are edited */
    const spx_run_spec *spec;
    const spx_run_control *control;
    const spx_editor *editor;
    const spx_target_rule *rule; /* NULL: the editor searches no targets */
    double value_norm;           /* the rule's; 0: none */
    char model_sha256[SPX_SHA256_HEX];
    char stats_sha256[SPX_SHA256_HEX]; /* empty without second moments */
    bool stats_known;                  /* their file names this model */
    bool borrowed;                     /* model and tokenizer are somebody else's */
    spx_model *model;
    spx_tokenizer *tokenizer;
    spx_facts facts;     /* all records of the run */
    char *prefix_text;   /* the file, cut into lines */
    const char **prefix; /* spec->contexts of them */
    spx_eval *fact_eval, *general_eval;
    edited_matrix *at;   /* spec->layers, ascending */
    spx_running running; /* of all of them, for editors that follow gradients; else {0} */
    size_t done;         /* rounds in the run file when the run began or was resumed */
    double begun;        /* when the rounds after them began */
    bool ledger;         /* one is kept */
    size_t unsaved;      /* its bytes since weights were kept to restart from */
} session;

/* What one round cost and reached, beside the matrices. */
typedef struct round_report {
    spx_target_report target;
    double targets, keys, solves, filter; /* seconds */
} round_report;

/* A language model that is open already, and stays so. */
typedef struct open_model {
    spx_model *model;
    spx_tokenizer *tokenizer;
    const char *sha256;
} open_model;

/* inputs.c: opens, checks and tokenises everything that spec names; on `given`, unless it is NULL,
 * whose edited matrices are the session's until it is closed, and are not set back. Such a session
 * records nothing: it hashes no second moments, and decomposes no weight that its filter does not.
 */
SPX_CHECKED spx_status session_open(session *s, const spx_run_spec *spec,
                                    const spx_run_control *control, const open_model *given,
                                    spx_error *err);
void session_close(session *s);
/* The parts of that check which need no session, for plans. Layers, of a model with `blocks`: */
SPX_CHECKED spx_status inputs_check_layers(const spx_run_spec *p, const spx_editor *editor,
                                           size_t blocks, spx_error *err);
/* The first p->contexts sentences of the prefix file; both are freed with spx_free, also on
 * failure. */
SPX_CHECKED spx_status inputs_read_prefixes(const spx_run_spec *p, char **text,
                                            const char ***prefix, spx_error *err);
/* Sets what a session is with those parameters alone: its editor and the rule for its targets. */
SPX_CHECKED spx_status inputs_settle(session *s, const spx_run_spec *spec, spx_error *err);
/* The facts that are edited. */
spx_facts_opts inputs_facts(const spx_run_spec *p, const spx_notify *notify);
/* Some facts, tokenised behind `contexts` prefixes; free with spx_prompts_free. */
SPX_CHECKED spx_status session_prompts(const session *s, const spx_fact *fact, size_t n,
                                       size_t contexts, spx_prompts *out, spx_error *err);
/* batch_targets.c: s->value_norm from pilot facts on the original model, where the rule has one. */
SPX_CHECKED spx_status session_pilot(session *s, spx_error *err);

/* simie.c: the matrix's part of it, and what it has seen in rounds 1 .. s->done; nothing where the
 * run has no simie. */
SPX_CHECKED spx_status simie_open(session *s, edited_matrix *e, spx_error *err);
SPX_CHECKED spx_status simie_restore(session *s, spx_error *err);

/* provenance.c: options and inputs as root attributes, written to a new file and compared on
 * resuming. */
SPX_CHECKED spx_status provenance_write(const session *s, spx_store *store, spx_error *err);
SPX_CHECKED spx_status provenance_compare(const session *s, const spx_store *store, spx_error *err);
/* The same of the parameters alone; of s only spec and editor count. */
SPX_CHECKED spx_status provenance_compare_params(const session *s, const spx_store *store,
                                                 spx_error *err);
/* Adds lines that say all that decides what tests of the unedited model find, to the last bit. */
SPX_CHECKED spx_status provenance_tests(const session *s, spx_bytes *out, spx_error *err);

/* unedited.c: *found <- what `test` finds, or what it found in another run that keeps the same
 * tests of the unedited model in the same folder (spx_run_control.unedited). Texts in *found may be
 * borrowed from *texts, which is freed after it. */
typedef spx_status session_test(const session *s, spx_results *found, spx_error *err);
SPX_CHECKED spx_status unedited_test(const session *s, session_test *test, spx_results *found,
                                     spx_bytes *texts, spx_error *err);

/* weights.c: w (d x f floats) <- the model's weight. */
void weight_get(const session *s, const edited_matrix *e, float *w);
/* Model and e->W take the floats w. */
void weight_set(session *s, edited_matrix *e, const float *w);
/* W <- float(W + dW), in both. */
SPX_CHECKED spx_status weight_add(session *s, edited_matrix *e, const spx_update *dW,
                                  spx_error *err);
/* e->W takes the model's weight. */
void weight_widen(const session *s, edited_matrix *e);
/* Keeps the weight in a group, in the orientation of its checkpoint (in x out for Conv1D). */
SPX_CHECKED spx_status weight_keep(const session *s, const edited_matrix *e, spx_store *store,
                                   const char *group, spx_error *err);
/* Restores it from snapshots/last. */
SPX_CHECKED spx_status weight_restore(session *s, edited_matrix *e, const spx_store *store,
                                      spx_error *err);
/* Exchanges the model's edited matrices with the original ones; a second call takes it back. */
void weights_rewind(session *s);
/* Brings what the editor would hand over now (spx_edit_finish) into model and e->W, and saves the
 * run's own weights in *working (floats of all layers in order, freed with spx_free), which
 * weights_resume brings back. *working is NULL where nothing is finished. */
SPX_CHECKED spx_status weights_finish(session *s, float **working, spx_error *err);
void weights_resume(session *s, const float *working);

/* restart.c: keeps the edited matrices in a group. */
SPX_CHECKED spx_status weights_keep(const session *s, spx_store *store, const char *group,
                                    spx_error *err);
/* Keeps what the run continues with after a round, unless the ledger is enough for that. */
SPX_CHECKED spx_status restart_keep(session *s, spx_store *store, size_t round, const char *stage,
                                    spx_error *err);
SPX_CHECKED spx_status restart_restore(session *s, const spx_store *store, spx_error *err);

/* edited.c: decompositions of an edited matrix, each with the triplets that measures and filter
 * need, so that none is made twice. */
SPX_CHECKED spx_status matrix_open(const session *s, edited_matrix *e, spx_error *err);
SPX_CHECKED spx_status matrix_decompose(const session *s, edited_matrix *e, spx_error *err);

/* round.c: edits the facts of round 1, 2, ... */
SPX_CHECKED spx_status edit_round(session *s, size_t round, round_report *report, spx_error *err);

/* gradient_round.c: the change that an editor which follows gradients makes of every layer (dW[i],
 * freed by the caller whatever is returned), all from the model as it is; *loss: mean over target
 * tokens before any of it. */
SPX_CHECKED spx_status gradient_changes(session *s, const spx_prompts *p, spx_update *dW,
                                        double *loss, spx_error *err);

/* staged_writes.c: writes on their way into the ledger, where one is kept. Some facts of a list: */
typedef struct fact_ids {
    const spx_fact *fact;
    const size_t *index;
    size_t n;
} fact_ids;
/* Stages a write (rounded) of some facts with keys K, which may be NULL. */
SPX_CHECKED spx_status staged_add(const session *s, edited_matrix *e, const spx_update *dW,
                                  const spx_mat *K, const spx_filter_report *removed,
                                  const fact_ids *ids, spx_error *err);
void staged_clear(session *s);
/* Keeps what was staged since the last call; working: from weights_finish, or NULL. */
SPX_CHECKED spx_status staged_keep(session *s, spx_store *store, size_t round, const char *stage,
                                   const float *working, spx_error *err);

/* record_round.c: measures the model as it is and appends it as a stage; report NULL: the base. */
SPX_CHECKED spx_status record_stage(session *s, size_t round, const round_report *report,
                                    spx_error *err);
/* retention.c: tests spec->retention facts of every round so far again: group "retention", each
 * metric of facts by stage and round that was edited. */
SPX_CHECKED spx_status retention_record(const session *s, spx_store *store, size_t stage,
                                        spx_error *err);

/* remembered.c: what an editor remembers of earlier rounds, in the run file: keys, debts, running
 * statistics. After a round: */
SPX_CHECKED spx_status history_keep(const session *s, spx_store *store, size_t round,
                                    spx_error *err);
/* The keys of rounds 1 .. s->done, in their order, and the debts and statistics after them. */
SPX_CHECKED spx_status history_restore(session *s, const spx_store *store, spx_error *err);

#endif
