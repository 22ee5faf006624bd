/* perplexity.c: of a text in windows; each window's first token is not scored, and gives its place
 * to BOS where the model was trained with one (as llama.cpp's tool does). */
#include "eval/families.h"

#include "spx/file.h"

#include <string.h>

static const spx_quantity whole_q = {
    "perplexity", "1", "exp of mean NLL of the tokens that a window is the first to see",
    "definition"};
static const spx_quantity half_q = {"perplexity_second_half", "1",
                                    "exp of mean NLL of the second halves of the windows",
                                    "definition"};
static const size_t default_window = 512;

typedef struct windows {
    int32_t *id; /* n x window */
    size_t n, window, stride;
} windows;

static void perplexity_free(void *ready)
{
    windows *w = ready;
    if (w) spx_free(w->id);
    spx_free(w);
}

/* Windows of the first `tokens` ids of a text, a last one that is not full left out. */
static spx_status cut(windows *w, const int32_t *id, size_t tokens, const spx_tokenizer *t,
                      spx_error *err)
{
    void *mem = NULL;
    w->n = 1 + (tokens - w->window) / w->stride;
    const spx_status st = spx_alloc(&mem, w->n * w->window, sizeof *w->id, err);
    if (st != SPX_OK) return st;
    w->id = mem;
    for (size_t i = 0; i < w->n; i++)
        memcpy(w->id + i * w->window, id + i * w->stride, w->window * sizeof *id);
    spx_tokenizer_begin(t, w->id, w->n, w->window);
    return SPX_OK;
}

static spx_status read_text(const spx_eval_task *task, const spx_tokenizer *t, windows *w,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tokens all = {0};
    char *text = NULL;
    size_t len = 0;
    if (w->window < 2 || w->stride > w->window)
        SPX_RAISE(err, SPX_EINVAL, "windows of %zu tokens, %zu apart", w->window, w->stride);
    if (task->tokens > 0 && task->tokens < w->window)
        SPX_RAISE(err, SPX_EINVAL, "the first %zu tokens are less than a window of %zu",
                  task->tokens, w->window);
    SPX_TRY(spx_file_text(task->file, &text, &len, err));
    SPX_TRY(spx_tokenizer_encode(t, text, len, false, &all, err));
    const size_t least = task->tokens > 0 ? task->tokens : w->window;
    if (all.n < least)
        SPX_RAISE(err, SPX_EINVAL, "text too short: %zu tokens, %zu wanted", all.n, least);
    SPX_TRY(cut(w, all.id, task->tokens ? task->tokens : all.n, t, err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", task->file);
    spx_tokens_free(&all);
    spx_free(text);
    return st;
}

static spx_status perplexity_ready(const spx_eval_task *task, const setting *s, void **out,
                                   size_t *skipped, spx_error *err)
{
    spx_status st = spx_alloc(out, 1, sizeof(windows), err);
    if (st != SPX_OK) return st;
    windows *w = *out;
    *skipped = 0;
    w->window = task->window ? task->window : default_window;
    w->stride = task->stride ? task->stride : w->window;
    st = read_text(task, s->tokenizer, w, err);
    if (st == SPX_OK) return st;
    perplexity_free(w);
    *out = NULL;
    return st;
}

/* Mean NLLs of windows and the tokens behind each. */
typedef struct means {
    const double *nll, *tokens;
} means;

static double perplexity(const void *data, const size_t *pick, size_t n)
{
    const means *m = data;
    return exp_of_mean(m->nll, m->tokens, pick, n);
}

/* The tokens that window i is asked for: all but its first, or those no window before it had; and
 * in the other list its second half, which costs no row more. */
static void lay_windows(const windows *w, score_item *item)
{
    for (size_t i = 0; i < w->n; i++) {
        const int32_t *at = w->id + i * w->window;
        const size_t seen = i == 0 || w->stride == w->window ? 1 : w->window - w->stride;
        const size_t half = w->window / 2;
        item[i] = (score_item){at, at + seen, seen, w->window - seen, NULL};
        item[w->n + i] = (score_item){at, at + half, half, w->window - half, NULL};
    }
}

static spx_status report(const spx_quantity *q, const score_item *item, const score *scores,
                         size_t n, const setting *s, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    long *id = NULL;
    double *nll = NULL, *tokens = NULL;
    size_t total = 0;
    SPX_TRY(scratch_array(&tmp, &id, n, sizeof *id, err));
    SPX_TRY(scratch_array(&tmp, &nll, n, sizeof *nll, err));
    SPX_TRY(scratch_array(&tmp, &tokens, n, sizeof *tokens, err));
    for (size_t i = 0; i < n; i++) {
        id[i] = (long)i;
        nll[i] = scores[i].nll;
        tokens[i] = (double)item[i].targets;
        total += item[i].targets;
    }
    const sample windows_of = {q, s->set, id, nll, n, s->seed};
    const means m = {nll, tokens};
    SPX_TRY(results_statistic(out, &windows_of, perplexity, &m, err));
    if (out) out->metric[out->metrics - 1].items = total;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status perplexity_run(const void *ready, const setting *s, const spx_model *m,
                                 spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const windows *w = ready;
    const size_t n = w->n;
    score_item *item = NULL;
    score *scores = NULL;
    SPX_TRY(scratch_array(&tmp, &item, 2 * n, sizeof *item, err));
    SPX_TRY(scratch_array(&tmp, &scores, 2 * n, sizeof *scores, err));
    lay_windows(w, item);
    SPX_TRY(score_items(m, s->units, item, 2 * n, scores, err));
    SPX_TRY(report(&whole_q, item, scores, n, s, out, err));
    SPX_TRY(report(&half_q, item + n, scores + n, n, s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

const family family_perplexity = {"perplexity", "text: mean NLL in windows", perplexity_ready,
                                  perplexity_run, perplexity_free};
