/* diagnosis_verdict.c: what the numbers of a diagnosis amount to, in states and in words. */
#include "report/diagnosis.h"
#include "report/paired_arms.h"

#include <math.h>
#include <stdio.h>

/* Thresholds. Those of subspaces and behaviour were fixed beforehand, those of kinds (LOW_RANK to
 * LIKE_NOISE) while the checkpoints of tests/bench/verdicts.tsv were looked at, all of one model,
 * SmolLM2-135M; that table says how often each state is right and wrong. */
#define KEPT_LSS     0.95 /* as before, whatever rounding gives */
#define ROUNDING     3.0  /* ... or no further from 1 than so many times what rounding gives */
#define ABOVE_CHANCE 0.1  /* nearer to chance than this: nothing is left */
#define OVERTAKES    1.2  /* s'_1 / s_1 */
#define LOW_RANK     0.9  /* of min(m, n): below it a change is of low rank */
#define SLIM_RANK    0.5  /* an adapter's is at most this; merged in bf16, part of it is hidden */
/* |D|_2 over that of noise, at most, of most changed matrices. Of SmolLM2 quantised to 4 to 8 bits
 * half had at most 1.3 to 1.8, of four steps of fine-tuning at most 3.4. */
#define LIKE_NOISE 2.4

static spx_subspace_state subspaces_of(const spx_diagnosed *m)
{
    const double lss = m->value[SPX_DIAGNOSED_LSS], null = m->value[SPX_DIAGNOSED_LSS_NULL];
    if (lss >= KEPT_LSS || 1 - lss <= ROUNDING * (1 - null)) return SPX_SUBSPACES_KEPT;
    return lss < m->value[SPX_DIAGNOSED_LSS_CHANCE] + ABOVE_CHANCE ? SPX_SUBSPACES_GONE
                                                                   : SPX_SUBSPACES_MOVED;
}

static void judge_subspaces(spx_diagnosis *d)
{
    d->subspaces = SPX_SUBSPACES_SAME;
    d->overtaken = false;
    for (size_t i = 0; i < d->n; i++) {
        const spx_subspace_state s = subspaces_of(&d->matrix[i]);
        if (s > d->subspaces) d->subspaces = s;
        d->overtaken |= d->matrix[i].value[SPX_DIAGNOSED_S1] >= OVERTAKES;
    }
}

static void judge_behaviour(spx_diagnosis *d)
{
    d->behaviour = SPX_BEHAVIOUR_UNKNOWN;
    for (size_t i = 0; i < d->abilities; i++)
        if (d->ability[i].state > d->behaviour) d->behaviour = d->ability[i].state;
}

/* What the changed matrices have in common. */
typedef struct pattern {
    size_t layers;     /* blocks with a change, at most 64 counted apart */
    bool ffn_only;     /* FFN outputs and no others */
    bool low, rounded; /* every change is of low rank; of none above rounding */
    bool slim;         /* every rank is as small as adapters have it */
} pattern;

static pattern pattern_of(const spx_diagnosis *d)
{
    pattern p = {.ffn_only = true, .low = true, .rounded = true, .slim = true};
    for (size_t i = 0; i < d->n; i++) {
        const spx_diagnosed *m = &d->matrix[i];
        const double least = (double)(m->rows < m->cols ? m->rows : m->cols);
        const double rank = m->value[SPX_DIAGNOSED_RANK];
        bool seen = false;
        for (size_t j = 0; j < i; j++) seen |= d->matrix[j].place.layer == m->place.layer;
        p.layers += !seen;
        p.ffn_only &= m->place.role == SPX_ROLE_FFN_OUT;
        p.low &= rank < LOW_RANK * least;
        p.rounded &= rank == 0;
        p.slim &= rank <= SLIM_RANK * least;
    }
    return p;
}

static double largest_rank(const spx_diagnosis *d)
{
    double most = 0;
    for (size_t i = 0; i < d->n; i++) {
        const double rank = d->matrix[i].value[SPX_DIAGNOSED_RANK];
        if (isnan(rank)) return rank;
        if (rank > most) most = rank;
    }
    return most;
}

/* True if most of the changes have no direction that noise of their size would not have. */
static bool is_undirected(const spx_diagnosis *d)
{
    size_t noisy = 0;
    for (size_t i = 0; i < d->n; i++)
        noisy += d->matrix[i].value[SPX_DIAGNOSED_NOISE] <= LIKE_NOISE;
    return 2 * noisy > d->n;
}

static spx_change_kind kind_of(const spx_diagnosis *d)
{
    if (d->n == 0) return d->others_changed ? SPX_CHANGE_MIXED : SPX_CHANGE_NOTHING;
    if (d->quantised) return SPX_CHANGE_QUANTISED;
    const pattern p = pattern_of(d);
    const bool few = 2 * p.layers <= d->blocks;
    if (p.rounded) return SPX_CHANGE_ROUNDED;
    if (p.ffn_only && few && d->others_changed == 0)
        return p.low ? SPX_CHANGE_LOCATED : SPX_CHANGE_REWRITTEN;
    if (p.slim && d->others_changed == 0) return SPX_CHANGE_ADAPTED;
    if (2 * d->n > d->matrices && d->others_changed > 0) return SPX_CHANGE_TUNED; /* norms too */
    if (2 * d->n > d->matrices && !p.low)
        return is_undirected(d) ? SPX_CHANGE_NOISE : SPX_CHANGE_TUNED;
    return SPX_CHANGE_MIXED;
}

void spx_diagnosis_conclude(spx_diagnosis *d)
{
    d->rank = largest_rank(d);
    d->kind = kind_of(d);
    judge_subspaces(d);
    judge_behaviour(d);
}

bool spx_diagnosis_broken(const spx_diagnosis *d) { return d->behaviour == SPX_BEHAVIOUR_BROKEN; }

const char *spx_change_kind_name(spx_change_kind kind)
{
    static const char *const names[] = {
        [SPX_CHANGE_NOTHING] = "none",        [SPX_CHANGE_ROUNDED] = "rounding",
        [SPX_CHANGE_QUANTISED] = "quantised", [SPX_CHANGE_LOCATED] = "locate-then-edit",
        [SPX_CHANGE_REWRITTEN] = "rewritten", [SPX_CHANGE_ADAPTED] = "adapter",
        [SPX_CHANGE_NOISE] = "noise",         [SPX_CHANGE_TUNED] = "fine-tuned",
        [SPX_CHANGE_MIXED] = "mixed"};
    return names[kind];
}

void spx_diagnosis_change(const spx_diagnosis *d, char *out, size_t room)
{
    switch (d->kind) {
    case SPX_CHANGE_NOTHING: snprintf(out, room, "no value differs"); break;
    case SPX_CHANGE_ROUNDED:
        snprintf(out, room, "nothing above the rounding of the stored type in %zu matrices", d->n);
        break;
    case SPX_CHANGE_QUANTISED:
        snprintf(out, room, "quantised: %zu matrices are stored in blocks", d->n);
        break;
    case SPX_CHANGE_LOCATED:
        snprintf(out, room,
                 "rank %g in FFN outputs of a few layers: locate-then-edit of about %g facts (or "
                 "an adapter of that rank)",
                 d->rank, d->rank);
        break;
    case SPX_CHANGE_REWRITTEN:
        snprintf(out, room,
                 "full rank in FFN outputs of a few layers: more edits than the rank "
                 "can count, or these matrices fine-tuned");
        break;
    case SPX_CHANGE_ADAPTED:
        snprintf(out, room, "rank %g at most in each of %zu matrices: a low-rank adapter", d->rank,
                 d->n);
        break;
    case SPX_CHANGE_NOISE:
        snprintf(out, room,
                 "full rank in %zu of %zu matrices without a leading direction: quantised and "
                 "stored in floats again, or noise",
                 d->n, d->matrices);
        break;
    case SPX_CHANGE_TUNED:
        snprintf(out, room,
                 "rank %g at most in %zu of %zu matrices, and %zu other tensors: fine-tuning, or a "
                 "merge with a fine-tuned model (weights alone do not tell the two apart)",
                 d->rank, d->n, d->matrices, d->others_changed);
        break;
    default:
        snprintf(out, room, "%zu of %zu matrices and %zu other tensors, of no pattern known here",
                 d->n, d->matrices, d->others_changed);
    }
}

void spx_diagnosis_warning(const spx_diagnosis *d, char *out, size_t room)
{
    static const char *const looks = "changed matrices look freshly initialised (their spectra are "
                                     "those of random entries) in the";
    *out = '\0';
    if (d->base_fresh && d->fresh)
        snprintf(out, room,
                 "%zu of %zu %s base and %zu in the later checkpoint: neither may hold "
                 "trained weights there",
                 d->base_fresh, d->n, looks, d->fresh);
    else if (d->base_fresh)
        snprintf(out, room,
                 "%zu of %zu %s base: it may not be what the later checkpoint was trained from",
                 d->base_fresh, d->n, looks);
    else if (d->fresh)
        snprintf(out, room,
                 "%zu of %zu %s later checkpoint: its weights may not have been loaded or saved",
                 d->fresh, d->n, looks);
}

bool spx_ability_lower(const spx_ability *a)
{
    return a->state <= SPX_BEHAVIOUR_KEPT && a->p < PAIRED_LEVEL && a->lost > a->gained;
}

/* The first ability that decides and is lower on the same items; NULL if there is none. */
static const spx_ability *find_lower(const spx_diagnosis *d)
{
    for (size_t i = 0; i < d->abilities; i++)
        if (d->ability[i].state == SPX_BEHAVIOUR_KEPT && spx_ability_lower(&d->ability[i]))
            return &d->ability[i];
    return NULL;
}

const char *spx_diagnosis_word(const spx_diagnosis *d)
{
    static const char *const unmeasured[] = {
        "subspaces kept, behaviour not measured", "subspaces kept, behaviour not measured",
        "subspaces moved, behaviour not measured", "subspaces gone, behaviour not measured"};
    static const char *const kept[] = {"sound", "sound", "moved, not broken", "gone, not broken"};
    if (d->kind == SPX_CHANGE_NOTHING) return "unchanged";
    if (d->behaviour == SPX_BEHAVIOUR_BROKEN) return "collapsed";
    if (d->behaviour == SPX_BEHAVIOUR_WORSE) return "damaged, not collapsed";
    if (d->subspaces <= SPX_SUBSPACES_KEPT && find_lower(d)) return "weaker, not broken";
    return d->behaviour == SPX_BEHAVIOUR_UNKNOWN ? unmeasured[d->subspaces] : kept[d->subspaces];
}

/* The ability that decided the state of behaviour; NULL if there is none. */
static const spx_ability *deciding(const spx_diagnosis *d)
{
    for (size_t i = 0; i < d->abilities; i++)
        if (d->ability[i].state == d->behaviour && d->behaviour != SPX_BEHAVIOUR_UNKNOWN)
            return &d->ability[i];
    return NULL;
}

static void describe_subspaces(const spx_diagnosis *d, char *out, size_t room)
{
    if (d->n == 0) {
        snprintf(out, room, "no matrix has changed");
        return;
    }
    const double lss = d->matrix[0].value[SPX_DIAGNOSED_LSS];
    static const char *const words[] = {"as before", "as before", "moved", "gone"};
    snprintf(out, room, "dominant subspaces %s (least LSS-G %.2f)%s", words[d->subspaces], lss,
             d->overtaken ? ", overtaken by larger singular values of the change" : "");
}

/* "; LAMBADA lower on the same items (9 lost, 0 gained, p 0.0039)"; "" if nothing is, or another
 * ability says more. */
static void describe_lower(const spx_diagnosis *d, char *out, size_t room)
{
    const spx_ability *a = find_lower(d);
    *out = '\0';
    if (a && d->behaviour != SPX_BEHAVIOUR_BROKEN)
        snprintf(out, room, "; %s lower on the same items (%zu lost, %zu gained, p %.2g)",
                 a->heading, a->lost, a->gained, a->p);
}

void spx_diagnosis_sentence(const spx_diagnosis *d, char *out, size_t room)
{
    char subspaces[160], lower[120];
    const spx_ability *a = deciding(d);
    describe_subspaces(d, subspaces, sizeof subspaces);
    describe_lower(d, lower, sizeof lower);
    if (d->kind == SPX_CHANGE_NOTHING)
        snprintf(out, room, "The two hold the same values.");
    else if (!a)
        snprintf(out, room, "%s.%s", subspaces,
                 d->overtaken ? " Models with overtaken subspaces are often broken: measure it."
                              : "");
    else
        snprintf(out, room, "%s %.4g -> %.4g [%.4g, %.4g]%s%s; %s.", a->heading, a->before.value,
                 a->after.value, a->after.lo, a->after.hi,
                 d->behaviour == SPX_BEHAVIOUR_KEPT ? ", within the error of the base's" : "",
                 lower, subspaces);
    if (*out >= 'a' && *out <= 'z') *out = (char)(*out - 'a' + 'A');
}

/* What to try on a damaged model. A cap on the change's singular values helped in every model
 * tried; leaving out the edited weight's own dominant directions helped more in one and hardly in
 * others (plots/results/repair). Candidates are tested in memory where only FFN outputs changed. */
static const char *repair_of(spx_change_kind kind)
{
    switch (kind) {
    case SPX_CHANGE_LOCATED:
    case SPX_CHANGE_REWRITTEN:
        return "spx-filter BASE LATER --filter spectral-cap --cap 0.2,0.3,0.5,0.7,1 --also 'revive "
               "basis=edited tau=0.05,0.1' --also 'scale keep=0.25,0.5' --eval --facts FACTS: "
               "abilities come back, facts are lost or found again; it names the filter to write";
    case SPX_CHANGE_ADAPTED:
        return "spx-filter BASE LATER -t '*' --filter spectral-cap --cap 0.5 -o REPAIRED, then "
               "spx-diagnose BASE REPAIRED: abilities come back, some of what was learnt is lost";
    default: return NULL;
    }
}

void spx_diagnosis_next(const spx_diagnosis *d, char *out, size_t room)
{
    *out = '\0';
    if (d->kind == SPX_CHANGE_NOTHING || d->kind == SPX_CHANGE_ROUNDED) return;
    if (d->behaviour == SPX_BEHAVIOUR_UNKNOWN)
        snprintf(out, room,
                 "spx-eval BASE and LATER --perplexity TEXT: what the model can still do");
    else if (d->behaviour >= SPX_BEHAVIOUR_WORSE && repair_of(d->kind))
        snprintf(out, room, "%s", repair_of(d->kind));
    else if (d->subspaces >= SPX_SUBSPACES_MOVED)
        snprintf(out, room,
                 "watch s1/s1 and perplexity as more is edited; spx-compare has every "
                 "number of every matrix");
}
