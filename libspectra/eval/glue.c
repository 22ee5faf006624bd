/* glue.c: the six tests of ability of the editing papers, prompts and scoring as in AlphaEdit's
 * glue_eval at f5248d3: the first ten records are kept for shots, the others are tested; an answer
 * is read off five greedy tokens (f1, mcc), or is the likelier one (f1_new). Their RTE says "True"
 * for label 1, which is "not entailment": rte repeats that, rte_fixed puts it right. */
#include "eval/confusion.h"
#include "eval/families.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEPT_FOR_SHOTS = 10, NEW_TOKENS = 5, MOST_TEXTS = 5 };
enum { F1, F1_NEW, MCC, MCC_NEW, CORRECT, INVALID_SHARE, ACC_NEW, MEASURES };

static const char source[] = "AlphaEdit, glue_eval";
#define MEASURES_OF(name)                                                                    \
    {                                                                                        \
        {name "_f1", "1", "weighted F1 of the generated answers", source},                   \
            {name "_f1_new", "1", "weighted F1 of the likelier answers", source},            \
            {name "_mcc", "1", "Matthews' correlation of the generated answers", source},    \
            {name "_mcc_new", "1", "Matthews' correlation of the likelier answers", source}, \
            {name "_correct", "%", "generated answers that are right", source},              \
            {name "_invalid", "%", "generations without an answer", source},                 \
            {name "_acc_new", "%", "likelier answers that are right", source},               \
    }

/* A task: texts of a record between pieces of a prompt, the answers compared, and the words that a
 * generation is searched for, in order. */
typedef struct task_row {
    const char *name, *text[MOST_TEXTS]; /* fields, or "choices" for all four of an array */
    const char *piece[MOST_TEXTS + 1];
    const char *before_shot;          /* NULL: piece[0] */
    const char *answer[MOST_CLASSES]; /* of class 0, 1, ... */
    struct {
        const char *word;
        int class;
    } found[MOST_CLASSES];
    const char *label, *yes; /* the field; its text of class 1, if it is a text */
    bool flipped;            /* labels 0 and 1 change places */
    spx_quantity q[MEASURES];
} task_row;

#define RTE_PIECES                                     \
    {                                                  \
        "", "\nquestion: ", " True or False?\nanswer:" \
    }
static const task_row rows[] = {
    {.name = "sst2",
     .text = {"sentence"},
     .piece = {"Review :", "\nSentiment :"},
     .before_shot = "Review : ",
     .answer = {" negative", " positive"},
     .found = {{"positive", 1}, {"negative", 0}},
     .label = "label",
     .q = MEASURES_OF("sst2")},
    {.name = "mrpc",
     .text = {"sentence1", "sentence2"},
     .piece = {"Are the sentences paraphrases of each other.\nSentence 1: ", "\nSentence 2: ",
               "\nAnswer:"},
     .answer = {" No", " Yes"},
     .found = {{"yes", 1}, {"no", 0}},
     .label = "label",
     .q = MEASURES_OF("mrpc")},
    {.name = "cola", /* the space behind "Answer:" is theirs; their shots do not double it */
     .text = {"sentence"},
     .piece = {"Is this sentence linguistically acceptable?\nSentence: ", "\nAnswer: "},
     .answer = {" No", " Yes"},
     .found = {{"yes", 1}, {"no", 0}},
     .label = "label",
     .q = MEASURES_OF("cola")},
    {.name = "rte",
     .text = {"sentence1", "sentence2"},
     .piece = RTE_PIECES,
     .answer = {" False", " True"},
     .found = {{"false", 0}, {"true", 1}},
     .label = "label",
     .q = MEASURES_OF("rte")},
    {.name = "rte_fixed",
     .text = {"sentence1", "sentence2"},
     .piece = RTE_PIECES,
     .answer = {" False", " True"},
     .found = {{"false", 0}, {"true", 1}},
     .label = "label",
     .flipped = true,
     .q = MEASURES_OF("rte_fixed")},
    {.name = "nli",
     .text = {"sentence1", "sentence2"},
     .piece = {"", " entails the ", " True or False? Answer:"},
     .answer = {" False", " True"},
     .found = {{"true", 1}, {"false", 0}},
     .label = "label",
     .yes = "entailment",
     .q = MEASURES_OF("nli")},
    {.name = "mmlu_glue",
     .text = {"question", "choices"},
     .piece = {"Question: ", "\n(A) ", "\n(B) ", "\n(C) ", "\n(D) ", "\nAnswer:"},
     .answer = {" A", " B", " C", " D"},
     .found = {{"a\n", 0}, {"b\n", 1}, {"c\n", 2}, {"d\n", 3}},
     .label = "answer",
     .q = MEASURES_OF("mmlu_glue")},
};
static const size_t row_count = sizeof rows / sizeof *rows;

typedef struct examples {
    const task_row *row;
    const spx_tokenizer *tokenizer;
    spx_tokens answer[MOST_CLASSES];
    size_t answers, shots;
    char *context; /* the shots */
    spx_scratch texts;
    spx_tokens *prompt;
    int *gold;
    long *id;
    size_t n, prompt_room, gold_room, id_room;
} examples;

static spx_status texts_of(const task_row *row, const spx_json *r, const char *text[MOST_TEXTS],
                           size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    for (size_t i = 0; st == SPX_OK && i < MOST_TEXTS && row->text[i]; i++) {
        const spx_json *v = spx_json_get(r, row->text[i]);
        if (!spx_json_is_array(v)) {
            st = record_text(r, row->text[i], &text[(*n)++], err);
            continue;
        }
        for (size_t k = 0; k < MOST_CLASSES; k++) {
            text[*n] = spx_json_text(spx_json_at(v, k));
            if (!text[(*n)++] || spx_json_size(v) != MOST_CLASSES)
                return SPX_FAIL(err, SPX_EFORMAT, "%s has not four texts", row->text[i]);
        }
    }
    return st;
}

static spx_status class_of(const examples *e, const spx_json *r, int *out, spx_error *err)
{
    const spx_json *v = spx_json_get(r, e->row->label);
    const char *text = spx_json_text(v);
    double number = -1;
    if (e->row->yes && text) number = strcmp(text, e->row->yes) == 0;
    if (!e->row->yes && spx_json_number(v, &number) && number != floor(number)) number = -1;
    if (number < 0 || number >= (double)e->answers)
        return SPX_FAIL(err, SPX_EFORMAT, "%s is none of the %zu classes", e->row->label,
                        e->answers);
    *out = e->row->flipped ? 1 - (int)number : (int)number;
    return SPX_OK;
}

/* The shots so far, then this record's prompt; as a shot with its answer and a line end. */
static spx_status compose(examples *e, const char *const *text, size_t n, bool shot, int gold,
                          char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    const task_row *row = e->row;
    size_t size = (e->context ? strlen(e->context) : 0) + 128;
    for (size_t i = 0; i <= n; i++) size += strlen(row->piece[i]) + (i < n ? strlen(text[i]) : 0);
    SPX_TRY(spx_scratch_alloc(&e->texts, &mem, size, 1, err));
    char *to = mem;
    to += snprintf(to, size, "%s", e->context ? e->context : "");
    for (size_t i = 0; i <= n; i++) {
        const char *piece = i == 0 && shot && row->before_shot ? row->before_shot : row->piece[i];
        to += snprintf(to, size - (size_t)(to - (char *)mem), "%s%s", piece, i < n ? text[i] : "");
    }
    if (shot) {
        while (to > (char *)mem && to[-1] == ' ') to--;
        snprintf(to, size - (size_t)(to - (char *)mem), "%s\n", row->answer[gold]);
    }
    *out = mem;
out:
    return st;
}

static spx_status add_example(examples *e, const char *const *text, size_t n, int gold, long id,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char *prompt = NULL;
    spx_scratch context = e->texts;
    e->texts = (spx_scratch){0}; /* the prompt's text goes at once, the context stays */
    SPX_TRY(array_grow(&e->prompt, &e->prompt_room, e->n, sizeof *e->prompt, err));
    SPX_TRY(array_grow(&e->gold, &e->gold_room, e->n, sizeof *e->gold, err));
    SPX_TRY(array_grow(&e->id, &e->id_room, e->n, sizeof *e->id, err));
    SPX_TRY(compose(e, text, n, false, gold, &prompt, err));
    SPX_TRY(tokens_of(e->tokenizer, "", prompt, &e->prompt[e->n], err));
    e->gold[e->n] = gold;
    e->id[e->n++] = id;
out:
    spx_scratch_free(&e->texts);
    e->texts = context;
    return st;
}

static spx_status read_example(const spx_json *r, size_t place, void *into, spx_error *err)
{
    examples *e = into;
    const char *text[MOST_TEXTS];
    size_t n = 0;
    int gold = 0;
    spx_status st = texts_of(e->row, r, text, &n, err);
    if (st == SPX_OK) st = class_of(e, r, &gold, err);
    if (st != SPX_OK) return st;
    if (place < e->shots) return compose(e, text, n, true, gold, &e->context, err);
    if (place < KEPT_FOR_SHOTS) return SPX_OK;
    return add_example(e, text, n, gold, (long)place, err);
}

static void glue_free(void *ready)
{
    examples *e = ready;
    if (!e) return;
    for (size_t i = 0; i < e->n; i++) spx_tokens_free(&e->prompt[i]);
    for (size_t k = 0; k < MOST_CLASSES; k++) spx_tokens_free(&e->answer[k]);
    spx_free(e->prompt);
    spx_free(e->gold);
    spx_free(e->id);
    spx_scratch_free(&e->texts);
    spx_free(e);
}

static spx_status glue_ready(const spx_eval_task *task, const setting *s, void **out,
                             size_t *skipped, spx_error *err)
{
    const record_opts o = {task->items ? task->items + KEPT_FOR_SHOTS : 0, s->skip_bad};
    spx_status st = spx_alloc(out, 1, sizeof(examples), err);
    if (st != SPX_OK) return st;
    examples *e = *out;
    e->tokenizer = s->tokenizer;
    e->shots = task->shots;
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].name, task->family) == 0) e->row = &rows[i];
    if (task->shots > KEPT_FOR_SHOTS)
        SPX_RAISE(err, SPX_EINVAL, "%zu shots, at most %d are kept for them", task->shots,
                  KEPT_FOR_SHOTS);
    for (; e->answers < MOST_CLASSES && e->row->answer[e->answers]; e->answers++)
        SPX_TRY(
            tokens_of(s->tokenizer, "", e->row->answer[e->answers], &e->answer[e->answers], err));
    SPX_TRY(records_each(task->file, &o, read_example, e, skipped, err));
    if (e->n == 0)
        SPX_RAISE(err, SPX_EINVAL, "%s: no record behind the first %d, which are kept for shots",
                  task->file, KEPT_FOR_SHOTS);
out:
    if (st == SPX_OK) return SPX_OK;
    glue_free(e);
    *out = NULL;
    return st;
}

/* Likelier answers. */
static spx_status compare(const examples *e, const setting *s, const spx_model *m, int *predicted,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    score_item *item = NULL;
    score *scores = NULL;
    const size_t n = e->n * e->answers;
    SPX_TRY(scratch_array(&tmp, &item, n, sizeof *item, err));
    SPX_TRY(scratch_array(&tmp, &scores, n, sizeof *scores, err));
    for (size_t i = 0; i < n; i++)
        item[i] = item_of(&e->prompt[i / e->answers], &e->answer[i % e->answers]);
    SPX_TRY(score_items(m, s->units, item, n, scores, err));
    for (size_t i = 0; i < e->n; i++) predicted[i] = likeliest(scores + i * e->answers, e->answers);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The first of the row's words in a generated text, case aside. */
static int answer_in(const task_row *row, char *text)
{
    for (char *c = text; *c; c++) *c = (char)tolower((unsigned char)*c);
    for (size_t k = 0; k < MOST_CLASSES && row->found[k].word; k++)
        if (strstr(text, row->found[k].word)) return row->found[k].class;
    return INVALID;
}

static spx_status generate(const examples *e, const setting *s, const spx_model *m, int *predicted,
                           spx_error *err)
{
    texts_behind new = {0};
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = NEW_TOKENS;
    const spx_status st = texts_generate(s, m, e->prompt, e->n, &o, NULL, &new, err);
    for (size_t i = 0; st == SPX_OK && i < e->n; i++) predicted[i] = answer_in(e->row, new.at[i]);
    texts_free(&new);
    return st;
}

/* Sums up one way of answering: F1, correlation and the share of right answers. */
static spx_status report(const examples *e, const int *predicted, const setting *s, bool generated,
                         double *value, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const classes c = {e->gold, predicted};
    const spx_quantity *q = e->row->q;
    sample a = {NULL, s->set, e->id, value, e->n, s->seed};
    for (size_t i = 0; i < e->n; i++) value[i] = 100.0 * (predicted[i] == e->gold[i]);
    a.q = &q[generated ? CORRECT : ACC_NEW];
    SPX_TRY(results_mean(out, &a, err));
    a.value = NULL;
    a.q = &q[generated ? F1 : F1_NEW];
    SPX_TRY(results_statistic(out, &a, weighted_f1, &c, err));
    a.q = &q[generated ? MCC : MCC_NEW];
    SPX_TRY(results_statistic(out, &a, matthews, &c, err));
    if (!generated) goto out;
    for (size_t i = 0; i < e->n; i++) value[i] = 100.0 * (predicted[i] == INVALID);
    a.value = value;
    a.q = &q[INVALID_SHARE];
    SPX_TRY(results_mean(out, &a, err));
out:
    return st;
}

static spx_status glue_run(const void *ready, const setting *s, const spx_model *m,
                           spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const examples *e = ready;
    int *predicted = NULL;
    double *value = NULL;
    SPX_TRY(scratch_array(&tmp, &predicted, e->n, sizeof *predicted, err));
    SPX_TRY(scratch_array(&tmp, &value, e->n, sizeof *value, err));
    SPX_TRY(generate(e, s, m, predicted, err));
    SPX_TRY(report(e, predicted, s, true, value, out, err));
    SPX_TRY(compare(e, s, m, predicted, err));
    SPX_TRY(report(e, predicted, s, false, value, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

#define GLUE(symbol, name, help) \
    const family family_##symbol = {name, help, glue_ready, glue_run, glue_free}
GLUE(sst2, "sst2", "JSON lines, sentence and label: sentiment");
GLUE(mrpc, "mrpc", "JSON lines, sentence1, sentence2, label: paraphrases?");
GLUE(cola, "cola", "JSON lines, sentence, label: acceptable?");
GLUE(rte, "rte", "JSON lines, sentence1, sentence2, label: entailment, as the papers score it");
GLUE(rte_fixed, "rte_fixed", "the same with its labels put right");
GLUE(nli, "nli", "JSON lines, sentence1, sentence2, label: entailment");
GLUE(mmlu_glue, "mmlu_glue", "JSON lines, question, choices, answer: letters");
