/* figures_angles.c: the principal angles between a matrix's dominant subspace and the base's, a
 * line a stage. */
#include "report/figures.h"

#include <math.h>

static spx_status draw_angles(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const stage_rows what = {.dataset = "theta_u",
                             .value = "degrees",
                             .scale = 45 / atan(1),
                             .most = 6,
                             .base = BASE_ZERO,
                             .band = "theta_u_null"};
    (void)f;
    return figures_draw_rows(&what, a, to, err);
}

const figure figure_angles = {
    .about = {.name = "angles",
              .summary = "principal angles to the base's dominant subspace, a line a stage",
              .caption = "Principal angles between the most changed matrix's dominant subspace and "
                         "the base's.",
              .template_file = "angles.gp"},
    .height = 7,
    .row = 5,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_angles,
};
