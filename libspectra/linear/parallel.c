/* parallel.c: jobs over OpenMP's threads; the BLAS that is linked shares their pool. */
#include "spx/parallel.h"

#include <stdatomic.h>

spx_status spx_parallel(size_t n, spx_job_fn *job, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error first = {0};
    atomic_size_t failed = n; /* the smallest index that did */
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++) {
        spx_error own = {0};
        if (i > atomic_load(&failed)) continue;
        const spx_status mine = job(i, arg, &own);
        if (mine == SPX_OK) continue;
#pragma omp critical(spx_parallel_failure)
        if (i < atomic_load(&failed)) {
            atomic_store(&failed, i);
            first = own;
            st = mine;
        }
    }
    return st == SPX_OK ? st : SPX_FAIL(err, st, "%s", first.text);
}
