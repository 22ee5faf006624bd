/* passive_wait.h: threads that wait without taking the core from those they wait for. */
#ifndef SPX_TOOLS_PASSIVE_WAIT_H
#define SPX_TOOLS_PASSIVE_WAIT_H

/* Limits how long waiting threads spin; call it first in main. GOMP's threads spin for milliseconds
 * at a barrier, and BLAS has thousands of barriers a second: where another program needs a core,
 * all of them wait for a thread that is kept from running, and a tool becomes several times slower.
 * GOMP reads its limit (GOMP_SPINCOUNT) when it is loaded, so the program starts itself once more
 * with the limit set. GOMP_SPINCOUNT or OMP_WAIT_POLICY of the environment take precedence. */
void passive_wait_limit(char **argv);

#endif
