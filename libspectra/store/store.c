/* store.c: groups of a run file, and the attributes of groups and datasets. */
#include "store/store.h"

#include "spx/names.h"

#include <stdio.h>
#include <string.h>

const char *spx_store_path(const spx_store *s) { return s->path; }

size_t spx_store_stages(const spx_store *s) { return s->stages; }

hid_t store_make_group(hid_t file, const char *path)
{
    char part[1024];
    const hid_t order = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_link_creation_order(order, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(order, false);
    bool good = strlen(path) < sizeof part;
    for (size_t n = 1; good && n <= strlen(path); n++) {
        if (path[n] != '/' && path[n] != '\0') continue;
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        if (H5Lexists(file, part, H5P_DEFAULT) != 0) continue;
        const hid_t made = H5Gcreate2(file, part, H5P_DEFAULT, order, H5P_DEFAULT);
        good = made >= 0 && store_shut(H5Gclose, made);
    }
    H5Pclose(order);
    return good ? store_open_group(file, path) : H5I_INVALID_HID;
}

static const char *or_root(const char *path) { return *path ? path : "/"; }

spx_status store_group(const spx_store *s, const char *path, hid_t *out, spx_error *err)
{
    *out = store_open_group(store_home(s, path), or_root(path));
    if (*out >= 0) return SPX_OK;
    const spx_status st = store_check_link(s, path, err);
    if (st != SPX_OK) return st;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no group %s", s->path, path);
}

spx_status store_new_group(spx_store *s, const char *path, hid_t *out, spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t file = H5I_INVALID_HID;
    *out = H5I_INVALID_HID;
    SPX_TRY(store_settle(s, path, 0, &file, err));
    *out = *path ? store_make_group(file, path) : store_open_group(file, "/");
    if (*out < 0) st = store_fail(s, "create group", path, err);
out:
    return st;
}

/* Creates or replaces an attribute of one value. */
static bool put_attribute(hid_t object, const char *name, hid_t disk, hid_t memory,
                          const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    bool good = H5Aexists(object, name) <= 0 || H5Adelete(object, name) >= 0;
    const hid_t a = H5Acreate2(object, name, disk, space, H5P_DEFAULT, H5P_DEFAULT);
    good = good && a >= 0 && H5Awrite(a, memory, value) >= 0;
    good = store_shut(H5Aclose, a) && good;
    H5Sclose(space);
    return good;
}

spx_status store_text_attribute(hid_t object, const char *name, const char *value, spx_error *err)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE); /* h5py reads these as str, fixed ones as bytes */
    H5Tset_cset(type, H5T_CSET_UTF8);
    const bool good = put_attribute(object, name, type, type, &value);
    H5Tclose(type);
    return good ? SPX_OK : SPX_FAIL(err, SPX_EIO, "HDF5 cannot write attribute %s", name);
}

spx_status spx_store_set_text(spx_store *s, const char *group, const char *name, const char *value,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(store_new_group(s, group, &g, err));
    bool good = store_text_attribute(g, name, value, NULL) == SPX_OK;
    good = store_shut(H5Gclose, g) && good;
    if (!good) st = store_fail(s, "write attribute", name, err);
out:
    return store_wrote(s, st);
}

spx_status spx_store_set_number(spx_store *s, const char *group, const char *name, double value,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(store_new_group(s, group, &g, err));
    bool good = put_attribute(g, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
    good = store_shut(H5Gclose, g) && good;
    if (!good) st = store_fail(s, "write attribute", name, err);
out:
    return store_wrote(s, st);
}

static spx_status open_attribute(const spx_store *s, const char *group, const char *name,
                                 H5T_class_t class, hid_t *out, spx_error *err)
{
    const hid_t g = store_open_object(store_home(s, group), or_root(group));
    if (g < 0) {
        const spx_status st = store_check_link(s, group, err);
        if (st != SPX_OK) return st;
        if (spx_store_has(s, group)) return store_fail(s, "open", group, err);
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no group %s", s->path, group);
    }
    const htri_t there = H5Aexists(g, name);
    *out = there > 0 ? H5Aopen(g, name, H5P_DEFAULT) : H5I_INVALID_HID;
    H5Oclose(g);
    if (there != 0 && *out < 0) return store_fail(s, "read attribute", name, err);
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
        st = spx_text_dup(out, text, err);
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

spx_status spx_store_find_text(const spx_store *s, const char *group, const char *name, char **out,
                               spx_error *err)
{
    spx_error why = {0};
    const spx_status st = spx_store_get_text(s, group, name, out, &why);
    if (st == SPX_OK || st == SPX_ENOTFOUND) return SPX_OK;
    if (err) *err = why;
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
    return store_exists(store_home(s, path), path) != 0 ||
           store_check_link(s, path, NULL) != SPX_OK;
}

spx_status spx_store_remove(spx_store *s, const char *path, spx_error *err)
{
    const htri_t there = store_exists(s->file, path);
    if (there == 0 || (there > 0 && H5Ldelete(s->file, path, H5P_DEFAULT) >= 0)) return SPX_OK;
    return store_wrote(s, store_fail(s, "remove", path, err));
}

spx_status spx_store_alias(spx_store *s, const char *path, const char *target, spx_error *err)
{
    spx_status st = SPX_OK;
    char above[STORE_PATH] = "";
    const char *slash = strrchr(path, '/');
    hid_t g = H5I_INVALID_HID;
    SPX_TRY(spx_store_remove(s, path, err));
    if (slash) snprintf(above, sizeof above, "%.*s", (int)(slash - path), path);
    SPX_TRY(store_new_group(s, above, &g, err));
    const bool good = H5Lcreate_soft(target, s->file, path, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    if (!store_shut(H5Gclose, g) || !good) st = store_fail(s, "link", path, err);
out:
    return store_wrote(s, st);
}

bool spx_names_run_file(const char *path)
{
    return path && strlen(path) > strlen(".h5") && spx_ends_with(path, ".h5");
}
