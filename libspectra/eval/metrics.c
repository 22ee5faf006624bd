/* metrics.c: an evaluation as a whole, run at once or in units. */
#include "eval/family.h"

#include "spx/file.h"

static const spx_quantity skipped_q = {"skipped", "1",          "malformed records left out",
                                       "count",   "0 and more", "0: the file is sound"};
static const spx_quantity rebuilt_q = {"neighbors_rebuilt",
                                       "1",
                                       "neighbours made from other records of the file",
                                       "count",
                                       "0 and more",
                                       "0: every neighbour is in the file"};
static const spx_quantity paraphrase_q = {"rephrase_is_paraphrase",
                                          "1",
                                          "rephrase prompts that are paraphrases",
                                          "count",
                                          "0 and more",
                                          "as many as rephrase prompts: one measure says both"};

/* What measures the facts of a file. */
static const fact_family *const fact_families[] = {
    [SPX_COUNTERFACT] = &counterfact_facts,
    [SPX_EASYEDIT] = &counterfact_facts,
    [SPX_ZSRE] = &zsre_facts,
    [SPX_KNOWEDIT] = &counterfact_facts,
    [SPX_MQUAKE] = &counterfact_facts,
    [SPX_RIPPLE] = &counterfact_facts,
};

/* Entry i of the list of all quantities, which has several parts, or NULL; *i becomes the entry of
 * the next part. */
static const spx_quantity *fact_quantity(const fact_family *f, size_t *i)
{
    size_t n = 0;
    while (f->quantity(n)) n++;
    if (*i < n) return f->quantity(*i);
    *i -= n;
    return NULL;
}

static const spx_quantity *other_quantity(size_t *i)
{
    static const spx_quantity *const counts[] = {&skipped_q, &rebuilt_q, &paraphrase_q};
    size_t n = 0;
    while (fluency_quantity(n)) n++;
    if (*i < n) return fluency_quantity(*i);
    *i -= n;
    if (*i < sizeof counts / sizeof *counts) return counts[*i];
    *i -= sizeof counts / sizeof *counts;
    return NULL;
}

const spx_quantity *spx_eval_metric(size_t i)
{
    const spx_quantity *q = fact_quantity(&counterfact_facts, &i);
    if (!q) q = fact_quantity(&zsre_facts, &i);
    if (!q) q = fact_quantity(&probe_facts, &i);
    if (!q) q = fact_quantity(&answer_facts, &i);
    if (!q) q = fact_quantity(&drift_facts, &i);
    if (!q) q = other_quantity(&i);
    return q ? q : family_quantity(i);
}

/* A prepared task. */
typedef struct task_state {
    const family *family;
    setting setting;
    void *ready;
    size_t skipped;
} task_state;

/* A family of facts that is prepared; family NULL: none. */
typedef struct facts_state {
    const fact_family *family;
    void *ready;
} facts_state;

/* What asks the facts: their schema's family, where some have probes that of the probes, and what
 * the plan asks for. */
enum { OF_SCHEMA, OF_PROBES, OF_ANSWERS, OF_DRIFT, FACT_FAMILIES };

struct spx_eval {
    spx_eval_plan plan;
    facts_state facts[FACT_FAMILIES];
    setting fact_setting;
    void *fluency;
    task_state *task;
};

static setting setting_of(const spx_eval_plan *plan, const spx_tokenizer *t, const char *file)
{
    return (setting){
        .tokenizer = t, .set = spx_base_name(file), .seed = plan->seed, .skip_bad = plan->skip_bad};
}

static spx_status prepare_task(const spx_eval_plan *plan, const spx_tokenizer *t, size_t i,
                               task_state *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_eval_task *task = &plan->task[i];
    SPX_TRY(family_find(task->family, &out->family, err));
    out->setting = setting_of(plan, t, task->file);
    out->setting.variant = out->family->variant;
    SPX_TRY(out->family->ready(task, &out->setting, &out->ready, &out->skipped, err));
out:
    return st;
}

static bool has_probes(const spx_facts *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->fact[i].probes > 0) return true;
    return false;
}

static spx_status prepare_facts(spx_eval *e, const spx_tokenizer *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_eval_plan *p = &e->plan;
    const setting *s = &e->fact_setting;
    e->facts[OF_SCHEMA].family = fact_families[p->facts->schema];
    e->facts[OF_PROBES].family = has_probes(p->facts) ? &probe_facts : NULL;
    e->facts[OF_ANSWERS].family = p->answers ? &answer_facts : NULL;
    e->facts[OF_DRIFT].family = p->drift > 0 ? &drift_facts : NULL;
    e->fact_setting = setting_of(p, t, p->facts_name);
    e->fact_setting.drift = p->drift;
    for (facts_state *f = e->facts; f < e->facts + FACT_FAMILIES; f++)
        if (f->family) SPX_TRY(f->family->ready(p->facts, s, &f->ready, err));
    if (p->generate) SPX_TRY(fluency_ready(p->facts, p->references, s, &e->fluency, err));
out:
    return st;
}

spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t, spx_eval **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_eval *e = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&e, 1, err));
    e->plan = *plan;
    if (plan->facts) SPX_TRY(prepare_facts(e, t, err));
    SPX_TRY(SPX_NEW(&e->task, plan->tasks, err));
    for (size_t i = 0; i < plan->tasks; i++) SPX_TRY(prepare_task(plan, t, i, &e->task[i], err));
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
    for (facts_state *f = e->facts; f < e->facts + FACT_FAMILIES; f++)
        if (f->family) f->family->free(f->ready);
    for (size_t i = 0; e->task && i < e->plan.tasks; i++)
        if (e->task[i].ready) e->task[i].family->free(e->task[i].ready);
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
    for (const facts_state *f = e->facts; f < e->facts + FACT_FAMILIES; f++)
        if (f->family) SPX_TRY(f->family->run(f->ready, &s, index, count, m, out, err));
    if (e->fluency) SPX_TRY(fluency_run(e->fluency, &s, index, count, m, out, err));
out:
    return st;
}

spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index, size_t count,
                          spx_results *out, spx_error *err)
{
    return ask_facts(e, m, NULL, index, count, out, err);
}

/* Counts of what was classified, rebuilt and left out when the file was read. */
static spx_status count_facts(const spx_eval *e, spx_results *out, spx_error *err)
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
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, index, e->plan.facts->n, err));
    for (size_t i = 0; i < e->plan.facts->n; i++) (*index)[i] = i;
out:
    return st;
}

static spx_status run_facts(const spx_eval *e, const spx_model *m, units *u, spx_results *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *index = NULL;
    if (!e->facts[OF_SCHEMA].family) return SPX_OK;
    SPX_TRY(every_fact(e, &index, &tmp, err));
    SPX_TRY(ask_facts(e, m, u, index, e->plan.facts->n, out, err));
    SPX_TRY(count_facts(e, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status run_facts_unedited(const spx_eval *e, const spx_model *m, units *u,
                                     spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *index = NULL;
    setting s = e->fact_setting;
    if (!e->facts[OF_SCHEMA].family) return SPX_OK;
    s.units = u;
    SPX_TRY(every_fact(e, &index, &tmp, err));
    for (const facts_state *f = e->facts; f < e->facts + FACT_FAMILIES; f++)
        if (f->family && f->family->run_unedited)
            SPX_TRY(f->family->run_unedited(f->ready, &s, index, e->plan.facts->n, m, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status run_unedited(const spx_eval *e, const spx_model *m, units *u, spx_results *out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(run_facts_unedited(e, m, u, out, err));
    for (size_t i = 0; i < e->plan.tasks; i++) {
        const task_state *t = &e->task[i];
        setting s = t->setting;
        s.units = u;
        if (t->family->run_unedited) SPX_TRY(t->family->run_unedited(t->ready, &s, m, err));
    }
out:
    return st;
}

bool spx_eval_compares(const spx_eval *e)
{
    bool found = false;
    for (const facts_state *f = e->facts; f < e->facts + FACT_FAMILIES; f++)
        found |= f->family && f->family->compares;
    for (size_t i = 0; i < e->plan.tasks; i++) found |= e->task[i].family->run_unedited != NULL;
    return found;
}

static spx_status run_task(const spx_eval *e, const spx_model *m, const task_state *t, units *u,
                           spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    setting s = t->setting;
    s.units = u;
    SPX_TRY(t->family->run(t->ready, &s, m, out, err));
    if (e->plan.skip_bad)
        SPX_TRY(results_count(out, &skipped_q, s.set, t->skipped, t->skipped, err));
out:
    return st;
}

/* Parts of an evaluation, as units name them. */
enum { UNEDITED, FACTS, FIRST_TASK };

static spx_status run_part(const spx_eval *e, const spx_model *m, size_t part, units *u,
                           spx_results *out, spx_error *err)
{
    if (part == UNEDITED) return run_unedited(e, m, u, out, err);
    if (part == FACTS) return run_facts(e, m, u, out, err);
    return run_task(e, m, &e->task[part - FIRST_TASK], u, out, err);
}

static size_t parts_end(const spx_eval *e) { return FIRST_TASK + e->plan.tasks; }

spx_status spx_eval_unedited(spx_eval *e, const spx_model *m, spx_results *out, spx_error *err)
{
    return run_part(e, m, UNEDITED, NULL, out, err);
}

spx_status spx_eval_run(const spx_eval *e, const spx_model *m, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t part = FACTS; part < parts_end(e); part++)
        SPX_TRY(run_part(e, m, part, NULL, out, err));
out:
    return st;
}

spx_status spx_eval_units(const spx_eval *e, const spx_model *m, bool unedited, spx_eval_unit **out,
                          size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t room = 0;
    *out = NULL;
    *n = 0;
    for (size_t part = unedited ? UNEDITED : FACTS; part < parts_end(e); part++) {
        units u = {.mode = UNITS_COUNT, .found = out, .count = n, .room = &room, .part = part};
        SPX_TRY(run_part(e, m, part, &u, NULL, err));
    }
out:
    if (st != SPX_OK) {
        spx_free(*out);
        *out = NULL;
    }
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
    for (size_t part = before ? UNEDITED : FACTS; part < parts_end(e); part++) {
        SPX_TRY(run_part(e, m, part, &u, part == UNEDITED ? before : out, err));
        u.first += u.next;
        u.next = 0;
    }
out:
    return st;
}
