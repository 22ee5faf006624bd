/* store_data.c: stages, series along them, and matrices in a run file. */
#include "files/store.h"

#include "spx/file.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

spx_status store_dataset(const spx_store *s, const char *group, const char *name, hid_t *out,
                         spx_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
    *out = H5Dopen2(s->file, path, H5P_DEFAULT);
    if (*out >= 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no dataset %s", s->path, path);
}

enum { NOT_A_MATRIX = -1 };
/* Sizes of a dataset with up to two axes; returns their number, or NOT_A_MATRIX. */
static int dataset_size(hid_t dataset, hsize_t size[2])
{
    const hid_t space = H5Dget_space(dataset);
    const int axes = H5Sget_simple_extent_ndims(space);
    size[0] = size[1] = 1;
    const bool good = H5Sget_simple_extent_type(space) != H5S_NULL && axes >= 0 && axes <= 2 &&
                      H5Sget_simple_extent_dims(space, size, NULL) >= 0;
    H5Sclose(space);
    return good ? axes : NOT_A_MATRIX;
}

static bool holds_numbers(hid_t dataset)
{
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t kind = H5Tget_class(type);
    H5Tclose(type);
    return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

/* Grows a dataset to at least rows x cols; never shrinks it. */
static bool grow_dataset(hid_t dataset, hsize_t rows, hsize_t cols)
{
    hsize_t size[2];
    if (dataset_size(dataset, size) < 1) return false;
    if (size[0] >= rows && size[1] >= cols) return true;
    size[0] = size[0] > rows ? size[0] : rows;
    size[1] = size[1] > cols ? size[1] : cols;
    return H5Dset_extent(dataset, size) >= 0;
}

/* Writes n doubles from memory into row `row` from column 0 on. */
static bool write_row(hid_t dataset, hsize_t row, hsize_t n, const double *values)
{
    hsize_t size[2];
    const int axes = dataset_size(dataset, size);
    const hsize_t from[2] = {row, 0}, count[2] = {1, n}, memory = n;
    const hid_t space = H5Dget_space(dataset), in = H5Screate_simple(1, &memory, NULL);
    const bool good = axes > 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL) >= 0 &&
                      H5Dwrite(dataset, H5T_NATIVE_DOUBLE, in, space, H5P_DEFAULT, values) >= 0;
    H5Sclose(in);
    H5Sclose(space);
    return good;
}

static bool write_name(hid_t dataset, hsize_t row, const char *name)
{
    char fixed[64] = "";
    const hsize_t one = 1;
    snprintf(fixed, sizeof fixed, "%s", name);
    const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    const hid_t in = H5Screate_simple(1, &one, NULL);
    const bool good = H5Sselect_hyperslab(space, H5S_SELECT_SET, &row, NULL, &one, NULL) >= 0 &&
                      H5Dwrite(dataset, type, in, space, H5P_DEFAULT, fixed) >= 0;
    H5Sclose(in);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

spx_status spx_store_add_stage(spx_store *s, const char *name, double edits, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t stage = H5I_INVALID_HID, names = H5I_INVALID_HID;
    size_t ignored = 0;
    if (strlen(name) >= 64 || strchr(name, '/') || !*name)
        SPX_RAISE(err, SPX_EINVAL,
                  "%s: invalid stage name '%.70s' (expected 1 to 63 bytes without '/')", s->path,
                  name);
    if (spx_store_find_stage(s, name, &ignored, NULL) == SPX_OK)
        SPX_RAISE(err, SPX_EINVAL, "%s: stage %s already exists", s->path, name);
    SPX_TRY(store_dataset(s, "", "stage", &stage, err));
    SPX_TRY(store_dataset(s, "", "stage_name", &names, err));
    if (!(grow_dataset(stage, s->stages + 1, 1) && write_row(stage, s->stages, 1, &edits) &&
          grow_dataset(names, s->stages + 1, 1) && write_name(names, s->stages, name)))
        SPX_TRY(store_fail(s, "add", "a stage", err));
    s->stages++;
out:
    if (!store_shut(H5Dclose, stage) && st == SPX_OK) st = store_fail(s, "add", "a stage", err);
    if (!store_shut(H5Dclose, names) && st == SPX_OK) st = store_fail(s, "add", "a stage", err);
    return store_wrote(s, st);
}

spx_status spx_store_stage(const spx_store *s, size_t i, char **name, double *edits, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat axis = {0};
    char *all = NULL;
    hid_t names = H5I_INVALID_HID;
    *name = NULL;
    if (i >= s->stages) return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no stage %zu", s->path, i);
    SPX_TRY(spx_store_get(s, "", "stage", &axis, err));
    *edits = axis.data[i];
    SPX_TRY(store_dataset(s, "", "stage_name", &names, err));
    SPX_TRY(SPX_NEW(&all, 64 * s->stages + 1, err));
    const hid_t type = H5Dget_type(names);
    const bool good =
        H5Tget_size(type) == 64 && H5Dread(names, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) >= 0;
    H5Tclose(type);
    if (!good) SPX_RAISE(err, SPX_EFORMAT, "%s: stage_name cannot be read", s->path);
    const char *text = all + 64 * i, *end = memchr(text, '\0', 64);
    SPX_TRY(spx_text_copy(name, text, end ? (size_t)(end - text) : 64, err));
out:
    if (names >= 0) H5Dclose(names);
    spx_free(all);
    spx_mat_free(&axis);
    return st;
}

spx_status spx_store_find_stage(const spx_store *s, const char *name, size_t *index, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < s->stages; i++) {
        char *have = NULL;
        double edits = 0;
        SPX_TRY(spx_store_stage(s, i, &have, &edits, err));
        const bool same = strcmp(have, name) == 0;
        spx_free(have);
        if (!same) continue;
        *index = i;
        return SPX_OK;
    }
    st = SPX_FAIL(err, SPX_ENOTFOUND, "%s: no stage %s", s->path, name);
out:
    return st;
}

/* Opens the scale 1 .. n of a series' second axis, made or extended as needed. */
static bool ensure_scale(hid_t group, const char *axis, hsize_t n, hid_t *out)
{
    const hsize_t any = H5S_UNLIMITED, chunk = n < 1024 ? n : 1024, none = 0;
    *out = H5Lexists(group, axis, H5P_DEFAULT) > 0 ? H5Dopen2(group, axis, H5P_DEFAULT)
                                                   : H5I_INVALID_HID;
    if (*out < 0) {
        const hid_t space = H5Screate_simple(1, &none, &any),
                    list = store_dataset_list(1, &chunk, false);
        *out = H5Dcreate2(group, axis, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
        H5Sclose(space);
        H5Pclose(list);
        if (*out < 0 || H5DSset_scale(*out, axis) < 0) return false;
    }
    hsize_t size[2];
    if (dataset_size(*out, size) != 1) return false;
    if (size[0] >= n) return true;
    if (H5Dset_extent(*out, &n) < 0) return false;
    for (hsize_t i = size[0]; i < n; i++) {
        const double v = (double)i + 1;
        if (!write_row(*out, i, 1, &v)) return false;
    }
    return true;
}

/* Creates group/q->name along the axis of stages and, if `axis` is given, a second one. */
static hid_t make_series(const spx_store *s, hid_t group, const spx_quantity *q, const char *axis,
                         hsize_t n)
{
    const hsize_t size[2] = {s->stages, n}, any[2] = {H5S_UNLIMITED, H5S_UNLIMITED};
    const hsize_t chunk[2] = {axis ? 1 : 64, n > 0 ? n : 1};
    const double missing = (double)NAN;
    const int axes = axis ? 2 : 1;
    const hid_t space = H5Screate_simple(axes, size, any),
                list = store_dataset_list(axes, chunk, axis != NULL);
    H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &missing);
    const hid_t d =
        H5Dcreate2(group, q->name, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(list);
    const hid_t stage = H5Dopen2(s->file, "stage", H5P_DEFAULT);
    hid_t scale = H5I_INVALID_HID;
    bool good = d >= 0 && stage >= 0 && H5DSattach_scale(d, stage, 0) >= 0;
    if (good && axis)
        good = ensure_scale(group, axis, n, &scale) && H5DSattach_scale(d, scale, 1) >= 0;
    good = store_shut(H5Dclose, scale) && good;
    good = store_shut(H5Dclose, stage) && good;
    if (good && store_text_attribute(d, "units", q->units, NULL) == SPX_OK &&
        store_text_attribute(d, "long_name", q->long_name, NULL) == SPX_OK &&
        store_text_attribute(d, "source", q->source, NULL) == SPX_OK)
        return d;
    if (d >= 0) H5Dclose(d);
    return H5I_INVALID_HID;
}

static bool put_values(const spx_store *s, hid_t group, const spx_quantity *q, size_t stage,
                       const char *axis, const double *values, size_t n)
{
    hid_t scale = H5I_INVALID_HID;
    const bool exists = H5Lexists(group, q->name, H5P_DEFAULT) > 0;
    const hid_t d =
        exists ? H5Dopen2(group, q->name, H5P_DEFAULT) : make_series(s, group, q, axis, n);
    if (d < 0) return false;
    bool good = grow_dataset(d, s->stages, axis ? n : 1);
    if (good && axis) good = ensure_scale(group, axis, n, &scale);
    good = store_shut(H5Dclose, scale) && good;
    good = good && write_row(d, stage, n, values);
    return store_shut(H5Dclose, d) && good;
}

spx_status spx_store_put_row(spx_store *s, const char *group, const spx_quantity *q, size_t stage,
                             const char *axis, const double *values, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    if (s->log) return store_log_row(s, group, q, stage, axis, values, n, err);
    if (stage >= s->stages) SPX_RAISE(err, SPX_EINVAL, "%s: no stage %zu yet", s->path, stage);
    SPX_TRY(store_group(s, group, true, &g, err));
    bool good = n == 0 || put_values(s, g, q, stage, axis, values, n);
    good = store_shut(H5Gclose, g) && good;
    if (!good) st = store_fail(s, "write", q->name, err);
out:
    return store_wrote(s, st);
}

spx_status spx_store_put(spx_store *s, const char *group, const spx_quantity *q, size_t stage,
                         double value, spx_error *err)
{
    return spx_store_put_row(s, group, q, stage, NULL, &value, 1, err);
}

/* Why a dataset was not read: the system, or else the checksum of a piece. */
static spx_status store_damaged(const spx_store *s, const char *group, const char *name,
                                spx_error *err)
{
    if (store_system_error()) return store_fail(s, "read", name, err);
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s%s%s is damaged: HDF5 cannot read it", s->path, group,
                    *group ? "/" : "", name);
}

spx_status spx_store_get(const spx_store *s, const char *group, const char *name, spx_mat *out,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    hsize_t size[2] = {0, 0};
    *out = (spx_mat){0};
    SPX_TRY(store_dataset(s, group, name, &d, err));
    if (dataset_size(d, size) == NOT_A_MATRIX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s is not a number, vector or matrix", s->path, name);
    if (!holds_numbers(d))
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s does not hold real numbers", s->path, name);
    SPX_TRY(spx_mat_alloc(out, (size_t)size[0], (size_t)size[1], err));
    if (size[0] * size[1] > 0 &&
        H5Dread(d, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, out->data) < 0)
        SPX_TRY(store_damaged(s, group, name, err));
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
    const hsize_t fit = cols > 0 ? most / cols : 0, rows = v->rows < fit ? v->rows : fit;
    const hsize_t chunk[2] = {rows, cols};
    return store_dataset_list(2, rows > 0 && cols > 0 ? chunk : NULL, false);
}

/* Opens the dataset if it has v's shape; otherwise replaces it by one that has. */
static hid_t open_matrix(hid_t group, const char *name, const matrix_values *v)
{
    const hsize_t want[2] = {v->rows, v->cols};
    hsize_t have[2] = {0, 0};
    hid_t d = H5I_INVALID_HID;
    if (H5Lexists(group, name, H5P_DEFAULT) > 0) d = H5Dopen2(group, name, H5P_DEFAULT);
    if (d >= 0 && dataset_size(d, have) == 2 && have[0] == want[0] && have[1] == want[1]) return d;
    if (d >= 0 && (H5Dclose(d) < 0 || H5Ldelete(group, name, H5P_DEFAULT) < 0))
        return H5I_INVALID_HID;
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
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(store_group(s, group, true, &g, err));
    const hid_t d = open_matrix(g, name, v);
    bool good = d >= 0 && H5Dwrite(d, v->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, v->data) >= 0;
    good = store_shut(H5Dclose, d) && good;
    good = store_shut(H5Gclose, g) && good;
    if (!good) st = store_fail(s, "write", name, err);
out:
    return store_wrote(s, st);
}

spx_status spx_store_put_matrix(spx_store *s, const char *group, const char *name, const spx_mat *A,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat whole = {0}; /* A without gaps between its rows */
    SPX_TRY(spx_mat_clone(&whole, A, err));
    const matrix_values v = {.rows = A->rows,
                             .cols = A->cols,
                             .memory = H5T_NATIVE_DOUBLE,
                             .disk = H5T_IEEE_F64LE,
                             .data = whole.data};
    SPX_TRY(put_matrix(s, group, name, &v, err));
out:
    spx_mat_free(&whole);
    return st;
}

spx_status spx_store_put_floats(spx_store *s, const char *group, const char *name,
                                const float *data, size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    char hash[SPX_SHA256_HEX];
    const matrix_values v = {.rows = rows,
                             .cols = cols,
                             .memory = H5T_NATIVE_FLOAT,
                             .disk = H5T_IEEE_F32LE,
                             .data = data};
    SPX_TRY(put_matrix(s, group, name, &v, err));
    SPX_TRY(spx_sha256(data, rows * cols * sizeof *data, hash, err));
    SPX_TRY(store_dataset(s, group, name, &d, err));
    bool good = store_text_attribute(d, "sha256", hash, NULL) == SPX_OK;
    good = store_shut(H5Dclose, d) && good;
    if (!good) st = store_fail(s, "write attribute sha256 of", name, err);
out:
    return store_wrote(s, st);
}

/* Compares floats as they were read with the SHA-256 that was kept beside them, if one was. */
static spx_status check_hash(const spx_store *s, const char *group, const char *name, hid_t d,
                             const float *values, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[1024], hash[SPX_SHA256_HEX], *said = NULL;
    const hid_t type = H5Dget_type(d);
    const bool as_written = H5Tequal(type, H5T_IEEE_F32LE) > 0; /* as spx_store_put_floats does */
    H5Tclose(type);
    if (!as_written || H5Aexists(d, "sha256") <= 0) return SPX_OK;
    snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
    SPX_TRY(spx_store_get_text(s, path, "sha256", &said, err));
    SPX_TRY(spx_sha256(values, n * sizeof *values, hash, err));
    if (strcmp(hash, said) != 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s has SHA-256 %s, its attribute says %.64s", s->path,
                  path, hash, said);
out:
    spx_free(said);
    return st;
}

spx_status spx_store_get_floats(const spx_store *s, const char *group, const char *name,
                                float **data, size_t *rows, size_t *cols, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t d = H5I_INVALID_HID;
    hsize_t size[2] = {0, 0};
    float *values = NULL;
    *data = NULL;
    *rows = *cols = 0;
    SPX_TRY(store_dataset(s, group, name, &d, err));
    if (dataset_size(d, size) != 2 || size[0] > INT32_MAX || size[1] > INT32_MAX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s/%s is not a matrix", s->path, group, name);
    SPX_TRY(SPX_NEW(&values, (size_t)(size[0] * size[1]), err));
    if (H5Dread(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        SPX_TRY(store_damaged(s, group, name, err));
    SPX_TRY(check_hash(s, group, name, d, values, (size_t)(size[0] * size[1]), err));
    *data = values;
    values = NULL;
    *rows = (size_t)size[0];
    *cols = (size_t)size[1];
out:
    spx_free(values);
    if (d >= 0) H5Dclose(d);
    return st;
}
