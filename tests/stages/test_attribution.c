/* test_attribution.c: the split against its formulas, and the formulas against what happens. */
#include "matrices.h"

#include "spx/attribution.h"
#include "spx/subspace.h"

enum { K = 3, R = 4 };
static const struct {
    size_t m, n;
} shapes[] = {{8, 13}, {13, 8}, {9, 9}};

/* W0 with a gap after its third value, and a change of R columns. */
static void make(size_t shape, double scale, spx_mat *W0, spx_update *u, spx_mat *D)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(shape + 1);
    const size_t m = shapes[shape].m, n = shapes[shape].n;
    random_mat(W0, m, n, &rng);
    for (size_t i = 0; i < K; i++) W0->data[i * n + i] += 30 + 5 * (double)i;
    random_mat(&u->A, m, R, &rng);
    spx_mat_scale(&u->A, scale);
    random_mat(&u->B, n, R, &rng);
    check_ok(spx_mat_alloc(D, m, n, &err));
    spx_gemm(D, 1, &u->A, SPX_N, &u->B, SPX_T, 0);
}

static void drop(spx_mat *W0, spx_update *u, spx_mat *D)
{
    spx_mat_free(W0);
    spx_update_free(u);
    spx_mat_free(D);
}

static double entry(const spx_mat *D, const spx_svd *f, size_t i, size_t j)
{
    double sum = 0;
    for (size_t a = 0; a < D->rows; a++)
        for (size_t b = 0; b < D->cols; b++)
            sum += f->U.data[a * f->U.ld + i] * D->data[a * D->ld + b] * f->V.data[b * f->V.ld + j];
    return sum;
}

/* |part of D^T u_i outside the right singular vectors|^2 / s_i^2, or of D v_i outside the left. */
static double beyond(const spx_mat *D, const spx_svd *f)
{
    double sum = 0;
    for (size_t i = 0; i < K; i++) {
        double whole = 0, inside = 0;
        for (size_t b = 0; b < D->cols; b++) {
            double x = 0;
            for (size_t a = 0; a < D->rows; a++)
                x += f->U.data[a * f->U.ld + i] * D->data[a * D->ld + b];
            whole += D->rows < D->cols ? x * x : 0;
        }
        for (size_t a = 0; a < D->rows; a++) {
            double x = 0;
            for (size_t b = 0; b < D->cols; b++)
                x += D->data[a * D->ld + b] * f->V.data[b * f->V.ld + i];
            whole += D->rows > D->cols ? x * x : 0;
        }
        for (size_t j = 0; j < f->r; j++)
            inside += D->rows < D->cols   ? pow(entry(D, f, i, j), 2)
                      : D->rows > D->cols ? pow(entry(D, f, j, i), 2)
                                          : 0;
        sum += (whole - inside) / (f->s[i] * f->s[i]);
    }
    return sum;
}

/* sum of a_ij^2 + b_ij^2 by the formulas. */
static double rotation2(const spx_mat *D, const spx_svd *f)
{
    double sum = beyond(D, f);
    for (size_t i = 0; i < K; i++)
        for (size_t j = K; j < f->r; j++) {
            const double s = f->s[i], t = f->s[j], ij = entry(D, f, i, j), ji = entry(D, f, j, i);
            sum += (pow(s * ji + t * ij, 2) + pow(s * ij + t * ji, 2)) / pow(s * s - t * t, 2);
        }
    return sum;
}

static void the_total_is_that_of_the_formulas(void **state)
{
    (void)state;
    spx_error err = {0};
    for (size_t shape = 0; shape < 3; shape++) {
        spx_mat W0, D;
        spx_update u;
        spx_attribution a;
        make(shape, 1, &W0, &u, &D);
        check_ok(spx_attribution_new(&W0, K, 0, &D, &a, &err));
        assert_int_equal(a.k, K);
        check_leq(fabs(a.rotation2 / rotation2(&D, &a.base) - 1), 1e-12);
        spx_attribution_free(&a);
        drop(&W0, &u, &D);
    }
}

static void parts_add_up_to_the_whole(void **state)
{
    (void)state;
    spx_error err = {0};
    for (size_t shape = 0; shape < 3; shape++) {
        spx_mat W0, D, shift, whole;
        spx_update u;
        spx_attribution a;
        double rotation[R], one = 0, sum = 0;
        make(shape, 1, &W0, &u, &D);
        check_ok(spx_attribution_new(&W0, K, 0, &D, &a, &err));
        check_ok(spx_mat_alloc(&shift, K, R, &err));
        check_ok(spx_mat_alloc(&whole, K, 1, &err));
        assert_int_equal(spx_attribution_parts(&u), R);
        check_ok(spx_attribution_split(&a, &u, &shift, rotation, &err));
        const spx_update dense = {.A = D};
        assert_int_equal(spx_attribution_parts(&dense), 1);
        check_ok(spx_attribution_split(&a, &dense, &whole, &one, &err));
        check_leq(fabs(one - 1), 1e-13);
        for (size_t c = 0; c < R; c++) sum += rotation[c];
        check_leq(fabs(sum - 1), 1e-13);
        for (size_t i = 0; i < K; i++) {
            double parts = 0;
            for (size_t c = 0; c < R; c++) parts += shift.data[i * R + c];
            check_leq(fabs(parts - whole.data[i]), 1e-12);
            check_leq(fabs(whole.data[i] - entry(&D, &a.base, i, i)), 1e-12);
        }
        spx_attribution_free(&a);
        spx_mat_free(&shift);
        spx_mat_free(&whole);
        drop(&W0, &u, &D);
    }
}

static double sines2(const spx_svd *a, const spx_svd *b)
{
    spx_error err = {0};
    double theta[K], sum = 0;
    const spx_mat U = spx_mat_view(&a->U, 0, 0, a->rows, K),
                  V = spx_mat_view(&a->V, 0, 0, a->cols, K);
    check_ok(spx_subspace_angles(&U, &b->U, theta, &err));
    for (size_t i = 0; i < K; i++) sum += pow(sin(theta[i]), 2);
    check_ok(spx_subspace_angles(&V, &b->V, theta, &err));
    for (size_t i = 0; i < K; i++) sum += pow(sin(theta[i]), 2);
    return sum;
}

/* A change of size e: values are met to O(e^2), the rotation's square to O(e) relative. */
static void the_first_order_is_what_happens(void **state)
{
    (void)state;
    const double e = 1e-5;
    spx_error err = {0};
    const spx_svd_opts o = {.engine = "full", .k = K};
    for (size_t shape = 0; shape < 3; shape++) {
        spx_mat W0, D, shift;
        spx_update u;
        spx_attribution a;
        spx_svd now;
        double one = 0;
        make(shape, e, &W0, &u, &D);
        check_ok(spx_attribution_new(&W0, K, 0, &D, &a, &err));
        check_ok(spx_mat_alloc(&shift, K, 1, &err));
        check_ok(spx_attribution_split(&a, &(spx_update){.A = D}, &shift, &one, &err));
        for (size_t i = 0; i < W0.rows * W0.cols; i++) W0.data[i] += D.data[i];
        check_ok(spx_svd_compute(&W0, &o, &now, &err));
        for (size_t i = 0; i < K; i++)
            check_leq(fabs(now.s[i] - a.base.s[i] - shift.data[i]), 100 * e * e);
        check_leq(fabs(sines2(&a.base, &now) / a.rotation2 - 1), 100 * e);
        spx_svd_free(&now);
        spx_mat_free(&shift);
        spx_attribution_free(&a);
        drop(&W0, &u, &D);
    }
}

static void k_comes_from_tau_and_leaves_something(void **state)
{
    (void)state;
    spx_error err = {0}, all = {0}, none = {0};
    spx_mat W0, D;
    spx_update u;
    spx_attribution a;
    make(0, 1, &W0, &u, &D);
    check_ok(spx_attribution_new(&W0, 0, 0.2, &D, &a, &err));
    assert_int_equal(a.k, 1);
    spx_attribution_free(&a);
    assert_int_equal(spx_attribution_new(&W0, 8, 0, &D, &a, &all), SPX_EINVAL);
    assert_string_equal(all.text, "8 of 8 directions are dominant: none is left to turn to");
    assert_int_equal(spx_attribution_new(&W0, 0, 0, &D, &a, &none), SPX_EINVAL);
    drop(&W0, &u, &D);
}

static void attributions_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W0, D, shift;
    spx_update u;
    spx_attribution a;
    double rotation[R];
    make(0, 1, &W0, &u, &D);
    check_ok(spx_mat_alloc(&shift, K, R, &err));
    check_survives_oom(spx_attribution_new(&W0, K, 0, &D, &a, NULL));
    check_survives_oom(spx_attribution_split(&a, &u, &shift, rotation, NULL));
    check_survives_oom(spx_attribution_split(&a, &(spx_update){.A = D}, &shift, rotation, NULL));
    spx_attribution_free(&a);
    spx_mat_free(&shift);
    drop(&W0, &u, &D);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_total_is_that_of_the_formulas),
        cmocka_unit_test(parts_add_up_to_the_whole),
        cmocka_unit_test(the_first_order_is_what_happens),
        cmocka_unit_test(k_comes_from_tau_and_leaves_something),
        cmocka_unit_test(attributions_survive_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
