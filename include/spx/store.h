/* spx/store.h: the run file, HDF5 in netCDF-4's conventions. */
#ifndef SPX_STORE_H
#define SPX_STORE_H

#include "spx/bytes.h"
#include "spx/mat.h"

#include <stdbool.h>

/*
 * Layout:
 *   /stage             the axis of stages: number of edits made so far
 *   /stage_name        their names ("base", "r1")
 *   GROUP/QUANTITY     a number for each stage: dataset along /stage
 *   GROUP/QUANTITY     a row for each stage: dataset along /stage and an axis in GROUP (1 .. n)
 *   GROUP/QUANTITY     a number of each item for each stage: dataset along /stage and an axis in
 *                      GROUP that holds the items' ids
 *   GROUP/stage, GROUP/stage_name
 *                      links to /stage and /stage_name, in every group with such a dataset, so that
 *                      a reader of the group alone has its axis (older files lack them)
 *   GROUP/MATRIX       a matrix that does not vary by stage
 * The caller names groups, with '/' between levels ("tensors/blk.6.ffn_down.weight",
 * "evaluation"); a tensor's name is one level, whatever is in it (spx_store_group_of).
 *
 * Nothing is ever changed in place: a store opened for update is a copy, FILE.part, and
 * spx_store_commit renames it to FILE. A kill at any moment leaves the last commit. FILE.part is
 * locked until it has been renamed, so that a second writer gets SPX_EIO; a symbolic link stays and
 * what it leads to is replaced (spx_file_claim). After a failed write the store refuses to commit.
 * Numbers bear checksums and matrices the SHA-256 of their bytes as attribute sha256, which are
 * compared on reading; the same content makes the same bytes. HDF5 takes no locks of its own.
 *
 * Parts. So that a commit does not copy what earlier ones wrote, a file that a run adds to holds
 * large matrices in parts, FILE.parts/STAGE.h5, each written once and before the file that leads to
 * it by HDF5's external links; readers, h5py too, see one file. The root's attribute "parts" names
 * the folder while there are any. What belongs to one stage goes to its part: what lies under
 * ledger/<tensor>/STAGE, history/<tensor>/STAGE, snapshots/STAGE and restart/STAGE. The rule: all
 * of it, once the file has parts or is SPX_STORE_LARGE_FILE when a stage begins; before that, a
 * matrix of SPX_STORE_LARGE_MATRIX. Rows of SPX_STORE_LONG_ROW numbers under tensors/<tensor> (all
 * singular values) wait there too, as rows/<tensor>/STAGE/<row>, where their dataset has NaN;
 * spx_store_get fills them in. spx_store_join makes one file again, without `rows`.
 *
 * SPX_EIO and SPX_ENOMEM name the file and what HDF5 could not do, or the part that is missing.
 */
typedef struct spx_store spx_store;

/* True if the path, which may be NULL, is a name that ends with .h5, as run files' do. */
bool spx_names_run_file(const char *path);

typedef enum spx_store_mode {
    SPX_STORE_READ,
    SPX_STORE_FOREIGN,  /* any HDF5 file, for matrices, names and attributes only */
    SPX_STORE_CREATE,   /* FILE must not exist */
    SPX_STORE_UPDATE,   /* FILE must exist, and is read from end to end: SPX_EFORMAT if damaged */
    SPX_STORE_CONTINUE, /* the same, unread: this process wrote FILE or checked it before */
} spx_store_mode;

/* SPX_EIO; SPX_EFORMAT if the file is not HDF5 or, unless foreign, not a run file. Close with
 * spx_store_commit or spx_store_close. */
SPX_CHECKED spx_status spx_store_open(const char *path, spx_store_mode mode, spx_store **out,
                                      spx_error *err);
/* Closes the store and puts what was written in FILE's place; *s is NULL afterwards, also on
 * failure. */
SPX_CHECKED spx_status spx_store_commit(spx_store **s, spx_error *err);
/* Closes the store without keeping changes; NULL is allowed. */
void spx_store_close(spx_store *s);
const char *spx_store_path(const spx_store *s);

/* True once memory has run out inside HDF5. From then on every store refuses to commit, failures of
 * HDF5 are SPX_ENOMEM, and what a store is said not to have it may have. */
bool spx_store_starved(void);

#define SPX_STORE_LARGE_MATRIX ((size_t)32 << 10) /* bytes */
#define SPX_STORE_LARGE_FILE   (4 << 20)
#define SPX_STORE_LONG_ROW     16 /* numbers */
/* Of a store that is written: what belongs to the stage may go to a part from here on. */
SPX_CHECKED spx_status spx_store_use_parts(spx_store *s, const char *stage, spx_error *err);
/* True if some of the file lies in parts. */
bool spx_store_is_parted(const spx_store *s);
/* Brings all parts into FILE, which takes their place as by a commit, and removes their folder.
 * What is copied is checked: SPX_EFORMAT names what is damaged. Without parts it does nothing but
 * remove what a killed process left in the folder. A kill leaves either state, both whole. */
SPX_CHECKED spx_status spx_store_join(const char *path, spx_error *err);

/* Told by spx_store_check of each dataset or group that is not whole. */
typedef void spx_store_fault(void *arg, const char *path, const char *what);
/* Reads every dataset of any HDF5 file, parts included, and compares all checksums and SHA-256 that
 * it bears; adds the number of faults to *found. Costs one reading of the file. */
SPX_CHECKED spx_status spx_store_check(const char *path, spx_store_fault *fault, void *arg,
                                       size_t *found, spx_error *err);

/* Creates or replaces an attribute of a group ("" is the root), which is made if needed. */
SPX_CHECKED spx_status spx_store_set_text(spx_store *s, const char *group, const char *name,
                                          const char *value, spx_error *err);
SPX_CHECKED spx_status spx_store_set_number(spx_store *s, const char *group, const char *name,
                                            double value, spx_error *err);
/* Reads an attribute of a group or dataset; a text is freed with spx_free. SPX_ENOTFOUND names
 * file, group and attribute; SPX_EFORMAT if it is of the other kind. */
SPX_CHECKED spx_status spx_store_get_text(const spx_store *s, const char *group, const char *name,
                                          char **out, spx_error *err);
SPX_CHECKED spx_status spx_store_get_number(const spx_store *s, const char *group, const char *name,
                                            double *out, spx_error *err);
/* A text that need not be there: *out is NULL if it is not, or the group is not. */
SPX_CHECKED spx_status spx_store_find_text(const spx_store *s, const char *group, const char *name,
                                           char **out, spx_error *err);
/* True if a group or dataset of that path exists, be it in a part that is missing. */
bool spx_store_has(const spx_store *s, const char *path);
/* Removes a group, dataset or link, if there is one; its room in the file is lost. */
SPX_CHECKED spx_status spx_store_remove(spx_store *s, const char *path, spx_error *err);
/* Makes `path` another name for `target`, replacing what had that name. */
SPX_CHECKED spx_status spx_store_alias(spx_store *s, const char *path, const char *target,
                                       spx_error *err);
/* Names of the members of a group, in the order in which they were made (of a foreign file:
 * alphabetical); free with spx_store_names_free. SPX_ENOTFOUND. */
SPX_CHECKED spx_status spx_store_names(const spx_store *s, const char *group, char ***names,
                                       size_t *n, spx_error *err);
void spx_store_names_free(char **names, size_t n);

/*
 * A tensor's name as one level of a path: '/', '|', control characters, a '%' that two hexadecimal
 * digits or '~' follow, and the names "." and ".." are written as %2F and so on; every other name
 * stays as it is. A name that would take more than SPX_STORE_NAME - 21 bytes is cut, and %~ and a
 * hash of all of it follow; it is then known by the attribute `tensor` only. A '|' in a path reads
 * as
 * '/': older files have it.
 */
enum { SPX_STORE_NAME = 400 };
const char *spx_store_escape(const char *tensor, char out[SPX_STORE_NAME]);
/* "GROUP/TENSOR", the name escaped. */
void spx_store_group_of(char *out, size_t size, const char *group, const char *tensor);
/* The name of the tensor that is stored as GROUP/`stored`; free with spx_free. */
SPX_CHECKED spx_status spx_store_true_name(const spx_store *s, const char *group,
                                           const char *stored, char **out, spx_error *err);
/* spx_store_names with the true names of tensors. */
SPX_CHECKED spx_status spx_store_tensors(const spx_store *s, const char *group, char ***names,
                                         size_t *n, spx_error *err);
/* Gives GROUP/TENSOR, a group or a dataset, the attribute `tensor` if its name is escaped. */
SPX_CHECKED spx_status spx_store_say_name(spx_store *s, const char *group, const char *tensor,
                                          spx_error *err);

size_t spx_store_stages(const spx_store *s);
/* Appends a stage, whose index is the count before. SPX_EINVAL for a name that exists, is empty,
 * contains '/' or has 64 bytes or more. */
SPX_CHECKED spx_status spx_store_add_stage(spx_store *s, const char *name, double edits,
                                           spx_error *err);
/* Index of the stage of that name; SPX_ENOTFOUND. */
SPX_CHECKED spx_status spx_store_find_stage(const spx_store *s, const char *name, size_t *index,
                                            spx_error *err);
/* Name of stage i, freed with spx_free, and number of edits made by then; SPX_ENOTFOUND. */
SPX_CHECKED spx_status spx_store_stage(const spx_store *s, size_t i, char **name, double *edits,
                                       spx_error *err);

/* Puts one number of a stage into the dataset group/q->name, which is made on first use with q's
 * units, definition and source; NaN where nothing was put. SPX_EINVAL for a stage that does not
 * exist. */
SPX_CHECKED spx_status spx_store_put(spx_store *s, const char *group, const spx_quantity *q,
                                     size_t stage, double value, spx_error *err);
/* Puts n numbers of a stage into a dataset stage x axis; `axis` names its second scale (1 .. n),
 * made in the same group. n may differ between stages: shorter rows are padded with NaN. */
SPX_CHECKED spx_status spx_store_put_row(spx_store *s, const char *group, const spx_quantity *q,
                                         size_t stage, const char *axis, const double *values,
                                         size_t n, spx_error *err);
/* A number of each of n items, which ids tell apart. */
typedef struct spx_store_items {
    const double *id, *value;
    size_t n;
} spx_store_items;
/* Puts a number of each item of a stage into a dataset stage x axis, whose second scale `axis`
 * holds the items' ids, each once, in the order in which they first came; NaN where a stage lacks
 * an item that another has. */
SPX_CHECKED spx_status spx_store_put_items(spx_store *s, const char *group, const spx_quantity *q,
                                           size_t stage, const char *axis, const spx_store_items *x,
                                           spx_error *err);

/*
 * A store that only remembers calls of spx_store_put and spx_store_put_row, for any stage, and
 * accepts no other: what one process measures, another puts into the run file. Close with
 * spx_store_close.
 */
SPX_CHECKED spx_status spx_store_open_log(spx_store **out, spx_error *err);
/* The bytes of the log, owned by s; log->size = 0 empties it. */
spx_bytes *spx_store_log(spx_store *s);
/* Repeats the calls in their order. SPX_EFORMAT if the log is cut; SPX_EINVAL for a stage that s
 * does not have. */
SPX_CHECKED spx_status spx_store_replay(spx_store *s, const void *bytes, size_t size,
                                        spx_error *err);

/* A whole dataset of numbers as doubles: a vector is n x 1, a single number 1 x 1. Free with
 * spx_mat_free. SPX_ENOTFOUND; SPX_EFORMAT for more axes or another type, or if it is damaged. */
SPX_CHECKED spx_status spx_store_get(const spx_store *s, const char *group, const char *name,
                                     spx_mat *out, spx_error *err);

/* Creates or replaces a matrix that does not vary by stage: stored as doubles, or as floats with
 * the SHA-256 of their bytes as attribute sha256. */
SPX_CHECKED spx_status spx_store_put_matrix(spx_store *s, const char *group, const char *name,
                                            const spx_mat *A, spx_error *err);
SPX_CHECKED spx_status spx_store_put_floats(spx_store *s, const char *group, const char *name,
                                            const float *data, size_t rows, size_t cols,
                                            spx_error *err);
/* Reads a matrix as floats, rows x cols; data is freed with spx_free. SPX_ENOTFOUND; SPX_EFORMAT
 * unless it has two axes, and if it is damaged or its SHA-256 is not what attribute sha256 says. */
SPX_CHECKED spx_status spx_store_get_floats(const spx_store *s, const char *group, const char *name,
                                            float **data, size_t *rows, size_t *cols,
                                            spx_error *err);

#endif
