/* probes.c: what should follow from an edit, and what should not change with it
 * (spx/metric_families.h). */
#include "eval/family.h"

#include <assert.h>
#include <math.h>

static const char knowedit[] = "Zhang et al. 2024, KnowEdit",
                  ripple[] = "Cohen et al. 2024, RippleEdits",
                  mquake[] = "Zhong et al. 2023, MQuAKE";
#define PERCENT "0 to 100"
#define FOLLOWS "large: what follows from the edit holds too"
#define STAYS   "100: nothing else has changed"
#define PORTABILITY(name, text, from)                                                            \
    {                                                                                            \
        "portability_" name, "%", "answer tokens that are argmax, " text, from, PERCENT, FOLLOWS \
    }
#define LOCALITY(name, text, from)                                                                 \
    {                                                                                              \
        "locality_" name, "%", "tokens where the unedited model has the same argmax, " text, from, \
            PERCENT, STAYS                                                                         \
    }
/* clang-format off */
static const spx_quantity table[SPX_PROBES] = {
    [SPX_PROBE_REASONING] = PORTABILITY("reasoning", "conclusions", knowedit),
    [SPX_PROBE_LOGICAL] = PORTABILITY("logical_generalization", "facts implied by the edit", ripple),
    [SPX_PROBE_ALIASING] = PORTABILITY("subject_aliasing", "other names of the subject", ripple),
    [SPX_PROBE_COMPOSITION_I] = PORTABILITY("compositionality_i", "a second hop from the target", ripple),
    [SPX_PROBE_COMPOSITION_II] = PORTABILITY("compositionality_ii", "a hop to the subject first", ripple),
    [SPX_PROBE_ONE_HOP] = PORTABILITY("one_hop", "single steps", mquake),
    [SPX_PROBE_TWO_HOP] = PORTABILITY("two_hop", "questions of two steps", mquake),
    [SPX_PROBE_MULTI_HOP] = PORTABILITY("multi_hop", "questions of more steps", mquake),
    [SPX_PROBE_RELATION] = LOCALITY("relation_specificity", "other relations of the subject", ripple),
    [SPX_PROBE_FORGETFULNESS] = LOCALITY("forgetfulness", "other targets of the relation", ripple),
    [SPX_PROBE_NEIGHBORHOOD] = LOCALITY("neighborhood", "other subjects", knowedit),
    [SPX_PROBE_DISTRACTING] = LOCALITY("distracting", "other subjects after the new fact", knowedit),
};
/* clang-format on */
enum { PORTABLE, LOCAL, SPECIFIC, OWN, REPHRASED, SUMMARIES };
static const spx_quantity summary[SUMMARIES] = {
    [PORTABLE] = {"portability", "%", "answer tokens that are argmax, mean over a record's probes",
                  knowedit, PERCENT, FOLLOWS},
    [LOCAL] = {"locality", "%",
               "tokens where the unedited model has the same argmax, mean over a record's probes",
               knowedit, PERCENT, STAYS},
    [SPECIFIC] = {"locality_accuracy", "%",
                  "answer tokens of local probes that are argmax, mean over a record's probes",
                  "Cohen et al. 2024, RippleEdits", PERCENT, STAYS},
    [OWN] = {"edit_tokens", "%", "target tokens that are argmax on the prompt", "EasyEdit", PERCENT,
             "100: every edit is made"},
    [REPHRASED] = {"rephrase_tokens", "%",
                   "target tokens that are argmax on rephrased prompts, mean over them", "EasyEdit",
                   PERCENT, "large: edits hold in other words"},
};

/* A prompt and its target; `kind` SPX_PROBES + OWN or REPHRASED for those of the edit itself. */
typedef struct question {
    size_t kind;
    spx_tokens prompt, target;
    int32_t *unedited; /* of a local one: the unedited model's argmax tokens, once known */
} question;

typedef struct asked_fact {
    long id;
    question *at;
    size_t n;
} asked_fact;

typedef struct ready_probes {
    asked_fact *fact;
    size_t n;
    bool known; /* the unedited model has answered */
} ready_probes;

static bool is_local(const question *q)
{
    return q->kind < SPX_PROBES && spx_probe_is_local((spx_probe_kind)q->kind);
}

static spx_status add_question(const spx_tokenizer *t, size_t kind, const char *prompt,
                               const char *target, asked_fact *out, spx_error *err)
{
    spx_status st = SPX_OK;
    question *q = &out->at[out->n++];
    q->kind = kind;
    SPX_TRY(tokens_of(t, "", prompt, &q->prompt, err));
    SPX_TRY(tokens_of(t, " ", target, &q->target, err));
    if (is_local(q)) SPX_TRY(SPX_NEW(&q->unedited, q->target.n, err));
out:
    return st;
}

static spx_status encode_fact(const spx_fact *f, const spx_tokenizer *t, asked_fact *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    out->id = f->id;
    SPX_TRY(SPX_NEW(&out->at, 1 + f->paraphrase.n + f->probes, err));
    SPX_TRY(add_question(t, SPX_PROBES + OWN, f->prompt, f->target_new, out, err));
    for (size_t i = 0; i < f->paraphrase.n; i++)
        SPX_TRY(
            add_question(t, SPX_PROBES + REPHRASED, f->paraphrase.at[i], f->target_new, out, err));
    for (size_t i = 0; i < f->probes; i++)
        SPX_TRY(
            add_question(t, f->probe[i].kind, f->probe[i].prompt, f->probe[i].answer, out, err));
out:
    return st;
}

static void probes_free(void *ready)
{
    ready_probes *r = ready;
    if (!r) return;
    for (size_t i = 0; r->fact && i < r->n; i++) {
        for (size_t k = 0; k < r->fact[i].n; k++) {
            spx_tokens_free(&r->fact[i].at[k].prompt);
            spx_tokens_free(&r->fact[i].at[k].target);
            spx_free(r->fact[i].at[k].unedited);
        }
        spx_free(r->fact[i].at);
    }
    spx_free(r->fact);
    spx_free(r);
}

static spx_status probes_ready(const spx_facts *f, const setting *s, void **out, spx_error *err)
{
    spx_status st = SPX_OK;
    ready_probes *r = NULL;
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
    probes_free(r);
    return st;
}

/* Sums of the values of facts, and how many of each there are: kinds of probes, then summaries. */
enum { ROWS = SPX_PROBES + SUMMARIES };
typedef struct values {
    double *sum[ROWS], *times[ROWS];
    long *id;
    score_item *item;
    score *scores;
    int32_t *best; /* the argmax tokens of local questions in turn */
} values;

static spx_status values_new(const ready_probes *r, const size_t *index, size_t count, values *v,
                             spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t items = 0, tokens = 0;
    for (size_t i = 0; i < count; i++) {
        const asked_fact *f = &r->fact[index[i]];
        items += f->n;
        for (size_t k = 0; k < f->n; k++) tokens += f->at[k].target.n;
    }
    for (size_t row = 0; row < ROWS; row++) {
        SPX_TRY(SPX_SCRATCH(tmp, &v->sum[row], count, err));
        SPX_TRY(SPX_SCRATCH(tmp, &v->times[row], count, err));
    }
    SPX_TRY(SPX_SCRATCH(tmp, &v->id, count, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->item, items, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->scores, items, err));
    SPX_TRY(SPX_SCRATCH(tmp, &v->best, tokens, err));
out:
    return st;
}

/* Lists the items of all questions, in order; returns how many. */
static size_t list_items(const ready_probes *r, const setting *s, const size_t *index, size_t count,
                         values *v)
{
    size_t n = 0, tokens = 0;
    for (size_t i = 0; i < count; i++) {
        const asked_fact *f = &r->fact[index[i]];
        for (size_t k = 0; k < f->n; k++) {
            v->item[n] = item_of(s, f->id, &f->at[k].prompt, &f->at[k].target);
            if (is_local(&f->at[k])) v->item[n].best = v->best + tokens;
            tokens += f->at[k].target.n;
            n++;
        }
    }
    return n;
}

static double agreement(const int32_t *a, const int32_t *b, size_t n)
{
    size_t same = 0;
    for (size_t i = 0; i < n; i++) same += a[i] == b[i];
    return 100.0 * (double)same / (double)n;
}

static void add_value(values *v, size_t row, size_t i, double value)
{
    v->sum[row][i] += value;
    v->times[row][i]++;
}

/* What question q of fact i, whose item is n, was answered. */
static void measure_question(const ready_probes *r, const question *q, size_t i, size_t n,
                             values *v)
{
    const double right = 100.0 * (double)v->scores[n].hits / (double)q->target.n;
    if (!is_local(q)) {
        add_value(v, q->kind, i, right);
        if (q->kind < SPX_PROBES) add_value(v, SPX_PROBES + PORTABLE, i, right);
        return;
    }
    add_value(v, SPX_PROBES + SPECIFIC, i, right);
    if (!r->known) return;
    const double same = agreement(v->item[n].best, q->unedited, q->target.n);
    add_value(v, q->kind, i, same);
    add_value(v, SPX_PROBES + LOCAL, i, same);
}

/* Keeps the answers of the unedited model. */
static void keep_unedited(ready_probes *r, const size_t *index, size_t count, const values *v)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const asked_fact *f = &r->fact[index[i]];
        for (size_t k = 0; k < f->n; k++, n++)
            for (size_t j = 0; f->at[k].unedited && j < f->at[k].target.n; j++)
                f->at[k].unedited[j] = v->item[n].best[j];
    }
    r->known = true;
}

static spx_status report_values(values *v, size_t count, const setting *s, spx_results *out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    sample a = {.set = s->set, .item = v->id, .n = count, .seed = s->seed};
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < count; i++) /* NaN where there is none */
            v->sum[row][i] = v->times[row][i] > 0 ? v->sum[row][i] / v->times[row][i] : (double)NAN;
        a.q = row < SPX_PROBES ? &table[row] : &summary[row - SPX_PROBES];
        a.value = v->sum[row];
        SPX_TRY(results_mean(out, &a, err));
    }
out:
    return st;
}

/* `unedited`, where it is not NULL, keeps the answers. */
static spx_status ask_probes(const ready_probes *r, ready_probes *unedited, const setting *s,
                             const size_t *index, size_t count, const spx_model *m,
                             spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    values v = {0};
    size_t n = 0;
    SPX_TRY(values_new(r, index, count, &v, &tmp, err));
    SPX_TRY(score_items(m, s->units, v.item, list_items(r, s, index, count, &v), v.scores, err));
    if (unedited && out) keep_unedited(unedited, index, count, &v);
    assert(r);
    for (size_t i = 0; i < count; i++) {
        const asked_fact *f = &r->fact[index[i]];
        v.id[i] = f->id;
        for (size_t k = 0; k < f->n; k++) measure_question(r, &f->at[k], i, n++, &v);
    }
    SPX_TRY(report_values(&v, count, s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status probes_run(const void *ready, const setting *s, const size_t *index, size_t count,
                             const spx_model *m, spx_results *out, spx_error *err)
{
    return ask_probes(ready, NULL, s, index, count, m, out, err);
}

static spx_status probes_run_unedited(void *ready, const setting *s, const size_t *index,
                                      size_t count, const spx_model *m, spx_results *out,
                                      spx_error *err)
{
    return ask_probes(ready, ready, s, index, count, m, out, err);
}

static const spx_quantity *probes_quantity(size_t i)
{
    if (i < SPX_PROBES) return &table[i];
    return i < ROWS ? &summary[i - SPX_PROBES] : NULL;
}

const fact_family probe_facts = {
    .ready = probes_ready,
    .run = probes_run,
    .run_unedited = probes_run_unedited,
    .free = probes_free,
    .quantity = probes_quantity,
};
