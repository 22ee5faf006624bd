/*
 * store_list.c: the members of a group.
 *
 * Each is asked for in the order in which HDF5 finds them (H5_ITER_NATIVE) and sorted here: for any
 * other order HDF5 1.10 makes a table, for each name anew where one asks by number, and crashes
 * when it frees one that it could not read.
 */
#include "store/store.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    char *name;
    int64_t made; /* number of the link in its group, where the group counts them */
} member;

typedef struct member_list {
    member *at;
    size_t n, room;
    spx_status st;
    spx_error err;
} member_list;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const member *)a)->name, ((const member *)b)->name);
}

static int by_age(const void *a, const void *b)
{
    const int64_t x = ((const member *)a)->made, y = ((const member *)b)->made;
    return (x > y) - (x < y);
}

/* Called for each link. */
static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    member_list *l = data;
    (void)group;
    if (l->n == l->room) return -1; /* the group has said that it has fewer */
    l->st = spx_text_dup(&l->at[l->n].name, name, &l->err);
    if (l->st != SPX_OK) return -1;
    l->at[l->n++].made = info->corder_valid ? info->corder : 0;
    return 0;
}

/* True if the group counts its links: h5py's do not. */
static bool counts_links(hid_t group)
{
    unsigned order = 0;
    const hid_t list = H5Gget_create_plist(group);
    const bool yes = list >= 0 && H5Pget_link_creation_order(list, &order) >= 0;
    if (list >= 0) H5Pclose(list);
    return yes && (order & H5P_CRT_ORDER_INDEXED);
}

static spx_status take_names(member_list *l, char ***names, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(names, l->n, err));
    for (size_t i = 0; i < l->n; i++) {
        (*names)[i] = l->at[i].name;
        l->at[i].name = NULL;
    }
    *n = l->n;
out:
    return st;
}

spx_status store_list(const spx_store *s, hid_t group, const char *path, bool alphabetical,
                      char ***names, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    member_list l = {.st = SPX_OK};
    const bool aged = !alphabetical && counts_links(group);
    H5G_info_t info;
    *names = NULL;
    *n = 0;
    if (H5Gget_info(group, &info) < 0) SPX_TRY(store_fail(s, "list", path, err));
    l.room = (size_t)info.nlinks;
    SPX_TRY(SPX_NEW(&l.at, l.room, err));
    const bool listed = H5Literate(group, aged ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_NATIVE,
                                   NULL, add_member, &l) >= 0;
    if (l.st != SPX_OK) SPX_RAISE(err, l.st, "%s", l.err.text);
    if (!listed) SPX_TRY(store_fail(s, "list", path, err));
    if (l.n > 0) qsort(l.at, l.n, sizeof *l.at, aged ? by_age : by_name);
    SPX_TRY(take_names(&l, names, n, err));
out:
    for (size_t i = 0; i < l.n; i++) spx_free(l.at[i].name);
    spx_free(l.at);
    return st;
}

spx_status spx_store_names(const spx_store *s, const char *group, char ***names, size_t *n,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    hid_t g = H5I_INVALID_HID;
    *names = NULL;
    *n = 0;
    SPX_TRY(store_group(s, group, &g, err));
    st = store_list(s, g, group, s->foreign, names, n, err);
    H5Gclose(g);
out:
    return st;
}

void spx_store_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) spx_free(names[i]);
    spx_free(names);
}
