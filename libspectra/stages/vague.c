/* vague.c: the numbers of a matrix that are not given, and why, as a line for the user. */
#include "spx/measure.h"

#include <math.h>
#include <stdio.h>

/* A line that is filled up to its room. */
typedef struct line {
    char *text;
    size_t used, room;
} line;

static void add(line *l, const char *text)
{
    if (l->used >= l->room) return;
    const int n = snprintf(l->text + l->used, l->room - l->used, "%s", text);
    l->used += n > 0 ? (size_t)n : 0;
}

/* "a, b and c rest on singular values of up to ..." */
static void add_spectrum(line *l, const spx_stage_numbers *n)
{
    char why[200];
    size_t listed = 0, all = 0;
    for (size_t i = 0; i < SPX_SPECTRUM_METRICS; i++) all += n->vague[i];
    for (size_t i = 0; i < SPX_SPECTRUM_METRICS; i++) {
        if (!n->vague[i]) continue;
        add(l, listed == 0 ? "" : listed + 1 == all ? " and " : ", ");
        add(l, spx_spectrum_metric(i)->name);
        listed++;
    }
    if (all == 0) return;
    const spx_svd *f = n->now;
    const double least = f->s[f->r - 1] + f->error[f->r - 1];
    snprintf(why, sizeof why,
             " %s on singular values of up to %.2g that are rounding errors, and %s not given; the "
             "condition is above %.2g",
             all == 1 ? "rests" : "rest", least, all == 1 ? "is" : "are", f->s[0] / least);
    add(l, why);
}

static void add_rank(line *l, const spx_change *c)
{
    char why[200];
    size_t above = 0;
    for (size_t i = 0; i < c->r; i++) above += c->s[i] - c->error[i] > c->value[SPX_CHANGE_EDGE];
    snprintf(
        why, sizeof why,
        "change_rank is not given, as change_edge is below the rounding errors of the change: it "
        "is at least %zu",
        above);
    add(l, why);
}

static bool energy_is_lost(const spx_stage_numbers *n)
{
    const size_t i = SPX_SPECTRUM_ENERGY;
    return n->parts & SPX_SPECTRUM && n->now && n->now->s[0] > 0 && isnan(n->spectrum[i]) &&
           !n->vague[i];
}

bool spx_stage_vague(const spx_stage_numbers *n, char *out, size_t room)
{
    line l = {out, 0, room};
    out[0] = '\0';
    add_spectrum(&l, n);
    if (energy_is_lost(n)) {
        add(&l, l.used ? "; " : "");
        add(&l, "energy leaves the range of doubles");
    }
    if (n->vague_rank) {
        add(&l, l.used ? "; " : "");
        add_rank(&l, &n->change);
    }
    return l.used > 0;
}
