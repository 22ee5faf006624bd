/* spx/store.h: the run file, HDF5 in netCDF-4's conventions. */
#ifndef SPX_STORE_H
#define SPX_STORE_H

#include "spx/bytes.h"
#include "spx/mat.h"

#include <stdbool.h>

/*
 * Layout. /stage is the axis of stages: edits made so far; /stage_name their names ("base", "r1").
 * Everything that varies by stage is a dataset whose first axis is that scale. Groups are named by
 * the caller with '/' between levels ("tensors/blk.6.ffn_down.weight", "evaluation"); a '/' inside
 * a tensor's name is written as '|'.
 *
 * Nothing is ever changed in place: a store opened for update is a copy, FILE.part, and
 * spx_store_commit puts it in FILE's place at once. A kill at any moment leaves the last commit.
 */
typedef struct spx_store spx_store;

/* True if the path, which may be NULL, ends with .h5, as run files do. */
bool spx_names_run_file(const char *path);

typedef enum spx_store_mode {
    SPX_STORE_READ,
    SPX_STORE_FOREIGN, /* any HDF5 file, to read matrices, names and attributes alone */
    SPX_STORE_CREATE,  /* refuses an existing FILE */
    SPX_STORE_UPDATE,  /* FILE must exist */
} spx_store_mode;

SPX_CHECKED spx_status spx_store_open(const char *path, spx_store_mode mode, spx_store **out,
                                      spx_error *err);
/* Closes and makes the changes FILE; *s is NULL afterwards, also on failure. */
SPX_CHECKED spx_status spx_store_commit(spx_store **s, spx_error *err);
/* Closes without keeping changes; NULL is allowed. */
void spx_store_close(spx_store *s);
const char *spx_store_path(const spx_store *s);

/* Attributes of a group ("" is the root); created or replaced. */
SPX_CHECKED spx_status spx_store_set_text(spx_store *s, const char *group, const char *name,
                                          const char *value, spx_error *err);
SPX_CHECKED spx_status spx_store_set_number(spx_store *s, const char *group, const char *name,
                                            double value, spx_error *err);
/* Of a group or dataset. SPX_ENOTFOUND names file, group and attribute. *out of a text is freed
 * with spx_free. */
SPX_CHECKED spx_status spx_store_get_text(const spx_store *s, const char *group, const char *name,
                                          char **out, spx_error *err);
SPX_CHECKED spx_status spx_store_get_number(const spx_store *s, const char *group, const char *name,
                                            double *out, spx_error *err);
/* Is there a group or dataset of that path? */
bool spx_store_has(const spx_store *s, const char *path);
/* Names of the members of a group, in the order they were made; free with spx_store_names_free. */
SPX_CHECKED spx_status spx_store_names(const spx_store *s, const char *group, char ***names,
                                       size_t *n, spx_error *err);
void spx_store_names_free(char **names, size_t n);

/* Stages: count, append (its index is the count before), and lookup by name (SPX_ENOTFOUND). */
size_t spx_store_stages(const spx_store *s);
SPX_CHECKED spx_status spx_store_add_stage(spx_store *s, const char *name, double edits,
                                           spx_error *err);
SPX_CHECKED spx_status spx_store_find_stage(const spx_store *s, const char *name, size_t *index,
                                            spx_error *err);
/* Name of stage i, freed with spx_free, and the edits made by then. */
SPX_CHECKED spx_status spx_store_stage(const spx_store *s, size_t i, char **name, double *edits,
                                       spx_error *err);

/*
 * One number of stage `stage`: dataset group/q->name along the stage axis, made on first use with
 * q's units and definition, NaN where nothing was put.
 */
SPX_CHECKED spx_status spx_store_put(spx_store *s, const char *group, const spx_quantity *q,
                                     size_t stage, double value, spx_error *err);
/* n numbers of a stage: a dataset stage x axis; `axis` names its second scale (1 .. n), made in the
 * same group. n may differ between stages: shorter rows are padded with NaN. */
SPX_CHECKED spx_status spx_store_put_row(spx_store *s, const char *group, const spx_quantity *q,
                                         size_t stage, const char *axis, const double *values,
                                         size_t n, spx_error *err);

/*
 * A store that only remembers, to which nothing but spx_store_put and spx_store_put_row may be
 * done, of any stage: what one process measures, another puts into the run file. The log is its
 * own, to be emptied by log->size = 0. Close with spx_store_close.
 */
SPX_CHECKED spx_status spx_store_open_log(spx_store **out, spx_error *err);
spx_bytes *spx_store_log(spx_store *s);
/* Puts all of it, in its order. SPX_EFORMAT if it is cut; SPX_EINVAL for a stage that s has not. */
SPX_CHECKED spx_status spx_store_replay(spx_store *s, const void *bytes, size_t size,
                                        spx_error *err);

/* A whole dataset of numbers as doubles (a 1-D one is a column, n x 1, a single number 1 x 1); free
 * with spx_mat_free. SPX_EFORMAT for more axes or another type. */
SPX_CHECKED spx_status spx_store_get(const spx_store *s, const char *group, const char *name,
                                     spx_mat *out, spx_error *err);

/* A matrix that belongs to no axis, created or replaced: stored as doubles, or as floats with their
 * SHA-256 as attribute sha256. */
SPX_CHECKED spx_status spx_store_put_matrix(spx_store *s, const char *group, const char *name,
                                            const spx_mat *A, spx_error *err);
SPX_CHECKED spx_status spx_store_put_floats(spx_store *s, const char *group, const char *name,
                                            const float *data, size_t rows, size_t cols,
                                            spx_error *err);
/* Reads one stored by spx_store_put_floats; data is freed with spx_free. */
SPX_CHECKED spx_status spx_store_get_floats(const spx_store *s, const char *group, const char *name,
                                            float **data, size_t *rows, size_t *cols,
                                            spx_error *err);

#endif
