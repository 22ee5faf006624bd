/* bpe.c: byte-pair merging with a heap of candidates over a linked list of symbols. */
#include "model/bpe.h"

spx_status bpe_open(bpe *b, size_t merges, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t slots = 16;
    while (slots < 2 * merges) slots *= 2;
    *b = (bpe){.mask = slots - 1};
    SPX_TRY(SPX_NEW(&b->slot, slots, err));
    for (size_t i = 0; i < slots; i++) b->slot[i].left = -1;
out:
    return st;
}

void bpe_close(bpe *b)
{
    spx_free(b->slot);
    *b = (bpe){0};
}

static size_t pair_hash(const bpe *b, int32_t left, int32_t right)
{
    const uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    return (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & b->mask;
}

void bpe_add(bpe *b, int32_t left, int32_t right, int32_t rank, int32_t merged)
{
    size_t i = pair_hash(b, left, right);
    for (; b->slot[i].left >= 0; i = (i + 1) & b->mask)
        if (b->slot[i].left == left && b->slot[i].right == right) return;
    b->slot[i] = (bpe_pair){left, right, rank, merged};
}

const bpe_pair *bpe_find(const bpe *b, int32_t left, int32_t right)
{
    for (size_t i = pair_hash(b, left, right); b->slot[i].left >= 0; i = (i + 1) & b->mask)
        if (b->slot[i].left == left && b->slot[i].right == right) return &b->slot[i];
    return NULL;
}

static int earlier(const bpe_candidate *x, const bpe_candidate *y)
{
    return x->rank < y->rank || (x->rank == y->rank && x->left < y->left);
}

static void push(bpe_candidate *heap, size_t *n, bpe_candidate c)
{
    size_t i = (*n)++;
    for (; i > 0 && earlier(&c, &heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = c;
}

static bpe_candidate pop(bpe_candidate *heap, size_t *n)
{
    const bpe_candidate first = heap[0], last = heap[--*n];
    size_t i = 0;
    for (size_t child = 1; child < *n; child = 2 * i + 1) {
        if (child + 1 < *n && earlier(&heap[child + 1], &heap[child])) child++;
        if (!earlier(&heap[child], &last)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

/* Adds the pair that begins at symbol `left` to the heap if it has a rank. */
static void offer_pair(const bpe *b, const bpe_symbol *s, size_t left, bpe_candidate *heap,
                       size_t *n)
{
    if (left == SIZE_MAX || s[left].after == SIZE_MAX) return;
    const int32_t x = s[left].id, y = s[s[left].after].id;
    const bpe_pair *p = bpe_find(b, x, y);
    if (p) push(heap, n, (bpe_candidate){p->rank, left, x, y});
}

void bpe_merge(const bpe *b, bpe_symbol *s, size_t n, bpe_candidate *heap)
{
    size_t waiting = 0;
    for (size_t i = 0; i < n; i++) {
        s[i].before = i > 0 ? i - 1 : SIZE_MAX;
        s[i].after = i + 1 < n ? i + 1 : SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) offer_pair(b, s, i, heap, &waiting);
    while (waiting > 0) {
        const bpe_candidate c = pop(heap, &waiting);
        bpe_symbol *left = &s[c.left];
        if (left->id != c.a || left->after == SIZE_MAX || s[left->after].id != c.b) continue;
        bpe_symbol *right = &s[left->after];
        left->id = bpe_find(b, c.a, c.b)->merged;
        left->end = right->end;
        left->after = right->after;
        right->id = -1; /* candidates that name it are stale */
        if (left->after != SIZE_MAX) s[left->after].before = c.left;
        offer_pair(b, s, left->before, heap, &waiting);
        offer_pair(b, s, c.left, heap, &waiting);
    }
}
