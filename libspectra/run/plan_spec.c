/* plan_spec.c: an arm of a plan as what spx_run is given. */
#include "run/plan_spec.h"

#include "spx/data.h"
#include "spx/layer_list.h"

#include <stdio.h>
#include <string.h>

/* A block that is given as a number is a list of one. */
static spx_status set_param(const spx_param *p, const spx_json *v, spx_run_spec *spec,
                            spx_error *err)
{
    double x = 0;
    char text[32];
    if (p->type != SPX_PARAM_LAYERS || !spx_json_number(v, &x))
        return spx_param_set(p, v, spec, err);
    plan_number(x, text, sizeof text);
    return spx_layers_parse(text, spec->layer, SPX_MAX_LAYERS, &spec->layers, err);
}

/* Sets the parameters that an object's members stand for; one that is wrong, which spx_plan_open
 * has said, stays as it is. */
static void set_params(spx_plan_object kind, const spx_json *object, size_t combination,
                       spx_run_spec *spec)
{
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        spx_plan_field f;
        spx_param p;
        const char *key = spx_json_key(object, i, &v);
        if (kind == SPX_PLAN_ARM) v = plan_chosen(key, v, &combination);
        if (!spx_plan_field_find(kind, key, &f) || !f.param || !spx_param_find(f.param, &p))
            continue;
        (void)set_param(&p, v, spec, NULL);
    }
}

/* The path of the file that a value names; NULL if it is none, or is not there. */
static const char *file_of(const spx_plan *p, const spx_json *v, char path[SPX_PLAN_PATH])
{
    const char *name = spx_json_text(v);
    return name && spx_plan_file(p, name, path, NULL) == SPX_OK ? path : NULL;
}

static spx_status read_preset(const spx_plan *p, const spx_plan_arm *a, plan_spec *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char path[SPX_PLAN_PATH];
    const spx_json *own = spx_plan_arm_value(a, "preset");
    const spx_json *preset = own ? own : spx_json_get(p->root, "preset");
    if (!preset) return SPX_OK;
    SPX_TRY(spx_plan_file(p, spx_json_text(preset), path, err));
    SPX_TRY(spx_preset_read(path, NULL, &out->run, &out->preset, err));
out:
    return st;
}

spx_status plan_spec_open(const spx_plan *p, const spx_plan_arm *a, plan_spec *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *evaluate = spx_json_get(p->root, "evaluate");
    *out = (plan_spec){.run = spx_run_defaults()};
    out->run.model = p->model;
    SPX_TRY(read_preset(p, a, out, err));
    set_params(SPX_PLAN_TOP, p->root, 0, &out->run);
    set_params(SPX_PLAN_EVALUATE, evaluate, 0, &out->run);
    set_params(SPX_PLAN_ARM, a->fields, a->combination, &out->run);
    out->run.facts = file_of(p, spx_json_get(p->root, "facts"), out->facts);
    out->run.prefixes = file_of(p, spx_json_get(p->root, "prefixes"), out->prefixes);
    if (out->preset && !spx_json_get(p->root, "prefixes") && /* as spx-edit takes the kit's */
        spx_data_find("datasets/prefixes.txt", out->prefixes, NULL) == SPX_OK)
        out->run.prefixes = out->prefixes;
out:
    if (st != SPX_OK) plan_spec_close(out);
    return st;
}

void plan_spec_close(plan_spec *s)
{
    spx_json_free(s->preset);
    s->preset = NULL;
}

/* The blocks that any arm edits, ascending. */
static size_t arms_layers(const spx_plan *p, size_t layer[SPX_MAX_LAYERS])
{
    bool edited[SPX_MAX_LAYERS] = {false};
    size_t n = 0;
    for (size_t i = 0; i < p->arms; i++) {
        plan_spec s;
        if (plan_spec_open(p, &p->arm[i], &s, NULL) != SPX_OK) continue;
        for (size_t k = 0; k < s.run.layers; k++)
            if (s.run.layer[k] < SPX_MAX_LAYERS) edited[s.run.layer[k]] = true;
        plan_spec_close(&s);
    }
    for (size_t l = 0; l < SPX_MAX_LAYERS; l++)
        if (edited[l]) layer[n++] = l;
    return n;
}

size_t plan_layers(const spx_plan *p, size_t layer[SPX_MAX_LAYERS])
{
    spx_param row;
    spx_run_spec spec = spx_run_defaults();
    spx_json *preset = NULL;
    char path[SPX_PLAN_PATH];
    const spx_json *v = spx_json_get(p->root, "layers");
    const char *name = file_of(p, spx_json_get(p->root, "preset"), path);
    if (!v && !name) return arms_layers(p, layer);
    if (v && spx_param_find("layers", &row) && set_param(&row, v, &spec, NULL) != SPX_OK)
        spec.layers = 0;
    if (!v && spx_preset_read(name, NULL, &spec, &preset, NULL) != SPX_OK) spec.layers = 0;
    spx_json_free(preset);
    memcpy(layer, spec.layer, sizeof spec.layer);
    return spec.layers;
}

/* Sets what a field of "evaluate" says of tasks; a file that is not there is not tested. */
static void set_task(const spx_plan *p, const spx_task_option *row, const spx_json *v,
                     plan_tasks *out)
{
    char *at = (char *)&out->choice + row->offset;
    const char *path = row->file ? file_of(p, v, out->path[out->paths++]) : NULL;
    double x = 0;
    if (row->file)
        memcpy(at, &path, sizeof path);
    else if (spx_json_number(v, &x))
        memcpy(at, &(size_t){(size_t)x}, sizeof(size_t));
}

static void add_families(const spx_plan *p, const spx_json *tasks, plan_tasks *out)
{
    const size_t n = spx_json_is_object(tasks) ? spx_json_size(tasks) : 0;
    for (size_t i = 0; i < n && out->paths < PLAN_TASKS; i++) {
        const spx_json *file = NULL;
        const char *family = spx_json_key(tasks, i, &file);
        const char *path = file_of(p, file, out->path[out->paths++]);
        if (path && !spx_plan_is_comment(family))
            out->task[out->n++] = spx_task_of(&out->choice, family, path);
    }
}

void plan_tasks_read(const spx_plan *p, plan_tasks *out)
{
    const spx_json *evaluate = spx_json_get(p->root, "evaluate");
    *out = (plan_tasks){.choice = spx_task_defaults()};
    for (size_t i = 0; i < spx_json_size(evaluate); i++) {
        const spx_json *v = NULL;
        spx_plan_field f;
        const char *key = spx_json_key(evaluate, i, &v);
        if (spx_plan_field_find(SPX_PLAN_EVALUATE, key, &f) && f.row) set_task(p, f.row, v, out);
    }
    spx_tasks_add_texts(&out->choice, out->task, &out->n);
    add_families(p, spx_json_get(evaluate, "tasks"), out);
}
