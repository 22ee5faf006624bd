/* task_options.h: the options that say what a model is tested on, and with which records. */
#ifndef SPX_TOOLS_TASKS_H
#define SPX_TOOLS_TASKS_H

#include "cli.h"

#include "spx/metrics.h"
#include "spx/task_options.h"

/* What the options gave. */
typedef struct tasks_given {
    spx_task_choice what;
    spx_names list;
    size_t neighbors; /* of TASK_OPTIONS alone, as are alt and skip_bad */
    bool alt, skip_bad;
} tasks_given;
extern tasks_given tasks;

/* Rows of an option table: the options of tasks_collect, in a tool that has other --tokens with
 * .name for those of the text; the same, and those that say how records of facts are read. */
#define TASK_FILE_OPTIONS                             \
    {                                                 \
        .kind = CLI_TABLE, .table = task_file_options \
    }
#define TASK_OPTIONS                             \
    {                                            \
        .kind = CLI_TABLE, .table = task_options \
    }
const cli_opt *task_file_options(const cli_opt *row);
const cli_opt *task_options(const cli_opt *row);

/* The tasks asked for, perplexity and LAMBADA first; valid until the next call. Returns the exit
 * code, CLI_USAGE after saying what is wrong. */
int tasks_collect(const spx_eval_task **out, size_t *n);
/* True if --task list asked for the families, which have been printed. */
bool tasks_listed(void);

#endif
