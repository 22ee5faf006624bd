/* test_gram.c: Gram matrices by residues, against sums in long double. */
#include "check.h"
#include "linear/gram.h"
#include "linear/gram_residues.h"

#include "spx/rng.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ORDER = 1540, DEPTH = 1100, APART = 3 }; /* numbers between rows */
enum { STEP = 7 };                              /* of columns that are checked */

static const double exact = 4 * DBL_EPSILON, rounded = 40 * DBL_EPSILON; /* limits of errors */
static double a[ORDER * (ORDER + APART)], g[ORDER * (ORDER + APART)];

typedef double shape_fn(size_t i, size_t k, spx_rng *rng);

static double as_float(size_t i, size_t k, spx_rng *rng)
{
    (void)i, (void)k;
    return (double)(float)spx_rng_normal(rng);
}

static double as_bf16(size_t i, size_t k, spx_rng *rng)
{
    int e = 0;
    const double x = frexp(as_float(i, k, rng), &e);
    return ldexp(rint(256 * x), e - 8);
}

/* Rows of norms from 2^-270 to 2^270. */
static double far_apart(size_t i, size_t k, spx_rng *rng)
{
    return ldexp(as_float(i, k, rng), (int)(i % 19) * 30 - 270);
}

/* Inner products as large as norms allow. */
static double all_alike(size_t i, size_t k, spx_rng *rng)
{
    (void)k, (void)rng;
    return i % 2 == 0 ? (double)0.71F : -(double)0.71F;
}

static double mostly_zero(size_t i, size_t k, spx_rng *rng)
{
    return i % 5 == 0 || k % 7 != 0 ? 0 : as_float(i, k, rng);
}

static double whole(size_t i, size_t k, spx_rng *rng) { return rint(100 * as_float(i, k, rng)); }

typedef struct product {
    size_t order, depth;
    spx_trans ta;
    bool add;
} product;

static double at(const product *p, size_t i, size_t k)
{
    return p->ta == SPX_N ? a[i * (p->depth + APART) + k] : a[k * (p->order + APART) + i];
}

static spx_mat fill(const product *p, shape_fn *shape)
{
    spx_rng rng = spx_rng_seed(11);
    for (size_t i = 0; i < p->order; i++)
        for (size_t k = 0; k < p->depth; k++) {
            const double x = shape(i, k, &rng);
            if (p->ta == SPX_N)
                a[i * (p->depth + APART) + k] = x;
            else
                a[k * (p->order + APART) + i] = x;
        }
    const size_t rows = p->ta == SPX_N ? p->order : p->depth;
    const size_t cols = p->ta == SPX_N ? p->depth : p->order;
    return (spx_mat){rows, cols, cols + APART, a};
}

static spx_mat result(const product *p)
{
    for (size_t i = 0; i < sizeof g / sizeof *g; i++) g[i] = 3;
    return (spx_mat){p->order, p->order, p->order + APART, g};
}

/* The worst |G_ij - sum| by |a_i| |a_j|; what is above the diagonal and between rows must stay. */
static double worst(const product *p, const spx_mat *G)
{
    double most = 0;
    for (size_t i = 0; i < p->order; i++) {
        for (size_t j = i % STEP; j <= i; j += STEP) {
            long double sum = p->add ? 3 : 0, down = 0, across = 0;
            for (size_t k = 0; k < p->depth; k++) {
                const long double x = (long double)at(p, i, k), y = (long double)at(p, j, k);
                sum += x * y;
                down += x * x;
                across += y * y;
            }
            const long double size = sqrtl(down) * sqrtl(across) + (p->add ? 3 : 0);
            const long double e = fabsl((long double)G->data[i * G->ld + j] - sum);
            if (e > 0) most = fmax(most, (double)(e / size));
        }
        for (size_t j = i + 1; j < G->ld; j++) assert_true(G->data[i * G->ld + j] == 3);
    }
    return most;
}

static const product products[] = {
    {320, 64, SPX_N, false},  {321, 65, SPX_N, true},    {352, 512, SPX_N, false},
    {333, 513, SPX_T, false}, {350, DEPTH, SPX_T, true}, {330, DEPTH, SPX_N, false},
};
/* Too small to gain. */
static const product small[] = {
    {20, 300, SPX_N, true}, {400, 30, SPX_T, false}, {1, 1, SPX_N, false}};

static size_t moduli_of_one(const product *p, shape_fn *shape, double limit)
{
    gram_room room = {0};
    const spx_mat A = fill(p, shape);
    spx_mat G = result(p);
    gram_lower(&G, &A, p->ta, p->add, &room);
    const double e = worst(p, &G);
    assert_true(e <= limit);
    const size_t moduli = room.moduli;
    gram_room_free(&room);
    return moduli;
}

/* The most of all products. */
static size_t moduli_of(shape_fn *shape, double limit)
{
    size_t most = 0;
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const size_t n = moduli_of_one(&products[i], shape, limit);
        most = n > most ? n : most;
    }
    return most;
}

/* Each sum of 512 products is rounded once: 2.2e-16 for each of three, where dsyrk rounds a
 * thousand times. */
static void entries_err_within_their_limits(void **state)
{
    (void)state;
    const double limit = gram_residues_available() ? exact : rounded;
    const size_t of_bf16 = moduli_of(as_bf16, limit), of_float = moduli_of(as_float, limit);
    assert_true(of_bf16 <= of_float && of_float <= GRAM_MODULI_MAX);
    assert_true(of_bf16 == 0 || gram_residues_available());
    moduli_of(far_apart, limit);
    moduli_of(all_alike, limit);
    moduli_of(mostly_zero, limit);
    moduli_of(whole, limit);
}

static double of_64_bits(size_t i, size_t k, spx_rng *rng)
{
    (void)i, (void)k;
    return spx_rng_normal(rng) + 1e-9 * spx_rng_normal(rng);
}

/* That takes many moduli, with which only a large matrix gains. */
static void doubles_need_every_modulus(void **state)
{
    (void)state;
    const product p = {ORDER, 600, SPX_N, false};
    const size_t n = moduli_of_one(&p, of_64_bits, rounded);
    assert_true(n == (gram_residues_available() ? GRAM_MODULI_MAX : 0));
}

static double tiny(size_t i, size_t k, spx_rng *rng) { return 1e-140 * as_float(i, k, rng); }

static void other_matrices_are_left_to_dsyrk(void **state)
{
    (void)state;
    moduli_of(of_64_bits, rounded); /* too small to gain by that many moduli */
    moduli_of(tiny, rounded);
    for (size_t i = 0; i < 3; i++) moduli_of_one(&small[i], as_float, rounded);
    product p = {400, 600, SPX_N, false};
    gram_room room = {0};
    const spx_mat A = fill(&p, as_float);
    spx_mat G = result(&p);
    a[7 * A.ld + 550] = (double)NAN;
    gram_lower(&G, &A, SPX_N, false, &room);
    for (size_t i = 0; i < p.order; i++) assert_true(isnan(G.data[i * G.ld + i]) == (i == 7));
    gram_room_free(&room);
}

static void threads_do_not_change_the_result(void **state)
{
    static double once[sizeof g / sizeof *g];
    const int threads = spx_threads();
    (void)state;
    if (!gram_residues_available()) skip();
    for (int n = 1; n <= 3; n++) {
        gram_room room = {0};
        const product p = {400, DEPTH, SPX_T, false};
        const spx_mat A = fill(&p, as_float);
        spx_mat G = result(&p);
        spx_threads_set(n);
        gram_lower(&G, &A, SPX_T, false, &room);
        if (n == 1) memcpy(once, g, sizeof g);
        assert_memory_equal(once, g, sizeof g);
        gram_room_free(&room);
    }
    spx_threads_set(threads);
}

/* More moduli from the second chunk on. */
static double finer_later(size_t i, size_t k, spx_rng *rng)
{
    return (k < GRAM_DEPTH ? as_bf16 : as_float)(i, k, rng);
}

static void without_memory_dsyrk_takes_over(void **state)
{
    (void)state;
    const product p = {400, DEPTH, SPX_N, false};
    const spx_mat A = fill(&p, finer_later);
    for (long n = 0; n < 10; n++) {
        gram_room room = {0};
        spx_mat G = result(&p);
        spx_test_fail_alloc_after(n);
        gram_lower(&G, &A, SPX_N, false, &room);
        spx_test_fail_alloc_after(-1);
        assert_true(worst(&p, &G) < rounded);
        gram_room_free(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_err_within_their_limits),
        cmocka_unit_test(doubles_need_every_modulus),
        cmocka_unit_test(other_matrices_are_left_to_dsyrk),
        cmocka_unit_test(threads_do_not_change_the_result),
        cmocka_unit_test(without_memory_dsyrk_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
