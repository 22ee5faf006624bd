/* plan_inputs.h: what the arms of a plan read, opened once for all of them. */
#ifndef SPX_RUN_PLAN_INPUTS_H
#define SPX_RUN_PLAN_INPUTS_H

#include "run/plan_spec.h"

#include "spx/lm.h"

typedef struct plan_inputs {
    spx_model *model; /* NULL: it cannot be opened, which is a fault */
    spx_tokenizer *tokenizer;
    size_t layer[SPX_MAX_LAYERS], layers; /* of the plan; 0: they are wrong */
    size_t *first, firsts;                /* records from which on facts were read */
} plan_inputs;

/* Checks that every file is there, opens the model, and reads what is tested and the text for
 * second moments. Close with plan_inputs_close. SPX_ENOMEM. */
SPX_CHECKED spx_status plan_inputs_open(const spx_plan *p, spx_plan_faults *f, plan_inputs *out,
                                        spx_error *err);
void plan_inputs_close(plan_inputs *in);

/* Reads the facts of an arm, if the file is there, unless those of an arm that begins with the same
 * record were read. */
SPX_CHECKED spx_status plan_inputs_check_facts(plan_inputs *in, const spx_run_spec *spec,
                                               spx_error *err);

#endif
