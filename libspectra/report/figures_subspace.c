/* figures_subspace.c: how the dominant subspaces keep to the base's, against edits. */
#include "report/figures.h"

static const panel panels[] = {
    {"lss_r", "LSS-R", "similarity", .of_tensors = true, .band = true, .range = RANGE_SIMILARITY},
    {"lss_g", "LSS-G", "similarity", .of_tensors = true, .band = true, .range = RANGE_SIMILARITY},
    {"svs", "SVS, equal index", "|cos|", .of_tensors = true, .band = true,
     .range = RANGE_SIMILARITY},
    {"svs_match", "SVS, matched", "|cos|", .of_tensors = true, .band = true,
     .range = RANGE_SIMILARITY},
    {"retained_gain", "retained gain", "gain", .of_tensors = true, .band = true,
     .range = RANGE_SIMILARITY},
    {"spectral_ratio", "spectral norm", "ratio", .of_tensors = true, .band = true,
     .range = RANGE_RATIO},
    {0},
};

const figure figure_subspace = {
    .about = {.name = "subspace",
              .summary = "dominant subspaces against edits",
              .caption = "Dominant subspaces against edits or stages (1: as before): the mean over "
                         "the matrices that were changed, and their range as a band.",
              .template_file = "series.gp",
              .picture = "collapse-500/subspace"},
    .panels = panels,
    .height = 5.8,
    .row = 4.4,
    .averaged = true,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = figures_draw_series,
};
