/* session.h: what a sequential run holds in memory, shared by the files of this room. */
#ifndef SPX_RUN_SESSION_H
#define SPX_RUN_SESSION_H

#include "spx/feedback.h"
#include "spx/file.h"
#include "spx/ledger.h"
#include "spx/run.h"
#include "spx/store.h"
#include "spx/svd.h"

/* One edited matrix. */
typedef struct edited {
    size_t layer;
    const char *name; /* in the checkpoint; borrowed from the model */
    spx_mat W;        /* d x f, the weight as it is now, widened */
    float *origin;    /* d x f, as it was before any edit or, where the editor finishes the last
                         batch alone, before that; NULL where the editor needs none */
    spx_edit *edit;
    spx_svd base; /* of the original weight, with as many triplets as comparing k needs */
    size_t k;     /* k(measure_tau) of the original weight */
    spx_filter *filter;
    spx_feedback *debt;   /* or NULL */
    spx_svd now;          /* of the weight at the last stage, where it was measured */
    const spx_svd *known; /* a decomposition of W as it stands between rounds: base, now, or NULL */
    struct pending {
        spx_update dW; /* rounded, in the model */
        spx_mat K;
        float *before; /* the weight without it */
    } pending;         /* a whole change whose entries are yet to be chosen */
    /* of the last round */
    spx_filter_report shares; /* summed over its batches */
    spx_edit_report solve;    /* worst of its batches */
    spx_mat remembered;       /* f x n keys that went into the history, or {0} */
    spx_ledger_round changes; /* its writes, where a ledger is kept */
} edited;

typedef struct session {
    const spx_run_spec *spec;
    const spx_run_control *control;
    const spx_editor *editor;
    char model_sha256[SPX_SHA256_HEX];
    char stats_sha256[SPX_SHA256_HEX]; /* empty without --stats */
    bool stats_known;                  /* they say which model they are of: this one */
    spx_model *model;
    spx_tokenizer *tokenizer;
    spx_facts facts;     /* all records of the run */
    char *prefix_text;   /* the file, cut into lines */
    const char **prefix; /* spec->contexts of them */
    spx_eval *fact_eval, *general_eval;
    edited *at;  /* spec->layers, ascending */
    size_t done; /* rounds in the run file */
    bool ledger; /* is one kept? */
} session;

/* What one round cost and reached, beside the matrices. */
typedef struct round_report {
    spx_target_report target;
    double targets, keys, solves, filter; /* seconds */
} round_report;

/* inputs.c: opens, checks and tokenises everything that spec names. */
SPX_CHECKED spx_status session_open(session *s, const spx_run_spec *spec,
                                    const spx_run_control *control, spx_error *err);
void session_close(session *s);

/* provenance.c: options and inputs as root attributes; written to a new file, compared on resuming.
 */
SPX_CHECKED spx_status provenance_write(const session *s, spx_store *store, spx_error *err);
SPX_CHECKED spx_status provenance_compare(const session *s, const spx_store *store, spx_error *err);

/* weights.c: w (d x f floats) becomes the model's. */
void weight_get(const session *s, const edited *e, float *w);
/* Model and e->W take the floats w. */
void weight_set(session *s, edited *e, const float *w);
/* W <- float(W + dW), in both. */
SPX_CHECKED spx_status weight_add(session *s, edited *e, const spx_update *dW, spx_error *err);
/* The weight as a stage keeps it: in the orientation of its checkpoint (in x out for Conv1D). */
SPX_CHECKED spx_status weight_keep(const session *s, const edited *e, spx_store *store,
                                   const char *stage, spx_error *err);
/* And back, from the stage `last`. */
SPX_CHECKED spx_status weight_restore(session *s, edited *e, const spx_store *store,
                                      spx_error *err);
/* Exchanges the model's edited matrices with the original ones; a second call takes it back. */
void weights_rewind(session *s);
/* What the editor would hand over now stands in model and e->W (spx_edit_finish); working
 * (floats of all layers, one after another, freed with spx_free) brings the run's own back. NULL
 * where nothing is finished. */
SPX_CHECKED spx_status weights_finish(session *s, float **working, spx_error *err);
void weights_resume(session *s, const float *working);

/* matrix.c: decompositions of an edited matrix, each with the triplets that measures and filter
 * need, so that none is made twice. */
SPX_CHECKED spx_status matrix_open(const session *s, edited *e, spx_error *err);
SPX_CHECKED spx_status matrix_decompose(const session *s, edited *e, spx_error *err);

/* round.c: edits the facts of round 1, 2, ... */
SPX_CHECKED spx_status edit_round(session *s, size_t round, round_report *report, spx_error *err);

/* pending.c: whole changes, for editors that choose entries last. Notes one and puts it into the
 * model; K: keys behind it. */
SPX_CHECKED spx_status pending_add(session *s, edited *e, const spx_update *dW, const spx_mat *K,
                                   spx_error *err);
/* Takes it out of the model again; *dW (owned by the caller) is what the editor chooses of it. */
SPX_CHECKED spx_status pending_choose(session *s, edited *e, spx_update *dW, spx_error *err);
void pending_free(edited *e);

/* changes.c: into the ledger, where one is kept. Some facts of a list: */
typedef struct fact_ids {
    const spx_fact *fact;
    const size_t *index;
    size_t n;
} fact_ids;
/* A write (rounded) of the facts behind keys K, which may be NULL. */
SPX_CHECKED spx_status changes_note(const session *s, edited *e, const spx_update *dW,
                                    const spx_mat *K, const spx_filter_report *removed,
                                    const fact_ids *ids, spx_error *err);
void changes_forget(session *s);
/* What was noted since the last call becomes the round's; working as of weights_finish, or NULL. */
SPX_CHECKED spx_status changes_keep(session *s, spx_store *store, size_t round, const char *stage,
                                    const float *working, spx_error *err);

/* record.c: measures the model as it is and appends it as a stage; report may be NULL (base). */
SPX_CHECKED spx_status record_stage(session *s, size_t round, const round_report *report,
                                    spx_error *err);
/* retention.c: spec->retention facts of every round so far, tested again: group "retention", each
 * metric of facts by stage and round that was edited. */
SPX_CHECKED spx_status retention_record(const session *s, spx_store *store, size_t stage,
                                        spx_error *err);

/* history.c: what an editor remembers of earlier rounds, in the run file. After a round: */
SPX_CHECKED spx_status history_keep(const session *s, spx_store *store, size_t round,
                                    spx_error *err);
/* The keys of rounds 1 .. s->done, in their order, and the debts after them. */
SPX_CHECKED spx_status history_restore(session *s, const spx_store *store, spx_error *err);

#endif
