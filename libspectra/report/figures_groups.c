/* figures_groups.c: abilities when one group of the spectrum is disturbed. */
#include "report/figures.h"

static spx_status draw_groups(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return figures_draw_series(f, a, to, "spectral group, 0: none", false, err);
}

const figure figure_groups = {
    .about = {.name = "groups",
              .summary = "abilities when one group of the spectrum is disturbed",
              .caption = "Abilities when one group of the spectrum is disturbed at equal norm; 1 "
                         "leads, 0: none.",
              .template_file = "series.gp",
              .picture = "analysis/groups"},
    .panels = figures_general_abilities,
    .height = 6,
    .needs = "evaluation",
    .stages = 2,
    .reading = FIGURE_OF_SWEEP,
    .sweep = "group",
    .draw = draw_groups,
};
