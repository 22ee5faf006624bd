/* test_masks.c: the thin masked operator against its definition by complete bases, and what it
 * guarantees. */
#include "filters.h"

#include <stdlib.h>
#include <string.h>

/* An orthonormal basis of R^n whose first columns are Q's. */
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

/* M_ij over the whole grid, indices from 0; s has M values. */
typedef double mask_fn(const double *s, size_t i, size_t j);
static double keeps(int gone) { return gone ? 0 : 1; }
static double m_revive(const double *s, size_t i, size_t j)
{
    (void)s;
    return keeps(i < K || j < K);
}
static double m_left(const double *s, size_t i, size_t j)
{
    (void)s, (void)j;
    return keeps(i < K);
}
static double m_right(const double *s, size_t i, size_t j)
{
    (void)s, (void)i;
    return keeps(j < K);
}
static double m_block(const double *s, size_t i, size_t j)
{
    (void)s;
    return keeps(i < K && j < K);
}
static double m_diagonal(const double *s, size_t i, size_t j)
{
    (void)s;
    return keeps(i < K && i == j);
}
static double m_product(const double *s, size_t i, size_t j)
{
    return keeps(i < M && j < M && s[i] * s[j] >= 0.3 * s[0] * s[0]);
}
static double m_product_of_k(const double *s, size_t i, size_t j)
{
    return keeps(i < M && j < M && s[i] * s[j] >= s[K - 1] * s[K - 1]);
}
static double m_taper(const double *s, size_t i, size_t j)
{
    const double c = s[K - 1] * s[K - 1];
    return c / (c + s[i] * s[i]) * (j < M ? c / (c + s[j] * s[j]) : 1);
}
static double m_tail(const double *s, size_t i, size_t j)
{
    (void)s;
    return keeps((i < M && i >= M - K) || (j < M && j >= M - K));
}
static double m_compact(const double *s, size_t i, size_t j)
{
    return j < M ? m_revive(s, i, j) : 0;
}

static const struct {
    spx_filter_spec spec;
    mask_fn *mask;
    bool factored; /* is the mask an outer product? */
} masks[] = {
    {{.name = "revive", .k = K}, m_revive, true},
    {{.name = "left", .k = K}, m_left, true},
    {{.name = "right", .k = K}, m_right, true},
    {{.name = "block", .k = K}, m_block, false},
    {{.name = "diagonal", .k = K}, m_diagonal, false},
    {{.name = "product", .threshold = 0.3}, m_product, false},
    {{.name = "product", .k = K}, m_product_of_k, false},
    {{.name = "taper", .k = K}, m_taper, true},
    {{.name = "tail-only", .k = K}, m_tail, true},
    {{.name = "revive", .k = K, .weight = 0.25}, m_revive, false},
    {{.name = "right", .k = K, .weight = 0.25}, m_right, true},
};
enum { MASKS = sizeof masks / sizeof *masks };

/* C = U^T dW V with complete bases, C o (1 - a (1 - M)), back. */
static void by_definition(const spx_mat *W, const spx_mat *dW, mask_fn *mask, double a,
                          spx_mat *out, spx_rng *rng)
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
            C.data[i * W->cols + j] *= 1 - a * (1 - mask(f.s, i, j));
    spx_gemm(&T, 1, &U, SPX_N, &C, SPX_N, 0);
    check_ok(spx_mat_alloc(out, W->rows, W->cols, &err));
    spx_gemm(out, 1, &T, SPX_N, &V, SPX_T, 0);
    free_mats((spx_mat *[]){&U, &V, &C, &T}, 4);
    spx_svd_free(&f);
}

static void every_mask_equals_its_definition(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_mat W, dW;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    for (size_t i = 0; i < MASKS; i++) {
        spx_mat thin, full;
        const double a = masks[i].spec.weight > 0 ? masks[i].spec.weight : 1;
        by_definition(&W, &dW, masks[i].mask, a, &full, &rng);
        const spx_filter_report r = filtered(&masks[i].spec, &W, &dW, &thin);
        check_leq(distance(&thin, &full), 1e-12); /* about 100 eps |dW| and the bases' own error */
        check_leq(fabs(r.after - spx_dot(&full, &full)), 1e-11);
        free_mats((spx_mat *[]){&thin, &full}, 2);
    }
    free_mats((spx_mat *[]){&W, &dW}, 2);
}

/* Tails of compact singular vectors lose what dW does in the null space of W. */
static void the_compact_trap_is_not_fallen_into(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(2);
    spx_mat W, dW, thin, trap;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    by_definition(&W, &dW, m_compact, 1, &trap, &rng);
    filtered(&masks[0].spec, &W, &dW, &thin);
    const double kept = spx_dot(&trap, &trap) / spx_dot(&thin, &thin);
    check_leq(kept, 0.8); /* expected (M - K) / (N - K) = 0.5 */
    check_leq(0.2, kept);
    free_mats((spx_mat *[]){&W, &dW, &thin, &trap}, 4);
}

static void transpose(spx_mat *out, const spx_mat *A)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(out, A->cols, A->rows, &err));
    spx_mat_transpose(out, A);
}

/* Stored the other way round, two-sided masks do the same and one-sided ones change places. */
static void transposition_swaps_left_and_right(void **state)
{
    (void)state;
    static const char *const pair[][2] = {{"revive", "revive"},     {"left", "right"},
                                          {"right", "left"},        {"block", "block"},
                                          {"diagonal", "diagonal"}, {"product", "product"},
                                          {"taper", "taper"},       {"tail-only", "tail-only"}};
    spx_rng rng = spx_rng_seed(3);
    spx_mat W, dW, Wt, dWt;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    transpose(&Wt, &W);
    transpose(&dWt, &dW);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        spx_mat here, there, back;
        const spx_filter_spec a = {.name = pair[i][0], .k = K}, b = {.name = pair[i][1], .k = K};
        const spx_filter_report r = filtered(&a, &W, &dW, &here),
                                s = filtered(&b, &Wt, &dWt, &there);
        transpose(&back, &there);
        check_leq(distance(&here, &back), 1e-12);
        check_leq(fabs(r.left - s.right) + fabs(r.right - s.left) + fabs(r.block - s.block), 1e-11);
        free_mats((spx_mat *[]){&here, &there, &back}, 3);
    }
    free_mats((spx_mat *[]){&W, &dW, &Wt, &dWt}, 4);
}

/* Hard masks project: removed and kept are orthogonal, and the shares say how much is removed. */
static void what_is_removed_is_orthogonal_to_what_is_kept(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W, dW;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    for (size_t i = 0; i < 7; i++) {
        spx_mat kept, removed, twice;
        const spx_filter_report r = filtered(&masks[i].spec, &W, &dW, &kept);
        check_ok(spx_mat_alloc(&removed, M, N, &err));
        for (size_t j = 0; j < (size_t)M * N; j++) removed.data[j] = dW.data[j] - kept.data[j];
        check_leq(fabs(spx_dot(&removed, &kept)), 1e-11);
        check_leq(fabs(r.before - spx_dot(&removed, &removed) - r.after), 1e-11);
        const double shares[] = {r.left + r.right - r.block, r.left, r.right, r.block};
        if (i < 4) check_leq(fabs(shares[i] - spx_dot(&removed, &removed)), 1e-11);
        filtered(&masks[i].spec, &W, &kept, &twice);
        check_leq(distance(&kept, &twice), 1e-12); /* a second application changes nothing */
        free_mats((spx_mat *[]){&kept, &removed, &twice}, 3);
    }
    free_mats((spx_mat *[]){&W, &dW}, 2);
}

/* W = diag(5, 4, 1, 1, ...): a filtered change of size 50 leaves the two protected triplets as they
 * are, and yet neither is among the two largest of the sum. */
static void protected_triplets_stay_exact_but_can_be_overtaken(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W, dW, safe;
    spx_svd now;
    const spx_svd_opts o = {.engine = "full", .k = 2};
    check_ok(spx_mat_alloc(&W, M, N, &err));
    for (size_t i = 0; i < M; i++) W.data[i * N + i] = i == 0 ? 5 : i == 1 ? 4 : 1;
    random_mat(&dW, M, N, &rng);
    spx_mat_scale(&dW, 50);
    const spx_filter_spec spec = {.name = "revive", .k = 2};
    filtered(&spec, &W, &dW, &safe);
    for (size_t i = 0; i < (size_t)M * N; i++) safe.data[i] += W.data[i];
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            if (i < 2 || j < 2) check_leq(fabs(safe.data[i * N + j] - W.data[i * N + j]), 1e-12);
    check_ok(spx_svd_compute(&safe, &o, &now, &err));
    check_leq(5, now.s[1]);
    double overlap = 0;
    for (size_t i = 0; i < 4; i++) overlap += pow(now.U.data[i], 2);
    check_leq(overlap, 1e-24); /* both new directions are orthogonal to both protected ones */
    spx_svd_free(&now);
    free_mats((spx_mat *[]){&W, &dW, &safe}, 3);
}

/* SPHERE by its formulas and its way of counting. */
static void sphere_follows_the_row_normalised_weight(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_mat W, dW, unit, got, want, P;
    spx_svd f;
    const spx_svd_opts o = {.engine = "full", .k = M};
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] *= 1 + (double)(i / N);
    random_mat(&dW, M, N, &rng);
    copy_mat(&unit, &W);
    for (size_t i = 0; i < M; i++) {
        double norm = 0;
        for (size_t j = 0; j < N; j++) norm = hypot(norm, W.data[i * N + j]);
        for (size_t j = 0; j < N; j++) unit.data[i * N + j] /= norm;
    }
    check_ok(spx_svd_compute(&unit, &o, &f, &err));
    double total = 0, seen = 0;
    size_t k = 0;
    for (size_t i = 0; i < M; i++) total += f.s[i] * f.s[i];
    for (; k < M && (seen + f.s[k] * f.s[k]) / total <= 0.5; k++) seen += f.s[k] * f.s[k];
    const spx_mat V = spx_mat_view(&f.V, 0, 0, N, k + 1);
    check_ok(spx_mat_alloc(&P, N, N, &err));
    spx_gemm(&P, -0.8, &V, SPX_N, &V, SPX_T, 0);
    for (size_t i = 0; i < N; i++) P.data[i * N + i] += 1;
    check_ok(spx_mat_alloc(&want, M, N, &err));
    spx_gemm(&want, 1, &dW, SPX_N, &P, SPX_N, 0);
    const spx_filter_spec spec = {.name = "sphere", .tau = 0.5, .weight = 0.8};
    const spx_filter_report r = filtered(&spec, &W, &dW, &got);
    assert_int_equal(r.k, k + 1);
    assert_true(r.left == 0 && r.block == 0);
    check_leq(distance(&got, &want), 1e-12);
    spx_svd_free(&f);
    free_mats((spx_mat *[]){&W, &dW, &unit, &got, &want, &P}, 6);
}

/* C = diag(1, 0.5, 0.02, 0.019, 0, ...): what enters the first three inputs is taken out. */
static void alphaedit_clears_what_the_keys_hold(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(7);
    spx_mat W, dW, C, got;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    check_ok(spx_mat_alloc(&C, N, N, &err));
    const double value[] = {1, 0.5, 0.02, 0.019};
    for (size_t i = 0; i < 4; i++) C.data[i * N + i] = value[i];
    const spx_filter_spec spec = {.name = "alphaedit", .covariance = &C};
    const spx_filter_report r = filtered(&spec, &W, &dW, &got);
    assert_int_equal(r.k, 3);
    for (size_t i = 0; i < (size_t)M * N; i++)
        check_leq(fabs(got.data[i] - (i % N < 3 ? 0 : dW.data[i])), 1e-14);
    free_mats((spx_mat *[]){&W, &dW, &C, &got}, 4);
}

static int falling(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a < b) - (a > b);
}

/* By sorting every product: the least one that is removed. */
static double cut_of(const double *b, const double *a, double tau)
{
    double product[M * N], total = 0, seen = 0;
    size_t at = 0;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) total += product[i * N + j] = b[i] * a[j];
    qsort(product, (size_t)M * N, sizeof *product, falling);
    while (at < (size_t)M * N && seen + product[at] < tau * total) seen += product[at++];
    return product[at];
}

/* U diag(w) U^T */
static void with_values(const spx_mat *U, const double *w, spx_mat *out)
{
    spx_error err = {0};
    spx_mat scaled;
    copy_mat(&scaled, U);
    spx_mat_scale_columns(&scaled, w);
    check_ok(spx_mat_alloc(out, U->rows, U->rows, &err));
    spx_gemm(out, 1, &scaled, SPX_N, U, SPX_T, 0);
    spx_mat_free(&scaled);
}

/* Removes from C = U^T dW V what the cut removes, and takes it back. */
static void by_curvature(const spx_mat *U, const spx_mat *V, const spx_mat *dW, const double *b,
                         const double *a, double cut, spx_mat *out)
{
    spx_error err = {0};
    spx_mat T, C;
    check_ok(spx_mat_alloc(&T, M, N, &err));
    check_ok(spx_mat_alloc(&C, M, N, &err));
    check_ok(spx_mat_alloc(out, M, N, &err));
    spx_gemm(&T, 1, U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&C, 1, &T, SPX_N, V, SPX_N, 0);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            if (b[i] * a[j] >= cut) C.data[i * N + j] = 0;
    spx_gemm(&T, 1, U, SPX_N, &C, SPX_N, 0);
    spx_gemm(out, 1, &T, SPX_N, V, SPX_T, 0);
    free_mats((spx_mat *[]){&T, &C}, 2);
}

/* Eigenvalues from 1 down by random steps; the last `zeros` are 0. */
static void random_spectrum(double *w, size_t n, size_t zeros, spx_rng *rng)
{
    double x = 1;
    for (size_t i = 0; i < n; i++) {
        w[i] = i + zeros < n ? x : 0;
        x *= exp(-fabs(spx_rng_normal(rng)));
    }
}

static void crisp_removes_the_products_that_hold_the_curvature(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(10);
    spx_mat U, V, A, B, W, dW, got, want;
    double b[M], a[N];
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    random_orth(&U, M, M, &rng);
    random_orth(&V, N, N, &rng);
    for (size_t i = 0; i < 12; i++) {
        static const double tau[] = {0.3, 0.9, 0.99};
        random_spectrum(b, M, i % 4, &rng);
        random_spectrum(a, N, i % 6, &rng);
        with_values(&U, b, &B);
        with_values(&V, a, &A);
        const spx_filter_spec spec = {
            .name = "crisp", .tau = tau[i % 3], .covariance = &A, .gradient_moment = &B};
        by_curvature(&U, &V, &dW, b, a, cut_of(b, a, tau[i % 3]) * (1 - 1e-10), &want);
        spx_mat_scale(&A,
                      i % 2 ? 1e-200 : 1e200); /* the products of the eigenvalues are not numbers */
        spx_mat_scale(&B, i % 2 ? 1e-200 : 1e200);
        filtered(&spec, &W, &dW, &got);
        check_leq(distance(&got, &want), 1e-9); /* eps over the gaps between eigenvalues */
        free_mats((spx_mat *[]){&A, &B, &got, &want}, 4);
    }
    random_spectrum(b, M, 0, &rng);
    random_spectrum(a, N, 0, &rng);
    with_values(&U, b, &B);
    with_values(&V, a, &A);
    const spx_filter_spec all = {
        .name = "crisp", .tau = 1, .covariance = &A, .gradient_moment = &B};
    filtered(&all, &W, &dW, &got);
    check_leq(spx_norm_fro(&got), 1e-12);
    free_mats((spx_mat *[]){&U, &V, &A, &B, &W, &dW, &got}, 7);
}

static void crisp_survives_oom(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(12);
    spx_mat U, V, A, B, W;
    spx_filter *f = NULL;
    double b[M], a[N];
    random_mat(&W, M, N, &rng);
    random_orth(&U, M, M, &rng);
    random_orth(&V, N, N, &rng);
    random_spectrum(b, M, 2, &rng);
    random_spectrum(a, N, 3, &rng);
    with_values(&U, b, &B);
    with_values(&V, a, &A);
    const spx_filter_spec spec = {.name = "crisp", .covariance = &A, .gradient_moment = &B};
    check_survives_oom(spx_filter_new(&spec, &W, &f, NULL));
    spx_filter_free(f);
    free_mats((spx_mat *[]){&U, &V, &A, &B, &W}, 5);
}

static void factors_stay_where_the_mask_is_an_outer_product(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(8);
    spx_mat W, dW, dense;
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < MASKS; i++) {
        spx_update u;
        spx_filter_report r, s;
        check_ok(spx_update_alloc(&u, M, N, 3, &err));
        for (size_t j = 0; j < (size_t)M * 3; j++) u.A.data[j] = spx_rng_normal(&rng);
        for (size_t j = 0; j < (size_t)N * 3; j++) u.B.data[j] = spx_rng_normal(&rng);
        check_ok(spx_mat_alloc(&dW, M, N, &err));
        spx_gemm(&dW, 1, &u.A, SPX_N, &u.B, SPX_T, 0);
        spx_filter *f = make(&masks[i].spec, &W);
        check_ok(spx_filter_apply(f, &u, &r, &err));
        assert_int_equal(spx_update_factored(&u), masks[i].factored);
        check_ok(spx_update_expand(&u, &err));
        s = filtered(&masks[i].spec, &W, &dW, &dense);
        check_leq(distance(&u.A, &dense), 1e-12);
        check_leq(fabs(r.before - s.before) + fabs(r.after - s.after) + fabs(r.left - s.left) +
                      fabs(r.right - s.right) + fabs(r.block - s.block),
                  1e-10);
        spx_filter_free(f);
        spx_update_free(&u);
        free_mats((spx_mat *[]){&dW, &dense}, 2);
    }
    spx_mat_free(&W);
}

static void masks_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < MASKS; i++) {
        spx_filter *f = NULL;
        spx_update u;
        check_ok(spx_update_alloc(&u, M, N, 2, &err));
        check_survives_oom(spx_filter_new(&masks[i].spec, &W, &f, NULL));
        check_survives_oom(spx_filter_refresh(f, &W, NULL, NULL));
        if (!masks[i].factored) check_ok(spx_update_expand(&u, &err));
        check_survives_oom(spx_filter_apply(f, &u, NULL, NULL));
        spx_filter_free(f);
        spx_update_free(&u);
    }
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mask_equals_its_definition),
        cmocka_unit_test(the_compact_trap_is_not_fallen_into),
        cmocka_unit_test(transposition_swaps_left_and_right),
        cmocka_unit_test(what_is_removed_is_orthogonal_to_what_is_kept),
        cmocka_unit_test(protected_triplets_stay_exact_but_can_be_overtaken),
        cmocka_unit_test(sphere_follows_the_row_normalised_weight),
        cmocka_unit_test(alphaedit_clears_what_the_keys_hold),
        cmocka_unit_test(factors_stay_where_the_mask_is_an_outer_product),
        cmocka_unit_test(crisp_removes_the_products_that_hold_the_curvature),
        cmocka_unit_test(masks_survive_oom),
        cmocka_unit_test(crisp_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
