/* kinds.c: the table of filters and that of their parameters. */
#include "filter/parts.h"

#include <math.h>
#include <string.h>

static const spx_filter_param params[PARAMS] = {
    [TAU] = {.name = "tau",
             .offset = offsetof(spx_filter_spec, tau),
             .common = true,
             .max = 1,
             .value_name = "SHARE",
             .help = "protected share of the singular values [0.1; sphere: 0.5; crisp, of the "
                     "curvature: 0.99]"},
    [RANK] = {.name = "rank",
              .offset = offsetof(spx_filter_spec, k),
              .whole = true,
              .common = true,
              .max = 1e6,
              .value_name = "N",
              .help = "number of protected directions, instead of a share"},
    [WEIGHT] = {.name = "weight",
                .offset = offsetof(spx_filter_spec, weight),
                .max = 1,
                .value_name = "SHARE",
                .help = "share of what a mask selects that is removed [1; sphere: 0.5]"},
    [THRESHOLD] = {.name = "threshold",
                   .offset = offsetof(spx_filter_spec, threshold),
                   .max = (double)INFINITY,
                   .value_name = "X",
                   .help = "least s_i s_j / s_1^2 that product removes [s_k^2 / s_1^2]; "
                           "least eigenvalue that alphaedit protects [0.02]"},
    [ALPHA] = {.name = "alpha",
               .offset = offsetof(spx_filter_spec, alpha),
               .min = 1,
               .max = (double)INFINITY,
               .value_name = "BASE",
               .help = "base of prune's logarithm [1.2]"},
    [KEEP] =
        {.name = "keep",
         .offset = offsetof(spx_filter_spec, keep),
         .max = 1,
         .value_name = "SHARE",
         .help =
             "share of the entries that rect keeps [0.2; rect-compat: 0.4]; of the whole change, "
             "scale [0.5]"},
    [NOISE] = {.name = "noise",
               .offset = offsetof(spx_filter_spec, noise),
               .max = (double)INFINITY,
               .value_name = "SIGMA",
               .help = "standard deviation of an entry's noise, for dg-hard [from the median]"},
    [CAP] = {.name = "cap",
             .offset = offsetof(spx_filter_spec, cap),
             .max = (double)INFINITY,
             .value_name = "RATIO",
             .help = "largest norm of the change over the original weight's, or its edge "
                     "[norm-cap: 0.1; spectral-cap, edge-cap and revive-cap: 1]"},
};

const spx_filter_param *spx_filter_params(size_t *n)
{
    *n = PARAMS;
    return params;
}

double spx_filter_number(const spx_filter_spec *spec, const spx_filter_param *p)
{
    const char *at = (const char *)spec + p->offset;
    double x = 0;
    size_t n = 0;
    if (p->whole)
        memcpy(&n, at, sizeof n);
    else
        memcpy(&x, at, sizeof x);
    return p->whole ? (double)n : x;
}

#define REVIVE   "Zhang et al. 2026, arXiv 2601.11042, Eq. 5-6"
#define PRUNE    "PRUNE (arXiv 2405.16821), authors' code"
#define OURS     "this project"
#define ASKED    (double)NAN /* a parameter without a default: see spx_filter_row */
#define READS(x) (1U << (x))
#define SHARE    READS(TAU) | READS(RANK) | READS(WEIGHT)
#define DOMINANT .defaults = {.tau = 0.1, .weight = 1}, .uses = SHARE

/* Each row is {name, family, summary, source, what users may set}, then what the filter does. */
/* clang-format off */
static const kind kinds[] = {
    {{"none", "none", "the change as it is", .source = ""},
     .from = FROM_NOTHING},
    {{"revive", "mask", "nothing into the dominant outputs or out of the dominant inputs", REVIVE,
      DOMINANT},
     .from = FROM_TOP, .excludes = LEFT | RIGHT, .apply = apply_mask, .gone = gone_revive},
    {{"left", "mask", "nothing into the dominant outputs", "one side of revive", DOMINANT},
     .from = FROM_TOP, .excludes = LEFT, .apply = apply_mask, .gone = gone_left},
    {{"right", "mask", "nothing out of the dominant inputs", "one side of revive", DOMINANT},
     .from = FROM_TOP, .excludes = RIGHT, .apply = apply_mask, .gone = gone_right},
    {{"block", "mask", "nothing from dominant inputs to dominant outputs",
      "OPCM (Tang et al. 2025), leading block", DOMINANT},
     .from = FROM_TOP, .excludes = TERMS, .apply = apply_mask, .gone = gone_block},
    {{"diagonal", "mask", "the dominant singular values keep their first order",
      "alpha_ii of arXiv 2601.11042", DOMINANT},
     .from = FROM_TOP, .excludes = TERMS, .apply = apply_mask, .gone = gone_diagonal,
     .one_basis = true},
    {{"product", "mask", "no term whose s_i s_j is large",
      "CrispEdit (arXiv 2602.15823), mask, by singular values",
      .defaults = {.tau = 0.1, .weight = 1, .threshold = ASKED}, .uses = SHARE | READS(THRESHOLD)},
     .from = FROM_PRODUCT, .excludes = TERMS, .apply = apply_mask, .gone = gone_product,
     .one_basis = true},
    {{"taper", "mask", "every direction by c^2 / (s^2 + c^2), c = s_k", "Tikhonov filter factors",
      DOMINANT},
     .from = FROM_ALL, .apply = apply_mask, .gone = gone_taper, .one_basis = true},
    {{"sphere", "mask", "less out of the dominant inputs of the row-normalised weight",
      "SPHERE (arXiv 2510.01172), public code",
      .defaults = {.tau = 0.5, .weight = 0.5, .energy = "squares"}, .uses = SHARE},
     .from = FROM_ROWS, .excludes = RIGHT, .apply = apply_mask, .gone = gone_right,
     .one_basis = true},
    {{"alphaedit", "mask", "nothing out of what the keys' second moment holds",
      "AlphaEdit (arXiv 2410.02355), P", .defaults = {.threshold = 2e-2, .weight = 1},
      .uses = READS(RANK) | READS(WEIGHT) | READS(THRESHOLD), .needs_moment = true},
     .from = FROM_KEYS, .excludes = RIGHT, .apply = apply_mask, .gone = gone_right,
     .one_basis = true},
    {{"crisp", "mask", "no term along which the loss of text is curved",
      "CrispEdit (arXiv 2602.15823), K-FAC", .defaults = {.tau = 0.99, .weight = 1},
      .uses = READS(TAU) | READS(WEIGHT), .needs_moment = true, .needs_gradient_moment = true},
     .from = FROM_KFAC, .excludes = TERMS, .apply = apply_mask, .gone = gone_crisp,
     .one_basis = true},
    {{"prune", "map", "values from s_1(W0) on grow by their logarithm", PRUNE,
      .defaults = {.alpha = 1.2, .apply = "cumulative"}, .uses = READS(ALPHA)},
     .apply = apply_map, .map = map_prune, .needs_spectral_norm = true},
    {{"prune-linear", "map", "values from s_1(W0) on are halfway back to it", PRUNE,
      .defaults = {.apply = "cumulative"}},
     .apply = apply_map, .map = map_prune_linear, .needs_spectral_norm = true},
    {{"dg-hard", "map", "values below the optimal hard threshold become 0",
      "Gavish and Donoho 2014; arXiv 2605.20296",
      .defaults = {.noise = ASKED, .apply = "cumulative"}, .uses = READS(NOISE)},
     .apply = apply_map, .map = map_hard},
    {{"norm-cap", "map", "at most cap |W0|_F in Frobenius norm", OURS,
      .defaults = {.cap = 0.1, .apply = "cumulative"}, .uses = READS(CAP)},
     .apply = apply_norm_cap},
    {{"spectral-cap", "map", "no value above cap s_1(W0)", OURS,
      .defaults = {.cap = 1, .apply = "cumulative"}, .uses = READS(CAP)},
     .apply = apply_map, .map = map_cap, .needs_spectral_norm = true},
    {{"edge-cap", "map", "no value above cap times the Marchenko-Pastur edge of W0", OURS,
      .defaults = {.cap = 1, .apply = "cumulative"}, .uses = READS(CAP)},
     .apply = apply_map, .map = map_edge},
    {{"revive-cap", "mask", "revive, then no value of the cumulative change above cap s_1(W0)",
      OURS, .defaults = {.tau = 0.1, .weight = 1, .cap = 1}, .uses = SHARE | READS(CAP)},
     .from = FROM_TOP, .apply = apply_mask, .gone = gone_revive, .then = apply_map,
     .map = map_cap, .needs_spectral_norm = true},
    {{"rect", "entrywise", "the entries that are largest relative to the weight",
      "RECT (EMNLP 2024), authors' code", .defaults = {.keep = 0.2}, .uses = READS(KEEP)},
     .apply = apply_rect, .reads_weight = true},
    {{"rect-compat", "entrywise", "relative to the weight + 1e-8, signed", "AlphaEdit's MEMIT_rect",
      .defaults = {.keep = 0.4}, .uses = READS(KEEP)},
     .apply = apply_rect_compat, .reads_weight = true},
    {{"random", "control", "revive with random directions, as many", OURS, DOMINANT,
      .control = true},
     .from = FROM_RANDOM, .excludes = LEFT | RIGHT, .apply = apply_mask, .gone = gone_revive},
    {{"tail-only", "control", "revive with the weakest directions, as many", OURS, DOMINANT,
      .control = true},
     .from = FROM_TAIL, .excludes = LEFT | RIGHT, .apply = apply_mask, .gone = gone_revive},
    {{"scale", "control", "the whole change, keep times as long", OURS, .defaults = {.keep = 0.5},
      .uses = READS(KEEP), .control = true},
     .apply = apply_scale},
    {{"norm-matched", "control", "the whole change, as short as revive makes it", OURS, DOMINANT,
      .control = true},
     .from = FROM_TOP, .apply = apply_matched, .gone = gone_revive},
};
/* clang-format on */
enum { KINDS = sizeof kinds / sizeof *kinds };

const kind *filter_kind(size_t i) { return i < KINDS ? &kinds[i] : NULL; }

const spx_filter_row *spx_filter_at(size_t i) { return i < KINDS ? &kinds[i].row : NULL; }

static const kind *find_kind(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].row.name, name) == 0) return &kinds[i];
    return NULL;
}

const spx_filter_row *spx_filter_find(const char *name)
{
    const kind *k = find_kind(name);
    return k ? &k->row : NULL;
}

bool spx_filter_is_none(const char *name)
{
    if (!name) return true;
    const kind *k = find_kind(name);
    return k && !k->apply;
}
