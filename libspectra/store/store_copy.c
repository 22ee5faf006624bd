/* store_copy.c: an object of one HDF5 file written again in another. H5Ocopy does the same, but
 * HDF5 1.10 crashes in it where a write fails. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

/* The bytes of n elements of a type, at least one. Free with free. */
static void *room_for(hid_t space, hid_t type)
{
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    return n < 0 ? NULL : calloc((size_t)n + 1, H5Tget_size(type));
}

static bool write_attribute(hid_t from, hid_t type, hid_t space, const char *name, hid_t to)
{
    const hid_t memory = H5Tget_native_type(type, H5T_DIR_DEFAULT);
    const hid_t made = H5Acreate2(to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    void *value = memory >= 0 ? room_for(space, memory) : NULL;
    bool good = made >= 0 && value && H5Aread(from, memory, value) >= 0 &&
                H5Awrite(made, memory, value) >= 0;
    if (value) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, value); /* texts */
    free(value);
    good = store_shut(H5Aclose, made) && good;
    return store_shut(H5Tclose, memory) && good;
}

/* Called for each attribute of an object; `data` is the copy. */
static herr_t copy_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    const hid_t from = H5Aopen(object, name, H5P_DEFAULT), *to = data;
    if (from < 0) return -1;
    const hid_t type = H5Aget_type(from), space = H5Aget_space(from);
    (void)info;
    bool good = type >= 0 && space >= 0 && write_attribute(from, type, space, name, *to);
    good = store_shut(H5Tclose, type) && good;
    good = store_shut(H5Sclose, space) && good;
    return store_shut(H5Aclose, from) && good ? 0 : -1;
}

static bool copy_attributes(hid_t from, hid_t to)
{
    return H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, copy_attribute, &to) >= 0;
}

static bool copy_chunk(hid_t from, hid_t to, hid_t space, hsize_t i)
{
    hsize_t at[H5S_MAX_RANK], size = 0;
    unsigned skipped = 0; /* filters */
    haddr_t where = 0;
    if (H5Dget_chunk_info(from, space, i, at, &skipped, &where, &size) < 0) return false;
    void *bytes = malloc(size);
    const bool good = bytes && H5Dread_chunk(from, H5P_DEFAULT, at, &skipped, bytes) >= 0 &&
                      H5Dwrite_chunk(to, H5P_DEFAULT, skipped, at, size, bytes) >= 0;
    free(bytes);
    return good;
}

/* As they lie in the file, with their checksums. */
static bool copy_chunks(hid_t from, hid_t to, hid_t space)
{
    hsize_t n = 0;
    bool good = H5Dget_num_chunks(from, space, &n) >= 0;
    for (hsize_t i = 0; good && i < n; i++) good = copy_chunk(from, to, space, i);
    return good;
}

static bool copy_in_one_piece(hid_t from, hid_t to, hid_t type, hid_t space)
{
    void *values = room_for(space, type);
    const bool good = values && H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 &&
                      H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    free(values);
    return good;
}

static bool copy_dataset(hid_t from, hid_t file, const char *path)
{
    const hid_t type = H5Dget_type(from), space = H5Dget_space(from),
                list = H5Dget_create_plist(from);
    const hid_t to = H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    bool good =
        to >= 0 && (H5Pget_layout(list) == H5D_CHUNKED ? copy_chunks(from, to, space)
                                                       : copy_in_one_piece(from, to, type, space));
    good = good && copy_attributes(from, to);
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(type);
    return store_shut(H5Dclose, to) && good;
}

/* Called for each link of a group; `data` is the group's copy. */
static herr_t copy_member(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    const hid_t *to = data, from = store_open_object(group, name);
    (void)info;
    return from >= 0 && store_copy(from, *to, name) ? 0 : -1;
}

static bool copy_group(hid_t from, hid_t file, const char *path)
{
    hid_t to = store_make_group(file, path);
    bool good = to >= 0 && copy_attributes(from, to) &&
                H5Literate(from, H5_INDEX_CRT_ORDER, H5_ITER_NATIVE, NULL, copy_member, &to) >= 0;
    return store_shut(H5Gclose, to) && good;
}

bool store_copy(hid_t from, hid_t file, const char *path)
{
    const bool good = H5Iget_type(from) == H5I_GROUP ? copy_group(from, file, path)
                                                     : copy_dataset(from, file, path);
    return store_shut(H5Oclose, from) && good;
}
