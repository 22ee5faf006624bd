/* spx/parallel.h: independent jobs shared among threads, one BLAS thread each. */
#ifndef SPX_PARALLEL_H
#define SPX_PARALLEL_H

#include "spx/base.h"

typedef spx_status spx_job_fn(size_t i, void *arg, spx_error *err);

/*
 * Calls job(i, arg) once for each i < n. Jobs begin in this order, as many at a time as there are
 * threads (spx_threads_set); put the longest first. Inside a job BLAS has one thread.
 *
 * After a failure no further job begins; status and error are those of the smallest i that failed,
 * whatever the number of threads. Inside another parallel region the jobs run one by one.
 */
SPX_CHECKED spx_status spx_parallel(size_t n, spx_job_fn *job, void *arg, spx_error *err);

#endif
