/* rows.h: the options of a tool as one list; for the files of this folder. */
#ifndef SPX_TOOLS_ROWS_H
#define SPX_TOOLS_ROWS_H

#include "cli.h"

#define MOST_ROWS 160

/* All rows: the tool's with the tables among them opened, then the common ones. */
typedef struct option_rows {
    const cli_opt *at[MOST_ROWS];
    size_t n, own;    /* own: the tool's */
    unsigned without; /* of the tool */
    bool prints;      /* the tool prints tables ... */
    bool long_rows;   /* ... of one number a row, among others */
} option_rows;
option_rows rows_of(const cli_tool *tool);

bool row_takes_many(const cli_opt *o);
bool row_is_argument(const cli_opt *o);
bool row_is_option(const cli_opt *o);
/* True unless it is a common option that changes nothing in this tool. */
bool row_applies(const option_rows *r, const cli_opt *o);
/* What stands for the value in --help; NULL for an option without one. */
const char *row_value_name(const cli_opt *o);
/* An spx_name_fn: the long name of option i of an option_rows. */
const char *row_option_name(const void *rows, size_t i);

/* What --help and --version gave. */
extern const char *help_topic; /* NULL: not asked for */
extern bool show_version;
extern const char *explained; /* the metric that --explain asked for */

#endif
