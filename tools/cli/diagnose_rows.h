/* diagnose_rows.h: what spx-diagnose adds and prints for --tokens and --json. */
#ifndef SPX_TOOLS_DIAGNOSE_ROWS_H
#define SPX_TOOLS_DIAGNOSE_ROWS_H

#include "spx/diagnosis.h"

/* A line a changed matrix, a direction in tokens and an ability, then one with the verdict. */
void diagnose_print_json(const spx_diagnosis *d);

/* --tokens: what the leading directions of the worst matrices of d stand for, where d is the last
 * stage of the diagnosis that `of` asked for. */
SPX_CHECKED spx_status diagnose_tokens(size_t tokens, const spx_diagnosis_opts *of,
                                       spx_diagnosis *d, spx_error *err);

#endif
