/* task_options.c: the options that say what a model is tested on, and with which records. */
#include "task_options.h"

#include "param_options.h"

#include "spx/names.h"

#include <assert.h>
#include <string.h>

#define MOST_TASKS (SPX_NAMES_MAX + 2)
enum { NAME_SIZE = 64, MOST_OPTIONS = 16 };

tasks_given tasks;

/* A row of the table as an option. */
static cli_opt make_option(const spx_task_option *row)
{
    static char names[MOST_OPTIONS][NAME_SIZE];
    static size_t used;
    assert(used < MOST_OPTIONS);
    char *name = names[used++];
    spx_option_name(row->name, name, NAME_SIZE);
    return (cli_opt){.kind = row->file ? CLI_STR : CLI_SIZE,
                     .name = name,
                     .value = (char *)&tasks.what + row->offset,
                     .min = row->min,
                     .max = row->max,
                     .value_name = row->value_name,
                     .help = row->help};
}

const cli_opt *task_file_options(const cli_opt *row)
{
    static cli_opt option[MOST_OPTIONS + 2];
    size_t n = 0;
    if (option[0].kind != CLI_END) return option;
    const spx_task_option *table = spx_task_options(&n);
    assert(n <= MOST_OPTIONS);
    tasks.what = spx_task_defaults();
    for (size_t i = 0; i < n; i++) option[i] = make_option(&table[i]);
    for (size_t i = 0; row->name && i < n; i++)
        if (strcmp(option[i].name, "tokens") == 0) option[i].name = row->name;
    option[n] = (cli_opt){.kind = CLI_LIST,
                          .name = "task",
                          .value = &tasks.list,
                          .value_name = "FAMILY=FILE",
                          .help = "records of a task, may repeat; spx-eval CHECKPOINT --task list "
                                  "names the families"};
    return option;
}

const cli_opt *task_options(const cli_opt *row)
{
    static cli_opt option[MOST_OPTIONS + 5];
    size_t n = 0;
    if (option[0].kind != CLI_END) return option;
    for (const cli_opt *o = task_file_options(row); o->kind != CLI_END; o++) option[n++] = *o;
    option[n++] = param_option("neighbors", &tasks.neighbors);
    option[n++] = param_option("alt", &tasks.alt);
    option[n++] = param_option("skip_bad", &tasks.skip_bad);
    return option;
}

int tasks_collect(const spx_eval_task **out, size_t *n)
{
    static spx_eval_task task[MOST_TASKS];
    static char name[SPX_NAMES_MAX][NAME_SIZE];
    size_t count = 0;
    spx_tasks_add_texts(&tasks.what, task, &count);
    for (size_t i = 0; i < tasks.list.n; i++) {
        const char *equals = strchr(tasks.list.item[i], '=');
        const size_t len = equals ? (size_t)(equals - tasks.list.item[i]) : NAME_SIZE;
        if (len >= NAME_SIZE) return cli_usage("--task %s is not FAMILY=FILE", tasks.list.item[i]);
        snprintf(name[i], NAME_SIZE, "%.*s", (int)len, tasks.list.item[i]);
        task[count++] = spx_task_of(&tasks.what, name[i], equals + 1);
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
