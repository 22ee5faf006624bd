/* counterfact.c: success and argmax accuracy of edited facts (spx/metrics.h). */
#include "eval/families.h"

#include <stdio.h>
#include <string.h>

/* Tokens of before + text. */
static spx_status encode(const spx_tokenizer *t, const char *text, const char *before,
                         spx_tokens *out, spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const size_t n = strlen(before) + strlen(text);
    spx_status st = spx_scratch_alloc(&tmp, &mem, n + 1, 1, err);
    if (st != SPX_OK) return st;
    snprintf(mem, n + 1, "%s%s", before, text);
    st = spx_tokenizer_encode(t, mem, n, false, out, err);
    if (st == SPX_OK && out->n == 0) st = SPX_FAIL(err, SPX_EINVAL, "text without a token");
    spx_scratch_free(&tmp);
    return st;
}

static spx_status ready(const spx_fact *f, const spx_tokenizer *t, fact_tokens *out, spx_error *err)
{
    const char *const prompt[3] = {f->prompt, f->paraphrase, f->neighbor};
    const char *const target[2] = {f->target_new, f->target_true};
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < 3; i++)
        if (prompt[i]) st = encode(t, prompt[i], "", &out->prompt[i], err);
    for (size_t i = 0; st == SPX_OK && i < 2; i++)
        st = encode(t, target[i], " ", &out->target[i], err);
    return st;
}

spx_status counterfact_ready(const spx_facts *f, const char *name, const spx_tokenizer *t,
                             fact_tokens **out, spx_error *err)
{
    void *mem = NULL;
    *out = NULL;
    spx_status st = spx_alloc(&mem, f->n, sizeof(fact_tokens), err);
    fact_tokens *all = mem;
    for (size_t i = 0; st == SPX_OK && i < f->n; i++) {
        st = ready(&f->fact[i], t, &all[i], err);
        if (st != SPX_OK) spx_prefix(err, "%s: fact %ld", name, f->fact[i].id);
    }
    if (st == SPX_OK)
        *out = all;
    else if (all)
        counterfact_free(all, f->n);
    return st;
}

void counterfact_free(fact_tokens *f, size_t n)
{
    for (size_t i = 0; f && i < n; i++) {
        for (size_t k = 0; k < 3; k++) spx_tokens_free(&f[i].prompt[k]);
        for (size_t k = 0; k < 2; k++) spx_tokens_free(&f[i].target[k]);
    }
    spx_free(f);
}

/* New and true behind one kind of prompt, side by side; returns how many facts have it. */
static size_t items(const fact_tokens *f, const size_t *index, size_t count, size_t kind,
                    score_item *item)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const fact_tokens *t = &f[index[i]];
        const spx_tokens *p = &t->prompt[kind];
        if (p->n == 0) continue;
        for (size_t k = 0; k < 2; k++)
            item[2 * n + k] = (score_item){p->id, t->target[k].id, p->n, t->target[k].n};
        n++;
    }
    return n;
}

static void count_up(const score *s, size_t n, size_t kind, const char *set, spx_metric *out)
{
    size_t success = 0, exact = 0;
    const bool neighbor = kind == 2;
    for (size_t i = 0; i < n; i++) {
        const score new = s[2 * i], old = s[2 * i + 1];
        success += neighbor ? old.nll < new.nll : old.nll > new.nll;
        exact += neighbor ? old.argmax : new.argmax;
    }
    out[0] = share_metric(M_REWRITE_SUCCESS + 2 * (int)kind, set, success, n);
    out[1] = share_metric(M_REWRITE_ACC + 2 * (int)kind, set, exact, n);
}

spx_status counterfact_run(const fact_tokens *f, const char *set, const size_t *index, size_t count,
                           const spx_model *m, spx_metric *out, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *item = NULL, *scores = NULL;
    SPX_TRY(spx_scratch_alloc(&tmp, &item, 2 * count, sizeof(score_item), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &scores, 2 * count, sizeof(score), err));
    for (size_t kind = 0; kind < 3; kind++) {
        const size_t have = items(f, index, count, kind, item);
        if (have == 0) continue;
        SPX_TRY(score_items(m, item, 2 * have, scores, err));
        count_up(scores, have, kind, set, out + *n);
        *n += 2;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
