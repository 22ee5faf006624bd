/* match.c: the tensor of a checkpoint that stands for one of another checkpoint. */
#include "formats/format.h"

#include "spx/arch.h"

#include <stdlib.h>

/* A tensor whose place is known. */
struct candidate {
    const spx_tensor *t;
    spx_place place;
    bool bias;
};

/* Those that may stand for one another are neighbours: one layer, expert and kind. */
static int by_block(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->place.layer != y->place.layer) return x->place.layer < y->place.layer ? -1 : 1;
    if (x->place.expert != y->place.expert) return x->place.expert < y->place.expert ? -1 : 1;
    return (x->bias > y->bias) - (x->bias < y->bias);
}

static int by_block_and_name(const void *a, const void *b)
{
    const int order = by_block(a, b);
    return order ? order : strcmp(((const candidate *)a)->t->name, ((const candidate *)b)->t->name);
}

/* True for what sets a stack aside where language matrices are in the file too. */
static bool is_aside(const candidate *x, bool language, bool decoder)
{
    if (!language) return false;
    return x->place.stack == SPX_STACK_TOWER || (x->place.stack == SPX_STACK_ENCODER && !decoder);
}

/* Stacks beside a language model are chosen by name only; an encoder of a model that has a decoder
 * belongs to it. */
static void set_aside(spx_ckpt *c)
{
    bool language = false, decoder = false;
    for (size_t i = 0; i < c->candidates; i++) {
        const candidate *x = &c->by_place[i];
        if (x->place.role != SPX_ROLE_FFN_OUT || x->place.stack != SPX_STACK_LANGUAGE) continue;
        const char *word = strstr(x->t->name, "decoder.");
        language = true;
        decoder = decoder || (word && (size_t)(word - x->t->name) < x->place.before);
    }
    for (size_t i = 0; i < c->shown; i++) {
        bool bias = false;
        candidate x = {.place = spx_arch_place_of_either(c->show[i]->name, &bias)};
        const size_t at = (size_t)(c->show[i] - (c->show[i]->of ? c->expert : c->tensor));
        spx_tensor *t = c->show[i]->of ? &c->expert[at] : &c->tensor[at];
        t->aside = x.place.role != SPX_ROLE_OTHER && is_aside(&x, language, decoder);
    }
}

spx_status format_places(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&c->by_place, c->shown, err));
    for (size_t i = 0; i < c->shown; i++) {
        candidate x = {.t = c->show[i]};
        x.place = spx_arch_place_of_either(x.t->name, &x.bias);
        if (x.place.role != SPX_ROLE_OTHER) c->by_place[c->candidates++] = x;
    }
    if (c->candidates > 0)
        qsort(c->by_place, c->candidates, sizeof *c->by_place, by_block_and_name);
    set_aside(c);
out:
    return st;
}

/* The first candidate that is not before x. */
static size_t first_of_block(const spx_ckpt *c, const candidate *x)
{
    size_t low = 0, high = c->candidates;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_block(&c->by_place[middle], x) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many parts at the end of what stands before the block are the same: of
 * "language_model.model." and "model." one. */
static size_t same_parts(const candidate *x, const candidate *y)
{
    const char *a = x->t->name, *b = y->t->name;
    size_t i = x->place.before, k = y->place.before, parts = 0;
    while (i > 0 && k > 0 && a[i - 1] == b[k - 1]) {
        i--;
        k--;
        parts += i == 0 || k == 0 ? (i == 0 || a[i - 1] == '.') && (k == 0 || b[k - 1] == '.')
                                  : a[i - 1] == '.' && b[k - 1] == '.';
    }
    return parts;
}

/* 0 if y cannot stand for x; the larger, the better it does. Towers of one kind differ in nothing
 * but what stands before the block: that must agree in part. */
static size_t rank_of(const candidate *x, const candidate *y)
{
    const int fit = spx_arch_fit(x->t->name, &x->place, y->t->name, &y->place);
    if (fit == 0 || x->place.stack != y->place.stack) return 0;
    const bool agree = strcmp(x->t->name + x->place.before, y->t->name + y->place.before) == 0;
    const size_t parts = same_parts(x, y), most = 1000;
    if (x->place.stack != SPX_STACK_LANGUAGE && (!agree || parts == 0)) return 0;
    return ((agree ? 4 : 0) + (size_t)fit) * most + (parts < most ? parts : most - 1);
}

const spx_tensor *spx_ckpt_counterpart(const spx_ckpt *c, const spx_tensor *t,
                                       const spx_tensor *rival[2])
{
    const spx_tensor *best = spx_ckpt_find(c, t->name), *other = NULL;
    candidate x = {.t = t};
    size_t rank = 0;
    if (rival) rival[0] = rival[1] = NULL;
    if (best) return best;
    x.place = spx_arch_place_of_either(t->name, &x.bias);
    if (x.place.role == SPX_ROLE_OTHER) return NULL;
    for (size_t i = first_of_block(c, &x); i < c->candidates && by_block(&c->by_place[i], &x) == 0;
         i++) {
        const size_t now = rank_of(&x, &c->by_place[i]);
        if (now == 0 || now < rank) continue;
        other = now == rank ? c->by_place[i].t : NULL;
        if (now > rank) best = c->by_place[i].t;
        rank = now;
    }
    if (!other) return best;
    if (rival) {
        rival[0] = best;
        rival[1] = other;
    }
    return NULL;
}
