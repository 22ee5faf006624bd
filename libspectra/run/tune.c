/* tune.c: a model traced, searched and described (spx/tune.h). */
#include "spx/tune.h"

#include "run/tuner.h"

#include "spx/items.h"
#include "spx/lm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

spx_tune_opts spx_tune_defaults(void)
{
    return (spx_tune_opts){.moments_tokens = 16384,
                           .scan = 600,
                           .trace_facts = 12,
                           .samples = 3,
                           .edits = 200,
                           .minutes = 15,
                           .seed = 1,
                           .search = true};
}

/* What the journal is of: the caller's lines, and the inputs. */
static spx_status open_journal(tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes text = {0};
    const spx_tune_opts *o = t->o;
    SPX_TRY(spx_bytes_add(&text, o->identity, strlen(o->identity), err));
    SPX_TRY(spx_describe_input(&text, o->start->model, t->sha256, err));
    SPX_TRY(spx_describe_file(&text, o->start->facts, err));
    SPX_TRY(spx_describe_file(&text, o->start->prefixes, err));
    SPX_TRY(spx_describe_file(&text, o->search ? o->moments_text : NULL, err));
    SPX_TRY(spx_describe_file(&text, o->search ? o->text : NULL, err));
    SPX_TRY(spx_describe_file(&text, o->search ? o->passages : NULL, err));
    for (size_t i = 0; i < o->presets; i++) SPX_TRY(spx_describe_file(&text, o->preset[i], err));
    SPX_TRY(spx_bytes_add(&text, "", 1, err));
    SPX_TRY(tune_open_journal(t, (const char *)text.data, err));
out:
    spx_bytes_free(&text);
    return st;
}

static spx_status check_options(const spx_tune_opts *o, spx_error *err)
{
    const size_t least = o->search ? SPX_TUNE_LEAST : 1;
    if (o->trace_facts < least || o->trace_facts > SPX_TUNE_FACTS)
        return SPX_FAIL(err, SPX_EINVAL, "%zu facts to trace (expected %zu to %d)", o->trace_facts,
                        least, SPX_TUNE_FACTS);
    if (o->trials > SPX_TUNE_TRIALS)
        return SPX_FAIL(err, SPX_EINVAL, "%zu trials (expected at most %d)", o->trials,
                        SPX_TUNE_TRIALS);
    return SPX_OK;
}

spx_status spx_tune(const spx_tune_opts *o, spx_tuned *out, spx_error *err)
{
    spx_status st = SPX_OK;
    tuner t = {.o = o, .start = *o->start, .comm = o->comm, .out = out};
    char sentence[SPX_TUNE_SENTENCE];
    *out = (spx_tuned){0};
    SPX_TRY(check_options(o, err));
    if (!o->comm) SPX_TRY(spx_comm_open(false, &t.alone, err));
    if (!o->comm) t.comm = t.alone;
    SPX_TRY(spx_lm_open(o->start->model, &t.model, &t.tokenizer, t.sha256, err));
    spx_lm_note(t.model, t.tokenizer, o->notify);
    memcpy(out->fingerprint, t.sha256, sizeof out->fingerprint);
    spx_model_kind(spx_model_shape(t.model), out->kind);
    SPX_TRY(open_journal(&t, err));
    SPX_TRY(tune_trace(&t, err));
    if (o->search && out->trace.stores) {
        spx_tuned_sentence(out, sentence, sizeof sentence);
        tune_say(&t, "%s", sentence);
        SPX_TRY(tune_search(&t, err));
    }
    out->seconds = t.spent;
out:
    for (size_t i = 0; i < TUNE_TEXTS; i++) spx_eval_free(t.text[i]);
    tune_close_journal(&t);
    spx_comm_close(t.alone);
    spx_tokenizer_close(t.tokenizer);
    spx_model_close(t.model);
    if (st != SPX_OK) spx_tuned_free(out);
    return st;
}

void spx_tuned_free(spx_tuned *t)
{
    spx_scratch_free(&t->memory);
    *t = (spx_tuned){0};
}

static void say_nothing_stored(const spx_tune_trace *t, char *out, size_t size)
{
    if (t->known == 0)
        snprintf(out, size,
                 "No layer stores facts: the model knows none of the %zu that it was asked for.",
                 t->scanned);
    else if (t->facts < SPX_TUNE_LEAST)
        snprintf(out, size,
                 "No layer can be said to store facts: %zu are traced, of %zu that the model was "
                 "asked for, and it takes %d.",
                 t->facts, t->scanned, SPX_TUNE_LEAST);
    else
        snprintf(
            out, size,
            "No layer stores facts: on %zu facts that the model knows, restoring the FFN of no "
            "layer at a token of the subject brings the answer back.",
            t->facts);
}

/* Whether the filter of the settings found is worth it. */
static void say_filter(const spx_tuned *t, char *out, size_t size)
{
    const spx_run_spec *best = &t->trial[t->best].spec;
    const char *worth = t->held_best.score <= t->held_plain.score ? "is not worth it"
                        : t->filter_gain.lo > 0                   ? "is worth it"
                                                                  : "may be worth it";
    snprintf(out, size,
             " The same settings without the filter %s score %.1f, with it %.1f; fact by fact it "
             "gains %.1f [%.1f, %.1f]: for %s it %s.",
             best->filter.name, t->held_plain.score, t->held_best.score, t->filter_gain.mean,
             t->filter_gain.lo, t->filter_gain.hi, best->editor, worth);
}

void spx_tuned_sentence(const spx_tuned *t, char *out, size_t size)
{
    const spx_tune_trace *r = &t->trace;
    const spx_mean at = r->stores ? r->effect[spx_tune_cell(r, SPX_TRACE_FFN, r->peak, r->place)]
                                  : (spx_mean){0, 0, 0};
    if (!r->stores)
        say_nothing_stored(r, out, size);
    else if (t->trials == 0)
        snprintf(
            out, size,
            "Facts pass the FFNs around block %zu: restored at the %s they "
            "bring back %.3f [%.3f, %.3f] of the %.3f of probability that noise on the subject "
            "takes, on %zu facts%s.",
            r->peak, spx_trace_place_name(r->place), at.mean, at.lo, at.hi,
            r->clean.mean - r->corrupted.mean, r->facts,
            r->sure ? "" : "; that may be chance, which more facts would show");
    else if (t->best == 0)
        snprintf(out, size,
                 "None of %zu settings was better than the start, which scores %.1f on %zu facts "
                 "that the search did not use.",
                 t->trials, t->held_start.score, t->held_facts);
    else
        snprintf(
            out, size,
            "On %zu facts that the search did not use the settings found score %.1f, the start "
            "%.1f; fact by fact the goal differs by %.1f [%.1f, %.1f]: %s.",
            t->held_facts, t->held_best.score, t->held_start.score, t->gain.mean, t->gain.lo,
            t->gain.hi,
            t->gain.lo > 0   ? "they are better"
            : t->gain.hi < 0 ? "they write facts worse, and spare more"
                             : "that may be chance");
    const size_t used = strlen(out);
    if (t->trials > 0 && t->filtered && used < size) say_filter(t, out + used, size - used);
}
