/* figures_collapse.c: abilities against edits. */
#include "report/figures.h"

static spx_status draw_collapse(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return figures_draw_series(f, a, to, "edits", false, err);
}

const figure figure_collapse = {
    .about = {.name = "collapse",
              .summary = "abilities against edits",
              .caption =
                  "Abilities against edits, with 95 % intervals: over items, or where an arm "
                  "was repeated with other seeds or facts, the mean over its runs and "
                  "Student's.",
              .template_file = "series.gp",
              .picture = "collapse-500/collapse"},
    .panels = figures_abilities,
    .height = 10,
    .averaged = true,
    .needs = "evaluation",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = draw_collapse,
};
