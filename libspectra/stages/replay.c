/* replay.c: a run's changes, from its base, through other filters. */
#include "spx/replay.h"

#include "spx/rewrite.h"

#include <stdio.h>
#include <string.h>

/* One filter's way through the rounds of one matrix. */
typedef struct course {
    spx_filter_spec spec;
    spx_filter *filter;
    float *w;
    spx_filter_report removed;
} course;

/* One matrix of the ledger. */
typedef struct replay {
    const spx_replay_opts *opts;
    size_t rows, cols;
    float *as_was; /* the run's weight, round by round */
    spx_mat W;     /* a weight widened: the base's, then whichever is at work */
    spx_svd base;
    size_t courses;
    course at[SPX_FILTER_VALUES + 1]; /* the first is the run's own, without a filter */
} replay;

static spx_status open_course(replay *p, size_t i, spx_error *err)
{
    spx_status st = SPX_OK;
    course *c = &p->at[i];
    const size_t n = p->rows * p->cols;
    c->spec = (spx_filter_spec){.name = "none"};
    if (i > 0) SPX_TRY(spx_filter_resolve_swept(p->opts->sweep, i - 1, &c->spec, err));
    SPX_TRY(spx_filter_new(&c->spec, &p->W, &c->filter, err));
    SPX_TRY(SPX_NEW(&c->w, n, err));
    memcpy(c->w, p->as_was, n * sizeof *c->w);
out:
    return st;
}

static spx_status open_replay(const spx_store *run, const char *tensor, replay *p, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_dominance d = {.tau = p->opts->measure_tau};
    SPX_TRY(spx_ledger_base(run, tensor, &p->as_was, &p->rows, &p->cols, err));
    SPX_TRY(spx_mat_alloc(&p->W, p->rows, p->cols, err));
    spx_floats_widen(p->as_was, &p->W);
    SPX_TRY(spx_stage_decompose(&p->W, &d, 0, &p->base, err));
    if (p->base.s[0] == 0) SPX_RAISE(err, SPX_ENUMERIC, "all values of the base are 0");
    for (; p->courses <= p->opts->sweep->n; p->courses++) SPX_TRY(open_course(p, p->courses, err));
out:
    return st;
}

static void close_replay(replay *p)
{
    for (size_t i = 0; i <= SPX_FILTER_VALUES; i++) {
        spx_filter_free(p->at[i].filter);
        spx_free(p->at[i].w);
    }
    spx_free(p->as_was);
    spx_mat_free(&p->W);
    spx_svd_free(&p->base);
}

/* What the round did, filtered, is written to the course's weight. */
static spx_status write_round(replay *p, course *c, const spx_ledger_round *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update u = {0};
    spx_filter_report removed = {0};
    if (!r->dense && r->n_writes == 0) return SPX_OK;
    SPX_TRY(spx_ledger_change(r, p->as_was, p->rows, p->cols, &u, err));
    spx_floats_widen(c->w, &p->W);
    SPX_TRY(spx_filter_refresh(c->filter, &p->W, NULL, err));
    SPX_TRY(spx_filter_apply(c->filter, &u, &removed, err));
    spx_update_round(&u);
    SPX_TRY(spx_update_write(&u, c->w, err));
    spx_filter_report_add(&c->removed, &removed);
out:
    spx_update_free(&u);
    return st;
}

static spx_status replay_round(const spx_store *run, const char *tensor, size_t round, replay *p,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    SPX_TRY(spx_ledger_read_at(run, tensor, round, p->rows, p->cols, &r, err));
    for (size_t i = 0; i < p->courses; i++) SPX_TRY(write_round(p, &p->at[i], &r, err));
    SPX_TRY(spx_ledger_replay(&r, p->as_was, p->rows, p->cols, err));
out:
    if (st != SPX_OK) spx_prefix(err, "round %zu", round);
    spx_ledger_round_free(&r);
    return st;
}

static spx_status measure_course(replay *p, const char *tensor, size_t i, spx_replay_fn *each,
                                 void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd now = {0};
    spx_stage_numbers n = {0};
    const course *c = &p->at[i];
    const spx_stage_opts o = {.parts = SPX_SPECTRUM | SPX_SUBSPACE,
                              .dominant = {.tau = p->opts->measure_tau}};
    const size_t k = spx_dominant_directions(&o.dominant, p->base.s, p->base.r);
    spx_replayed r = {.tensor = tensor,
                      .course = i,
                      .param = p->opts->sweep->param,
                      .filter = &c->spec,
                      .W = &p->W,
                      .numbers = &n};
    spx_floats_widen(c->w, &p->W);
    SPX_TRY(spx_stage_decompose(&p->W, NULL, spx_subspace_reach(k, p->base.r), &now, err));
    const spx_stage_pair pair = {.W = &p->W, .base = &p->base, .now = &now, .type = SPX_F32};
    SPX_TRY(spx_stage_measure(&pair, &o, &n, err));
    n.removed = &c->removed;
    SPX_TRY(each(&r, arg, err));
out:
    spx_stage_numbers_free(&n);
    spx_svd_free(&now);
    return st;
}

spx_status spx_replay_tensor(const spx_store *run, const char *tensor, const spx_replay_opts *o,
                             spx_replay_fn *each, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    replay p = {.opts = o};
    SPX_TRY(open_replay(run, tensor, &p, err));
    for (size_t round = 1; round < spx_store_stages(run); round++)
        SPX_TRY(replay_round(run, tensor, round, &p, err));
    for (size_t i = 0; i < p.courses; i++) SPX_TRY(measure_course(&p, tensor, i, each, arg, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", tensor);
    close_replay(&p);
    return st;
}

/* Where the courses go. */
typedef struct sink {
    const spx_replay_job *job;
    spx_store *out;
    spx_ckpt *model;
    spx_rewrite written;
    size_t last;
} sink;

static spx_status take_course(const spx_replayed *r, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    sink *to = arg;
    if (to->out)
        SPX_TRY(spx_stage_record(to->out, r->tensor, r->course, r->numbers, err));
    else
        to->job->told(r);
    if (to->model && r->course == to->last)
        SPX_TRY(spx_rewrite_add_named(&to->written, r->tensor, r->W, err));
out:
    return st;
}

/* A stage for each course. */
static spx_status open_run_file(sink *to, const spx_filter_sweep *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter_spec one = {0};
    SPX_TRY(spx_store_open(to->job->output, SPX_STORE_CREATE, &to->out, err));
    SPX_TRY(spx_store_set_text(to->out, "", "history", to->job->command, err));
    SPX_TRY(spx_store_set_text(to->out, "", "title",
                               "a run's changes under other filters; those of later rounds were "
                               "made for another model",
                               err));
    SPX_TRY(spx_store_add_stage(to->out, "run", 0, err));
    for (size_t i = 0; i < s->n; i++) {
        char name[64];
        SPX_TRY(spx_filter_resolve_swept(s, i, &one, err));
        snprintf(name, sizeof name, "%s %g", one.name, spx_filter_number(&one, s->param));
        SPX_TRY(spx_store_add_stage(to->out, name, (double)i + 1, err));
    }
out:
    return st;
}

static void note_limits(const spx_store *run, const spx_notify *notify)
{
    char *had = NULL;
    spx_note(notify, "changes of later rounds were made for the model that the run had then; under "
                     "another filter they would have been others");
    if (spx_store_get_text(run, "", "filter", &had, NULL) == SPX_OK && !spx_filter_is_none(had))
        spx_note(notify, "the run's changes have already passed its own filter, %s", had);
    spx_free(had);
}

static spx_status open_sink(sink *to, const spx_filter_sweep *s, spx_error *err)
{
    spx_status st = SPX_OK;
    if (spx_names_run_file(to->job->output)) SPX_TRY(open_run_file(to, s, err));
    if (to->job->model) {
        SPX_TRY(spx_ckpt_open(to->job->model, &to->model, err));
        SPX_TRY(spx_rewrite_open(&to->written, to->model, to->job->dtype, to->job->output, err));
        to->written.notify = to->job->notify;
    }
out:
    return st;
}

spx_status spx_replay(const spx_replay_job *job, const spx_replay_opts *o, spx_error *err)
{
    spx_status st = SPX_OK;
    sink to = {.job = job, .last = o->sweep->n};
    spx_store *run = NULL;
    char **names = NULL;
    size_t n = 0;
    SPX_TRY(spx_store_open(job->run, SPX_STORE_READ, &run, err));
    SPX_TRY(spx_ledger_chosen(run, job->globs, &names, &n, err));
    SPX_TRY(open_sink(&to, o->sweep, err));
    note_limits(run, job->notify);
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_replay_tensor(run, names[i], o, take_course, &to, err));
    if (to.model) SPX_TRY(spx_rewrite_write(&to.written, err));
    if (to.out) SPX_TRY(spx_store_commit(&to.out, err));
out:
    spx_rewrite_close(&to.written);
    spx_store_names_free(names, n);
    spx_ckpt_close(to.model);
    spx_store_close(to.out);
    spx_store_close(run);
    return st;
}
