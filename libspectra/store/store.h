/* store.h: what the store's files share; the only ones that include <hdf5.h>. */
#ifndef SPX_STORE_STORE_H
#define SPX_STORE_STORE_H

#include "spx/file.h"
#include "spx/store.h"

#include <hdf5.h>

/* An HDF5 file being written: nothing, or a claim on it, and the file itself. */
typedef struct store_writing {
    spx_claim claim;
    hid_t file;
} store_writing;

struct spx_store {
    char *path;
    spx_claim claim; /* of a store that is written */
    hid_t file;
    store_writing part; /* where matrices of `stage` go, if any has gone there */
    char *part_path, stage[64];
    bool in_parts;  /* matrices of `stage` go to the part, whatever their size */
    bool failed;    /* a write did: what HDF5 holds is not what was put */
    bool foreign;   /* not a run file: names are in alphabetical order */
    spx_bytes *log; /* of a store that only remembers; else NULL */
    size_t stages;
};

enum { STORE_PATH = 1200 }; /* of an object in the file */

/* store_file.c. SPX_EIO, or SPX_ENOMEM once spx_store_starved: "FILE: HDF5 cannot WHAT PATH", and
 * the system's reason if it gave one. */
spx_status store_fail(const spx_store *s, const char *what, const char *path, spx_error *err);
/* What the system said when an HDF5 function failed, for store_fail to tell; 0: nothing. */
int store_system_error(void);
/* Passes on the status of a write; after SPX_EIO or SPX_ENOMEM the store refuses to commit. */
spx_status store_wrote(spx_store *s, spx_status st);
/* Closes an object, unless its id is negative; false if what was written to it cannot be kept. */
bool store_shut(herr_t (*shut)(hid_t), hid_t id);
/* A new, empty file at path, which the caller has claimed; negative: HDF5 cannot. */
hid_t store_create_file(const char *path);
/* Opens an HDF5 file to be read, or, if `write`, changed. */
hid_t store_open_file(const char *path, bool write);
/* A property list for a new dataset in chunks, with checksums; chunk NULL: in one piece, without.
 * Close with H5Pclose. */
hid_t store_dataset_list(int axes, const hsize_t *chunk, bool compress);

/* store_list.c: spx_store_names of an open group; `path` is what messages call it. SPX_ENOMEM;
 * SPX_EIO. */
SPX_CHECKED spx_status store_list(const spx_store *s, hid_t group, const char *path,
                                  bool alphabetical, char ***names, size_t *n, spx_error *err);

/* store_parts.c: parts of a run file. The file in which what has this path is, or is to be. */
hid_t store_home(const spx_store *s, const char *path);
/* The same for a new matrix of that many bytes, or a group (0): decides, and links a part. */
SPX_CHECKED spx_status store_settle(spx_store *s, const char *path, size_t bytes, hid_t *file,
                                    spx_error *err);
/* SPX_EIO that names the file, if the path leads through a link to a part that cannot be opened. */
SPX_CHECKED spx_status store_check_link(const spx_store *s, const char *path, spx_error *err);
/* Whether every name of the path exists in the file (H5Lexists asks for the last alone): 1, 0, or
 * -1 where the file cannot be read, which is not 0. */
htri_t store_exists(hid_t file, const char *path);
/* The same of the run file itself, without its part; SPX_EIO where it cannot be read. */
SPX_CHECKED spx_status store_find(const spx_store *s, const char *path, bool *found,
                                  spx_error *err);
/* True if the last name of the path is a link to a part. */
bool store_is_linked(hid_t file, const char *path);
/* Where a link to a part, or to another name (file NULL), leads. */
typedef struct store_link {
    char value[2 * SPX_PATH_SIZE];
    const char *file, *object; /* the part relative to the run file's folder; the path there */
} store_link;
bool store_read_link(hid_t file, const char *path, store_link *out);
/* The path of a part that a link names. */
SPX_CHECKED spx_status store_part_path(const spx_store *s, const char *file,
                                       char out[SPX_PATH_SIZE], spx_error *err);
/* Parts are read even where the file that leads to them is written. */
hid_t store_open_group(hid_t file, const char *path);
hid_t store_open_dataset(hid_t file, const char *path);
hid_t store_open_object(hid_t file, const char *path);
/* The folder of the parts, or of the file at `path` another file beside it. */
SPX_CHECKED spx_status store_folder(const char *real, const char *file, char out[SPX_PATH_SIZE],
                                    spx_error *err);

/* Opens the group at path ("" is the root). Close with H5Gclose. SPX_ENOTFOUND. */
SPX_CHECKED spx_status store_group(const spx_store *s, const char *path, hid_t *out,
                                   spx_error *err);
/* The same, and creates it and its parents as needed. */
SPX_CHECKED spx_status store_new_group(spx_store *s, const char *path, hid_t *out, spx_error *err);
/* The same in one file; negative: HDF5 cannot. */
hid_t store_make_group(hid_t file, const char *path);
/* Opens dataset group/name; SPX_ENOTFOUND names file and path. Close with H5Dclose. */
SPX_CHECKED spx_status store_dataset(const spx_store *s, const char *group, const char *name,
                                     hid_t *out, spx_error *err);
/* group/name; the root is "". */
void store_join_names(const char *group, const char *name, char out[STORE_PATH]);
enum { STORE_NOT_A_MATRIX = -1 };
/* Sizes of a dataset with up to two axes; returns their number, or STORE_NOT_A_MATRIX. */
int store_size(hid_t dataset, hsize_t size[2]);
/* Creates or replaces a text attribute of an open object. */
SPX_CHECKED spx_status store_text_attribute(hid_t object, const char *name, const char *value,
                                            spx_error *err);

/* Puts the first axis of a new dataset of the group along /stage, and /stage and its names where
 * readers of the group find them. */
bool store_along_stages(const spx_store *s, hid_t group, hid_t dataset);

/* spx_store_put_matrix of rows x cols numbers without gaps. */
SPX_CHECKED spx_status store_put_doubles(spx_store *s, const char *group, const char *name,
                                         const double *data, size_t rows, size_t cols,
                                         spx_error *err);
/* SPX_EFORMAT unless the SHA-256 of what was read is the one that the dataset has as attribute. */
SPX_CHECKED spx_status store_compare_hash(const spx_store *s, const char *group, const char *name,
                                          const char *hash, spx_error *err);

/* store_rows.c: long rows that wait in parts. True if the stage's in this group do. */
bool store_keeps_rows_apart(const spx_store *s, const char *group, size_t stage);
SPX_CHECKED spx_status store_put_apart(spx_store *s, const char *group, const char *name,
                                       const double *row, size_t n, spx_error *err);
/* Fills in the rows of group/name that wait, if it has any. */
SPX_CHECKED spx_status store_fill_rows(const spx_store *s, const char *group, const char *name,
                                       spx_mat *A, spx_error *err);
/* Puts all that wait into their datasets. */
SPX_CHECKED spx_status store_bring_rows(spx_store *s, spx_error *err);
/* Writes n doubles into row `row` of a dataset from column 0 on. */
bool store_write_row(hid_t dataset, hsize_t row, hsize_t n, const double *values);

/* store_copy.c: writes the object `from`, which is closed, with all that it holds to `path` of a
 * file or group, whose groups above it are there. False, with HDF5's reason remembered, if
 * something of it was not. Memory: the largest chunk. */
bool store_copy(hid_t from, hid_t file, const char *path);

/* store_check.c: reads the dataset or group at `path` of an open file, which must be whole.
 * SPX_EFORMAT names the first dataset that is not. */
SPX_CHECKED spx_status store_verify(const spx_store *s, const char *path, spx_error *err);

/* spx_store_put_row of a store that only remembers. */
SPX_CHECKED spx_status store_log_row(spx_store *s, const char *group, const spx_quantity *q,
                                     size_t stage, const char *axis, const double *values, size_t n,
                                     spx_error *err);

/* spx_store_say_name of such a store. */
SPX_CHECKED spx_status store_log_name(spx_store *s, const char *group, const char *tensor,
                                      spx_error *err);

#endif
