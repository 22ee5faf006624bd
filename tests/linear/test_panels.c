/* test_panels.c: products read panel by panel against those of the whole matrix in memory. */
#include "check.h"

#include "spx/panels.h"
#include "spx/rng.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* A source that copies blocks out of a matrix, as a file would, and counts what it hands out. */
typedef struct source {
    spx_mat W;
    atomic_size_t values; /* several threads read */
} source;

static spx_status copy_block(const void *from, size_t r0, size_t c0, spx_mat *block, spx_error *err)
{
    source *s = NULL;
    memcpy(&s, &from, sizeof s); /* the counters may be written */
    const spx_mat part = spx_mat_view(&s->W, r0, c0, block->rows, block->cols);
    (void)err;
    assert_int_equal(c0 % SPX_PANEL_COLS, 0);
    spx_mat_copy(block, &part);
    atomic_fetch_add(&s->values, block->rows * block->cols);
    return SPX_OK;
}

static spx_panels panels_of(const source *s, spx_trans trans)
{
    const bool turned = trans == SPX_T;
    return (spx_panels){.rows = turned ? s->W.cols : s->W.rows,
                        .cols = turned ? s->W.rows : s->W.cols,
                        .trans = trans,
                        .read = copy_block,
                        .from = s};
}

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = 2 * spx_rng_uniform(rng) - 1;
}

static double largest_difference(const spx_mat *A, const spx_mat *B)
{
    double most = 0;
    assert_true(A->rows == B->rows && A->cols == B->cols);
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++)
            most = fmax(most, fabs(A->data[i * A->ld + j] - B->data[i * B->ld + j]));
    return most;
}

/* Wide, tall, square, a vector; the last two are of two panels (2^21 values each). */
static const size_t shapes[][2] = {{3, 8}, {8, 3}, {6, 6}, {1, 9}, {64, 40000}, {40000, 64}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void products_by_panels_agree(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(1);
    for (size_t i = 0; i < SHAPES; i++)
        for (int t = 0; t < 2; t++)
            for (int o = 0; o < 2; o++) {
                source s = {0};
                spx_mat X, Y, want;
                const spx_trans trans = t ? SPX_T : SPX_N, op = o ? SPX_T : SPX_N;
                random_mat(&s.W, shapes[i][0], shapes[i][1], &rng);
                const spx_panels W = panels_of(&s, trans);
                random_mat(&X, o ? W.rows : W.cols, 2, &rng);
                random_mat(&Y, o ? W.cols : W.rows, 2, &rng);
                random_mat(&want, Y.rows, 2, &rng);
                check_ok(spx_panels_times(&W, op, &X, &Y, &err));
                spx_gemm(&want, 1, &s.W, t == o ? SPX_N : SPX_T, &X, SPX_N, 0);
                /* sums of up to 40000 products, in another order */
                check_leq(largest_difference(&Y, &want), 40000 * DBL_EPSILON);
                assert_int_equal(s.values, s.W.rows * s.W.cols);
                spx_mat *const owned[] = {&s.W, &X, &Y, &want};
                for (size_t j = 0; j < 4; j++) spx_mat_free(owned[j]);
            }
}

static void there_and_back_takes_one_pass(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    for (size_t i = 0; i < SHAPES; i++)
        for (int t = 0; t < 2; t++) {
            source s = {0};
            spx_mat Q, P, R, there, back;
            random_mat(&s.W, shapes[i][0], shapes[i][1], &rng);
            const spx_panels W = panels_of(&s, t ? SPX_T : SPX_N);
            const bool wide = W.rows <= W.cols;
            const size_t few = wide ? W.rows : W.cols, many = wide ? W.cols : W.rows;
            spx_mat *const owned[] = {&Q, &P, &R, &there, &back, &s.W};
            const size_t rows[] = {few, many, few, many, few};
            for (size_t j = 0; j < 5; j++) random_mat(owned[j], rows[j], 2, &rng);
            check_ok(spx_panels_there_and_back(&W, &Q, &P, &R, &err));
            assert_int_equal(s.values, s.W.rows * s.W.cols); /* one pass */
            check_ok(spx_panels_times(&W, wide ? SPX_T : SPX_N, &Q, &there, &err));
            check_ok(spx_panels_times(&W, wide ? SPX_N : SPX_T, &there, &back, &err));
            check_leq(largest_difference(&P, &there), 40000 * DBL_EPSILON);
            check_leq(largest_difference(&R, &back), 40000 * 1000 * DBL_EPSILON);
            for (size_t j = 0; j < 6; j++) spx_mat_free(owned[j]);
        }
}

static void gram_square_and_copy_agree(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    for (size_t i = 0; i < SHAPES; i++)
        for (int t = 0; t < 2; t++) {
            source s = {0};
            spx_mat G, want, A, turned;
            double square = 0;
            random_mat(&s.W, shapes[i][0], shapes[i][1], &rng);
            const spx_panels W = panels_of(&s, t ? SPX_T : SPX_N);
            const size_t r = W.rows < W.cols ? W.rows : W.cols;
            random_mat(&G, r, r, &rng);
            random_mat(&want, r, r, &rng);
            check_ok(spx_panels_gram(&W, &G, &err));
            assert_int_equal(s.values, s.W.rows * s.W.cols); /* one pass */
            spx_mat_mirror(&G);
            const bool side = s.W.rows < s.W.cols || (s.W.rows == s.W.cols && !t); /* W W^T */
            spx_gemm(&want, 1, &s.W, side ? SPX_N : SPX_T, &s.W, side ? SPX_T : SPX_N, 0);
            check_leq(largest_difference(&G, &want), 40000 * 8 * DBL_EPSILON);
            check_ok(spx_panels_square(&W, &square, &err));
            check_leq(fabs(square - spx_dot(&s.W, &s.W)), 1e-12 * square);
            check_ok(spx_mat_alloc(&A, W.rows, W.cols, &err));
            check_ok(spx_mat_alloc(&turned, s.W.rows, s.W.cols, &err));
            check_ok(spx_panels_copy(&W, &A, &err));
            if (t)
                spx_mat_transpose(&turned, &A);
            else
                spx_mat_copy(&turned, &A);
            assert_true(largest_difference(&turned, &s.W) == 0);
            spx_mat *const owned[] = {&s.W, &G, &want, &A, &turned};
            for (size_t j = 0; j < 5; j++) spx_mat_free(owned[j]);
        }
}

/* The message has the row and column of W itself, whichever way it is stored and cut. */
static void a_bad_entry_is_named(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(3);
    for (size_t i = 4; i < SHAPES; i++)
        for (int t = 0; t < 2; t++) {
            source s = {0};
            spx_mat G;
            spx_error err = {0};
            double square = 0;
            random_mat(&s.W, shapes[i][0], shapes[i][1], &rng);
            random_mat(&G, 64, 64, &rng);
            const size_t row = s.W.rows - 2, col = s.W.cols - 3;
            s.W.data[row * s.W.cols + col] = t ? (double)NAN : -(double)INFINITY;
            const spx_panels W = panels_of(&s, t ? SPX_T : SPX_N);
            char want[64];
            snprintf(want, sizeof want, "entry (%zu, %zu) is not finite", t ? col : row,
                     t ? row : col);
            assert_int_equal(spx_panels_gram(&W, &G, &err), SPX_ENUMERIC);
            assert_string_equal(err.text, want);
            err = (spx_error){0};
            assert_int_equal(spx_panels_square(&W, &square, &err), SPX_ENUMERIC);
            assert_string_equal(err.text, want);
            spx_mat_free(&s.W);
            spx_mat_free(&G);
        }
}

/* What fits in a panel is read once; what does not stays where it is. */
static void small_matrices_are_held(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    for (size_t i = 0; i < SHAPES; i++) {
        source s = {0};
        spx_mat A, G;
        spx_panels held;
        random_mat(&s.W, shapes[i][0], shapes[i][1], &rng);
        const spx_panels W = panels_of(&s, SPX_T);
        const size_t r = W.rows < W.cols ? W.rows : W.cols;
        check_ok(spx_panels_hold(&W, &A, &held, &err));
        random_mat(&G, r, r, &rng);
        for (int pass = 0; pass < 2; pass++) check_ok(spx_panels_gram(&held, &G, &err));
        const size_t values = s.W.rows * s.W.cols;
        assert_int_equal(s.values, values > (size_t)1 << 21 ? 2 * values : values);
        for (size_t j = 0; j < A.rows * A.cols; j++)
            assert_true(A.data[j] == s.W.data[j % A.cols * s.W.cols + j / A.cols]);
        spx_mat *const owned[] = {&s.W, &A, &G};
        for (size_t j = 0; j < 3; j++) spx_mat_free(owned[j]);
    }
}

static spx_status refuse(const void *from, size_t r0, size_t c0, spx_mat *block, spx_error *err)
{
    (void)from, (void)r0, (void)c0, (void)block;
    return SPX_FAIL(err, SPX_EIO, "gone");
}

static void failures_are_passed_on(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(4);
    source s = {0};
    spx_mat G;
    random_mat(&s.W, 4, 7, &rng);
    random_mat(&G, 4, 4, &rng);
    spx_panels W = panels_of(&s, SPX_N);
    check_survives_oom(spx_panels_gram(&W, &G, NULL));
    W.read = refuse;
    assert_int_equal(spx_panels_gram(&W, &G, NULL), SPX_EIO);
    spx_mat_free(&s.W);
    spx_mat_free(&G);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_by_panels_agree),
        cmocka_unit_test(there_and_back_takes_one_pass),
        cmocka_unit_test(gram_square_and_copy_agree),
        cmocka_unit_test(a_bad_entry_is_named),
        cmocka_unit_test(small_matrices_are_held),
        cmocka_unit_test(failures_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
