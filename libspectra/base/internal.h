/* internal.h: seams between memory.c and the tests; not installed. */
#ifndef SPX_INTERNAL_H
#define SPX_INTERNAL_H

/* Lets n more allocations succeed, then fails every one; a negative n turns this off. */
void spx_test_fail_alloc_after(long n);
/* Blocks allocated and not yet freed. */
long spx_test_live_blocks(void);

#endif
