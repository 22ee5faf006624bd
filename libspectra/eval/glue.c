/* glue.c: the tests of ability used by editing papers, with the prompts and scoring of AlphaEdit's
 * glue_eval at f5248d3. The first ten records are kept for shots and the others tested; an answer
 * is read off five greedy tokens (f1, mcc) or is the likeliest one (f1_new, mcc_new). Their RTE
 * says "True" for label 1, which is "not entailment": rte repeats that, rte_fixed corrects it. */
#include "eval/confusion.h"
#include "eval/family.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEPT_FOR_SHOTS = 10, NEW_TOKENS = 5, MOST_TEXTS = 5 };
enum { F1, F1_NEW, MCC, MCC_NEW, CORRECT, INVALID_SHARE, ACC_NEW, MEASURES };

static const char source[] = "AlphaEdit, glue_eval";
/* clang-format off */
#define MEASURES_OF(name)                                                                          \
    {                                                                                              \
        [F1] = {name "_f1", "1", "weighted F1 of the generated answers", source,                   \
            "0 to 1", "1: all right"},                                                             \
        [F1_NEW] = {name "_f1_new", "1", "weighted F1 of the likeliest answers", source,           \
            "0 to 1", "1: all right"},                                                             \
        [MCC] = {name "_mcc", "1", "Matthews' correlation of the generated answers", source,       \
            "-1 to 1", "0: chance, 1: all right"},                                                 \
        [MCC_NEW] = {name "_mcc_new", "1", "Matthews' correlation, likeliest answers", source,     \
            "-1 to 1", "0: chance, 1: all right"},                                                 \
        [CORRECT] = {name "_correct", "%", "generated answers that are right", source,             \
            "0 to 100", "large: the task is understood"},                                          \
        [INVALID_SHARE] = {name "_invalid", "%", "generated texts without an answer", source,      \
            "0 to 100", "large: no answer comes, as from a broken model"},                         \
        [ACC_NEW] = {name "_acc_new", "%", "likeliest answers that are right", source,             \
            "0 to 100", "large: the task is understood"},                                          \
    }
/* clang-format on */

/* A task: its prompt is piece[0] text[0] piece[1] text[1] ... piece[n]. */
typedef struct glue_task {
    const char *text[MOST_TEXTS]; /* fields of a record, or "choices" for all four of an array */
    const char *piece[MOST_TEXTS + 1];
    const char *before_shot;          /* in place of piece[0] in a shot; NULL: piece[0] */
    const char *answer[MOST_CLASSES]; /* of class 0, 1, ... */
    struct {
        const char *word;
        int class;
    } found[MOST_CLASSES]; /* words that a generated text is searched for, in order */
    const char *label;     /* the field with the class */
    const char *yes;       /* NULL, or label is a text, and this one is class 1 */
    bool flipped;          /* labels 0 and 1 change places */
    spx_quantity q[MEASURES];
} glue_task;

static const glue_task sst2 = {
    .text = {"sentence"},
    .piece = {"Review :", "\nSentiment :"},
    .before_shot = "Review : ",
    .answer = {" negative", " positive"},
    .found = {{"positive", 1}, {"negative", 0}},
    .label = "label",
    .q = MEASURES_OF("sst2"),
};
static const glue_task mrpc = {
    .text = {"sentence1", "sentence2"},
    .piece = {"Are the sentences paraphrases of each other.\nSentence 1: ", "\nSentence 2: ",
              "\nAnswer:"},
    .answer = {" No", " Yes"},
    .found = {{"yes", 1}, {"no", 0}},
    .label = "label",
    .q = MEASURES_OF("mrpc"),
};
static const glue_task cola = {
    .text = {"sentence"},
    /* The space after "Answer:" is glue_eval's; its shots do not double it. */
    .piece = {"Is this sentence linguistically acceptable?\nSentence: ", "\nAnswer: "},
    .answer = {" No", " Yes"},
    .found = {{"yes", 1}, {"no", 0}},
    .label = "label",
    .q = MEASURES_OF("cola"),
};
static const glue_task rte = {
    .text = {"sentence1", "sentence2"},
    .piece = {"", "\nquestion: ", " True or False?\nanswer:"},
    .answer = {" False", " True"},
    .found = {{"false", 0}, {"true", 1}},
    .label = "label",
    .q = MEASURES_OF("rte"),
};
static const glue_task rte_fixed = {
    .text = {"sentence1", "sentence2"},
    .piece = {"", "\nquestion: ", " True or False?\nanswer:"},
    .answer = {" False", " True"},
    .found = {{"false", 0}, {"true", 1}},
    .label = "label",
    .flipped = true,
    .q = MEASURES_OF("rte_fixed"),
};
static const glue_task nli = {
    .text = {"sentence1", "sentence2"},
    .piece = {"", " entails the ", " True or False? Answer:"},
    .answer = {" False", " True"},
    .found = {{"true", 1}, {"false", 0}},
    .label = "label",
    .yes = "entailment",
    .q = MEASURES_OF("nli"),
};
static const glue_task mmlu_glue = {
    .text = {"question", "choices"},
    .piece = {"Question: ", "\n(A) ", "\n(B) ", "\n(C) ", "\n(D) ", "\nAnswer:"},
    .answer = {" A", " B", " C", " D"},
    .found = {{"a\n", 0}, {"b\n", 1}, {"c\n", 2}, {"d\n", 3}},
    .label = "answer",
    .q = MEASURES_OF("mmlu_glue"),
};

typedef struct examples {
    const glue_task *task;
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

/* The four texts of an array of choices. */
static spx_status choices_of(const spx_json *v, const char *key, const char **text, spx_error *err)
{
    bool whole = spx_json_size(v) == MOST_CLASSES;
    for (size_t k = 0; whole && k < MOST_CLASSES; k++) {
        text[k] = spx_json_text(spx_json_at(v, k));
        whole = text[k] != NULL;
    }
    if (whole) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s is not an array of %d strings", key, MOST_CLASSES);
}

/* The texts of a record between the pieces of its prompt. */
static spx_status texts_of(const glue_task *task, const spx_json *r, const char *text[MOST_TEXTS],
                           size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    for (size_t i = 0; i < MOST_TEXTS && task->text[i]; i++) {
        const spx_json *v = spx_json_get(r, task->text[i]);
        if (spx_json_is_array(v)) {
            SPX_TRY(choices_of(v, task->text[i], text + *n, err));
            *n += MOST_CLASSES;
        } else {
            SPX_TRY(record_text(r, task->text[i], &text[(*n)++], err));
        }
    }
out:
    return st;
}

static spx_status label_of(const examples *e, const spx_json *r, int *out, spx_error *err)
{
    const spx_json *v = spx_json_get(r, e->task->label);
    const char *text = spx_json_text(v);
    double number = -1;
    if (e->task->yes && text) number = strcmp(text, e->task->yes) == 0;
    if (!e->task->yes && spx_json_number(v, &number) && number != floor(number)) number = -1;
    if (number < 0 || number >= (double)e->answers) {
        if (e->task->yes) return SPX_FAIL(err, SPX_EFORMAT, "%s is not a string", e->task->label);
        return SPX_FAIL(err, SPX_EFORMAT, "%s is not a class (expected an integer from 0 to %zu)",
                        e->task->label, e->answers - 1);
    }
    *out = e->task->flipped ? 1 - (int)number : (int)number;
    return SPX_OK;
}

/* The shots so far, then this record's prompt; for a shot also its answer and a newline. */
static spx_status compose_example(examples *e, const char *const *text, size_t n, bool shot,
                                  int gold, char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *all = NULL;
    const glue_task *task = e->task;
    size_t size = (e->context ? strlen(e->context) : 0) + 128;
    for (size_t i = 0; i <= n; i++) size += strlen(task->piece[i]) + (i < n ? strlen(text[i]) : 0);
    SPX_TRY(SPX_SCRATCH(&e->texts, &all, size, err));
    char *to = all, *const end = all + size;
    to += snprintf(to, size, "%s", e->context ? e->context : "");
    for (size_t i = 0; i <= n; i++) {
        const bool first_of_shot = i == 0 && shot && task->before_shot;
        const char *piece = first_of_shot ? task->before_shot : task->piece[i];
        to += snprintf(to, (size_t)(end - to), "%s%s", piece, i < n ? text[i] : "");
    }
    if (shot) {
        while (to > all && to[-1] == ' ') to--;
        snprintf(to, (size_t)(end - to), "%s\n", task->answer[gold]);
    }
    *out = all;
out:
    return st;
}

static spx_status add_example(examples *e, const char *const *text, size_t n, int gold, long id,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char *prompt = NULL;
    spx_scratch context = e->texts;
    e->texts = (spx_scratch){0}; /* the prompt's text is freed below; the context stays */
    SPX_TRY(ARRAY_GROW(&e->prompt, &e->prompt_room, e->n, err));
    SPX_TRY(ARRAY_GROW(&e->gold, &e->gold_room, e->n, err));
    SPX_TRY(ARRAY_GROW(&e->id, &e->id_room, e->n, err));
    SPX_TRY(compose_example(e, text, n, false, gold, &prompt, err));
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
    spx_status st = SPX_OK;
    examples *e = into;
    const char *text[MOST_TEXTS];
    size_t n = 0;
    int gold = 0;
    SPX_TRY(texts_of(e->task, r, text, &n, err));
    SPX_TRY(label_of(e, r, &gold, err));
    if (place < e->shots)
        SPX_TRY(compose_example(e, text, n, true, gold, &e->context, err));
    else if (place >= KEPT_FOR_SHOTS)
        SPX_TRY(add_example(e, text, n, gold, (long)place, err));
out:
    return st;
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
    spx_status st = SPX_OK;
    const record_opts o = {.items = task->items ? task->items + KEPT_FOR_SHOTS : 0,
                           .skip_bad = s->skip_bad};
    examples *e = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&e, 1, err));
    e->tokenizer = s->tokenizer;
    e->shots = task->shots;
    e->task = s->variant;
    if (task->shots > KEPT_FOR_SHOTS)
        SPX_RAISE(err, SPX_EINVAL, "%zu shots for %s (expected at most %d)", task->shots,
                  task->family, KEPT_FOR_SHOTS);
    for (size_t k = 0; k < MOST_CLASSES && e->task->answer[k]; k++, e->answers++)
        SPX_TRY(tokens_of(s->tokenizer, "", e->task->answer[k], &e->answer[k], err));
    SPX_TRY(records_each(task->file, &o, read_example, e, skipped, err));
    if (e->n == 0)
        SPX_RAISE(err, SPX_EINVAL, "%s: no record after the first %d, which are kept for shots",
                  task->file, KEPT_FOR_SHOTS);
    *out = e;
    e = NULL;
out:
    glue_free(e);
    return st;
}

/* Predicts the answer with the least NLL per token. */
static spx_status predict_by_likelihood(const examples *e, const setting *s, const spx_model *m,
                                        int *predicted, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    score_item *item = NULL;
    score *scores = NULL;
    const size_t n = e->n * e->answers;
    SPX_TRY(SPX_SCRATCH(&tmp, &item, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &scores, n, err));
    for (size_t i = 0; i < n; i++)
        item[i] = item_of(s, e->id[i / e->answers], &e->prompt[i / e->answers],
                          &e->answer[i % e->answers]);
    SPX_TRY(score_items(m, s->units, item, n, scores, err));
    for (size_t i = 0; i < e->n; i++) predicted[i] = likeliest(scores + i * e->answers, e->answers);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The first of the task's words in a generated text, in any case. */
static int answer_in(const glue_task *task, char *text)
{
    for (char *c = text; *c; c++) *c = (char)tolower((unsigned char)*c);
    for (size_t k = 0; k < MOST_CLASSES && task->found[k].word; k++)
        if (strstr(text, task->found[k].word)) return task->found[k].class;
    return INVALID;
}

static spx_status predict_by_generation(const examples *e, const setting *s, const spx_model *m,
                                        int *predicted, spx_error *err)
{
    spx_status st = SPX_OK;
    generated_texts new = {0};
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = NEW_TOKENS;
    SPX_TRY(texts_generate(s, m, e->prompt, e->n, &o, NULL, &new, err));
    for (size_t i = 0; i < e->n; i++) predicted[i] = answer_in(e->task, new.at[i]);
out:
    texts_free(&new);
    return st;
}

/* Adds the metrics of one way of predicting; `value` has room for one value of each example. */
static spx_status report_predictions(const examples *e, const int *predicted, const setting *s,
                                     bool generated, double *value, spx_results *out,
                                     spx_error *err)
{
    spx_status st = SPX_OK;
    const classes c = {e->gold, predicted};
    const spx_quantity *q = e->task->q;
    sample a = {.set = s->set, .item = e->id, .value = value, .n = e->n, .seed = s->seed};
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
    SPX_TRY(SPX_SCRATCH(&tmp, &predicted, e->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &value, e->n, err));
    SPX_TRY(predict_by_generation(e, s, m, predicted, err));
    SPX_TRY(report_predictions(e, predicted, s, true, value, out, err));
    SPX_TRY(predict_by_likelihood(e, s, m, predicted, err));
    SPX_TRY(report_predictions(e, predicted, s, false, value, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *glue_quantity(const void *variant, size_t i)
{
    const glue_task *task = variant;
    return i < MEASURES ? &task->q[i] : NULL;
}

#define GLUE(symbol, fields, asks)      \
    const family family_##symbol = {    \
        .name = #symbol,                \
        .reads = "JSON lines: " fields, \
        .help = (asks),                 \
        .variant = &(symbol),           \
        .ready = glue_ready,            \
        .run = glue_run,                \
        .free = glue_free,              \
        .quantity = glue_quantity,      \
    }
GLUE(sst2, "sentence, label", "sentiment of a review");
GLUE(mrpc, "sentence1, sentence2, label", "whether two sentences are paraphrases");
GLUE(cola, "sentence, label", "whether a sentence is acceptable");
GLUE(rte, "sentence1, sentence2, label", "entailment, labels as in the editing papers");
GLUE(rte_fixed, "sentence1, sentence2, label", "entailment, with the labels corrected");
GLUE(nli, "sentence1, sentence2, label", "entailment");
GLUE(mmlu_glue, "question, choices, answer", "the letter of the answer");
