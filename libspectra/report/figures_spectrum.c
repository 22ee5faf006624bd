/* figures_spectrum.c: the singular values of one matrix, a line a stage. */
#include "report/figures.h"

static spx_status draw_spectrum(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const stage_rows what = {.dataset = "sigma", .value = "sigma", .scale = 1, .most = 6};
    (void)f;
    return figures_draw_rows(&what, a, to, err);
}

const figure figure_spectrum = {
    .about = {.name = "spectrum",
              .summary = "singular values of a matrix, a line a stage",
              .caption = "Singular values of the most changed matrix, a line a stage.",
              .template_file = "spectrum.gp",
              .picture = "collapse-500/spectrum"},
    .height = 7,
    .row = 5,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_spectrum,
};
