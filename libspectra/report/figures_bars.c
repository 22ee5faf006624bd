/* figures_bars.c: abilities at the last stage, a dot an arm with its interval; of many arms a
 * matrix of numbers. */
#include "report/figures.h"

const figure figure_bars = {
    .about =
        {.name = "bars",
         .summary = "abilities at the last stage",
         .caption =
             "Abilities at the last stage, with 95 % intervals; of more than twelve arms as "
             "numbers, coloured by the difference to the same editor without a filter. Ringed or "
             "starred: differs from the first arm on the same items (McNemar's exact test).",
         .template_file = "bars.gp",
         .picture = "main/bars"},
    .panels = figures_abilities,
    .height = 5.8,
    .row = 4.4,
    .line = 0.42,
    .averaged = true,
    .needs = "evaluation",
    .stages = 1,
    .reading = FIGURE_OF_ALL,
    .draw = figures_draw_last,
};
