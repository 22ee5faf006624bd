/* file.c: whole files: mapping, reading, replacing, hashing. The only file that uses libcrypto. */
#include "spx/file.h"

#include "base/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

spx_status spx_fail_path(spx_error *err, const char *path)
{
    return SPX_FAIL(err, SPX_EIO, "%s: %s", path, strerror(errno));
}

const char *spx_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A file on another machine may lose its server or its tail while it is mapped, which ends the
 * program: such a file is read instead. */
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
    static const unsigned long kinds[] = {0x6969, 0xff534d42, 0xfe534d42, 0x517b,
                                          0x65735546}; /* NFS, CIFS, SMB2, SMB, FUSE */
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

/* munmap and madvise take a pointer to what may be written; ours may only be read. */
typedef union writable {
    const unsigned char *in;
    void *out;
} writable;

static spx_status map(spx_map *out, int fd, size_t size, const char *path, spx_error *err)
{
    const bool remote = is_remote(fd);
    void *p = remote ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                     : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) return spx_fail_path(err, path);
    out->data = p;
    out->size = size;
    out->copied = remote;
    if (remote) return read_whole(fd, p, size, path, err);
    (void)madvise(p, size, MADV_SEQUENTIAL); /* advice: read ahead, drop behind */
    return SPX_OK;
}

void spx_map_release(const spx_map *m, const unsigned char *from, size_t size)
{
    if (m->copied || !m->data || from < m->data) return;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), offset = (size_t)(from - m->data);
    const size_t first = offset / page * page;
    size_t end = offset + size;
    if (end < m->size) end = end / page * page; /* what follows is still to be read */
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
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return spx_fail_path(err, path);
    spx_status st = SPX_OK;
    struct stat info = {0};
    if (fstat(fd, &info) != 0)
        st = spx_fail_path(err, path);
    else if (!S_ISREG(info.st_mode))
        st = SPX_FAIL(err, SPX_EIO, "%s: not a regular file", path);
    else if (info.st_size > 0)
        st = map(out, fd, (size_t)info.st_size, path, err);
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
    spx_map m;
    *out = NULL;
    *len = 0;
    spx_status st = spx_map_open(&m, path, err);
    if (st != SPX_OK) return st;
    st = spx_text_copy(out, m.size > 0 ? (const char *)m.data : "", m.size, err);
    if (st == SPX_OK) *len = m.size;
    spx_map_close(&m);
    return st;
}

static spx_status write_all(int fd, const unsigned char *data, size_t size, const char *path,
                            spx_error *err)
{
    while (size > 0) {
        const ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return spx_fail_path(err, path);
        data += n;
        size -= (size_t)n;
    }
    return SPX_OK;
}

/* A writer that is still at work holds a lock (HDF5 takes one too): its file is not cut under it.
 */
static spx_status claim(const char *path, int *fd, spx_error *err)
{
    *fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0) return spx_fail_path(err, path);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(*fd, 0) == 0) return SPX_OK;
    spx_status st = SPX_EIO;
    if (errno == EWOULDBLOCK)
        st = SPX_FAIL(err, SPX_EIO, "%s: another process is writing it", path);
    else
        st = spx_fail_path(err, path);
    close(*fd);
    return st;
}

spx_status spx_file_copy(const char *from, const char *to, spx_error *err)
{
    spx_map m;
    int fd = -1;
    spx_status st = spx_map_open(&m, from, err);
    if (st != SPX_OK) return st;
    st = claim(to, &fd, err);
    if (st == SPX_OK) {
        st = write_all(fd, m.data, m.size, to, err);
        if (close(fd) != 0 && st == SPX_OK) st = spx_fail_path(err, to);
    }
    spx_map_close(&m);
    return st;
}

static spx_status sync_path(const char *path, int flags, spx_error *err)
{
    const int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) return spx_fail_path(err, path);
    const int bad = fsync(fd);
    const int why = errno;
    close(fd);
    errno = why;
    return bad && why != EINVAL ? spx_fail_path(err, path)
                                : SPX_OK; /* EINVAL: a pipe or a device */
}

spx_status spx_file_commit(const char *from, const char *to, spx_error *err)
{
    char folder[4096];
    spx_status st = sync_path(from, O_RDONLY, err);
    if (st != SPX_OK) return st;
    if (rename(from, to) != 0) return spx_fail_path(err, to);
    const char *slash = strrchr(to, '/');
    const int n = slash == to ? 1 : slash ? (int)(slash - to) : 0;
    if (snprintf(folder, sizeof folder, "%.*s", n ? n : 1, n ? to : ".") >= (int)sizeof folder)
        return SPX_FAIL(err, SPX_EINVAL, "%s: path is too long", to);
    return sync_path(folder, O_RDONLY, err);
}

/* EVP_MD_CTX by another name, so that no header needs libcrypto's. */
static EVP_MD_CTX *context(spx_hasher *h)
{
    void *p = h;
    return p;
}

spx_status spx_hasher_add(spx_hasher **h, const void *data, size_t size, spx_error *err)
{
    bool good = true;
    if (!*h) {
        void *made = EVP_MD_CTX_new();
        *h = made;
        good = made && EVP_DigestInit_ex(made, EVP_sha256(), NULL) == 1;
    }
    if (good && EVP_DigestUpdate(context(*h), data ? data : "", size) == 1) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOMEM, "libcrypto cannot compute SHA-256");
}

spx_status spx_hasher_end(spx_hasher **h, char *out, spx_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    spx_status st = SPX_OK;
    if (out) {
        out[0] = '\0';
        st = spx_hasher_add(h, NULL, 0, err);
        if (st == SPX_OK && EVP_DigestFinal_ex(context(*h), digest, &n) != 1)
            st = SPX_FAIL(err, SPX_ENOMEM, "libcrypto cannot compute SHA-256");
        for (unsigned i = 0; st == SPX_OK && i < n; i++)
            snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
    }
    EVP_MD_CTX_free(context(*h));
    *h = NULL;
    return st;
}

spx_status spx_sha256(const void *data, size_t size, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_hasher *h = NULL;
    const spx_status st = spx_hasher_add(&h, data, size, err);
    const spx_status end = spx_hasher_end(&h, st == SPX_OK ? out : NULL, err);
    return st == SPX_OK ? end : st;
}

/* By pieces, whose pages are given back. */
static spx_status hash_map(const spx_map *m, char out[SPX_SHA256_HEX], spx_error *err)
{
    const size_t most = (size_t)16 << 20;
    spx_hasher *h = NULL;
    spx_status st = SPX_OK;
    for (size_t at = 0; st == SPX_OK && at < m->size; at += most) {
        const size_t n = m->size - at < most ? m->size - at : most;
        st = spx_hasher_add(&h, m->data + at, n, err);
        spx_map_release(m, m->data + at, n);
    }
    const spx_status end = spx_hasher_end(&h, st == SPX_OK ? out : NULL, err);
    return st == SPX_OK ? end : st;
}

spx_status spx_sha256_file(const char *path, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_map m;
    spx_status st = spx_map_open(&m, path, err);
    if (st == SPX_OK) st = hash_map(&m, out, err);
    spx_map_close(&m);
    return st;
}
