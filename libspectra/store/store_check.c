/*
 * store_check.c: every dataset of an HDF5 file read from end to end.
 *
 * HDF5 compares the Fletcher-32 sum of every chunk as it reads it, and the headers of objects of
 * version 2; the bytes, as the file has them, are hashed on the way where an attribute sha256
 * stands beside them.
 */
#include "store/store.h"

#include <stdio.h>
#include <string.h>

/* Who is told, and what is open. */
typedef struct checking {
    const spx_store *s;
    spx_store_fault *tell;
    void *arg;
    size_t found;
} checking;

static void tell(checking *c, const char *path, const char *what)
{
    c->found++;
    c->tell(c->arg, path, what);
}

enum { PIECE_BYTES = 4 << 20, MOST_AXES = 32 };

/* A dataset read in pieces along its first axis. */
typedef struct pieces {
    hid_t d, type, space;
    int axes;
    hsize_t size[MOST_AXES];
    hsize_t rows, row_bytes; /* of the first axis, and of one index of it */
    hsize_t step;            /* rows of a piece */
    bool variable;           /* texts, which HDF5 allocates */
} pieces;

static bool open_pieces(hid_t d, pieces *p)
{
    hsize_t chunk[MOST_AXES] = {1};
    *p = (pieces){.d = d, .type = H5Dget_type(d), .space = H5Dget_space(d), .rows = 1};
    p->axes = H5Sget_simple_extent_dims(p->space, p->size, NULL);
    if (p->type < 0 || p->axes < 0) return false;
    p->variable = H5Tis_variable_str(p->type) > 0 || H5Tdetect_class(p->type, H5T_VLEN) > 0;
    p->row_bytes = H5Tget_size(p->type);
    for (int i = 1; i < p->axes; i++) p->row_bytes *= p->size[i];
    if (p->axes > 0) p->rows = p->size[0];
    if (H5Sget_simple_extent_type(p->space) == H5S_NULL || p->row_bytes == 0) p->rows = 0;
    const hid_t list = H5Dget_create_plist(d);
    if (H5Pget_layout(list) == H5D_CHUNKED) H5Pget_chunk(list, MOST_AXES, chunk);
    H5Pclose(list);
    const hsize_t fit = p->row_bytes ? PIECE_BYTES / p->row_bytes : 0;
    p->step = fit > chunk[0] ? fit / chunk[0] * chunk[0] : chunk[0]; /* no chunk is read twice */
    if (p->step > p->rows) p->step = p->rows;
    return true;
}

static void close_pieces(const pieces *p)
{
    H5Tclose(p->type);
    H5Sclose(p->space);
}

static bool read_piece(const pieces *p, hsize_t first, hsize_t rows, void *to)
{
    hsize_t from[MOST_AXES] = {first}, count[MOST_AXES];
    if (p->axes == 0) return H5Dread(p->d, p->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0;
    memcpy(count, p->size, sizeof count);
    count[0] = rows;
    const hid_t memory = H5Screate_simple(p->axes, count, NULL);
    const bool good = H5Sselect_hyperslab(p->space, H5S_SELECT_SET, from, NULL, count, NULL) >= 0 &&
                      H5Dread(p->d, p->type, memory, p->space, H5P_DEFAULT, to) >= 0;
    if (good && p->variable) H5Dvlen_reclaim(p->type, memory, H5P_DEFAULT, to);
    H5Sclose(memory);
    return good;
}

/* Reads everything; *bad: HDF5 could not. hash: of the bytes as they are stored. */
static spx_status read_pieces(const pieces *p, bool *bad, char hash[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_hasher *h = NULL;
    unsigned char *piece = NULL;
    SPX_TRY(SPX_NEW(&piece, (size_t)(p->step * p->row_bytes), err));
    SPX_TRY(spx_hasher_add(&h, NULL, 0, err));
    for (hsize_t r = 0; r < p->rows && !*bad; r += p->step) {
        const hsize_t n = p->rows - r < p->step ? p->rows - r : p->step;
        *bad = !read_piece(p, r, n, piece);
        if (!*bad) SPX_TRY(spx_hasher_add(&h, piece, (size_t)(n * p->row_bytes), err));
    }
    SPX_TRY(spx_hasher_end(&h, hash, err));
out:
    if (h && spx_hasher_end(&h, NULL, NULL) != SPX_OK) st = SPX_ENOMEM;
    spx_free(piece);
    return st;
}

static spx_status check_dataset(checking *c, const char *path, hid_t d, spx_error *err)
{
    spx_status st = SPX_OK, same = SPX_OK;
    spx_error why = {0};
    char hash[SPX_SHA256_HEX];
    bool bad = false;
    pieces p;
    if (!open_pieces(d, &p))
        bad = true;
    else
        SPX_TRY(read_pieces(&p, &bad, hash, err));
    const htri_t hashed = bad ? 0 : H5Aexists(d, "sha256");
    if (bad || hashed < 0)
        tell(c, path, "damaged: HDF5 cannot read it");
    else if (hashed)
        same = store_compare_hash(c->s, "", path, hash, &why);
    if (same == SPX_ENOMEM) SPX_RAISE(err, same, "%s", why.text);
    if (same != SPX_OK) tell(c, path, "damaged: its SHA-256 is another than its attribute says");
out:
    close_pieces(&p);
    return st;
}

static spx_status check_object(checking *c, const char *path, spx_error *err);

static spx_status check_group(checking *c, const char *path, hid_t g, spx_error *err)
{
    spx_status st = SPX_OK;
    char **names = NULL, member[STORE_PATH];
    size_t n = 0;
    st = store_list(c->s, g, path, true, &names, &n, err);
    if (st == SPX_EIO) {
        tell(c, path, "damaged: HDF5 cannot list it");
        st = SPX_OK;
    }
    SPX_TRY(st);
    for (size_t i = 0; i < n; i++) {
        store_join_names(path, names[i], member);
        SPX_TRY(check_object(c, member, err));
    }
out:
    spx_store_names_free(names, n);
    return st;
}

/* A link to another name leads to what is checked there. */
static bool is_soft(hid_t file, const char *path)
{
    H5L_info_t info;
    return *path && H5Lget_info(file, path, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_SOFT;
}

static spx_status check_object(checking *c, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error why = {0};
    char what[sizeof why.text + 16];
    if (is_soft(c->s->file, path)) return SPX_OK;
    const hid_t o = store_open_object(c->s->file, *path ? path : "/");
    if (o < 0) {
        const bool part = store_check_link(c->s, path, &why) != SPX_OK;
        snprintf(what, sizeof what, "unreadable: %s", part ? why.text : "HDF5 cannot open it");
        tell(c, path, what);
        return SPX_OK;
    }
    const H5I_type_t kind = H5Iget_type(o);
    if (kind == H5I_DATASET) st = check_dataset(c, path, o, err);
    if (kind == H5I_GROUP) st = check_group(c, path, o, err);
    H5Oclose(o);
    return st;
}

spx_status spx_store_check(const char *path, spx_store_fault *fault, void *arg, size_t *found,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    SPX_TRY(spx_store_open(path, SPX_STORE_FOREIGN, &s, err));
    checking c = {.s = s, .tell = fault, .arg = arg};
    st = check_object(&c, "", err);
    *found += c.found;
out:
    spx_store_close(s);
    return st;
}

/* The first fault, for a message. */
typedef struct first_fault {
    char path[STORE_PATH], what[300];
} first_fault;

static void keep_first(void *arg, const char *path, const char *what)
{
    first_fault *f = arg;
    if (*f->what) return;
    snprintf(f->path, sizeof f->path, "%s", path);
    snprintf(f->what, sizeof f->what, "%s", what);
}

spx_status store_verify(const spx_store *s, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    first_fault first = {0};
    checking c = {.s = s, .tell = keep_first, .arg = &first};
    SPX_TRY(check_object(&c, path, err));
    if (c.found)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s is %s", s->path, *first.path ? first.path : "/",
                  first.what);
out:
    return st;
}
