/* diagnosis_behaviour.c: what the base and each stage can still do, by one plan. */
#include "report/diagnosis.h"

#include "spx/lm.h"
#include "spx/paired.h"

#include <math.h>
#include <string.h>

/* The abilities of a diagnosis, in their order. */
static const struct {
    const char *metric, *heading;
    bool less_is_better;
    bool decides; /* a break of it is a break of the model; edits' own success is not */
} abilities[] = {
    {"perplexity", "perplexity", true, true},
    {"lambada", "LAMBADA", false, true},
    {"rewrite_success", "facts: success", false, false},
    {"rewrite_acc", "facts: argmax", false, false},
    {"paraphrase_success", "facts: paraphrases", false, false},
    {"neighborhood_success", "facts: neighbours", false, false},
    {"zsre_efficacy", "facts: zsRE", false, false},
    {"zsre_generalization", "facts: zsRE rephrased", false, false},
};

/* A model that is evaluated, and what it is evaluated by; the tokenizer is the base's. */
typedef struct evaluation {
    const spx_diagnosis_opts *o;
    spx_tokenizer *tokenizer;
    spx_eval *eval;
    spx_results before;
} evaluation;

spx_status diagnosis_fit_windows(const spx_eval_plan *plan, const spx_model *m,
                                 const spx_notify *notify, spx_eval_plan *out, spx_scratch *tmp,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t context = spx_model_shape(m)->context;
    spx_eval_task *task = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &task, plan->tasks, err));
    *out = *plan;
    out->task = task;
    for (size_t i = 0; i < out->tasks; i++) {
        task[i] = plan->task[i];
        const size_t window = task[i].window ? task[i].window : SPX_PERPLEXITY_WINDOW;
        if (strcmp(task[i].family, "perplexity") != 0 || window <= context) continue;
        task[i].window = context;
        if (task[i].stride > context) task[i].stride = context;
        spx_note(notify,
                 "perplexity is measured in windows of %zu tokens, the model's context, "
                 "not of %zu",
                 context, window);
    }
out:
    return st;
}

static const spx_metric *find_metric(const spx_results *r, const char *name)
{
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, name) == 0) return &r->metric[i];
    return NULL;
}

spx_behaviour_state spx_behaviour_of(const spx_metric *before, const spx_metric *after,
                                     bool less_is_better)
{
    if (less_is_better) {
        if (!(after->lo > before->hi)) return SPX_BEHAVIOUR_KEPT;
        return after->value > 2 * before->value ? SPX_BEHAVIOUR_BROKEN : SPX_BEHAVIOUR_WORSE;
    }
    if (!(after->hi < before->lo)) return SPX_BEHAVIOUR_KEPT;
    return after->value < before->value / 2 ? SPX_BEHAVIOUR_BROKEN : SPX_BEHAVIOUR_WORSE;
}

/* Items of one plan come in one order. */
static void pair_items(const spx_results *before, const spx_results *after, spx_ability *a)
{
    a->p = (double)NAN;
    if (strcmp(a->q->units, "%") != 0 || before->items != after->items) return;
    for (size_t i = 0; i < before->items; i++) {
        const spx_item *x = &before->item[i], *y = &after->item[i];
        if (x->q != a->q || y->q != a->q || strcmp(x->set, a->before.set) != 0) continue;
        a->lost += x->value > y->value;
        a->gained += x->value < y->value;
    }
    a->p = spx_sign_test(a->lost, a->gained);
}

size_t diagnosis_compare(const spx_results *before, const spx_results *after,
                         spx_ability out[SPX_ABILITIES])
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++) {
        const spx_metric *x = find_metric(before, abilities[i].metric);
        const spx_metric *y = find_metric(after, abilities[i].metric);
        if (!x || !y) continue;
        spx_ability *a = &out[n++];
        *a = (spx_ability){.q = x->q,
                           .heading = abilities[i].heading,
                           .less_is_better = abilities[i].less_is_better,
                           .before = *x,
                           .after = *y};
        pair_items(before, after, a);
        if (abilities[i].decides) a->state = spx_behaviour_of(x, y, a->less_is_better);
    }
    return n;
}

spx_status diagnosis_open_model(const char *base, const spx_source *s, spx_model **out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *edited = NULL;
    const bool of_run = spx_ckpt_stage(s->path, NULL, 0) != NULL;
    SPX_TRY(spx_lm_open(of_run ? base : s->path, out, NULL, NULL, err));
    if (!of_run) goto out;
    SPX_TRY(spx_source_open(s->path, &edited, err));
    SPX_TRY(spx_model_overlay(*out, edited, err));
out:
    spx_ckpt_close(edited);
    return st;
}

/* Why a model cannot be run is what `unmeasured` says; other failures are failures. */
static bool is_no_model(spx_status st)
{
    return st == SPX_EUNSUP || st == SPX_ENOTFOUND || st == SPX_EFORMAT || st == SPX_ESHAPE;
}

static spx_status evaluate(const evaluation *e, const spx_model *m, size_t stage, spx_results *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_eval_run(e->eval, m, out, err));
    if (e->o->store) SPX_TRY(spx_record_evaluation(e->o->store, stage, out, err));
out:
    return st;
}

static spx_status evaluate_stage(const evaluation *e, size_t i, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model *m = NULL;
    SPX_TRY(diagnosis_open_model(e->o->base->path, &e->o->stages[i], &m, err));
    SPX_TRY(evaluate(e, m, i + 1, out, err));
out:
    spx_model_close(m);
    return st;
}

/* A note instead of a failure where a model cannot be run. */
static spx_status pass_over(const evaluation *e, spx_status st, const spx_error *why,
                            const char *reason, spx_diagnosis *d, spx_error *err)
{
    if (!is_no_model(st)) {
        if (err) *err = *why;
        return st;
    }
    spx_note(e->o->notify, "behaviour is not measured: %s", why->text);
    d->unmeasured = reason;
    return SPX_OK;
}

static spx_status evaluate_stages(evaluation *e, spx_diagnosis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error why = {0};
    for (size_t i = 0; i < e->o->n; i++) {
        spx_results after = {0};
        st = evaluate_stage(e, i, &after, &why);
        if (st == SPX_OK)
            out[i].abilities = diagnosis_compare(&e->before, &after, out[i].ability);
        else
            st = pass_over(e, st, &why, "the edited model cannot be run", &out[i], err);
        spx_results_free(&after);
        why = (spx_error){0};
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

spx_status diagnosis_behaviour(const spx_diagnosis_opts *o, spx_diagnosis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error why = {0};
    spx_scratch tmp = {0};
    spx_eval_plan plan;
    evaluation e = {.o = o};
    spx_model *base = NULL;
    for (size_t i = 0; i < o->n; i++) out[i].unmeasured = o->plan ? NULL : "it was not asked for";
    if (!o->plan) return SPX_OK;
    st = spx_lm_open(o->base->path, &base, &e.tokenizer, NULL, &why);
    if (st != SPX_OK) {
        for (size_t i = 0; i < o->n; i++) out[i].unmeasured = "the base cannot be run";
        st = pass_over(&e, st, &why, "the base cannot be run", &out[0], err);
        goto out;
    }
    spx_lm_note(base, e.tokenizer, o->notify);
    SPX_TRY(diagnosis_fit_windows(o->plan, base, o->notify, &plan, &tmp, err));
    SPX_TRY(spx_eval_new(&plan, e.tokenizer, &e.eval, err));
    SPX_TRY(spx_eval_unedited(e.eval, base, &e.before, err));
    SPX_TRY(evaluate(&e, base, 0, &e.before, err));
    spx_model_close(base);
    base = NULL;
    SPX_TRY(evaluate_stages(&e, out, err));
out:
    spx_model_close(base);
    spx_results_free(&e.before);
    spx_eval_free(e.eval);
    spx_tokenizer_close(e.tokenizer);
    spx_scratch_free(&tmp);
    return st;
}
