/* session.h: what a sequential run holds in memory, shared by the files of this room. */
#ifndef SPX_RUN_SESSION_H
#define SPX_RUN_SESSION_H

#include "spx/run.h"
#include "spx/store.h"
#include "spx/svd.h"

/* One edited matrix. */
typedef struct edited {
    size_t layer;
    const char *name; /* in the checkpoint; borrowed from the model */
    spx_mat W;        /* d x f, the weight as it is now, widened */
    spx_mat L;        /* f x f, Cholesky factor of the keys' second moment */
    spx_svd base;     /* of the original weight, top k(measure_tau) */
    spx_filter *filter;
    spx_filter_report shares; /* of the last round */
} edited;

typedef struct session {
    const spx_run_spec *spec;
    const spx_run_control *control;
    const spx_editor *editor;
    spx_model *model;
    spx_tokenizer *tokenizer;
    spx_facts facts;     /* all records of the run */
    char *prefix_text;   /* the file, cut into lines */
    const char **prefix; /* spec->contexts of them */
    spx_eval *fact_eval, *general_eval;
    spx_eval_task task[2]; /* of general_eval */
    edited *at;            /* spec->layers, ascending */
    size_t done;           /* rounds in the run file */
} session;

/* What one round cost and reached, beside the matrices. */
typedef struct round_report {
    spx_target_report target;
    double seconds_targets, seconds_writes;
} round_report;

/* inputs.c: opens, checks and tokenises everything that spec names. */
SPX_CHECKED spx_status session_open(session *s, const spx_run_spec *spec,
                                    const spx_run_control *control, spx_error *err);
void session_close(session *s);

/* provenance.c: options and inputs as root attributes; written to a new file, compared on resuming.
 */
SPX_CHECKED spx_status provenance_write(const session *s, spx_store *store, spx_error *err);
SPX_CHECKED spx_status provenance_compare(const session *s, const spx_store *store, spx_error *err);

/* record.c: measures the model as it is and appends it as a stage; report may be NULL (base). */
SPX_CHECKED spx_status record_stage(session *s, size_t round, const round_report *report,
                                    spx_error *err);

#endif
