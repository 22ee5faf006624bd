/* queue.h: which items a rank gets next. */
#ifndef SPX_WORK_QUEUE_H
#define SPX_WORK_QUEUE_H

#include "spx/comm.h"

/* The items that are still to be dealt. Start from {0}. */
typedef struct queue {
    const spx_deal *deal;
    size_t *order;     /* groups in the order in which a pass deals them */
    bool *dealt;       /* passes * groups */
    size_t *owner;     /* of each group: the rank that had it last, or QUEUE_NOBODY */
    size_t *values;    /* of the items that are being taken, descending */
    size_t pass, left; /* first pass with items left, and the number of these */
    spx_scratch memory;
} queue;
#define QUEUE_NOBODY ((size_t)-1)

SPX_CHECKED spx_status queue_open(queue *q, const spx_deal *deal, bool largest_first,
                                  spx_error *err);
/* Takes at most `most` items for `rank`, which works on `at_once` of them at a time. item has room
 * for all groups. Returns their number. */
size_t queue_take(queue *q, size_t rank, size_t most, size_t at_once, size_t *item);
/* Leaves {0}. */
void queue_close(queue *q);

#endif
