/* arm_groups.h: a plan's arms in figures that can be read: at most eight in each. */
#ifndef SPX_REPORT_ARM_GROUPS_H
#define SPX_REPORT_ARM_GROUPS_H

#include "report/arm_settings.h"

#include "spx/outcome.h"

#define GROUPS_MOST 8

typedef struct group {
    char name[96]; /* "": all arms; "memit", "memit-2" */
    size_t arm[GROUPS_MOST], n;
    const size_t *stands; /* for each arm of the outcome, which one stands for it in a group */
} group;

typedef struct groups {
    group *at;
    size_t n;
} groups;

/* One group if there are no more arms than fit. Else those of an editor, repetitions with other
 * seeds or facts apart; what does not fit into one goes into further ones, which begin with the
 * unfiltered arm again. `together`: repetitions are drawn as one and count as one arm, for which
 * the first of them stands. In tmp. */
SPX_CHECKED spx_status groups_make(const spx_outcome *o, bool together, groups *out,
                                   spx_scratch *tmp, spx_error *err);
/* Is the arm, or what stands for it, in the group? */
bool groups_contain(const group *g, size_t arm);

#endif
