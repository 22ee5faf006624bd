/* arm_groups.h: a plan's arms in figures that can be read: at most eight in each. */
#ifndef SPX_REPORT_ARM_GROUPS_H
#define SPX_REPORT_ARM_GROUPS_H

#include "report/arm_settings.h"

#include "spx/outcome.h"

#define ARM_GROUP_MOST 8

typedef struct arm_group {
    char name[96]; /* "": all arms; "memit", "memit-2" */
    size_t arm[ARM_GROUP_MOST], n;
    const size_t *stands; /* for each arm of the outcome, which one stands for it in a group */
} arm_group;

typedef struct arm_groups {
    arm_group *at;
    size_t n;
} arm_groups;

/* One group if there are no more arms than fit. Else a group an editor, repetitions with other
 * seeds or facts apart; what does not fit into one goes into further ones, each of which begins
 * with the unfiltered arm. `together`: repetitions are drawn as one and count as one arm, for
 * which the first of them stands. In tmp. */
SPX_CHECKED spx_status arm_groups_make(const spx_outcome *o, bool together, arm_groups *out,
                                       spx_scratch *tmp, spx_error *err);
/* True if the arm, or the one that stands for it, is in the group. */
bool arm_group_contains(const arm_group *g, size_t arm);

#endif
