/* answers.c: questions answered in free text, greedily, right if an answer is matched exactly:
 * NQ-open and GSM8K with prompts, stops and comparison of lm-evaluation-harness 0.4.9. */
#include "eval/exact_match.h"
#include "eval/families.h"

#include "spx/generate.h"

#include <stdio.h>
#include <string.h>

enum { MOST_STOPS = 4, MOST_READINGS = 2 };

/* One way to read an answer off what was generated (its own copy); false: there is none; NULL: it
 * is the whole text. */
typedef struct reading {
    spx_quantity q;
    bool (*find)(char *text);
} reading;

/* head, shots "before QUESTION after ANSWER between", then "before QUESTION after". */
typedef struct task_row {
    const char *name, *head, *before, *after, *between;
    const char *stop[MOST_STOPS];
    size_t most;              /* tokens generated at most */
    void (*settle)(char *at); /* an answer and a gold one, before they are compared */
    reading reading[MOST_READINGS];
} task_row;

static const char harness[] = "lm-evaluation-harness";
static const task_row rows[] = {
    {.name = "nq_open",
     .head = "Answer these questions:\n\n",
     .before = "Q: ",
     .after = "?\nA:",
     .between = "\n",
     .stop = {"\n", ".", ","},
     .most = 32, /* an answer that goes on longer matches none */
     .settle = exact_open,
     .reading = {{{"nq_open", "%", "generated answers that are one of the gold ones", harness},
                  NULL}}},
    {.name = "gsm8k",
     .head = "",
     .before = "Question: ",
     .after = "\nAnswer:",
     .between = "\n\n",
     .stop = {"Question:", "</s>", "<|im_end|>"},
     .most = 256,
     .settle = exact_number,
     .reading = {{{"gsm8k", "%", "the number behind #### is the answer", harness}, exact_marked},
                 {{"gsm8k_flexible", "%", "the last number is the answer", harness}, exact_last}}},
};
static const size_t row_count = sizeof rows / sizeof *rows;

/* Gold answers of a question, settled. */
typedef struct gold {
    char **at;
    size_t n;
} gold;

typedef struct questions {
    const task_row *row;
    const spx_tokenizer *tokenizer;
    size_t shots;
    char *context; /* head and shots so far; in texts */
    spx_scratch texts;
    spx_tokens *prompt;
    gold *gold;
    long *id;
    size_t n, prompt_room, gold_room, id_room;
} questions;

/* Context and question; as a shot with its answer and what parts it from the next. A mark at the
 * question's end gives way to the row's. */
static spx_status compose(const questions *q, const char *question, const char *answer, char **out,
                          spx_scratch *tmp, spx_error *err)
{
    const task_row *r = q->row;
    const char *parts[] = {q->context, r->before, r->after, answer ? answer : "", r->between};
    const bool marked = *r->after == '?' && question[strlen(question) - 1] == '?';
    size_t size = strlen(question) + 2;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) size += strlen(parts[i]);
    char *text = NULL;
    const spx_status st = scratch_array(tmp, &text, size, 1, err);
    if (st != SPX_OK) return st;
    const int n = snprintf(text, size, "%s%s%.*s%s", q->context, r->before,
                           (int)(strlen(question) - marked), question, r->after);
    if (answer) snprintf(text + n, size - (size_t)n, " %s%s", answer, r->between);
    *out = text; /* which may be where the context is kept */
    return SPX_OK;
}

/* "answer": a text, or an array of them. */
static const char *answer_at(const spx_json *r, size_t i)
{
    const spx_json *v = spx_json_get(r, "answer");
    return spx_json_text(spx_json_is_array(v) ? spx_json_at(v, i) : v);
}

static spx_status read_gold(questions *q, const spx_json *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *v = spx_json_get(r, "answer");
    gold g = {.n = spx_json_is_array(v) ? spx_json_size(v) : 1};
    SPX_TRY(scratch_array(&q->texts, &g.at, g.n, sizeof(char *), err));
    for (size_t i = 0; i < g.n; i++) {
        const char *text = answer_at(r, i);
        if (!text || !*text) SPX_RAISE(err, SPX_EFORMAT, "answer has an entry that is no text");
        SPX_TRY(scratch_array(&q->texts, &g.at[i], strlen(text) + 1, 1, err));
        memcpy(g.at[i], text, strlen(text) + 1);
        q->row->settle(g.at[i]);
    }
    SPX_TRY(array_grow(&q->gold, &q->gold_room, q->n, sizeof *q->gold, err));
    q->gold[q->n] = g;
out:
    return st;
}

static spx_status add_question(questions *q, const spx_json *r, const char *question, long id,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char *text = NULL;
    SPX_TRY(read_gold(q, r, err));
    SPX_TRY(array_grow(&q->prompt, &q->prompt_room, q->n, sizeof *q->prompt, err));
    SPX_TRY(array_grow(&q->id, &q->id_room, q->n, sizeof *q->id, err));
    SPX_TRY(compose(q, question, NULL, &text, &tmp, err));
    SPX_TRY(tokens_of(q->tokenizer, "", text, &q->prompt[q->n], err));
    q->id[q->n++] = id;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status read_question(const spx_json *r, size_t place, void *into, spx_error *err)
{
    questions *q = into;
    const char *question = NULL, *first = answer_at(r, 0);
    const spx_status st = record_text(r, "question", &question, err);
    if (st != SPX_OK) return st;
    if (!first || !*first) return SPX_FAIL(err, SPX_EFORMAT, "answer has no text");
    if (q->shots == 0) return add_question(q, r, question, (long)place, err);
    q->shots--;
    return compose(q, question, first, &q->context, &q->texts, err);
}

static void answers_free(void *ready)
{
    questions *q = ready;
    if (!q) return;
    for (size_t i = 0; i < q->n; i++) spx_tokens_free(&q->prompt[i]);
    spx_free(q->prompt);
    spx_free(q->gold);
    spx_free(q->id);
    spx_scratch_free(&q->texts);
    spx_free(q);
}

static spx_status answers_ready(const spx_eval_task *task, const setting *s, void **out,
                                size_t *skipped, spx_error *err)
{
    const record_opts o = {task->items ? task->items + task->shots : 0, s->skip_bad};
    spx_status st = spx_alloc(out, 1, sizeof(questions), err);
    if (st != SPX_OK) return st;
    questions *q = *out;
    q->tokenizer = s->tokenizer;
    q->shots = task->shots;
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].name, task->family) == 0) q->row = &rows[i];
    SPX_TRY(scratch_array(&q->texts, &q->context, strlen(q->row->head) + 1, 1, err));
    memcpy(q->context, q->row->head, strlen(q->row->head) + 1);
    SPX_TRY(records_each(task->file, &o, read_question, q, skipped, err));
    if (q->n == 0)
        SPX_RAISE(err, SPX_EINVAL, "%s: no record behind the first %zu, which are shots",
                  task->file, task->shots);
out:
    if (st == SPX_OK) return SPX_OK;
    answers_free(q);
    *out = NULL;
    return st;
}

/* Is what `find` reads off the text one of the gold answers? */
static spx_status matches(const task_row *row, const reading *how, const char *text, const gold *g,
                          bool *out, spx_error *err)
{
    spx_scratch tmp = {0};
    char *copy = NULL;
    const spx_status st = scratch_array(&tmp, &copy, strlen(text) + 1, 1, err);
    *out = false;
    if (st != SPX_OK) return st;
    memcpy(copy, text, strlen(text) + 1);
    if (!how->find || how->find(copy)) {
        row->settle(copy);
        for (size_t i = 0; i < g->n; i++) *out |= strcmp(copy, g->at[i]) == 0;
    }
    spx_scratch_free(&tmp);
    return st;
}

static spx_status report(const questions *q, const reading *how, char *const *text,
                         const setting *s, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *right = NULL;
    SPX_TRY(scratch_array(&tmp, &right, q->n, sizeof *right, err));
    for (size_t i = 0; i < q->n; i++) {
        bool match = false;
        SPX_TRY(matches(q->row, how, text[i], &q->gold[i], &match, err));
        right[i] = 100.0 * match;
    }
    const sample answers = {&how->q, s->set, q->id, right, q->n, s->seed};
    SPX_TRY(results_mean(out, &answers, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status answers_run(const void *ready, const setting *s, const spx_model *m,
                              spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const questions *q = ready;
    texts_behind new = {0};
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = q->row->most;
    SPX_TRY(texts_generate(s, m, q->prompt, q->n, &o, q->row->stop, &new, err));
    for (size_t i = 0; i < q->n; i++) exact_cut(new.at[i], q->row->stop);
    for (size_t k = 0; k < MOST_READINGS && q->row->reading[k].q.name; k++)
        SPX_TRY(report(q, &q->row->reading[k], new.at, s, out, err));
out:
    texts_free(&new);
    return st;
}

#define ANSWERS(name, help) \
    const family family_##name = {#name, help, answers_ready, answers_run, answers_free}
ANSWERS(nq_open, "JSON lines, question, answer (a list): greedy, exact match");
ANSWERS(gsm8k, "JSON lines, question, answer (\"#### 7\" at its end): greedy, exact match");
