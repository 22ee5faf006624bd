/* store.h: what the files of the run file's writer share; the only ones that include <hdf5.h>. */
#ifndef SPX_FILES_STORE_H
#define SPX_FILES_STORE_H

#include "spx/store.h"

#include <hdf5.h>

struct spx_store {
    char *path, *part; /* part: what is being written, NULL when reading */
    hid_t file;
    bool foreign;   /* no run file: names in alphabetical order */
    spx_bytes *log; /* what is put goes there and into no file; else NULL */
    size_t stages;
};

/* "file: what: path" with SPX_EIO. */
spx_status store_fail(const spx_store *s, const char *what, const char *path, spx_error *err);
/* A group at path ("" is the root), made with its parents if `make`; close with H5Gclose. */
SPX_CHECKED spx_status store_group(const spx_store *s, const char *path, bool make, hid_t *out,
                                   spx_error *err);
/* Dataset group/name; SPX_ENOTFOUND names file and path. Close with H5Dclose. */
SPX_CHECKED spx_status store_dataset(const spx_store *s, const char *group, const char *name,
                                     hid_t *out, spx_error *err);
/* Replaces a text attribute of an open object. */
SPX_CHECKED spx_status store_text_attribute(hid_t object, const char *name, const char *value,
                                            spx_error *err);

/* spx_store_put_row of a store that only remembers. */
SPX_CHECKED spx_status store_log_row(spx_store *s, const char *group, const spx_quantity *q,
                                     size_t stage, const char *axis, const double *values, size_t n,
                                     spx_error *err);

#endif
