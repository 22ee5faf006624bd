/* rng.c: xoshiro256** (Blackman and Vigna, ACM Trans. Math. Softw. 47(4), 2021). */
#include "spx/rng.h"

#include <math.h>

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

spx_rng spx_rng_seed(uint64_t seed)
{
    spx_rng r;
    for (int i = 0; i < 4; i++) r.s[i] = splitmix(&seed);
    return r;
}

uint64_t spx_rng_next(spx_rng *r)
{
    uint64_t *s = r->s;
    const uint64_t out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

double spx_rng_uniform(spx_rng *r) { return (double)(spx_rng_next(r) >> 11) * 0x1p-53; }

double spx_rng_normal(spx_rng *r)
{
    double x = 0, q = 0;
    do {
        x = 2 * spx_rng_uniform(r) - 1;
        const double y = 2 * spx_rng_uniform(r) - 1;
        q = x * x + y * y;
    } while (q >= 1 || q == 0);
    return x * sqrt(-2 * log(q) / q);
}

size_t spx_rng_below(spx_rng *r, size_t n)
{
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x = 0;
    do x = spx_rng_next(r);
    while (x >= limit);
    return (size_t)(x % n);
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t size)
{
    for (size_t k = 0; k < size; k++) {
        const unsigned char moved = a[k];
        a[k] = b[k];
        b[k] = moved;
    }
}

void spx_rng_shuffle(spx_rng *r, void *x, size_t n, size_t size)
{
    unsigned char *item = x;
    for (size_t i = n; i > 1; i--)
        swap_bytes(item + (i - 1) * size, item + spx_rng_below(r, i) * size, size);
}
