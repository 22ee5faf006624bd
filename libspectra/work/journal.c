/* journal.c: a file to which records are only ever appended, each with its SHA-256. */
#include "spx/journal.h"

#include "spx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char magic[8] = {'s', 'p', 'x', 'i', 't', 'e', 'm', '1'};
enum { HASH = SPX_SHA256_HEX - 1, HEAD = 2 * sizeof(uint64_t) };

/* Where an item's bytes are in the file; at = 0 if they are not there. */
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
            return SPX_FAIL(err, SPX_EINVAL,
                            "%s belongs to different work: it has '%.*s', not '%.*s'", path,
                            (int)(n < 180 ? n : 180), b, (int)(m < 180 ? m : 180), a);
        a += m + (a[m] == '\n');
        b += n + (b[n] == '\n');
    }
    return SPX_OK;
}

/* True if the HASH digits after the first `size` bytes are their SHA-256. *err is set where that
 * cannot be found out. */
static bool intact(const unsigned char *bytes, size_t size, spx_error *err)
{
    char hash[SPX_SHA256_HEX];
    return spx_sha256(bytes, size, hash, err) == SPX_OK && memcmp(hash, bytes + size, HASH) == 0;
}

/* Reads the header; false if it is not one, or incomplete. */
static bool read_head(spx_reader *r, uint64_t *items, const unsigned char **identity, uint64_t *n,
                      spx_error *err)
{
    const unsigned char *word = NULL, *begin = r->at;
    return spx_reader_take(r, sizeof magic, &word) && memcmp(word, magic, sizeof magic) == 0 &&
           spx_reader_number(r, items) && spx_reader_number(r, n) &&
           spx_reader_take(r, *n, identity) && r->left >= HASH &&
           intact(begin, (size_t)(r->at - begin), err) && spx_reader_take(r, HASH, &word);
}

/* Notes every complete record, up to the first that is not. */
static void read_records(spx_journal *j, const spx_map *m, spx_reader *r, spx_error *err)
{
    for (;;) {
        spx_reader at = *r;
        uint64_t item = 0, size = 0;
        const unsigned char *bytes = NULL, *hash = NULL;
        if (!spx_reader_number(&at, &item) || !spx_reader_number(&at, &size) ||
            !spx_reader_take(&at, size, &bytes) || !spx_reader_take(&at, HASH, &hash) ||
            item >= j->items || !intact(r->at, HEAD + size, err))
            break;
        if (!spx_journal_has(j, item)) j->count++;
        j->place[item] = (place){(size_t)(bytes - m->data), size};
        *r = at;
    }
    j->end = (size_t)(r->at - m->data);
}

/* Reads the header and finds the records. */
static spx_status scan(spx_journal *j, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_map m = {0};
    const unsigned char *identity = NULL;
    uint64_t items = 0, n = 0;
    spx_error why = {0};
    SPX_TRY(spx_map_open(&m, j->path, err));
    spx_reader r = {m.data, m.size};
    if (!read_head(&r, &items, &identity, &n, &why) && why.status == SPX_OK)
        SPX_RAISE(err, SPX_EFORMAT, "%s: not a file of work items, or its header is truncated",
                  j->path);
    if (why.status != SPX_OK) SPX_RAISE(err, why.status, "%s: %s", j->path, why.text);
    SPX_TRY(spx_text_copy(&j->identity, (const char *)identity, n, err));
    SPX_TRY(SPX_NEW(&j->place, items, err));
    j->items = items;
    read_records(j, &m, &r, &why);
    if (why.status != SPX_OK) SPX_RAISE(err, why.status, "%s: %s", j->path, why.text);
out:
    spx_map_close(&m);
    return st;
}

static spx_status append_bytes(spx_journal *j, const spx_bytes *b, spx_error *err)
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

/* Adds the SHA-256 of the bytes so far. */
static spx_status seal(spx_bytes *b, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_sha256(b->data, b->size, hash, err));
    SPX_TRY(spx_bytes_add(b, hash, HASH, err));
out:
    return st;
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
    SPX_TRY(append_bytes(j, &b, err));
out:
    spx_bytes_free(&b);
    return st;
}

static spx_status new_journal(const char *path, spx_journal **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(out, 1, err));
    (*out)->fd = -1;
    SPX_TRY(spx_text_dup(&(*out)->path, path, err));
out:
    return st;
}

/* Opens the file for this process alone; *size <- its size. */
static spx_status open_to_write(spx_journal *j, off_t *size, spx_error *err)
{
    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (j->fd < 0) return spx_fail_path(err, j->path);
    const spx_status st = spx_file_lock(j->fd, j->path, err);
    if (st != SPX_OK) return st;
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
        SPX_RAISE(err, SPX_EINVAL, "%s belongs to different work: it has %zu items, not %zu", path,
                  j->items, items);
    if (ftruncate(j->fd, (off_t)j->end) != 0) SPX_TRY(spx_fail_path(err, path));
    *out = j;
    j = NULL;
out:
    spx_journal_close(j);
    return st;
}

spx_status spx_journal_read(const char *path, spx_journal **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_journal *j = NULL;
    *out = NULL;
    SPX_TRY(new_journal(path, &j, err));
    SPX_TRY(scan(j, err));
    j->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (j->fd < 0) SPX_TRY(spx_fail_path(err, path));
    *out = j;
    j = NULL;
out:
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
    SPX_TRY(append_bytes(j, &b, err));
    j->place[item] = (place){at, size};
    j->count++;
out:
    spx_bytes_free(&b);
    return st;
}

spx_status spx_journal_get(const spx_journal *j, size_t item, spx_bytes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const place *p = &j->place[item];
    out->size = 0;
    SPX_TRY(spx_bytes_room(out, p->size, err));
    while (out->size < p->size) {
        const ssize_t n =
            pread(j->fd, out->data + out->size, p->size - out->size, (off_t)(p->at + out->size));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) SPX_TRY(spx_fail_path(err, j->path));
        if (n == 0) SPX_RAISE(err, SPX_EIO, "%s: became shorter while it was read", j->path);
        out->size += (size_t)n;
    }
out:
    return st;
}
