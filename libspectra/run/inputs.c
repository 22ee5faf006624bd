/* inputs.c: everything a run reads, opened and checked before the first edit. */
#include "run/session.h"

#include "spx/covariance.h"
#include "spx/file.h"
#include "spx/lm.h"
#include "spx/presets.h"

#include <string.h>

spx_status inputs_check_layers(const spx_run_spec *p, const spx_editor *editor, size_t blocks,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = p->layers;
    if (n == 0 || n > SPX_MAX_LAYERS)
        SPX_RAISE(err, SPX_EINVAL, "%zu layers to edit (expected 1 to %d)", n, SPX_MAX_LAYERS);
    for (size_t i = 1; i < n; i++)
        if (p->layer[i] <= p->layer[i - 1])
            SPX_RAISE(err, SPX_EINVAL, "layer %zu is listed after %zu (expected ascending layers)",
                      p->layer[i], p->layer[i - 1]);
    if (p->layer[n - 1] + 1 >= blocks)
        SPX_RAISE(
            err, SPX_EINVAL,
            "%s: layer %zu cannot be edited; the model has blocks 0 to %zu, and no target can "
            "be found after the last one",
            p->model, p->layer[n - 1], blocks - 1);
    if (editor->one_layer && n > 1)
        SPX_RAISE(err, SPX_EINVAL, "editor %s writes one layer, not %zu", p->editor, n);
out:
    return st;
}

/* Cuts the text into its first `want` lines that are not empty; returns how many it has. */
static size_t cut_lines(char *text, const char **lines, size_t want)
{
    size_t found = 0;
    for (char *line = text; *line && found < want;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        while (end > line && (end[-1] == ' ' || end[-1] == '\r')) end--;
        *end = '\0';
        if (*line) lines[found++] = line;
        line = next;
    }
    return found;
}

spx_status inputs_read_prefixes(const spx_run_spec *p, char **text, const char ***prefix,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    size_t size = 0;
    const size_t want = p->contexts;
    if (want == 0) return SPX_OK;
    if (!p->prefixes)
        SPX_RAISE(err, SPX_EINVAL,
                  "%zu prefix sentences expected, but no prefix file given (or contexts 0)", want);
    SPX_TRY(spx_file_text(p->prefixes, text, &size, err));
    SPX_TRY(SPX_NEW(prefix, want, err));
    const size_t found = cut_lines(*text, *prefix, want);
    if (found < want)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu prefix sentences (expected %zu)", p->prefixes, found,
                  want);
out:
    return st;
}

spx_facts_opts inputs_facts(const spx_run_spec *p, const spx_notify *notify)
{
    return (spx_facts_opts){.first = p->first,
                            .count = p->round * p->rounds,
                            .skip_bad = p->skip_bad,
                            .alt = p->alt,
                            .neighbors = p->neighbors,
                            .notify = notify};
}

/* A task may be listed once: the run file has one series a metric. */
static spx_status check_tasks(const spx_run_spec *p, spx_error *err)
{
    for (size_t i = 0; i < p->tasks; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(p->task[i].family, p->task[k].family) == 0)
                return SPX_FAIL(err, SPX_EINVAL, "task %s is listed twice", p->task[i].family);
    return SPX_OK;
}

static spx_status open_evaluations(session *s, spx_error *err)
{
    const spx_run_spec *p = s->spec;
    const spx_eval_plan facts = {
        .facts = &s->facts, .facts_name = p->facts, .skip_bad = p->skip_bad};
    const spx_eval_plan general = {.task = p->task, .tasks = p->tasks, .skip_bad = p->skip_bad};
    spx_results unedited = {0}; /* recorded later, in the stage of the base, for the chosen facts */
    spx_status st = SPX_OK;
    SPX_TRY(check_tasks(p, err));
    SPX_TRY(spx_eval_new(&facts, s->tokenizer, &s->fact_eval, err));
    SPX_TRY(spx_eval_unedited(s->fact_eval, s->model, &unedited, err));
    if (p->tasks == 0) goto out;
    SPX_TRY(spx_eval_new(&general, s->tokenizer, &s->general_eval, err));
    SPX_TRY(spx_eval_unedited(s->general_eval, s->model, &unedited, err));
out:
    spx_results_free(&unedited);
    return st;
}

/* e->W, and a copy of the floats for editors that return to them. */
static spx_status open_weight(session *s, edited_matrix *e, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(s->model);
    SPX_TRY(spx_model_widen(s->model, e->layer, err));
    SPX_TRY(spx_mat_alloc(&e->W, c->d_model, c->d_ff, err));
    spx_floats_widen(spx_model_ffn_out(s->model, e->layer), &e->W);
    if (s->editor->original_targets || s->editor->finish || s->spec->simie > 0) {
        SPX_TRY(SPX_NEW(&e->origin, e->W.rows * e->W.cols, err));
        weight_get(s, e, e->origin);
    }
out:
    return st;
}

static spx_status open_editor(session *s, edited_matrix *e, spx_moments *stats, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat C = {0};
    const size_t f = e->W.cols;
    const bool moment = spx_editor_needs_moment(s->editor, &s->spec->edit);
    if (moment) SPX_TRY(spx_moments_read(stats, e->name, f, &C, err));
    SPX_TRY(spx_edit_open(s->editor, &s->spec->edit, moment ? &C : NULL, f, &e->edit, err));
out:
    if (st == SPX_ENUMERIC && C.data)
        spx_prefix(err, "%s: second moment of %s", s->spec->stats, e->name);
    spx_mat_free(&C);
    return st;
}

static const spx_filter_row *filter_of(const spx_run_spec *p)
{
    return spx_filter_find(p->filter.name);
}

/* A filter that needs a second moment is given the one that guards the solve. */
static spx_status open_filter(session *s, edited_matrix *e, spx_moments *stats, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat C = {0}, B = {0};
    spx_filter_spec spec = s->spec->filter;
    const spx_filter_row *row = filter_of(s->spec);
    if (row->needs_moment) SPX_TRY(spx_moments_read(stats, e->name, e->W.cols, &C, err));
    if (row->needs_gradient_moment)
        SPX_TRY(spx_moments_read_gradients(stats, e->name, e->W.rows, &B, err));
    spec.covariance = &C;
    spec.gradient_moment = &B;
    spec.decomposition = e->decomposition;
    SPX_TRY(spx_filter_new(&spec, &e->W, &e->filter, err));
    if (s->spec->feedback) SPX_TRY(spx_feedback_open(e->edit, e->W.rows, e->filter, &e->debt, err));
out:
    spx_mat_free(&C);
    spx_mat_free(&B);
    return st;
}

static spx_status open_matrix(session *s, edited_matrix *e, spx_moments *stats, spx_error *err)
{
    spx_status st = SPX_OK;
    e->name = spx_model_ffn_out_name(s->model, e->layer);
    SPX_TRY(open_weight(s, e, err));
    SPX_TRY(open_editor(s, e, stats, err));
    SPX_TRY(simie_open(s, e, err));
    if (!s->borrowed) SPX_TRY(matrix_open(s, e, err));
    SPX_TRY(open_filter(s, e, stats, err));
out:
    return st;
}

/* The second moments must be this model's: keys of another one would guard the wrong directions.
 * Files of the public editing code do not say whose they are; the run file records that. */
static spx_status check_stats(const session *s, const spx_moments *stats, spx_error *err)
{
    const char *theirs = spx_moments_model(stats);
    if (!theirs || strcmp(s->model_sha256, theirs) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%s was measured on a model other than %s", s->spec->stats,
                    s->spec->model);
}

static spx_status open_stats(session *s, spx_moments **stats, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name[SPX_MAX_LAYERS];
    const bool gradients = filter_of(s->spec)->needs_gradient_moment;
    const bool needed = spx_run_needs_moments(s->spec);
    if (!s->spec->stats && !needed) return SPX_OK;
    if (!s->spec->stats)
        return SPX_FAIL(err, SPX_EINVAL, "editor %s with filter %s needs second moments of keys%s",
                        s->spec->editor, s->spec->filter.name,
                        gradients ? " and of output gradients (spx-stats --gradients)"
                                  : " (spx-stats)");
    for (size_t i = 0; i < s->spec->layers; i++)
        name[i] = spx_model_ffn_out_name(s->model, s->spec->layer[i]);
    SPX_TRY(spx_moments_open(s->spec->stats, stats, err));
    SPX_TRY(check_stats(s, *stats, err));
    if (!s->borrowed)
        SPX_TRY(spx_moments_hash(*stats, name, s->spec->layers, s->stats_sha256, err));
    s->stats_known = spx_moments_model(*stats) != NULL;
out:
    return st;
}

static spx_status open_matrices(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_moments *stats = NULL;
    SPX_TRY(open_stats(s, &stats, err));
    SPX_TRY(SPX_NEW(&s->at, s->spec->layers, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        s->at[i].layer = s->spec->layer[i];
        SPX_TRY(open_matrix(s, &s->at[i], stats, err));
    }
out:
    spx_moments_close(stats);
    return st;
}

/* Ends every target with the token that ends a text, for editors that ask for it. */
static spx_status end_targets(const session *s, spx_prompts *p, spx_error *err)
{
    const int32_t eos = spx_tokenizer_eos(s->tokenizer);
    if (!s->editor->ends_targets) return SPX_OK;
    if (eos < 0)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "editor %s ends targets with EOS, and the tokenizer of %s has none",
                        s->editor->name, s->spec->model);
    return spx_prompts_end(p, eos, err);
}

spx_status session_prompts(const session *s, const spx_fact *fact, size_t n, size_t contexts,
                           spx_prompts *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_request *r = NULL;
    *out = (spx_prompts){0};
    SPX_TRY(SPX_SCRATCH(&tmp, &r, n, err));
    for (size_t i = 0; i < n; i++)
        r[i] =
            (spx_request){fact[i].prompt, fact[i].subject, fact[i].target_new, fact[i].subject_at};
    SPX_TRY(spx_prompts_new(s->tokenizer, r, n, s->prefix, contexts, out, err));
    SPX_TRY(end_targets(s, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The editor, the rule for its targets, and the layers that both edit. */
static spx_status settle_editor(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_run_spec *p = &s->settled;
    SPX_TRY(spx_editor_find(p->editor, &s->editor, err));
    if (p->simie > 0 && (s->editor->remembers || s->editor->finish || s->editor->gains))
        SPX_RAISE(err, SPX_EINVAL,
                  "editor %s keeps state from batch to batch; simie solves each on the original "
                  "model",
                  p->editor);
    SPX_TRY(spx_editor_rule(s->editor, p->targets, &s->rule, err));
    if (!s->rule) return SPX_OK;
    p->targets = s->rule->name;
    if (s->rule->search == SPX_SEARCH_EACH && p->layers > 2) {
        p->layer[1] = p->layer[p->layers - 1];
        p->layers = 2;
    }
out:
    return st;
}

spx_status inputs_settle(session *s, const spx_run_spec *spec, spx_error *err)
{
    *s = (session){.settled = *spec};
    s->spec = &s->settled;
    return settle_editor(s, err);
}

static spx_status take_model(session *s, const open_model *given, spx_error *err)
{
    if (!given) return spx_lm_open(s->spec->model, &s->model, &s->tokenizer, s->model_sha256, err);
    s->borrowed = true;
    s->model = given->model;
    s->tokenizer = given->tokenizer;
    memcpy(s->model_sha256, given->sha256, sizeof s->model_sha256);
    return SPX_OK;
}

/* All edited matrices have the same shape, and so share their running statistics. */
static spx_status open_running(session *s, spx_error *err)
{
    const spx_mat *W = &s->at[0].W;
    if (!s->editor->gains) return SPX_OK;
    return spx_running_new(s->editor->running, W->cols, W->rows, &s->running, err);
}

spx_status session_open(session *s, const spx_run_spec *spec, const spx_run_control *control,
                        const open_model *given, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(inputs_settle(s, spec, err));
    s->control = control;
    SPX_TRY(spx_filter_resolve(&spec->filter, NULL, err));
    if (spec->round == 0) SPX_RAISE(err, SPX_EINVAL, "0 facts in a round (expected at least 1)");
    SPX_TRY(take_model(s, given, err));
    if (!given) spx_lm_note(s->model, s->tokenizer, control ? control->notify : NULL);
    SPX_TRY(inputs_check_layers(s->spec, s->editor, spx_model_shape(s->model)->layers, err));
    const spx_facts_opts which = inputs_facts(spec, control ? control->notify : NULL);
    SPX_TRY(spx_facts_read(spec->facts, &which, &s->facts, err));
    SPX_TRY(inputs_read_prefixes(spec, &s->prefix_text, &s->prefix, err));
    SPX_TRY(open_evaluations(s, err));
    SPX_TRY(open_matrices(s, err));
    SPX_TRY(open_running(s, err));
    SPX_TRY(session_pilot(s, err));
out:
    if (st != SPX_OK) session_close(s);
    return st;
}

static void close_matrix(edited_matrix *e)
{
    spx_mat_free(&e->W);
    spx_free(e->origin);
    spx_edit_close(e->edit);
    spx_ledger_round_free(&e->staged);
    spx_mat_free(&e->remembered);
    spx_svd_free(&e->base);
    spx_svd_free(&e->latest);
    spx_filter_free(e->filter);
    spx_feedback_close(e->debt);
    spx_simie_close(e->simie);
}

void session_close(session *s)
{
    for (size_t i = 0; s->at && i < s->spec->layers; i++) close_matrix(&s->at[i]);
    spx_free(s->at);
    spx_running_free(&s->running);
    spx_eval_free(s->fact_eval);
    spx_eval_free(s->general_eval);
    spx_free(s->prefix);
    spx_free(s->prefix_text);
    spx_facts_free(&s->facts);
    if (!s->borrowed) {
        spx_tokenizer_close(s->tokenizer);
        spx_model_close(s->model);
    }
    *s = (session){0};
}
