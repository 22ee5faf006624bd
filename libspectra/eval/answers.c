/* answers.c: questions answered in free text, greedily, and scored by exact match: NQ-open and
 * GSM8K with the prompts, stops and comparison of lm-evaluation-harness 0.4.9. */
#include "eval/exact_match.h"
#include "eval/family.h"

#include "spx/generate.h"

#include <stdio.h>
#include <string.h>

enum { MOST_STOPS = 4, MOST_READINGS = 2 };

/* One way to read an answer off a generated text. */
typedef struct reading {
    spx_quantity q;
    bool (*find)(char *text); /* cuts text down to the answer, false: none; NULL: the whole text */
} reading;

/* A task. Its prompt is head, then "before QUESTION after ANSWER between" for each shot, then
 * "before QUESTION after". */
typedef struct answer_task {
    const char *head, *before, *after, *between;
    const char *stop[MOST_STOPS];
    size_t most;                 /* tokens generated at most */
    void (*normalize)(char *at); /* of an answer and a gold one, before they are compared */
    reading reading[MOST_READINGS];
} answer_task;

static const char harness[] = "lm-evaluation-harness";

static const answer_task nq_open = {
    .head = "Answer these questions:\n\n",
    .before = "Q: ",
    .after = "?\nA:",
    .between = "\n",
    .stop = {"\n", ".", ","},
    .most = 32, /* a longer answer matches none */
    .normalize = exact_open,
    .reading = {{{"nq_open", "%", "generated answers that are one of the gold ones", harness,
                  "0 to 100", "large: facts of the world are known"},
                 NULL}},
};

static const answer_task gsm8k = {
    .head = "",
    .before = "Question: ",
    .after = "\nAnswer:",
    .between = "\n\n",
    .stop = {"Question:", "</s>", "<|im_end|>"},
    .most = 256,
    .normalize = exact_number,
    .reading = {{{"gsm8k", "%", "the number after #### is the answer", harness, "0 to 100",
                  "large: sums in words are solved"},
                 exact_marked},
                {{"gsm8k_flexible", "%", "the last number is the answer", harness, "0 to 100",
                  "large: sums in words are solved"},
                 exact_last}},
};

/* The gold answers of a question, normalized. */
typedef struct gold {
    char **at;
    size_t n;
} gold;

typedef struct questions {
    const answer_task *task;
    const spx_tokenizer *tokenizer;
    size_t shots;
    char *context; /* head and shots so far; in texts */
    spx_scratch texts;
    spx_tokens *prompt;
    gold *gold;
    long *id;
    size_t n, prompt_room, gold_room, id_room;
} questions;

/* Context and question; for a shot also its answer and the separator. A question mark at the end of
 * the question is dropped if the task adds one. */
static spx_status compose_question(const questions *q, const char *question, const char *answer,
                                   char **out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const answer_task *r = q->task;
    const char *parts[] = {q->context, r->before, r->after, answer ? answer : "", r->between};
    const bool marked = *r->after == '?' && question[strlen(question) - 1] == '?';
    size_t size = strlen(question) + 2;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) size += strlen(parts[i]);
    char *text = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &text, size, err));
    const int n = snprintf(text, size, "%s%s%.*s%s", q->context, r->before,
                           (int)(strlen(question) - marked), question, r->after);
    if (answer) snprintf(text + n, size - (size_t)n, " %s%s", answer, r->between);
    *out = text; /* out may be &q->context */
out:
    return st;
}

/* "answer" is a text or an array of texts. */
static const char *answer_at(const spx_json *r, size_t i)
{
    const spx_json *v = spx_json_get(r, "answer");
    return spx_json_text(spx_json_is_array(v) ? spx_json_at(v, i) : v);
}

static spx_status read_gold_answers(questions *q, const spx_json *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *v = spx_json_get(r, "answer");
    gold g = {.n = spx_json_is_array(v) ? spx_json_size(v) : 1};
    SPX_TRY(SPX_SCRATCH(&q->texts, &g.at, g.n, err));
    for (size_t i = 0; i < g.n; i++) {
        const char *text = answer_at(r, i);
        if (!text || !*text)
            SPX_RAISE(err, SPX_EFORMAT, "answer[%zu] is not a non-empty string", i);
        SPX_TRY(SPX_SCRATCH(&q->texts, &g.at[i], strlen(text) + 1, err));
        memcpy(g.at[i], text, strlen(text) + 1);
        q->task->normalize(g.at[i]);
    }
    SPX_TRY(ARRAY_GROW(&q->gold, &q->gold_room, q->n, err));
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
    SPX_TRY(read_gold_answers(q, r, err));
    SPX_TRY(ARRAY_GROW(&q->prompt, &q->prompt_room, q->n, err));
    SPX_TRY(ARRAY_GROW(&q->id, &q->id_room, q->n, err));
    SPX_TRY(compose_question(q, question, NULL, &text, &tmp, err));
    SPX_TRY(tokens_of(q->tokenizer, "", text, &q->prompt[q->n], err));
    q->id[q->n++] = id;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status read_question(const spx_json *r, size_t place, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    questions *q = into;
    const char *question = NULL, *first = answer_at(r, 0);
    SPX_TRY(record_text(r, "question", &question, err));
    if (!first || !*first) SPX_RAISE(err, SPX_EFORMAT, "answer is not a non-empty string or list");
    if (q->shots > 0) {
        q->shots--;
        SPX_TRY(compose_question(q, question, first, &q->context, &q->texts, err));
    } else {
        SPX_TRY(add_question(q, r, question, (long)place, err));
    }
out:
    return st;
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
    spx_status st = SPX_OK;
    const record_opts o = {.items = task->items ? task->items + task->shots : 0,
                           .skip_bad = s->skip_bad};
    questions *q = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&q, 1, err));
    q->tokenizer = s->tokenizer;
    q->shots = task->shots;
    q->task = s->variant;
    SPX_TRY(SPX_SCRATCH(&q->texts, &q->context, strlen(q->task->head) + 1, err));
    memcpy(q->context, q->task->head, strlen(q->task->head) + 1);
    SPX_TRY(records_each(task->file, &o, read_question, q, skipped, err));
    if (q->n == 0)
        SPX_RAISE(err, SPX_EINVAL, "%s: no record after the first %zu, which are the shots",
                  task->file, task->shots);
    *out = q;
    q = NULL;
out:
    answers_free(q);
    return st;
}

/* True if what `how` reads off the text is one of the gold answers. */
static spx_status answer_matches(const answer_task *task, const reading *how, const char *text,
                                 const gold *g, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char *copy = NULL;
    *out = false;
    SPX_TRY(SPX_SCRATCH(&tmp, &copy, strlen(text) + 1, err));
    memcpy(copy, text, strlen(text) + 1);
    if (how->find && !how->find(copy)) goto out;
    task->normalize(copy);
    for (size_t i = 0; i < g->n; i++) *out |= strcmp(copy, g->at[i]) == 0;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status report_answers(const questions *q, const reading *how, char *const *text,
                                 const setting *s, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *right = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &right, q->n, err));
    for (size_t i = 0; i < q->n; i++) {
        bool match = false;
        SPX_TRY(answer_matches(q->task, how, text[i], &q->gold[i], &match, err));
        right[i] = 100.0 * match;
    }
    const sample answers = {
        .q = &how->q, .set = s->set, .item = q->id, .value = right, .n = q->n, .seed = s->seed};
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
    generated_texts new = {0};
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = q->task->most;
    SPX_TRY(texts_generate(s, m, q->prompt, q->n, &o, q->task->stop, &new, err));
    for (size_t i = 0; i < q->n; i++) exact_cut(new.at[i], q->task->stop);
    for (size_t k = 0; k < MOST_READINGS && q->task->reading[k].q.name; k++)
        SPX_TRY(report_answers(q, &q->task->reading[k], new.at, s, out, err));
out:
    texts_free(&new);
    return st;
}

static const spx_quantity *answers_quantity(const void *variant, size_t i)
{
    const answer_task *task = variant;
    return i < MOST_READINGS && task->reading[i].q.name ? &task->reading[i].q : NULL;
}

#define ANSWERS(symbol, fields, asks)   \
    const family family_##symbol = {    \
        .name = #symbol,                \
        .reads = "JSON lines: " fields, \
        .help = (asks),                 \
        .variant = &(symbol),           \
        .ready = answers_ready,         \
        .run = answers_run,             \
        .free = answers_free,           \
        .quantity = answers_quantity,   \
    }
ANSWERS(nq_open, "question, answer (a text or a list)", "open questions, exact match");
ANSWERS(gsm8k, "question, answer (\"... #### 7\")", "word problems, exact match of the number");
