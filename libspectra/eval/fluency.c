/* fluency.c: free text about the subjects of facts: entropy of its n-grams, repetition, likeness to
 * reference texts of the new object (Meng et al. 2022, Sec. 3.4 and App. D). */
#include "eval/families.h"
#include "eval/ngrams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TOP_K = 5, TOTAL_TOKENS = 100 };

static const char source[] = "Meng et al. 2022, CounterFact";
static const spx_quantity entropy_q = {
    "ngram_entropy", "1", "100 (H2 / 3 + 2 H3 / 3), entropies in bits of n-grams of nltk's words",
    source};
static const spx_quantity repetition_q = {"repetition", "%",
                                          "word 4-grams of a text that it has had before",
                                          "Welleck et al. 2020, seq-rep-4"};
static const spx_quantity reference_q = {
    "reference_score", "1", "cosine of TF-IDF vectors: generated against reference texts", source};

/* A reference: all texts on one object of one relation. */
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
    const size_t size = strlen(text) + 1;
    const spx_status st = scratch_array(&f->texts, out, size, 1, err);
    if (st == SPX_OK) memcpy(*out, text, size);
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
    SPX_TRY(scratch_array(&f->texts, out, size, 1, err));
    char *to = *out;
    for (size_t i = 0; i < n; i++) {
        const char *text = spx_json_text(spx_json_get(spx_json_at(samples, i), "text"));
        char *copy = NULL;
        to += snprintf(to, size - (size_t)(to - *out), "%s%s", i ? " " : "", text);
        SPX_TRY(array_grow(&f->document, &f->document_room, f->documents, sizeof text, err));
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
    SPX_TRY(
        array_grow(&f->reference, &f->reference_room, f->references, sizeof *f->reference, err));
    reference *x = &f->reference[f->references];
    SPX_TRY(join_samples(spx_json_get(r, "samples"), f, &x->text, err));
    SPX_TRY(keep_text(f, relation, &x->relation, err));
    SPX_TRY(keep_text(f, target, &x->target, err));
    f->references++;
out:
    return st;
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
    void *mem = NULL;
    out->fact = fact;
    spx_status st = spx_alloc(&mem, fact->generation.n, sizeof(spx_tokens), err);
    out->prompt = mem;
    for (size_t p = 0; st == SPX_OK && p < fact->generation.n; p++)
        st = tokens_of(t, "", fact->generation.at[p], &out->prompt[p], err);
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

/* Values of one fact: means over its texts; reference NaN where there is none. */
typedef struct judged {
    double entropy, repetition, reference;
} judged;

static spx_status judge(const fluency *f, const spx_fact *fact, char *const *text, judged *out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t n = fact->generation.n;
    const reference *ref = find_reference(f, fact);
    char *joined = NULL;
    size_t size = 1;
    *out = (judged){0, 0, (double)NAN};
    for (size_t i = 0; i < n; i++) {
        double entropy = 0, repetition = 0;
        SPX_TRY(text_entropy(text[i], &entropy, err));
        SPX_TRY(text_repetition(text[i], &repetition, err));
        out->entropy += entropy / (double)n;
        out->repetition += repetition / (double)n;
        size += strlen(text[i]) + 1;
    }
    if (!ref) goto out;
    SPX_TRY(scratch_array(&tmp, &joined, size, 1, err));
    char *to = joined;
    for (size_t i = 0; i < n; i++)
        to += snprintf(to, size - (size_t)(to - joined), "%s%s", i ? " " : "", text[i]);
    SPX_TRY(tfidf_cosine(&f->terms, joined, ref->text, &out->reference, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* What the model writes behind the prompts of one fact. */
static spx_status write_texts(const subject_prompts *p, const setting *s, const spx_model *m,
                              texts_behind *out, spx_error *err)
{
    spx_generate_opts o = spx_generate_defaults();
    o.max_total = TOTAL_TOKENS;
    o.top_k = TOP_K;
    o.seed = s->seed + (uint64_t)p->fact->id;
    return texts_generate(s, m, p->prompt, p->fact->generation.n, &o, NULL, out, err);
}

/* A prompt and what was written behind it; memory from tmp. */
static spx_status join(const char *prompt, const char *more, char **out, spx_scratch *tmp,
                       spx_error *err)
{
    const size_t size = strlen(prompt) + strlen(more) + 1;
    const spx_status st = scratch_array(tmp, out, size, 1, err);
    if (st == SPX_OK) snprintf(*out, size, "%s%s", prompt, more);
    return st;
}

static spx_status run_fact(const fluency *f, size_t i, const setting *s, const spx_model *m,
                           judged *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    texts_behind new = {0};
    char **text = NULL;
    const spx_fact *fact = f->at[i].fact;
    *out = (judged){(double)NAN, (double)NAN, (double)NAN};
    if (fact->generation.n == 0) return SPX_OK;
    SPX_TRY(scratch_array(&tmp, &text, fact->generation.n, sizeof *text, err));
    SPX_TRY(write_texts(&f->at[i], s, m, &new, err));
    for (size_t k = 0; k < new.n; k++)
        SPX_TRY(join(fact->generation.at[k], new.at[k], &text[k], &tmp, err));
    SPX_TRY(judge(f, fact, text, out, err));
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
    for (size_t k = 0; k < 3; k++)
        SPX_TRY(scratch_array(&tmp, &value[k], count, sizeof(double), err));
    SPX_TRY(scratch_array(&tmp, &id, count, sizeof *id, err));
    for (size_t i = 0; i < count; i++) {
        judged j;
        SPX_TRY(run_fact(f, index[i], s, m, &j, err));
        id[i] = f->at[index[i]].fact->id;
        value[0][i] = j.entropy;
        value[1][i] = j.repetition;
        value[2][i] = j.reference;
    }
    for (size_t k = 0; k < 3; k++) {
        const sample a = {q[k], s->set, id, value[k], count, s->seed};
        SPX_TRY(results_mean(out, &a, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
