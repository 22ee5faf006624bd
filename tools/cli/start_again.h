/* start_again.h: what libraries read of the environment when they are loaded. */
#ifndef SPX_TOOLS_START_AGAIN_H
#define SPX_TOOLS_START_AGAIN_H

/* Call it first in main: where the environment lacks one of these, the program starts itself once
 * more with it set. What the environment says takes precedence.
 *
 * GOMP_SPINCOUNT (or OMP_WAIT_POLICY) limits how long waiting threads spin. GOMP's do for
 * milliseconds at a barrier, and BLAS has thousands of barriers a second: where another program
 * needs a core, all of them wait for a thread that is kept from running, and a tool becomes several
 * times slower.
 *
 * OPENBLAS_CORETYPE names the kernels of OpenBLAS; set where it does not know the processor
 * (spx_blas_better_kernels). */
void start_again(char **argv);

#endif
