/* figures_reconstruction.c: abilities against the leading share of the spectrum that is kept. */
#include "report/figures.h"

const figure figure_reconstruction = {
    .about = {.name = "reconstruction",
              .summary = "abilities against the share of the spectrum that is kept",
              .caption = "Abilities against the leading share of the spectrum that is kept, a line "
                         "an experiment.",
              .template_file = "series.gp"},
    .panels = figures_general_abilities,
    .axis = "kept / %",
    .share_axis = true,
    .height = 5.8,
    .row = 4.4,
    .needs = "evaluation",
    .stages = 2,
    .reading = FIGURE_OF_SWEEP,
    .sweep = "keep",
    .draw = figures_draw_series,
};
