/* store_data.c: stages, and series along them, in a run file. */
#include "store/store.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void store_join_names(const char *group, const char *name, char out[STORE_PATH])
{
    snprintf(out, STORE_PATH, "%s%s%s", group, *group ? "/" : "", name);
}

spx_status store_dataset(const spx_store *s, const char *group, const char *name, hid_t *out,
                         spx_error *err)
{
    char path[STORE_PATH];
    store_join_names(group, name, path);
    *out = store_open_dataset(store_home(s, path), path);
    if (*out >= 0) return SPX_OK;
    const spx_status st = store_check_link(s, path, err);
    if (st != SPX_OK) return st;
    if (store_exists(store_home(s, path), path) != 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is damaged: HDF5 cannot open it", s->path, path);
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no dataset %s", s->path, path);
}

int store_size(hid_t dataset, hsize_t size[2])
{
    const hid_t space = H5Dget_space(dataset);
    const int axes = H5Sget_simple_extent_ndims(space);
    size[0] = size[1] = 1;
    const bool good = H5Sget_simple_extent_type(space) != H5S_NULL && axes >= 0 && axes <= 2 &&
                      H5Sget_simple_extent_dims(space, size, NULL) >= 0;
    H5Sclose(space);
    return good ? axes : STORE_NOT_A_MATRIX;
}

/* Grows a dataset to at least rows x cols; never shrinks it. */
static bool grow_dataset(hid_t dataset, hsize_t rows, hsize_t cols)
{
    hsize_t size[2];
    if (store_size(dataset, size) < 1) return false;
    if (size[0] >= rows && size[1] >= cols) return true;
    size[0] = size[0] > rows ? size[0] : rows;
    size[1] = size[1] > cols ? size[1] : cols;
    return H5Dset_extent(dataset, size) >= 0;
}

bool store_write_row(hid_t dataset, hsize_t row, hsize_t n, const double *values)
{
    hsize_t size[2];
    const int axes = store_size(dataset, size);
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
    if (!(grow_dataset(stage, s->stages + 1, 1) && store_write_row(stage, s->stages, 1, &edits) &&
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
    const htri_t there = H5Lexists(group, axis, H5P_DEFAULT);
    *out = there != 0 ? H5Dopen2(group, axis, H5P_DEFAULT) : H5I_INVALID_HID;
    if (there == 0) {
        const hid_t space = H5Screate_simple(1, &none, &any),
                    list = store_dataset_list(1, &chunk, false);
        *out = H5Dcreate2(group, axis, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
        H5Sclose(space);
        H5Pclose(list);
        if (*out < 0 || H5DSset_scale(*out, axis) < 0) return false;
    }
    hsize_t size[2];
    if (store_size(*out, size) != 1) return false;
    if (size[0] >= n) return true;
    if (H5Dset_extent(*out, &n) < 0) return false;
    for (hsize_t i = size[0]; i < n; i++) {
        const double v = (double)i + 1;
        if (!store_write_row(*out, i, 1, &v)) return false;
    }
    return true;
}

/* Creates group/q->name along the axis of stages and, if `axis` is given, a second one. */
static hid_t make_series(const spx_store *s, hid_t group, const spx_quantity *q, const char *axis,
                         hsize_t n)
{
    const hsize_t size[2] = {s->stages, n}, any[2] = {H5S_UNLIMITED, H5S_UNLIMITED};
    const hsize_t chunk[2] = {axis ? 1 : 16, n > 0 ? n : 1};
    const double missing = (double)NAN;
    const int axes = axis ? 2 : 1;
    const hid_t space = H5Screate_simple(axes, size, any),
                list = store_dataset_list(axes, chunk, axis != NULL);
    H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &missing);
    const hid_t d =
        H5Dcreate2(group, q->name, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(list);
    hid_t scale = H5I_INVALID_HID;
    bool good = d >= 0 && store_along_stages(s, group, d);
    if (good && axis)
        good = ensure_scale(group, axis, n, &scale) && H5DSattach_scale(d, scale, 1) >= 0;
    good = store_shut(H5Dclose, scale) && good;
    if (good && store_text_attribute(d, "units", q->units, NULL) == SPX_OK &&
        store_text_attribute(d, "long_name", q->long_name, NULL) == SPX_OK &&
        store_text_attribute(d, "source", q->source, NULL) == SPX_OK)
        return d;
    if (d >= 0) H5Dclose(d);
    return H5I_INVALID_HID;
}

/* values NULL: makes the row, without numbers. */
static bool put_values(const spx_store *s, hid_t group, const spx_quantity *q, size_t stage,
                       const char *axis, const double *values, size_t n)
{
    hid_t scale = H5I_INVALID_HID;
    const bool exists = H5Lexists(group, q->name, H5P_DEFAULT) != 0;
    const hid_t d =
        exists ? H5Dopen2(group, q->name, H5P_DEFAULT) : make_series(s, group, q, axis, n);
    if (d < 0) return false;
    bool good = grow_dataset(d, s->stages, axis ? n : 1);
    if (good && axis) good = ensure_scale(group, axis, n, &scale);
    good = store_shut(H5Dclose, scale) && good;
    good = good && (!values || store_write_row(d, stage, n, values));
    return store_shut(H5Dclose, d) && good;
}

spx_status spx_store_put_row(spx_store *s, const char *group, const spx_quantity *q, size_t stage,
                             const char *axis, const double *values, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    if (s->log) return store_log_row(s, group, q, stage, axis, values, n, err);
    if (stage >= s->stages) SPX_RAISE(err, SPX_EINVAL, "%s: no stage %zu yet", s->path, stage);
    if (n >= SPX_STORE_LONG_ROW && store_keeps_rows_apart(s, group, stage)) {
        SPX_TRY(store_put_apart(s, group, q->name, values, n, err));
        values = NULL;
    }
    SPX_TRY(store_new_group(s, group, &g, err));
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
