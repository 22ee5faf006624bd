/* file.c: mapping, reading and hashing files. Only this file uses libcrypto. */
#include "spx/file.h"

#include "base/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

spx_status spx_fail_path(spx_error *err, const char *path)
{
    const int why = errno;
    if (why == EIO) spx_file_trouble(path, why);
    return SPX_FAIL(err, why == ENOMEM ? SPX_ENOMEM : SPX_EIO, "%s: %s", path, strerror(why));
}

const char *spx_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A file on another machine may lose its server or be cut while it is mapped, which would kill the
 * program, so such a file is read instead. */
static struct {
    size_t piece;
    void (*between)(void);
} remote_test;

void spx_test_remote_files(size_t piece, void (*between)(void))
{
    remote_test.piece = piece;
    remote_test.between = between;
}

static bool is_remote(int fd)
{
    static const unsigned long kinds[] = {
        0x6969,     /* NFS */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x517b,     /* SMB */
        0x65735546, /* FUSE */
    };
    struct statfs info;
    if (remote_test.between) return true;
    if (fstatfs(fd, &info) != 0) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((unsigned long)info.f_type == kinds[i]) return true;
    return false;
}

static spx_status read_whole(int fd, void *to, size_t size, const char *path, spx_error *err)
{
    for (size_t done = 0; done < size;) {
        const size_t left = size - done, most = remote_test.between ? remote_test.piece : left;
        const ssize_t n = pread(fd, (char *)to + done, left < most ? left : most, (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return spx_fail_path(err, path);
        if (n == 0) return SPX_FAIL(err, SPX_EIO, "%s: became shorter while it was read", path);
        done += (size_t)n;
        if (remote_test.between) remote_test.between();
    }
    return SPX_OK;
}

/* munmap and madvise take a pointer to writable memory; ours is const. */
typedef union writable {
    const unsigned char *in;
    void *out;
} writable;

static spx_status map_or_read(spx_map *out, int fd, size_t size, const char *path, spx_error *err)
{
    const bool remote = is_remote(fd);
    void *p = remote ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                     : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) return spx_fail_path(err, path);
    out->data = p;
    out->size = size;
    out->copied = remote;
    if (remote) return read_whole(fd, p, size, path, err);
    (void)madvise(p, size, MADV_SEQUENTIAL); /* advice: read ahead, drop what was read */
    return SPX_OK;
}

void spx_map_release(const spx_map *m, const unsigned char *from, size_t size)
{
    if (m->copied || !m->data || from < m->data) return;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), offset = (size_t)(from - m->data);
    const size_t first = offset / page * page;
    size_t end = offset + size;
    if (end < m->size) end = end / page * page; /* the rest of the page is still to be read */
    if (end <= first) return;
    const writable p = {m->data + first};
    (void)madvise(p.out, end - first, MADV_DONTNEED);
}

static long long nanoseconds(const struct stat *info)
{
    return (long long)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

spx_status spx_map_open(spx_map *out, const char *path, spx_error *err)
{
    *out = (spx_map){0};
    /* a named pipe must not hold the program up */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return spx_fail_path(err, path);
    spx_status st = SPX_OK;
    struct stat info = {0};
    if (fstat(fd, &info) != 0)
        st = spx_fail_path(err, path);
    else if (!S_ISREG(info.st_mode))
        st = SPX_FAIL(err, SPX_EIO, "%s: not a regular file", path);
    else if (info.st_size > 0)
        st = map_or_read(out, fd, (size_t)info.st_size, path, err);
    out->mtime = nanoseconds(&info);
    close(fd);
    if (st != SPX_OK) spx_map_close(out);
    return st;
}

spx_status spx_map_check(const spx_map *m, const char *path, spx_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0) return spx_fail_path(err, path);
    if ((size_t)info.st_size == m->size && nanoseconds(&info) == m->mtime) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: changed while it was read", path);
}

void spx_map_close(spx_map *m)
{
    const writable p = {m->data};
    if (p.out) munmap(p.out, m->size);
    *m = (spx_map){0};
}

spx_status spx_file_text(const char *path, char **out, size_t *len, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_map m = {0};
    *out = NULL;
    *len = 0;
    SPX_TRY(spx_map_open(&m, path, err));
    SPX_TRY(spx_text_copy(out, m.size > 0 ? (const char *)m.data : "", m.size, err));
    *len = m.size;
out:
    spx_map_close(&m);
    return st;
}

/* An EVP_MD_CTX under another name, so that file.h needs no header of libcrypto. */
static EVP_MD_CTX *context(spx_hasher *h)
{
    void *p = h;
    return p;
}

static spx_status no_digest(spx_error *err)
{
    return SPX_FAIL(err, SPX_ENOMEM, "libcrypto failed to compute SHA-256");
}

spx_status spx_hasher_add(spx_hasher **h, const void *data, size_t size, spx_error *err)
{
    if (!*h) {
        EVP_MD_CTX *made = EVP_MD_CTX_new();
        if (!made || EVP_DigestInit_ex(made, EVP_sha256(), NULL) != 1) {
            EVP_MD_CTX_free(made);
            return no_digest(err);
        }
        void *p = made;
        *h = p;
    }
    if (EVP_DigestUpdate(context(*h), data ? data : "", size) != 1) return no_digest(err);
    return SPX_OK;
}

static void hasher_free(spx_hasher **h)
{
    EVP_MD_CTX_free(context(*h));
    *h = NULL;
}

spx_status spx_hasher_end(spx_hasher **h, char *out, spx_error *err)
{
    spx_status st = SPX_OK;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!out) goto out;
    out[0] = '\0';
    SPX_TRY(spx_hasher_add(h, NULL, 0, err));
    if (EVP_DigestFinal_ex(context(*h), digest, &n) != 1) SPX_TRY(no_digest(err));
    for (unsigned i = 0; i < n; i++) snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
out:
    hasher_free(h);
    return st;
}

spx_status spx_sha256(const void *data, size_t size, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_hasher *h = NULL;
    SPX_TRY(spx_hasher_add(&h, data, size, err));
    SPX_TRY(spx_hasher_end(&h, out, err));
out:
    hasher_free(&h);
    return st;
}

/* In pieces, so that the pages of each can be released. */
static spx_status hash_map(const spx_map *m, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t most = (size_t)16 << 20;
    spx_hasher *h = NULL;
    for (size_t at = 0; at < m->size; at += most) {
        const size_t n = m->size - at < most ? m->size - at : most;
        SPX_TRY(spx_hasher_add(&h, m->data + at, n, err));
        spx_map_release(m, m->data + at, n);
    }
    SPX_TRY(spx_hasher_end(&h, out, err));
out:
    hasher_free(&h);
    return st;
}

spx_status spx_sha256_file(const char *path, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_map m = {0};
    SPX_TRY(spx_map_open(&m, path, err));
    SPX_TRY(hash_map(&m, out, err));
out:
    spx_map_close(&m);
    return st;
}
