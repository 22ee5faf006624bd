/* model_defaults.h: what a tool that runs a model takes where its user does not say. */
#ifndef SPX_TOOLS_MODEL_DEFAULTS_H
#define SPX_TOOLS_MODEL_DEFAULTS_H

#include "cli.h"

#include "spx/data.h"
#include "spx/presets.h"
#include "spx/task_options.h"

/* *file <- the kit's file of that name, whose path is kept in `path`, unless the user has named
 * one. */
SPX_CHECKED spx_status defaults_file(const char **file, const char *name, char path[SPX_DATA_PATH],
                                     spx_error *err);
/* Where the user has named none: the kit's text and passages, 2,048 tokens and 40 of them, few
 * enough for half a minute on two cores, enough for a collapse to leave the interval. In static
 * storage. */
SPX_CHECKED spx_status defaults_tasks(spx_task_choice *what, spx_error *err);
/* *preset <- the kit's preset for the model, with a note that names it, unless the user has named
 * one, or "none"; stays NULL where the kit has none, with a note that says so. In static storage.
 */
SPX_CHECKED spx_status defaults_preset(const char *model, const char *editor, const char **preset,
                                       spx_error *err);
/* The kit's prefixes where spec needs some, and second moments where it needs those, measured on
 * the kit's text unless the cache folder has them; with a note for each. In static storage. */
SPX_CHECKED spx_status defaults_inputs(spx_run_spec *spec, spx_error *err);

#endif
