/*
 * store_parts.c: the parts of a run file that is being written.
 *
 * What a stage owns hangs on names: ledger/<tensor>/STAGE, history/<tensor>/STAGE,
 * snapshots/STAGE, restart/STAGE, rows/<tensor>/STAGE. Each is one object, a dataset or a group;
 * where it goes to a part, the file has an external link in its place.
 */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *root;
    int depth; /* of the stage's name below it */
} places[] = {{"ledger", 2}, {"history", 2}, {"snapshots", 1}, {"restart", 1}, {"rows", 2}};

/* The length of the path up to the stage's name, if it goes there; else 0. */
static size_t stage_prefix(const spx_store *s, const char *path)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const size_t n = strlen(places[i].root);
        if (strncmp(path, places[i].root, n) != 0 || path[n] != '/') continue;
        const char *at = path + n;
        for (int d = 1; d < places[i].depth && at; d++) at = strchr(at + 1, '/');
        const size_t name = at ? strcspn(at + 1, "/") : 0;
        if (name == 0 || name != strlen(s->stage) || memcmp(at + 1, s->stage, name) != 0) return 0;
        return (size_t)(at + 1 - path) + name;
    }
    return 0;
}

/* The stage's object that the path leads to or through; false if it does neither. */
static bool stage_object(const spx_store *s, const char *path, char out[STORE_PATH])
{
    const size_t n = *s->stage ? stage_prefix(s, path) : 0;
    if (n == 0 || n >= STORE_PATH) return false;
    snprintf(out, STORE_PATH, "%.*s", (int)n, path);
    return true;
}

htri_t store_exists(hid_t file, const char *path)
{
    char part[STORE_PATH];
    for (size_t n = 1; n <= strlen(path); n++) {
        if (path[n] != '/' && path[n] != '\0') continue;
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        const htri_t found = H5Lexists(file, part, H5P_DEFAULT);
        if (found <= 0) return found;
    }
    return 1;
}

spx_status store_find(const spx_store *s, const char *path, bool *found, spx_error *err)
{
    const htri_t there = store_exists(s->file, path);
    *found = there > 0;
    return there >= 0 ? SPX_OK : store_fail(s, "look for", path, err);
}

hid_t store_home(const spx_store *s, const char *path)
{
    char object[STORE_PATH];
    const bool there = s->part.file >= 0 && stage_object(s, path, object) &&
                       store_exists(s->part.file, object) != 0;
    return there ? s->part.file : s->file;
}

spx_status store_folder(const char *real, const char *file, char out[SPX_PATH_SIZE], spx_error *err)
{
    const int n =
        snprintf(out, SPX_PATH_SIZE, "%s.parts%s%s", real, file ? "/" : "", file ? file : "");
    if (n > 0 && n < SPX_PATH_SIZE) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", real);
}

/* What a link says: the part's path relative to the file's folder. */
static spx_status link_target(const spx_store *s, char out[SPX_PATH_SIZE], spx_error *err)
{
    char file[sizeof s->stage + 8];
    snprintf(file, sizeof file, "%s.h5", s->stage);
    return store_folder(spx_base_name(s->claim.real), file, out, err);
}

static spx_status create_part(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[SPX_PATH_SIZE], file[sizeof s->stage + 8];
    SPX_TRY(store_folder(s->claim.real, NULL, path, err));
    if (mkdir(path, 0777) != 0 && errno != EEXIST) SPX_TRY(spx_fail_path(err, path));
    snprintf(file, sizeof file, "%s.h5", s->stage);
    SPX_TRY(store_folder(s->claim.real, file, path, err));
    SPX_TRY(spx_text_dup(&s->part_path, path, err));
    SPX_TRY(spx_file_claim(&s->part.claim, s->part_path, err));
    s->part.file = store_create_file(s->part.claim.part);
    if (s->part.file < 0) SPX_TRY(store_fail(s, "create", s->part.claim.part, err));
    SPX_TRY(store_folder(spx_base_name(s->claim.real), NULL, path, err));
    SPX_TRY(spx_store_set_text(s, "", "parts", path, err));
    s->in_parts = true;
out:
    return store_wrote(s, st);
}

/* Puts a link to the part in the object's place. */
static spx_status link_object(spx_store *s, const char *object, spx_error *err)
{
    spx_status st = SPX_OK;
    char target[SPX_PATH_SIZE], above[STORE_PATH];
    hid_t group = H5I_INVALID_HID;
    SPX_TRY(spx_store_remove(s, object, err));
    SPX_TRY(link_target(s, target, err));
    snprintf(above, sizeof above, "%.*s", (int)(strrchr(object, '/') - object), object);
    group = store_make_group(s->file, above);
    if (group < 0 ||
        H5Lcreate_external(target, object, s->file, object, H5P_DEFAULT, H5P_DEFAULT) < 0)
        SPX_TRY(store_fail(s, "link", object, err));
out:
    if (!store_shut(H5Gclose, group) && st == SPX_OK) st = store_fail(s, "link", object, err);
    return store_wrote(s, st);
}

spx_status store_settle(spx_store *s, const char *path, size_t bytes, hid_t *file, spx_error *err)
{
    spx_status st = SPX_OK;
    char object[STORE_PATH];
    bool there = false;
    *file = store_home(s, path);
    if (*file != s->file || !stage_object(s, path, object)) return SPX_OK;
    SPX_TRY(store_find(s, object, &there, err));
    if (there && !store_is_linked(s->file, object)) return SPX_OK;
    if (!s->in_parts && bytes < SPX_STORE_LARGE_MATRIX) return SPX_OK;
    if (s->part.file < 0) SPX_TRY(create_part(s, err));
    SPX_TRY(link_object(s, object, err));
    *file = s->part.file;
out:
    return st;
}

spx_status spx_store_use_parts(spx_store *s, const char *stage, spx_error *err)
{
    spx_status st = SPX_OK;
    struct stat info;
    snprintf(s->stage, sizeof s->stage, "%s", stage);
    if (stat(s->claim.part, &info) != 0) SPX_TRY(spx_fail_path(err, s->path));
    s->in_parts = info.st_size >= SPX_STORE_LARGE_FILE || spx_store_is_parted(s);
out:
    return st;
}

bool spx_store_is_parted(const spx_store *s) { return H5Aexists(s->file, "parts") != 0; }

bool store_is_linked(hid_t file, const char *path)
{
    H5L_info_t info;
    return H5Lget_info(file, path, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_EXTERNAL;
}

/* Access to what a link of the file leads to: to read. */
static hid_t reading(hid_t kind)
{
    const hid_t list = H5Pcreate(kind);
    H5Pset_elink_acc_flags(list, H5F_ACC_RDONLY);
    return list;
}

hid_t store_open_group(hid_t file, const char *path)
{
    const hid_t list = reading(H5P_GROUP_ACCESS), g = H5Gopen2(file, path, list);
    H5Pclose(list);
    return g;
}

hid_t store_open_dataset(hid_t file, const char *path)
{
    const hid_t list = reading(H5P_DATASET_ACCESS), d = H5Dopen2(file, path, list);
    H5Pclose(list);
    return d;
}

hid_t store_open_object(hid_t file, const char *path)
{
    const hid_t list = reading(H5P_LINK_ACCESS), o = H5Oopen(file, path, list);
    H5Pclose(list);
    return o;
}

spx_status store_part_path(const spx_store *s, const char *file, char out[SPX_PATH_SIZE],
                           spx_error *err)
{
    spx_status st = SPX_OK;
    char real[SPX_PATH_SIZE];
    SPX_TRY(spx_file_resolve(s->path, real, err));
    const int folder = *file == '/' ? 0 : (int)(spx_base_name(real) - real);
    const int n = snprintf(out, SPX_PATH_SIZE, "%.*s%s", folder, real, file);
    if (n < 0 || n >= SPX_PATH_SIZE)
        SPX_RAISE(err, SPX_EINVAL, "%.80s...: path is too long", s->path);
out:
    return st;
}

/* SPX_EIO unless the part that a link names can be opened. */
static spx_status check_part(const spx_store *s, const char *path, const char *file, spx_error *err)
{
    spx_status st = SPX_OK;
    char part[SPX_PATH_SIZE];
    SPX_TRY(store_part_path(s, file, part, err));
    if (access(part, R_OK) != 0)
        SPX_RAISE(err, SPX_EIO,
                  "%s: %s: it has %s of %s (if that run has just ended, read it again)", part,
                  strerror(errno), path, s->path);
    const hid_t opened = store_open_file(part, false);
    if (opened < 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: not an HDF5 file, or damaged: it has %s of %s", part, path,
                  s->path);
    H5Fclose(opened);
out:
    return st;
}

bool store_read_link(hid_t file, const char *path, store_link *out)
{
    H5L_info_t info;
    out->file = out->object = NULL;
    if (H5Lget_info(file, path, &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD ||
        info.u.val_size > sizeof out->value ||
        H5Lget_val(file, path, out->value, sizeof out->value, H5P_DEFAULT) < 0)
        return false;
    if (info.type == H5L_TYPE_SOFT) out->object = out->value;
    return info.type == H5L_TYPE_SOFT ||
           H5Lunpack_elink_val(out->value, info.u.val_size, NULL, &out->file, &out->object) >= 0;
}

spx_status store_check_link(const spx_store *s, const char *path, spx_error *err)
{
    char object[STORE_PATH];
    store_link to;
    for (size_t n = 1; n <= strlen(path); n++) {
        if (path[n] != '/' && path[n] != '\0') continue;
        snprintf(object, sizeof object, "%.*s", (int)n, path);
        if (!store_read_link(s->file, object, &to)) continue;
        if (to.file) return check_part(s, object, to.file, err);
        if (store_is_linked(s->file, to.object)) return store_check_link(s, to.object, err);
    }
    return SPX_OK;
}
