/* figures_reconstruction.c: abilities against the leading share of the spectrum that is kept. */
#include "report/figures.h"

static spx_status draw_reconstruction(const figure *f, const arms *a, const sink *to,
                                      spx_error *err)
{
    return figures_draw_series(f, a, to, "kept of the spectrum / %", true, err);
}

const figure figure_reconstruction = {
    .about = {.name = "reconstruction",
              .summary = "abilities against the share of the spectrum that is kept",
              .caption = "Abilities against the leading share of the spectrum that is kept, a line "
                         "an experiment.",
              .template_file = "series.gp"},
    .panels = figures_general_abilities,
    .height = 6,
    .needs = "evaluation",
    .stages = 2,
    .reading = FIGURE_OF_SWEEP,
    .sweep = "keep",
    .draw = draw_reconstruction,
};
