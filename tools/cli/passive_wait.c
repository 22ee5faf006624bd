/* passive_wait.c: how long a thread that waits for others may spin. */
#include "passive_wait.h"

#include <stdlib.h>
#include <unistd.h>

static const char spin_count[] = "2000"; /* a few microseconds */

void passive_wait_limit(char **argv)
{
    char self[4096];
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0 || setenv("GOMP_SPINCOUNT", spin_count, 1) != 0) return;
    self[n] = '\0';
    (void)execv(self, argv); /* where it fails, the threads spin */
}
