/* zsre.c: facts of the zsRE schema, scored token by token (spx/metric_families.h). */
#include "eval/family.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The questions about a fact. That of another topic is asked twice: with "?" after it, as in MEMIT,
 * and without, as in EasyEdit. */
enum { EFFICACY, GENERALIZATION, SPECIFICITY, LOCALITY, ASKED };

static const char memit[] = "Meng et al. 2023, MEMIT, eval_utils_zsre", easyedit[] = "EasyEdit";
static const spx_quantity table[ASKED] = {
    [EFFICACY] = {"zsre_efficacy", "%", "target tokens that are argmax on the question", memit,
                  "0 to 100", "large: the edit is the most likely answer"},
    [GENERALIZATION] = {"zsre_generalization", "%", "target tokens that are argmax on the rephrase",
                        memit, "0 to 100", "large: the edit holds in other words"},
    [SPECIFICITY] = {"zsre_specificity", "%",
                     "tokens of the gold answer that are argmax on another topic's question", memit,
                     "0 to 100", "compare with the unedited model's, which is low too"},
    [LOCALITY] = {"zsre_locality", "%",
                  "tokens on another topic's question where the unedited model has the same argmax",
                  easyedit, "0 to 100", "100: other topics are answered as before"},
};
static const spx_quantity exact_q[2] = {
    {"zsre_exact", "%", "all target tokens are argmax on the question", easyedit, "0 to 100",
     "large: the edit is the most likely answer"},
    {"zsre_rephrase_exact", "%", "all target tokens are argmax on the rephrase", easyedit,
     "0 to 100", "large: the edit holds in other words"},
};

typedef struct question {
    long id;
    spx_tokens prompt[ASKED], target[ASKED]; /* no prompt: n = 0 */
    int32_t *unedited; /* LOCALITY: the unedited model's argmax tokens, once known */
} question;

typedef struct questions {
    question *at;
    size_t n;
    bool known; /* the unedited model has answered */
} questions;

static spx_status encode_fact(const spx_fact *f, const spx_tokenizer *t, question *q,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char asked[1024];
    q->id = f->id;
    if (snprintf(asked, sizeof asked, "%s?", f->locality) >= (int)sizeof asked)
        SPX_RAISE(err, SPX_EINVAL, "loc has %zu bytes (expected at most %zu)", strlen(f->locality),
                  sizeof asked - 2);
    SPX_TRY(tokens_of(t, "", f->prompt, &q->prompt[EFFICACY], err));
    SPX_TRY(tokens_of(t, " ", f->target_new, &q->target[EFFICACY], err));
    if (f->paraphrase.n > 0) {
        SPX_TRY(tokens_of(t, "", f->paraphrase.at[0], &q->prompt[GENERALIZATION], err));
        SPX_TRY(tokens_of(t, " ", f->target_new, &q->target[GENERALIZATION], err));
    }
    SPX_TRY(tokens_of(t, "", asked, &q->prompt[SPECIFICITY], err));
    SPX_TRY(tokens_of(t, " ", f->locality_answer, &q->target[SPECIFICITY], err));
    SPX_TRY(tokens_of(t, "", f->locality, &q->prompt[LOCALITY], err));
    SPX_TRY(tokens_of(t, " ", f->locality_answer, &q->target[LOCALITY], err));
out:
    return st;
}

static void zsre_free(void *ready)
{
    questions *all = ready;
    if (!all) return;
    for (size_t i = 0; i < all->n; i++) {
        for (size_t k = 0; k < ASKED; k++) {
            spx_tokens_free(&all->at[i].prompt[k]);
            spx_tokens_free(&all->at[i].target[k]);
        }
        spx_free(all->at[i].unedited);
    }
    spx_free(all->at);
    spx_free(all);
}

static spx_status zsre_ready(const spx_facts *f, const setting *s, void **out, spx_error *err)
{
    spx_status st = SPX_OK;
    questions *all = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&all, 1, err));
    SPX_TRY(SPX_NEW(&all->at, f->n, err));
    all->n = f->n;
    for (size_t i = 0; i < f->n; i++) {
        question *q = &all->at[i];
        st = encode_fact(&f->fact[i], s->tokenizer, q, err);
        SPX_TRY(of_fact(st, s, &f->fact[i], err));
        SPX_TRY(SPX_NEW(&q->unedited, q->target[LOCALITY].n, err));
    }
    *out = all;
    all = NULL;
out:
    zsre_free(all);
    return st;
}

/* A row of values for each metric, the two exact ones last. */
typedef struct values {
    double *at[ASKED + 2];
    long *id;
    score_item *item;
    score *scores;
    int32_t *best; /* LOCALITY: the argmax tokens of all questions in turn */
} values;

static spx_status values_new(const questions *all, const size_t *index, size_t count, values *v,
                             spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t tokens = 0;
    for (size_t i = 0; i < count; i++) tokens += all->at[index[i]].target[LOCALITY].n;
    for (size_t k = 0; k < ASKED + 2; k++) SPX_TRY(SPX_SCRATCH(tmp, &v->at[k], count, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->id, count, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->item, ASKED * count, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->scores, ASKED * count, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->best, tokens, err));
out:
    return st;
}

/* Lists the items of the questions that exist, in order; returns how many. */
static size_t list_items(const questions *all, const setting *s, const size_t *index, size_t count,
                         values *v)
{
    size_t n = 0, tokens = 0;
    for (size_t i = 0; i < count; i++) {
        const question *q = &all->at[index[i]];
        for (size_t k = 0; k < ASKED; k++) {
            if (q->prompt[k].n == 0) continue;
            v->item[n] = item_of(s, q->id, &q->prompt[k], &q->target[k]);
            if (k == LOCALITY) v->item[n].best = v->best + tokens;
            n++;
        }
        tokens += q->target[LOCALITY].n;
    }
    return n;
}

static double agreement(const int32_t *a, const int32_t *b, size_t n)
{
    size_t same = 0;
    for (size_t i = 0; i < n; i++) same += a[i] == b[i];
    return 100.0 * (double)same / (double)n;
}

static void measure_questions(const questions *all, const size_t *index, size_t count, values *v)
{
    size_t n = 0;
    assert(all);
    for (size_t i = 0; i < count; i++) {
        const question *q = &all->at[index[i]];
        v->id[i] = q->id;
        for (size_t k = 0; k < ASKED + 2; k++) v->at[k][i] = (double)NAN;
        for (size_t k = 0; k < ASKED; k++) {
            if (q->prompt[k].n == 0) continue;
            const score s = v->scores[n];
            const size_t tokens = q->target[k].n;
            if (k != LOCALITY)
                v->at[k][i] = 100.0 * (double)s.hits / (double)tokens;
            else if (all->known)
                v->at[k][i] = agreement(v->item[n].best, q->unedited, tokens);
            if (k <= GENERALIZATION) v->at[ASKED + k][i] = 100.0 * s.argmax;
            n++;
        }
    }
}

/* Keeps the answers of the unedited model. */
static void keep_unedited(questions *all, const size_t *index, size_t count, const values *v)
{
    const int32_t *at = v->best;
    for (size_t i = 0; i < count; i++) {
        question *q = &all->at[index[i]];
        memcpy(q->unedited, at, q->target[LOCALITY].n * sizeof *at);
        at += q->target[LOCALITY].n;
    }
    all->known = true;
}

/* `unedited`: all, or NULL, the questions that are to keep the answers. */
static spx_status ask_questions(const questions *all, questions *unedited, const setting *s,
                                const size_t *index, size_t count, const spx_model *m,
                                spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    values v = {0};
    sample a = {.set = s->set, .n = count, .seed = s->seed};
    SPX_TRY(values_new(all, index, count, &v, &tmp, err));
    SPX_TRY(score_items(m, s->units, v.item, list_items(all, s, index, count, &v), v.scores, err));
    if (unedited && out) keep_unedited(unedited, index, count, &v);
    measure_questions(all, index, count, &v);
    a.item = v.id;
    for (size_t k = 0; k < ASKED + 2; k++) {
        a.q = k < ASKED ? &table[k] : &exact_q[k - ASKED];
        a.value = v.at[k];
        SPX_TRY(results_mean(out, &a, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status zsre_run(const void *ready, const setting *s, const size_t *index, size_t count,
                           const spx_model *m, spx_results *out, spx_error *err)
{
    return ask_questions(ready, NULL, s, index, count, m, out, err);
}

static spx_status zsre_run_unedited(void *ready, const setting *s, const size_t *index,
                                    size_t count, const spx_model *m, spx_results *out,
                                    spx_error *err)
{
    return ask_questions(ready, ready, s, index, count, m, out, err);
}

static const spx_quantity *zsre_quantity(size_t i)
{
    if (i < ASKED) return &table[i];
    return i < ASKED + 2 ? &exact_q[i - ASKED] : NULL;
}

const fact_family zsre_facts = {
    .ready = zsre_ready,
    .run = zsre_run,
    .run_unedited = zsre_run_unedited,
    .free = zsre_free,
    .quantity = zsre_quantity,
};
