/* spec.c: the table of filters and what a user may ask of one. */
#include "filter/parts.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define REVIVE "Zhang et al. 2026, arXiv 2601.11042, Eq. 5-6"
#define ASKED  (double)NAN /* a parameter without a default: see spx_filter_row */

static const kind kinds[] = {
    {{"none", "none", "the change as it is", "", {0}}, FROM_NOTHING, apply_nothing, NULL, NULL},
    {{"revive",
      "mask",
      "nothing into the dominant outputs or out of the dominant inputs",
      REVIVE,
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_mask,
     gone_revive,
     NULL},
    {{"left",
      "mask",
      "nothing into the dominant outputs",
      "one side of revive",
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_mask,
     gone_left,
     NULL},
    {{"right",
      "mask",
      "nothing out of the dominant inputs",
      "one side of revive",
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_mask,
     gone_right,
     NULL},
    {{"block",
      "mask",
      "nothing from dominant inputs to dominant outputs",
      "OPCM (Tang et al. 2025), leading block",
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_mask,
     gone_block,
     NULL},
    {{"diagonal",
      "mask",
      "the dominant singular values keep their first order",
      "alpha_ii of arXiv 2601.11042",
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_mask,
     gone_diagonal,
     NULL},
    {{"product",
      "mask",
      "no term whose s_i s_j is large",
      "CrispEdit (arXiv 2602.15823), mask",
      {.tau = 0.1, .weight = 1, .threshold = ASKED}},
     FROM_PRODUCT,
     apply_mask,
     gone_product,
     NULL},
    {{"taper",
      "mask",
      "every direction by c^2 / (s^2 + c^2), c = s_k",
      "Tikhonov filter factors",
      {.tau = 0.1, .weight = 1}},
     FROM_ALL,
     apply_mask,
     gone_taper,
     NULL},
    {{"sphere",
      "mask",
      "less out of the dominant inputs of the row-normalised weight",
      "SPHERE (arXiv 2510.01172), public code",
      {.tau = 0.5, .weight = 0.5, .energy = "squares"}},
     FROM_ROWS,
     apply_mask,
     gone_right,
     NULL},
    {{"alphaedit",
      "mask",
      "nothing out of what the keys' second moment holds",
      "AlphaEdit (arXiv 2410.02355), P",
      {.threshold = 2e-2, .weight = 1}},
     FROM_KEYS,
     apply_mask,
     gone_right,
     NULL},
    {{"prune",
      "map",
      "values from s_1(W0) on grow by their logarithm",
      "PRUNE (arXiv 2405.16821), authors' code",
      {.alpha = 1.2, .apply = "cumulative"}},
     FROM_NOTHING,
     apply_map,
     NULL,
     map_prune},
    {{"prune-linear",
      "map",
      "values from s_1(W0) on are halfway back to it",
      "PRUNE (arXiv 2405.16821), authors' code",
      {.apply = "cumulative"}},
     FROM_NOTHING,
     apply_map,
     NULL,
     map_prune_linear},
    {{"dg-hard",
      "map",
      "values below the optimal hard threshold become 0",
      "Gavish and Donoho 2014; arXiv 2605.20296",
      {.noise = ASKED, .apply = "cumulative"}},
     FROM_NOTHING,
     apply_map,
     NULL,
     map_hard},
    {{"norm-cap",
      "map",
      "at most cap |W0|_F in Frobenius norm",
      "after NAS (arXiv 2602.02543)",
      {.cap = 0.1, .apply = "cumulative"}},
     FROM_NOTHING,
     apply_norm_cap,
     NULL,
     NULL},
    {{"spectral-cap",
      "map",
      "no value above cap s_1(W0)",
      "this project",
      {.cap = 1, .apply = "cumulative"}},
     FROM_NOTHING,
     apply_map,
     NULL,
     map_cap},
    {{"rect",
      "entrywise",
      "the entries that are largest relative to the weight",
      "RECT (EMNLP 2024), authors' code",
      {.keep = 0.2}},
     FROM_NOTHING,
     apply_rect,
     NULL,
     NULL},
    {{"rect-compat",
      "entrywise",
      "relative to the weight + 1e-8, signed",
      "AlphaEdit's MEMIT_rect",
      {.keep = 0.4}},
     FROM_NOTHING,
     apply_rect_compat,
     NULL,
     NULL},
    {{"random",
      "control",
      "revive with random directions, as many",
      "this project",
      {.tau = 0.1, .weight = 1}},
     FROM_RANDOM,
     apply_mask,
     gone_revive,
     NULL},
    {{"tail-only",
      "control",
      "revive with the weakest directions, as many",
      "this project",
      {.tau = 0.1, .weight = 1}},
     FROM_TAIL,
     apply_mask,
     gone_revive,
     NULL},
    {{"norm-matched",
      "control",
      "the whole change, as short as revive makes it",
      "this project",
      {.tau = 0.1, .weight = 1}},
     FROM_TOP,
     apply_matched,
     gone_revive,
     NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const spx_filter_row *spx_filter_at(size_t i) { return i < KINDS ? &kinds[i].row : NULL; }

static const char *kind_name(const void *table, size_t i)
{
    (void)table;
    return i < KINDS ? kinds[i].row.name : NULL;
}

/* Parameters that are numbers: open below, closed above; any filter may be given a tau. */
static const struct {
    const char *name;
    size_t offset;
    double above, most;
} numbers[] = {
    {"tau", offsetof(spx_filter_spec, tau), 0, 1},
    {"weight", offsetof(spx_filter_spec, weight), 0, 1},
    {"threshold", offsetof(spx_filter_spec, threshold), 0, (double)INFINITY},
    {"alpha", offsetof(spx_filter_spec, alpha), 1, (double)INFINITY},
    {"keep", offsetof(spx_filter_spec, keep), 0, 1},
    {"noise", offsetof(spx_filter_spec, noise), 0, (double)INFINITY},
    {"cap", offsetof(spx_filter_spec, cap), 0, (double)INFINITY},
};

static double *number_of(spx_filter_spec *s, size_t i)
{
    return (double *)(void *)((char *)s + numbers[i].offset);
}

static spx_status settle_number(const kind *k, size_t i, spx_filter_spec *out, spx_error *err)
{
    spx_filter_spec defaults = k->row.defaults;
    const double otherwise = *number_of(&defaults, i);
    double *given = number_of(out, i);
    const char *name = numbers[i].name;
    if (*given == 0) {
        *given = isnan(otherwise) ? 0 : otherwise;
        return SPX_OK;
    }
    if (otherwise == 0 && i > 0)
        return SPX_FAIL(err, SPX_EINVAL, "filter %s has no %s", out->name, name);
    if (!(*given > numbers[i].above && *given <= numbers[i].most))
        return SPX_FAIL(err, SPX_EINVAL, "filter %s: %s is %g, not in (%g, %g]", out->name, name,
                        *given, numbers[i].above, numbers[i].most);
    return SPX_OK;
}

static const char *choice(const void *choices, size_t i)
{
    return ((const char *const *)choices)[i];
}

/* What was given, else the filter's own, else the first; one of those that there are. */
static spx_status settle_text(const char *what, const char *own, const char *const choices[],
                              const char **text, spx_error *err)
{
    size_t i = 0;
    if (!*text) *text = own ? own : choices[0];
    return spx_find_name(what, *text, choice, choices, &i, err);
}

static const char *const bases[] = {"current", "original", "union", NULL};

/* A joined basis has no singular values and no pairing of its sides. */
static bool joins(const kind *k)
{
    return k->from == FROM_NOTHING || k->from == FROM_RANDOM ||
           ((k->from == FROM_TOP || k->from == FROM_TAIL) && k->gone != gone_diagonal);
}

spx_status filter_settle(const spx_filter_spec *spec, const kind **k, spx_filter_spec *out,
                         spx_error *err)
{
    static const char *const energies[] = {"sum", "squares", NULL},
                             *const counts[] = {"eq5", "released", NULL},
                             *const applies[] = {"batch", "cumulative", NULL};
    spx_status st = SPX_OK;
    size_t i = 0;
    *out = *spec;
    SPX_TRY(spx_find_name("filter", spec->name ? spec->name : "none", kind_name, NULL, &i, err));
    *k = &kinds[i];
    const spx_filter_row *row = &(*k)->row;
    out->name = row->name;
    SPX_TRY(settle_text("basis", NULL, bases, &out->basis, err));
    SPX_TRY(settle_text("energy", row->defaults.energy, energies, &out->energy, err));
    SPX_TRY(settle_text("count", NULL, counts, &out->count, err));
    SPX_TRY(settle_text("way to apply a filter", row->defaults.apply, applies, &out->apply, err));
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) SPX_TRY(settle_number(*k, i, out, err));
    if (strcmp(out->basis, "union") == 0 && !joins(*k))
        SPX_RAISE(err, SPX_EINVAL, "filter %s has no basis 'union'", out->name);
out:
    return st;
}

spx_status spx_filter_resolve(const spx_filter_spec *spec, spx_filter_spec *out, spx_error *err)
{
    const kind *k = NULL;
    spx_filter_spec settled;
    const spx_status st = filter_settle(spec, &k, &settled, err);
    if (st == SPX_OK && out) *out = settled;
    return st;
}

size_t spx_filter_reach(const spx_filter_spec *spec, const double *s, size_t r)
{
    const kind *k = NULL;
    spx_filter_spec settled;
    if (filter_settle(spec, &k, &settled, NULL) != SPX_OK) return 0;
    return basis_reach(&settled, k->from, s, r);
}
