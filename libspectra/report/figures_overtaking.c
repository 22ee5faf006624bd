/* figures_overtaking.c: the rank that each dominant triplet of the base holds now, a line a
 * triplet. */
#include "report/figures.h"

#include <stdint.h>

static spx_status draw_overtaking(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const stage_rows what = {.dataset = "rank_held",
                                    .value = "rank_held",
                                    .scale = 1,
                                    .most = SIZE_MAX,
                                    .base = BASE_INDEX};
    (void)f;
    return figures_draw_rows(&what, a, to, err);
}

const figure figure_overtaking = {
    .about = {.name = "overtaking",
              .summary = "the rank that each dominant triplet of the base holds now",
              .caption =
                  "The rank that each dominant triplet of the base holds in the most changed "
                  "matrix now.",
              .template_file = "overtaking.gp",
              .picture = "basis/overtaking-memit"},
    .height = 7,
    .row = 5,
    .needs = "tensors",
    .stages = 2,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_overtaking,
};
