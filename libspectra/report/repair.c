/* repair.c: base, edited model and candidates, each evaluated by one plan. */
#include "spx/repair.h"

#include "report/diagnosis.h"
#include "report/repair.h"

#include "spx/evaluate.h"
#include "spx/lm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A repair in progress. */
typedef struct repair {
    const char *base, *edited;
    const spx_repair_opts *o;
    spx_tokenizer *tokenizer;
    spx_eval *eval;
    spx_model *model;   /* the base, then the edited one, in which each candidate takes its turn */
    spx_eval_plan plan; /* o->plan in windows that fit; its tasks are in tmp */
    spx_scratch tmp;
    spx_results unedited, before; /* of the base and of the edited model */
    spx_bytes texts[2];           /* of these two, where they were kept */
    spx_journal *kept;            /* or NULL; item i is row i */
    size_t rows, done;
} repair;

/* The row's own value of an ability; NaN if it was not measured. */
static double value_of(const spx_repair_row *r, const char *ability)
{
    for (size_t i = 0; i < r->abilities; i++)
        if (strcmp(r->ability[i].q->name, ability) == 0) return r->ability[i].after.value;
    return (double)NAN;
}

static const char *ability_name(const void *row, size_t i)
{
    const spx_repair_row *r = row;
    return i < r->abilities ? r->ability[i].q->name : NULL;
}

/* By what the facts are counted, once the first row has been judged. */
static spx_status choose_kept(const char *asked, const spx_repair_row *r, const char **out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    size_t i = 0;
    *out = asked;
    if (asked)
        SPX_TRY(spx_find_name("ability", asked, ability_name, r, &i, err));
    else
        *out = !isnan(value_of(r, "rewrite_acc"))     ? "rewrite_acc"
               : !isnan(value_of(r, "zsre_efficacy")) ? "zsre_efficacy"
                                                      : "";
out:
    return st;
}

/* What a row's results say beside those of the two models. */
static void judge_row(const repair *p, const spx_results *found, spx_repair_row *r)
{
    spx_ability beside[SPX_ABILITIES];
    const size_t n = diagnosis_compare(&p->unedited, found, beside);
    for (size_t i = 0; i < n; i++)
        if (beside[i].state > r->behaviour) r->behaviour = beside[i].state;
    r->abilities = diagnosis_compare(&p->before, found, r->ability);
    for (size_t i = 0; i < r->abilities; i++) r->ability[i].state = SPX_BEHAVIOUR_UNKNOWN;
    r->perplexity = value_of(r, "perplexity");
}

static spx_status add_stage(const repair *p, const spx_repair_row *r, const spx_results *found,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    if (!p->o->store) return SPX_OK;
    const size_t at = spx_store_stages(p->o->store);
    SPX_TRY(spx_store_add_stage(p->o->store, r->name, (double)at, err));
    SPX_TRY(spx_record_evaluation(p->o->store, at, found, err));
out:
    return st;
}

static void tell_progress(repair *p)
{
    p->done++;
    if (p->o->progress) p->o->progress("models", p->done, p->rows);
}

static bool is_kept(const repair *p, size_t row)
{
    return p->kept && spx_journal_has(p->kept, row);
}

/* What row r, number `row`, found once, or what the model as it is in memory says to all of the
 * plan. */
static spx_status ask(repair *p, const spx_repair_row *r, size_t row, spx_bytes *texts,
                      spx_results *found, spx_error *err)
{
    spx_status st = SPX_OK;
    if (is_kept(p, row)) {
        SPX_TRY(spx_results_recall(p->kept, row, texts, found, err));
    } else {
        SPX_TRY(spx_eval_run(p->eval, p->model, found, err));
        if (p->kept) SPX_TRY(spx_results_keep(found, p->kept, row, err));
    }
    SPX_TRY(add_stage(p, r, found, err));
    tell_progress(p);
out:
    if (st != SPX_OK) spx_prefix(err, "%s", r->name);
    return st;
}

/* What the rows are of: the caller's lines, and the files. */
static spx_status open_kept(repair *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes text = {0};
    spx_source of[2];
    const spx_repair_opts *o = p->o;
    if (!o->journal) return SPX_OK;
    spx_source_of(p->base, &of[0]);
    SPX_TRY(spx_source_beside(p->base, p->edited, &of[1], err));
    SPX_TRY(spx_bytes_add(&text, o->identity, strlen(o->identity), err));
    for (size_t i = 0; i < 2; i++) SPX_TRY(spx_describe_tensors(&text, &of[i], NULL, err));
    SPX_TRY(spx_describe_plan(&text, o->plan, err));
    SPX_TRY(spx_bytes_add(&text, "", 1, err));
    SPX_TRY(spx_journal_open(o->journal, (const char *)text.data, p->rows, &p->kept, err));
out:
    spx_bytes_free(&text);
    return st;
}

static spx_status open_edited(repair *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_source later;
    spx_model_close(p->model);
    p->model = NULL;
    SPX_TRY(spx_source_beside(p->base, p->edited, &later, err));
    SPX_TRY(diagnosis_open_model(p->base, &later, &p->model, err));
out:
    return st;
}

static spx_status ask_both(repair *p, spx_repair *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_results unused = {0};
    SPX_TRY(spx_lm_open(p->base, &p->model, &p->tokenizer, NULL, err));
    spx_lm_note(p->model, p->tokenizer, p->o->filtered->notify);
    SPX_TRY(diagnosis_fit_windows(p->o->plan, p->model, p->o->filtered->notify, &p->plan, &p->tmp,
                                  err));
    SPX_TRY(spx_eval_new(&p->plan, p->tokenizer, &p->eval, err));
    SPX_TRY(spx_eval_unedited(p->eval, p->model, &unused, err));
    SPX_TRY(ask(p, &out->row[0], 0, &p->texts[0], &p->unedited, err));
    SPX_TRY(open_edited(p, err));
    SPX_TRY(ask(p, &out->row[1], 1, &p->texts[1], &p->before, err));
    judge_row(p, &p->unedited, &out->row[0]);
    judge_row(p, &p->before, &out->row[1]);
    SPX_TRY(choose_kept(p->o->kept, &out->row[0], &out->kept, err));
out:
    spx_results_free(&unused);
    return st;
}

static spx_status put_weight(const spx_tensor *t, const spx_mat *W, void *arg, spx_error *err)
{
    return spx_model_put_ffn_out(arg, t->name, W, err);
}

/* Every candidate replaces the same projections, so that nothing of the one before it stays. */
static spx_status put_candidate(repair *p, const spx_filter_spec *filter, spx_error *err)
{
    spx_filtered_opts o = *p->o->filtered;
    o.filter = *filter;
    o.told = NULL;
    o.take = put_weight;
    o.take_arg = p->model;
    return spx_filtered_checkpoints(p->base, p->edited, &o, NULL, err);
}

static spx_status ask_candidate(repair *p, const spx_filter_spec *filter, spx_repair_row *r,
                                size_t row, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes texts = {0};
    spx_results found = {0};
    if (!is_kept(p, row)) SPX_TRY(put_candidate(p, filter, err));
    SPX_TRY(ask(p, r, row, &texts, &found, err));
    judge_row(p, &found, r);
out:
    spx_results_free(&found);
    spx_bytes_free(&texts);
    return st;
}

static spx_status ask_sweep(repair *p, size_t which, spx_repair *out, size_t row, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_filter_sweep *s = &p->o->sweep[which];
    spx_filter_spec filter;
    for (size_t i = 0; i < s->n; i++, row++) {
        spx_repair_row *r = &out->row[row];
        SPX_TRY(spx_filter_resolve_swept(s, i, &filter, err));
        const double at = spx_filter_number(&filter, s->param);
        r->sweep = which + 1;
        r->filter = filter.name;
        r->param = s->param;
        r->at = at == s->param->otherwise ? (double)NAN : at;
        SPX_TRY(ask_candidate(p, &filter, r, row, err));
    }
out:
    return st;
}

/* What value i of a sweep is called; SPX_EINVAL if that filter cannot be or is an earlier row. */
static spx_status name_row(const spx_filter_sweep *s, size_t i, const spx_repair *r, size_t at,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter_spec filter = s->filter;
    spx_repair_row *row = &r->row[at];
    SPX_TRY(spx_filter_resolve_swept(s, i, NULL, err));
    spx_filter_set_number(&filter, s->param, s->value[i]);
    spx_filter_text(&filter, row->name, sizeof row->name);
    for (size_t j = 2; j < at; j++)
        if (strcmp(r->row[j].name, row->name) == 0)
            SPX_RAISE(err, SPX_EINVAL, "filter %s is asked for twice (expected once)", row->name);
out:
    return st;
}

/* Filters that cannot be are refused before any model is asked. */
static spx_status open_rows(const spx_repair_opts *o, spx_repair *out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t at = 2;
    out->n = 2;
    for (size_t i = 0; i < o->sweeps; i++) out->n += o->sweep[i].n;
    SPX_TRY(SPX_NEW(&out->row, out->n, err));
    snprintf(out->row[0].name, sizeof out->row[0].name, "unedited");
    snprintf(out->row[1].name, sizeof out->row[1].name, "edited");
    for (size_t i = 0; i < 2; i++) out->row[i].at = (double)NAN;
    for (size_t i = 0; i < o->sweeps; i++)
        for (size_t j = 0; j < o->sweep[i].n; j++, at++)
            SPX_TRY(name_row(&o->sweep[i], j, out, at, err));
out:
    return st;
}

spx_status spx_repair_run(const char *base, const char *edited, const spx_repair_opts *o,
                          spx_repair *out, spx_error *err)
{
    spx_status st = SPX_OK;
    repair p = {.base = base, .edited = edited, .o = o};
    size_t at = 2;
    *out = (spx_repair){0};
    SPX_TRY(open_rows(o, out, err));
    p.rows = out->n;
    SPX_TRY(open_kept(&p, err));
    SPX_TRY(ask_both(&p, out, err));
    for (size_t i = 0; i < o->sweeps; at += o->sweep[i].n, i++)
        SPX_TRY(ask_sweep(&p, i, out, at, err));
    for (size_t i = 0; i < out->n; i++) out->row[i].kept = value_of(&out->row[i], out->kept);
    spx_repair_mark(out->row, out->n);
    if (o->store) SPX_TRY(repair_record(o, out, err));
out:
    if (st != SPX_OK) spx_repair_free(out);
    spx_results_free(&p.unedited);
    spx_results_free(&p.before);
    for (size_t i = 0; i < 2; i++) spx_bytes_free(&p.texts[i]);
    spx_journal_close(p.kept);
    spx_eval_free(p.eval);
    spx_scratch_free(&p.tmp);
    spx_tokenizer_close(p.tokenizer);
    spx_model_close(p.model);
    return st;
}

void spx_repair_free(spx_repair *r)
{
    spx_free(r->row);
    *r = (spx_repair){0};
}
