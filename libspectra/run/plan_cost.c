/* plan_cost.c: what running a plan will take, from its first facts. */
#include "spx/plan_cost.h"

#include "run/plan_inputs.h"
#include "run/session.h"

#include "spx/plan_run.h"

#include <math.h>

/* The settings that the seconds a fact depend on. */
typedef struct search {
    const spx_editor *editor;
    spx_edit_opts edit;
    spx_target_opts target;
    size_t contexts, round;
} search;

/* What is measured once for all arms. */
typedef struct estimate {
    const spx_plan *p;
    plan_inputs in;
    plan_tasks tasks;
    double task_seconds, fact_seconds; /* q, p; NaN before they are measured */
    double token_seconds;
    double matrix_seconds; /* w */
    search last;           /* the search that took ... */
    double search_seconds; /* ... t */
} estimate;

/* An arm being estimated. */
typedef struct estimated_arm {
    plan_spec spec;
    const spx_editor *editor;
    spx_facts facts; /* the first ones */
    char *prefix_text;
    const char **prefix;
} estimated_arm;

static void close_arm(estimated_arm *a)
{
    spx_facts_free(&a->facts);
    spx_free(a->prefix);
    spx_free(a->prefix_text);
    plan_spec_close(&a->spec);
}

static spx_status open_arm(const spx_plan *p, const spx_plan_arm *arm, estimated_arm *a,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(plan_spec_open(p, arm, &a->spec, err));
    const spx_run_spec *s = &a->spec.run;
    SPX_TRY(spx_editor_find(s->editor, &a->editor, err));
    SPX_TRY(inputs_read_prefixes(s, &a->prefix_text, &a->prefix, err));
    spx_facts_opts which = inputs_facts(s, NULL);
    if (which.count > SPX_PLAN_MEASURED) which.count = SPX_PLAN_MEASURED;
    if (which.count > s->round) which.count = s->round;
    if (s->rounds > 0) SPX_TRY(spx_facts_read(s->facts, &which, &a->facts, err));
out:
    return st;
}

/* Seconds a fact that testing takes, and a token. */
static spx_status measure_tests(estimate *x, const estimated_arm *a, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_eval *eval = NULL;
    spx_eval_unit *unit = NULL;
    spx_results r = {0};
    size_t n = 0, index[SPX_PLAN_MEASURED];
    double tokens = 0;
    const spx_eval_plan plan = {.facts = &a->facts, .facts_name = a->spec.run.facts};
    if (!isnan(x->fact_seconds) || a->facts.n == 0) return SPX_OK;
    for (size_t i = 0; i < a->facts.n; i++) index[i] = i;
    SPX_TRY(spx_eval_new(&plan, x->in.tokenizer, &eval, err));
    SPX_TRY(spx_eval_unedited(eval, x->in.model, &r, err));
    SPX_TRY(spx_eval_units(eval, x->in.model, false, &unit, &n, err));
    for (size_t i = 0; i < n; i++) tokens += unit[i].cost;
    const double began = spx_seconds();
    SPX_TRY(spx_eval_facts(eval, x->in.model, index, a->facts.n, &r, err));
    const double seconds = spx_seconds() - began;
    x->fact_seconds = seconds / (double)a->facts.n;
    x->token_seconds = tokens > 0 ? seconds / tokens : 0;
out:
    spx_results_free(&r);
    spx_free(unit);
    spx_eval_free(eval);
    return st;
}

/* Seconds of all tasks, from their first unit. */
static spx_status measure_tasks(estimate *x, bool skip_bad, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_eval *eval = NULL;
    spx_eval_unit *unit = NULL;
    spx_bytes answers = {0};
    size_t n = 0;
    double tokens = 0;
    const spx_eval_plan plan = {.task = x->tasks.task, .tasks = x->tasks.n, .skip_bad = skip_bad};
    if (!isnan(x->task_seconds)) return SPX_OK;
    x->task_seconds = 0;
    if (x->tasks.n == 0) return SPX_OK;
    SPX_TRY(spx_eval_new(&plan, x->in.tokenizer, &eval, err));
    SPX_TRY(spx_eval_units(eval, x->in.model, false, &unit, &n, err));
    for (size_t i = 0; i < n; i++) tokens += unit[i].cost;
    const double began = spx_seconds();
    if (n > 0) SPX_TRY(spx_eval_answer(eval, x->in.model, &unit[0], &answers, err));
    if (n > 0) x->task_seconds = (spx_seconds() - began) * tokens / unit[0].cost;
out:
    spx_bytes_free(&answers);
    spx_free(unit);
    spx_eval_free(eval);
    return st;
}

/* Seconds of a decomposition of the first edited matrix. */
static spx_status measure_matrix(estimate *x, size_t layer, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0};
    spx_svd svd = {0};
    const spx_svd_opts o = spx_svd_defaults();
    const spx_model_config *c = spx_model_shape(x->in.model);
    const size_t d = c->d_model, f = c->d_ff;
    const size_t rows = d < SPX_PLAN_BLOCK ? d : SPX_PLAN_BLOCK;
    const size_t cols = f < SPX_PLAN_BLOCK ? f : SPX_PLAN_BLOCK;
    const size_t least = rows < cols ? rows : cols;
    if (!isnan(x->matrix_seconds)) return SPX_OK;
    SPX_TRY(spx_model_widen(x->in.model, layer, err));
    SPX_TRY(spx_mat_alloc(&W, d, f, err));
    spx_floats_widen(spx_model_ffn_out(x->in.model, layer), &W);
    const spx_mat part = spx_mat_view(&W, 0, 0, rows, cols);
    const double began = spx_seconds();
    SPX_TRY(spx_svd_compute(&part, &o, &svd, err));
    x->matrix_seconds = (spx_seconds() - began) * (double)d * (double)f *
                        fmin((double)d, (double)f) / ((double)rows * (double)cols * (double)least);
out:
    spx_svd_free(&svd);
    spx_mat_free(&W);
    return st;
}

/* Finds targets, or trains, as a round does. */
static spx_status run_search(estimate *x, const search *s, size_t layer, const spx_prompts *prompts,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat Z = {0};
    spx_finetune_report r;
    const spx_model_config *c = spx_model_shape(x->in.model);
    SPX_TRY(spx_mat_alloc(&Z, c->d_model, s->editor->train ? c->d_ff : prompts->facts, err));
    if (s->editor->train)
        SPX_TRY(
            s->editor->train(&s->edit, x->in.model, prompts, layer, s->target.rows, &Z, &r, err));
    else
        SPX_TRY(spx_targets_find(x->in.model, prompts, &s->target, &Z, NULL, err));
out:
    spx_mat_free(&Z);
    return st;
}

static search search_of(const estimated_arm *a)
{
    const spx_run_spec *s = &a->spec.run;
    search out = {.editor = a->editor,
                  .edit = s->edit,
                  .target = s->target,
                  .contexts = s->contexts,
                  .round = s->round};
    out.target.layer = s->layer[s->layers - 1];
    out.target.site = a->editor->site;
    if (a->editor->targets) a->editor->targets(&s->edit, &out.target);
    return out;
}

static bool same_options(const spx_edit_opts *a, const spx_edit_opts *b)
{
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++)
        if (a->value[i] != b->value[i]) return false;
    return true;
}

/* Editors that differ in neither the search nor training take the same time. */
static bool same_search(const search *a, const search *b)
{
    const spx_target_opts *s = &a->target, *t = &b->target;
    return a->editor && a->contexts == b->contexts && a->round == b->round &&
           a->editor->train == b->editor->train && a->editor->gains == b->editor->gains &&
           (!a->editor->train || same_options(&a->edit, &b->edit)) && s->layer == t->layer &&
           s->site == t->site && s->steps == t->steps && s->lr == t->lr && s->clamp == t->clamp &&
           s->weight_decay == t->weight_decay && s->kl == t->kl && s->stop == t->stop &&
           s->argmax_hits == t->argmax_hits && s->rows == t->rows;
}

/* Seconds a fact of the search. */
static spx_status measure_search(estimate *x, const estimated_arm *a, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_request r[SPX_PLAN_MEASURED];
    spx_prompts prompts = {0};
    const search s = search_of(a);
    const size_t n = a->editor->one_fact && a->facts.n > 0 ? 1 : a->facts.n;
    if (same_search(&x->last, &s) || n == 0) return SPX_OK;
    x->last = s;
    x->search_seconds = x->fact_seconds;
    if (a->editor->gains) return SPX_OK; /* a pass forward and back of one of the fact's prompts */
    for (size_t i = 0; i < n; i++) {
        const spx_fact *f = &a->facts.fact[i];
        r[i] = (spx_request){f->prompt, f->subject, f->target_new, f->subject_at};
    }
    SPX_TRY(spx_prompts_new(x->in.tokenizer, r, n, a->prefix, a->spec.run.contexts, &prompts, err));
    const double began = spx_seconds();
    SPX_TRY(run_search(x, &s, s.target.layer, &prompts, err));
    x->search_seconds = (spx_seconds() - began) / (double)n;
out:
    spx_prompts_free(&prompts);
    return st;
}

/* Tests that are due after the base and rounds done + 1 ... rounds; the base's too where nothing is
 * done. */
static double tests_due(size_t done, size_t rounds, size_t every, bool base)
{
    double n = base ? 1 : 0;
    for (size_t r = done + 1; r <= rounds; r++) n += r % every == 0 || r == rounds;
    return n;
}

static void add_up(const estimate *x, const estimated_arm *a, bool begun, spx_plan_cost *out)
{
    const spx_run_spec *s = &a->spec.run;
    const spx_model_config *c = spx_model_shape(x->in.model);
    const double d = (double)c->d_model, f = (double)c->d_ff, layers = (double)s->layers;
    const double left = out->rounds > out->done ? (double)(out->rounds - out->done) : 0;
    const size_t every = s->tasks_every ? s->tasks_every : s->eval_every;
    const double edits = (double)out->edits, p = isnan(x->fact_seconds) ? 0 : x->fact_seconds;
    const double tested = s->eval_facts ? fmin((double)s->eval_facts, edits) : edits;
    out->seconds =
        left * (double)s->round * x->search_seconds + (left + !begun) * layers * x->matrix_seconds;
    out->seconds += tests_due(out->done, out->rounds, s->eval_every, !begun) * tested * p;
    out->seconds += tests_due(out->done, out->rounds, every, !begun) * x->task_seconds;
    out->bytes = layers * (edits * (d + f) + 2 * d * f) * (double)sizeof(float);
}

static spx_status estimate_arm(estimate *x, const spx_plan_arm *arm, spx_plan_cost *out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    estimated_arm a = {.facts = {0}};
    SPX_TRY(open_arm(x->p, arm, &a, err));
    const spx_run_spec *s = &a.spec.run;
    size_t stages = 0;
    SPX_TRY(spx_plan_arm_stages(arm, &stages, err));
    SPX_TRY(measure_tests(x, &a, err));
    SPX_TRY(measure_tasks(x, s->skip_bad, err));
    SPX_TRY(measure_matrix(x, s->layer[0], err));
    SPX_TRY(measure_search(x, &a, err));
    *out = (spx_plan_cost){.editor = a.editor->name,
                           .filter = spx_filter_find(s->filter.name)->name,
                           .rounds = s->rounds,
                           .done = stages > 0 ? stages - 1 : 0,
                           .edits = s->rounds * s->round};
    add_up(x, &a, stages > 0, out);
out:
    close_arm(&a);
    return st;
}

spx_status spx_plan_estimate(const spx_plan *p, spx_plan_cost *arm, double *stats, spx_error *err)
{
    spx_status st = SPX_OK;
    double tokens = 0;
    bool serves = false;
    const char *lacks = NULL;
    spx_plan_faults none = {0};
    estimate x = {.p = p,
                  .task_seconds = (double)NAN,
                  .fact_seconds = (double)NAN,
                  .matrix_seconds = (double)NAN};
    SPX_TRY(plan_inputs_open(p, &none, &x.in, err));
    SPX_TRY(spx_plan_faults_end(&none, err));
    plan_tasks_read(p, &x.tasks);
    for (size_t i = 0; i < p->arms; i++) SPX_TRY(estimate_arm(&x, &p->arm[i], &arm[i], err));
    (void)spx_json_number(spx_json_get(p->root, "text_tokens"), &tokens);
    SPX_TRY(plan_stats_serve(p, &serves, &lacks, err));
    *stats = serves ? 0 : tokens * x.token_seconds;
out:
    plan_inputs_close(&x.in);
    return st;
}
