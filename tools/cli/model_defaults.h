/* model_defaults.h: what a tool that edits a model takes where its user does not say. */
#ifndef SPX_TOOLS_MODEL_DEFAULTS_H
#define SPX_TOOLS_MODEL_DEFAULTS_H

#include "cli.h"

#include "spx/presets.h"

/* *preset <- the kit's preset for the model, with a note that names it, unless the user has named one,
 * or "none"; stays NULL where the kit has none, with a note that says so. In static storage. */
SPX_CHECKED spx_status defaults_preset(const char *model, const char *editor, const char **preset,
                                       spx_error *err);
/* The kit's prefixes where spec needs some, and second moments where it needs those, measured on the
 * kit's text unless the cache folder has them; with a note for each. In static storage. */
SPX_CHECKED spx_status defaults_inputs(spx_run_spec *spec, spx_error *err);

#endif
