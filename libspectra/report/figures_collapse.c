/* figures_collapse.c: abilities against edits. */
#include "report/figures.h"

const figure figure_collapse = {
    .about = {.name = "collapse",
              .summary = "abilities against edits",
              .caption =
                  "Abilities against edits, with 95 % intervals: over items, or where an arm "
                  "was repeated with other seeds or facts, the mean over its runs (of "
                  "perplexity the geometric one) and Student's.",
              .template_file = "series.gp",
              .picture = "collapse-500/collapse"},
    .panels = figures_abilities,
    .height = 5.8,
    .row = 4.4,
    .averaged = true,
    .needs = "evaluation",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = figures_draw_series,
};
