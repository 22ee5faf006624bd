/* unfinished.c: a table of paths that a signal handler can read at any moment. */
#include "spx/unfinished.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 32, PATH_SIZE = 4096 };

/* FILLING: not to be read, by a handler least of all. */
enum { FREE, FILLING, IN_HAND };

static struct {
    atomic_int state;
    spx_in_hand what;
    char path[PATH_SIZE];
} hand[FILES];

void spx_unfinished_begin(const char *path, spx_in_hand what)
{
    if (strlen(path) >= PATH_SIZE) return;
    for (size_t i = 0; i < FILES; i++) {
        int was = FREE;
        if (!atomic_compare_exchange_strong(&hand[i].state, &was, FILLING)) continue;
        hand[i].what = what;
        memcpy(hand[i].path, path, strlen(path) + 1);
        atomic_store(&hand[i].state, IN_HAND);
        return;
    }
}

void spx_unfinished_end(const char *path)
{
    for (size_t i = 0; path && i < FILES; i++) {
        int was = IN_HAND;
        if (atomic_load(&hand[i].state) != IN_HAND || strcmp(hand[i].path, path) != 0) continue;
        if (atomic_compare_exchange_strong(&hand[i].state, &was, FREE)) return;
    }
}

spx_in_hand spx_unfinished_remove(const char **path)
{
    spx_in_hand what = SPX_BEING_READ;
    *path = NULL;
    for (size_t i = 0; i < FILES; i++) {
        if (atomic_load(&hand[i].state) != IN_HAND) continue;
        const bool written = hand[i].what == SPX_BEING_WRITTEN;
        if (!*path || (written && what == SPX_BEING_READ)) {
            *path = hand[i].path;
            what = hand[i].what;
        }
        if (written) (void)unlink(hand[i].path);
    }
    return what;
}
