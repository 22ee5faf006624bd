/* gram_residues.h: real numbers as integers, integers by their residues, and the way back. */
#ifndef SPX_LINEAR_RESIDUES_H
#define SPX_LINEAR_RESIDUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A strip is 32 rows of up to 512 numbers, and a little apart, lest columns share a set of the
 * cache. Its residues to one modulus are bytes: for each block of 64 columns two tiles of 16 rows.
 */
enum { RESIDUES_SIDE = 16, RESIDUES_BLOCK = 64, RESIDUES_DEPTH = 512, RESIDUES_MOST = 13 };
enum { RESIDUES_STRIP = 2 * RESIDUES_SIDE, RESIDUES_APART = RESIDUES_DEPTH + 8 };
#define RESIDUES_TILE ((size_t)RESIDUES_SIDE * RESIDUES_BLOCK)

/*
 * n moduli m_l, pairwise coprime and at most 256, of product M. An integer |g| < M / 2 is known by
 * its residues, for with c_l = (M / m_l)^-1 mod m_l
 *
 *     g / M = sum_l r_l c_l / m_l  up to an integer.
 *
 * c_l / m_l = high + low, of which high is a multiple of 2^-27, so that the sum of up to 13 of its
 * products with sums of 512 products of bytes is exact, and that of low, below 1/2, rounded to
 * 2^-55.
 */
typedef struct residues {
    size_t n;
    double m[RESIDUES_MOST], inverse[RESIDUES_MOST]; /* inverse: 1 / m */
    double high[RESIDUES_MOST], low[RESIDUES_MOST];
    double product;
    double largest; /* rows of integers whose norms are below have inner products below M / 2 */
} residues;

residues residues_by(size_t n);

/* The processor and the system have what all below is made of: AVX-512 and AMX-INT8. */
bool residues_there(void);
/* |x - rint(x scale) / scale|^2 and, if scale is 0, |x|^2; n is a multiple of RESIDUES_BLOCK. */
double residues_defect(const double *x, size_t n, double scale);
/* The residues of rint(x scale[row]) to every modulus, in the range of a signed byte: rows of x are
 * x_apart numbers apart, moduli out_apart bytes. */
void residues_take(const residues *r, const double *x, size_t x_apart, size_t blocks,
                   const double *scale, int8_t *out, size_t out_apart);
/* A strip to one modulus as the right factor of a product: each tile's transpose, four columns at a
 * time. */
void residues_turn(const int8_t *strip, size_t blocks, int8_t *right);
/* sums (32 x 32, rows ld apart) <- left right^T to one modulus; meanwhile so many bytes from next
 * on are asked from memory. */
void residues_multiply(const int8_t *left, const int8_t *right, size_t blocks, int32_t *sums,
                       size_t ld, const void *next, size_t bytes);
/* Before and after residues_multiply in each thread. */
void residues_open(void);
void residues_close(void);
/* One row: G_j <- G_j + g_j down across_j for j < n <= 32, of which g is known by its sums,
 * 32 to each modulus. */
void residues_join(const residues *r, const int32_t *sums, double down, const double *across,
                   size_t n, double *G);

#endif
