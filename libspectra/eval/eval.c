/* eval.c: the table of families, and an evaluation as a whole. */
#include "eval/families.h"

#include "spx/file.h"

#include <string.h>

static const family *const families[] = {
    &family_perplexity, &family_lambada,   &family_mmlu,    &family_sst2,
    &family_mrpc,       &family_cola,      &family_rte,     &family_rte_fixed,
    &family_nli,        &family_mmlu_glue, &family_nq_open, &family_gsm8k,
};
static const size_t family_count = sizeof families / sizeof *families;

static const spx_quantity skipped_q = {"skipped", "1", "malformed records left out", "count"};
static const spx_quantity rebuilt_q = {"neighbors_rebuilt", "1",
                                       "neighbours made from other records of the file", "count"};
static const spx_quantity paraphrase_q = {
    "rephrase_is_paraphrase", "1", "rephrase prompts that are no generation prompts", "count"};

size_t spx_eval_families(spx_eval_family *out, size_t most)
{
    for (size_t i = 0; i < family_count && i < most; i++)
        out[i] = (spx_eval_family){families[i]->name, families[i]->help};
    return family_count;
}

/* A task made ready. */
typedef struct task_state {
    const family *f;
    setting s;
    void *ready;
    size_t skipped;
} task_state;

struct spx_eval {
    spx_eval_plan plan;
    setting fact_setting;
    void *facts, *fluency;
    task_state *task;
};

static const family *find_family(const char *name)
{
    for (size_t i = 0; i < family_count; i++)
        if (strcmp(families[i]->name, name) == 0) return families[i];
    return NULL;
}

static spx_status ready_task(const spx_eval_plan *plan, const spx_tokenizer *t, size_t i,
                             task_state *out, spx_error *err)
{
    const spx_eval_task *task = &plan->task[i];
    const family *f = find_family(task->family);
    if (!f) return SPX_FAIL(err, SPX_ENOTFOUND, "no family of metrics '%s'", task->family);
    out->f = f;
    out->s = (setting){t, spx_base_name(task->file), plan->seed, plan->skip_bad, NULL};
    return f->ready(task, &out->s, &out->ready, &out->skipped, err);
}

static bool is_zsre(const spx_eval *e) { return e->plan.facts->schema == SPX_ZSRE; }

static spx_status ready_facts(spx_eval *e, spx_error *err)
{
    const spx_eval_plan *p = &e->plan;
    const setting *s = &e->fact_setting;
    const spx_status st =
        (is_zsre(e) ? zsre_ready : counterfact_ready)(p->facts, s, &e->facts, err);
    if (st != SPX_OK || !p->generate) return st;
    return fluency_ready(p->facts, p->references, s, &e->fluency, err);
}

spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t, spx_eval **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_eval *e = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&e, 1, err));
    e->plan = *plan;
    if (plan->facts) {
        e->fact_setting =
            (setting){t, spx_base_name(plan->facts_name), plan->seed, plan->skip_bad, NULL};
        SPX_TRY(ready_facts(e, err));
    }
    SPX_TRY(SPX_NEW(&e->task, plan->tasks, err));
    for (size_t i = 0; i < plan->tasks; i++) SPX_TRY(ready_task(plan, t, i, &e->task[i], err));
    *out = e;
    e = NULL;
out:
    spx_eval_free(e);
    return st;
}

void spx_eval_free(spx_eval *e)
{
    if (!e) return;
    fluency_free(e->fluency);
    if (e->facts) (is_zsre(e) ? zsre_free : counterfact_free)(e->facts);
    for (size_t i = 0; e->task && i < e->plan.tasks; i++)
        if (e->task[i].f) e->task[i].f->free(e->task[i].ready);
    spx_free(e->task);
    spx_free(e);
}

size_t spx_eval_skipped(const spx_eval *e)
{
    size_t n = 0;
    for (size_t i = 0; e && i < e->plan.tasks; i++) n += e->task[i].skipped;
    return n;
}

static spx_status ask_facts(const spx_eval *e, const spx_model *m, units *u, const size_t *index,
                            size_t count, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    setting s = e->fact_setting;
    s.units = u;
    if (is_zsre(e))
        st = zsre_run(e->facts, &s, index, count, m, false, out, err);
    else
        st = counterfact_run(e->facts, &s, index, count, m, out, err);
    if (st != SPX_OK || !e->fluency) return st;
    return fluency_run(e->fluency, &s, index, count, m, out, err);
}

spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index, size_t count,
                          spx_results *out, spx_error *err)
{
    return ask_facts(e, m, NULL, index, count, out, err);
}

/* What was told, made and left out when the file was read. */
static spx_status describe_facts(const spx_eval *e, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_facts *f = e->plan.facts;
    const char *set = e->fact_setting.set;
    size_t paraphrases = 0, rephrased = 0, neighbors = 0;
    for (size_t i = 0; i < f->n; i++) {
        paraphrases += f->fact[i].paraphrase.n;
        rephrased += f->fact[i].paraphrase.n + f->fact[i].generation.n;
        neighbors += f->fact[i].neighbor.n;
    }
    if (f->schema == SPX_EASYEDIT)
        SPX_TRY(results_count(out, &paraphrase_q, set, paraphrases, rephrased, err));
    if (f->rebuilt) SPX_TRY(results_count(out, &rebuilt_q, set, f->rebuilt, neighbors, err));
    if (e->plan.skip_bad)
        SPX_TRY(results_count(out, &skipped_q, set, f->skipped, f->skipped + f->n, err));
out:
    return st;
}

/* 0, 1, ... for every fact. */
static spx_status every_fact(const spx_eval *e, size_t **index, spx_scratch *tmp, spx_error *err)
{
    const spx_status st = scratch_array(tmp, index, e->plan.facts->n, sizeof **index, err);
    for (size_t i = 0; st == SPX_OK && i < e->plan.facts->n; i++) (*index)[i] = i;
    return st;
}

static spx_status run_facts(const spx_eval *e, const spx_model *m, units *u, spx_results *out,
                            spx_error *err)
{
    spx_scratch tmp = {0};
    size_t *index = NULL;
    spx_status st = every_fact(e, &index, &tmp, err);
    if (st == SPX_OK) st = ask_facts(e, m, u, index, e->plan.facts->n, out, err);
    if (st == SPX_OK) st = describe_facts(e, out, err);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status run_unedited(const spx_eval *e, const spx_model *m, units *u, spx_results *out,
                               spx_error *err)
{
    spx_scratch tmp = {0};
    size_t *index = NULL;
    setting s = e->fact_setting;
    if (!e->facts || !is_zsre(e)) return SPX_OK;
    s.units = u;
    spx_status st = every_fact(e, &index, &tmp, err);
    if (st == SPX_OK) st = zsre_run(e->facts, &s, index, e->plan.facts->n, m, true, out, err);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status run_task(const spx_eval *e, const spx_model *m, const task_state *t, units *u,
                           spx_results *out, spx_error *err)
{
    setting s = t->s;
    s.units = u;
    const spx_status st = t->f->run(t->ready, &s, m, out, err);
    if (st != SPX_OK || !e->plan.skip_bad) return st;
    return results_count(out, &skipped_q, s.set, t->skipped, t->skipped, err);
}

/* Parts of an evaluation, as units name them. */
enum { UNEDITED, FACTS, FIRST_TASK };

static spx_status run_part(const spx_eval *e, const spx_model *m, size_t part, units *u,
                           spx_results *out, spx_error *err)
{
    if (part == UNEDITED) return run_unedited(e, m, u, out, err);
    if (part == FACTS) return e->facts ? run_facts(e, m, u, out, err) : SPX_OK;
    return run_task(e, m, &e->task[part - FIRST_TASK], u, out, err);
}

spx_status spx_eval_unedited(spx_eval *e, const spx_model *m, spx_results *out, spx_error *err)
{
    return run_part(e, m, UNEDITED, NULL, out, err);
}

spx_status spx_eval_run(const spx_eval *e, const spx_model *m, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t part = FACTS; st == SPX_OK && part < FIRST_TASK + e->plan.tasks; part++)
        st = run_part(e, m, part, NULL, out, err);
    return st;
}

spx_status spx_eval_units(const spx_eval *e, const spx_model *m, bool unedited, spx_eval_unit **out,
                          size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t room = 0;
    *out = NULL;
    *n = 0;
    for (size_t part = unedited ? UNEDITED : FACTS; part < FIRST_TASK + e->plan.tasks; part++) {
        units u = {.mode = UNITS_COUNT, .found = out, .count = n, .room = &room, .part = part};
        SPX_TRY(run_part(e, m, part, &u, NULL, err));
    }
out:
    if (st != SPX_OK) spx_free(*out);
    if (st != SPX_OK) *out = NULL;
    return st;
}

spx_status spx_eval_answer(const spx_eval *e, const spx_model *m, const spx_eval_unit *unit,
                           spx_bytes *out, spx_error *err)
{
    units u = {.mode = UNITS_ASK_ONE, .one = unit->at, .answer = out};
    return run_part(e, m, unit->part, &u, NULL, err);
}

spx_status spx_eval_join(spx_eval *e, const spx_model *m, spx_eval_given *given, void *arg,
                         spx_results *before, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    units u = {.mode = UNITS_JOIN, .given = given, .arg = arg};
    for (size_t part = before ? UNEDITED : FACTS; part < FIRST_TASK + e->plan.tasks; part++) {
        SPX_TRY(run_part(e, m, part, &u, part == UNEDITED ? before : out, err));
        u.first += u.next;
        u.next = 0;
    }
out:
    return st;
}
