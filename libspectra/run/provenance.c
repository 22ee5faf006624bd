/* provenance.c: what a run was made with, as root attributes of its file. */
#include "run/session.h"

#include "spx/file.h"
#include "spx/params.h"
#include "spx/products.h"
#include "spx/version.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Called for each attribute that decides the numbers. */
typedef spx_status attribute_fn(void *arg, const char *name, const char *value, spx_error *err);

static spx_status visit_file(const char *name, const char *path, attribute_fn *f, void *arg,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX] = "none";
    if (path) SPX_TRY(spx_sha256_file(path, hash, err));
    SPX_TRY(f(arg, name, hash, err));
out:
    return st;
}

static spx_status visit_task(const spx_eval_task *t, attribute_fn *f, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    char name[24], hash[SPX_SHA256_HEX], value[256];
    SPX_TRY(spx_eval_task_hash(t, hash, err));
    snprintf(name, sizeof name, "task_%.18s", t->family);
    snprintf(value, sizeof value,
             "sha256 %s, items %zu, shots %zu, tokens %zu, window %zu, stride %zu", hash, t->items,
             t->shots, t->tokens, t->window, t->stride);
    SPX_TRY(f(arg, name, value, err));
out:
    return st;
}

static spx_status visit_inputs(const session *s, attribute_fn *f, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_run_spec *p = s->spec;
    const bool stats = *s->stats_sha256;
    SPX_TRY(f(arg, "model_sha256", s->model_sha256, err));
    SPX_TRY(visit_file("facts_sha256", p->facts, f, arg, err));
    SPX_TRY(f(arg, "stats_sha256", stats ? s->stats_sha256 : "none", err));
    SPX_TRY(f(arg, "stats_model", !stats ? "none" : s->stats_known ? "this one" : "unknown", err));
    SPX_TRY(visit_file("prefixes_sha256", p->contexts ? p->prefixes : NULL, f, arg, err));
    for (size_t i = 0; i < p->tasks; i++) SPX_TRY(visit_task(&p->task[i], f, arg, err));
out:
    return st;
}

/* Parameters with every default of the filter in place. The filter's name says whether there is
 * feedback. */
static spx_status visit_params(const session *s, attribute_fn *f, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_run_spec settled = *s->spec;
    spx_param p;
    SPX_TRY(spx_filter_resolve(&s->spec->filter, &settled.filter, err));
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        char value[512];
        if (p.neutral || !spx_param_read_by(&p, s->editor)) continue;
        spx_param_text(&p, &settled, value, sizeof value);
        if (strcmp(p.name, "filter") == 0 && settled.feedback)
            strncat(value, " with feedback", sizeof value - strlen(value) - 1);
        SPX_TRY(f(arg, p.name, value, err));
    }
out:
    return st;
}

/* All that decides the numbers, in the order in which a difference is reported. */
static spx_status visit_all(const session *s, attribute_fn *f, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(visit_inputs(s, f, arg, err));
    SPX_TRY(visit_params(s, f, arg, err));
    SPX_TRY(f(arg, "products", spx_products_name(), err));
out:
    return st;
}

static spx_status add_line(void *text, const char *name, const char *value, spx_error *err)
{
    char line[700];
    snprintf(line, sizeof line, "%.64s %.600s\n", name, value);
    return spx_bytes_add(text, line, strlen(line), err);
}

/* What was tested: the model, the facts, the tasks, and how. */
static spx_status add_tests(const session *s, spx_bytes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_param p;
    SPX_TRY(add_line(out, "model_sha256", s->model_sha256, err));
    SPX_TRY(visit_file("facts_sha256", s->spec->facts, add_line, out, err));
    for (size_t i = 0; i < s->spec->tasks; i++)
        SPX_TRY(visit_task(&s->spec->task[i], add_line, out, err));
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        char value[512];
        if (p.group != SPX_PARAM_MEASURE && strcmp(p.name, "first") != 0) continue;
        spx_param_text(&p, s->spec, value, sizeof value);
        SPX_TRY(add_line(out, p.name, value, err));
    }
out:
    return st;
}

spx_status provenance_tests(const session *s, spx_bytes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char facts[32], threads[32];
    snprintf(facts, sizeof facts, "%zu", s->facts.n);
    snprintf(threads, sizeof threads, "%d", spx_threads());
    SPX_TRY(add_tests(s, out, err));
    SPX_TRY(add_line(out, "facts", facts, err));
    SPX_TRY(add_line(out, "products", spx_products_name(), err));
    SPX_TRY(add_line(out, "blas", spx_blas_name(), err));
    SPX_TRY(add_line(out, "threads", threads, err));
    SPX_TRY(add_line(out, "source", "spx " SPX_VERSION, err));
out:
    return st;
}

static spx_status write_attribute(void *store, const char *name, const char *value, spx_error *err)
{
    return spx_store_set_text(store, "", name, value, err);
}

spx_status provenance_write(const session *s, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    char when[32] = "", history[2048];
    const time_t now = time(NULL);
    struct tm utc;
    const double skipped = (double)(s->facts.skipped + spx_eval_skipped(s->general_eval));
    if (gmtime_r(&now, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(history, sizeof history, "%s %s", when, s->control->command);
    SPX_TRY(visit_all(s, write_attribute, store, err));
    SPX_TRY(spx_store_set_text(store, "", "title", "sequential knowledge editing", err));
    SPX_TRY(spx_store_set_text(store, "", "history", history, err));
    SPX_TRY(spx_store_set_text(store, "", "source", "spx " SPX_VERSION, err));
    SPX_TRY(spx_store_set_text(store, "", "blas", spx_blas_name(), err));
    SPX_TRY(spx_store_set_number(store, "", "threads", spx_threads(), err));
    if (s->spec->skip_bad) SPX_TRY(spx_store_set_number(store, "", "skipped", skipped, err));
    SPX_TRY(spx_store_set_text(store, "", "model", s->spec->model, err));
    SPX_TRY(spx_store_set_text(store, "", "facts", s->spec->facts, err));
out:
    return st;
}

/* arg: a pointer to the store. */
static spx_status compare_attribute(void *arg, const char *name, const char *value, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_store *const *store = arg;
    char *theirs = NULL;
    SPX_TRY(spx_store_get_text(*store, "", name, &theirs, err));
    if (strcmp(theirs, value) != 0)
        SPX_RAISE(err, SPX_EINVAL, "%s cannot be resumed: %s was %s there and is %s now",
                  spx_store_path(*store), name, theirs, value);
out:
    spx_free(theirs);
    return st;
}

spx_status provenance_compare_params(const session *s, const spx_store *store, spx_error *err)
{
    return visit_params(s, compare_attribute, &store, err);
}

spx_status provenance_compare(const session *s, const spx_store *store, spx_error *err)
{
    return visit_all(s, compare_attribute, &store, err);
}
