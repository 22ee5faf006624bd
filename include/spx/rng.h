/* spx/rng.h: random numbers with explicit state and the same stream on every machine. */
#ifndef SPX_RNG_H
#define SPX_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman and Vigna, ACM Trans. Math. Softw. 47(4), 2021), seeded by splitmix64. */
typedef struct spx_rng {
    uint64_t s[4];
} spx_rng;

spx_rng spx_rng_seed(uint64_t seed);
/* 64 random bits. */
uint64_t spx_rng_next(spx_rng *r);
/* Uniform on [0, 1), 53 bits. */
double spx_rng_uniform(spx_rng *r);
/* Standard normal by Marsaglia's polar method; no value is kept between calls. */
double spx_rng_normal(spx_rng *r);
/* Uniform on 0 .. n - 1, without bias (by rejection); n >= 1. */
size_t spx_rng_below(spx_rng *r, size_t n);
/* Puts the n items of x, of so many bytes each, in another order, each order as likely (Fisher and
 * Yates's shuffle). */
void spx_rng_shuffle(spx_rng *r, void *x, size_t n, size_t size);

#endif
