/* sources.h: which checkpoints a tool works on, in what order, and what their stages are called. */
#ifndef SPX_TOOLS_SOURCES_H
#define SPX_TOOLS_SOURCES_H

#include "cli.h"

/* One checkpoint to open and what its stage is called. */
typedef struct source {
    char path[4096], stage[128];
} source;

#define SOURCES_MAX 1024
/* Expands arguments, in natural order of their paths (checkpoint-900 before checkpoint-1000):
 * RUN.h5 stands for all stages whose weights it keeps, in its order, "last" left out where it
 * repeats one of them; anything else for itself. A stage is called what follows the path's last
 * slash, or its folder where that is model.safetensors and the like; two of one name have their
 * file's before it. *out is freed with spx_free. */
SPX_CHECKED spx_status sources_expand(const cli_list *arguments, source **out, size_t *n,
                                      spx_error *err);
/* One argument that must be one checkpoint. */
void source_of(const char *argument, source *out);

#endif
