/* evaluate.c: evaluates a checkpoint, or a stage on top of its model, in one process or several. */
#include "spx/evaluate.h"

#include "spx/lm.h"
#include "spx/sources.h"

#include <stdio.h>
#include <stdlib.h>

/* An evaluation in progress. Its items are the units on the unedited model, if any, and in another
 * pass those on the edited one; the pass with fewer units is filled up with empty items. */
typedef struct work {
    const spx_evaluation *x;
    spx_eval_plan plan;
    spx_facts facts;
    spx_model *model, *other; /* other: --unedited */
    const spx_model *asked;
    spx_tokenizer *tokenizer;
    spx_eval *eval;
    spx_eval_unit *unit;
    spx_bytes *answer;      /* of each unit answered here */
    size_t units, unedited; /* all; those on the unedited model, which come first */
    size_t groups, passes;
    spx_results before, out;
    spx_items_given *given; /* while they are joined */
    void *results;
} work;

static bool asks_unedited(const work *w) { return w->x->model || w->x->unedited; }

static spx_status open_unedited(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    w->asked = w->model;
    if (w->x->model) return SPX_OK;
    SPX_TRY(spx_lm_open(w->x->unedited, &w->other, NULL, NULL, err));
    w->asked = w->other;
out:
    return st;
}

/* Puts the weights of a stage in place of those of its model. */
static spx_status open_edited(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *stage = NULL;
    spx_model_close(w->other);
    w->other = NULL;
    w->asked = w->model;
    if (!w->x->model) return SPX_OK;
    SPX_TRY(spx_source_open(w->x->checkpoint, &stage, err));
    SPX_TRY(spx_model_overlay(w->model, stage, err));
out:
    spx_ckpt_close(stage);
    return st;
}

static spx_status open_inputs(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_evaluation *x = w->x;
    w->plan = *x->plan;
    SPX_TRY(spx_lm_open(x->model ? x->model : x->checkpoint, &w->model, &w->tokenizer, NULL, err));
    spx_lm_note(w->model, w->tokenizer, x->which.notify);
    if (w->plan.facts_name) {
        SPX_TRY(spx_facts_read(w->plan.facts_name, &x->which, &w->facts, err));
        w->plan.facts = &w->facts;
    }
    SPX_TRY(spx_eval_new(&w->plan, w->tokenizer, &w->eval, err));
    if (spx_eval_compares(w->eval) && !asks_unedited(w))
        SPX_RAISE(
            err, SPX_EINVAL,
            "drift compares two models, and there is one (expected the model before editing)");
out:
    return st;
}

static spx_status run_at_once(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    if (asks_unedited(w)) {
        SPX_TRY(open_unedited(w, err));
        SPX_TRY(spx_eval_unedited(w->eval, w->asked, &w->before, err));
    }
    SPX_TRY(open_edited(w, err));
    SPX_TRY(spx_eval_run(w->eval, w->asked, &w->out, err));
    SPX_TRY(w->x->say(&w->before, &w->out, err));
out:
    return st;
}

/* The unit of an item, or w->units for an empty item. */
static size_t unit_of(const work *w, size_t item)
{
    const size_t pass = item / w->groups, g = item % w->groups;
    const size_t begin = pass + 1 < w->passes ? 0 : w->unedited;
    const size_t end = pass + 1 < w->passes ? w->unedited : w->units;
    return begin + g < end ? begin + g : w->units;
}

static size_t item_of(const work *w, size_t unit)
{
    return unit < w->unedited ? unit : (w->passes - 1) * w->groups + unit - w->unedited;
}

/* Callbacks of the items. */

static spx_status open_pass(size_t pass, void *arg, spx_error *err)
{
    work *w = arg;
    return pass + 1 < w->passes ? open_unedited(w, err) : open_edited(w, err);
}

static spx_status answer_item(size_t item, void *arg, spx_error *err)
{
    work *w = arg;
    const size_t u = unit_of(w, item);
    if (u == w->units) return SPX_OK;
    return spx_eval_answer(w->eval, w->asked, &w->unit[u], &w->answer[u], err);
}

static spx_status emit_answer(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    work *w = arg;
    const size_t u = unit_of(w, item);
    if (u == w->units) return SPX_OK;
    const size_t n = w->answer[u].size;
    const bool whole = fwrite(w->answer[u].data, 1, n, to->out) == n;
    spx_bytes_free(&w->answer[u]);
    return whole ? SPX_OK : SPX_FAIL(err, SPX_ENOMEM, "cannot keep an answer of %zu bytes", n);
}

static spx_status read_answer(size_t unit, spx_reader *out, void *arg, spx_error *err)
{
    const work *w = arg;
    return w->given(item_of(w, unit), out, w->results, err);
}

static spx_status join_answers(spx_items_given *all, void *results, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = arg;
    w->given = all;
    w->results = results;
    spx_results *before = w->passes > 1 ? &w->before : NULL;
    SPX_TRY(spx_eval_join(w->eval, w->model, read_answer, w, before, &w->out, err));
    SPX_TRY(w->x->say(&w->before, &w->out, err));
out:
    return st;
}

static void name_item(size_t item, void *arg, char *out, size_t room)
{
    const work *w = arg;
    const size_t u = unit_of(w, item);
    if (u == w->units)
        snprintf(out, room, "an empty item");
    else if (w->unit[u].part == 0)
        snprintf(out, room, "batch %zu on the unedited model", w->unit[u].at + 1);
    else if (w->unit[u].part == 1)
        snprintf(out, room, "batch %zu of the facts", w->unit[u].at + 1);
    else
        snprintf(out, room, "batch %zu of %s", w->unit[u].at + 1,
                 w->plan.task[w->unit[u].part - 2].family);
}

static spx_status describe_model(spx_bytes *identity, const char *path, spx_error *err)
{
    spx_source s;
    if (!path) return SPX_OK;
    spx_source_of(path, &s);
    return spx_describe_tensors(identity, &s, NULL, err);
}

spx_status spx_describe_plan(spx_bytes *identity, const spx_eval_plan *plan, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_describe_file(identity, plan->facts_name, err));
    SPX_TRY(spx_describe_file(identity, plan->references, err));
    for (size_t i = 0; i < plan->tasks; i++) {
        SPX_TRY(spx_eval_task_hash(&plan->task[i], hash, err));
        SPX_TRY(spx_describe_input(identity, plan->task[i].file, hash, err));
    }
out:
    return st;
}

static spx_status describe_inputs(spx_bytes *identity, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    const work *w = arg;
    SPX_TRY(describe_model(identity, w->x->checkpoint, err));
    SPX_TRY(describe_model(identity, w->x->model, err));
    SPX_TRY(describe_model(identity, w->x->unedited, err));
    SPX_TRY(spx_describe_plan(identity, &w->plan, err));
out:
    return st;
}

/* Lists the units and assigns them to items; each item gets all threads of its process. */
static spx_status list_items(work *w, spx_items *x, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    double *cost = NULL;
    size_t *values = NULL;
    SPX_TRY(spx_eval_units(w->eval, w->model, asks_unedited(w), &w->unit, &w->units, err));
    while (w->unedited < w->units && w->unit[w->unedited].part == 0) w->unedited++;
    w->passes = w->unedited > 0 ? 2 : 1;
    const size_t edited = w->units - w->unedited;
    w->groups = edited > w->unedited ? edited : w->unedited;
    if (w->groups == 0) w->groups = 1;
    SPX_TRY(SPX_SCRATCH(tmp, &cost, w->groups, err));
    SPX_TRY(SPX_SCRATCH(tmp, &values, w->groups, err));
    SPX_TRY(SPX_SCRATCH(tmp, &w->answer, w->units, err));
    for (size_t u = 0; u < w->units; u++)
        cost[u < w->unedited ? u : u - w->unedited] += w->unit[u].cost;
    for (size_t g = 0; g < w->groups; g++) values[g] = SPX_COMM_VALUES + 1;
    x->groups = w->groups;
    x->passes = w->passes;
    x->cost = cost;
    x->values = values;
out:
    return st;
}

static spx_status run_as_items(work *w, spx_error *err)
{
    spx_items x = {.host = w->x->host,
                   .shard = w->x->shard,
                   .describe = describe_inputs,
                   .open = open_pass,
                   .job = answer_item,
                   .emit = emit_answer,
                   .join = join_answers,
                   .name = name_item,
                   .arg = w};
    spx_scratch tmp = {0};
    spx_status st = SPX_OK;
    SPX_TRY(list_items(w, &x, &tmp, err));
    SPX_TRY(spx_items_run(&x, err));
out:
    for (size_t u = 0; w->answer && u < w->units; u++) spx_bytes_free(&w->answer[u]);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_evaluate(const spx_evaluation *x, spx_error *err)
{
    spx_status st = SPX_OK;
    work w = {.x = x};
    const bool alone =
        spx_comm_size(x->host->comm) == 1 && !x->shard && !spx_names_run_file(x->host->output);
    SPX_TRY(open_inputs(&w, err));
    SPX_TRY(alone ? run_at_once(&w, err) : run_as_items(&w, err));
out:
    spx_results_free(&w.before);
    spx_results_free(&w.out);
    spx_free(w.unit);
    spx_eval_free(w.eval);
    spx_facts_free(&w.facts);
    spx_tokenizer_close(w.tokenizer);
    spx_model_close(w.other);
    spx_model_close(w.model);
    return st;
}
