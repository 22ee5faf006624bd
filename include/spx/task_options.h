/* spx/task_options.h: the one table of what tasks may be told, and the tasks that it comes to. */
#ifndef SPX_TASK_OPTIONS_H
#define SPX_TASK_OPTIONS_H

#include "spx/metric_families.h"

#include <stdbool.h>

/* What is tested beside facts. Texts are borrowed. */
typedef struct spx_task_choice {
    const char *perplexity, *lambada; /* files, or NULL */
    size_t tokens, window, stride;    /* of perplexity: see spx_eval_task */
    size_t lambada_items;
    size_t limit, shots; /* of the other tasks: spx_eval_task.items and .shots */
} spx_task_choice;

/* A row: an option of spx-eval and spx-edit, and a field of a plan's "evaluate". */
typedef struct spx_task_option {
    const char *name; /* in plans; the option has '-' for '_' */
    size_t offset;    /* in spx_task_choice: of a const char * if `file`, else of a size_t */
    bool file;
    double min, max, otherwise; /* domain and default of a number */
    const char *value_name;     /* in --help; NULL: N */
    const char *help;
} spx_task_option;
/* The table, *n rows; static storage. */
const spx_task_option *spx_task_options(size_t *n);

/* The same with every number at its default, and no file. */
spx_task_choice spx_task_defaults(void);

/* Adds to task[*n], which has room for two more, perplexity and LAMBADA where their files are
 * given. */
void spx_tasks_add_texts(const spx_task_choice *c, spx_eval_task *task, size_t *n);
/* The task of another family on its file, by c's numbers. */
spx_eval_task spx_task_of(const spx_task_choice *c, const char *family, const char *file);

#endif
