/* free_answers.c: edited facts answered in free text and compared with the target: EasyEdit's
 * real-world evaluation (Yang et al., "The Mirage of Model Editing", ACL 2025;
 * test_prediction_acc_real) with the limit of LocFT (eval_edit_metric.py) and the comparison that
 * both share. */
#include "eval/exact_match.h"
#include "eval/family.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How a prompt is put: as it is, and in the context of a question. */
enum { BARE, ASKED, CONTEXTS };
enum { REWRITE, PARAPHRASE, KINDS };
enum { MOST_TOKENS = 32 };

static const char before[] = "Please answer the question:\n\nQ: ", after[] = "\nA:";
static const char *const stops[] = {".", "\n", NULL};

#define RULE    "greedy answer = target; to . or line end or EOS, 32 tokens; SQuAD normaliser; "
#define CONTEXT "\"Please answer the question: / Q: PROMPT / A:\""
static const char source[] = "Yang et al. 2025, EasyEdit";
/* clang-format off */
static const spx_quantity table[KINDS][CONTEXTS] = {
    [REWRITE] = {
        {"rewrite_match", "%", RULE "the bare prompt", source, "0 to 100",
         "large: the edit is what the model says"},
        {"rewrite_match_qa", "%", RULE CONTEXT, source, "0 to 100",
         "large: the edit is what the model says when it is asked"},
    },
    [PARAPHRASE] = {
        {"paraphrase_match", "%", RULE "bare paraphrases", source, "0 to 100",
         "large: the edit is what the model says in other words"},
        {"paraphrase_match_qa", "%", RULE "paraphrases in " CONTEXT, source, "0 to 100",
         "large: the edit is what the model says when it is asked in other words"},
    },
};
/* clang-format on */

/* One fact: its texts, the prompt and then the paraphrases, each in every context. */
typedef struct asked_fact {
    long id;
    char *target; /* normalised */
    spx_tokens *prompt;
    size_t texts;
} asked_fact;

typedef struct ready_answers {
    asked_fact *fact;
    size_t n;
} ready_answers;

static spx_status encode_text(const spx_tokenizer *t, const char *text, asked_fact *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char *asked = NULL;
    const size_t size = sizeof before + strlen(text) + sizeof after;
    spx_tokens *to = out->prompt + CONTEXTS * out->texts++;
    SPX_TRY(SPX_SCRATCH(&tmp, &asked, size, err));
    snprintf(asked, size, "%s%s%s", before, text, after);
    SPX_TRY(tokens_of(t, "", text, &to[BARE], err));
    SPX_TRY(tokens_of(t, "", asked, &to[ASKED], err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status encode_fact(const spx_fact *f, const spx_tokenizer *t, asked_fact *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    out->id = f->id;
    SPX_TRY(spx_text_dup(&out->target, f->target_new, err));
    exact_squad(out->target);
    SPX_TRY(SPX_NEW(&out->prompt, CONTEXTS * (1 + f->paraphrase.n), err));
    SPX_TRY(encode_text(t, f->prompt, out, err));
    for (size_t i = 0; i < f->paraphrase.n; i++)
        SPX_TRY(encode_text(t, f->paraphrase.at[i], out, err));
out:
    return st;
}

static void answers_free(void *ready)
{
    ready_answers *r = ready;
    if (!r) return;
    for (size_t i = 0; r->fact && i < r->n; i++) {
        asked_fact *f = &r->fact[i];
        for (size_t k = 0; k < CONTEXTS * f->texts; k++) spx_tokens_free(&f->prompt[k]);
        spx_free(f->prompt);
        spx_free(f->target);
    }
    spx_free(r->fact);
    spx_free(r);
}

static spx_status answers_ready(const spx_facts *f, const setting *s, void **out, spx_error *err)
{
    spx_status st = SPX_OK;
    ready_answers *r = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&r, 1, err));
    SPX_TRY(SPX_NEW(&r->fact, f->n, err));
    r->n = f->n;
    for (size_t i = 0; i < f->n; i++) {
        st = encode_fact(&f->fact[i], s->tokenizer, &r->fact[i], err);
        SPX_TRY(of_fact(st, s, &f->fact[i], err));
    }
    *out = r;
    r = NULL;
out:
    answers_free(r);
    return st;
}

/* The prompts of the facts listed, one after the other, borrowed. */
static spx_status list_prompts(const ready_answers *r, const size_t *index, size_t count,
                               spx_tokens **out, size_t *n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    for (size_t i = 0; i < count; i++) *n += CONTEXTS * r->fact[index[i]].texts;
    SPX_TRY(SPX_SCRATCH(tmp, out, *n, err));
    spx_tokens *to = *out;
    for (size_t i = 0; i < count; i++) {
        const asked_fact *f = &r->fact[index[i]];
        memcpy(to, f->prompt, CONTEXTS * f->texts * sizeof *to);
        to += CONTEXTS * f->texts;
    }
out:
    return st;
}

/* True if the text, up to its stop, is the fact's target; text is destroyed. */
static bool matches(const asked_fact *f, char *text)
{
    exact_cut(text, stops);
    exact_squad(text);
    return strcmp(text, f->target) == 0;
}

/* Values of count facts: of each kind and context, NaN where there is no such text. */
typedef struct values {
    double *at[KINDS][CONTEXTS];
    long *id;
} values;

static spx_status values_new(values *v, size_t count, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &v->id, count, err));
    for (size_t k = 0; k < KINDS; k++)
        for (size_t c = 0; c < CONTEXTS; c++) SPX_TRY(SPX_SCRATCH(tmp, &v->at[k][c], count, err));
out:
    return st;
}

static void measure_fact(const asked_fact *f, char **text, size_t i, values *v)
{
    v->id[i] = f->id;
    for (size_t c = 0; c < CONTEXTS; c++) {
        double right = 0;
        v->at[REWRITE][c][i] = 100.0 * matches(f, text[c]);
        for (size_t p = 1; p < f->texts; p++) right += matches(f, text[CONTEXTS * p + c]);
        v->at[PARAPHRASE][c][i] = f->texts > 1 ? 100 * right / (double)(f->texts - 1) : (double)NAN;
    }
}

static spx_status report_values(const values *v, size_t count, const setting *s, spx_results *out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    sample a = {.set = s->set, .item = v->id, .n = count, .seed = s->seed};
    for (size_t k = 0; k < KINDS; k++)
        for (size_t c = 0; c < CONTEXTS; c++) {
            a.q = &table[k][c];
            a.value = v->at[k][c];
            SPX_TRY(results_mean(out, &a, err));
        }
out:
    return st;
}

static spx_status answers_run(const void *ready, const setting *s, const size_t *index,
                              size_t count, const spx_model *m, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const ready_answers *r = ready;
    generated_texts said = {0};
    spx_tokens *prompt = NULL;
    values v = {0};
    size_t n = 0;
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = MOST_TOKENS;
    SPX_TRY(list_prompts(r, index, count, &prompt, &n, &tmp, err));
    SPX_TRY(values_new(&v, count, &tmp, err));
    SPX_TRY(texts_generate(s, m, prompt, n, &o, stops, &said, err));
    n = 0;
    for (size_t i = 0; i < count; i++) {
        measure_fact(&r->fact[index[i]], said.at + n, i, &v);
        n += CONTEXTS * r->fact[index[i]].texts;
    }
    SPX_TRY(report_values(&v, count, s, out, err));
out:
    texts_free(&said);
    spx_scratch_free(&tmp);
    return st;
}

static const spx_quantity *answers_quantity(size_t i)
{
    return i < (size_t)KINDS * CONTEXTS ? &table[i / CONTEXTS][i % CONTEXTS] : NULL;
}

const fact_family answer_facts = {
    .ready = answers_ready,
    .run = answers_run,
    .free = answers_free,
    .quantity = answers_quantity,
};
