/* test_filter.c: the masked operator against its definition, and what it guarantees. */
#include "check.h"

#include "spx/filter.h"
#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/svd.h"

#include <string.h>

enum { M = 12, N = 20, K = 4 };

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

static double distance(const spx_mat *A, const spx_mat *B)
{
    double sum = 0;
    for (size_t i = 0; i < A->rows * A->cols; i++) sum = hypot(sum, A->data[i] - B->data[i]);
    return sum;
}

/* An orthonormal basis of R^n whose first columns span range(Q): the completed right factor of a
 * full SVD. */
static void complete(const spx_mat *Q, spx_mat *out, spx_rng *rng)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    random_mat(out, Q->rows, Q->rows, rng);
    for (size_t i = 0; i < Q->rows; i++)
        for (size_t j = 0; j < Q->cols; j++) out->data[i * Q->rows + j] = Q->data[i * Q->ld + j];
    check_ok(spx_linalg_orth(out, &tmp, &err));
    spx_scratch_free(&tmp);
}

/* dW' by the definition: C = U^T dW V with complete bases, C_ij <- 0 where i < k or j < k (or j >=
 * width: the compact trap), back. */
static void by_definition(const spx_mat *W, const spx_mat *dW, size_t k, size_t width, spx_mat *out,
                          spx_rng *rng)
{
    spx_error err = {0};
    spx_svd f;
    spx_mat U, V, C, T;
    const spx_svd_opts o = {.engine = "full", .k = W->rows};
    check_ok(spx_svd_compute(W, &o, &f, &err));
    complete(&f.U, &U, rng);
    complete(&f.V, &V, rng);
    check_ok(spx_mat_alloc(&T, W->rows, W->cols, &err));
    check_ok(spx_mat_alloc(&C, W->rows, W->cols, &err));
    spx_gemm(&T, 1, &U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&C, 1, &T, SPX_N, &V, SPX_N, 0);
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            if (i < k || j < k || j >= width) C.data[i * W->cols + j] = 0;
    spx_gemm(&T, 1, &U, SPX_N, &C, SPX_N, 0);
    check_ok(spx_mat_alloc(out, W->rows, W->cols, &err));
    spx_gemm(out, 1, &T, SPX_N, &V, SPX_T, 0);
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_mat_free(&C);
    spx_mat_free(&T);
    spx_svd_free(&f);
}

static spx_filter *make(const char *name, const char *basis, size_t k, const spx_mat *W)
{
    spx_error err = {0};
    spx_filter *f = NULL;
    const spx_filter_spec spec = {.name = name, .basis = basis, .k = k, .seed = 1};
    check_ok(spx_filter_new(&spec, W, &f, &err));
    return f;
}

static void copy(spx_mat *dst, const spx_mat *src)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(dst, src->rows, src->cols, &err));
    spx_mat_copy(dst, src);
}

static void test_thin_equals_definition(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(1);
    spx_mat W, dW, thin, full, compact;
    spx_filter_report r;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    by_definition(&W, &dW, K, N, &full, &rng);
    by_definition(&W, &dW, K, M, &compact, &rng);
    copy(&thin, &dW);
    spx_filter *f = make("revive", "original", K, &W);
    check_ok(spx_filter_apply(f, &thin, &r, &err));
    check_leq(distance(&thin, &full), 1e-12);
    assert_true(distance(&thin, &compact) >
                0.1); /* the compact trap loses what is in the null space of W */
    const double removed = r.left + r.right - r.block; /* <removed, kept> = 0 */
    check_leq(fabs(r.before - spx_dot(&dW, &dW)), 1e-11);
    check_leq(fabs(r.after - spx_dot(&thin, &thin)), 1e-11);
    check_leq(fabs(r.before - removed - r.after), 1e-11);
    spx_filter_free(f);
    spx_mat_free(&W);
    spx_mat_free(&dW);
    spx_mat_free(&thin);
    spx_mat_free(&full);
    spx_mat_free(&compact);
}

static void test_transposition(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat W, dW, Wt, dWt, back;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    check_ok(spx_mat_alloc(&Wt, N, M, &err));
    check_ok(spx_mat_alloc(&dWt, N, M, &err));
    check_ok(spx_mat_alloc(&back, M, N, &err));
    spx_mat_transpose(&Wt, &W);
    spx_mat_transpose(&dWt, &dW);
    spx_filter *f = make("revive", "current", K, &W), *g = make("revive", "current", K, &Wt);
    check_ok(spx_filter_apply(f, &dW, NULL, &err));
    check_ok(spx_filter_apply(g, &dWt, NULL, &err));
    spx_mat_transpose(&back, &dWt);
    check_leq(distance(&back, &dW), 1e-12);
    spx_filter_free(f);
    spx_filter_free(g);
    spx_mat *const owned[] = {&W, &dW, &Wt, &dWt, &back};
    for (size_t i = 0; i < 5; i++) spx_mat_free(owned[i]);
}

static void test_factored_equals_dense(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "revive", "random", "norm-matched"};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    for (size_t i = 0; i < 4; i++) {
        spx_mat W, A, B, dense, product;
        spx_filter_report a, b;
        random_mat(&W, M, N, &rng);
        random_mat(&A, M, 3, &rng);
        random_mat(&B, N, 3, &rng);
        check_ok(spx_mat_alloc(&dense, M, N, &err));
        check_ok(spx_mat_alloc(&product, M, N, &err));
        spx_gemm(&dense, 1, &A, SPX_N, &B, SPX_T, 0);
        spx_filter *f = make(names[i], "current", K, &W);
        check_ok(spx_filter_apply(f, &dense, &a, &err));
        check_ok(spx_filter_apply_factored(f, &A, &B, &b, &err));
        spx_gemm(&product, 1, &A, SPX_N, &B, SPX_T, 0);
        check_leq(distance(&dense, &product), 1e-11);
        check_leq(fabs(a.before - b.before) + fabs(a.after - b.after) + fabs(a.left - b.left),
                  1e-9);
        check_leq(fabs(b.after - spx_dot(&product, &product)), 1e-9);
        spx_filter_free(f);
        spx_mat *const owned[] = {&W, &A, &B, &dense, &product};
        for (size_t j = 0; j < 5; j++) spx_mat_free(owned[j]);
    }
}

/* sigma_1 alone holds more than tau: Eq. 5 protects one direction where the released code protects
 * none. */
static void test_dominant_first_value(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W, dW;
    spx_filter *f = NULL;
    spx_filter_report r;
    random_mat(&W, M, N, &rng);
    for (size_t j = 0; j < N; j++) W.data[j] += 100; /* one huge direction */
    random_mat(&dW, M, N, &rng);
    const spx_filter_spec spec = {.name = "revive", .basis = "current", .tau = 0.1};
    check_ok(spx_filter_new(&spec, &W, &f, &err));
    check_ok(spx_filter_apply(f, &dW, &r, &err));
    assert_int_equal(r.k, 1);
    assert_true(r.after < r.before);
    spx_filter_free(f);
    spx_mat_free(&W);
    spx_mat_free(&dW);
}

/* Largest |W v_i - s_i u_i|, |W^T u_i - s_i v_i| over the base's k triples. */
static double residual(const spx_svd *base, const spx_mat *W)
{
    double worst = 0;
    for (size_t t = 0; t < base->k; t++) {
        double a = 0, b = 0;
        for (size_t i = 0; i < W->rows; i++) {
            double e = -base->s[t] * base->U.data[i * base->U.ld + t];
            for (size_t j = 0; j < W->cols; j++)
                e += W->data[i * W->ld + j] * base->V.data[j * base->V.ld + t];
            a = hypot(a, e);
        }
        for (size_t j = 0; j < W->cols; j++) {
            double e = -base->s[t] * base->V.data[j * base->V.ld + t];
            for (size_t i = 0; i < W->rows; i++)
                e += W->data[i * W->ld + j] * base->U.data[i * base->U.ld + t];
            b = hypot(b, e);
        }
        worst = fmax(worst, fmax(a, b));
    }
    return worst;
}

/* Thirty rounds of random updates; what is left of the original triples under each basis. */
static double after_rounds(const char *name, const char *basis, const spx_mat *W0)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_svd base;
    const spx_svd_opts o = {.engine = "full", .k = K};
    spx_mat W;
    copy(&W, W0);
    check_ok(spx_svd_compute(W0, &o, &base, &err));
    spx_filter *f = make(name, basis, K, W0);
    for (size_t round = 0; round < 30; round++) {
        spx_mat dW;
        random_mat(&dW, M, N, &rng);
        spx_mat_scale(&dW, 0.3);
        check_ok(spx_filter_refresh(f, &W, &err));
        check_ok(spx_filter_apply(f, &dW, NULL, &err));
        for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] += dW.data[i];
        spx_mat_free(&dW);
    }
    const double out = residual(&base, &W);
    spx_filter_free(f);
    spx_svd_free(&base);
    spx_mat_free(&W);
    return out;
}

static void test_bases_over_rounds(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    check_leq(after_rounds("revive", "original", &W), 1e-12);
    check_leq(after_rounds("revive", "union", &W), 1e-12);
    assert_true(after_rounds("revive", "current", &W) >
                1e-3); /* crossings expose what was protected */
    assert_true(after_rounds("random", "current", &W) > 1e-1);
    assert_true(after_rounds("none", "current", &W) > 1e-1);
    spx_mat_free(&W);
}

static void test_norm_matched(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(7);
    spx_mat W, a, b;
    random_mat(&W, M, N, &rng);
    random_mat(&a, M, N, &rng);
    copy(&b, &a);
    spx_filter *f = make("revive", "current", K, &W), *g = make("norm-matched", "current", K, &W);
    check_ok(spx_filter_apply(f, &a, NULL, &err));
    check_ok(spx_filter_apply(g, &b, NULL, &err));
    check_leq(fabs(spx_norm_fro(&a) - spx_norm_fro(&b)), 1e-12);
    spx_filter_free(f);
    spx_filter_free(g);
    spx_mat_free(&W);
    spx_mat_free(&a);
    spx_mat_free(&b);
}

static void test_bad_specs(void **state)
{
    (void)state;
    static const spx_filter_spec bad[] = {
        {.name = "nothing", .tau = 0.1},
        {.name = "revive", .basis = "other", .tau = 0.1},
        {.name = "revive", .basis = "current", .tau = 0},
        {.name = "revive", .basis = "current", .tau = 1.5},
    };
    for (size_t i = 0; i < 4; i++) {
        spx_error err = {0};
        assert_int_equal(spx_filter_check(&bad[i], &err), SPX_EINVAL);
        assert_true(strlen(err.text) > 0);
    }
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(8);
    spx_mat W, A, B;
    spx_filter *f = NULL;
    random_mat(&W, M, N, &rng);
    random_mat(&A, M, 2, &rng);
    random_mat(&B, N, 2, &rng);
    const spx_filter_spec spec = {.name = "revive", .basis = "original", .k = 2};
    check_survives_oom(spx_filter_new(&spec, &W, &f, NULL));
    check_survives_oom(spx_filter_apply_factored(f, &A, &B, NULL, NULL));
    check_survives_oom(spx_filter_apply(f, &W, NULL, NULL));
    spx_filter_free(f);
    spx_mat_free(&W);
    spx_mat_free(&A);
    spx_mat_free(&B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thin_equals_definition),
        cmocka_unit_test(test_transposition),
        cmocka_unit_test(test_factored_equals_dense),
        cmocka_unit_test(test_dominant_first_value),
        cmocka_unit_test(test_bases_over_rounds),
        cmocka_unit_test(test_norm_matched),
        cmocka_unit_test(test_bad_specs),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
