/* fluency.c: free text about the subjects of facts: entropy of its n-grams, repetition, similarity
 * to reference texts of the new object (Meng et al. 2022, Sec. 3.4 and App. D). */
#include "eval/family.h"
#include "eval/ngrams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TOP_K = 5, TOTAL_TOKENS = 100 };

static const char source[] = "Meng et al. 2022, CounterFact";
static const spx_quantity entropy_q = {
    "ngram_entropy",
    "1",
    "100 (H2 / 3 + 2 H3 / 3), entropies in bits of n-grams of nltk's words",
    source,
    "0 and more",
    "small: the text repeats itself"};
static const spx_quantity repetition_q = {"repetition",
                                          "%",
                                          "word 4-grams that occurred earlier in the text",
                                          "Welleck et al. 2020, seq-rep-4",
                                          "0 to 100",
                                          "large: the text repeats itself"};
static const spx_quantity reference_q = {
    "reference_score",
    "1",
    "cosine of the TF-IDF vectors of generated and reference texts",
    source,
    "0 to 1",
    "large: texts agree with what is known of the new object"};

/* All reference texts on one object of one relation. */
typedef struct reference {
    char *relation, *target, *text;
} reference;

typedef struct subject_prompts {
    const spx_fact *fact;
    spx_tokens *prompt; /* fact->generation.n */
} subject_prompts;

typedef struct fluency {
    subject_prompts *at;
    size_t n;
    reference *reference;
    size_t references, reference_room;
    const char **document; /* every text of every reference */
    size_t documents, document_room;
    spx_scratch texts;
    tfidf terms;
} fluency;

static spx_status keep_text(fluency *f, const char *text, char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t size = strlen(text) + 1;
    SPX_TRY(SPX_SCRATCH(&f->texts, out, size, err));
    memcpy(*out, text, size);
out:
    return st;
}

/* "samples": [{"text": ...}, ...], joined with spaces. */
static spx_status join_samples(const spx_json *samples, fluency *f, char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t size = 1;
    const size_t n = spx_json_size(samples);
    for (size_t i = 0; i < n; i++) {
        const char *text = NULL;
        SPX_TRY(record_text(spx_json_at(samples, i), "text", &text, err));
        size += strlen(text) + 1;
    }
    SPX_TRY(SPX_SCRATCH(&f->texts, out, size, err));
    char *to = *out;
    for (size_t i = 0; i < n; i++) {
        const char *text = spx_json_text(spx_json_get(spx_json_at(samples, i), "text"));
        char *copy = NULL;
        to += snprintf(to, size - (size_t)(to - *out), "%s%s", i ? " " : "", text);
        SPX_TRY(ARRAY_GROW(&f->document, &f->document_room, f->documents, err));
        SPX_TRY(keep_text(f, text, &copy, err));
        f->document[f->documents++] = copy;
    }
out:
    return st;
}

static spx_status read_reference(const spx_json *r, size_t place, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    fluency *f = into;
    const char *relation = NULL, *target = NULL;
    (void)place;
    SPX_TRY(record_text(r, "relation_id", &relation, err));
    SPX_TRY(record_text(r, "target_id", &target, err));
    SPX_TRY(ARRAY_GROW(&f->reference, &f->reference_room, f->references, err));
    reference *x = &f->reference[f->references];
    SPX_TRY(join_samples(spx_json_get(r, "samples"), f, &x->text, err));
    SPX_TRY(keep_text(f, relation, &x->relation, err));
    SPX_TRY(keep_text(f, target, &x->target, err));
    f->references++;
out:
    return st;
}

const spx_quantity *fluency_quantity(size_t i)
{
    static const spx_quantity *const all[] = {&entropy_q, &repetition_q, &reference_q};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

void fluency_free(void *ready)
{
    fluency *f = ready;
    if (!f) return;
    for (size_t i = 0; i < f->n; i++) {
        for (size_t p = 0; f->at[i].prompt && p < f->at[i].fact->generation.n; p++)
            spx_tokens_free(&f->at[i].prompt[p]);
        spx_free(f->at[i].prompt);
    }
    spx_free(f->at);
    spx_free(f->reference);
    spx_free(f->document);
    spx_scratch_free(&f->texts);
    tfidf_free(&f->terms);
    spx_free(f);
}

static spx_status encode_prompts(const spx_fact *fact, const spx_tokenizer *t, subject_prompts *out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    out->fact = fact;
    SPX_TRY(SPX_NEW(&out->prompt, fact->generation.n, err));
    for (size_t p = 0; p < fact->generation.n; p++)
        SPX_TRY(tokens_of(t, "", fact->generation.at[p], &out->prompt[p], err));
out:
    return st;
}

spx_status fluency_ready(const spx_facts *facts, const char *references, const setting *s,
                         void **out, spx_error *err)
{
    spx_status st = SPX_OK;
    fluency *f = NULL;
    size_t skipped = 0;
    const record_opts all = {.skip_bad = s->skip_bad};
    *out = NULL;
    SPX_TRY(SPX_NEW(&f, 1, err));
    SPX_TRY(SPX_NEW(&f->at, facts->n, err));
    for (size_t i = 0; i < facts->n; i++) {
        f->n++;
        SPX_TRY(encode_prompts(&facts->fact[i], s->tokenizer, &f->at[i], err));
    }
    if (references) SPX_TRY(records_each(references, &all, read_reference, f, &skipped, err));
    SPX_TRY(tfidf_fit(f->document, f->documents, &f->terms, err));
    *out = f;
    f = NULL;
out:
    fluency_free(f);
    return st;
}

static const reference *find_reference(const fluency *f, const spx_fact *fact)
{
    for (size_t i = 0; fact->relation && fact->target_id && i < f->references; i++)
        if (strcmp(f->reference[i].relation, fact->relation) == 0 &&
            strcmp(f->reference[i].target, fact->target_id) == 0)
            return &f->reference[i];
    return NULL;
}

/* Values of one fact: means over its texts; `reference` is NaN if there is none. */
typedef struct text_values {
    double entropy, repetition, reference;
} text_values;

static spx_status measure_texts(const fluency *f, const spx_fact *fact, char *const *text,
                                text_values *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t n = fact->generation.n;
    const reference *ref = find_reference(f, fact);
    char *joined = NULL;
    size_t size = 1;
    *out = (text_values){0, 0, (double)NAN};
    for (size_t i = 0; i < n; i++) {
        double entropy = 0, repetition = 0;
        SPX_TRY(text_entropy(text[i], &entropy, err));
        SPX_TRY(text_repetition(text[i], &repetition, err));
        out->entropy += entropy / (double)n;
        out->repetition += repetition / (double)n;
        size += strlen(text[i]) + 1;
    }
    if (!ref) goto out;
    SPX_TRY(SPX_SCRATCH(&tmp, &joined, size, err));
    char *to = joined;
    for (size_t i = 0; i < n; i++)
        to += snprintf(to, size - (size_t)(to - joined), "%s%s", i ? " " : "", text[i]);
    SPX_TRY(tfidf_cosine(&f->terms, joined, ref->text, &out->reference, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Continues the prompts of one fact. */
static spx_status write_texts(const subject_prompts *p, const setting *s, const spx_model *m,
                              generated_texts *out, spx_error *err)
{
    spx_generate_opts o = spx_generate_defaults();
    o.max_total = TOTAL_TOKENS;
    o.top_k = TOP_K;
    o.seed = s->seed + (uint64_t)p->fact->id;
    return texts_generate(s, m, p->prompt, p->fact->generation.n, &o, NULL, out, err);
}

/* A prompt and its continuation; memory from tmp. */
static spx_status join_prompt(const char *prompt, const char *more, char **out, spx_scratch *tmp,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t size = strlen(prompt) + strlen(more) + 1;
    SPX_TRY(SPX_SCRATCH(tmp, out, size, err));
    snprintf(*out, size, "%s%s", prompt, more);
out:
    return st;
}

static spx_status run_fact(const fluency *f, size_t i, const setting *s, const spx_model *m,
                           text_values *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    generated_texts new = {0};
    char **text = NULL;
    const spx_fact *fact = f->at[i].fact;
    *out = (text_values){(double)NAN, (double)NAN, (double)NAN};
    if (fact->generation.n == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &text, fact->generation.n, err));
    SPX_TRY(write_texts(&f->at[i], s, m, &new, err));
    for (size_t k = 0; k < new.n; k++)
        SPX_TRY(join_prompt(fact->generation.at[k], new.at[k], &text[k], &tmp, err));
    SPX_TRY(measure_texts(f, fact, text, out, err));
out:
    texts_free(&new);
    spx_scratch_free(&tmp);
    return st;
}

spx_status fluency_run(const void *ready, const setting *s, const size_t *index, size_t count,
                       const spx_model *m, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const fluency *f = ready;
    const spx_quantity *const q[3] = {&entropy_q, &repetition_q, &reference_q};
    double *value[3] = {0};
    long *id = NULL;
    for (size_t k = 0; k < 3; k++) SPX_TRY(SPX_SCRATCH(&tmp, &value[k], count, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &id, count, err));
    for (size_t i = 0; i < count; i++) {
        text_values v;
        SPX_TRY(run_fact(f, index[i], s, m, &v, err));
        id[i] = f->at[index[i]].fact->id;
        value[0][i] = v.entropy;
        value[1][i] = v.repetition;
        value[2][i] = v.reference;
    }
    for (size_t k = 0; k < 3; k++) {
        const sample a = {
            .q = q[k], .set = s->set, .item = id, .value = value[k], .n = count, .seed = s->seed};
        SPX_TRY(results_mean(out, &a, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
