/* spx/unfinished.h: the files in hand, for a program that is ended before it can put them away. */
#ifndef SPX_UNFINISHED_H
#define SPX_UNFINISHED_H

/* What a file is in hand for. */
typedef enum spx_in_hand {
    SPX_BEING_READ,    /* by a library that may fail the program */
    SPX_BEING_WRITTEN, /* under a name of its own, which goes if the program is ended */
} spx_in_hand;

/* Notes a file, until spx_unfinished_end with the same path. The path is copied; one of 4096 bytes
 * or more, or a file beyond the 32nd, is not noted. Any thread may call it. */
void spx_unfinished_begin(const char *path, spx_in_hand what);
/* Forgets it; call it before another process may write under that name. NULL and what was never
 * noted are allowed. */
void spx_unfinished_end(const char *path);
/* Removes every file that is being written. What is in hand, a file that was written before one
 * that was read, is named in *path, NULL if nothing is. Async-signal-safe, and does not allocate.
 */
spx_in_hand spx_unfinished_remove(const char **path);

#endif
