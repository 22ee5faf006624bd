/* tiny.h: the tiny model, scores from plain passes, and evaluations run as a whole. */
#ifndef SPX_TESTS_TINY_H
#define SPX_TESTS_TINY_H

#include "check.h"
#include "eval/score.h"

#include "spx/metrics.h"

#include <string.h>

enum { V = 512, D = 64 };

static inline void open_tiny(spx_model **m, spx_tokenizer **t)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, m, &err));
    check_ok(spx_tokenizer_open(c, t, &err));
    spx_ckpt_close(c);
}

/* -(1/m) sum_j log p(t_j | prompt, t_<j) from one plain pass; best, if not NULL, as in score.h. */
static inline score plain_score(const spx_model *m, const score_item *it, int32_t *best)
{
    spx_error err = {0};
    int32_t token[512];
    static float x[512 * D], z[2 * V];
    const spx_model_config *c = spx_model_shape(m);
    const size_t n = it->prompts + it->targets, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = token};
    const spx_pass all = {.from = 0, .to = c->layers};
    score out = {0, 0, true};
    assert_true(n <= 512 && c->d_model <= D && c->vocab <= 2 * V);
    memcpy(token, it->prompt, it->prompts * sizeof *token);
    memcpy(token + it->prompts, it->target, it->targets * sizeof *token);
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &all, x, &err));
    for (size_t j = 0; j < it->targets; j++) {
        const size_t row = it->prompts - 1 + j, t = (size_t)it->target[j];
        double sum = 0;
        size_t top = 0;
        check_ok(spx_model_logits(m, x, &row, 1, z, &err));
        for (size_t k = 0; k < c->vocab; k++) {
            sum += exp((double)z[k]);
            if (z[k] > z[top]) top = k;
        }
        out.nll += (log(sum) - (double)z[t]) / (double)it->targets;
        out.hits += t == top;
        out.argmax = out.argmax && t == top;
        if (best) best[j] = (int32_t)top;
    }
    return out;
}

/* Of a target, with a space before it, after a prompt. */
static inline score score_texts(const spx_model *m, const spx_tokenizer *t, const char *prompt,
                                const char *target)
{
    spx_error err = {0};
    char spaced[256];
    spx_tokens p, q;
    snprintf(spaced, sizeof spaced, " %s", target);
    check_ok(spx_tokenizer_encode(t, prompt, strlen(prompt), false, &p, &err));
    check_ok(spx_tokenizer_encode(t, spaced, strlen(spaced), false, &q, &err));
    const score_item it = {.prompt = p.id, .target = q.id, .prompts = p.n, .targets = q.n};
    const score s = plain_score(m, &it, NULL);
    spx_tokens_free(&p);
    spx_tokens_free(&q);
    return s;
}

/* Writes a text file in the working folder. */
static inline void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* The metric, or NULL if it was not measured. */
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

/* Runs a plan on a model; the results are appended to out. */
static inline void run_plan(const spx_eval_plan *plan, const spx_model *m, const spx_tokenizer *t,
                            spx_results *out)
{
    spx_error err = {0};
    spx_eval *e = NULL;
    check_ok(spx_eval_new(plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, out, &err));
    spx_eval_free(e);
}

/* Runs a plan on the tiny model. */
static inline void measure_tiny(const spx_eval_plan *plan, spx_results *out)
{
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    open_tiny(&m, &t);
    run_plan(plan, m, t, out);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* Prepares a plan, runs it and drops the results. */
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

/* Runs it once before, so that the model has its workspace. */
#define check_plan_survives_oom(plan, m, t)                      \
    do {                                                         \
        assert_int_equal(run_through((plan), (m), (t)), SPX_OK); \
        check_survives_oom(run_through((plan), (m), (t)));       \
    } while (0)

/* A task whose file is malformed, and part of the message. */
typedef struct bad_task {
    spx_eval_task task;
    const char *text, *words;
} bad_task;

/* Each of n tasks fails with its words, its text written to `file`. */
static inline void check_bad_tasks(const bad_task *bad, size_t n, const char *file)
{
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    open_tiny(&m, &t);
    for (size_t i = 0; i < n; i++) {
        spx_error err = {0};
        spx_eval *e = NULL;
        spx_eval_task task = bad[i].task;
        const spx_eval_plan plan = {.task = &task, .tasks = 1};
        task.file = file;
        write_file(file, bad[i].text);
        assert_int_not_equal(spx_eval_new(&plan, t, &e, &err), SPX_OK);
        assert_null(e);
        if (!strstr(err.text, bad[i].words)) fail_msg("%zu: %s", i, err.text);
    }
    remove(file);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

#endif
