/* bundle_run.c: one batch from a bundle: solved, filtered and kept, without a model. */
#include "spx/bundle.h"
#include "spx/file.h"
#include "spx/params.h"
#include "spx/record.h"
#include "spx/run.h"
#include "spx/version.h"

#include <string.h>

static const char scope[] = "exact for the first edited layer, or the only one; later layers' keys "
                            "must be measured with the earlier writes in place";

static spx_status open_editor(const spx_run_spec *spec, const spx_bundle_file *b,
                              const spx_editor **editor, spx_edit **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_editor_find(spec->editor, editor, err));
    if (spec->targets)
        SPX_RAISE(err, SPX_EUNSUP, "a bundle has its residuals; target rule %s needs a model",
                  spec->targets);
    if (spec->simie > 0)
        SPX_RAISE(err, SPX_EUNSUP, "a bundle is one batch; simie needs a model and many");
    if ((*editor)->train)
        SPX_RAISE(err, SPX_EUNSUP, "editor %s trains a model; a bundle is not enough",
                  spec->editor);
    if ((*editor)->gains)
        SPX_RAISE(err, SPX_EUNSUP, "editor %s reads gradients of a model; a bundle is not enough",
                  spec->editor);
    if (spx_editor_needs_moment(*editor, &spec->edit) && !b->C.data)
        SPX_RAISE(err, SPX_EFORMAT, "editor %s needs C", spec->editor);
    if ((*editor)->finish && !b->W.data)
        SPX_RAISE(err, SPX_EFORMAT, "editor %s needs W", spec->editor);
    SPX_TRY(spx_edit_open(*editor, &spec->edit, b->C.data ? &b->C : NULL, b->K.rows, out, err));
    if ((*editor)->remembers && b->Kp.data) SPX_TRY(spx_edit_remember(*out, &b->Kp, err));
out:
    return st;
}

static spx_status solve_bundle(const spx_run_spec *spec, const spx_bundle_file *b, spx_update *dW,
                               spx_bundle_result *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_editor *editor = NULL;
    spx_edit *edit = NULL;
    const spx_bundle batch = {
        .K = &b->K, .R = &b->R, .Kc = b->Kc.data ? &b->Kc : NULL, .W = b->W.data ? &b->W : NULL};
    SPX_TRY(open_editor(spec, b, &editor, &edit, err));
    SPX_TRY(spx_edit_solve(edit, &batch, dW, &r->solve, err));
    if (editor->finish) SPX_TRY(spx_edit_finish(edit, &b->W, dW, err));
out:
    spx_edit_close(edit);
    return st;
}

static spx_status filter_change(const spx_run_spec *spec, const spx_bundle_file *b, spx_update *dW,
                                spx_bundle_result *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    spx_filter_spec own = spec->filter;
    if (!spx_filter_is_none(own.name) && !b->W.data)
        SPX_RAISE(err, SPX_EFORMAT, "filter %s needs W", own.name);
    own.covariance = b->C.data ? &b->C : NULL;
    own.gradient_moment = b->B.data ? &b->B : NULL;
    SPX_TRY(spx_filter_new(&own, b->W.data ? &b->W : &b->R, &f, err));
    SPX_TRY(spx_filter_apply(f, dW, &r->filter, err));
out:
    spx_filter_free(f);
    return st;
}

static spx_status keep_weight(spx_store *s, const char *stage, const float *w, const spx_mat *W,
                              spx_error *err)
{
    return spx_record_weight(s, stage, "W", w, W->rows, W->cols, err);
}

/* Stages base and r1 with the weight before and after, where the bundle has it. */
static spx_status keep_stages(spx_store *s, const spx_mat *W, const spx_update *dW, size_t facts,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    float *w = NULL;
    SPX_TRY(spx_store_add_stage(s, "base", 0, err));
    SPX_TRY(spx_store_add_stage(s, "r1", (double)facts, err));
    if (!W->data) goto out;
    SPX_TRY(SPX_NEW(&w, W->rows * W->cols, err));
    SPX_TRY(spx_mat_narrow(W, w, err));
    SPX_TRY(keep_weight(s, "base", w, W, err));
    SPX_TRY(spx_update_write(dW, w, err));
    SPX_TRY(keep_weight(s, "r1", w, W, err));
out:
    spx_free(w);
    return st;
}

static spx_status keep_change(spx_store *s, const spx_update *dW, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool factored = spx_update_factored(dW);
    SPX_TRY(spx_store_put_matrix(s, "update", factored ? "A" : "dW", &dW->A, err));
    if (factored) SPX_TRY(spx_store_put_matrix(s, "update", "B", &dW->B, err));
out:
    return st;
}

/* A parameter as an attribute: a number or a text. */
static spx_status keep_param(spx_store *s, const spx_param *p, const spx_run_spec *spec,
                             spx_error *err)
{
    char text[256];
    double x = 0;
    if (spx_param_number(p, spec, &x)) return spx_store_set_number(s, "", p->name, x, err);
    spx_param_text(p, spec, text, sizeof text);
    return spx_store_set_text(s, "", p->name, text, err);
}

/* The parameters that the change was made with: those of the editor, and, where there is a filter,
 * of the filter with its defaults in place. */
static spx_status keep_params(spx_store *s, const spx_run_spec *spec, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_run_spec settled = *spec;
    const spx_editor *e = NULL;
    spx_param p;
    const bool filtered = !spx_filter_is_none(spec->filter.name);
    SPX_TRY(spx_editor_find(spec->editor, &e, err));
    SPX_TRY(spx_filter_resolve(&spec->filter, &settled.filter, err));
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        const bool editor = p.group == SPX_PARAM_EDITOR && spx_param_read_by(&p, e);
        const bool filter = (p.group == SPX_PARAM_FILTER || p.type == SPX_PARAM_SEED) &&
                            !p.neutral && (filtered || strcmp(p.name, "filter") == 0);
        if (editor || filter) SPX_TRY(keep_param(s, &p, &settled, err));
    }
out:
    return st;
}

static spx_status keep_origin(spx_store *s, const spx_run_spec *spec, const char *bundle,
                              const char *command, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_sha256_file(bundle, hash, err));
    const char *const text[][2] = {{"title", "change from an edit bundle"},
                                   {"scope", scope},
                                   {"history", command},
                                   {"source", "spx " SPX_VERSION},
                                   {"bundle_sha256", hash}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        SPX_TRY(spx_store_set_text(s, "", text[i][0], text[i][1], err));
    SPX_TRY(keep_params(s, spec, err));
out:
    return st;
}

/* What the editor writes, and what the filter leaves of it. */
static spx_status make_change(const spx_run_spec *spec, const spx_bundle_file *b, spx_update *dW,
                              spx_bundle_result *r, spx_error *err)
{
    spx_status st = SPX_OK;
    *r = (spx_bundle_result){.rows = b->R.rows, .cols = b->K.rows, .facts = b->K.cols};
    SPX_TRY(solve_bundle(spec, b, dW, r, err));
    SPX_TRY(filter_change(spec, b, dW, r, err));
out:
    return st;
}

spx_status spx_run_bundle(const spx_run_spec *spec, const char *bundle,
                          const spx_run_control *control, spx_bundle_result *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bundle_file b = {0};
    spx_update dW = {0};
    spx_store *s = NULL;
    spx_bundle_result r = {0};
    *out = (spx_bundle_result){0};
    if (spec->feedback)
        SPX_RAISE(err, SPX_EUNSUP, "%s: feedback needs a run; a single batch leaves no debt to pay",
                  bundle);
    SPX_TRY(spx_bundle_read(bundle, &b, err));
    st = make_change(spec, &b, &dW, &r, err);
    if (st != SPX_OK) spx_prefix(err, "%s", bundle);
    SPX_TRY(st);
    SPX_TRY(spx_store_open(control->output, SPX_STORE_CREATE, &s, err));
    SPX_TRY(keep_origin(s, spec, bundle, control->command, err));
    SPX_TRY(keep_stages(s, &b.W, &dW, r.facts, err));
    SPX_TRY(keep_change(s, &dW, err));
    SPX_TRY(spx_store_commit(&s, err));
    *out = r;
out:
    spx_store_close(s);
    spx_update_free(&dW);
    spx_bundle_free(&b);
    return st;
}
