/* address_space.h: whether OpenBLAS will find the address space that it does not do without. */
#ifndef SPX_TOOLS_ADDRESS_SPACE_H
#define SPX_TOOLS_ADDRESS_SPACE_H

#include <stdbool.h>

/*
 * OpenBLAS maps 128 MiB as it is loaded, twice, and again for each thread; where it gets none, as
 * under ulimit -v, it asks for ever. So a program with this file in it ends before OpenBLAS is
 * loaded, with status 4 and a line on stderr, if the first two cannot be mapped. Measured with
 * 0.3.21: spx-spectrum needs 342 MB for one thread, 656 MB for two, 988 MB for four.
 */

/* True if there is room for what so many threads need after that; *needed_mib says how much it is.
 */
bool address_space_suffices(int threads, long *needed_mib);

#endif
