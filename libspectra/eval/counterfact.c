/* counterfact.c: success, accuracy and difference of edited facts (spx/metric_families.h). */
#include "eval/family.h"

#include <math.h>

/* Kinds of prompts, and what is measured on each. */
enum { REWRITE, PARAPHRASE, NEIGHBOR, REPHRASE, KINDS };
enum { SUCCESS, ACC, DIFF, MEASURES };

static const char source[] = "Meng et al. 2022, CounterFact", easyedit[] = "EasyEdit";
/* clang-format off */
static const spx_quantity measures[KINDS][MEASURES] = {
    [REWRITE] = {
        {"rewrite_success", "%", "s(true) > s(new) on the prompt", source,
         "0 to 100", "large: the edit prefers the new answer"},
        {"rewrite_acc", "%", "all tokens of new are argmax on the prompt", source,
         "0 to 100", "large: the edit is the most likely answer"},
        {"rewrite_diff", "%", "p(new) - p(true), geometric means over tokens, prompt", source,
         "-100 to 100", "large: the new answer is much likelier"},
    },
    [PARAPHRASE] = {
        {"paraphrase_success", "%", "s(true) > s(new) on paraphrases", source,
         "0 to 100", "large: the edit holds in other words"},
        {"paraphrase_acc", "%", "all tokens of new are argmax on paraphrases", source,
         "0 to 100", "large: the edit holds in other words"},
        {"paraphrase_diff", "%", "p(new) - p(true) on paraphrases", source,
         "-100 to 100", "large: the edit holds in other words"},
    },
    [NEIGHBOR] = {
        {"neighborhood_success", "%", "s(true) < s(new) on neighbours", source,
         "0 to 100", "large: other subjects are as before"},
        {"neighborhood_acc", "%", "all tokens of true are argmax on neighbours", source,
         "0 to 100", "large: other subjects are answered right"},
        {"neighborhood_diff", "%", "p(true) - p(new) on neighbours", source,
         "-100 to 100", "large: other subjects are as before"},
    },
    [REPHRASE] = {
        {"rephrase_success", "%",
         "s(true) > s(new) on the file's rephrase prompt, paraphrase or not", easyedit,
         "0 to 100", "large: the edit holds in other words"},
        {"rephrase_acc", "%", "all tokens of new are argmax on the rephrase prompt", easyedit,
         "0 to 100", "large: the edit holds in other words"},
        {"rephrase_diff", "%", "p(new) - p(true) on the rephrase prompt", easyedit,
         "-100 to 100", "large: the edit holds in other words"},
    },
};
/* clang-format on */
static const spx_quantity score_q = {
    "score", "%",        "harmonic mean of the successes of rewrite, paraphrase and neighborhood",
    source,  "0 to 100", "large: the edit works and stays where it belongs"};

/* One fact: its prompts of kind k are prompt[first[k] .. first[k + 1]). */
typedef struct fact_tokens {
    long id;
    spx_tokens target[2]; /* new, true */
    size_t targets;       /* 1 where the file does not give the true one */
    spx_tokens *prompt;
    size_t first[KINDS + 1];
} fact_tokens;

typedef struct ready_facts {
    fact_tokens *fact;
    size_t n;
} ready_facts;

static spx_status encode_list(const spx_tokenizer *t, const spx_texts *list, fact_tokens *out,
                              size_t *at, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < list->n; i++)
        SPX_TRY(tokens_of(t, "", list->at[i], &out->prompt[(*at)++], err));
out:
    return st;
}

static spx_status encode_fact(const spx_fact *f, bool rephrased, const spx_tokenizer *t,
                              fact_tokens *out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t at = 0;
    const char *prompt = f->prompt;
    const spx_texts rewrite = {1, &prompt};
    const spx_texts none = {0};
    const spx_texts *const lists[] = {&rewrite, &f->paraphrase, &f->neighbor,
                                      rephrased ? &f->paraphrase : &none,
                                      rephrased ? &f->generation : &none};
    static const size_t kind[] = {REWRITE, PARAPHRASE, NEIGHBOR, REPHRASE, REPHRASE};
    out->id = f->id;
    SPX_TRY(SPX_NEW(&out->prompt, 1 + 2 * f->paraphrase.n + f->neighbor.n + f->generation.n, err));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        SPX_TRY(encode_list(t, lists[i], out, &at, err));
        out->first[kind[i] + 1] = at;
    }
    SPX_TRY(tokens_of(t, " ", f->target_new, &out->target[0], err));
    if (f->target_true) SPX_TRY(tokens_of(t, " ", f->target_true, &out->target[1], err));
    out->targets = f->target_true ? 2 : 1;
out:
    if (st != SPX_OK) out->first[KINDS] = at;
    return st;
}

static void counterfact_free(void *ready)
{
    ready_facts *r = ready;
    if (!r) return;
    for (size_t i = 0; i < r->n; i++) {
        fact_tokens *f = &r->fact[i];
        for (size_t k = 0; f->prompt && k < f->first[KINDS]; k++) spx_tokens_free(&f->prompt[k]);
        for (size_t k = 0; k < 2; k++) spx_tokens_free(&f->target[k]);
        spx_free(f->prompt);
    }
    spx_free(r->fact);
    spx_free(r);
}

static spx_status counterfact_ready(const spx_facts *f, const setting *s, void **out,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    ready_facts *r = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&r, 1, err));
    SPX_TRY(SPX_NEW(&r->fact, f->n, err));
    while (r->n < f->n) {
        const spx_fact *fact = &f->fact[r->n];
        fact_tokens *to = &r->fact[r->n++];
        st = encode_fact(fact, f->schema == SPX_EASYEDIT, s->tokenizer, to, err);
        SPX_TRY(of_fact(st, s, fact, err));
    }
    *out = r;
    r = NULL;
out:
    counterfact_free(r);
    return st;
}

/* Values of the chosen facts, n for each kind and measure; NaN where there is no prompt of the
 * kind. */
typedef struct values {
    double *at[KINDS][MEASURES];
    long *id;
    size_t n;
} values;

static spx_status values_new(values *v, size_t n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    v->n = n;
    SPX_TRY(SPX_SCRATCH(tmp, &v->id, n, err));
    for (size_t k = 0; k < KINDS; k++)
        for (size_t j = 0; j < MEASURES; j++) SPX_TRY(SPX_SCRATCH(tmp, &v->at[k][j], n, err));
out:
    return st;
}

/* What one prompt adds: NaN where the true target is needed and not known. */
static void add_prompt(double sum[MEASURES], const score *s, size_t targets, bool neighbor)
{
    const score unknown = {.nll = (double)NAN};
    const score new = s[0], old = targets > 1 ? s[1] : unknown;
    const score right = neighbor ? old : new, wrong = neighbor ? new : old;
    sum[SUCCESS] += targets > 1 ? 100.0 * (right.nll < wrong.nll) : (double)NAN;
    sum[ACC] += isnan(right.nll) ? (double)NAN : 100.0 * right.argmax;
    sum[DIFF] += 100.0 * (exp(-right.nll) - exp(-wrong.nll));
}

/* The values of fact i; s holds the scores of its targets after each of its prompts. */
static void measure_fact(values *v, size_t i, const fact_tokens *f, const score *s)
{
    v->id[i] = f->id;
    for (size_t k = 0; k < KINDS; k++) {
        double sum[MEASURES] = {0};
        const double n = (double)(f->first[k + 1] - f->first[k]);
        for (size_t p = f->first[k]; p < f->first[k + 1]; p++)
            add_prompt(sum, s + p * f->targets, f->targets, k == NEIGHBOR);
        for (size_t j = 0; j < MEASURES; j++) v->at[k][j][i] = n > 0 ? sum[j] / n : (double)NAN;
    }
}

/* Harmonic mean of the means of the three successes over the facts picked. */
static double harmonic(const void *data, const size_t *pick, size_t n)
{
    const values *v = data;
    double sum = 0;
    for (size_t k = REWRITE; k <= NEIGHBOR; k++) {
        double mean = 0, there = 0;
        for (size_t i = 0; i < n; i++) {
            const double x = v->at[k][SUCCESS][pick[i]];
            if (!isnan(x)) mean += x, there++;
        }
        if (there == 0) return (double)NAN;
        sum += there / mean; /* infinite if none succeeds, so that the harmonic mean is 0 */
    }
    return 3 / sum;
}

static spx_status report_facts(const values *v, const setting *s, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    sample a = {.set = s->set, .item = v->id, .n = v->n, .seed = s->seed};
    for (size_t k = 0; k < KINDS; k++)
        for (size_t j = 0; j < MEASURES; j++) {
            a.q = &measures[k][j];
            a.value = v->at[k][j];
            SPX_TRY(results_mean(out, &a, err));
        }
    a.q = &score_q;
    a.value = NULL;
    SPX_TRY(results_statistic(out, &a, harmonic, v, err));
out:
    return st;
}

static size_t items_of(const fact_tokens *f) { return f->targets * f->first[KINDS]; }

static spx_status counterfact_run(const void *ready, const setting *s, const size_t *index,
                                  size_t count, const spx_model *m, spx_results *out,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const ready_facts *r = ready;
    score_item *item = NULL;
    score *scores = NULL;
    values v = {0};
    size_t items = 0, n = 0;
    for (size_t i = 0; i < count; i++) items += items_of(&r->fact[index[i]]);
    SPX_TRY(SPX_SCRATCH(&tmp, &item, items, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &scores, items, err));
    SPX_TRY(values_new(&v, count, &tmp, err));
    for (size_t i = 0; i < count; i++) {
        const fact_tokens *f = &r->fact[index[i]];
        for (size_t p = 0; p < f->first[KINDS]; p++)
            for (size_t k = 0; k < f->targets; k++)
                item[n++] = item_of(s, f->id, &f->prompt[p], &f->target[k]);
    }
    SPX_TRY(score_items(m, s->units, item, n, scores, err));
    n = 0;
    for (size_t i = 0; i < count; i++) {
        const fact_tokens *f = &r->fact[index[i]];
        measure_fact(&v, i, f, scores + n);
        n += items_of(f);
    }
    SPX_TRY(report_facts(&v, s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *counterfact_quantity(size_t i)
{
    if (i / MEASURES < KINDS) return &measures[i / MEASURES][i % MEASURES];
    return i == (size_t)KINDS * MEASURES ? &score_q : NULL;
}

const fact_family counterfact_facts = {
    .ready = counterfact_ready,
    .run = counterfact_run,
    .free = counterfact_free,
    .quantity = counterfact_quantity,
};
