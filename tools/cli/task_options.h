/* task_options.h: the options that say what a model is tested on, and with which records of facts. */
#ifndef SPX_TOOLS_TASKS_H
#define SPX_TOOLS_TASKS_H

#include "cli.h"

#include "spx/metrics.h"

/* What the options gave. */
typedef struct tasks_given {
    const char *perplexity, *lambada;
    spx_names list;
    long tokens, window, stride, lambada_items, limit, shots, neighbors;
    bool alt, skip_bad;
} tasks_given;
extern tasks_given tasks;

/* Rows of an option table; tasks_collect, tasks.alt, .skip_bad and .neighbors have what they gave.
 */
#define TASK_OPTIONS                                                                                \
    {CLI_STR, 0, "perplexity", &tasks.perplexity, 0, 0, "text whose perplexity is measured"},       \
        {CLI_INT, 0, "tokens", &tasks.tokens, 0, 1e12, "first tokens of it; 0: all [0]"},           \
        {CLI_INT, 0, "window", &tasks.window, 2, 1e6, "tokens a window [512]"},                     \
        {CLI_INT,                                                                                   \
         0,                                                                                         \
         "stride",                                                                                  \
         &tasks.stride,                                                                             \
         0,                                                                                         \
         1e6,                                                                                       \
         "tokens from a window to the next; 0: window [0]"},                                        \
        {CLI_STR, 0, "lambada", &tasks.lambada, 0, 0, "passages, JSON lines with \"text\""},        \
        {CLI_INT, 0, "lambada-items", &tasks.lambada_items, 0, 1e9, "first passages; 0: all [0]"},  \
        {CLI_LIST,                                                                                  \
         0,                                                                                         \
         "task",                                                                                    \
         &tasks.list,                                                                               \
         0,                                                                                         \
         0,                                                                                         \
         "FAMILY=FILE, may repeat; spx-eval --task list names them"},                               \
        {CLI_INT, 0, "limit", &tasks.limit, 0, 1e9, "first records of every --task; 0: all [0]"},   \
        {CLI_INT, 0, "shots", &tasks.shots, 0, 100, "examples in the prompts of every --task [0]"}, \
        {CLI_INT,                                                                                   \
         0,                                                                                         \
         "neighbors",                                                                               \
         &tasks.neighbors,                                                                          \
         0,                                                                                         \
         1000,                                                                                      \
         "complete neighbours to so many from other records; 0: as the file has them [0]"},         \
        {CLI_FLAG,                                                                                  \
         0,                                                                                         \
         "alt",                                                                                     \
         &tasks.alt,                                                                                \
         0,                                                                                         \
         0,                                                                                         \
         "zsRE: the target is alt, as EasyEdit edits [answers[0]]"},                                \
    {                                                                                               \
        CLI_FLAG, 0, "skip-bad", &tasks.skip_bad, 0, 0,                                             \
            "leave malformed records out and count them"                                            \
    }

/* The tasks asked for, perplexity and LAMBADA first; valid until the next call. Returns the exit
 * code: CLI_USAGE has been explained. */
int tasks_collect(const spx_eval_task **out, size_t *n);
/* --task list: prints the families. */
bool tasks_listed(void);

#endif
