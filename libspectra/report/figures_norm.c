/* figures_norm.c: norms and ranks against edits. */
#include "report/figures.h"

static const panel panels[] = {
    {"fro_ratio", "Frobenius norm", "ratio", .of_tensors = true, .band = true,
     .range = RANGE_RATIO},
    {"spectral_ratio", "spectral norm", "ratio", .of_tensors = true, .band = true,
     .range = RANGE_RATIO},
    {"nuclear", "nuclear norm", "ratio", .of_tensors = true, .band = true, .range = RANGE_RATIO,
     .to_base = true},
    {"stable_rank", "stable rank", "ratio", .of_tensors = true, .band = true, .range = RANGE_RATIO,
     .to_base = true},
    {"effective_rank", "effective rank", "ratio", .of_tensors = true, .band = true,
     .range = RANGE_RATIO, .to_base = true},
    {"condition", "condition", "ratio", .of_tensors = true, .band = true, .range = RANGE_RATIO,
     .to_base = true},
    {0},
};

const figure figure_norm = {
    .about = {.name = "norm",
              .summary = "norms and ranks against edits",
              .caption = "Norms and ranks against edits or stages as ratios to the base's: the "
                         "mean over the matrices that were changed, and their range as a band.",
              .template_file = "series.gp"},
    .panels = panels,
    .height = 5.8,
    .row = 4.4,
    .averaged = true,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = figures_draw_series,
};
