/* plan_values.c: the fields of a plan's objects, checked one by one by their table. */
#include "run/plan_parts.h"

#include "spx/layer_list.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

spx_status spx_plan_faults_end(const spx_plan_faults *f, spx_error *err)
{
    if (f->n == 0) return SPX_OK;
    if (err) *err = f->last;
    return f->last.status;
}

/* The fault before this one is told, now that it is not the last. */
static void add_fault(spx_plan_faults *f, const spx_error *e)
{
    if (f->n > 0 && f->to) spx_warn(f->to, "%s: %s", spx_status_name(f->last.status), f->last.text);
    if (f->n == 0 || f->to) f->last = *e;
    f->n++;
}

static void add_at(spx_plan_faults *f, const plan_place *at, spx_error *e)
{
    if (at->arm) spx_prefix(e, "arm '%s'", at->arm);
    spx_prefix(e, "%s", at->p->path);
    add_fault(f, e);
}

void plan_fault(spx_plan_faults *f, const plan_place *at, spx_status status, const char *fmt, ...)
{
    char text[sizeof f->last.text];
    spx_error e = {0};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)SPX_FAIL(&e, status, "%s", text);
    add_at(f, at, &e);
}

spx_status plan_take(spx_plan_faults *f, const plan_place *at, spx_status st, spx_error *found,
                     spx_error *err)
{
    const bool ours = st != SPX_OK && st != SPX_ENOMEM && st != SPX_EINTR;
    if (ours)
        add_at(f, at, found);
    else if (st != SPX_OK && err)
        *err = *found;
    *found = (spx_error){0};
    return ours ? SPX_OK : st;
}

/* A value in words. */
static void print_value(const spx_json *v, char *out, size_t size)
{
    double x = 0;
    bool on = false;
    if (spx_json_text(v))
        snprintf(out, size, "'%.100s'", spx_json_text(v));
    else if (spx_json_number(v, &x))
        plan_number(x, out, size);
    else if (spx_json_bool(v, &on))
        snprintf(out, size, "%s", on ? "true" : "false");
    else
        snprintf(out, size, "%s",
                 spx_json_is_array(v)    ? "a list"
                 : spx_json_is_object(v) ? "an object"
                                         : "null");
}

static bool is_number(const spx_plan_field *f, const spx_json *v, bool whole)
{
    double x = 0;
    return spx_json_number(v, &x) && x >= f->min && x <= f->max && (!whole || floor(x) == x);
}

static bool is_switch(const spx_json *v)
{
    double x = 0;
    bool on = false;
    return spx_json_bool(v, &on) || (spx_json_number(v, &x) && (x == 0 || x == 1));
}

static bool is_block(const spx_json *v)
{
    double x = 0;
    return spx_json_number(v, &x) && x >= 0 && x < 1e6 && floor(x) == x;
}

/* False if it is of another kind than the field, or out of its domain. */
static bool is_kind(const spx_plan_field *f, const spx_json *v)
{
    switch (f->kind) {
    case SPX_PLAN_WORDS:
    case SPX_PLAN_TEXT:
    case SPX_PLAN_FILE: return spx_json_text(v) != NULL;
    case SPX_PLAN_REAL: return is_number(f, v, false);
    case SPX_PLAN_WHOLE: return is_number(f, v, true);
    case SPX_PLAN_SWITCH: return is_switch(v);
    case SPX_PLAN_BLOCKS: return spx_json_text(v) || is_block(v);
    case SPX_PLAN_TASKS:
    case SPX_PLAN_EVALUATION: return spx_json_is_object(v);
    case SPX_PLAN_ARM_LIST: break;
    }
    return spx_json_is_array(v) && spx_json_size(v) > 0;
}

static const char *family_name(const void *unused, size_t i)
{
    static spx_eval_family f[64];
    const size_t n = spx_eval_families(f, 64);
    (void)unused;
    return i < n && i < 64 ? f[i].name : NULL;
}

static spx_status check_tasks(const spx_json *v, spx_error *e)
{
    spx_status st = SPX_OK;
    size_t row = 0;
    for (size_t i = 0; i < spx_json_size(v); i++) {
        const spx_json *file = NULL;
        const char *family = spx_json_key(v, i, &file);
        char found[128];
        if (spx_plan_is_comment(family)) continue;
        SPX_TRY(spx_find_name("task", family, family_name, NULL, &row, e));
        print_value(file, found, sizeof found);
        if (!spx_json_text(file))
            SPX_RAISE(e, SPX_EFORMAT, "task %s is %s (expected the name of a file)", family, found);
    }
out:
    return st;
}

/* A text that must be one of some names, or a list of blocks. */
static spx_status check_text(const spx_plan_field *f, const spx_json *v, spx_error *e)
{
    size_t row = 0, n = 0, layer[SPX_MAX_LAYERS];
    const char *text = spx_json_text(v);
    if (f->kind == SPX_PLAN_TASKS) return check_tasks(v, e);
    if (f->choices && text) return spx_find_name(f->name, text, f->choices, NULL, &row, e);
    if (f->kind == SPX_PLAN_BLOCKS && text)
        return spx_layers_parse(text, layer, SPX_MAX_LAYERS, &n, e);
    return SPX_OK;
}

/* One value of a field. */
static void check_value(const spx_plan_field *f, const spx_json *v, const plan_place *at,
                        spx_plan_faults *faults)
{
    char found[128], expected[128];
    spx_error e = {0};
    if (is_kind(f, v)) {
        if (check_text(f, v, &e) == SPX_OK) return;
        e.status = SPX_EFORMAT;
        add_at(faults, at, &e);
        return;
    }
    print_value(v, found, sizeof found);
    spx_plan_expected(f, expected, sizeof expected);
    plan_fault(faults, at, SPX_EFORMAT, "%s is %s (expected %s)", f->name, found, expected);
}

static void check_member(spx_plan_object kind, const char *key, const spx_json *v,
                         const plan_place *at, spx_plan_faults *faults)
{
    spx_plan_field f;
    spx_error e = {0};
    if (spx_plan_is_comment(key)) return;
    if (!spx_plan_field_find(kind, key, &f)) {
        (void)spx_unknown_name(SPX_EFORMAT, "field", key, spx_plan_field_name, &kind, &e);
        add_at(faults, at, &e);
        return;
    }
    const bool varies = kind == SPX_PLAN_ARM && strcmp(key, "name") != 0;
    if (!varies) {
        check_value(&f, v, at, faults);
        return;
    }
    if (plan_values(v) == 0) plan_fault(faults, at, SPX_EFORMAT, "%s is an empty list", key);
    for (size_t i = 0; i < plan_values(v); i++) check_value(&f, plan_value(v, i), at, faults);
}

void plan_check_object(spx_plan_object kind, const spx_json *object, const plan_place *at,
                       spx_plan_faults *f)
{
    spx_plan_field row;
    if (!spx_json_is_object(object)) {
        plan_fault(f, at, SPX_EFORMAT, "an arm must be an object");
        return;
    }
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(object, i, &v);
        check_member(kind, key, v, at, f);
    }
    for (size_t i = 0; spx_plan_field_at(kind, i, &row); i++)
        if (row.required && !spx_json_get(object, row.name))
            plan_fault(f, at, SPX_EFORMAT, "%s is missing", row.name);
}
