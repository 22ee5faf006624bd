/* test_products.c: products of floats by kernels of bfloat16, against sums in double. */
#include "check.h"
#include "linear/bf16_panels.h"

#include "spx/mat.h"
#include "spx/products.h"
#include "spx/rng.h"

#include <math.h>
#include <string.h>

enum { MOST = 1100, APART = 5 }; /* rows, columns or depth; floats between rows */

static float a[MOST * (MOST + APART)], b[MOST * (MOST + APART)], c[MOST * (MOST + APART)];

static void fill(float *x, size_t n, spx_rng *rng)
{
    for (size_t i = 0; i < n; i++) x[i] = (float)spx_rng_normal(rng);
}

static float right(size_t j, size_t q, size_t n, size_t k, spx_trans tb)
{
    return tb == SPX_N ? b[q * (n + APART) + j] : b[j * (k + APART) + q];
}

/* The largest |C - sum| relative to sum |a| |b|; what is between the rows of C must stay. */
static double worst(size_t m, size_t n, size_t k, spx_trans tb, float beta)
{
    double most = 0;
    for (size_t i = 0; i < m * (n + APART); i++) c[i] = 3;
    spx_sgemm(m, n, k, a, k + APART, SPX_N, b, tb == SPX_N ? n + APART : k + APART, tb, beta, c,
              n + APART);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 3 * (double)beta, size = fabs(sum);
            for (size_t q = 0; q < k; q++) {
                const double term = (double)a[i * (k + APART) + q] * (double)right(j, q, n, k, tb);
                sum += term;
                size += fabs(term);
            }
            most = fmax(most, fabs((double)c[i * (n + APART) + j] - sum) / size);
        }
        for (size_t j = n; j < n + APART; j++) assert_true(c[i * (n + APART) + j] == 3);
    }
    return most;
}

static const size_t shapes[][3] = {
    {1, 1, 1},      {24, 32, 128},  {32, 32, 160}, {33, 47, 129}, {64, 96, 131},
    {257, 65, 144}, {31, 290, 200}, {40, 31, 300}, {96, 64, 299}, {300, 300, 128},
    {64, 35, 1100}, {1, 64, 200},   {9, 40, 128},  {17, 33, 600},
};

/* The worst of all shapes, both orientations, with and without what C held. */
static double worst_of_all(void)
{
    double most = 0;
    spx_rng rng = spx_rng_seed(7);
    fill(a, sizeof a / sizeof *a, &rng);
    fill(b, sizeof b / sizeof *b, &rng);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int turn = 0; turn < 4; turn++) {
            const size_t *is = shapes[s];
            const double e =
                worst(is[0], is[1], is[2], turn & 1 ? SPX_T : SPX_N, turn & 2 ? 0.5F : 0);
            most = fmax(most, e);
        }
    return most;
}

static void float_products_are_those_of_blas(void **state)
{
    (void)state;
    (void)spx_products_set(SPX_PRODUCTS_FLOAT);
    assert_string_equal(spx_products_name(), "float");
    assert_true(worst_of_all() < 1e-6);
}

/* Without a kernel for the kind they are float's. */
static void of_kind(spx_products kind, const char *name, double limit)
{
    const bool there = spx_products_set(kind);
    const double e = worst_of_all();
    assert_true(there == (strncmp(spx_products_name(), name, strlen(name)) == 0));
    assert_true(e < (there ? limit : 1e-6));
    if (there) assert_true(e > 1e-6); /* they are not BLAS's */
    (void)spx_products_set(SPX_PRODUCTS_FLOAT);
}

static void split_products_err_within_their_limit(void **state)
{
    (void)state;
    of_kind(SPX_PRODUCTS_SPLIT, "split by ", 0x1p-16);
}

static void bf16_products_err_within_their_limit(void **state)
{
    (void)state;
    of_kind(SPX_PRODUCTS_BF16, "bf16 by ", 0x1p-7);
}

/* hi + lo is x to 2^-17; hi alone is to 2^-8. */
static void a_float_is_split_into_two_parts(void **state)
{
    enum { N = 33, K = 40 };
    static uint16_t panel[2][4 * 2 * 512];
    (void)state;
    if (!bf16_available()) skip();
    spx_rng rng = spx_rng_seed(3);
    fill(a, N * K, &rng);
    const bf16_source s = {a, N, K, K, false, false, true};
    for (size_t p = 0; p < 2; p++) bf16_panel(&s, p, panel[p]);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < K; k++) {
            const uint16_t *hi = panel[i / 32] + k / 32 * 4 * BF16_TILE + i % 32 / 16 * BF16_TILE +
                                 i % 16 * BF16_DEPTH + k % 32;
            const uint32_t bits[2] = {(uint32_t)hi[0] << 16, (uint32_t)hi[2 * BF16_TILE] << 16};
            float half[2];
            memcpy(half, bits, sizeof half);
            const float x = a[i * K + k];
            assert_true(fabsf(x - half[0]) <= 0x1p-8F * fabsf(x));
            assert_true(fabsf(x - half[0] - half[1]) <= 0x1p-17F * fabsf(x));
        }
}

/* Where there are tile registers, bf16 uses them; the other kernel gives the same result. */
static void avx512_agrees_with_amx(void **state)
{
    enum { K = 96, BLOCKS = 3 };
    static uint16_t left[BLOCKS * 2 * 512], rights[BLOCKS * 2 * 512];
    static float with[BF16_PANEL * BF16_PANEL], without[BF16_PANEL * BF16_PANEL];
    (void)state;
    if (!bf16_amx.available() || !bf16_avx512.available()) skip();
    spx_rng rng = spx_rng_seed(5);
    fill(a, sizeof a / sizeof *a, &rng);
    const bf16_source l = {a, 32, K, K, false, false, false},
                      r = {a + 32 * K, 32, K, K, false, true, false};
    bf16_panel(&l, 0, left);
    bf16_panel(&r, 0, rights);
    bf16_amx.open();
    bf16_amx.block(left, rights, BLOCKS, BF16_PANEL, with, BF16_PANEL, false);
    bf16_amx.close();
    bf16_avx512.block(left, rights, BLOCKS, BF16_PANEL, without, BF16_PANEL, false);
    for (size_t i = 0; i < BF16_PANEL * BF16_PANEL; i++)
        assert_true(fabsf(with[i] - without[i]) < 1e-4F);
    memset(without, 0, sizeof without);
    bf16_avx512.block(left, rights, BLOCKS, 9, without, BF16_PANEL, false);
    for (size_t i = 0; i < 9 * BF16_PANEL; i++) assert_true(fabsf(with[i] - without[i]) < 1e-4F);
    for (size_t i = 16 * BF16_PANEL; i < BF16_PANEL * BF16_PANEL; i++) assert_true(without[i] == 0);
}

static void kinds_are_found_by_name(void **state)
{
    spx_products kind;
    (void)state;
    assert_true(spx_products_find("split", &kind) && kind == SPX_PRODUCTS_SPLIT);
    assert_true(spx_products_find("bf16", &kind) && kind == SPX_PRODUCTS_BF16);
    assert_false(spx_products_find("half", &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(float_products_are_those_of_blas),
        cmocka_unit_test(split_products_err_within_their_limit),
        cmocka_unit_test(bf16_products_err_within_their_limit),
        cmocka_unit_test(a_float_is_split_into_two_parts),
        cmocka_unit_test(avx512_agrees_with_amx),
        cmocka_unit_test(kinds_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
