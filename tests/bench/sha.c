/* sha.c: preloaded, counts the bytes that a program hashes with libcrypto and the seconds that
 * takes; prints both on file descriptor 9 when the program ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

static double seconds, bytes;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int EVP_DigestUpdate(void *context, const void *data, size_t size);
int EVP_DigestUpdate(void *context, const void *data, size_t size)
{
    static int (*real)(void *, const void *, size_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestUpdate");
    const double began = now();
    const int good = real(context, data, size);
    seconds += now() - began;
    bytes += (double)size;
    return good;
}

__attribute__((destructor)) static void tell(void) { dprintf(9, "%.0f %.3f\n", bytes, seconds); }
