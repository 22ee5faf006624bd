/* groups.h: a plan's arms in figures that can be read: at most eight in each. */
#ifndef SPX_TOOLS_GROUPS_H
#define SPX_TOOLS_GROUPS_H

#include "outcome.h"
#include "settings.h"

#define GROUPS_MOST 8

typedef struct group {
    char name[96]; /* "": all arms; "memit", "memit-2" */
    size_t arm[GROUPS_MOST], n;
} group;

/* One group if there are no more arms than fit. Else those of an editor, repetitions with other
 * seeds or facts apart; what does not fit into one goes into further ones, which begin with the
 * unfiltered arm again. *out: *n groups in tmp. */
SPX_CHECKED spx_status groups_make(const outcome *o, group **out, size_t *n, spx_scratch *tmp,
                                   spx_error *err);

#endif
