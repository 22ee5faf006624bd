/* follow.c: a base's tensors at stage after stage. */
#include "spx/follow.h"

/* Each stage is gone over once beside the base or, with `previous`, in turns beside the base and
 * the stage before; the first stage has none before it. A slot holds the result of a tensor and a
 * turn. */
typedef struct follow {
    spx_stage_work work; /* first, as spx_stage_items asks */
    const spx_follow_opts *o;
    size_t *odd, open; /* 1 + the stage that is open */
    spx_stage base, before, now;
    spx_stage_numbers *result;
    size_t *stage_of; /* 1 + the stage that a result is of */
} follow;

static size_t slot_of(const follow *f, spx_stage_item at)
{
    return at.turn * f->base.n + at.tensor;
}

/* What a turn measures the stage beside. */
static spx_stage *beside(follow *f, spx_stage_item at)
{
    return at.turn == 1 ? &f->before : &f->base;
}

/* True if both have the tensor. */
static bool is_measured(follow *f, spx_stage_item at)
{
    const spx_stage *a = beside(f, at);
    return a->ckpt && a->tensor[at.tensor] && f->now.tensor[at.tensor];
}

/* True if the stage before had the same bytes and was measured beside the base: so this one is
 * known. */
static bool is_known(const follow *f, spx_stage_item at)
{
    return f->before.ckpt && f->before.tensor[at.tensor] && at.turn == 0 &&
           f->stage_of[slot_of(f, at)] == f->open - 1 &&
           spx_tensors_identical(f->before.tensor[at.tensor], f->now.tensor[at.tensor]);
}

/* The decomposition goes with the result. */
static void keep_known(follow *f, size_t i, spx_stage_numbers *r)
{
    f->now.svd[i] = f->before.svd[i];
    f->before.svd[i] = (spx_svd){0};
    if (r->now) r->now = &f->now.svd[i];
}

static spx_status measure_item(size_t item, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    follow *f = arg;
    const spx_stage_item at = spx_stage_item_of(&f->work, item);
    const size_t i = at.tensor, slot = slot_of(f, at);
    spx_stage *a = beside(f, at), *b = &f->now;
    spx_stage_numbers *r = &f->result[slot];
    if (!is_measured(f, at)) return SPX_OK;
    if (is_known(f, at))
        keep_known(f, i, r);
    else {
        spx_stage_numbers_free(r);
        st = spx_stage_compare(a, b, &f->base, i, &f->o->measure, r, err);
    }
    f->stage_of[slot] = st == SPX_OK ? f->open : 0;
    spx_ckpt_release(a->ckpt, a->tensor[i], 0, spx_tensor_rows(a->tensor[i]));
    spx_ckpt_release(b->ckpt, b->tensor[i], 0, spx_tensor_rows(b->tensor[i]));
    return st;
}

/* What no later item asks for. */
static void forget(follow *f, spx_stage_item at)
{
    const size_t slot = slot_of(f, at);
    if (f->o->measure.parts & SPX_MAPS) { /* too large to be kept for a stage like it */
        spx_stage_numbers_free(&f->result[slot]);
        f->stage_of[slot] = 0;
    }
    if (f->o->previous) return;
    spx_mat_free(&f->now.svd[at.tensor].U); /* a stage like it would need the values only */
    spx_mat_free(&f->now.svd[at.tensor].V);
}

static spx_status emit_item(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    follow *f = arg;
    const spx_stage_item at = spx_stage_item_of(&f->work, item);
    char vague[900];
    if (!is_measured(f, at)) return SPX_OK;
    const spx_followed x = {.stage = f->now.from.stage,
                            .base = beside(f, at)->from.stage,
                            .tensor = f->now.tensor[at.tensor]->name,
                            .at = at.stage,
                            .numbers = &f->result[slot_of(f, at)],
                            .beside = &beside(f, at)->svd[at.tensor]};
    if (spx_stage_vague(x.numbers, vague, sizeof vague))
        spx_note(f->o->notify, "%s: tensor %s: %s", f->now.from.path, x.tensor, vague);
    if (to->store) SPX_TRY(spx_stage_record(to->store, x.tensor, at.stage, x.numbers, err));
    SPX_TRY(f->o->told(&x, f->o->arg, err));
out:
    forget(f, at);
    return st;
}

static spx_status check_some(const follow *f, const spx_stage *s, spx_error *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->tensor[i]) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s has none of the tensors chosen in %s", s->from.path,
                    f->o->base->path);
}

/* Opens the stage of a pass; the one that was open becomes the one before. */
static spx_status open_pass(size_t pass, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    follow *f = arg;
    const size_t t = pass / f->work.turns;
    if (f->open == t + 1) return SPX_OK;
    if (f->now.ckpt) SPX_TRY(spx_ckpt_check(f->now.ckpt, err));
    spx_stage_close(&f->before);
    f->before = f->now;
    f->now = (spx_stage){0};
    SPX_TRY(spx_stage_open(&f->now, &f->o->stages[t], &f->base, f->o->keep, f->odd, err));
    SPX_TRY(check_some(f, &f->now, err));
    f->open = t + 1;
out:
    return st;
}

static spx_status follow_items(follow *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_items x = {.host = f->o->host,
                   .heading = f->o->heading,
                   .shard = f->o->shard,
                   .open = open_pass,
                   .job = measure_item,
                   .emit = emit_item};
    const size_t slots = f->base.n * f->work.turns;
    SPX_TRY(SPX_SCRATCH(&tmp, &f->result, slots, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &f->stage_of, slots, err));
    SPX_TRY(spx_stage_items(&f->work, &x, &tmp, err));
    SPX_TRY(spx_items_run(&x, err));
    if (f->now.ckpt) SPX_TRY(spx_ckpt_check(f->now.ckpt, err)); /* a rank may have had no item */
    SPX_TRY(spx_ckpt_check(f->base.ckpt, err));
out:
    for (size_t i = 0; f->result && i < slots; i++) spx_stage_numbers_free(&f->result[i]);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_follow(const spx_follow_opts *o, size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    follow f = {.o = o, .odd = odd};
    f.work = (spx_stage_work){.base = o->base,
                              .stages = o->stages,
                              .n = o->n,
                              .turns = o->previous ? 2 : 1,
                              .keep = o->keep,
                              .first = &f.base};
    SPX_TRY(spx_stage_open_base(&f.base, o->base, o->keep, o->notify, err));
    if (o->globs) SPX_TRY(spx_tensors_some(o->globs, f.base.ckpt, err));
    SPX_TRY(follow_items(&f, err));
out:
    spx_stage_close(&f.now);
    spx_stage_close(&f.before);
    spx_stage_close(&f.base);
    return st;
}
