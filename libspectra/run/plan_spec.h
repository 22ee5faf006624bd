/* plan_spec.h: an arm of a plan as what spx_run is given. */
#ifndef SPX_RUN_PLAN_SPEC_H
#define SPX_RUN_PLAN_SPEC_H

#include "run/plan_parts.h"

/* Borrows from the plan and from its own members: do not copy it. */
typedef struct plan_spec {
    spx_run_spec run;
    spx_json *preset;
    char facts[SPX_PLAN_PATH], prefixes[SPX_PLAN_PATH];
} plan_spec;

/* The parameters of an arm, those of its preset below its own; a file that is not there is NULL.
 * Those of spx_preset_read and, of the preset, spx_plan_file. Free with plan_spec_close. */
SPX_CHECKED spx_status plan_spec_open(const spx_plan *p, const spx_plan_arm *a, plan_spec *out,
                                      spx_error *err);
void plan_spec_close(plan_spec *s);

/* The blocks of which second moments are measured: the plan's, else those of its preset, without
 * which those of its arms. Returns how many; 0 if there are none, or they are wrong. */
size_t plan_layers(const spx_plan *p, size_t layer[SPX_MAX_LAYERS]);

#define PLAN_TASKS 32 /* more than there are families */

/* What "evaluate" tests beside facts, of files that are there; borrows from the plan and from
 * itself. */
typedef struct plan_tasks {
    spx_task_choice choice;
    spx_eval_task task[PLAN_TASKS];
    char path[PLAN_TASKS][SPX_PLAN_PATH];
    size_t n, paths;
} plan_tasks;
void plan_tasks_read(const spx_plan *p, plan_tasks *out);

#endif
