/* gram.h: Gram matrices by exact integer products. */
#ifndef SPX_LINEAR_GRAM_H
#define SPX_LINEAR_GRAM_H

#include "spx/mat.h"

#include <stdbool.h>
#include <stdint.h>

/* Memory that the walk over one matrix reuses. Start from {0}. */
typedef struct gram_room {
    spx_scratch small, large;
    size_t moduli;        /* number for which there is room; the search for n begins there */
    double *scale, *back; /* 2^e_i, 2^-e_i */
    double *defect;       /* of each strip, the largest |a_i - 2^-e_i X_i|^2 / |a_i|^2 */
    double *strips;       /* one per thread, for rows that must be copied */
    int8_t *residues;     /* of all strips */
    int8_t *rights;       /* per thread: the strips of one group as right factors, and ... */
    int32_t *sums;        /* ... the products with them */
} gram_room;

/*
 * The lower triangle of G <- A A^T (ta = N) or A^T A (T), or of G plus that with `add`, from rows
 * of integers that approximate those of A, 512 columns at a time:
 *
 *     X_i = rint(2^e_i a_i),   |X_i| < sqrt(M / 2),   G_ij = 2^-(e_i + e_j) <X_i, X_j>,
 *
 * multiplied exactly by their residues to n coprime moduli of product M (Ozaki, Uchino and Imamura,
 * Ozaki Scheme II, arXiv 2504.08009). n is the least for which, measured,
 *
 *     |a_i - 2^-e_i X_i| <= 2^-46 |a_i|  for every row,
 *
 * so that G_ij errs by at most 2^-45 |a_i| |a_j| and one rounding for every 512 products; dsyrk's
 * bound for 512 products is 2^-44. Measured: 2^-51 for floats, most of which are exact, and 2^-49
 * for doubles, as for dsyrk. n is 8 or 9 for noise in bfloat16, 10 to 12 in float, 13 in double. G
 * does not depend on the number of threads.
 *
 * dsyrk takes over where 13 moduli do not suffice or squares leave the range, where the matrix is
 * too small to gain, and where the processor has no tiles of bytes (AMX-INT8) or memory is short.
 */
void gram_lower(spx_mat *G, const spx_mat *A, spx_trans ta, bool add, gram_room *room);
void gram_room_free(gram_room *room);

#endif
