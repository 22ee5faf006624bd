/* gram_residues.h: rows of numbers as integers, these as residues, and the way back. */
#ifndef SPX_LINEAR_GRAM_RESIDUES_H
#define SPX_LINEAR_GRAM_RESIDUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A strip is 32 rows of up to 512 numbers, stored GRAM_STRIP_LD apart so that columns do not share
 * a set of the cache. Its residues to one modulus are bytes: for each block of 64 columns, two
 * tiles of 16 rows. */
enum { GRAM_SIDE = 16, GRAM_BLOCK = 64, GRAM_DEPTH = 512, GRAM_MODULI_MAX = 13 };
enum { GRAM_STRIP = 2 * GRAM_SIDE, GRAM_STRIP_LD = GRAM_DEPTH + 8 };
#define GRAM_TILE ((size_t)GRAM_SIDE * GRAM_BLOCK)

/*
 * n moduli m_l, pairwise coprime and at most 256, of product M. An integer |g| < M / 2 is known by
 * its residues r_l: with c_l = (M / m_l)^-1 mod m_l,
 *
 *     g / M = sum_l r_l c_l / m_l  up to an integer.
 *
 * c_l / m_l = high + low. high is a multiple of 2^-27, so that the sum of up to 13 of its products
 * with sums of 512 products of bytes is exact; the sum with low is below 1/2 and rounded to 2^-55.
 */
typedef struct gram_moduli {
    size_t n;
    double m[GRAM_MODULI_MAX], inverse[GRAM_MODULI_MAX]; /* m_l, 1 / m_l */
    double high[GRAM_MODULI_MAX], low[GRAM_MODULI_MAX];
    double product; /* M */
    double largest; /* rows of integers with norms below it have inner products below M / 2 */
} gram_moduli;

/* The first n moduli, n <= GRAM_MODULI_MAX. */
gram_moduli gram_moduli_first(size_t n);

/* True if the processor and the system have what the rest needs: AVX-512 and AMX-INT8. */
bool gram_residues_available(void);
/* |x - rint(x scale) / scale|^2, or |x|^2 if scale is 0; n is a multiple of GRAM_BLOCK. */
double gram_residues_defect(const double *x, size_t n, double scale);
/* The residues of a strip's rint(x scale[row]) to every modulus, as signed bytes: rows of x are
 * x_apart numbers apart, moduli out_apart bytes. */
void gram_residues_take(const gram_moduli *r, const double *x, size_t x_apart, size_t blocks,
                        const double *scale, int8_t *out, size_t out_apart);
/* A strip's residues to one modulus as the right factor of a product: the transpose of each tile,
 * four columns at a time. */
void gram_residues_transpose(const int8_t *strip, size_t blocks, int8_t *right);
/* sums (32 x 32, rows ld apart) <- left right^T to one modulus; meanwhile prefetches `bytes` bytes
 * from `next` on. */
void gram_residues_multiply(const int8_t *left, const int8_t *right, size_t blocks, int32_t *sums,
                            size_t ld, const void *next, size_t bytes);
/* Each thread calls these before and after gram_residues_multiply. */
void gram_residues_open(void);
void gram_residues_close(void);
/* One row: G_j <- G_j + g_j down across_j for j < n <= 32, where g_j is known by its sums, 32 for
 * each modulus. */
void gram_residues_join(const gram_moduli *r, const int32_t *sums, double down,
                        const double *across, size_t n, double *G);

#endif
