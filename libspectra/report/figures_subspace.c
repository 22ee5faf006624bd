/* figures_subspace.c: how the dominant subspaces keep to the base's, against edits. */
#include "report/figures.h"

static const panel panels[] = {
    {"lss_r", "LSS-R", "similarity", .of_tensors = true},
    {"lss_g", "LSS-G", "similarity", .of_tensors = true},
    {"svs", "SVS, equal index", "|cos|", .of_tensors = true},
    {"svs_match", "SVS, matched", "|cos|", .of_tensors = true},
    {"retained_gain", "retained gain", "gain", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "ratio", .of_tensors = true},
    {0},
};

static spx_status draw_subspace(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return figures_draw_series(f, a, to, "edits", false, err);
}

const figure figure_subspace = {
    .about = {.name = "subspace",
              .summary = "dominant subspaces against edits",
              .caption = "Dominant subspaces against edits, means over the edited matrices.",
              .template_file = "series.gp",
              .picture = "collapse-500/subspace"},
    .panels = panels,
    .height = 10,
    .averaged = true,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = draw_subspace,
};
