/* spx/presets.h: which of the kit's presets is for a model, and what else a run needs by default.
 */
#ifndef SPX_PRESETS_H
#define SPX_PRESETS_H

#include "spx/covariance.h"
#include "spx/data.h"
#include "spx/run.h"

/* What a model is by its configuration: "llama 30x576x1536 rope 100000" (family, blocks, d_model,
 * d_ff, base of rope; without rope "rope 0"). Models that are trained further keep it. */
enum { SPX_MODEL_KIND = 96 };
void spx_model_kind(const spx_model_config *c, char out[SPX_MODEL_KIND]);

/* The preset for a model. */
typedef struct spx_preset_choice {
    char path[SPX_DATA_PATH];
    char kind[SPX_MODEL_KIND]; /* of the model */
    bool found, exact;         /* exact: the preset is of this very checkpoint */
} spx_preset_choice;

/**
 * Chooses among the presets in a folder (*.json; params.h): the one whose "fingerprint" is the
 * model's, else the first, by name, whose "kind" is. Of presets with "editors", a list of names
 * separated by blanks, only those with the editor in it count; the others are for memit and its
 * relatives. Those that are not JSON are passed over. Reads the
 * configuration, not the weights.
 *
 * @param[out] out  found is false if no preset is for it.
 * @return SPX_OK; SPX_EIO if the folder or a preset cannot be read; those of opening the
 *         checkpoint.
 */
SPX_CHECKED spx_status spx_preset_choose(const char *model, const char *editor, const char *folder,
                                         spx_preset_choice *out, spx_error *err);

/* Files. */
typedef struct spx_preset_list {
    char **path;
    size_t n;
} spx_preset_list;
/**
 * The presets in a folder that serve the editor, and are neither of this checkpoint nor of its
 * kind, by name.
 *
 * @param[out] out  free with spx_preset_list_free.
 * @return as spx_preset_choose.
 */
SPX_CHECKED spx_status spx_presets_of_others(const char *model, const char *editor,
                                             const char *folder, spx_preset_list *out,
                                             spx_error *err);
void spx_preset_list_free(spx_preset_list *l);

/* True if the editor or the filter of spec needs second moments of keys. */
bool spx_run_needs_moments(const spx_run_spec *spec);
/* True if its filter needs those of output gradients too. */
bool spx_run_needs_gradients(const spx_run_spec *spec);
/* Measures those of spec's model and layers on a text and keeps them at `output`, unless that file
 * exists. Statuses are those of spx_lm_open and spx_moments_measure. */
SPX_CHECKED spx_status spx_run_make_moments(const spx_run_spec *spec, const char *text,
                                            size_t tokens, const char *output,
                                            spx_progress_fn *progress, spx_error *err);

#endif
