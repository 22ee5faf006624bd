/* gram.h: Gram matrices by exact integer products. */
#ifndef SPX_LINEAR_GRAM_H
#define SPX_LINEAR_GRAM_H

#include "spx/mat.h"

#include <stdbool.h>
#include <stdint.h>

/* Room for the walk over one matrix; {0} at first. */
typedef struct gram_room {
    spx_scratch small, large;
    size_t moduli;        /* of which there is room for residues; a search begins there */
    double *scale, *back; /* 2^e_i, 2^-e_i */
    double *defect;       /* the largest |a_i - 2^-e_i X_i|^2 / |a_i|^2 of a strip */
    double *strips;       /* one a thread, for rows that do not lie as they should */
    int8_t *residues;     /* of all strips */
    int8_t *rights;       /* of the strips of one group turned, and ... */
    int32_t *sums;        /* ... products with them, for each thread */
} gram_room;

/*
 * The lower triangle of G <- A A^T (ta = N) or A^T A (T), or with `add` of G plus that, by rows of
 * integers that approximate those of A, 512 columns at a time:
 *
 *     X_i = rint(2^e_i a_i),   |X_i| < sqrt(M / 2),   G_ij = 2^-(e_i + e_j) <X_i, X_j>,
 *
 * multiplied exactly by their residues to n coprime moduli of product M (Ozaki, Uchino and Imamura,
 * Ozaki Scheme II, arXiv 2504.08009). n is the least for which, measured,
 *
 *     |a_i - 2^-e_i X_i| <= 2^-46 |a_i|  for every row,
 *
 * so that G_ij errs by at most 2^-45 |a_i| |a_j| and one rounding for every 512 products, where
 * dsyrk's bound is 2^-44 for as many. Seen are 2^-51 of floats, most of which are exact, and 2^-49
 * of doubles, as of dsyrk. n is 8 or 9 for noise of bfloat16, 10 to 12 for float, 13 for double. G
 * is the same whatever the number of threads.
 *
 * dsyrk answers for what 13 moduli do not tell apart or squares put out of range, for what is too
 * small to gain, and wherever the processor has no tiles of bytes (AMX-INT8) or memory is short.
 */
void gram_lower(spx_mat *G, const spx_mat *A, spx_trans ta, bool add, gram_room *room);
void gram_room_free(gram_room *room);

#endif
