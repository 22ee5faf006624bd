/* plan_command.c: the command lines that a plan stands for. */
#include "run/plan_spec.h"

#include <stdio.h>
#include <string.h>

/* A text or a number as a word, a file by its path. */
static spx_status word_of(const spx_plan *p, const spx_plan_field *f, const spx_json *v,
                          char out[SPX_PLAN_PATH], spx_error *err)
{
    double x = 0;
    const char *text = spx_json_text(v);
    if (f->kind == SPX_PLAN_FILE) return spx_plan_file(p, text, out, err);
    if (text)
        snprintf(out, SPX_PLAN_PATH, "%s", text);
    else if (spx_json_number(v, &x))
        plan_number(x, out, SPX_PLAN_PATH);
    return SPX_OK;
}

/* {"FAMILY": "FILE", ...} */
static spx_status add_tasks(const spx_plan *p, spx_child *c, const char *option, const spx_json *v,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(v); i++) {
        const spx_json *file = NULL;
        char path[SPX_PLAN_PATH], word[SPX_PLAN_PATH + 64];
        const char *family = spx_json_key(v, i, &file);
        if (spx_plan_is_comment(family)) continue;
        SPX_TRY(spx_plan_file(p, spx_json_text(file), path, err));
        snprintf(word, sizeof word, "%.60s=%s", family, path);
        spx_child_word(c, option);
        spx_child_word(c, word);
    }
out:
    return st;
}

/* An option without a value, or with 0 or 1. */
static void add_switch(spx_child *c, const spx_plan_field *f, const spx_json *v)
{
    double x = 0;
    bool on = false;
    if (!spx_json_bool(v, &on) && spx_json_number(v, &x)) on = x != 0;
    if (on || f->unit) spx_child_word(c, f->option);
    if (f->unit) spx_child_word(c, on ? "1" : "0");
}

static spx_status add_option(const spx_plan *p, spx_child *c, const spx_plan_field *f,
                             const spx_json *v, spx_error *err)
{
    spx_status st = SPX_OK;
    char text[SPX_PLAN_PATH] = "";
    if (!*f->option) return SPX_OK;
    if (f->kind == SPX_PLAN_TASKS) return add_tasks(p, c, f->option, v, err);
    if (f->kind == SPX_PLAN_SWITCH) {
        add_switch(c, f, v);
        return SPX_OK;
    }
    SPX_TRY(word_of(p, f, v, text, err));
    spx_child_word(c, f->option);
    spx_child_word(c, text);
out:
    if (st != SPX_OK) spx_prefix(err, "%s: %s", p->path, f->name);
    return st;
}

/* Every field of an object as options. */
static spx_status add_options(const spx_plan *p, spx_child *c, spx_plan_object kind,
                              const spx_json *object, size_t combination, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        spx_plan_field f;
        const char *key = spx_json_key(object, i, &v);
        if (kind == SPX_PLAN_ARM) v = plan_chosen(key, v, &combination);
        if (spx_plan_field_find(kind, key, &f)) SPX_TRY(add_option(p, c, &f, v, err));
    }
out:
    return st;
}

static void add_threads(const spx_plan *p, spx_child *c)
{
    char text[32];
    if (p->threads <= 0) return;
    snprintf(text, sizeof text, "%ld", p->threads);
    spx_child_word(c, "-j");
    spx_child_word(c, text);
}

/* True if a filter that an object names, or one of its list, asks for moments of gradients. */
static bool names_curvature(const spx_json *object)
{
    const spx_json *v = spx_json_get(object, "filter");
    for (size_t i = 0; v && i < plan_values(v); i++) {
        const char *name = spx_json_text(plan_value(v, i));
        const spx_filter_row *row = name ? spx_filter_find(name) : NULL;
        if (row && row->needs_gradient_moment) return true;
    }
    return false;
}

bool plan_asks_for_gradients(const spx_plan *p)
{
    bool asks = false;
    for (size_t i = 0; i < p->arms; i++) asks = asks || names_curvature(p->arm[i].fields);
    return asks;
}

static void add_layers(const spx_plan *p, spx_child *c)
{
    spx_param row;
    spx_run_spec spec = spx_run_defaults();
    char text[1024];
    spec.layers = plan_layers(p, spec.layer);
    if (spec.layers == 0 || !spx_param_find("layers", &row)) return;
    spx_param_text(&row, &spec, text, sizeof text);
    spx_child_word(c, "--layers");
    spx_child_word(c, text);
}

spx_status spx_plan_stats_command(const spx_plan *p, spx_child *c, spx_error *err)
{
    static const char *const rows[][2] = {{"text_tokens", "--tokens"}, {"products", "--products"}};
    spx_status st = SPX_OK;
    char path[SPX_PLAN_PATH];
    SPX_TRY(spx_plan_file(p, spx_json_text(spx_json_get(p->root, "text")), path, err));
    const char *const fixed[] = {p->model, "--text", path, "-o", p->stats};
    spx_child_tool(c, "spx-stats");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    add_layers(p, c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spx_plan_field f;
        const spx_json *v = spx_json_get(p->root, rows[i][0]);
        if (!v || !spx_plan_field_find(SPX_PLAN_TOP, rows[i][0], &f)) continue;
        snprintf(f.option, sizeof f.option, "%s", rows[i][1]);
        SPX_TRY(add_option(p, c, &f, v, err));
    }
    if (plan_asks_for_gradients(p)) spx_child_word(c, "--gradients");
    add_threads(p, c);
out:
    return st;
}

spx_status spx_plan_arm_command(const spx_plan *p, const spx_plan_arm *a, spx_child *c,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    const char *const fixed[] = {p->model,    "--stats", p->stats, "--unedited",
                                 p->unedited, "-o",      a->path,  "--resume"};
    const spx_json *evaluate = spx_json_get(p->root, "evaluate");
    spx_child_tool(c, "spx-edit");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    SPX_TRY(add_options(p, c, SPX_PLAN_TOP, p->root, 0, err));
    SPX_TRY(add_options(p, c, SPX_PLAN_EVALUATE, evaluate, 0, err));
    SPX_TRY(add_options(p, c, SPX_PLAN_ARM, a->fields, a->combination, err));
    add_threads(p, c);
out:
    return st;
}
