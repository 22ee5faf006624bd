/* store.h: what the store's files share; the only ones that include <hdf5.h>. */
#ifndef SPX_FILES_STORE_H
#define SPX_FILES_STORE_H

#include "spx/store.h"

#include <hdf5.h>

struct spx_store {
    char *path, *part; /* part: the file being written, NULL when reading */
    int lock;          /* on part, from before it is filled until it has been renamed; else -1 */
    hid_t file;
    bool failed;    /* a write did: what HDF5 holds is not what was put */
    bool foreign;   /* not a run file: names are in alphabetical order */
    spx_bytes *log; /* of a store that only remembers; else NULL */
    size_t stages;
};

/* SPX_EIO: "FILE: HDF5 cannot WHAT PATH", and the system's reason if it gave one. */
spx_status store_fail(const spx_store *s, const char *what, const char *path, spx_error *err);
/* What the system said when an HDF5 function failed, for store_fail to tell; 0: nothing. */
int store_system_error(void);
/* Passes on the status of a write; after SPX_EIO the store refuses to commit. */
spx_status store_wrote(spx_store *s, spx_status st);
/* Closes an object, unless its id is negative; false if what was written to it cannot be kept. */
bool store_shut(herr_t (*shut)(hid_t), hid_t id);
/* A property list for a new dataset in chunks, with checksums; chunk NULL: in one piece, without.
 * Close with H5Pclose. */
hid_t store_dataset_list(int axes, const hsize_t *chunk, bool compress);
/* Opens the group at path ("" is the root); if `make`, creates it and its parents as needed. Close
 * with H5Gclose. */
SPX_CHECKED spx_status store_group(const spx_store *s, const char *path, bool make, hid_t *out,
                                   spx_error *err);
/* Opens dataset group/name; SPX_ENOTFOUND names file and path. Close with H5Dclose. */
SPX_CHECKED spx_status store_dataset(const spx_store *s, const char *group, const char *name,
                                     hid_t *out, spx_error *err);
enum { STORE_NOT_A_MATRIX = -1 };
/* Sizes of a dataset with up to two axes; returns their number, or STORE_NOT_A_MATRIX. */
int store_size(hid_t dataset, hsize_t size[2]);
/* Creates or replaces a text attribute of an open object. */
SPX_CHECKED spx_status store_text_attribute(hid_t object, const char *name, const char *value,
                                            spx_error *err);

/* Puts the first axis of a new dataset of the group along /stage, and /stage and its names where readers of the group
 * find them. */
bool store_along_stages(const spx_store *s, hid_t group, hid_t dataset);

/* spx_store_put_row of a store that only remembers. */
SPX_CHECKED spx_status store_log_row(spx_store *s, const char *group, const spx_quantity *q,
                                     size_t stage, const char *axis, const double *values, size_t n,
                                     spx_error *err);

/* spx_store_say_name of such a store. */
SPX_CHECKED spx_status store_log_name(spx_store *s, const char *group, const char *tensor,
                                      spx_error *err);

#endif
