/* plan_inputs.c: what the arms of a plan read, opened once for all of them. */
#include "run/plan_inputs.h"

#include "run/session.h"

#include <string.h>
#include <unistd.h>

/* A file of that field; a preset is read. */
static spx_status check_file(const spx_plan *p, const spx_plan_field *f, const char *name,
                             spx_error *e)
{
    spx_status st = SPX_OK;
    spx_run_spec unused = spx_run_defaults();
    spx_json *preset = NULL;
    char path[SPX_PLAN_PATH];
    if (!name) return SPX_OK; /* reported as a value of another kind */
    st = spx_plan_file(p, name, path, e);
    if (st != SPX_OK) spx_prefix(e, "%s", f->name);
    if (st == SPX_OK && strcmp(f->name, "preset") == 0)
        st = spx_preset_read(path, NULL, &unused, &preset, e);
    spx_json_free(preset);
    return st;
}

/* The files that a field names: one, several of an arm, or those of tasks. */
static spx_status check_field_files(const spx_plan_field *f, const spx_json *v,
                                    const plan_place *at, spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error e = {0};
    const bool tasks = f->kind == SPX_PLAN_TASKS;
    const size_t n = tasks ? spx_json_size(v) : plan_values(v);
    if (tasks ? !spx_json_is_object(v) : f->kind != SPX_PLAN_FILE) return SPX_OK;
    for (size_t i = 0; i < n; i++) {
        const spx_json *file = plan_value(v, i);
        if (tasks && spx_plan_is_comment(spx_json_key(v, i, &file))) continue;
        SPX_TRY(plan_take(faults, at, check_file(at->p, f, spx_json_text(file), &e), &e, err));
    }
out:
    return st;
}

static spx_status check_files(spx_plan_object kind, const spx_json *object, const plan_place *at,
                              spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        spx_plan_field f;
        const char *key = spx_json_key(object, i, &v);
        if (spx_plan_field_find(kind, key, &f)) SPX_TRY(check_field_files(&f, v, at, faults, err));
    }
out:
    return st;
}

static spx_status check_all_files(const spx_plan *p, spx_plan_faults *f, spx_error *err)
{
    spx_status st = SPX_OK;
    plan_place at = {.p = p};
    SPX_TRY(check_files(SPX_PLAN_TOP, p->root, &at, f, err));
    SPX_TRY(check_files(SPX_PLAN_EVALUATE, spx_json_get(p->root, "evaluate"), &at, f, err));
    for (size_t i = 0; i < p->arms; i++) {
        const char *name = spx_json_text(spx_json_get(p->arm[i].fields, "name"));
        at.arm = name ? name : p->arm[i].name;
        if (p->arm[i].combination == 0)
            SPX_TRY(check_files(SPX_PLAN_ARM, p->arm[i].fields, &at, f, err));
    }
out:
    return st;
}

static spx_status check_text(const spx_plan *p, const spx_tokenizer *t, spx_error *e)
{
    spx_status st = SPX_OK;
    char path[SPX_PLAN_PATH], *text = NULL;
    size_t size = 0;
    double wanted = 0;
    spx_tokens tokens = {0};
    (void)spx_json_number(spx_json_get(p->root, "text_tokens"), &wanted);
    const char *name = spx_json_text(spx_json_get(p->root, "text"));
    if (wanted == 0 || !name || spx_plan_file(p, name, path, NULL) != SPX_OK) return SPX_OK;
    SPX_TRY(spx_file_text(path, &text, &size, e));
    SPX_TRY(spx_tokenizer_encode(t, text, size, false, &tokens, e));
    if ((double)tokens.n < wanted)
        SPX_RAISE(e, SPX_EINVAL, "%s has %zu tokens (expected text_tokens, %.0f)", path, tokens.n,
                  wanted);
out:
    spx_tokens_free(&tokens);
    spx_free(text);
    return st;
}

/* One task is prepared as an arm prepares all of them. */
static spx_status check_task(const spx_eval_task *task, bool skip_bad, const spx_tokenizer *t,
                             spx_error *e)
{
    const spx_eval_plan plan = {.task = task, .tasks = 1, .skip_bad = skip_bad};
    spx_eval *eval = NULL;
    const spx_status st = spx_eval_new(&plan, t, &eval, e);
    spx_eval_free(eval);
    return st;
}

static spx_status check_tasks(const spx_plan *p, const spx_tokenizer *t, spx_plan_faults *f,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error e = {0};
    const plan_place at = {.p = p};
    plan_tasks tasks;
    bool skip_bad = false;
    const spx_json *evaluate = spx_json_get(p->root, "evaluate");
    (void)spx_json_bool(spx_json_get(evaluate, "skip_bad"), &skip_bad);
    plan_tasks_read(p, &tasks);
    for (size_t i = 0; i < tasks.n; i++) {
        st = check_task(&tasks.task[i], skip_bad, t, &e);
        if (st != SPX_OK) spx_prefix(&e, "task %s", tasks.task[i].family);
        SPX_TRY(plan_take(f, &at, st, &e, err));
    }
out:
    return st;
}

static spx_status open_lm(const spx_plan *p, spx_plan_faults *f, plan_inputs *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error e = {0};
    const plan_place at = {.p = p};
    if (access(p->model, R_OK) != 0) return SPX_OK; /* as check_files has said */
    st = spx_lm_open(p->model, &out->model, &out->tokenizer, NULL, &e);
    if (st != SPX_OK) spx_prefix(&e, "model");
    SPX_TRY(plan_take(f, &at, st, &e, err));
    if (!out->model) goto out;
    SPX_TRY(plan_take(f, &at, check_text(p, out->tokenizer, &e), &e, err));
    if (!p->faulty) SPX_TRY(check_tasks(p, out->tokenizer, f, err));
out:
    return st;
}

spx_status plan_inputs_open(const spx_plan *p, spx_plan_faults *f, plan_inputs *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const plan_place at = {.p = p};
    const size_t before = f->n;
    *out = (plan_inputs){0};
    SPX_TRY(check_all_files(p, f, err));
    out->layers = plan_layers(p, out->layer);
    if (out->layers == 0 && !spx_json_get(p->root, "layers") && f->n == before)
        plan_fault(f, &at, SPX_EFORMAT,
                   "layers is missing (expected here, in the preset or in the arms)");
    SPX_TRY(SPX_NEW(&out->first, p->arms + 1, err));
    SPX_TRY(open_lm(p, f, out, err));
out:
    if (st != SPX_OK) plan_inputs_close(out);
    return st;
}

void plan_inputs_close(plan_inputs *in)
{
    spx_free(in->first);
    spx_tokenizer_close(in->tokenizer);
    spx_model_close(in->model);
    *in = (plan_inputs){0};
}

spx_status plan_inputs_check_facts(plan_inputs *in, const spx_run_spec *spec, spx_error *err)
{
    spx_facts facts = {0};
    const spx_facts_opts which = inputs_facts(spec, NULL);
    if (!spec->facts) return SPX_OK;
    for (size_t i = 0; i < in->firsts; i++)
        if (in->first[i] == spec->first) return SPX_OK;
    const spx_status st = spx_facts_read(spec->facts, &which, &facts, err);
    spx_facts_free(&facts);
    if (st != SPX_ENOMEM) in->first[in->firsts++] = spec->first;
    return st;
}
