/* figures_norm.c: norms and ranks against edits. */
#include "report/figures.h"

static const panel panels[] = {
    {"fro_ratio", "Frobenius norm", "ratio to the base", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "ratio to the base", .of_tensors = true},
    {"nuclear", "nuclear norm", "sum of values", .of_tensors = true},
    {"stable_rank", "stable rank", "|W|_F^2 / s_1^2", .of_tensors = true},
    {"effective_rank", "effective rank", "exp H", .of_tensors = true},
    {"condition", "condition", "s_1 / s_r", .of_tensors = true, .logarithmic = true},
    {0},
};

static spx_status draw_norm(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return figures_draw_series(f, a, to, "edits", false, err);
}

const figure figure_norm = {
    .about = {.name = "norm",
              .summary = "norms and ranks against edits",
              .caption = "Norms and ranks against edits, means over the edited matrices.",
              .template_file = "series.gp"},
    .panels = panels,
    .height = 10,
    .averaged = true,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_LINES,
    .draw = draw_norm,
};
