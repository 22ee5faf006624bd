/* task_options.c: the one table of what tasks may be told. */
#include "spx/task_options.h"

#include <string.h>

#define AT(field) .offset = offsetof(spx_task_choice, field)

static const spx_task_option options[] = {
    {.name = "perplexity",
     AT(perplexity),
     .file = true,
     .value_name = "FILE",
     .help = "text whose perplexity is measured"},
    {.name = "tokens", AT(tokens), .max = 1e12, .help = "tokens of it, from the first; 0: all [0]"},
    {.name = "window",
     AT(window),
     .min = 2,
     .max = 1e6,
     .otherwise = 512,
     .help = "tokens per window [512]"},
    {.name = "stride",
     AT(stride),
     .max = 1e6,
     .help = "tokens from a window to the next; 0: window [0]"},
    {.name = "lambada",
     AT(lambada),
     .file = true,
     .value_name = "FILE",
     .help = "passages, JSON lines with \"text\""},
    {.name = "lambada_items",
     AT(lambada_items),
     .max = 1e9,
     .help = "passages, from the first; 0: all [0]"},
    {.name = "limit",
     AT(limit),
     .max = 1e9,
     .help = "records of every other task, from the first; 0: all [0]"},
    {.name = "shots",
     AT(shots),
     .max = 100,
     .help = "examples in the prompts of every other task [0]"},
};
enum { OPTIONS = sizeof options / sizeof *options };

const spx_task_option *spx_task_options(size_t *n)
{
    *n = OPTIONS;
    return options;
}

spx_task_choice spx_task_defaults(void)
{
    spx_task_choice c = {0};
    for (size_t i = 0; i < OPTIONS; i++) {
        const size_t x = (size_t)options[i].otherwise;
        if (!options[i].file) memcpy((char *)&c + options[i].offset, &x, sizeof x);
    }
    return c;
}

/* A task of a family on its file; the numbers of windows count for perplexity alone. */
static spx_eval_task task_of(const spx_task_choice *c, const char *family, const char *file)
{
    return (spx_eval_task){.family = family,
                           .file = file,
                           .tokens = c->tokens,
                           .window = c->window,
                           .stride = c->stride};
}

void spx_tasks_add_texts(const spx_task_choice *c, spx_eval_task *task, size_t *n)
{
    if (c->perplexity) task[(*n)++] = task_of(c, "perplexity", c->perplexity);
    if (!c->lambada) return;
    task[*n] = task_of(c, "lambada", c->lambada);
    task[(*n)++].items = c->lambada_items;
}

spx_eval_task spx_task_of(const spx_task_choice *c, const char *family, const char *file)
{
    spx_eval_task task = task_of(c, family, file);
    task.items = c->limit;
    task.shots = c->shots;
    return task;
}
