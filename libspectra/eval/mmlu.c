/* mmlu.c: four choices by the likelihood of their letters (Hendrycks et al. 2021).
 *
 * The prompt is that of the authors' code and of lm-evaluation-harness: a line on the subject,
 * shots with their answers, and the question; " A" to " D" are compared after "Answer:". */
#include "eval/confusion.h"
#include "eval/csv.h"
#include "eval/family.h"
#include "eval/task_folder.h"

#include "spx/file.h"

#include <stdio.h>
#include <string.h>

static const spx_quantity mmlu_q = {"mmlu",
                                    "%",
                                    "the likeliest letter is the answer's",
                                    "Hendrycks et al. 2021",
                                    "0 to 100",
                                    "25: chance among four letters, 100: all right"};
static const char *const letters[MOST_CLASSES] = {" A", " B", " C", " D"};

typedef struct questions {
    spx_tokens letter[MOST_CLASSES];
    spx_tokens *prompt;
    int *answer;
    size_t n, prompt_room, answer_room;
} questions;

/* A subject being read: its shots first, then its questions. */
typedef struct subject {
    questions *all;
    const spx_tokenizer *tokenizer;
    char *context; /* the line on the subject and the shots so far */
    spx_scratch texts;
    size_t shots, want_shots, taken, limit, *skipped;
    bool skip_bad, stop;
} subject;

/* Class of an answer 0 to 3, or A to D as in the authors' files; else INVALID. */
static int letter_class(const char *answer)
{
    if (strlen(answer) != 1) return INVALID;
    if (*answer >= '0' && *answer <= '3') return *answer - '0';
    return *answer >= 'A' && *answer <= 'D' ? *answer - 'A' : INVALID;
}

/* context + question and choices + "Answer:" + answer, in a block of s->texts. */
static spx_status compose_row(subject *s, const char *const *f, const char *answer, char **out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t size = strlen(s->context) + 64;
    for (size_t i = 0; i < 5; i++) size += strlen(f[i]);
    SPX_TRY(SPX_SCRATCH(&s->texts, &text, size, err));
    snprintf(text, size, "%s%s\nA. %s\nB. %s\nC. %s\nD. %s\nAnswer:%s", s->context, f[0], f[1],
             f[2], f[3], f[4], answer);
    *out = text;
out:
    return st;
}

static spx_status add_shot(subject *s, const char *const *f, int gold, spx_error *err)
{
    char answer[8];
    snprintf(answer, sizeof answer, "%s\n\n", letters[gold]);
    const spx_status st = compose_row(s, f, answer, &s->context, err);
    s->stop = ++s->shots == s->want_shots;
    return st;
}

static spx_status add_question(subject *s, const char *const *f, int gold, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    questions *q = s->all;
    spx_scratch context = s->texts;
    s->texts = (spx_scratch){0}; /* the question's text is freed below; the context stays */
    SPX_TRY(ARRAY_GROW(&q->prompt, &q->prompt_room, q->n, err));
    SPX_TRY(ARRAY_GROW(&q->answer, &q->answer_room, q->n, err));
    SPX_TRY(compose_row(s, f, "", &text, err));
    SPX_TRY(tokens_of(s->tokenizer, "", text, &q->prompt[q->n], err));
    q->answer[q->n++] = gold;
    s->stop = ++s->taken == s->limit;
out:
    spx_scratch_free(&s->texts);
    s->texts = context;
    return st;
}

static spx_status read_row(const char *const *f, size_t fields, size_t line, void *into,
                           spx_error *err)
{
    subject *s = into;
    if (line == 1 && fields == 6 && strcmp(f[5], "answer") == 0) return SPX_OK;
    const int gold = fields == 6 ? letter_class(f[5]) : INVALID;
    if (gold == INVALID && s->skip_bad) {
        (*s->skipped)++;
        return SPX_OK;
    }
    if (fields != 6)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "line %zu: %zu fields (expected question, four choices, answer)", line,
                        fields);
    if (gold == INVALID)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "line %zu: invalid answer '%.20s' (expected A to D or 0 to 3)", line, f[5]);
    return s->shots < s->want_shots ? add_shot(s, f, gold, err) : add_question(s, f, gold, err);
}

/* ".../test/high_school_physics_test.csv": the subject is "high school physics", its shots are in
 * ".../dev/high_school_physics_dev.csv". */
static void names_of(const char *path, char name[128], char dev[1024])
{
    const char *base = spx_base_name(path), *end = strstr(base, "_test.csv");
    if (!end) end = strstr(base, "_val.csv");
    if (!end) end = strstr(base, ".csv");
    const int len = end ? (int)(end - base) : (int)strlen(base);
    snprintf(name, 128, "%.*s", len, base);
    snprintf(dev, 1024, "%.*s../dev/%.*s_dev.csv", (int)(base - path), path, len, base);
    for (char *c = name; *c; c++)
        if (*c == '_') *c = ' ';
}

static spx_status read_subject(const char *path, const spx_eval_task *task, subject *s,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    char name[128], dev[1024], head[256];
    names_of(path, name, dev);
    snprintf(head, sizeof head,
             "The following are multiple choice questions (with answers) about %s.\n\n", name);
    s->context = head;
    s->shots = s->taken = 0;
    s->want_shots = task->shots;
    s->stop = false;
    if (task->shots) SPX_TRY(csv_each(dev, read_row, s, &s->stop, err));
    if (s->shots < s->want_shots)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu questions (expected %zu, for the shots)", dev, s->shots,
                  s->want_shots);
    s->stop = false;
    SPX_TRY(csv_each(path, read_row, s, &s->stop, err));
    if (s->taken == 0) SPX_RAISE(err, SPX_EINVAL, "%s: the file has no question", path);
out:
    s->context = NULL;
    spx_scratch_free(&s->texts);
    return st;
}

/* A file, a folder of files, or a folder with test/ and dev/ in it. */
static spx_status read_all(const spx_eval_task *task, subject *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char folder[1024], **name = NULL;
    size_t n = 0;
    if (!is_folder(task->file)) return read_subject(task->file, task, s, err);
    snprintf(folder, sizeof folder, "%s/test", task->file);
    if (!is_folder(folder)) snprintf(folder, sizeof folder, "%s", task->file);
    SPX_TRY(folder_list(folder, ".csv", &name, &n, &tmp, err));
    if (n == 0) SPX_RAISE(err, SPX_ENOTFOUND, "%s: the folder has no CSV file", folder);
    for (size_t i = 0; i < n; i++) SPX_TRY(read_subject(name[i], task, s, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static void mmlu_free(void *ready)
{
    questions *q = ready;
    if (!q) return;
    for (size_t i = 0; i < q->n; i++) spx_tokens_free(&q->prompt[i]);
    for (size_t k = 0; k < MOST_CLASSES; k++) spx_tokens_free(&q->letter[k]);
    spx_free(q->prompt);
    spx_free(q->answer);
    spx_free(q);
}

static spx_status mmlu_ready(const spx_eval_task *task, const setting *s, void **out,
                             size_t *skipped, spx_error *err)
{
    spx_status st = SPX_OK;
    questions *q = NULL;
    *out = NULL;
    *skipped = 0;
    SPX_TRY(SPX_NEW(&q, 1, err));
    for (size_t k = 0; k < MOST_CLASSES; k++)
        SPX_TRY(tokens_of(s->tokenizer, "", letters[k], &q->letter[k], err));
    subject reading = {.all = q,
                       .tokenizer = s->tokenizer,
                       .limit = task->items,
                       .skipped = skipped,
                       .skip_bad = s->skip_bad};
    SPX_TRY(read_all(task, &reading, err));
    *out = q;
    q = NULL;
out:
    mmlu_free(q);
    return st;
}

static spx_status mmlu_run(const void *ready, const setting *s, const spx_model *m,
                           spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const questions *q = ready;
    score_item *item = NULL;
    score *scores = NULL;
    long *id = NULL;
    double *right = NULL;
    const size_t n = q->n * MOST_CLASSES;
    SPX_TRY(SPX_SCRATCH(&tmp, &item, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &scores, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &id, q->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &right, q->n, err));
    for (size_t i = 0; i < n; i++)
        item[i] = item_of(s, (long)(i / MOST_CLASSES), &q->prompt[i / MOST_CLASSES],
                          &q->letter[i % MOST_CLASSES]);
    SPX_TRY(score_items(m, s->units, item, n, scores, err));
    for (size_t i = 0; i < q->n; i++) {
        id[i] = (long)i;
        right[i] = 100.0 * (likeliest(scores + i * MOST_CLASSES, MOST_CLASSES) == q->answer[i]);
    }
    const sample answers = {
        .q = &mmlu_q, .set = s->set, .item = id, .value = right, .n = q->n, .seed = s->seed};
    SPX_TRY(results_mean(out, &answers, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *mmlu_quantity(const void *variant, size_t i)
{
    static const spx_quantity *const all[] = {&mmlu_q};
    (void)variant;
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

const family family_mmlu = {
    .name = "mmlu",
    .reads = "CSV, or a folder with test/ and dev/",
    .help = "the letter of the answer, by likelihood",
    .ready = mmlu_ready,
    .run = mmlu_run,
    .free = mmlu_free,
    .quantity = mmlu_quantity,
};
