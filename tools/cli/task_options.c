/* task_options.c: the options that say what a model is tested on, and with which records. */
#include "task_options.h"

#include "param_options.h"

#include <string.h>

#define MOST_TASKS (SPX_NAMES_MAX + 2)
enum { NAME_SIZE = 64 };

tasks_given tasks = {.window = 512};

static const cli_opt file_options[] = {
    {.kind = CLI_STR,
     .name = "perplexity",
     .value = &tasks.perplexity,
     .value_name = "FILE",
     .help = "text whose perplexity is measured"},
    {.kind = CLI_INT,
     .name = "tokens",
     .value = &tasks.tokens,
     .max = 1e12,
     .help = "tokens of it, from the first; 0: all [0]"},
    {.kind = CLI_INT,
     .name = "window",
     .value = &tasks.window,
     .min = 2,
     .max = 1e6,
     .help = "tokens per window [512]"},
    {.kind = CLI_INT,
     .name = "stride",
     .value = &tasks.stride,
     .max = 1e6,
     .help = "tokens from a window to the next; 0: window [0]"},
    {.kind = CLI_STR,
     .name = "lambada",
     .value = &tasks.lambada,
     .value_name = "FILE",
     .help = "passages, JSON lines with \"text\""},
    {.kind = CLI_INT,
     .name = "lambada-items",
     .value = &tasks.lambada_items,
     .max = 1e9,
     .help = "passages, from the first; 0: all [0]"},
    {.kind = CLI_LIST,
     .name = "task",
     .value = &tasks.list,
     .value_name = "FAMILY=FILE",
     .help = "records of a task, may repeat; spx-eval CHECKPOINT --task list names the families"},
    {.kind = CLI_INT,
     .name = "limit",
     .value = &tasks.limit,
     .max = 1e9,
     .help = "records of every --task, from the first; 0: all [0]"},
    {.kind = CLI_INT,
     .name = "shots",
     .value = &tasks.shots,
     .max = 100,
     .help = "examples in the prompts of every --task [0]"},
    {0},
};

enum { FILES = sizeof file_options / sizeof *file_options - 1 };

const cli_opt *task_file_options(const cli_opt *row)
{
    static cli_opt option[FILES + 1];
    memcpy(option, file_options, sizeof option);
    for (size_t i = 0; row->name && i < FILES; i++)
        if (strcmp(option[i].name, "tokens") == 0) option[i].name = row->name;
    return option;
}

const cli_opt *task_options(const cli_opt *row)
{
    static cli_opt option[FILES + 4];
    (void)row;
    if (option[0].kind != CLI_END) return option;
    memcpy(option, file_options, FILES * sizeof *option);
    option[FILES] = param_option("neighbors", &tasks.neighbors);
    option[FILES + 1] = param_option("alt", &tasks.alt);
    option[FILES + 2] = param_option("skip_bad", &tasks.skip_bad);
    return option;
}

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
    if (cli_for_people()) fprintf(cli.out, "family\treads\tmeasures\n");
    for (size_t i = 0; i < n; i++)
        fprintf(cli.out, "%s\t%s\t%s\n", f[i].name, f[i].reads, f[i].help);
    return true;
}
