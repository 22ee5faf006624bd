/* zip.c: entries of zip archives. The only file that includes <zip.h>. */
#include "formats/zip.h"

#include <string.h>
#include <zip.h>

/* What libzip reads through; `from` is where its last read began. */
struct zip_reader {
    const part *p;
    zip_t *zip;
    size_t at, from;
    size_t expanded; /* bytes expanded so far */
    zip_error_t error;
};

static zip_int64_t serve_read(zip_reader *z, void *data, zip_uint64_t len)
{
    const size_t left = z->p->map.size - z->at, n = len < left ? (size_t)len : left;
    memcpy(data, z->p->map.data + z->at, n);
    z->from = z->at;
    z->at += n;
    return (zip_int64_t)n;
}

static zip_int64_t serve_seek(zip_reader *z, void *data, zip_uint64_t len)
{
    const zip_int64_t to =
        zip_source_seek_compute_offset(z->at, z->p->map.size, data, len, &z->error);
    if (to < 0) return -1;
    z->at = (size_t)to;
    return 0;
}

static zip_int64_t serve_stat(const zip_reader *z, void *data)
{
    zip_stat_t *s = data;
    zip_stat_init(s);
    s->size = z->p->map.size;
    s->valid |= ZIP_STAT_SIZE;
    return sizeof *s;
}

static zip_int64_t serve(void *state, void *data, zip_uint64_t len, zip_source_cmd_t cmd)
{
    zip_reader *z = state;
    switch (cmd) {
    case ZIP_SOURCE_OPEN: z->at = 0; return 0;
    case ZIP_SOURCE_READ: return serve_read(z, data, len);
    case ZIP_SOURCE_SEEK: return serve_seek(z, data, len);
    case ZIP_SOURCE_TELL: return (zip_int64_t)z->at;
    case ZIP_SOURCE_STAT: return serve_stat(z, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&z->error, data, len);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE: return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
    default: zip_error_set(&z->error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
}

static spx_status zip_fail(const zip_reader *z, zip_error_t *e, spx_error *err)
{
    if (zip_error_code_zip(e) == ZIP_ER_NOZIP) /* though it begins like one */
        return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: truncated: no directory at the end of the file",
                        z->p->path);
    const bool memory = zip_error_code_zip(e) == ZIP_ER_MEMORY;
    return SPX_FAIL(err, memory ? SPX_ENOMEM : SPX_EFORMAT, "%s: zip: %s", z->p->path,
                    zip_error_strerror(e));
}

static spx_status open_source(zip_reader *z, spx_error *err)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_source_t *source = zip_source_function_create(serve, z, &e);
    z->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &e) : NULL;
    spx_status st = SPX_OK;
    if (!z->zip) {
        st = zip_fail(z, &e, err);
        zip_source_free(source);
    }
    zip_error_fini(&e);
    return st;
}

/* True for a path that leads out of the folder that the archive is unpacked in. */
static bool leaves_archive(const char *name)
{
    return *name == '/' || strcmp(name, "..") == 0 || strncmp(name, "../", 3) == 0 ||
           strstr(name, "/../") ||
           (strlen(name) > 2 && strcmp(name + strlen(name) - 3, "/..") == 0);
}

static spx_status check_names(const zip_reader *z, spx_error *err)
{
    for (size_t i = 0; i < zip_reader_count(z); i++) {
        const char *name = zip_reader_name(z, i);
        if (!name || leaves_archive(name))
            return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: entry '%s' leaves the archive", z->p->path,
                            name ? name : "");
    }
    return SPX_OK;
}

spx_status zip_reader_open(const part *p, zip_reader **out, spx_error *err)
{
    spx_status st = SPX_OK;
    zip_reader *z = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&z, 1, err));
    z->p = p;
    zip_error_init(&z->error);
    SPX_TRY(open_source(z, err));
    SPX_TRY(check_names(z, err));
    *out = z;
    z = NULL;
out:
    zip_reader_close(z);
    return st;
}

void zip_reader_close(zip_reader *z)
{
    if (!z) return;
    if (z->zip) zip_discard(z->zip);
    zip_error_fini(&z->error);
    spx_free(z);
}

size_t zip_reader_count(const zip_reader *z)
{
    const zip_int64_t n = zip_get_num_entries(z->zip, 0);
    return n > 0 ? (size_t)n : 0;
}

const char *zip_reader_name(const zip_reader *z, size_t i)
{
    return zip_get_name(z->zip, i, ZIP_FL_ENC_RAW);
}

bool zip_reader_find(const zip_reader *z, const char *name, size_t *i)
{
    const zip_int64_t at = zip_name_locate(z->zip, name, ZIP_FL_ENC_RAW);
    if (at >= 0) *i = (size_t)at;
    return at >= 0;
}

bool zip_reader_find_base(const zip_reader *z, const char *name, size_t *i)
{
    for (*i = 0; *i < zip_reader_count(z); (*i)++)
        if (strcmp(spx_base_name(zip_reader_name(z, *i)), name) == 0) return true;
    return false;
}

/* A stored entry begins in the map where libzip reads its first byte. */
static spx_status locate_stored(zip_reader *z, zip_file_t *f, size_t size,
                                const unsigned char **data, spx_error *err)
{
    unsigned char first = 0;
    const zip_int64_t n = zip_fread(f, &first, 1);
    if (n == 1 && z->from <= z->p->map.size && size <= z->p->map.size - z->from &&
        z->p->map.data[z->from] == first) {
        *data = z->p->map.data + z->from;
        return SPX_OK;
    }
    if (n < 0) return zip_fail(z, zip_file_get_error(f), err);
    return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: an entry extends past the end of the file",
                    z->p->path);
}

/* Checks the size of an entry before memory is set aside for it. Deflate makes at most 258 bytes of
 * two bits, that is 1032 of one byte. */
static spx_status check_expansion(const zip_reader *z, const zip_stat_t *s, spx_error *err)
{
    const size_t file = z->p->map.size, size = (size_t)s->size;
    const size_t most = file > SIZE_MAX / 20 ? SIZE_MAX : 20 * file;
    const size_t limit = most > (size_t)1 << 30 ? most : (size_t)1 << 30;
    if (size > limit - z->expanded)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: expands to more than %zu bytes", z->p->path,
                        limit);
    if (s->comp_method != ZIP_CM_DEFLATE)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: zip: %s is neither stored nor deflated", z->p->path,
                        s->name);
    if (s->comp_size > file || size / 1032 > s->comp_size)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: %s cannot expand to its stated size",
                        z->p->path, s->name);
    return SPX_OK;
}

static spx_status expand_deflated(zip_reader *z, zip_file_t *f, const zip_stat_t *s, void **owned,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t size = (size_t)s->size;
    unsigned char *to = NULL, extra = 0;
    size_t done = 0;
    zip_int64_t n = 1;
    SPX_TRY(check_expansion(z, s, err));
    SPX_TRY(SPX_NEW(&to, size, err));
    z->expanded += size;
    while (done < size && n > 0) {
        n = zip_fread(f, to + done, size - done);
        if (n > 0) done += (size_t)n;
    }
    if (n >= 0 && done == size)
        n = zip_fread(f, &extra, 1); /* the end, where the CRC is compared */
    if (n < 0) SPX_TRY(zip_fail(z, zip_file_get_error(f), err));
    if (n > 0 || done < size)
        SPX_RAISE(err, SPX_EFORMAT, "%s: zip: %s does not have its stated size", z->p->path,
                  s->name);
    *owned = to;
    to = NULL;
out:
    spx_free(to);
    return st;
}

spx_status zip_reader_bytes(zip_reader *z, size_t i, const unsigned char **data, size_t *size,
                            void **owned, spx_error *err)
{
    zip_stat_t s;
    *data = NULL;
    *size = 0;
    *owned = NULL;
    const zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(z->zip, i, 0, &s) != 0 || (s.valid & wanted) != wanted ||
        s.size > SIZE_MAX / 2)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: zip: entry %zu is damaged", z->p->path, i);
    if (s.encryption_method != ZIP_EM_NONE)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: zip: %s is encrypted", z->p->path,
                        zip_reader_name(z, i));
    *size = (size_t)s.size;
    if (*size == 0) return SPX_OK;
    zip_file_t *f = zip_fopen_index(z->zip, i, 0);
    if (!f) return zip_fail(z, zip_get_error(z->zip), err);
    const spx_status st = s.comp_method == ZIP_CM_STORE ? locate_stored(z, f, *size, data, err)
                                                        : expand_deflated(z, f, &s, owned, err);
    zip_fclose(f);
    if (*owned) *data = *owned;
    return st;
}
