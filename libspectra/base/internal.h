/* internal.h: seams between memory.c and the tests; not installed. */
#ifndef SPX_INTERNAL_H
#define SPX_INTERNAL_H

#include <stddef.h>

/* Lets n more allocations succeed, then fails every one; a negative n turns this off. */
void spx_test_fail_alloc_after(long n);
/* Blocks allocated and not yet freed. */
long spx_test_live_blocks(void);

/* Every file counts as one of a network file system from now on: it is read, not mapped; and what
 * the system gives for one read is at most `piece` bytes, after which `between` is called (tests
 * cut the file there). NULL: as before. */
void spx_test_remote_files(size_t piece, void (*between)(void));

#endif
