/* score_prefix.c: finds the items that share a beginning worth computing once.
 *
 * Sorted by tokens, items with a common beginning are adjacent, and a sequence that is the
 * beginning of another comes just before one that contains it: it is covered and needs no rows. A
 * group s .. e - 1 whose head has L tokens, L <= every prompt's length - 1, costs
 *     L + sum over the items not covered of (length - L)
 * rows. The cut into groups of least total cost is found by dynamic programming over the ends:
 *     cost(0 .. e) = min over s of cost(0 .. s) + group(s, e). */
#include "eval/score.h"

#include <stdlib.h>
#include <string.h>

/* The most items in a group; a longer run of one beginning computes its head again. */
static const size_t group_items = 512;

size_t sequence_length(const score_item *it) { return it->prompts + it->targets - 1; }

int32_t sequence_token(const score_item *it, size_t at)
{
    return at < it->prompts ? it->prompt[at] : it->target[at - it->prompts];
}

/* Tokens at the start that two sequences have in common. */
static size_t common_tokens(const score_item *a, const score_item *b)
{
    const size_t la = sequence_length(a), lb = sequence_length(b), most = la < lb ? la : lb;
    size_t n = 0;
    while (n < most && sequence_token(a, n) == sequence_token(b, n)) n++;
    return n;
}

/* An item and its place in the caller's array, so that qsort can see both. */
typedef struct placed {
    const score_item *it;
    size_t place;
} placed;

static int by_tokens(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    const size_t n = common_tokens(x->it, y->it), lx = sequence_length(x->it),
                 ly = sequence_length(y->it);
    if (n < lx && n < ly) {
        const int32_t tx = sequence_token(x->it, n), ty = sequence_token(y->it, n);
        return (tx > ty) - (tx < ty);
    }
    if (lx != ly) return (lx > ly) - (lx < ly);
    return (x->place > y->place) - (x->place < y->place);
}

/* The state of the search: sorted items, the tokens lcp[i] common to i and i + 1, and for each end
 * the least cost and the start and head of the last group that attains it. */
typedef struct search {
    const placed *sorted;
    size_t n, *lcp, *cost, *start, *head;
} search;

static bool covered(const search *s, size_t i)
{
    return s->lcp[i] == sequence_length(s->sorted[i].it);
}

/* Finds the best last group of the first e items. */
static void find_last_group(search *s, size_t e)
{
    size_t head = SIZE_MAX, own = 0, tokens = 0;
    s->cost[e] = SIZE_MAX;
    for (size_t i = e; i-- > 0 && e - i <= group_items;) {
        const score_item *it = s->sorted[i].it;
        const bool alone = i + 1 == e;
        if (!alone && s->lcp[i] == 0) break;
        if (it->prompts - 1 < head) head = it->prompts - 1;
        if (!alone && s->lcp[i] < head) head = s->lcp[i];
        if (alone || !covered(s, i)) own++, tokens += sequence_length(it);
        const size_t shared = own > 1 ? head : 0;
        const size_t cost = s->cost[i] + shared + tokens - own * shared;
        if (cost < s->cost[e]) s->cost[e] = cost, s->start[e] = i, s->head[e] = shared;
    }
}

/* Follows the last groups back from the end, and writes them in order. */
static void collect_groups(const search *s, prefix_plan *out)
{
    size_t groups = 0;
    for (size_t e = s->n; e > 0; e = s->start[e]) groups++;
    out->groups = groups;
    out->first[groups] = s->n;
    for (size_t e = s->n; e > 0; e = s->start[e]) {
        out->head[--groups] = s->head[e];
        out->first[groups] = s->start[e];
    }
    for (size_t i = 0; i < s->n; i++) {
        out->item[i] = s->sorted[i].place;
        out->covered[i] = i + 1 < s->n && covered(s, i);
    }
    for (size_t g = 1; g <= out->groups; g++) out->covered[out->first[g] - 1] = false;
}

spx_status prefix_plan_make(const score_item *item, size_t n, prefix_plan *out, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch own = {0};
    placed *sorted = NULL;
    search s = {.n = n};
    SPX_TRY(SPX_SCRATCH(tmp, &out->item, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->covered, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->head, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->first, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&own, &sorted, n, err));
    SPX_TRY(SPX_SCRATCH(&own, &s.lcp, n, err));
    SPX_TRY(SPX_SCRATCH(&own, &s.cost, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&own, &s.start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&own, &s.head, n + 1, err));
    for (size_t i = 0; i < n; i++) sorted[i] = (placed){&item[i], i};
    if (n > 0) qsort(sorted, n, sizeof *sorted, by_tokens);
    s.sorted = sorted;
    for (size_t i = 0; i + 1 < n; i++) s.lcp[i] = common_tokens(sorted[i].it, sorted[i + 1].it);
    for (size_t e = 1; e <= n; e++) find_last_group(&s, e);
    collect_groups(&s, out);
out:
    spx_scratch_free(&own);
    return st;
}
