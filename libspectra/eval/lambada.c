/* lambada.c: the last word of a passage (Paperno et al. 2016), all its tokens by argmax. */
#include "eval/families.h"

#include <string.h>

static const spx_quantity lambada_q = {"lambada", "%", "whole last word by argmax",
                                       "Paperno et al. 2016"};
static const spx_quantity perplexity_q = {"lambada_perplexity", "1",
                                          "exp of the mean NLL of the last word, summed over its "
                                          "tokens",
                                          "lm-evaluation-harness, lambada_openai"};

/* Passages: context ids, and those of " " + last word. */
typedef struct passage {
    spx_tokens context, word;
    long id;
} passage;

typedef struct passages {
    const spx_tokenizer *tokenizer;
    passage *at;
    size_t n, room;
} passages;

/* Text up to its last space is the context; the rest, with the space, the word. */
static spx_status read_passage(const spx_json *r, size_t place, void *into, spx_error *err)
{
    passages *all = into;
    const char *text = NULL;
    spx_status st = record_text(r, "text", &text, err);
    if (st != SPX_OK) return st;
    const char *gap = strrchr(text, ' ');
    if (!gap || gap == text || !gap[1])
        return SPX_FAIL(err, SPX_EFORMAT, "text has no last word behind others");
    st = array_grow(&all->at, &all->room, all->n, sizeof *all->at, err);
    if (st != SPX_OK) return st;
    passage *p = &all->at[all->n++];
    *p = (passage){.id = (long)place};
    st = spx_tokenizer_prompt(all->tokenizer, text, (size_t)(gap - text), &p->context, err);
    return st == SPX_OK ? tokens_of(all->tokenizer, "", gap, &p->word, err) : st;
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
    const record_opts o = {task->items, s->skip_bad};
    spx_status st = spx_alloc(out, 1, sizeof(passages), err);
    if (st != SPX_OK) return st;
    ((passages *)*out)->tokenizer = s->tokenizer;
    st = records_each(task->file, &o, read_passage, *out, skipped, err);
    if (st == SPX_OK) return st;
    lambada_free(*out);
    *out = NULL;
    return st;
}

/* exp of the mean of the words' NLLs. */
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
    SPX_TRY(scratch_array(&tmp, &item, all->n, sizeof *item, err));
    SPX_TRY(scratch_array(&tmp, &scores, all->n, sizeof *scores, err));
    SPX_TRY(scratch_array(&tmp, &id, all->n, sizeof *id, err));
    SPX_TRY(scratch_array(&tmp, &right, all->n, sizeof *right, err));
    SPX_TRY(scratch_array(&tmp, &nll, all->n, sizeof *nll, err));
    for (size_t i = 0; i < all->n; i++) item[i] = item_of(&all->at[i].context, &all->at[i].word);
    SPX_TRY(score_items(m, s->units, item, all->n, scores, err));
    for (size_t i = 0; i < all->n; i++) {
        id[i] = all->at[i].id;
        right[i] = 100.0 * scores[i].argmax;
        nll[i] = scores[i].nll * (double)item[i].targets;
    }
    const sample words = {&lambada_q, s->set, id, right, all->n, s->seed};
    const sample texts = {&perplexity_q, s->set, id, nll, all->n, s->seed};
    SPX_TRY(results_mean(out, &words, err));
    SPX_TRY(results_statistic(out, &texts, word_perplexity, nll, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

const family family_lambada = {"lambada", "JSON lines with text: its last word", lambada_ready,
                               lambada_run, lambada_free};
