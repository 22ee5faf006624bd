/* spx/plan_check.h: a plan checked before any of its arms begins. */
#ifndef SPX_PLAN_CHECK_H
#define SPX_PLAN_CHECK_H

#include "spx/plan.h"

/**
 * Opens and reads what the arms of a plan will read, and adds what is wrong to faults: a file that
 * is missing or malformed, a model that cannot be run, layers that it does not have or of which no
 * second moments are measured, an editor or a filter that cannot be used so, an option that the
 * editor does not read, too few facts, prefixes, passages or tokens, and a run file that was made
 * with other parameters. Writes nothing.
 *
 * @param[in] p  a plan that spx_plan_open has opened with the same faults.
 * @return SPX_OK, with or without faults; SPX_ENOMEM.
 *
 * Cost that of opening the model, and of reading every file once.
 */
SPX_CHECKED spx_status spx_plan_check(const spx_plan *p, spx_plan_faults *faults, spx_error *err);

#endif
