/* task_folder.h: the files of a folder. */
#ifndef SPX_EVAL_TASK_FOLDER_H
#define SPX_EVAL_TASK_FOLDER_H

#include "spx/base.h"

#include <stdbool.h>

bool is_folder(const char *path);
/* Paths of the files whose names contain `part`, in the order of their names; memory from tmp. */
SPX_CHECKED spx_status folder_list(const char *folder, const char *part, char ***out, size_t *n,
                                   spx_scratch *tmp, spx_error *err);

#endif
