/* passive_wait.h: threads that wait without taking the core from those they wait for. */
#ifndef SPX_TOOLS_PATIENCE_H
#define SPX_TOOLS_PATIENCE_H

/* GOMP's threads spin for milliseconds at a barrier, and BLAS has thousands of barriers a second:
 * where another program needs a core, every one of them waits for a thread that is kept from
 * running, and a tool is slower by multiples. GOMP reads the limit (GOMP_SPINCOUNT) when it is
 * loaded, so the program begins again with it, once. A user's GOMP_SPINCOUNT or OMP_WAIT_POLICY
 * stands. Call it first in main. */
void patience_limit(char **argv);

#endif
