/* plan_check.c: the arms of a plan checked before any of them begins. */
#include "spx/plan_check.h"

#include "run/plan_inputs.h"
#include "run/session.h"

#include "spx/presets.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The fields that faults of arms are found in; a run file's is none. */
enum { FILTER, FEEDBACK, PREFIXES, LAYERS, MOMENTS, FACTS, RUN_FILE, EDITOR, KEYS };
static const char *const keys[KEYS] = {
    [FILTER] = "filter",  [FEEDBACK] = "feedback", [PREFIXES] = "prefixes", [LAYERS] = "layers",
    [MOMENTS] = "layers", [FACTS] = "facts",       [EDITOR] = "editor"};

/* The last fault of a field, which other combinations of the arm, or arms that have the field from
 * the plan, do not repeat. */
typedef struct said {
    const spx_json *fields;
    char text[1024];
} said;

/* A check under way. */
typedef struct checker {
    const spx_plan *p;
    spx_plan_faults *f;
    plan_inputs in;
    said said[KEYS];
} checker;

/* One arm; its place for messages. */
typedef struct checked_arm {
    const spx_plan_arm *a;
    plan_place at;
    plan_spec spec;
    const spx_editor *editor;
} checked_arm;

/* plan_take for an arm, or for the plan where layers that the model does not have come from there.
 */
static spx_status take(checker *c, const checked_arm *x, int key, spx_status st, spx_error *found,
                       spx_error *err)
{
    const bool own = key != LAYERS || x->editor->one_layer || spx_json_get(x->a->fields, keys[key]);
    const spx_json *fields = own ? x->a->fields : c->p->root;
    const plan_place at = {.p = c->p, .arm = own ? x->a->name : NULL};
    said *last = &c->said[key];
    if (st == SPX_OK || (last->fields == fields && strcmp(last->text, found->text) == 0)) {
        *found = (spx_error){0};
        return SPX_OK;
    }
    last->fields = fields;
    snprintf(last->text, sizeof last->text, "%s", found->text);
    if (st != SPX_ENOMEM && keys[key]) spx_prefix(found, "%s", keys[key]);
    return plan_take(c->f, &at, st, found, err);
}

/* The options that an editor reads, as a list. */
static void list_options(const spx_editor *e, char *out, size_t size)
{
    size_t used = 0;
    snprintf(out, size, "none");
    for (size_t i = 0; i < SPX_EDIT_OPTIONS && used < size; i++)
        if (e->uses >> i & 1)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     spx_edit_option_rows()[i].name);
}

/* True if an editor that the arm's field lists reads the parameter; without the field its only one
 * is x->editor. */
static bool is_read(const checked_arm *x, const spx_param *p)
{
    const spx_json *editors = spx_json_get(x->a->fields, "editor");
    for (size_t i = 0; editors && i < plan_values(editors); i++) {
        const spx_editor *e = NULL;
        const char *name = spx_json_text(plan_value(editors, i));
        if (name && spx_editor_find(name, &e, NULL) == SPX_OK && spx_param_read_by(p, e))
            return true;
    }
    return !editors && spx_param_read_by(p, x->editor);
}

/* An option that none of the arm's editors reads is a mistake. */
static void check_unread(checker *c, const checked_arm *x)
{
    char reads[512];
    for (size_t i = 0; i < spx_json_size(x->a->fields); i++) {
        spx_param p;
        const char *key = spx_json_key(x->a->fields, i, NULL);
        if (!spx_param_find(key, &p) || is_read(x, &p)) continue;
        list_options(x->editor, reads, sizeof reads);
        plan_fault(c->f, &x->at, SPX_EFORMAT, "editor %s does not read %s (it reads: %s)",
                   x->editor->name, key, reads);
    }
}

/* An arm edits layers: where it reads second moments, which are measured of the plan's, none but
 * those. */
static spx_status check_moments(const checker *c, const checked_arm *x, spx_error *e)
{
    const spx_run_spec *s = &x->spec.run;
    const plan_inputs *in = &c->in;
    if (in->layers > 0 && s->layers == 0)
        return SPX_FAIL(e, SPX_EINVAL, "missing (expected here or in the preset)");
    if (in->layers == 0 || !spx_run_needs_moments(s)) return SPX_OK;
    for (size_t i = 0; i < s->layers; i++) {
        bool measured = false;
        for (size_t k = 0; k < in->layers; k++) measured |= in->layer[k] == s->layer[i];
        if (!measured)
            return SPX_FAIL(e, SPX_EINVAL,
                            "layer %zu is not among those of the plan, of which alone second "
                            "moments are measured",
                            s->layer[i]);
    }
    return SPX_OK;
}

static spx_status check_feedback(const checked_arm *x, spx_error *e)
{
    if (!x->spec.run.feedback || x->editor->feedback) return SPX_OK;
    return SPX_FAIL(e, SPX_EINVAL, "editor %s takes no error feedback", x->editor->name);
}

/* What else the editor does not go with. */
static spx_status check_editor(const checked_arm *x, spx_error *e)
{
    session s;
    return inputs_settle(&s, &x->spec.run, e);
}

static spx_status check_prefixes(const checked_arm *x, spx_error *e)
{
    char *text = NULL;
    const char **prefix = NULL;
    if (!x->spec.run.prefixes && spx_json_get(x->at.p->root, "prefixes")) return SPX_OK;
    const spx_status st = inputs_read_prefixes(&x->spec.run, &text, &prefix, e);
    spx_free(prefix);
    spx_free(text);
    return st;
}

/* A run file that exists is continued, or holds all rounds, only if it was made with the same
 * parameters. Attributes that files of earlier versions lack are not compared. */
static spx_status check_run_file(const checked_arm *x, spx_error *e)
{
    spx_status st = SPX_OK;
    spx_store *store = NULL;
    session s;
    if (inputs_settle(&s, &x->spec.run, NULL) != SPX_OK) return SPX_OK; /* reported */
    if (access(x->a->path, R_OK) != 0) return SPX_OK;
    SPX_TRY(spx_store_open(x->a->path, SPX_STORE_READ, &store, e));
    st = provenance_compare_params(&s, store, e);
    if (st == SPX_ENOTFOUND) st = SPX_OK;
out:
    spx_store_close(store);
    return st;
}

/* What needs the arm's parameters alone, then what needs the inputs. */
static spx_status check_spec(checker *c, checked_arm *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error e = {0};
    const spx_run_spec *s = &x->spec.run;
    SPX_TRY(take(c, x, EDITOR, check_editor(x, &e), &e, err));
    SPX_TRY(take(c, x, FILTER, spx_filter_resolve(&s->filter, NULL, &e), &e, err));
    SPX_TRY(take(c, x, FEEDBACK, check_feedback(x, &e), &e, err));
    SPX_TRY(take(c, x, PREFIXES, check_prefixes(x, &e), &e, err));
    SPX_TRY(take(c, x, MOMENTS, check_moments(c, x, &e), &e, err));
    SPX_TRY(take(c, x, RUN_FILE, check_run_file(x, &e), &e, err));
    if (!c->p->faulty) SPX_TRY(take(c, x, FACTS, plan_inputs_check_facts(&c->in, s, &e), &e, err));
    if (!c->in.model || s->layers == 0) goto out; /* reported */
    const size_t blocks = spx_model_shape(c->in.model)->layers;
    SPX_TRY(take(c, x, LAYERS, inputs_check_layers(s, x->editor, blocks, &e), &e, err));
out:
    return st;
}

/* An arm whose fields are wrong, or whose preset cannot be read, has been reported already. */
static spx_status check_arm(checker *c, const spx_plan_arm *a, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error e = {0};
    checked_arm x = {.a = a, .at = {.p = c->p, .arm = a->name}};
    if (a->faulty) return SPX_OK;
    st = plan_spec_open(c->p, a, &x.spec, &e);
    if (st != SPX_OK && st != SPX_ENOMEM) return SPX_OK;
    if (st != SPX_OK && err) *err = e;
    SPX_TRY(st);
    st = spx_editor_find(x.spec.run.editor, &x.editor, &e);
    SPX_TRY(take(c, &x, EDITOR, st, &e, err));
    if (!x.editor) goto out;
    if (a->combination == 0) check_unread(c, &x);
    SPX_TRY(check_spec(c, &x, err));
out:
    plan_spec_close(&x.spec);
    return st;
}

spx_status spx_plan_check(const spx_plan *p, spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    checker c = {.p = p, .f = faults};
    SPX_TRY(plan_inputs_open(p, faults, &c.in, err));
    for (size_t i = 0; i < p->arms; i++) SPX_TRY(check_arm(&c, &p->arm[i], err));
out:
    plan_inputs_close(&c.in);
    return st;
}
