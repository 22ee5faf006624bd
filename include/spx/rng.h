/* spx/rng.h: random numbers with explicit state; the same stream on every machine. */
#ifndef SPX_RNG_H
#define SPX_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. */
typedef struct spx_rng {
    uint64_t s[4];
} spx_rng;

spx_rng spx_rng_seed(uint64_t seed);
uint64_t spx_rng_next(spx_rng *r);
/* Uniform on [0, 1), 53 bits. */
double spx_rng_uniform(spx_rng *r);
/* Standard normal, by the polar method of Marsaglia; no value is kept between calls. */
double spx_rng_normal(spx_rng *r);
/* Uniform on 0 .. n - 1 without bias (rejection); n >= 1. */
size_t spx_rng_below(spx_rng *r, size_t n);

#endif
