/* task_options.c: the options that say what a model is tested on. */
#include "task_options.h"

#include <string.h>

#define MOST_TASKS (SPX_NAMES_MAX + 2)
enum { NAME_SIZE = 64 };

tasks_given tasks = {.window = 512};

int tasks_collect(const spx_eval_task **out, size_t *n)
{
    static spx_eval_task task[MOST_TASKS];
    static char name[SPX_NAMES_MAX][NAME_SIZE];
    size_t count = 0;
    if (tasks.perplexity)
        task[count++] = (spx_eval_task){.family = "perplexity", .file = tasks.perplexity};
    if (tasks.lambada)
        task[count++] = (spx_eval_task){
            .family = "lambada", .file = tasks.lambada, .items = (size_t)tasks.lambada_items};
    for (size_t i = 0; i < tasks.list.n; i++) {
        const char *equals = strchr(tasks.list.item[i], '=');
        const size_t len = equals ? (size_t)(equals - tasks.list.item[i]) : NAME_SIZE;
        if (len >= NAME_SIZE) return cli_usage("--task %s is not FAMILY=FILE", tasks.list.item[i]);
        snprintf(name[i], NAME_SIZE, "%.*s", (int)len, tasks.list.item[i]);
        task[count++] = (spx_eval_task){.family = name[i],
                                        .file = equals + 1,
                                        .items = (size_t)tasks.limit,
                                        .shots = (size_t)tasks.shots};
    }
    for (size_t i = 0; i < count; i++) {
        task[i].tokens = (size_t)tasks.tokens;
        task[i].window = (size_t)tasks.window;
        task[i].stride = (size_t)tasks.stride;
    }
    *out = task;
    *n = count;
    return CLI_OK;
}

bool tasks_listed(void)
{
    spx_eval_family f[64];
    if (tasks.list.n != 1 || strcmp(tasks.list.item[0], "list") != 0) return false;
    const size_t n = spx_comm_rank(cli.comm) == 0 ? spx_eval_families(f, 64) : 0;
    for (size_t i = 0; i < n; i++) printf("%s\t%s\t%s\n", f[i].name, f[i].reads, f[i].help);
    return true;
}
