/* alloc.c: an LD_PRELOAD library that fails the n-th allocation after main has begun.
 *
 * SPX_FAULT_ALLOC=N fails the N-th call of malloc, calloc, realloc, posix_memalign, aligned_alloc
 * or an anonymous mmap of the process (once, with ENOMEM; SPX_FAULT_LASTING=1: and every later
 * one). SPX_FAULT_COUNT=FILE fails none and lists them by the calls that led to each, a line for
 * each series of calls, in hexadecimal and then decimal numbers:
 *
 *   OUTER INNER FIRST LAST LIBRARY    OUTER: the calls of the program itself, up to the one that left
 *                                     it; INNER: those within libraries, the same in all programs;
 *                                     numbers of the first and the last such allocation;
 *                                     the library that the program called
 *
 * Calls before main (the loader's, OpenBLAS's) are not counted: faults of those are not the tools'.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEPTH = 48, SERIES = 1 << 16, OWN_FRAMES = 3 };

/* A series of calls; times 0: an empty place of the table. */
typedef struct series {
    uint64_t hash;
    long times, first, last;
    int frames;
    void *frame[DEPTH];
} series;

static atomic_long calls;
static atomic_bool begun;
static _Thread_local bool within; /* an allocation of backtrace itself */
static long fail_at;
static bool lasting;
static const char *list;
static series *table; /* by hash, open addressing */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* FNV-1a */
static uint64_t mix(uint64_t hash, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211u;
    return hash;
}

static void note_series(long n)
{
    series s = {.times = 0, .first = n, .last = n};
    s.frames = backtrace(s.frame, DEPTH);
    s.hash = mix(0, s.frame, (size_t)s.frames * sizeof *s.frame);
    size_t at = s.hash % SERIES;
    for (size_t i = 0; i < SERIES && table[at].times > 0 && table[at].hash != s.hash; i++)
        at = (at + 1) % SERIES;
    if (table[at].times == 0) table[at] = s;
    table[at].times++;
    table[at].last = n;
}

static __attribute__((noinline)) bool fails(void)
{
    if (!atomic_load(&begun) || within) return false;
    const long n = atomic_fetch_add(&calls, 1) + 1;
    if (list) {
        within = true;
        note_series(n);
        within = false;
    }
    const bool yes = fail_at > 0 && (n == fail_at || (lasting && n > fail_at));
    if (yes) errno = ENOMEM;
    return yes;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t size) { return fails() ? NULL : __libc_realloc(p, size); }
void *aligned_alloc(size_t to, size_t size) { return fails() ? NULL : __libc_memalign(to, size); }

int posix_memalign(void **out, size_t to, size_t size)
{
    if (fails()) return ENOMEM;
    *out = __libc_memalign(to, size);
    return *out ? 0 : ENOMEM;
}

void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "mmap");
    if ((flags & MAP_ANONYMOUS) && fails()) return MAP_FAILED;
    return real(at, size, prot, flags, fd, offset);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Frames are told apart by library and offset, which do not change from run to run. */
static void write_series(FILE *to, const series *s, const void *program)
{
    uint64_t half[2] = {0, 0}; /* inner, outer */
    bool outer = false;
    const char *asks = NULL;
    for (int i = OWN_FRAMES - 1; i < s->frames; i++) {
        Dl_info from = {0};
        if (!dladdr(s->frame[i], &from)) continue;
        const uint64_t offset = (uint64_t)((char *)s->frame[i] - (char *)from.dli_fbase);
        const char *name = base_name(from.dli_fname);
        if (!asks && strcmp(name, "alloc.so") == 0) continue;
        outer = outer || from.dli_fbase == program;
        if (!asks || !outer) asks = name; /* the library that the program called */
        if (!outer) half[0] = mix(half[0], name, strlen(name));
        half[outer] = mix(half[outer], &offset, sizeof offset);
    }
    fprintf(to, "%lx %lx %ld %ld %s\n", half[1], half[0], s->first, s->last, asks ? asks : "?");
}

static int (*real_main)(int, char **, char **);

static void write_list(void)
{
    Dl_info program = {0};
    atomic_store(&begun, false);
    FILE *to = fopen(list, "w");
    if (!to || !dladdr((void *)real_main, &program)) return;
    for (size_t i = 0; i < SERIES; i++)
        if (table[i].times > 0) write_series(to, &table[i], program.dli_fbase);
    fclose(to);
}

/* main is called through here, so that counting begins where it begins. */
static int counted_main(int argc, char **argv, char **env)
{
    void *frame[1];
    const char *n = getenv("SPX_FAULT_ALLOC");
    fail_at = n ? strtol(n, NULL, 10) : 0;
    lasting = getenv("SPX_FAULT_LASTING") != NULL;
    list = getenv("SPX_FAULT_COUNT");
    if (list) {
        (void)backtrace(frame, 1); /* loads what it needs */
        table = __libc_calloc(SERIES, sizeof *table);
        atexit(write_list);
    }
    unsetenv("LD_PRELOAD"); /* children run as they are */
    atomic_store(&begun, true);
    return real_main(argc, argv, env);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                void (*)(void), void *);
    *(void **)&real = dlvsym(RTLD_NEXT, "__libc_start_main", "GLIBC_2.34");
    real_main = main;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
