/* internal.h: hooks for tests; not installed. */
#ifndef SPX_BASE_INTERNAL_H
#define SPX_BASE_INTERNAL_H

#include <stddef.h>

/* Lets n more allocations succeed and fails all after them; a negative n turns this off. */
void spx_test_fail_alloc_after(long n);
/* Number of blocks allocated and not yet freed. */
long spx_test_live_blocks(void);

/* Treats every file as one on a network file system from now on: it is read, not mapped. A read
 * gives at most `piece` bytes, after which `between` is called (tests cut the file there). A NULL
 * `between` ends this. */
void spx_test_remote_files(size_t piece, void (*between)(void));

#endif
