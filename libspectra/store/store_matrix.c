/* store_matrix.c: matrices that do not vary by stage, with checksums; any dataset read as one. */
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static bool holds_numbers(hid_t dataset)
{
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t kind = H5Tget_class(type);
    H5Tclose(type);
    return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

/* Why a dataset was not read: the system, or else the checksum of a piece. */
static spx_status damaged(const spx_store *s, const char *group, const char *name, spx_error *err)
{
    if (store_system_error()) return store_fail(s, "read", name, err);
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s%s%s is damaged: HDF5 cannot read it", s->path, group,
                    *group ? "/" : "", name);
}

spx_status store_compare_hash(const spx_store *s, const char *group, const char *name,
                              const char *hash, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[STORE_PATH], *said = NULL;
    store_join_names(group, name, path);
    SPX_TRY(spx_store_get_text(s, path, "sha256", &said, err));
    if (strcmp(hash, said) != 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s has SHA-256 %s, its attribute says %.64s", s->path,
                  path, hash, said);
out:
    spx_free(said);
    return st;
}

/* True if a dataset of that type has the SHA-256 of its bytes beside it. */
static bool bears_hash(hid_t d, hid_t disk)
{
    const hid_t type = H5Dget_type(d);
    const bool same = H5Tequal(type, disk) != 0; /* doubt is for whoever reads the attribute */
    H5Tclose(type);
    return same && H5Aexists(d, "sha256") != 0;
}

/* SHA-256 of the floats that were widened into A. */
static spx_status hash_narrowed(const spx_mat *A, char hash[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    enum { PIECE = 4096 };
    float piece[PIECE];
    spx_hasher *h = NULL;
    const size_t values = A->rows * A->cols;
    for (size_t i = 0, n = 0; i < values; i += n) {
        for (n = 0; n < PIECE && i + n < values; n++) piece[n] = (float)A->data[i + n];
        SPX_TRY(spx_hasher_add(&h, piece, n * sizeof *piece, err));
    }
    SPX_TRY(spx_hasher_end(&h, hash, err));
out:
    if (h && spx_hasher_end(&h, NULL, NULL) != SPX_OK) st = SPX_ENOMEM;
    return st;
}

/* Compares what was read as doubles with the SHA-256 of the file's own bytes. */
static spx_status check_doubles(const spx_store *s, const char *group, const char *name, hid_t d,
                                const spx_mat *A, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    if (bears_hash(d, H5T_IEEE_F64LE))
        SPX_TRY(spx_sha256(A->data, A->rows * A->cols * sizeof *A->data, hash, err));
    else if (bears_hash(d, H5T_IEEE_F32LE))
        SPX_TRY(hash_narrowed(A, hash, err));
    else
        return SPX_OK;
    SPX_TRY(store_compare_hash(s, group, name, hash, err));
out:
    return st;
}

spx_status spx_store_get(const spx_store *s, const char *group, const char *name, spx_mat *out,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    hsize_t size[2] = {0, 0};
    *out = (spx_mat){0};
    SPX_TRY(store_dataset(s, group, name, &d, err));
    if (store_size(d, size) == STORE_NOT_A_MATRIX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s is not a number, vector or matrix", s->path, name);
    if (!holds_numbers(d))
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s does not hold real numbers", s->path, name);
    SPX_TRY(spx_mat_alloc(out, (size_t)size[0], (size_t)size[1], err));
    if (size[0] * size[1] > 0 &&
        H5Dread(d, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, out->data) < 0)
        SPX_TRY(damaged(s, group, name, err));
    SPX_TRY(check_doubles(s, group, name, d, out, err));
    SPX_TRY(store_fill_rows(s, group, name, out, err));
out:
    if (st != SPX_OK) spx_mat_free(out);
    if (d >= 0) H5Dclose(d);
    return st;
}

/* What is written: rows x cols values of type `memory`, stored as `disk`. */
typedef struct matrix_values {
    size_t rows, cols;
    hid_t memory, disk;
    const void *data;
} matrix_values;

/* Whole rows, or pieces of long ones, of up to 1 MiB each, so that HDF5 puts a checksum to each. */
static hid_t matrix_list(const matrix_values *v)
{
    const hsize_t most = ((hsize_t)1 << 20) / H5Tget_size(v->disk);
    const hsize_t cols = v->cols < most ? v->cols : most;
    const hsize_t fit = cols > 0 ? most / cols : 0,
                  pieces = fit > 0 ? (v->rows + fit - 1) / fit : 0;
    const hsize_t rows = pieces > 0 ? (v->rows + pieces - 1) / pieces : 0; /* the last is as full */
    const hsize_t chunk[2] = {rows, cols};
    return store_dataset_list(2, rows > 0 && cols > 0 ? chunk : NULL, false);
}

static bool is_like(hid_t d, const matrix_values *v)
{
    hsize_t have[2] = {0, 0};
    const hid_t type = H5Dget_type(d);
    const bool same = H5Tequal(type, v->disk) > 0;
    H5Tclose(type);
    return same && store_size(d, have) == 2 && have[0] == v->rows && have[1] == v->cols;
}

/* Opens the dataset if it has v's shape and type; otherwise replaces it by one that has. */
static hid_t open_matrix(hid_t group, const char *name, const matrix_values *v)
{
    const hsize_t want[2] = {v->rows, v->cols};
    hid_t d = H5I_INVALID_HID;
    const bool there = H5Lexists(group, name, H5P_DEFAULT) != 0;
    if (there && !store_is_linked(group, name)) d = H5Dopen2(group, name, H5P_DEFAULT);
    if (d >= 0 && is_like(d, v)) return d;
    if (d >= 0 && H5Dclose(d) < 0) return H5I_INVALID_HID;
    if (there && H5Ldelete(group, name, H5P_DEFAULT) < 0) return H5I_INVALID_HID;
    const hid_t space = H5Screate_simple(2, want, NULL), list = matrix_list(v);
    d = H5Dcreate2(group, name, v->disk, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    H5Sclose(space);
    return d;
}

static spx_status put_matrix(spx_store *s, const char *group, const char *name,
                             const matrix_values *v, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[STORE_PATH], hash[SPX_SHA256_HEX];
    const size_t bytes = v->rows * v->cols * H5Tget_size(v->disk);
    hid_t file = H5I_INVALID_HID;
    store_join_names(group, name, path);
    SPX_TRY(spx_sha256(v->data, bytes, hash, err));
    SPX_TRY(store_settle(s, path, bytes, &file, err));
    const hid_t g = *group ? store_make_group(file, group) : store_open_group(file, "/");
    const hid_t d = g >= 0 ? open_matrix(g, name, v) : H5I_INVALID_HID;
    bool good = d >= 0 && H5Dwrite(d, v->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, v->data) >= 0 &&
                store_text_attribute(d, "sha256", hash, NULL) == SPX_OK;
    good = store_shut(H5Dclose, d) && good;
    good = store_shut(H5Gclose, g) && good;
    if (!good) st = store_fail(s, "write", name, err);
out:
    return store_wrote(s, st);
}

spx_status store_put_doubles(spx_store *s, const char *group, const char *name, const double *data,
                             size_t rows, size_t cols, spx_error *err)
{
    const matrix_values v = {.rows = rows,
                             .cols = cols,
                             .memory = H5T_NATIVE_DOUBLE,
                             .disk = H5T_IEEE_F64LE,
                             .data = data};
    return put_matrix(s, group, name, &v, err);
}

spx_status spx_store_put_matrix(spx_store *s, const char *group, const char *name, const spx_mat *A,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat whole = {0}; /* A without gaps between its rows */
    SPX_TRY(spx_mat_clone(&whole, A, err));
    SPX_TRY(store_put_doubles(s, group, name, whole.data, A->rows, A->cols, err));
out:
    spx_mat_free(&whole);
    return st;
}

spx_status spx_store_put_floats(spx_store *s, const char *group, const char *name,
                                const float *data, size_t rows, size_t cols, spx_error *err)
{
    const matrix_values v = {.rows = rows,
                             .cols = cols,
                             .memory = H5T_NATIVE_FLOAT,
                             .disk = H5T_IEEE_F32LE,
                             .data = data};
    return put_matrix(s, group, name, &v, err);
}

spx_status spx_store_get_floats(const spx_store *s, const char *group, const char *name,
                                float **data, size_t *rows, size_t *cols, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    hsize_t size[2] = {0, 0};
    float *values = NULL;
    char hash[SPX_SHA256_HEX];
    *data = NULL;
    *rows = *cols = 0;
    SPX_TRY(store_dataset(s, group, name, &d, err));
    if (store_size(d, size) != 2 || size[0] > INT32_MAX || size[1] > INT32_MAX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s/%s is not a matrix", s->path, group, name);
    SPX_TRY(SPX_NEW(&values, (size_t)(size[0] * size[1]), err));
    if (H5Dread(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        SPX_TRY(damaged(s, group, name, err));
    if (bears_hash(d, H5T_IEEE_F32LE)) {
        SPX_TRY(spx_sha256(values, (size_t)(size[0] * size[1]) * sizeof *values, hash, err));
        SPX_TRY(store_compare_hash(s, group, name, hash, err));
    }
    *data = values;
    values = NULL;
    *rows = (size_t)size[0];
    *cols = (size_t)size[1];
out:
    spx_free(values);
    if (d >= 0) H5Dclose(d);
    return st;
}
