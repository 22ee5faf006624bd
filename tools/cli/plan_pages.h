/* plan_pages.h: what spx-collapse and the manual say about plans, of their table of fields. */
#ifndef SPX_TOOLS_PLAN_PAGES_H
#define SPX_TOOLS_PLAN_PAGES_H

#include "spx/plan_fields.h"

/* On standard output: the JSON schema (draft 2020-12) of plans; a plan that runs, with or without a
 * comment before each field that says what it is. */
void plan_print_schema(void);
void plan_print_template(bool comments);

/* What a field is, for people: its help, and what it may be: "facts per round [100]; a whole number
 * from 1 to 1e+06". */
void plan_field_text(const spx_plan_field *f, char *out, size_t size);

#endif
