/* diagnosis.h: what the files of a diagnosis share. */
#ifndef SPX_REPORT_DIAGNOSIS_H
#define SPX_REPORT_DIAGNOSIS_H

#include "report/html_parts.h"

#include "spx/diagnosis.h"

/* Evaluates base and stages by o->plan, fills in their abilities or `unmeasured`, and records the
 * results in o->store; does nothing without a plan. */
SPX_CHECKED spx_status diagnosis_behaviour(const spx_diagnosis_opts *o, spx_diagnosis *out,
                                           spx_error *err);

/* Records the map of the last stage's worst matrix (SPX_MAPS) in o->store, for which the base's
 * matrix is decomposed with all its triplets; does nothing without a store. */
SPX_CHECKED spx_status diagnosis_map(const spx_diagnosis_opts *o, const spx_diagnosis *d,
                                     spx_error *err);

/* *out <- the plan with windows that the model's context holds; its tasks are in tmp. */
SPX_CHECKED spx_status diagnosis_fit_windows(const spx_eval_plan *plan, const spx_model *m,
                                             const spx_notify *notify, spx_eval_plan *out,
                                             spx_scratch *tmp, spx_error *err);
/* The abilities that both results have, with the tests of paired items and, where they decide one,
 * the states; returns how many they are. */
size_t diagnosis_compare(const spx_results *before, const spx_results *after,
                         spx_ability out[SPX_ABILITIES]);
/* Opens a stage as a model: itself or, where it holds the edited tensors only, the base with these
 * in place. */
SPX_CHECKED spx_status diagnosis_open_model(const char *base, const spx_source *s, spx_model **out,
                                            spx_error *err);

/* A diagnosis of n stages, the last one in full, as one HTML page. */
typedef struct diagnosis_page {
    const spx_diagnosis *at;
    size_t n;
    const char *command;
    const html_figure *figure; /* that are put into it */
    size_t figures;
} diagnosis_page;
/* Whole or not at all (spx/output.h). */
SPX_CHECKED spx_status diagnosis_html(const diagnosis_page *page, const char *path, spx_error *err);

#endif
