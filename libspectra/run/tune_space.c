/* tune_space.c: what is tried: layer sets from the trace, and values of hyperparameters. */
#include "run/tuner.h"

#include "spx/params.h"
#include "spx/rng.h"

#include <math.h>
#include <string.h>

/* Values of a parameter, up to the first negative one: published ones and what small models have
 * wanted (datasets/presets). */
typedef struct axis {
    const char *name;
    double value[6];
} axis;
static const axis space[] = {
    {"lambda", {1.5, 15, 150, 1500, 15000, -1}},
    {"clamp", {0.5, 0.75, 1.5, 4, -1}},
    {"v_lr", {0.1, 0.5, 1, 2, -1}},
    {"steps", {8, 12, 20, -1}},
    {"weight_decay", {1e-3, 0.1, 0.5, -1}},
    {"contexts", {0, 1, 3, -1}},
};

/* What is tried of a filter, as far as it takes it; rank 0 leaves the choice to tau. */
static const axis filter_space[] = {
    {"tau", {0.05, 0.1, 0.2, 0.4, -1}},
    {"rank", {0, 8, 32, -1}},
};
static const char *const bases[] = {"current", "original", "union"};

/* Layers first .. first + n - 1, moved so that they can be edited: never the last block. */
static layer_set run_of(const spx_tune_trace *t, long first, size_t n)
{
    layer_set s = {.n = 0};
    const size_t end = t->layers - 1;
    if (n > end) n = end;
    size_t at = first < 0 ? 0 : (size_t)first;
    if (at + n > end) at = end - n;
    for (size_t i = 0; i < n; i++) s.layer[s.n++] = at + i;
    return s;
}

static double ffn_effect(const spx_tune_trace *t, size_t l)
{
    return t->effect[spx_tune_cell(t, SPX_TRACE_FFN, l, t->place)].mean;
}

/* The n layers that carry most, ascending. */
static layer_set leading(const spx_tune_trace *t, size_t n)
{
    layer_set s = {.n = 0};
    for (size_t l = 0; l + 1 < t->layers; l++) {
        size_t above = 0;
        for (size_t k = 0; k + 1 < t->layers; k++)
            above += ffn_effect(t, k) > ffn_effect(t, l) ||
                     (k < l && ffn_effect(t, k) == ffn_effect(t, l));
        if (above < n) s.layer[s.n++] = l;
    }
    return s;
}

static void add_set(layer_set *sets, size_t *n, layer_set s)
{
    for (size_t i = 0; i < *n; i++)
        if (sets[i].n == s.n && memcmp(sets[i].layer, s.layer, s.n * sizeof *s.layer) == 0) return;
    if (s.n > 0) sets[(*n)++] = s;
}

void tune_take_layers(const layer_set *set, spx_run_spec *spec)
{
    spec->layers = set->n;
    memcpy(spec->layer, set->layer, sizeof set->layer);
}

size_t tune_layer_sets(const spx_tune_trace *t, bool one_layer, layer_set out[LAYER_SETS])
{
    const long peak = (long)t->peak, layers = (long)t->layers;
    size_t n = 0;
    if (one_layer) {
        for (long k = -1; k < 2; k++) add_set(out, &n, run_of(t, peak + k, 1));
        for (long k = 1; k < 5; k++) add_set(out, &n, run_of(t, k * layers / 6, 1));
        return n;
    }
    add_set(out, &n, run_of(t, peak - 2, 5));
    add_set(out, &n, run_of(t, peak - 4, 5));
    add_set(out, &n, run_of(t, peak, 5));
    add_set(out, &n, leading(t, 5));
    add_set(out, &n, run_of(t, peak - 1, 3));
    add_set(out, &n, run_of(t, peak, 1));
    for (long k = 1; k < 4; k++) add_set(out, &n, run_of(t, k * layers / 6, 5));
    return n;
}

static size_t values_of(const axis *a)
{
    size_t n = 0;
    while (a->value[n] >= 0) n++;
    return n;
}

static double largest(const char *name)
{
    double most = 0;
    for (size_t k = 0; k < sizeof space / sizeof *space; k++)
        for (size_t i = 0; strcmp(space[k].name, name) == 0 && i < values_of(&space[k]); i++)
            most = fmax(most, space[k].value[i]);
    return most;
}

bool tune_is_affordable(const spx_run_spec *s)
{
    return (double)s->target.steps * (double)(1 + s->contexts) <=
           largest("steps") * (1 + largest("contexts"));
}

static void set_number(const spx_param *p, double x, spx_run_spec *spec)
{
    char *at = (char *)spec + p->offset;
    const size_t count = (size_t)x;
    if (p->type == SPX_PARAM_COUNT)
        memcpy(at, &count, sizeof count);
    else
        memcpy(at, &x, sizeof x);
}

/* Places of an axis in an order drawn anew whenever all have had their turn. */
typedef struct deck {
    size_t place[6], left;
} deck;

static size_t deal(deck *d, size_t n, spx_rng *rng)
{
    if (d->left == 0) {
        for (size_t i = 0; i < n; i++) d->place[i] = i;
        spx_rng_shuffle(rng, d->place, n, sizeof *d->place);
        d->left = n;
    }
    return d->place[--d->left];
}

static void draw_value(const axis *a, deck *d, const spx_editor *e, spx_rng *rng,
                       spx_run_spec *spec)
{
    spx_param p;
    const size_t pick = deal(d, values_of(a), rng);
    if (!spx_param_find(a->name, &p) || !spx_param_read_by(&p, e)) return;
    if (strcmp(a->name, "contexts") == 0 && !spec->prefixes) return;
    set_number(&p, a->value[pick], spec);
}

/* True if the filter reads the number of that name. */
static bool filter_reads(const spx_filter_row *f, const char *name)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0) return f->uses >> i & 1U;
    return false;
}

/* Numbers that the filter reads and, where tau chooses directions for it, a basis. */
static void draw_filter(spx_rng *rng, spx_run_spec *spec)
{
    const spx_filter_row *f = spx_filter_find(spec->filter.name);
    spx_param p;
    for (size_t k = 0; f && k < sizeof filter_space / sizeof *filter_space; k++) {
        const axis *a = &filter_space[k];
        if (!filter_reads(f, a->name) || !spx_param_find(a->name, &p)) continue;
        set_number(&p, a->value[spx_rng_below(rng, values_of(a))], spec);
    }
    if (f && filter_reads(f, "tau"))
        spec->filter.basis = bases[spx_rng_below(rng, sizeof bases / sizeof *bases)];
}

/* The place of the value in the list that is nearest to x, in terms of its logarithm. */
static size_t nearest(const axis *a, double x)
{
    size_t best = 0;
    for (size_t i = 1; i < values_of(a); i++)
        if (fabs(log((a->value[i] + 1e-3) / (x + 1e-3))) <
            fabs(log((a->value[best] + 1e-3) / (x + 1e-3))))
            best = i;
    return best;
}

/* Another place in the list. */
static void change_value(const axis *a, const spx_editor *e, spx_rng *rng, spx_run_spec *spec)
{
    spx_param p;
    const size_t other = spx_rng_below(rng, values_of(a) - 1);
    double now = 0;
    if (!spx_param_find(a->name, &p) || !spx_param_read_by(&p, e)) return;
    if (strcmp(a->name, "contexts") == 0 && !spec->prefixes) return;
    if (!spx_param_number(&p, spec, &now)) return;
    set_number(&p, a->value[other < nearest(a, now) ? other : other + 1], spec);
}

/* All layers up to two blocks deeper or less deep, as far as they can be edited. */
static void shift_layers(const tuner *t, spx_rng *rng, spx_run_spec *spec)
{
    static const long by[] = {-2, -1, 1, 2};
    const long d = by[spx_rng_below(rng, sizeof by / sizeof *by)];
    if ((long)spec->layer[0] + d < 0) return;
    if (spec->layer[spec->layers - 1] + (size_t)d + 1 >= t->out->trace.layers) return;
    for (size_t i = 0; i < spec->layers; i++) spec->layer[i] += (size_t)d;
}

enum { ONE_IN = 3, ATTEMPTS = 16 }; /* of what is drawn near, one in three is changed */

static void change_some(const tuner *t, const spx_editor *e, spx_rng *rng, spx_run_spec *spec)
{
    for (size_t k = 0; k < sizeof space / sizeof *space; k++)
        if (spx_rng_below(rng, ONE_IN) == 0) change_value(&space[k], e, rng, spec);
    if (spx_rng_below(rng, ONE_IN) == 0) shift_layers(t, rng, spec);
    if (spx_rng_below(rng, ONE_IN) == 0) draw_filter(rng, spec);
}

static bool same_number(const axis *a, const spx_run_spec *x, const spx_run_spec *y)
{
    spx_param p;
    double u = 0, v = 0;
    return !spx_param_find(a->name, &p) || !spx_param_number(&p, x, &u) ||
           !spx_param_number(&p, y, &v) || u == v;
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && !strcmp(a, b)); }

static bool same_settings(const spx_run_spec *a, const spx_run_spec *b)
{
    bool same = a->layers == b->layers && same_text(a->filter.basis, b->filter.basis);
    for (size_t i = 0; same && i < a->layers; i++) same = a->layer[i] == b->layer[i];
    for (size_t k = 0; k < sizeof space / sizeof *space; k++)
        same = same && same_number(&space[k], a, b);
    for (size_t k = 0; k < sizeof filter_space / sizeof *filter_space; k++)
        same = same && same_number(&filter_space[k], a, b);
    return same;
}

bool tune_is_new(const spx_tuned *out, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_settings(&out->trial[k].spec, &out->trial[i].spec)) return false;
    return true;
}

void tune_draw_near(const tuner *t, size_t parent, size_t i)
{
    const spx_editor *e = NULL;
    spx_tune_trial *trial = t->out->trial;
    spx_rng rng = spx_rng_seed(t->o->seed + i);
    if (spx_editor_find(t->start.editor, &e, NULL) != SPX_OK) return;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        trial[i] = (spx_tune_trial){.spec = trial[parent].spec};
        change_some(t, e, &rng, &trial[i].spec);
        if (tune_is_new(t->out, i)) return;
    }
}

void tune_draw(const tuner *t, const layer_set *sets, size_t n_sets, spx_tune_trial *trial,
               size_t from, size_t n)
{
    const spx_editor *e = NULL;
    spx_rng rng = spx_rng_seed(t->o->seed);
    deck of[sizeof space / sizeof *space] = {{{0}, 0}};
    if (spx_editor_find(t->start.editor, &e, NULL) != SPX_OK) return;
    for (size_t i = from; i < n; i++) {
        trial[i] = (spx_tune_trial){.spec = t->start};
        tune_take_layers(&sets[(i - from) % n_sets], &trial[i].spec);
        for (size_t k = 0; k < sizeof space / sizeof *space; k++)
            draw_value(&space[k], &of[k], e, &rng, &trial[i].spec);
        draw_filter(&rng, &trial[i].spec);
    }
}
