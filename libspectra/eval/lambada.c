/* lambada.c: predicting the last word of a passage (Paperno et al. 2016). */
#include "eval/family.h"

#include <string.h>

static const spx_quantity lambada_q = {"lambada",
                                       "%",
                                       "whole last word by argmax",
                                       "Paperno et al. 2016",
                                       "0 to 100",
                                       "large: long contexts are understood"};
static const spx_quantity perplexity_q = {
    "lambada_perplexity",
    "1",
    "exp of the mean NLL of the last word, summed over its tokens",
    "lm-evaluation-harness, lambada_openai",
    "1 and more",
    "small: long contexts are understood"};

/* Tokens of a passage: its context, and " " + last word. */
typedef struct passage {
    spx_tokens context, word;
    long id;
} passage;

typedef struct passages {
    const spx_tokenizer *tokenizer;
    passage *at;
    size_t n, room;
} passages;

/* The text up to its last white space is the context; the rest, after a space, is the word. The
 * harness's data have no white space at the end and single spaces between words. */
static spx_status read_passage(const spx_json *r, size_t place, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    passages *all = into;
    const char *text = NULL;
    char *word = NULL;
    span context = {0}, last = {0};
    SPX_TRY(record_text(r, "text", &text, err));
    if (!text_last_word(text, &context, &last))
        SPX_RAISE(err, SPX_EFORMAT, "text has no last word after a space");
    SPX_TRY(SPX_SCRATCH(&tmp, &word, last.len + 1, err));
    memcpy(word, last.at, last.len);
    SPX_TRY(ARRAY_GROW(&all->at, &all->room, all->n, err));
    passage *p = &all->at[all->n++];
    *p = (passage){.id = (long)place};
    SPX_TRY(spx_tokenizer_prompt(all->tokenizer, context.at, context.len, &p->context, err));
    SPX_TRY(tokens_of(all->tokenizer, " ", word, &p->word, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static void lambada_free(void *ready)
{
    passages *all = ready;
    if (!all) return;
    for (size_t i = 0; i < all->n; i++) {
        spx_tokens_free(&all->at[i].context);
        spx_tokens_free(&all->at[i].word);
    }
    spx_free(all->at);
    spx_free(all);
}

static spx_status lambada_ready(const spx_eval_task *task, const setting *s, void **out,
                                size_t *skipped, spx_error *err)
{
    spx_status st = SPX_OK;
    const record_opts o = {.items = task->items, .skip_bad = s->skip_bad};
    passages *all = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&all, 1, err));
    all->tokenizer = s->tokenizer;
    SPX_TRY(records_each(task->file, &o, read_passage, all, skipped, err));
    *out = all;
    all = NULL;
out:
    lambada_free(all);
    return st;
}

static double word_perplexity(const void *data, const size_t *pick, size_t n)
{
    return exp_of_mean(data, NULL, pick, n);
}

static spx_status lambada_run(const void *ready, const setting *s, const spx_model *m,
                              spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const passages *all = ready;
    score_item *item = NULL;
    score *scores = NULL;
    long *id = NULL;
    double *right = NULL, *nll = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &item, all->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &scores, all->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &id, all->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &right, all->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &nll, all->n, err));
    for (size_t i = 0; i < all->n; i++)
        item[i] = item_of(s, all->at[i].id, &all->at[i].context, &all->at[i].word);
    SPX_TRY(score_items(m, s->units, item, all->n, scores, err));
    for (size_t i = 0; i < all->n; i++) {
        id[i] = all->at[i].id;
        right[i] = 100.0 * scores[i].argmax;
        nll[i] = scores[i].nll * (double)item[i].targets;
    }
    sample words = {
        .q = &lambada_q, .set = s->set, .item = id, .value = right, .n = all->n, .seed = s->seed};
    SPX_TRY(results_mean(out, &words, err));
    words.q = &perplexity_q;
    words.value = nll;
    SPX_TRY(results_statistic(out, &words, word_perplexity, nll, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *lambada_quantity(const void *variant, size_t i)
{
    static const spx_quantity *const all[] = {&lambada_q, &perplexity_q};
    (void)variant;
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

const family family_lambada = {
    .name = "lambada",
    .reads = "JSON lines: text",
    .help = "the last word of a passage",
    .ready = lambada_ready,
    .run = lambada_run,
    .free = lambada_free,
    .quantity = lambada_quantity,
};
