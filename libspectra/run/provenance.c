/* provenance.c: what a run was made with, as root attributes of its file. */
#include "run/session.h"

#include "spx/file.h"
#include "spx/products.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct field {
    char name[24];
    char value[256];
} field;

typedef struct fields {
    field at[64];
    size_t n;
} fields;

SPX_PRINTF(3, 4)
static void add(fields *f, const char *name, const char *fmt, ...)
{
    field *at = &f->at[f->n++];
    va_list ap;
    va_start(ap, fmt);
    snprintf(at->name, sizeof at->name, "%s", name);
    vsnprintf(at->value, sizeof at->value, fmt, ap);
    va_end(ap);
}

static spx_status add_file(fields *f, const char *name, const char *path, spx_error *err)
{
    char hash[SPX_SHA256_HEX] = "none";
    const spx_status st = path ? spx_sha256_file(path, hash, err) : SPX_OK;
    add(f, name, "%s", hash);
    return st;
}

static void add_layers(fields *f, const spx_run_spec *p)
{
    char text[256] = "";
    for (size_t i = 0; i < p->layers; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%zu", i ? "," : "", p->layer[i]);
    }
    add(f, "layers", "%s", text);
}

/* Those that the editor reads. */
static void add_options(fields *f, const spx_editor *editor, const spx_edit_opts *o)
{
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++)
        if (editor->uses & 1U << i) add(f, spx_edit_option_rows()[i].name, "%.17g", o->value[i]);
}

static void add_editor(fields *f, const spx_editor *editor, const spx_run_spec *p)
{
    add(f, "editor", "%s", p->editor);
    add_options(f, editor, &p->edit);
    add(f, "v_lr", "%.17g", p->target.lr);
    add(f, "clamp", "%.17g", p->target.clamp);
    add(f, "weight_decay", "%.17g", p->target.weight_decay);
    add(f, "kl", "%.17g", p->target.kl);
    add(f, "stop", "%.17g", p->target.stop);
    add(f, "steps", "%zu", p->target.steps);
    add(f, "contexts", "%zu", p->contexts);
    add_layers(f, p);
}

static void add_filter(fields *f, const spx_filter_spec *p, bool feedback)
{
    add(f, "filter", "%s%s", p->name, feedback ? " with feedback" : "");
    add(f, "basis", "%s", p->basis);
    add(f, "energy", "%s", p->energy);
    add(f, "count", "%s", p->count);
    add(f, "apply", "%s", p->apply);
    add(f, "tau", "%.17g", p->tau);
    add(f, "rank", "%zu", p->k);
    add(f, "weight", "%.17g", p->weight);
    add(f, "threshold", "%.17g", p->threshold);
    add(f, "alpha", "%.17g", p->alpha);
    add(f, "keep", "%.17g", p->keep);
    add(f, "noise", "%.17g", p->noise);
    add(f, "cap", "%.17g", p->cap);
    add(f, "seed", "%llu", (unsigned long long)p->seed);
}

static spx_status add_task(fields *f, const spx_eval_task *t, spx_error *err)
{
    char name[24], hash[SPX_SHA256_HEX];
    const spx_status st = spx_eval_task_hash(t, hash, err);
    snprintf(name, sizeof name, "task_%.18s", t->family);
    if (st == SPX_OK)
        add(f, name, "sha256 %s, items %zu, shots %zu, tokens %zu, window %zu, stride %zu", hash,
            t->items, t->shots, t->tokens, t->window, t->stride);
    return st;
}

static void add_measures(fields *f, const spx_run_spec *p)
{
    add(f, "first", "%zu", p->first);
    add(f, "round", "%zu", p->round);
    add(f, "measure_tau", "%.17g", p->measure_tau);
    add(f, "alt", "%d", p->alt);
    add(f, "skip_bad", "%d", p->skip_bad);
    add(f, "neighbors", "%zu", p->neighbors);
    add(f, "eval_facts", "%zu", p->eval_facts);
    add(f, "eval_every", "%zu", p->eval_every);
    add(f, "tasks_every", "%zu", p->tasks_every);
    add(f, "retention", "%zu", p->retention);
}

/* All that decides the numbers, in the order in which a difference is reported. The number of
 * rounds is not among them: a finished run may be prolonged. */
static spx_status collect(const session *s, fields *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_run_spec *p = s->spec;
    spx_filter_spec filter;
    f->n = 0;
    SPX_TRY(spx_filter_resolve(&p->filter, &filter, err));
    add(f, "model_sha256", "%s", s->model_sha256);
    SPX_TRY(add_file(f, "facts_sha256", p->facts, err));
    add(f, "stats_sha256", "%s", *s->stats_sha256 ? s->stats_sha256 : "none");
    add(f, "stats_model", "%s",
        !*s->stats_sha256 ? "none"
        : s->stats_known  ? "this one"
                          : "unknown");
    SPX_TRY(add_file(f, "prefixes_sha256", p->contexts ? p->prefixes : NULL, err));
    for (size_t i = 0; i < p->tasks; i++) SPX_TRY(add_task(f, &p->task[i], err));
    add_editor(f, s->editor, p);
    add_filter(f, &filter, p->feedback);
    add_measures(f, p);
    add(f, "products", "%s", spx_products_name());
out:
    return st;
}

spx_status provenance_write(const session *s, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    fields f;
    char when[32] = "", history[2048];
    const time_t now = time(NULL);
    struct tm utc;
    const double skipped = (double)(s->facts.skipped + spx_eval_skipped(s->general_eval));
    if (gmtime_r(&now, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(history, sizeof history, "%s %s", when, s->control->command);
    SPX_TRY(collect(s, &f, err));
    for (size_t i = 0; i < f.n; i++)
        SPX_TRY(spx_store_set_text(store, "", f.at[i].name, f.at[i].value, err));
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

spx_status provenance_compare(const session *s, const spx_store *store, spx_error *err)
{
    fields f;
    spx_status st = collect(s, &f, err);
    for (size_t i = 0; st == SPX_OK && i < f.n; i++) {
        char *theirs = NULL;
        st = spx_store_get_text(store, "", f.at[i].name, &theirs, err);
        if (st == SPX_OK && strcmp(theirs, f.at[i].value) != 0)
            st = SPX_FAIL(err, SPX_EINVAL, "%s cannot be resumed: %s was %s there and is %s now",
                          spx_store_path(store), f.at[i].name, theirs, f.at[i].value);
        spx_free(theirs);
    }
    return st;
}
