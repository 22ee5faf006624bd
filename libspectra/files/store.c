/* store.c: a run file opened and committed, its groups and attributes. */
#include "files/store.h"

#include "spx/file.h"
#include "spx/names.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double schema = 1;

spx_status store_fail(const spx_store *s, const char *what, const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EIO, "%s: HDF5 cannot %s %s", s->path, what, path);
}

static spx_status join_path(char **out, const char *a, const char *b, spx_error *err)
{
    char text[4096];
    const int n = snprintf(text, sizeof text, "%s%s", a, b);
    if (n < 0 || (size_t)n >= sizeof text)
        return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", a);
    return spx_text_copy(out, text, (size_t)n, err);
}

/* Creates the axis of stages and their names, without a stage. */
static spx_status make_stage_axis(spx_store *s, spx_error *err)
{
    const hsize_t none = 0, any = H5S_UNLIMITED, chunk = 64;
    const hid_t space = H5Screate_simple(1, &none, &any), list = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 64);
    H5Tset_cset(text, H5T_CSET_UTF8);
    H5Pset_chunk(list, 1, &chunk);
    const hid_t stage =
        H5Dcreate2(s->file, "stage", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    const hid_t name =
        H5Dcreate2(s->file, "stage_name", text, space, H5P_DEFAULT, list, H5P_DEFAULT);
    spx_status st = SPX_OK;
    if (stage < 0 || name < 0 || H5DSset_scale(stage, "stage") < 0 ||
        H5DSattach_scale(name, stage, 0) < 0)
        SPX_TRY(store_fail(s, "create", "stage", err));
    SPX_TRY(store_text_attribute(stage, "long_name", "edits made so far", err));
    SPX_TRY(store_text_attribute(stage, "units", "1", err));
out:
    H5Dclose(stage);
    H5Dclose(name);
    H5Tclose(text);
    H5Sclose(space);
    H5Pclose(list);
    return st;
}

/* Objects of HDF5 1.8: the list of the datasets along /stage is an attribute of it, and attributes
 * of older objects hold at most 64 KiB, which 4096 datasets fill. */
static hid_t access_list(void)
{
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_LATEST);
    return list;
}

static spx_status create_file(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const hid_t how = access_list();
    const hid_t list = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    s->file = H5Fcreate(s->part, H5F_ACC_TRUNC, list, how);
    H5Pclose(list);
    H5Pclose(how);
    if (s->file < 0) return store_fail(s, "create", s->part, err);
    SPX_TRY(spx_store_set_number(s, "", "spx_schema", schema, err));
    SPX_TRY(spx_store_set_text(s, "", "Conventions", "CF-1.8", err));
    SPX_TRY(make_stage_axis(s, err));
out:
    return st;
}

static spx_status open_file(spx_store *s, const char *path, unsigned flags, spx_error *err)
{
    if (access(s->path, R_OK) != 0) return spx_fail_path(err, s->path);
    const hid_t list = access_list();
    s->file = H5Fopen(path, flags, list);
    H5Pclose(list);
    if (s->file < 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: not an HDF5 file, damaged, or in use", s->path);
    return SPX_OK;
}

static spx_status count_stages(spx_store *s, spx_error *err)
{
    const hid_t stage = H5Dopen2(s->file, "stage", H5P_DEFAULT);
    const hid_t space = stage >= 0 ? H5Dget_space(stage) : H5I_INVALID_HID;
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (space >= 0) H5Sclose(space);
    if (stage >= 0) H5Dclose(stage);
    if (n < 0) return SPX_FAIL(err, SPX_EFORMAT, "%s: no axis of stages", s->path);
    s->stages = (size_t)n;
    return SPX_OK;
}

static spx_status open_existing(spx_store *s, const char *path, unsigned flags, spx_error *err)
{
    spx_status st = SPX_OK;
    double found = 0;
    SPX_TRY(open_file(s, path, flags, err));
    if (spx_store_get_number(s, "", "spx_schema", &found, NULL) != SPX_OK || found != schema)
        SPX_RAISE(err, SPX_EFORMAT, "%s: not a run file", s->path);
    SPX_TRY(count_stages(s, err));
out:
    return st;
}

static spx_status open_mode(spx_store *s, spx_store_mode mode, spx_error *err)
{
    spx_status st = SPX_OK;
    s->foreign = mode == SPX_STORE_FOREIGN;
    if (s->foreign) return open_file(s, s->path, H5F_ACC_RDONLY, err);
    if (mode == SPX_STORE_READ) return open_existing(s, s->path, H5F_ACC_RDONLY, err);
    SPX_TRY(join_path(&s->part, s->path, ".part", err));
    if (mode == SPX_STORE_UPDATE) {
        SPX_TRY(spx_file_copy(s->path, s->part, err));
        SPX_TRY(open_existing(s, s->part, H5F_ACC_RDWR, err));
        goto out;
    }
    if (access(s->path, F_OK) == 0) SPX_RAISE(err, SPX_EIO, "%s: already exists", s->path);
    SPX_TRY(create_file(s, err));
out:
    return st;
}

spx_status spx_store_open(const char *path, spx_store_mode mode, spx_store **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    *out = NULL;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* our one-line messages are enough */
    SPX_TRY(SPX_NEW(&s, 1, err));
    s->file = H5I_INVALID_HID;
    SPX_TRY(join_path(&s->path, path, "", err));
    SPX_TRY(open_mode(s, mode, err));
    *out = s;
    s = NULL;
out:
    spx_store_close(s);
    return st;
}

static void release_store(spx_store *s)
{
    spx_free(s->path);
    spx_free(s->part);
    if (s->log) spx_bytes_free(s->log);
    spx_free(s->log);
    spx_free(s);
}

spx_status spx_store_commit(spx_store **store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = *store;
    *store = NULL;
    if (H5Fclose(s->file) < 0) SPX_TRY(store_fail(s, "finish", s->part, err));
    SPX_TRY(spx_file_commit(s->part, s->path, err));
out:
    if (st != SPX_OK) (void)remove(s->part);
    release_store(s);
    return st;
}

void spx_store_close(spx_store *s)
{
    if (!s) return;
    if (s->file >= 0) H5Fclose(s->file);
    if (s->part && s->file >= 0) (void)remove(s->part);
    release_store(s);
}

const char *spx_store_path(const spx_store *s) { return s->path; }

size_t spx_store_stages(const spx_store *s) { return s->stages; }

spx_status store_group(const spx_store *s, const char *path, bool make, hid_t *out, spx_error *err)
{
    const char *name = *path ? path : "/";
    *out = H5Gopen2(s->file, name, H5P_DEFAULT);
    if (*out >= 0) return SPX_OK;
    if (!make) return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no group %s", s->path, path);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE), order = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_link_creation_order(order, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    *out = H5Gcreate2(s->file, name, links, order, H5P_DEFAULT);
    H5Pclose(links);
    H5Pclose(order);
    return *out >= 0 ? SPX_OK : store_fail(s, "create group", path, err);
}

spx_status store_text_attribute(hid_t object, const char *name, const char *value, spx_error *err)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE); /* h5py reads these as str, fixed ones as bytes */
    H5Tset_cset(type, H5T_CSET_UTF8);
    if (H5Aexists(object, name) > 0) H5Adelete(object, name);
    const hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = a >= 0 && H5Awrite(a, type, &value) >= 0;
    if (a >= 0) H5Aclose(a);
    H5Tclose(type);
    H5Sclose(space);
    return good ? SPX_OK : SPX_FAIL(err, SPX_EIO, "HDF5 cannot write attribute %s", name);
}

spx_status spx_store_set_text(spx_store *s, const char *group, const char *name, const char *value,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(store_group(s, group, true, &g, err));
    st = store_text_attribute(g, name, value, err);
    if (st != SPX_OK) spx_prefix(err, "%s", s->path);
    H5Gclose(g);
out:
    return st;
}

spx_status spx_store_set_number(spx_store *s, const char *group, const char *name, double value,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(store_group(s, group, true, &g, err));
    const hid_t space = H5Screate(H5S_SCALAR);
    if (H5Aexists(g, name) > 0) H5Adelete(g, name);
    const hid_t a = H5Acreate2(g, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = a >= 0 && H5Awrite(a, H5T_NATIVE_DOUBLE, &value) >= 0;
    if (a >= 0) H5Aclose(a);
    H5Sclose(space);
    H5Gclose(g);
    if (!good) SPX_TRY(store_fail(s, "write attribute", name, err));
out:
    return st;
}

static spx_status open_attribute(const spx_store *s, const char *group, const char *name,
                                 H5T_class_t class, hid_t *out, spx_error *err)
{
    const hid_t g = H5Oopen(s->file, *group ? group : "/", H5P_DEFAULT);
    if (g < 0) return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no group %s", s->path, group);
    *out = H5Aexists(g, name) > 0 ? H5Aopen(g, name, H5P_DEFAULT) : H5I_INVALID_HID;
    H5Oclose(g);
    if (*out < 0)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no attribute %s%s%s", s->path, group,
                        *group ? "/" : "", name);
    const hid_t type = H5Aget_type(*out);
    const bool right = H5Tget_class(type) == class;
    H5Tclose(type);
    if (right) return SPX_OK;
    H5Aclose(*out);
    return SPX_FAIL(err, SPX_EFORMAT, "%s: attribute %s has an unexpected type", s->path, name);
}

/* Reads a text of variable or fixed size. */
static spx_status read_text_attribute(const spx_store *s, hid_t a, hid_t type, const char *name,
                                      char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    if (H5Tis_variable_str(type) > 0) {
        if (H5Aread(a, type, &text) < 0 || !text) return store_fail(s, "read attribute", name, err);
        st = spx_text_copy(out, text, strlen(text), err);
        H5free_memory(text);
        return st;
    }
    SPX_TRY(SPX_NEW(&text, H5Tget_size(type) + 1, err));
    if (H5Aread(a, type, text) < 0) SPX_TRY(store_fail(s, "read attribute", name, err));
    *out = text;
    text = NULL;
out:
    spx_free(text);
    return st;
}

spx_status spx_store_get_text(const spx_store *s, const char *group, const char *name, char **out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t a = H5I_INVALID_HID;
    *out = NULL;
    SPX_TRY(open_attribute(s, group, name, H5T_STRING, &a, err));
    const hid_t type = H5Aget_type(a);
    st = read_text_attribute(s, a, type, name, out, err);
    H5Tclose(type);
    H5Aclose(a);
out:
    return st;
}

spx_status spx_store_get_number(const spx_store *s, const char *group, const char *name,
                                double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t a = H5I_INVALID_HID;
    SPX_TRY(open_attribute(s, group, name, H5T_FLOAT, &a, err));
    if (H5Aread(a, H5T_NATIVE_DOUBLE, out) < 0) st = store_fail(s, "read attribute", name, err);
    H5Aclose(a);
out:
    return st;
}

bool spx_store_has(const spx_store *s, const char *path)
{
    const hid_t o = H5Oopen(s->file, path, H5P_DEFAULT);
    if (o >= 0) H5Oclose(o);
    return o >= 0;
}

spx_status spx_store_names(const spx_store *s, const char *group, char ***names, size_t *n,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    H5G_info_t info;
    const H5_index_t order = s->foreign ? H5_INDEX_NAME : H5_INDEX_CRT_ORDER; /* h5py tracks none */
    *names = NULL;
    *n = 0;
    SPX_TRY(store_group(s, group, false, &g, err));
    if (H5Gget_info(g, &info) < 0) SPX_TRY(store_fail(s, "list", group, err));
    SPX_TRY(SPX_NEW(names, (size_t)info.nlinks, err));
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[512] = "";
        if (H5Lget_name_by_idx(g, ".", order, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) < 0)
            SPX_TRY(store_fail(s, "list", group, err));
        SPX_TRY(spx_text_copy(&(*names)[i], name, strlen(name), err));
        (*n)++;
    }
out:
    if (g >= 0) H5Gclose(g);
    if (st == SPX_OK) return st;
    spx_store_names_free(*names, *n);
    *names = NULL;
    *n = 0;
    return st;
}

void spx_store_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) spx_free(names[i]);
    spx_free(names);
}

bool spx_names_run_file(const char *path)
{
    return path && strlen(path) > strlen(".h5") && spx_ends_with(path, ".h5");
}
