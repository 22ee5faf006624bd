/* perplexity.c: perplexity of a text in windows. The first token of a window is not scored; BOS
 * takes its place if the model was trained with one (as in llama.cpp's tool). */
#include "eval/family.h"

#include "spx/file.h"

#include <string.h>

static const spx_quantity whole_q = {
    "perplexity",
    "1",
    "exp of mean NLL of the tokens of each window that no earlier one had",
    "definition",
    "1 and more",
    "small: the text is expected; many times the base's: broken"};
static const spx_quantity half_q = {"perplexity_second_half",
                                    "1",
                                    "exp of mean NLL of the second halves of the windows",
                                    "definition",
                                    "1 and more",
                                    "small: the text is expected with a context before it"};
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

/* Cuts the first `tokens` ids of a text into windows; a last one that is not full is left out. */
static spx_status cut_windows(windows *w, const int32_t *id, size_t tokens, const spx_tokenizer *t,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    w->n = 1 + (tokens - w->window) / w->stride;
    SPX_TRY(SPX_NEW(&w->id, w->n * w->window, err));
    for (size_t i = 0; i < w->n; i++)
        memcpy(w->id + i * w->window, id + i * w->stride, w->window * sizeof *id);
    spx_tokenizer_begin(t, w->id, w->n, w->window);
out:
    return st;
}

static spx_status read_windows(const spx_eval_task *task, const spx_tokenizer *t, windows *w,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tokens all = {0};
    char *text = NULL;
    size_t len = 0;
    if (w->window < 2 || w->stride > w->window)
        SPX_RAISE(err, SPX_EINVAL,
                  "window of %zu tokens, stride of %zu (expected 2 <= window, stride <= window)",
                  w->window, w->stride);
    if (task->tokens > 0 && task->tokens < w->window)
        SPX_RAISE(err, SPX_EINVAL, "%zu tokens (expected at least a window of %zu)", task->tokens,
                  w->window);
    SPX_TRY(spx_file_text(task->file, &text, &len, err));
    SPX_TRY(spx_tokenizer_encode(t, text, len, false, &all, err));
    const size_t least = task->tokens > 0 ? task->tokens : w->window;
    if (all.n < least)
        SPX_RAISE(err, SPX_EINVAL, "text of %zu tokens (expected at least %zu)", all.n, least);
    SPX_TRY(cut_windows(w, all.id, task->tokens ? task->tokens : all.n, t, err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", task->file);
    spx_tokens_free(&all);
    spx_free(text);
    return st;
}

static spx_status perplexity_ready(const spx_eval_task *task, const setting *s, void **out,
                                   size_t *skipped, spx_error *err)
{
    spx_status st = SPX_OK;
    windows *w = NULL;
    *out = NULL;
    *skipped = 0;
    SPX_TRY(SPX_NEW(&w, 1, err));
    w->window = task->window ? task->window : SPX_PERPLEXITY_WINDOW;
    w->stride = task->stride ? task->stride : w->window;
    SPX_TRY(read_windows(task, s->tokenizer, w, err));
    *out = w;
    w = NULL;
out:
    perplexity_free(w);
    return st;
}

/* Mean NLLs of windows, and the number of tokens of each. */
typedef struct means {
    const double *nll, *tokens;
} means;

static double window_perplexity(const void *data, const size_t *pick, size_t n)
{
    const means *m = data;
    return exp_of_mean(m->nll, m->tokens, pick, n);
}

/* Items 0 .. n - 1: the tokens of each window but its first, or those that no earlier window had.
 * Items n .. 2 n - 1: its second half, which costs no further row. */
static void window_items(const windows *w, score_item *item)
{
    for (size_t i = 0; i < w->n; i++) {
        const int32_t *at = w->id + i * w->window;
        const size_t seen = i == 0 || w->stride == w->window ? 1 : w->window - w->stride;
        const size_t half = w->window / 2;
        item[i] = (score_item){
            .prompt = at, .target = at + seen, .prompts = seen, .targets = w->window - seen};
        item[w->n + i] = (score_item){
            .prompt = at, .target = at + half, .prompts = half, .targets = w->window - half};
    }
}

static spx_status report_windows(const spx_quantity *q, const score_item *item, const score *scores,
                                 size_t n, const setting *s, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    long *id = NULL;
    double *nll = NULL, *tokens = NULL;
    size_t total = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &id, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &nll, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &tokens, n, err));
    for (size_t i = 0; i < n; i++) {
        id[i] = (long)i;
        nll[i] = scores[i].nll;
        tokens[i] = (double)item[i].targets;
        total += item[i].targets;
    }
    const sample values = {
        .q = q, .set = s->set, .item = id, .value = nll, .n = n, .seed = s->seed};
    const means m = {nll, tokens};
    SPX_TRY(results_statistic(out, &values, window_perplexity, &m, err));
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
    const size_t context = spx_model_shape(m)->context;
    if (w->window > context)
        SPX_RAISE(err, SPX_EINVAL,
                  "window has %zu tokens (expected at most %zu, the model's context)", w->window,
                  context);
    SPX_TRY(SPX_SCRATCH(&tmp, &item, 2 * n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &scores, 2 * n, err));
    window_items(w, item);
    SPX_TRY(score_items(m, s->units, item, 2 * n, scores, err));
    SPX_TRY(report_windows(&whole_q, item, scores, n, s, out, err));
    SPX_TRY(report_windows(&half_q, item + n, scores + n, n, s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *perplexity_quantity(const void *variant, size_t i)
{
    static const spx_quantity *const all[] = {&whole_q, &half_q};
    (void)variant;
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

const family family_perplexity = {
    .name = "perplexity",
    .reads = "UTF-8 text",
    .help = "every token, in windows",
    .ready = perplexity_ready,
    .run = perplexity_run,
    .free = perplexity_free,
    .quantity = perplexity_quantity,
};
