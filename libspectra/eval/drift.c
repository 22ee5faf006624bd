/* drift.c: how far the distribution of the next token has moved from that of the unedited model, on
 * prompts that no edit is about (spx/metric_families.h). No gold answer is needed. */
#include "eval/family.h"
#include "eval/next_token.h"

#include "spx/file.h"

#include <math.h>
#include <string.h>

enum { TOGETHER = 64 };
enum { KL, OVERLAP, MEASURES };

#define KL_OF      "KL(before || after) of the next token, in nats, after "
#define OVERLAP_OF "share of the 10 likeliest next tokens that were among them before, after "
static const char ours[] = "this project";
/* clang-format off */
static const spx_quantity of_facts[MEASURES] = {
    [KL] = {"neighborhood_kl", "1", KL_OF "prompts of other subjects", ours, "0 and more",
            "0: other subjects are as before"},
    [OVERLAP] = {"neighborhood_overlap", "1", OVERLAP_OF "prompts of other subjects", ours,
                 "0 to 1", "1: other subjects are as before"},
};
static const spx_quantity of_lines[MEASURES] = {
    [KL] = {"drift_kl", "1", KL_OF "lines of a text", ours, "0 and more",
            "0: predictions are as before"},
    [OVERLAP] = {"drift_overlap", "1", OVERLAP_OF "lines of a text", ours, "0 to 1",
                 "1: predictions are as before"},
};
/* clang-format on */

/* Prompts by the record that they are of. */
typedef struct drift {
    spx_tokens *prompt;
    size_t n, room;
    long *id;      /* records */
    size_t *first; /* records + 1: places in prompt */
    size_t records, id_room, first_room;
    float *before; /* n rows: the unedited model's logits, once known */
} drift;

static spx_status drift_new(drift **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(out, 1, err));
    SPX_TRY(SPX_NEW(&(*out)->first, 1, err));
    (*out)->first_room = 1;
out:
    return st;
}

static void drift_free(void *ready)
{
    drift *d = ready;
    if (!d) return;
    for (size_t i = 0; i < d->n; i++) spx_tokens_free(&d->prompt[i]);
    spx_free(d->prompt);
    spx_free(d->id);
    spx_free(d->first);
    spx_free(d->before);
    spx_free(d);
}

/* Appends a record without prompts. */
static spx_status add_record(drift *d, long id, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(ARRAY_GROW(&d->id, &d->id_room, d->records, err));
    SPX_TRY(ARRAY_GROW(&d->first, &d->first_room, d->records + 1, err));
    d->id[d->records++] = id;
    d->first[d->records] = d->n;
out:
    return st;
}

/* Appends a prompt to the last record. */
static spx_status add_prompt(drift *d, const spx_tokenizer *t, const char *text, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(ARRAY_GROW(&d->prompt, &d->room, d->n, err));
    SPX_TRY(tokens_of(t, "", text, &d->prompt[d->n], err));
    d->first[d->records] = ++d->n;
out:
    return st;
}

/* The i-th prompt of a fact that is about another subject: neighbours, then zsRE's question of
 * another topic, then probes of other subjects. NULL past the last. */
static const char *unrelated_prompt(const spx_fact *f, size_t i)
{
    if (i < f->neighbor.n) return f->neighbor.at[i];
    i -= f->neighbor.n;
    if (f->locality && i-- == 0) return f->locality;
    for (size_t p = 0; p < f->probes; p++)
        if (f->probe[p].kind == SPX_PROBE_NEIGHBORHOOD && i-- == 0) return f->probe[p].prompt;
    return NULL;
}

/* Deals out `most` prompts: the first of every fact, then the second, ...; take[i] <- how many of
 * fact i. Returns how many there are in all. */
static size_t deal_prompts(const spx_facts *f, size_t most, size_t *take)
{
    size_t n = 0;
    bool more = true;
    for (size_t round = 0; more && n < most; round++) {
        more = false;
        for (size_t i = 0; i < f->n && n < most; i++) {
            if (!unrelated_prompt(&f->fact[i], round)) continue;
            take[i] = round + 1;
            n++;
            more = true;
        }
    }
    return n;
}

static spx_status facts_ready(const spx_facts *f, const setting *s, void **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    drift *d = NULL;
    size_t *take = NULL;
    *out = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &take, f->n, err));
    SPX_TRY(drift_new(&d, err));
    if (deal_prompts(f, s->drift, take) == 0)
        SPX_RAISE(err, SPX_EINVAL,
                  "%s: no fact has a prompt of another subject (expected neighbours)", s->set);
    for (size_t i = 0; i < f->n; i++) {
        SPX_TRY(add_record(d, f->fact[i].id, err));
        for (size_t k = 0; k < take[i]; k++) {
            st = add_prompt(d, s->tokenizer, unrelated_prompt(&f->fact[i], k), err);
            SPX_TRY(of_fact(st, s, &f->fact[i], err));
        }
    }
    *out = d;
    d = NULL;
out:
    drift_free(d);
    spx_scratch_free(&tmp);
    return st;
}

/* Each line that is not blank is a record of one prompt, whose id is its place among all lines.
 * text is cut into lines. */
static spx_status add_lines(drift *d, const spx_eval_task *task, const spx_tokenizer *t, char *text,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    long place = 0;
    for (char *line = text, *end = NULL; line; line = end ? end + 1 : NULL, place++) {
        end = strchr(line, '\n');
        if (end) *end = '\0';
        const span s = text_trimmed(line);
        if (s.len == 0) continue;
        if (task->items > 0 && d->records == task->items) break;
        line[(size_t)(s.at - line) + s.len] = '\0';
        SPX_TRY(add_record(d, place, err));
        st = add_prompt(d, t, s.at, err);
        if (st != SPX_OK) spx_prefix(err, "line %ld", place + 1);
        SPX_TRY(st);
    }
    if (d->n == 0 || d->n < task->items)
        SPX_RAISE(err, SPX_EINVAL, "%zu lines of text (expected at least %zu)", d->n,
                  task->items ? task->items : 1);
out:
    return st;
}

static spx_status lines_ready(const spx_eval_task *task, const setting *s, void **out,
                              size_t *skipped, spx_error *err)
{
    spx_status st = SPX_OK;
    drift *d = NULL;
    char *text = NULL;
    size_t len = 0;
    *out = NULL;
    *skipped = 0;
    SPX_TRY(drift_new(&d, err));
    SPX_TRY(spx_file_text(task->file, &text, &len, err));
    if (strlen(text) != len)
        st = SPX_FAIL(err, SPX_EFORMAT, "byte %zu is NUL (expected text)", strlen(text));
    else
        st = add_lines(d, task, s->tokenizer, text, err);
    if (st != SPX_OK) spx_prefix(err, "%s", task->file);
    SPX_TRY(st);
    *out = d;
    d = NULL;
out:
    spx_free(text);
    drift_free(d);
    return st;
}

/* Keeps the unedited model's logits of every prompt. */
static spx_status keep_before(drift *d, const setting *s, const spx_model *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t v = spx_model_shape(m)->vocab;
    float *logits = NULL, *all = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &logits, TOGETHER * v, err));
    for (size_t at = 0; at < d->n; at += TOGETHER) {
        const size_t n = d->n - at < TOGETHER ? d->n - at : TOGETHER;
        bool known = false;
        SPX_TRY(next_token_logits(s->units, m, d->prompt + at, n, logits, &known, err));
        if (!known) continue;
        if (!all) SPX_TRY(SPX_NEW(&all, d->n * v, err));
        memcpy(all + at * v, logits, n * v * sizeof *all);
    }
    if (!all) goto out;
    spx_free(d->before);
    d->before = all;
    all = NULL;
out:
    spx_free(all);
    spx_scratch_free(&tmp);
    return st;
}

/* The prompts of the records listed, and what is measured of each. */
typedef struct chosen {
    spx_tokens *prompt; /* borrowed */
    size_t *place, n;   /* in drift.prompt */
    double *value[MEASURES];
} chosen;

static spx_status choose_prompts(const drift *d, const size_t *index, size_t count, chosen *c,
                                 spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) n += d->first[index[i] + 1] - d->first[index[i]];
    SPX_TRY(SPX_SCRATCH(tmp, &c->prompt, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &c->place, n, err));
    for (size_t k = 0; k < MEASURES; k++) SPX_TRY(SPX_SCRATCH(tmp, &c->value[k], n, err));
    for (size_t i = 0; i < count; i++)
        for (size_t p = d->first[index[i]]; p < d->first[index[i] + 1]; p++) {
            c->place[c->n] = p;
            c->prompt[c->n++] = d->prompt[p];
        }
out:
    return st;
}

static spx_status measure_prompts(const drift *d, const setting *s, const spx_model *m, chosen *c,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t v = spx_model_shape(m)->vocab;
    float *logits = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &logits, TOGETHER * v, err));
    for (size_t at = 0; at < c->n; at += TOGETHER) {
        const size_t n = c->n - at < TOGETHER ? c->n - at : TOGETHER;
        bool known = false;
        SPX_TRY(next_token_logits(s->units, m, c->prompt + at, n, logits, &known, err));
        if (!known || !d->before) continue;
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < n; i++) {
            const float *before = d->before + c->place[at + i] * v, *after = logits + i * v;
            c->value[KL][at + i] = next_token_divergence(before, after, v);
            c->value[OVERLAP][at + i] = next_token_overlap(before, after, v);
        }
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Means over the prompts of each record; NaN where it has none. */
static spx_status report_records(const drift *d, const size_t *index, size_t count, const chosen *c,
                                 const spx_quantity *q, const setting *s, spx_results *out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    long *id = NULL;
    double *mean = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &id, count, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &mean, count, err));
    for (size_t k = 0; k < MEASURES; k++) {
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t n = d->first[index[i] + 1] - d->first[index[i]];
            double sum = 0;
            for (size_t p = 0; p < n; p++) sum += c->value[k][at++];
            id[i] = d->id[index[i]];
            mean[i] = n > 0 ? sum / (double)n : (double)NAN;
        }
        const sample a = {
            .q = &q[k], .set = s->set, .item = id, .value = mean, .n = count, .seed = s->seed};
        SPX_TRY(results_mean(out, &a, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status compare_records(const drift *d, const size_t *index, size_t count,
                                  const spx_quantity *q, const setting *s, const spx_model *m,
                                  spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    chosen c = {0};
    if (out && !d->before)
        SPX_RAISE(err, SPX_EINVAL, "%s: what the unedited model predicts is not known", s->set);
    SPX_TRY(choose_prompts(d, index, count, &c, &tmp, err));
    SPX_TRY(measure_prompts(d, s, m, &c, err));
    if (out) SPX_TRY(report_records(d, index, count, &c, q, s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status facts_run(const void *ready, const setting *s, const size_t *index, size_t count,
                            const spx_model *m, spx_results *out, spx_error *err)
{
    return compare_records(ready, index, count, of_facts, s, m, out, err);
}

static spx_status facts_run_unedited(void *ready, const setting *s, const size_t *index,
                                     size_t count, const spx_model *m, spx_results *out,
                                     spx_error *err)
{
    (void)index;
    (void)count;
    (void)out;
    return keep_before(ready, s, m, err);
}

static spx_status lines_run(const void *ready, const setting *s, const spx_model *m,
                            spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const drift *d = ready;
    size_t *index = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &index, d->records, err));
    for (size_t i = 0; i < d->records; i++) index[i] = i;
    SPX_TRY(compare_records(d, index, d->records, of_lines, s, m, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status lines_run_unedited(void *ready, const setting *s, const spx_model *m,
                                     spx_error *err)
{
    return keep_before(ready, s, m, err);
}

static const spx_quantity *facts_quantity(size_t i) { return i < MEASURES ? &of_facts[i] : NULL; }

static const spx_quantity *lines_quantity(const void *variant, size_t i)
{
    (void)variant;
    return i < MEASURES ? &of_lines[i] : NULL;
}

const fact_family drift_facts = {
    .ready = facts_ready,
    .run = facts_run,
    .run_unedited = facts_run_unedited,
    .compares = true,
    .free = drift_free,
    .quantity = facts_quantity,
};

const family family_drift = {
    .name = "drift",
    .reads = "UTF-8 text, a prompt a line",
    .help = "the next token's distribution, beside the unedited model's",
    .ready = lines_ready,
    .run = lines_run,
    .run_unedited = lines_run_unedited,
    .free = drift_free,
    .quantity = lines_quantity,
};
