/* store_join.c: the parts of a run file brought together in one file again. */
#include "store/store.h"

#include "spx/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Copies what a link leads to into the link's place; what arrived is read and compared. */
static spx_status take_in(spx_store *s, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    store_link to;
    char from[SPX_PATH_SIZE];
    hid_t part = H5I_INVALID_HID;
    SPX_TRY(store_check_link(s, path, err));
    if (!store_read_link(s->file, path, &to)) SPX_TRY(store_fail(s, "follow", path, err));
    SPX_TRY(store_part_path(s, to.file, from, err));
    part = store_open_file(from, false);
    const hid_t object = part >= 0 ? store_open_object(part, to.object) : H5I_INVALID_HID;
    if (object < 0 || H5Ldelete(s->file, path, H5P_DEFAULT) < 0 ||
        !store_copy(object, s->file, path))
        SPX_TRY(store_fail(s, "bring in", path, err));
    SPX_TRY(store_verify(s, path, err));
out:
    if (part >= 0) H5Fclose(part);
    (void)H5garbage_collect(); /* or what held each part stays in HDF5's lists */
    return store_wrote(s, st);
}

static spx_status take_in_all(spx_store *s, const char *group, spx_error *err)
{
    spx_status st = SPX_OK;
    char **names = NULL, path[STORE_PATH];
    size_t n = 0;
    H5O_info_t info;
    SPX_TRY(spx_store_names(s, group, &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        store_join_names(group, names[i], path);
        H5L_info_t kind;
        if (H5Lget_info(s->file, path, &kind, H5P_DEFAULT) < 0)
            SPX_TRY(store_fail(s, "follow", path, err));
        if (kind.type == H5L_TYPE_EXTERNAL)
            SPX_TRY(take_in(s, path, err));
        else if (kind.type == H5L_TYPE_HARD &&
                 H5Oget_info_by_name2(s->file, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
                 info.type == H5O_TYPE_GROUP)
            SPX_TRY(take_in_all(s, path, err));
    }
out:
    spx_store_names_free(names, n);
    return st;
}

/* Removes the parts, whole and unfinished, which the run file no longer leads to. */
static void remove_parts(const char *folder)
{
    char path[SPX_PATH_SIZE + 256];
    DIR *d = opendir(folder);
    if (!d) return;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!spx_ends_with(e->d_name, ".h5") && !spx_ends_with(e->d_name, ".h5.part")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        spx_file_remove(path);
    }
    closedir(d);
    (void)rmdir(folder);
}

/* Nobody else writes while FILE.part is claimed. */
static spx_status clear_folder(const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    spx_claim claim = {.fd = -1};
    char folder[SPX_PATH_SIZE];
    if (spx_file_claim(&claim, path, NULL) != SPX_OK) return SPX_OK; /* it will, when it ends */
    SPX_TRY(store_folder(claim.real, NULL, folder, err));
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (!spx_store_is_parted(s)) remove_parts(folder);
out:
    spx_store_close(s);
    spx_file_abandon(&claim);
    return st;
}

static spx_status has_parts(const char *path, bool *linked, bool *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char real[SPX_PATH_SIZE], parts[SPX_PATH_SIZE];
    SPX_TRY(spx_file_resolve(path, real, err));
    SPX_TRY(store_folder(real, NULL, parts, err));
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    *linked = spx_store_is_parted(s);
    *folder = access(parts, F_OK) == 0;
out:
    spx_store_close(s);
    return st;
}

spx_status spx_store_join(const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    bool linked = false, folder = false;
    SPX_TRY(has_parts(path, &linked, &folder, err));
    if (linked) {
        SPX_TRY(spx_store_open(path, SPX_STORE_CONTINUE, &s, err));
        SPX_TRY(store_bring_rows(s, err));
        SPX_TRY(take_in_all(s, "", err));
        if (H5Adelete(s->file, "parts") < 0) SPX_TRY(store_fail(s, "remove", "parts", err));
        SPX_TRY(spx_store_commit(&s, err));
    }
    if (folder) SPX_TRY(clear_folder(path, err));
out:
    spx_store_close(s);
    return st;
}
