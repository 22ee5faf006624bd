/* address_space.c: mapping as much as OpenBLAS will, and giving it back. */
#include "address_space.h"

#include "cli.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* BUFFER_SIZE of OpenBLAS 0.3.21 on x86-64; beside it a thread has a stack and an arena of malloc.
 */
enum { BUFFER_MIB = 128, THREAD_MIB = 36, AT_LOAD_MIB = 2 * BUFFER_MIB + 4 };

static bool can_map(long mib)
{
    const size_t size = (size_t)mib << 20;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED) return false;
    (void)munmap(p, size);
    return true;
}

bool address_space_suffices(int threads, long *needed_mib)
{
    *needed_mib = threads > 1 ? (long)threads * (BUFFER_MIB + THREAD_MIB) : 0;
    return threads <= 1 || can_map(*needed_mib);
}

#ifndef SPX_SANITIZED /* sanitizers map terabytes, and are not ready that early */
static void check_at_load(int argc, char **argv, char **env)
{
    static const char text[] =
        ": out of memory: the address space is limited (ulimit -v) to less than the "
        "330 MiB that loading OpenBLAS takes\n";
    (void)env;
    if (can_map(AT_LOAD_MIB)) return;
    const char *name = argc > 0 ? argv[0] : "spx", *slash = strrchr(name, '/');
    if (slash) name = slash + 1;
    if (write(STDERR_FILENO, name, strlen(name)) < 0 ||
        write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(CLI_NUMERIC);
    _exit(CLI_NUMERIC);
}

/* These run before the initializers of any shared library. */
__attribute__((section(".preinit_array"),
               used)) static void (*const at_load)(int, char **, char **) = check_at_load;
#endif
