/* spx/data.h: files that come with the kit: templates of figures, presets, plans, texts. */
#ifndef SPX_DATA_H
#define SPX_DATA_H

#include "spx/base.h"

#include <stdbool.h>

#define SPX_DATA_PATH 4096

/* The path of the running program, or, where /proc is not mounted, the path that it was started by.
 * False if it is longer than out. */
bool spx_program_path(char out[SPX_DATA_PATH]);

/**
 * Finds a file or folder of the kit by its name there: "plots", "datasets/prefixes.txt".
 *
 * It is the first that exists in: ../share/spx, seen from the folder of the running program, so
 * that a build tree and a prefix that has been moved both work; share/spx of the prefix that the
 * kit was configured for; the folder that the environment variable SPX_DATA names, for programs
 * that lie elsewhere, such as an interpreter that has loaded the library.
 *
 * @param[out] out  its path; written only on success.
 * @return SPX_OK; SPX_ENOTFOUND with the folders that were searched.
 */
SPX_CHECKED spx_status spx_data_find(const char *name, char out[SPX_DATA_PATH], spx_error *err);

/* The path of a file in the user's cache folder, $XDG_CACHE_HOME/spx or ~/.cache/spx, whether or
 * not it is there; false if it is longer than out. */
bool spx_cache_path(const char *name, char out[SPX_DATA_PATH]);
/* Makes that folder. SPX_EIO. */
SPX_CHECKED spx_status spx_cache_make(spx_error *err);

#endif
