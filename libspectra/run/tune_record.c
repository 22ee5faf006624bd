/* tune_record.c: what tuning found, as a preset and as a run file. */
#include "spx/output.h"
#include "spx/params.h"
#include "spx/store.h"
#include "spx/tune.h"
#include "spx/version.h"

#include <math.h>
#include <string.h>

/* The parameters that a preset of tuning states. */
static const char *const stated[] = {"editor",       "layers", "lambda", "v_lr",  "clamp",
                                     "weight_decay", "kl",     "stop",   "steps", "contexts",
                                     "filter",       "basis",  "tau",    "rank"};

/* True if the settings say the parameter: the editor reads it, and a filter's is not left to the
 * filter. */
static bool says(const spx_param *p, const spx_editor *e, const spx_run_spec *spec)
{
    char text[64];
    if (!spx_param_read_by(p, e)) return false;
    if (p->group != SPX_PARAM_FILTER) return true;
    spx_param_text(p, spec, text, sizeof text);
    return !spx_filter_is_none(spec->filter.name) && *text && strcmp(text, "0") != 0;
}

static void put_value(FILE *f, const spx_param *p, const spx_run_spec *spec)
{
    char text[512];
    double x = 0;
    if (spx_param_number(p, spec, &x)) {
        fprintf(f, "%.12g", x);
        return;
    }
    spx_param_text(p, spec, text, sizeof text);
    fprintf(f, "\"%s\"", text);
}

/* A JSON text; control characters, which names of models do not have, become blanks. */
static void put_text(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', f);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, f);
    }
    fputc('"', f);
}

spx_status spx_tuned_write_preset(const spx_tuned *t, const char *model, const char *path,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output out = {0};
    char sentence[SPX_TUNE_SENTENCE];
    const spx_editor *e = NULL;
    const spx_run_spec *spec = &t->trial[t->best].spec;
    const char *name = strrchr(model, '/');
    spx_tuned_sentence(t, sentence, sizeof sentence);
    SPX_TRY(spx_editor_find(spec->editor, &e, err));
    SPX_TRY(spx_output_open(&out, path, err));
    fputs("{\n  \"model\": ", out.to);
    put_text(out.to, name && name[1] ? name + 1 : model);
    fputs(",\n  \"source\": ", out.to);
    put_text(out.to, sentence);
    fprintf(out.to, ",\n  \"kind\": \"%s\",\n  \"fingerprint\": \"%s\"", t->kind, t->fingerprint);
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++) {
        spx_param p;
        if (!spx_param_find(stated[i], &p) || !says(&p, e, spec)) continue;
        fprintf(out.to, ",\n  \"%s\": ", p.name);
        put_value(out.to, &p, spec);
    }
    fputs("\n}\n", out.to);
    st = spx_output_end(&out, st, err);
out:
    return st;
}

typedef enum part { MEAN, LO, HI } part;

/* Layers x places of a kind. */
static spx_status put_table(spx_store *s, const spx_tune_trace *t, int kind, const spx_mean *of,
                            const char *suffix, part which, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A;
    char name[64];
    snprintf(name, sizeof name, "%s%s", spx_trace_kind_name((spx_trace_kind)kind), suffix);
    SPX_TRY(spx_mat_scratch(&tmp, &A, t->layers, SPX_PLACES, err));
    for (size_t l = 0; l < t->layers; l++)
        for (size_t k = 0; k < SPX_PLACES; k++) {
            const spx_mean *m = &of[spx_tune_cell(t, (spx_trace_kind)kind, l, (spx_trace_place)k)];
            A.data[l * A.ld + k] = which == MEAN ? m->mean : which == LO ? m->lo : m->hi;
        }
    SPX_TRY(spx_store_put_matrix(s, "trace", name, &A, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status put_trace(spx_store *s, const spx_tune_trace *t, spx_error *err)
{
    spx_status st = SPX_OK;
    char name[64];
    const double numbers[] = {(double)t->scanned, (double)t->known,  (double)t->facts,
                              t->noise,           t->clean.mean,     t->corrupted.mean,
                              (double)t->peak,    (double)t->stores, (double)t->sure};
    static const char *const names[] = {"scanned",     "known", "facts",  "noise", "p_clean",
                                        "p_corrupted", "peak",  "stores", "sure"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        SPX_TRY(spx_store_set_number(s, "trace", names[i], numbers[i], err));
    SPX_TRY(spx_store_set_text(s, "trace", "place", spx_trace_place_name(t->place), err));
    for (int kind = 0; kind < SPX_TRACE_KINDS; kind++) {
        SPX_TRY(put_table(s, t, kind, t->effect, "", MEAN, err));
        SPX_TRY(put_table(s, t, kind, t->effect, "_lo", LO, err));
        SPX_TRY(put_table(s, t, kind, t->effect, "_hi", HI, err));
        if (isnan(t->agreement[kind])) continue;
        SPX_TRY(put_table(s, t, kind, t->order, "_first_order", MEAN, err));
        snprintf(name, sizeof name, "%s_agreement", spx_trace_kind_name((spx_trace_kind)kind));
        SPX_TRY(spx_store_set_number(s, "trace", name, t->agreement[kind], err));
    }
out:
    return st;
}

/* A row a trial and rung; then the held-apart comparison as rung SPX_TUNE_RUNGS + 1. */
static const char columns[] =
    "trial rung facts goal perplexity base_perplexity lambada_perplexity score seconds";
enum { COLUMNS = 9 };

static void put_row(const spx_tuned *t, spx_mat *A, size_t *row, size_t trial, size_t rung,
                    const spx_tune_score *x)
{
    const bool held = rung == SPX_TUNE_RUNGS;
    const spx_tune_score *base = held ? &t->held_base : rung > 0 ? &t->base : &t->quick_base;
    const double facts = (double)(held ? t->held_facts : t->rung_facts[rung]);
    const double all[COLUMNS] = {(double)trial, (double)(rung + 1), facts,
                                 x->facts,      x->perplexity,      base->perplexity,
                                 x->lambada,    x->score,           x->seconds};
    memcpy(A->data + (*row)++ * A->ld, all, sizeof all);
}

static spx_status put_trials(spx_store *s, const spx_tuned *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A;
    size_t rows = 2, row = 0;
    for (size_t i = 0; i < t->trials; i++) rows += t->trial[i].rungs;
    SPX_TRY(spx_mat_scratch(&tmp, &A, rows, COLUMNS, err));
    for (size_t i = 0; i < t->trials; i++)
        for (size_t r = 0; r < t->trial[i].rungs; r++)
            put_row(t, &A, &row, i, r, &t->trial[i].score[r]);
    put_row(t, &A, &row, 0, SPX_TUNE_RUNGS, &t->held_start);
    put_row(t, &A, &row, t->best, SPX_TUNE_RUNGS, &t->held_best);
    SPX_TRY(spx_store_put_matrix(s, "tune", "trials", &A, err));
    SPX_TRY(spx_store_set_text(s, "tune", "columns", columns, err));
    SPX_TRY(spx_store_set_number(s, "tune", "best", (double)t->best, err));
    SPX_TRY(spx_store_set_number(s, "tune", "base_perplexity", t->base.perplexity, err));
    SPX_TRY(spx_store_set_number(s, "tune", "base_lambada_perplexity", t->base.lambada, err));
    SPX_TRY(spx_store_set_number(s, "tune", "gain", t->gain.mean, err));
    SPX_TRY(spx_store_set_number(s, "tune", "gain_lo", t->gain.lo, err));
    SPX_TRY(spx_store_set_number(s, "tune", "gain_hi", t->gain.hi, err));
    if (!t->filtered) goto out;
    SPX_TRY(spx_store_set_number(s, "tune", "without_filter", t->held_plain.score, err));
    SPX_TRY(spx_store_set_number(s, "tune", "filter_gain", t->filter_gain.mean, err));
    SPX_TRY(spx_store_set_number(s, "tune", "filter_gain_lo", t->filter_gain.lo, err));
    SPX_TRY(spx_store_set_number(s, "tune", "filter_gain_hi", t->filter_gain.hi, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The settings of trial i as attributes of tune/settings/i. */
static spx_status put_settings(spx_store *s, const spx_tuned *t, size_t i, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[64], text[512];
    snprintf(group, sizeof group, "tune/settings/%zu", i);
    for (size_t k = 0; k < sizeof stated / sizeof *stated; k++) {
        spx_param p;
        if (!spx_param_find(stated[k], &p)) continue;
        spx_param_text(&p, &t->trial[i].spec, text, sizeof text);
        SPX_TRY(spx_store_set_text(s, group, p.name, text, err));
    }
out:
    return st;
}

spx_status spx_tuned_write_evidence(const spx_tuned *t, const spx_tune_opts *o, const char *path,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char sentence[SPX_TUNE_SENTENCE];
    spx_tuned_sentence(t, sentence, sizeof sentence);
    SPX_TRY(spx_store_open(path, SPX_STORE_CREATE, &s, err));
    SPX_TRY(spx_store_set_text(s, "", "title", "where facts pass, and settings tried", err));
    SPX_TRY(spx_store_set_text(s, "", "source", "spx-tune " SPX_VERSION, err));
    SPX_TRY(spx_store_set_text(s, "", "identity", o->identity, err));
    SPX_TRY(spx_store_set_text(s, "", "conclusion", sentence, err));
    SPX_TRY(spx_store_add_stage(s, "base", 0, err));
    if (t->trace.facts > 0) SPX_TRY(put_trace(s, &t->trace, err));
    if (t->trials > 0) SPX_TRY(put_trials(s, t, err));
    for (size_t i = 0; i < t->trials; i++) SPX_TRY(put_settings(s, t, i, err));
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    return st;
}
