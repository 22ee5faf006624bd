/* figures_bars.c: abilities at the last stage, a bar an arm. */
#include "report/figures.h"

const figure figure_bars = {
    .about = {.name = "bars",
              .summary = "abilities at the last stage",
              .caption = "Abilities at the last stage, with 95 % intervals.",
              .template_file = "bars.gp",
              .picture = "main/bars"},
    .panels = figures_abilities,
    .height = 10,
    .averaged = true,
    .needs = "evaluation",
    .stages = 1,
    .reading = FIGURE_OF_ALL,
    .draw = figures_draw_last,
};
