/* spx/replay.h: the changes of a run made again from its base, through other filters. */
#ifndef SPX_REPLAY_H
#define SPX_REPLAY_H

#include "spx/ledger.h"
#include "spx/measure.h"
#include "spx/notify.h"

/* Where one course left a tensor. Borrowed during the call. */
typedef struct spx_replayed {
    const char *tensor;
    size_t course;                    /* 0: the run's changes as they are; i: value[i - 1] */
    const spx_filter_param *param;    /* that the courses differ in */
    const spx_filter_spec *filter;    /* of the course, resolved; name "none" in course 0 */
    const spx_mat *W;                 /* the weight at the end: floats, widened */
    const spx_stage_numbers *numbers; /* SPX_SPECTRUM, SPX_SUBSPACE, and removed: what the filter
                                         took out over all rounds */
} spx_replayed;
typedef spx_status spx_replay_fn(const spx_replayed *r, void *arg, spx_error *err);

typedef struct spx_replay_opts {
    const spx_filter_sweep *sweep; /* a course of its own for each value */
    double measure_tau;            /* share of the base's singular values that is dominant */
} spx_replay_opts;

/**
 * Replays the rounds of one tensor of a run's ledger: in each course, each round's change passes
 * the course's filter, is rounded and written (spx_update_write). The changes stay those that were
 * made for the run's own weights: under another filter, later rounds would have made others.
 * @param[in] each  told of courses 0 .. n in order; its failure ends the replay.
 * @return SPX_OK; SPX_EINVAL for a filter's parameters; SPX_ENUMERIC for a base of zeros; those of
 * spx_ledger_read. Errors name tensor and round.
 * Cost per course: a filter applied and 2 d f n flops a round, and one decomposition at the end.
 */
SPX_CHECKED spx_status spx_replay_tensor(const spx_store *run, const char *tensor,
                                         const spx_replay_opts *o, spx_replay_fn *each, void *arg,
                                         spx_error *err);

/* What is replayed and where it goes. Texts may be NULL but for run and command. */
typedef struct spx_replay_job {
    const char *run;        /* run file */
    const spx_names *globs; /* tensors of its ledger; without any, all */
    const char *output; /* RUN.h5: the courses become its stages, "run" and "FILTER VALUE"; else,
                               with a model, the checkpoint that the last course leaves of it */
    const char *model, *dtype;           /* the model that was edited; see spx_tensor_new_dtype */
    const char *command;                 /* the command line, kept in RUN.h5 */
    void (*told)(const spx_replayed *r); /* of each course, where output is not a run file */
    spx_notify *notify;                  /* told how the numbers are to be read */
} spx_replay_job;

/**
 * Replays every tensor that is chosen.
 * @return as spx_replay_tensor; SPX_ENOTFOUND if the ledger has none of them; those of the files.
 */
SPX_CHECKED spx_status spx_replay(const spx_replay_job *job, const spx_replay_opts *o,
                                  spx_error *err);

#endif
