/* batch_targets.c: targets of a batch by the run's rule (spx/targets.h). */
#include "run/batch.h"

/* The options of a search at the i-th layer. */
static spx_target_opts search_options(const session *s, size_t i)
{
    spx_target_opts o = s->spec->target;
    o.layer = s->spec->layer[i];
    o.site = s->editor->site;
    o.value_norm = s->value_norm;
    if (s->editor->targets) s->editor->targets(&s->spec->edit, &o);
    return o;
}

static spx_status alloc_targets(batch *b, size_t i, spx_error *err)
{
    if (b->Z[i].data) return SPX_OK;
    return spx_mat_alloc(&b->Z[i], spx_model_shape(b->s->model)->d_model, b->prompts.facts, err);
}

static spx_status search_at(batch *b, size_t i, size_t searches, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_target_report found = {0};
    const spx_target_opts o = search_options(b->s, i);
    SPX_TRY(alloc_targets(b, i, err));
    SPX_TRY(spx_targets_find(b->s->model, &b->prompts, &o, &b->Z[i], &found, err));
    batch_report(b, &found, searches);
out:
    return st;
}

static spx_status search_first(batch *b, spx_error *err)
{
    const spx_run_spec *p = b->s->spec;
    spx_status st = SPX_OK;
    SPX_TRY(search_at(b, 0, 1, err));
    for (size_t i = 1; i < p->layers; i++) SPX_TRY(alloc_targets(b, i, err));
    SPX_TRY(spx_targets_replay(b->s->model, &b->prompts, p->layer, p->layers, b->Z, err));
    batch_charge(b, &b->report->targets);
out:
    return st;
}

spx_status batch_find_targets(batch *b, spx_error *err)
{
    session *s = b->s;
    spx_status st = SPX_OK;
    if (s->editor->original_targets) weights_rewind(s);
    switch (s->rule->search) {
    case SPX_SEARCH_LAST: st = search_at(b, s->spec->layers - 1, 1, err); break;
    case SPX_SEARCH_FIRST: st = search_first(b, err); break;
    case SPX_SEARCH_EACH: break;
    }
    if (s->editor->original_targets) weights_rewind(s);
    return st;
}

spx_status batch_find_late(batch *b, size_t i, spx_error *err)
{
    const bool late = b->s->rule->search == SPX_SEARCH_EACH;
    return late ? search_at(b, i, b->s->spec->layers, err) : SPX_OK;
}

size_t batch_aim(const batch *b, size_t i)
{
    return b->s->rule->search == SPX_SEARCH_LAST ? b->s->spec->layers - 1 : i;
}

void batch_report(batch *b, const spx_target_report *found, size_t searches)
{
    spx_target_report *sum = &b->report->target;
    const double facts = (double)b->prompts.facts / (double)b->s->spec->round;
    const double weight = facts / (double)searches;
    sum->nll += weight * found->nll;
    sum->steps += facts * found->steps;
    sum->ratio += weight * found->ratio;
    sum->left += weight * found->left;
    batch_charge(b, &b->report->targets);
}

/* The facts of the list from the run's first on, however many rounds there are. */
static spx_status read_pilot(const session *s, spx_facts *out, spx_error *err)
{
    const spx_run_spec *p = s->spec;
    const spx_facts_opts which = {.first = p->first, .skip_bad = p->skip_bad, .alt = p->alt};
    spx_status st = SPX_OK;
    SPX_TRY(spx_facts_read(p->facts, &which, out, err));
    if (out->n > p->pilot) out->n = p->pilot;
out:
    return st;
}

spx_status session_pilot(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_facts pilot = {0};
    spx_prompts bare = {0};
    if (!s->rule || !s->rule->normed) return SPX_OK;
    spx_target_opts o = search_options(s, s->spec->layers - 1);
    o.argmax_prefixed = false; /* there is the bare prompt alone */
    SPX_TRY(read_pilot(s, &pilot, err));
    SPX_TRY(session_prompts(s, pilot.fact, pilot.n, 0, &bare, err));
    SPX_TRY(spx_targets_norm(s->model, &bare, &o, &s->value_norm, err));
out:
    spx_prompts_free(&bare);
    spx_facts_free(&pilot);
    return st;
}
