/* model_folder.h: the files beside a checkpoint. */
#ifndef SPX_MODEL_FOLDER_H
#define SPX_MODEL_FOLDER_H

#include "spx/ckpt.h"

/* The path of file `name` in the folder that c is or lies in; *out is NULL if there is none. Free
 * with spx_free. */
SPX_CHECKED spx_status folder_find(const spx_ckpt *c, const char *name, char **out, spx_error *err);

#endif
