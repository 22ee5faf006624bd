/* alloc.c: an LD_PRELOAD library that fails the n-th allocation after main has begun.
 *
 * SPX_FAULT_ALLOC=N fails the N-th call of malloc, calloc, realloc, posix_memalign, aligned_alloc or
 * an anonymous mmap of the process (once, with ENOMEM; SPX_FAULT_LASTING=1: and every later one);
 * SPX_FAULT_COUNT=FILE writes how many there were. Calls before main (the loader's, OpenBLAS's) are
 * not counted: faults of those are not the tools'. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_long calls;
static atomic_bool begun;
static long fail_at;
static bool lasting;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static bool fails(void)
{
    if (!atomic_load(&begun)) return false;
    const long n = atomic_fetch_add(&calls, 1) + 1;
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

static void write_count(void)
{
    const char *path = getenv("SPX_FAULT_COUNT");
    const long n = atomic_load(&calls);
    atomic_store(&begun, false);
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f) return;
    fprintf(f, "%ld\n", n);
    fclose(f);
}

/* main is called through here, so that counting begins where it begins. */
static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **env)
{
    const char *n = getenv("SPX_FAULT_ALLOC");
    fail_at = n ? strtol(n, NULL, 10) : 0;
    lasting = getenv("SPX_FAULT_LASTING") != NULL;
    if (getenv("SPX_FAULT_COUNT")) atexit(write_count);
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
