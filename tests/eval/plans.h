/* plans.h: evaluations run as a whole, and metrics found in what they gave. */
#ifndef SPX_TESTS_PLANS_H
#define SPX_TESTS_PLANS_H

#include "tiny.h"

#include "spx/metrics.h"

/* NULL if it was not measured. */
static inline const spx_metric *find_metric(const spx_results *r, const char *name)
{
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, name) == 0) return &r->metric[i];
    return NULL;
}

static inline const spx_metric *need_metric(const spx_results *r, const char *name)
{
    const spx_metric *m = find_metric(r, name);
    if (!m) fail_msg("no metric %s", name);
    return m;
}

static inline void run_plan(const spx_eval_plan *plan, const spx_model *m, const spx_tokenizer *t,
                            spx_results *out)
{
    spx_error err = {0};
    spx_eval *e = NULL;
    check_ok(spx_eval_new(plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, out, &err));
    spx_eval_free(e);
}

/* On the tiny model. */
static inline void measure_tiny(const spx_eval_plan *plan, spx_results *out)
{
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    open_tiny(&m, &t);
    run_plan(plan, m, t, out);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* Made ready, run and thrown away. */
static inline spx_status run_through(const spx_eval_plan *plan, const spx_model *m,
                                     const spx_tokenizer *t)
{
    spx_eval *e = NULL;
    spx_results r = {0};
    spx_status st = spx_eval_new(plan, t, &e, NULL);
    if (st == SPX_OK) st = spx_eval_run(e, m, &r, NULL);
    spx_results_free(&r);
    spx_eval_free(e);
    return st;
}

/* Runs it once before, so that the workspace which the model keeps is there. */
#define check_plan_survives_oom(plan, m, t)                      \
    do {                                                         \
        assert_int_equal(run_through((plan), (m), (t)), SPX_OK); \
        check_survives_oom(run_through((plan), (m), (t)));       \
    } while (0)

#endif
