/* guard.h: a fault that ends the program ends it as any failure does. */
#ifndef SPX_TOOLS_GUARD_H
#define SPX_TOOLS_GUARD_H

/* From now on, until guard_end: SIGSEGV, SIGABRT and a call of exit end the program with status 4,
 * one line on stderr, and no file half-written (spx/unfinished.h). HDF5 1.10 does not survive every
 * allocation that fails in it: some are followed by a null pointer, some by its own exit(-1); the
 * OpenMP library ends the program with exit(1). Under a sanitizer, which reports faults itself,
 * only calls of exit are caught. */
void guard_begin(const char *tool);
void guard_end(void);
/* What these signals do, for the handler of another one; does not return. */
_Noreturn void guard_fault(int number);

#endif
