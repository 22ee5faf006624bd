/* bpe.h: byte-pair merging of one piece (Sennrich, Haddow and Birch 2016), merges by rank. */
#ifndef SPX_MODEL_BPE_H
#define SPX_MODEL_BPE_H

#include "spx/base.h"

#include <stdint.h>

/* Open-addressed table: (left, right) -> (rank, merged). */
typedef struct bpe_pair {
    int32_t left, right, rank, merged; /* left < 0: free */
} bpe_pair;

typedef struct bpe {
    bpe_pair *slot;
    size_t mask; /* slots - 1, a power of two at least twice the merges */
} bpe;

SPX_CHECKED spx_status bpe_open(bpe *b, size_t merges, spx_error *err);
void bpe_close(bpe *b);
/* Adds a merge. A pair that already has one keeps it: the earlier merge wins. */
void bpe_add(bpe *b, int32_t left, int32_t right, int32_t rank, int32_t merged);
const bpe_pair *bpe_find(const bpe *b, int32_t left, int32_t right);

/* A symbol of a piece: a token and the bytes it covers. Symbols form a linked list while they
 * merge. */
typedef struct bpe_symbol {
    int32_t id;
    size_t begin, end;
    size_t before, after; /* indices of the neighbours; SIZE_MAX at the ends */
} bpe_symbol;

/* A merge waiting in the heap. */
typedef struct bpe_candidate {
    int32_t rank;
    size_t left;  /* index of the left symbol */
    int32_t a, b; /* ids that it joins; stale if they have changed */
} bpe_candidate;

/* Merges s[0 .. n) in place, lowest rank first and leftmost among equals, until no pair has a rank;
 * the symbols left are those reached from s[0] by `after`. heap: room for 3 n candidates. Cost
 * O(n log n). */
void bpe_merge(const bpe *b, bpe_symbol *s, size_t n, bpe_candidate *heap);

#endif
