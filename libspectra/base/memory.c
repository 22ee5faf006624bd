/* memory.c: the only file that calls malloc, free and, for memory, mmap. */
#include "base/internal.h"

#include "spx/base.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Stored before every block: where its memory starts; how much was mapped, 0 if malloc gave it. */
typedef struct origin {
    void *start;
    size_t mapped;
} origin;

static const size_t align_to = 64;
/* Blocks that fill several pages of 2 MiB get such pages: the first touch of 1 GiB in pages of 4
 * KiB costs 2 s. They come zeroed from the system, and each is first touched by the thread that
 * fills it. Under a sanitizer every block comes from malloc, so that it sees each by itself. */
#ifdef SPX_SANITIZED
#define HUGE_FROM SIZE_MAX
#else
#define HUGE_FROM ((size_t)1 << 23)
#endif
static const size_t huge_from = HUGE_FROM;
static const size_t huge_page = (size_t)1 << 21;

struct spx_block {
    struct spx_block *below;
};

static atomic_long fail_after = -1;
static atomic_long live_blocks;

void spx_test_fail_alloc_after(long n) { atomic_store(&fail_after, n); }

long spx_test_live_blocks(void) { return atomic_load(&live_blocks); }

/* Makes p a block: notes its origin before it and counts it. */
static void *block_at(char *p, origin from)
{
    memcpy(p - sizeof from, &from, sizeof from);
    atomic_fetch_add(&live_blocks, 1);
    return p;
}

static void *mapped_block(size_t bytes)
{
    const size_t whole = (bytes + huge_page - 1) / huge_page * huge_page + 2 * huge_page;
    void *start = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    char *p = (char *)start + 2 * huge_page - (uintptr_t)start % huge_page;
    (void)madvise(p, whole - 2 * huge_page, MADV_HUGEPAGE); /* advice: may fail */
    return block_at(p, (origin){start, whole});
}

static void *aligned_block(size_t bytes)
{
    if (atomic_load(&fail_after) == 0) return NULL;
    if (atomic_load(&fail_after) > 0) atomic_fetch_sub(&fail_after, 1);
    if (bytes >= huge_from) return mapped_block(bytes);
    const size_t padded = (bytes + 2 * align_to - 1) / align_to * align_to;
    char *start = aligned_alloc(align_to, padded);
    if (!start) return NULL;
    memset(start, 0, padded);
    return block_at(start + align_to, (origin){start, 0});
}

static spx_status check_size(size_t n, size_t size, spx_error *err)
{
    if (size != 0 && n > (SIZE_MAX - 4 * huge_page) / size)
        return SPX_FAIL(err, SPX_ENOMEM, "%zu items of %zu bytes overflow size_t", n, size);
    return SPX_OK;
}

/* *(T **)slot <- p, for any T: pointers to objects share one representation (POSIX). */
static void put_pointer(void *slot, void *p) { memcpy(slot, &p, sizeof p); }

spx_status spx_alloc(void *slot, size_t n, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    put_pointer(slot, NULL);
    SPX_TRY(check_size(n, size, err));
    const size_t bytes = n * size > 0 ? n * size : 1;
    void *p = aligned_block(bytes);
    if (!p) SPX_RAISE(err, SPX_ENOMEM, "cannot allocate %zu bytes", bytes);
    put_pointer(slot, p);
out:
    return st;
}

void spx_free(void *p)
{
    if (!p) return;
    origin from;
    memcpy(&from, (char *)p - sizeof from, sizeof from);
    atomic_fetch_sub(&live_blocks, 1);
    if (from.mapped > 0)
        (void)munmap(from.start, from.mapped);
    else
        free(from.start);
}

spx_status spx_text_copy(char **out, const char *text, size_t len, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(out, len + 1, err));
    if (len > 0) memcpy(*out, text, len);
out:
    return st;
}

spx_status spx_text_dup(char **out, const char *text, spx_error *err)
{
    return spx_text_copy(out, text, strlen(text), err);
}

size_t spx_utf8_bytes(const char *text, size_t left)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n < 2 || n > left) return n == 1;
    unsigned c = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (p[i] & 63u);
    }
    return c >= least[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? n : 0;
}

spx_status spx_scratch_alloc(spx_scratch *s, void *slot, size_t n, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    put_pointer(slot, NULL);
    SPX_TRY(check_size(n, size, err));
    struct spx_block *b = aligned_block(align_to + n * size);
    if (!b) SPX_RAISE(err, SPX_ENOMEM, "cannot allocate %zu bytes", n * size);
    b->below = s->top;
    s->top = b;
    put_pointer(slot, (char *)b + align_to);
out:
    return st;
}

void spx_scratch_free(spx_scratch *s)
{
    while (s->top) {
        struct spx_block *below = s->top->below;
        spx_free(s->top);
        s->top = below;
    }
}
