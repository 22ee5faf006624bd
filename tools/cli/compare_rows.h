/* compare_rows.h: what spx-compare prints, on cli.out. */
#ifndef SPX_TOOLS_COMPARE_ROWS_H
#define SPX_TOOLS_COMPARE_ROWS_H

#include "cli.h"

#include "spx/by_edit.h"
#include "spx/directions.h"
#include "spx/follow.h"

/* Of the tables that these print. */
extern const cli_view compare_views[];
/* Every number of a matrix at a stage, a row each; `dominant` is an spx_dominance. */
spx_status compare_print_numbers(const spx_followed *x, void *dominant, spx_error *err);
/* --tokens: a direction and the tokens that it stands for, which `tokenizer` decodes. */
void compare_print_direction(const spx_direction *d, void *tokenizer);
/* --by-edit: the headings, and a line of the matrix called `name`. */
void compare_print_columns(void);
void compare_print_line(const spx_by_edit_line *line, void *name);

#endif
