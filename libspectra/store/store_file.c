/* store_file.c: a run file opened, locked, and committed or given up. */
#include "store/store.h"

#include "spx/unfinished.h"

#include <errno.h>
#include <hdf5_hl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double schema = 1;

/* What the system said when an HDF5 function failed last; 0 if it said nothing. */
static _Thread_local int system_error;
static atomic_bool starved;

/* HDF5 may pass over it. */
static void starve(void)
{
    atomic_store(&starved, true);
    spx_file_trouble("memory", ENOMEM);
}

/* What one failure was about. */
typedef struct reason {
    int system;
    bool memory;
} reason;

/* What HDF5 was asked for may pass for something that is not there: the failure itself counts. One
 * of closing a file, whose text has no name, is always told. */
static void note_trouble(const char *text, int error)
{
    static const char before[] = "filename = '";
    char path[SPX_PATH_SIZE];
    const char *name = strstr(text, before), *end = name ? strchr(name, ',') : NULL;
    if (!end || (error != EIO && error != ENOSPC && error != EDQUOT)) return;
    name += strlen(before);
    snprintf(path, sizeof path, "%.*s", (int)(end - 1 - name), name);
    spx_file_trouble(path, error);
}

/* The file drivers of HDF5 write number and file into the text of their errors. */
static herr_t find_reason(unsigned n, const H5E_error2_t *error, void *data)
{
    reason *why = data;
    const char *text = error->desc ? strstr(error->desc, "errno = ") : NULL;
    (void)n;
    if (text) why->system = (int)strtol(text + strlen("errno = "), NULL, 10);
    if (text) note_trouble(error->desc, why->system);
    if (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC) why->memory = true;
    return 0;
}

/* HDF5 calls it at each failure instead of printing; our one-line messages are enough. */
static herr_t remember_errno(hid_t stack, void *data)
{
    reason why = {.memory = errno == ENOMEM}; /* as malloc has left it */
    (void)data;
    const herr_t walked = H5Ewalk2(stack, H5E_WALK_UPWARD, find_reason, &why);
    if (why.system) system_error = why.system;
    if (why.system == ENOMEM || (why.memory && !why.system)) starve();
    return walked;
}

int store_system_error(void) { return system_error; }

bool spx_store_starved(void) { return atomic_load(&starved); }

spx_status store_fail(const spx_store *s, const char *what, const char *path, spx_error *err)
{
    const int why = system_error;
    system_error = 0;
    if (errno == ENOMEM) starve(); /* libhdf5_hl fails without a word */
    return SPX_FAIL(err, spx_store_starved() ? SPX_ENOMEM : SPX_EIO, "%s: HDF5 cannot %s %s%s%s",
                    s->path, what, path, why ? ": " : "", why ? strerror(why) : "");
}

spx_status store_wrote(spx_store *s, spx_status st)
{
    if (st == SPX_EIO || st == SPX_ENOMEM) s->failed = true;
    return st;
}

bool store_shut(herr_t (*shut)(hid_t), hid_t id) { return id < 0 || shut(id) >= 0; }

hid_t store_dataset_list(int axes, const hsize_t *chunk, bool compress)
{
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
    if (!chunk) return list;
    H5Pset_chunk(list, axes, chunk);
    if (compress) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 4);
    }
    H5Pset_fletcher32(list);
    return list;
}

/* Creates the axis of stages and their names, without a stage. */
static spx_status make_stage_axis(spx_store *s, spx_error *err)
{
    const hsize_t none = 0, any = H5S_UNLIMITED, chunk = 64;
    const hid_t space = H5Screate_simple(1, &none, &any),
                list = store_dataset_list(1, &chunk, false);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 64);
    H5Tset_cset(text, H5T_CSET_UTF8);
    const hid_t stage =
        H5Dcreate2(s->file, "stage", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    const hid_t name =
        H5Dcreate2(s->file, "stage_name", text, space, H5P_DEFAULT, list, H5P_DEFAULT);
    bool good = stage >= 0 && name >= 0 && H5DSset_scale(stage, "stage") >= 0 &&
                H5DSattach_scale(name, stage, 0) >= 0 &&
                store_text_attribute(s->file, "coordinates", "stage_name", NULL) == SPX_OK &&
                store_text_attribute(stage, "long_name", "edits made so far", NULL) == SPX_OK &&
                store_text_attribute(stage, "units", "1", NULL) == SPX_OK;
    good = store_shut(H5Dclose, stage) && good;
    good = store_shut(H5Dclose, name) && good;
    H5Tclose(text);
    H5Sclose(space);
    H5Pclose(list);
    return good ? SPX_OK : store_fail(s, "create", "stage", err);
}

/* Objects of HDF5 1.10: what says where the chunks are is small and bears a checksum; the list of the
 * datasets along /stage is an attribute of it, and attributes of objects older than 1.8 hold at most
 * 64 KiB, which 4096 datasets fill. HDF5's own locks are off: a file
 * is never changed in place, and one that is written bears our lock (spx_file_claim). */
static hid_t access_list(void)
{
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(list, false, true);
    H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
    return list;
}

hid_t store_create_file(const char *path)
{
    const hid_t how = access_list();
    const hid_t list = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(list, false);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, how);
    H5Pclose(list);
    H5Pclose(how);
    return file;
}

hid_t store_open_file(const char *path, bool write)
{
    const hid_t list = access_list();
    const hid_t file = H5Fopen(path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, list);
    H5Pclose(list);
    return file;
}

static spx_status create_file(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    s->file = store_create_file(s->claim.part);
    if (s->file < 0) return store_fail(s, "create", s->claim.part, err);
    SPX_TRY(spx_store_set_number(s, "", "spx_schema", schema, err));
    SPX_TRY(spx_store_set_text(s, "", "Conventions", "CF-1.8", err));
    SPX_TRY(make_stage_axis(s, err));
out:
    return st;
}

/* A named pipe would hold HDF5 up. */
static spx_status check_regular(const char *path, spx_error *err)
{
    struct stat info;
    if (access(path, R_OK) != 0 || stat(path, &info) != 0) return spx_fail_path(err, path);
    if (S_ISREG(info.st_mode)) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: not a regular file", path);
}

static spx_status open_file(spx_store *s, const char *path, bool write, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_regular(s->path, err));
    system_error = 0;
    s->file = store_open_file(path, write);
    if (s->file < 0 && system_error && system_error != EWOULDBLOCK)
        SPX_TRY(store_fail(s, "open", path, err));
    if (s->file < 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: not an HDF5 file, damaged, or in use", s->path);
out:
    return st;
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

static spx_status open_existing(spx_store *s, const char *path, bool write, spx_error *err)
{
    spx_status st = SPX_OK;
    double found = 0;
    SPX_TRY(open_file(s, path, write, err));
    if (spx_store_get_number(s, "", "spx_schema", &found, NULL) != SPX_OK || found != schema)
        SPX_RAISE(err, SPX_EFORMAT, "%s: not a run file", s->path);
    SPX_TRY(count_stages(s, err));
out:
    return st;
}

/* What is copied without being looked at must be whole. */
static spx_status open_update(spx_store *s, bool verify, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_regular(s->path, err));
    SPX_TRY(spx_file_claim(&s->claim, s->path, err));
    SPX_TRY(spx_file_fill(&s->claim, s->path, err));
    SPX_TRY(open_existing(s, s->claim.part, true, err));
    if (verify) SPX_TRY(store_verify(s, "", err));
out:
    return st;
}

static spx_status refuse_existing(const spx_store *s, spx_error *err)
{
    if (access(s->path, F_OK) != 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: already exists; remove it or name another", s->path);
}

static spx_status open_new(spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(refuse_existing(s, err));
    SPX_TRY(spx_file_claim(&s->claim, s->path, err));
    SPX_TRY(refuse_existing(s, err)); /* another process may just have made it */
    SPX_TRY(create_file(s, err));
out:
    return st;
}

static spx_status open_mode(spx_store *s, spx_store_mode mode, spx_error *err)
{
    s->foreign = mode == SPX_STORE_FOREIGN;
    switch (mode) {
    case SPX_STORE_FOREIGN: return open_file(s, s->path, false, err);
    case SPX_STORE_READ: return open_existing(s, s->path, false, err);
    case SPX_STORE_UPDATE: return open_update(s, true, err);
    case SPX_STORE_CONTINUE: return open_update(s, false, err);
    case SPX_STORE_CREATE: break;
    }
    return open_new(s, err);
}

spx_status spx_store_open(const char *path, spx_store_mode mode, spx_store **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    *out = NULL;
    H5dont_atexit(); /* after a failed write, HDF5 1.10 crashes when it closes the file at exit */
    errno = 0;       /* the first call sets HDF5 up, and may answer well without its drivers */
    if (H5Eset_auto2(H5E_DEFAULT, remember_errno, NULL) < 0 || errno == ENOMEM)
        return SPX_FAIL(err, SPX_ENOMEM, "%s: HDF5 cannot begin", path);
    SPX_TRY(SPX_NEW(&s, 1, err));
    s->file = s->part.file = H5I_INVALID_HID;
    s->claim.fd = s->part.claim.fd = -1;
    SPX_TRY(spx_text_dup(&s->path, path, err));
    spx_unfinished_begin(s->path, SPX_BEING_READ);
    SPX_TRY(open_mode(s, mode, err));
    *out = s;
    s = NULL;
out:
    spx_store_close(s);
    return st;
}

static void release_store(spx_store *s)
{
    spx_unfinished_end(s->path);
    spx_free(s->path);
    spx_free(s->part_path);
    if (s->log) spx_bytes_free(s->log);
    spx_free(s->log);
    spx_free(s);
}

/* Brings everything of one file to the disk's cache. */
static spx_status finish_file(spx_store *s, hid_t *file, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    if (spx_store_starved())
        SPX_RAISE(err, SPX_ENOMEM, "%s: not kept, since HDF5 ran out of memory", s->path);
    if (s->failed) SPX_RAISE(err, SPX_EIO, "%s: not kept, since a write to it failed", s->path);
    if (H5Fflush(*file, H5F_SCOPE_GLOBAL) < 0) SPX_TRY(store_fail(s, "finish", path, err));
    const hid_t closing = *file;
    *file = H5I_INVALID_HID;
    if (H5Fclose(closing) < 0) SPX_TRY(store_fail(s, "finish", path, err));
out:
    return store_wrote(s, st);
}

/* The part is in its place before the file that leads to it. */
spx_status spx_store_commit(spx_store **store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = *store;
    *store = NULL;
    if (s->part.file >= 0) {
        SPX_TRY(finish_file(s, &s->part.file, s->part.claim.part, err));
        SPX_TRY(spx_file_commit(&s->part.claim, err));
    }
    SPX_TRY(finish_file(s, &s->file, s->claim.part, err));
    SPX_TRY(spx_file_commit(&s->claim, err));
out:
    spx_store_close(s);
    return st;
}

/* A file that could not be written is left open to the end of the process: HDF5 would try again to
 * write what it holds of it, and crash. */
void spx_store_close(spx_store *s)
{
    if (!s) return;
    if (s->part.file >= 0 && !s->failed) H5Fclose(s->part.file);
    if (s->file >= 0 && !s->failed) H5Fclose(s->file);
    spx_file_abandon(&s->part.claim);
    spx_file_abandon(&s->claim);
    release_store(s);
}
