/* start_again.c: the program starts itself once more with what its libraries should read. */
#include "start_again.h"

#include "spx/mat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const char spin_count[] = "2000"; /* a few microseconds */

static bool set_spin_count(void)
{
    return !getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY") &&
           setenv("GOMP_SPINCOUNT", spin_count, 1) == 0;
}

static bool set_kernels(void)
{
    const char *better = getenv("OPENBLAS_CORETYPE") ? NULL : spx_blas_better_kernels();
    return better && setenv("OPENBLAS_CORETYPE", better, 1) == 0;
}

void start_again(char **argv)
{
    char self[4096];
    const bool spins = set_spin_count(), kernels = set_kernels();
    if (!spins && !kernels) return;
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return;
    self[n] = '\0';
    (void)execv(self, argv); /* where it fails, the tool is slower */
}
