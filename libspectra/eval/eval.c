/* eval.c: the table of metrics, and an evaluation as a whole. */
#include "eval/families.h"

#include "spx/file.h"
#include "spx/metrics.h"

#include <math.h>
#include <string.h>

static const spx_quantity table[METRICS] = {
    [M_REWRITE_SUCCESS] = {"rewrite_success", "%", "s(true) > s(new) on the prompt",
                           "Meng et al. 2022, CounterFact"},
    [M_REWRITE_ACC] = {"rewrite_acc", "%", "all tokens of new are argmax on the prompt",
                       "Meng et al. 2022, CounterFact"},
    [M_PARAPHRASE_SUCCESS] = {"paraphrase_success", "%",
                              "s(true) > s(new) on the file's rephrase prompt",
                              "Meng et al. 2022, CounterFact"},
    [M_PARAPHRASE_ACC] = {"paraphrase_acc", "%",
                          "all tokens of new are argmax on the rephrase prompt",
                          "Meng et al. 2022, CounterFact"},
    [M_NEIGHBORHOOD_SUCCESS] = {"neighborhood_success", "%", "s(true) < s(new) on the neighbour",
                                "Meng et al. 2022, CounterFact"},
    [M_NEIGHBORHOOD_ACC] = {"neighborhood_acc", "%",
                            "all tokens of true are argmax on the neighbour",
                            "Meng et al. 2022, CounterFact"},
    [M_PERPLEXITY] = {"perplexity", "1", "exp of mean NLL over independent windows", "definition"},
    [M_LAMBADA] = {"lambada", "%", "whole last word by argmax", "Paperno et al. 2016"},
};

const spx_quantity *spx_metrics(size_t *n)
{
    *n = METRICS;
    return table;
}

spx_metric share_metric(int which, const char *set, size_t yes, size_t n)
{
    spx_metric m = {.q = &table[which], .set = set, .items = n};
    const double z = 1.959963984540054, count = (double)n, p = n ? (double)yes / count : 0;
    m.value = m.lo = m.hi = (double)NAN;
    if (n == 0) return m;
    const double centre = (p + z * z / (2 * count)) / (1 + z * z / count);
    const double half =
        z / (1 + z * z / count) * sqrt(p * (1 - p) / count + z * z / (4 * count * count));
    m.value = 100 * p;
    m.lo = yes == 0 ? 0 : 100 * (centre - half);
    m.hi = yes == n ? 100 : 100 * (centre + half);
    return m;
}

struct spx_eval {
    spx_eval_plan plan;
    fact_tokens *facts;
    spx_tokens text;
    passage *passages;
    size_t passage_count;
};

spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t, spx_eval **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    spx_eval *e = NULL;
    *out = NULL;
    SPX_TRY(spx_alloc(&mem, 1, sizeof *e, err));
    e = mem;
    e->plan = *plan;
    if (plan->facts) SPX_TRY(counterfact_ready(plan->facts, plan->facts_name, t, &e->facts, err));
    if (plan->perplexity_file)
        SPX_TRY(perplexity_ready(plan->perplexity_file, plan->perplexity_tokens, plan->window, t,
                                 &e->text, err));
    if (plan->lambada_file)
        SPX_TRY(lambada_ready(plan->lambada_file, plan->lambada_items, t, &e->passages,
                              &e->passage_count, err));
    *out = e;
    e = NULL;
out:
    spx_eval_free(e);
    return st;
}

void spx_eval_free(spx_eval *e)
{
    if (!e) return;
    if (e->facts) counterfact_free(e->facts, e->plan.facts->n);
    lambada_free(e->passages, e->passage_count);
    spx_tokens_free(&e->text);
    spx_free(e);
}

spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index, size_t count,
                          spx_metric out[SPX_EVAL_MAX], size_t *n, spx_error *err)
{
    *n = 0;
    return counterfact_run(e->facts, spx_base_name(e->plan.facts_name), index, count, m, out, n,
                           err);
}

static spx_status all_facts(const spx_eval *e, const spx_model *m, spx_metric *out, size_t *n,
                            spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    spx_status st = spx_scratch_alloc(&tmp, &mem, e->plan.facts->n, sizeof(size_t), err);
    size_t *index = mem;
    for (size_t i = 0; st == SPX_OK && i < e->plan.facts->n; i++) index[i] = i;
    if (st == SPX_OK) st = spx_eval_facts(e, m, index, e->plan.facts->n, out, n, err);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_eval_run(const spx_eval *e, const spx_model *m, spx_metric out[SPX_EVAL_MAX],
                        size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    if (e->facts) SPX_TRY(all_facts(e, m, out, n, err));
    if (e->plan.perplexity_file) {
        out[*n].q = &table[M_PERPLEXITY];
        SPX_TRY(perplexity_run(&e->text, e->plan.window, spx_base_name(e->plan.perplexity_file), m,
                               &out[*n], err));
        (*n)++;
    }
    if (e->plan.lambada_file) {
        SPX_TRY(lambada_run(e->passages, e->passage_count, spx_base_name(e->plan.lambada_file), m,
                            &out[*n], err));
        (*n)++;
    }
out:
    return st;
}
