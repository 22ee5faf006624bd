/* plan_parts.h: what the files of plans share. */
#ifndef SPX_RUN_PLAN_PARTS_H
#define SPX_RUN_PLAN_PARTS_H

#include "spx/plan.h"
#include "spx/plan_fields.h"

/* Where a fault is: a plan, or an arm of it by its name. */
typedef struct plan_place {
    const spx_plan *p;
    const char *arm; /* NULL: outside the arms */
} plan_place;

/* Adds a fault. */
void plan_fault(spx_plan_faults *f, const plan_place *at, spx_status status, const char *fmt, ...)
    SPX_PRINTF(4, 5);
/* Adds what a call has failed with, and is SPX_OK then; what is no fault of the plan, such as
 * SPX_ENOMEM, is returned with its error. `found` is cleared. */
SPX_CHECKED spx_status plan_take(spx_plan_faults *f, const plan_place *at, spx_status st,
                                 spx_error *found, spx_error *err);

/* Value i of a field: element i of a list, or the value itself. */
const spx_json *plan_value(const spx_json *v, size_t i);
/* How many values it has. */
size_t plan_values(const spx_json *v);
/* The member of an arm's combination: plan_value of v, and *combination reduced to that of the
 * fields after it. */
const spx_json *plan_chosen(const char *key, const spx_json *v, size_t *combination);

/* A number as the plan has it, where 15 digits tell it from its neighbours. */
void plan_number(double x, char *out, size_t size);

/* *serves <- p->stats is there and serves the plan: its layers, its tokens, and gradients where a
 * filter asks for them. Else *lacks <- what it has not, in words, or NULL if it is not there. */
SPX_CHECKED spx_status plan_stats_serve(const spx_plan *p, bool *serves, const char **lacks,
                                        spx_error *err);
/* Measures p->stats unless it serves the plan. Waits for another process that measures it. */
SPX_CHECKED spx_status plan_measure_stats(const spx_plan *p, const spx_child_opts *how,
                                          spx_error *err);
/* True if a filter of an arm asks for second moments of gradients. */
bool plan_asks_for_gradients(const spx_plan *p);

/* Checks every member of an object, whose values may be lists in an arm, and that none is missing
 * that is required. */
void plan_check_object(spx_plan_object kind, const spx_json *object, const plan_place *at,
                       spx_plan_faults *f);

#endif
