/* journal.c: a file to which records are only ever added, each with its SHA-256. */
#include "spx/journal.h"

#include "spx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char magic[8] = {'s', 'p', 'x', 'i', 't', 'e', 'm', '1'};
enum { HASH = SPX_SHA256_HEX - 1, HEAD = 2 * sizeof(uint64_t) };

/* Where an item's bytes are; at = 0: nowhere. */
typedef struct place {
    size_t at, size;
} place;

struct spx_journal {
    char *path, *identity;
    int fd;
    size_t items, count, end;
    place *place;
};

const char *spx_journal_path(const spx_journal *j) { return j->path; }
const char *spx_journal_identity(const spx_journal *j) { return j->identity; }
size_t spx_journal_items(const spx_journal *j) { return j->items; }
size_t spx_journal_count(const spx_journal *j) { return j->count; }
bool spx_journal_has(const spx_journal *j, size_t item)
{
    return item < j->items && j->place[item].at > 0;
}

const char *spx_identity_value(const char *identity, const char *name, size_t *length)
{
    const size_t n = strlen(name);
    for (const char *line = identity; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, n) != 0 || line[n] != ' ') continue;
        *length = strcspn(line + n + 1, "\n");
        return line + n + 1;
    }
    return NULL;
}

spx_status spx_identity_check(const char *mine, const char *path, const char *its, spx_error *err)
{
    const char *a = mine, *b = its;
    while (*a || *b) {
        const size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");
        if (m != n || memcmp(a, b, n) != 0)
            return SPX_FAIL(err, SPX_EINVAL, "%s is of other work: its '%.*s' is '%.*s' here", path,
                            (int)(n < 180 ? n : 180), b, (int)(m < 180 ? m : 180), a);
        a += m + (a[m] == '\n');
        b += n + (b[n] == '\n');
    }
    return SPX_OK;
}

/* SHA-256 of the first `size` bytes are the HASH digits behind them. */
static bool intact(const unsigned char *bytes, size_t size)
{
    char hash[SPX_SHA256_HEX];
    return spx_sha256(bytes, size, hash, NULL) == SPX_OK && memcmp(hash, bytes + size, HASH) == 0;
}

/* The beginning of a file; false if it is none, or cut before its end. */
static bool read_head(spx_reader *r, uint64_t *items, const unsigned char **identity, uint64_t *n)
{
    const unsigned char *word = NULL, *begin = r->at;
    return spx_reader_take(r, sizeof magic, &word) && memcmp(word, magic, sizeof magic) == 0 &&
           spx_reader_number(r, items) && spx_reader_number(r, n) &&
           spx_reader_take(r, *n, identity) && r->left >= HASH &&
           intact(begin, (size_t)(r->at - begin)) && spx_reader_take(r, HASH, &word);
}

/* Every complete record; stops before the first that is not. */
static void read_records(spx_journal *j, const spx_map *m, spx_reader *r)
{
    for (;;) {
        spx_reader at = *r;
        uint64_t item = 0, size = 0;
        const unsigned char *bytes = NULL, *hash = NULL;
        if (!spx_reader_number(&at, &item) || !spx_reader_number(&at, &size) ||
            !spx_reader_take(&at, size, &bytes) || !spx_reader_take(&at, HASH, &hash) ||
            item >= j->items || !intact(r->at, HEAD + size))
            break;
        if (!spx_journal_has(j, item)) j->count++;
        j->place[item] = (place){(size_t)(bytes - m->data), size};
        *r = at;
    }
    j->end = (size_t)(r->at - m->data);
}

static spx_status scan(spx_journal *j, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_map m = {0};
    const unsigned char *identity = NULL;
    uint64_t items = 0, n = 0;
    SPX_TRY(spx_map_open(&m, j->path, err));
    spx_reader r = {m.data, m.size};
    if (!read_head(&r, &items, &identity, &n))
        SPX_RAISE(err, SPX_EFORMAT, "%s: no file of work items, or cut at its beginning", j->path);
    SPX_TRY(spx_text_copy(&j->identity, (const char *)identity, n, err));
    SPX_TRY(SPX_NEW(&j->place, items, err));
    j->items = items;
    read_records(j, &m, &r);
out:
    spx_map_close(&m);
    return st;
}

static spx_status append(spx_journal *j, const spx_bytes *b, spx_error *err)
{
    for (size_t done = 0; done < b->size;) {
        const ssize_t n = pwrite(j->fd, b->data + done, b->size - done, (off_t)(j->end + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return spx_fail_path(err, j->path);
        done += (size_t)n;
    }
    j->end += b->size;
    return SPX_OK;
}

static spx_status seal(spx_bytes *b, spx_error *err)
{
    char hash[SPX_SHA256_HEX];
    const spx_status st = spx_sha256(b->data, b->size, hash, err);
    return st == SPX_OK ? spx_bytes_add(b, hash, HASH, err) : st;
}

static spx_status write_head(spx_journal *j, const char *identity, size_t items, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes b = {0};
    SPX_TRY(spx_bytes_add(&b, magic, sizeof magic, err));
    SPX_TRY(spx_bytes_add_number(&b, items, err));
    SPX_TRY(spx_bytes_add_number(&b, strlen(identity), err));
    SPX_TRY(spx_bytes_add(&b, identity, strlen(identity), err));
    SPX_TRY(seal(&b, err));
    SPX_TRY(append(j, &b, err));
out:
    spx_bytes_free(&b);
    return st;
}

static spx_status new_journal(const char *path, spx_journal **out, spx_error *err)
{
    void *mem = NULL;
    *out = NULL;
    spx_status st = spx_alloc(&mem, 1, sizeof(spx_journal), err);
    if (st != SPX_OK) return st;
    *out = mem;
    (*out)->fd = -1;
    return spx_text_copy(&(*out)->path, path, strlen(path), err);
}

/* Opens for writing, alone; the number of bytes already there. */
static spx_status open_to_write(spx_journal *j, off_t *size, spx_error *err)
{
    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (j->fd < 0) return spx_fail_path(err, j->path);
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return SPX_FAIL(err, SPX_EIO, "%s: another process is writing to it", j->path);
    *size = lseek(j->fd, 0, SEEK_END);
    return *size < 0 ? spx_fail_path(err, j->path) : SPX_OK;
}

spx_status spx_journal_open(const char *path, const char *identity, size_t items, spx_journal **out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_journal *j = NULL;
    off_t size = 0;
    *out = NULL;
    SPX_TRY(new_journal(path, &j, err));
    SPX_TRY(open_to_write(j, &size, err));
    if (size == 0) SPX_TRY(write_head(j, identity, items, err));
    SPX_TRY(scan(j, err));
    SPX_TRY(spx_identity_check(identity, path, j->identity, err));
    if (j->items != items)
        SPX_RAISE(err, SPX_EINVAL, "%s is of %zu items, not %zu", path, j->items, items);
    if (ftruncate(j->fd, (off_t)j->end) != 0) SPX_TRY(spx_fail_path(err, path));
    *out = j;
    j = NULL;
out:
    spx_journal_close(j);
    return st;
}

spx_status spx_journal_read(const char *path, spx_journal **out, spx_error *err)
{
    spx_journal *j = NULL;
    *out = NULL;
    spx_status st = new_journal(path, &j, err);
    if (st == SPX_OK) st = scan(j, err);
    if (st == SPX_OK && (j->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        st = spx_fail_path(err, path);
    if (st == SPX_OK)
        *out = j;
    else
        spx_journal_close(j);
    return st;
}

void spx_journal_close(spx_journal *j)
{
    if (!j) return;
    if (j->fd >= 0) close(j->fd);
    spx_free(j->path);
    spx_free(j->identity);
    spx_free(j->place);
    spx_free(j);
}

spx_status spx_journal_add(spx_journal *j, size_t item, const void *bytes, size_t size,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes b = {0};
    if (spx_journal_has(j, item)) return SPX_OK;
    SPX_TRY(spx_bytes_add_number(&b, item, err));
    SPX_TRY(spx_bytes_add_number(&b, size, err));
    SPX_TRY(spx_bytes_add(&b, bytes, size, err));
    SPX_TRY(seal(&b, err));
    const size_t at = j->end + HEAD;
    SPX_TRY(append(j, &b, err));
    j->place[item] = (place){at, size};
    j->count++;
out:
    spx_bytes_free(&b);
    return st;
}

spx_status spx_journal_get(const spx_journal *j, size_t item, spx_bytes *out, spx_error *err)
{
    const place *p = &j->place[item];
    out->size = 0;
    const spx_status st = spx_bytes_room(out, p->size, err);
    if (st != SPX_OK) return st;
    while (out->size < p->size) {
        const ssize_t n =
            pread(j->fd, out->data + out->size, p->size - out->size, (off_t)(p->at + out->size));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return spx_fail_path(err, j->path);
        if (n == 0) return SPX_FAIL(err, SPX_EIO, "%s became shorter while it was read", j->path);
        out->size += (size_t)n;
    }
    return SPX_OK;
}
