/* queue.c: items in the order in which they are dealt: pass by pass, groups to the same rank. */
#include "work/queue.h"

/* Insertion sort: it is stable, and there are only hundreds of groups. */
static void sort_by_cost(size_t *order, size_t n, const double *cost)
{
    for (size_t i = 1; i < n; i++) {
        const size_t moved = order[i];
        size_t j = i;
        for (; j > 0 && cost[order[j - 1]] < cost[moved]; j--) order[j] = order[j - 1];
        order[j] = moved;
    }
}

/* Goes to the first pass, from q->pass on, that has items left. */
static void find_pass(queue *q)
{
    const size_t groups = q->deal->groups;
    for (q->left = 0; q->pass < q->deal->passes; q->pass++) {
        for (size_t g = 0; g < groups; g++) q->left += !q->dealt[q->pass * groups + g];
        if (q->left > 0) return;
    }
}

spx_status queue_open(queue *q, const spx_deal *deal, bool largest_first, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = deal->groups;
    *q = (queue){.deal = deal};
    SPX_TRY(SPX_SCRATCH(&q->memory, &q->order, n, err));
    SPX_TRY(SPX_SCRATCH(&q->memory, &q->owner, n, err));
    SPX_TRY(SPX_SCRATCH(&q->memory, &q->dealt, n * deal->passes, err));
    SPX_TRY(SPX_SCRATCH(&q->memory, &q->values, n, err));
    for (size_t g = 0; g < n; g++) q->order[g] = g, q->owner[g] = QUEUE_NOBODY;
    for (size_t i = 0; i < n * deal->passes; i++) q->dealt[i] = deal->done[i];
    if (largest_first) sort_by_cost(q->order, n, deal->cost);
    find_pass(q);
out:
    if (st != SPX_OK) queue_close(q);
    return st;
}

/* The sum of the `at_once` largest among n values, which descend, and `more`. */
static size_t largest_sum(const size_t *values, size_t n, size_t more, size_t at_once)
{
    size_t sum = 0, taken = 0, i = 0;
    bool left = true;
    while (taken++ < at_once && (i < n || left)) {
        const bool next = left && (i == n || more >= values[i]);
        sum += next ? more : values[i++];
        left = left && !next;
    }
    return sum;
}

/* Puts `more` among n values, which descend. */
static void insert_value(size_t *values, size_t n, size_t more)
{
    for (; n > 0 && values[n - 1] < more; n--) values[n] = values[n - 1];
    values[n] = more;
}

/* Takes one more item after n: one whose group is nobody's or this rank's, or any with `others`.
 * False if there is none, or if it would exceed SPX_COMM_VALUES together with the n. */
static bool take_one(queue *q, size_t rank, bool others, size_t n, size_t at_once, size_t *item)
{
    const size_t groups = q->deal->groups;
    for (size_t i = 0; i < groups; i++) {
        const size_t g = q->order[i], at = q->pass * groups + g, own_values = q->deal->values[g];
        const bool own = q->owner[g] == rank || q->owner[g] == QUEUE_NOBODY;
        if (q->dealt[at] || !(own || others)) continue;
        if (n > 0 && largest_sum(q->values, n, own_values, at_once) > SPX_COMM_VALUES) return false;
        insert_value(q->values, n, own_values);
        q->dealt[at] = true;
        q->owner[g] = rank;
        *item = at;
        return true;
    }
    return false;
}

size_t queue_take(queue *q, size_t rank, size_t most, size_t at_once, size_t *item)
{
    size_t n = 0;
    while (n < most && n < q->left &&
           (take_one(q, rank, false, n, at_once, &item[n]) ||
            (n == 0 && take_one(q, rank, true, n, at_once, &item[n]))))
        n++;
    q->left -= n;
    if (q->left == 0 && n > 0) find_pass(q);
    return n;
}

void queue_close(queue *q)
{
    spx_scratch_free(&q->memory);
    *q = (queue){0};
}
