/* figures_groups.c: abilities when one group of the spectrum is disturbed. */
#include "report/figures.h"

const figure figure_groups = {
    .about = {.name = "groups",
              .summary = "abilities when one group of the spectrum is disturbed",
              .caption = "Abilities when one group of the spectrum is disturbed at equal norm; 1 "
                         "leads, 0: none.",
              .template_file = "series.gp",
              .picture = "analysis/groups"},
    .panels = figures_general_abilities,
    .axis = "group (0: none)",
    .height = 5.8,
    .row = 4.4,
    .needs = "evaluation",
    .stages = 2,
    .reading = FIGURE_OF_SWEEP,
    .sweep = "group",
    .draw = figures_draw_series,
};
