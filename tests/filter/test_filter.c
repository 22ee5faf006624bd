/* test_filter.c: which directions are protected, in which basis, and what a specification means. */
#include "filters.h"

#include <string.h>

static void every_row_of_the_table_resolves(void **state)
{
    (void)state;
    spx_error err = {0};
    size_t n = 0;
    for (const spx_filter_row *row = NULL; (row = spx_filter_at(n)); n++) {
        spx_filter_spec out;
        const spx_filter_spec spec = {.name = row->name};
        check_ok(spx_filter_resolve(&spec, &out, &err));
        assert_true(out.basis && out.energy && out.count && out.apply);
        assert_true(strlen(row->summary) > 0);
        for (size_t i = 0; i < n; i++) assert_string_not_equal(row->name, spx_filter_at(i)->name);
    }
    assert_true(n > 0);
}

static unsigned bit(const spx_filter_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(params[i].name, name) == 0) return 1U << i;
    fail_msg("no parameter %s", name);
    return 0;
}

/* A row says which parameters it reads: those that it has a default for, and rank where it counts
 * directions, not terms as crisp does. */
static void rows_say_which_parameters_they_read(void **state)
{
    (void)state;
    size_t n = 0;
    const spx_filter_param *params = spx_filter_params(&n);
    const unsigned rank = bit(params, n, "rank"), tau = bit(params, n, "tau"),
                   threshold = bit(params, n, "threshold");
    for (size_t i = 0; spx_filter_at(i); i++) {
        const spx_filter_row *row = spx_filter_at(i);
        unsigned has = 0;
        for (size_t j = 0; j < n; j++)
            if (spx_filter_number(&row->defaults, &params[j]) != 0) has |= 1U << j;
        assert_int_equal(row->uses & ~rank, has);
        const bool directions = row->needs_moment ? row->uses & threshold : row->uses & tau;
        assert_int_equal((row->uses & rank) != 0, directions);
    }
    assert_int_equal(spx_filter_find("norm-cap")->uses, bit(params, n, "cap"));
    assert_int_equal(spx_filter_find("alphaedit")->uses & tau, 0);
}

/* Every parameter lies where its row says, and is checked against the row's domain by the filters
 * that read it and refused by the others, unless all of them accept it. */
static void parameters_are_where_their_rows_say(void **state)
{
    (void)state;
    const spx_filter_spec spec = {.tau = 0.25,
                                  .k = 3,
                                  .weight = 0.5,
                                  .threshold = 7,
                                  .alpha = 1.5,
                                  .keep = 0.75,
                                  .noise = 9,
                                  .cap = 11};
    const double want[] = {0.25, 3, 0.5, 7, 1.5, 0.75, 9, 11};
    size_t n = 0;
    const spx_filter_param *params = spx_filter_params(&n);
    assert_int_equal(n, sizeof want / sizeof *want);
    for (size_t j = 0; j < n; j++) {
        const spx_filter_param *p = &params[j];
        assert_true(spx_filter_number(&spec, p) == want[j]);
        assert_true(p->min < p->max && p->otherwise == 0 && *p->value_name && *p->help);
        for (size_t i = 0; spx_filter_at(i); i++) {
            spx_filter_spec one = {.name = spx_filter_at(i)->name}, out;
            memcpy((char *)&one + p->offset, (const char *)&spec + p->offset, 8);
            const bool reads = spx_filter_at(i)->uses >> j & 1;
            const spx_status st = spx_filter_resolve(&one, &out, NULL);
            assert_int_equal(st, reads || p->common ? SPX_OK : SPX_EINVAL);
            if (st == SPX_OK) assert_true(spx_filter_number(&out, p) == want[j]);
        }
    }
}

static void rows_are_found_by_name_and_say_what_they_are(void **state)
{
    (void)state;
    assert_null(spx_filter_find("nothing"));
    assert_true(spx_filter_is_none(NULL) && spx_filter_is_none("none"));
    assert_false(spx_filter_is_none("nothing")); /* unknown: nothing is known of what it leaves */
    assert_true(spx_filter_find("random")->control && spx_filter_find("norm-matched")->control);
    for (size_t i = 0; spx_filter_at(i); i++) {
        const spx_filter_row *row = spx_filter_at(i);
        assert_ptr_equal(spx_filter_find(row->name), row);
        assert_int_equal(row->control, strcmp(row->family, "control") == 0);
        const bool crisp = strcmp(row->name, "crisp") == 0;
        assert_int_equal(row->needs_moment, crisp || strcmp(row->name, "alphaedit") == 0);
        assert_int_equal(row->needs_gradient_moment, crisp);
        assert_int_equal(spx_filter_is_none(row->name), i == 0);
    }
}

static const spx_filter_param *param_of(const char *name)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0) return &p[i];
    fail_msg("no parameter %s", name);
    return NULL;
}

static void values_are_a_list_within_the_domain(void **state)
{
    (void)state;
    static const struct {
        const char *param, *text;
        size_t n;
        double last;
    } lists[] = {
        {"cap", ".2,.3,.5", 3, 0.5}, {"cap", "2", 1, 2},       {"rank", "8,16", 2, 16},
        {"tau", "0.1,1", 2, 1},      {"alpha", "1.1", 1, 1.1}, {"cap", "", 0, 0},
        {"cap", "0", 0, 0},          {"cap", "0.2,0", 0, 0},   {"cap", "0.2,-1", 0, 0},
        {"cap", "0.2,", 0, 0},       {"cap", ",0.2", 0, 0},    {"cap", "0.2;0.3", 0, 0},
        {"cap", "0.2,x", 0, 0},      {"cap", "0.2x", 0, 0},    {"cap", "inf", 0, 0},
        {"cap", "nan", 0, 0},        {"tau", "0.1,1.5", 0, 0}, {"rank", "8,2.5", 0, 0},
        {"tau", "20%", 0, 0},        {"alpha", "1", 0, 0},
    };
    double value[SPX_FILTER_VALUES];
    char many[2 * SPX_FILTER_VALUES + 2];
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const size_t n = spx_filter_values_read(param_of(lists[i].param), lists[i].text, value);
        assert_int_equal(n, lists[i].n);
        if (n > 0) assert_true(value[n - 1] == lists[i].last);
    }
    for (size_t i = 0; i <= SPX_FILTER_VALUES; i++) memcpy(many + 2 * i, "1,", 2);
    many[2 * SPX_FILTER_VALUES + 1] = '\0';
    assert_int_equal(spx_filter_values_read(param_of("cap"), many, value), 0);
    many[2 * SPX_FILTER_VALUES - 1] = '\0';
    assert_int_equal(spx_filter_values_read(param_of("cap"), many, value), SPX_FILTER_VALUES);
}

static void a_sweep_is_of_a_parameter_that_the_filter_reads(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_filter_spec out;
    assert_string_equal(spx_filter_main_param("revive")->name, "tau");
    assert_string_equal(spx_filter_main_param("spectral-cap")->name, "cap");
    assert_string_equal(spx_filter_main_param("scale")->name, "keep");
    assert_string_equal(spx_filter_main_param("prune-linear")->name, "tau");
    assert_string_equal(spx_filter_main_param("no such filter")->name, "tau");
    spx_filter_sweep s = {
        .filter = {.name = "spectral-cap"}, .param = param_of("cap"), .value = {0, 0.5}, .n = 2};
    check_ok(spx_filter_resolve_swept(&s, 0, &out, &err));
    assert_true(out.cap == 1); /* its own */
    check_ok(spx_filter_resolve_swept(&s, 1, &out, &err));
    assert_true(out.cap == 0.5);
    s = (spx_filter_sweep){
        .filter = {.name = "revive"}, .param = param_of("rank"), .value = {8}, .n = 1};
    check_ok(spx_filter_resolve_swept(&s, 0, &out, &err));
    assert_true(out.k == 8 && out.tau == 0.1);
}

static void a_text_has_all_that_a_specification_sets(void **state)
{
    (void)state;
    char text[128], little[16];
    const spx_filter_spec nothing = {0}, one = {.name = "spectral-cap", .cap = 0.25},
                          many = {.name = "revive",
                                  .basis = "edited",
                                  .energy = "squares",
                                  .count = "eq5",
                                  .apply = "batch",
                                  .k = 8,
                                  .weight = 0.5};
    spx_filter_text(&nothing, text, sizeof text);
    assert_string_equal(text, "none");
    spx_filter_text(&one, text, sizeof text);
    assert_string_equal(text, "spectral-cap cap=0.25");
    spx_filter_text(&many, text, sizeof text);
    assert_string_equal(
        text, "revive basis=edited energy=squares count=eq5 apply=batch rank=8 weight=0.5");
    spx_filter_text(&many, little, sizeof little);
    assert_string_equal(little, "revive basis=ed");
}

static void bad_specifications_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        spx_filter_spec spec;
        const char *text;
    } bad[] = {
        {{.name = "nothing"},
         "unknown filter 'nothing' (expected one of: none, revive, left, right, block, diagonal, "
         "product, taper, sphere, alphaedit, crisp, prune, prune-linear, dg-hard, norm-cap, "
         "spectral-cap, edge-cap, revive-cap, rect, rect-compat, random, tail-only, scale, "
         "norm-matched)"},
        {{.name = "revive", .basis = "other"},
         "unknown basis 'other' (expected one of: current, original, union, edited)"},
        {{.name = "revive", .energy = "cubes"},
         "unknown energy 'cubes' (expected one of: sum, squares)"},
        {{.name = "revive", .count = "eq6"},
         "unknown count 'eq6', did you mean 'eq5'? (expected one of: eq5, released)"},
        {{.name = "revive", .apply = "once"},
         "unknown way to apply a filter 'once' (expected one of: batch, cumulative)"},
        {{.name = "revive", .tau = -0.1}, "filter revive: tau is -0.1, not in (0, 1]"},
        {{.name = "revive", .tau = 1.5}, "filter revive: tau is 1.5, not in (0, 1]"},
        {{.name = "revive", .alpha = 2}, "filter revive has no parameter alpha"},
        {{.name = "sphere", .weight = 2}, "filter sphere: weight is 2, not in (0, 1]"},
        {{.name = "prune", .alpha = 1}, "filter prune: alpha is 1, not in (1, inf]"},
        {{.name = "rect", .keep = 1.01}, "filter rect: keep is 1.01, not in (0, 1]"},
        {{.name = "dg-hard", .noise = -1}, "filter dg-hard: noise is -1, not in (0, inf]"},
        {{.name = "taper", .basis = "union"}, "filter taper cannot use basis 'union'"},
        {{.name = "diagonal", .basis = "union"}, "filter diagonal cannot use basis 'union'"},
        {{.name = "rect", .basis = "edited"}, "filter rect cannot use basis 'edited'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        assert_int_equal(spx_filter_resolve(&bad[i].spec, NULL, &err), SPX_EINVAL);
        assert_string_equal(err.text, bad[i].text);
    }
}

static void a_covariance_must_be_there_and_fit(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_error err = {0}, other = {0};
    spx_mat W;
    spx_filter *f = NULL;
    random_mat(&W, M, N, &rng);
    spx_filter_spec spec = {.name = "alphaedit"};
    assert_int_equal(spx_filter_new(&spec, &W, &f, &err), SPX_EINVAL);
    assert_string_equal(err.text, "filter alphaedit needs a second moment of keys");
    spec.covariance = &W;
    assert_int_equal(spx_filter_new(&spec, &W, &f, &other), SPX_ESHAPE);
    assert_null(f);
    spx_mat_free(&W);
}

static void crisp_names_the_moment_that_is_missing_or_does_not_fit(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_mat W, A, B, zero;
    spx_error err = {0};
    random_mat(&W, M, N, &rng);
    check_ok(spx_mat_alloc(&A, N, N, &err));
    check_ok(spx_mat_alloc(&B, M, M, &err));
    check_ok(spx_mat_alloc(&zero, M, M, &err));
    for (size_t i = 0; i < N; i++) A.data[i * N + i] = 1;
    for (size_t i = 0; i < M; i++) B.data[i * M + i] = 1;
    const struct {
        const spx_mat *A, *B;
        spx_status status;
        const char *text;
    } bad[] = {
        {NULL, &B, SPX_EINVAL, "filter crisp needs a second moment of keys"},
        {&A, NULL, SPX_EINVAL, "filter crisp needs a second moment of output gradients"},
        {&B, &B, SPX_ESHAPE,
         "the second moment of keys is 12 x 12 (expected 20 x 20, the weight's inputs)"},
        {&A, &A, SPX_ESHAPE,
         "the second moment of output gradients is 20 x 20 (expected 12 x 12, the weight's "
         "outputs)"},
        {&A, &zero, SPX_ENUMERIC, NULL},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const spx_filter_spec spec = {
            .name = "crisp", .covariance = bad[i].A, .gradient_moment = bad[i].B};
        spx_filter *f = NULL;
        err = (spx_error){0};
        assert_int_equal(spx_filter_new(&spec, &W, &f, &err), bad[i].status);
        if (bad[i].text) assert_string_equal(err.text, bad[i].text);
        assert_null(f);
    }
    assert_non_null(strstr(err.text, "second moment of output gradients"));
    spx_mat *const all[] = {&W, &A, &B, &zero};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) spx_mat_free(all[i]);
}

static size_t count(const double *s, size_t r, const spx_filter_spec *spec)
{
    spx_error err = {0};
    spx_mat W;
    check_ok(spx_mat_alloc(&W, r, r + 2, &err));
    for (size_t i = 0; i < r; i++) W.data[i * (r + 2) + i] = s[i];
    spx_filter *f = make(spec, &W);
    spx_mat U, V;
    check_ok(spx_filter_excluded(f, &U, &V, &err));
    const size_t k = U.cols;
    assert_int_equal(V.cols, k);
    spx_filter_free(f);
    spx_mat_free(&W);
    return k;
}

/* Shares of the sum .4 .7 .85 .95 1, of the squares .561 .877 .956 .991 1. */
static void k_follows_the_rule_that_is_asked_for(void **state)
{
    (void)state;
    static const double s[] = {8, 6, 3, 2, 1};
    static const struct {
        double tau;
        size_t eq5, released, squares, squares_released;
    } want[] = {{0.1, 1, 0, 1, 0}, {0.45, 2, 1, 1, 0}, {0.72, 3, 2, 2, 1},
                {0.9, 4, 3, 3, 2}, {0.99, 5, 4, 4, 3}, {1, 5, 0, 5, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        spx_filter_spec spec = {.name = "revive", .tau = want[i].tau};
        assert_int_equal(count(s, 5, &spec), want[i].eq5);
        spec.count = "released";
        assert_int_equal(count(s, 5, &spec), want[i].released);
        spec.energy = "squares";
        assert_int_equal(count(s, 5, &spec), want[i].squares_released);
        spec.count = "eq5";
        assert_int_equal(count(s, 5, &spec), want[i].squares);
        spec.k = 2; /* wins over every rule */
        assert_int_equal(count(s, 5, &spec), 2);
    }
    const spx_filter_spec many = {.name = "revive", .k = 99};
    assert_int_equal(count(s, 5, &many), 5);
}

/* s_1 alone holds more than tau: Eq. 5 protects one direction where the released code protects
 * none, and then changes nothing. */
static void the_released_count_does_nothing_to_a_spiked_weight(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(4);
    spx_mat W, dW, eq5, released;
    random_mat(&W, M, N, &rng);
    for (size_t j = 0; j < N; j++) W.data[j] += 100;
    random_mat(&dW, M, N, &rng);
    spx_filter_spec spec = {.name = "revive"};
    const spx_filter_report r = filtered(&spec, &W, &dW, &eq5);
    spec.count = "released";
    const spx_filter_report s = filtered(&spec, &W, &dW, &released);
    assert_int_equal(r.k, 1);
    assert_true(r.after < r.before);
    assert_int_equal(s.k, 0);
    assert_memory_equal(released.data, dW.data, (size_t)M * N * sizeof(double));
    free_mats((spx_mat *[]){&W, &dW, &eq5, &released}, 4);
}

/* Largest |W v_i - s_i u_i|, |W^T u_i - s_i v_i| over the base's k triplets. */
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

/* Thirty rounds of random changes; what is left of the original triplets. */
static double after_rounds(const spx_filter_spec *spec, const spx_mat *W0, spx_mat *last)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_svd base;
    const spx_svd_opts o = {.engine = "full", .k = K};
    spx_mat W;
    copy_mat(&W, W0);
    check_ok(spx_svd_compute(W0, &o, &base, &err));
    spx_filter *f = make(spec, W0);
    for (size_t round = 0; round < 30; round++) {
        spx_update u = {0};
        random_mat(&u.A, M, N, &rng);
        spx_update_scale(&u, 0.3);
        check_ok(spx_filter_refresh(f, &W, NULL, &err));
        check_ok(spx_filter_apply(f, &u, NULL, &err));
        for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] += u.A.data[i];
        spx_update_free(&u);
    }
    const double out = residual(&base, &W);
    spx_filter_free(f);
    spx_svd_free(&base);
    if (last)
        *last = W;
    else
        spx_mat_free(&W);
    return out;
}

static void original_and_union_keep_the_original_triplets(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    const spx_filter_spec original = {.name = "revive", .basis = "original", .k = K},
                          both = {.name = "revive", .basis = "union", .k = K},
                          current = {.name = "revive", .k = K}, random = {.name = "random", .k = K},
                          tail = {.name = "tail-only", .k = K}, none = {.name = "none"};
    check_leq(after_rounds(&original, &W, NULL), 1e-12);
    check_leq(after_rounds(&both, &W, NULL), 1e-12);
    check_leq(1e-3, after_rounds(&current, &W, NULL)); /* crossings expose what was protected */
    check_leq(1e-1, after_rounds(&random, &W, NULL));
    check_leq(1e-1, after_rounds(&tail, &W, NULL));
    check_leq(1e-1, after_rounds(&none, &W, NULL));
    spx_mat_free(&W);
}

/* A projection in a fixed basis does the same to every batch as to their sum. */
static void batch_and_cumulative_agree_in_the_original_basis(void **state)
{
    (void)state;
    static const char *const names[] = {"revive", "left", "block", "diagonal", "random"};
    spx_rng rng = spx_rng_seed(7);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < 5; i++) {
        spx_mat a, b;
        spx_filter_spec spec = {.name = names[i], .basis = "original", .k = K, .seed = 3};
        after_rounds(&spec, &W, &a);
        spec.apply = "cumulative";
        after_rounds(&spec, &W, &b);
        check_leq(distance(&a, &b), 1e-11); /* 30 rounds of about 5 each */
        free_mats((spx_mat *[]){&a, &b}, 2);
    }
    spx_mat_free(&W);
}

/* A decomposition made elsewhere, with at least the triplets asked for, gives the same filter; one
 * with too few is not used. */
static void a_known_decomposition_is_as_good(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(31);
    spx_mat W0, W;
    random_mat(&W0, M, N, &rng);
    random_mat(&W, M, N, &rng);
    const spx_filter_spec spec = {.name = "revive", .basis = "union", .tau = 0.5};
    for (size_t k = 1; k <= M; k += M - 1) {
        const spx_svd_opts o = {.engine = "full", .k = k};
        spx_svd first, now;
        check_ok(spx_svd_compute(&W0, &o, &first, &err));
        check_ok(spx_svd_compute(&W, &o, &now, &err));
        spx_filter_spec known = spec;
        known.decomposition = &first;
        assert_true(spx_filter_reach(&spec, now.s, now.r) > 1);
        spx_filter *a = make(&spec, &W0), *b = make(&known, &W0);
        check_ok(spx_filter_refresh(a, &W, NULL, &err));
        check_ok(spx_filter_refresh(b, &W, &now, &err));
        spx_mat P = {0}, U, V, right;
        check_ok(spx_filter_excluded(a, &U, &right, &err));
        check_ok(spx_filter_excluded(b, &V, &right, &err));
        check_ok(spx_mat_alloc(&P, U.cols, V.cols, &err));
        assert_int_equal(U.cols, V.cols);
        spx_gemm(&P, 1, &U, SPX_T, &V, SPX_N, 0);
        check_leq(fabs(spx_dot(&P, &P) - (double)U.cols), 1e-10); /* the same subspace */
        spx_mat_free(&P);
        spx_filter_free(a);
        spx_filter_free(b);
        spx_svd_free(&first);
        spx_svd_free(&now);
    }
    free_mats((spx_mat *[]){&W0, &W}, 2);
}

static void union_holds_both_bases(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(8);
    spx_mat W0, W, dW, first, second;
    random_mat(&W0, M, N, &rng);
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    const spx_filter_spec both = {.name = "revive", .basis = "union", .k = K},
                          one = {.name = "revive", .k = K};
    spx_update u = {0};
    spx_filter_report r;
    copy_mat(&u.A, &dW);
    spx_filter *f = make(&both, &W0);
    check_ok(spx_filter_refresh(f, &W, NULL, &err));
    check_ok(spx_filter_apply(f, &u, &r, &err));
    assert_int_equal(r.k, 2 * K);
    filtered(&one, &W0, &u.A, &first); /* nothing is left for either of the two */
    filtered(&one, &W, &u.A, &second);
    check_leq(distance(&first, &u.A), 1e-12);
    check_leq(distance(&second, &u.A), 1e-12);
    check_ok(spx_filter_refresh(f, &W0, NULL, &err)); /* twice the same basis is that basis */
    spx_mat U, V;
    check_ok(spx_filter_excluded(f, &U, &V, &err));
    assert_int_equal(U.cols, K);
    spx_filter_free(f);
    spx_update_free(&u);
    free_mats((spx_mat *[]){&W0, &W, &dW, &first, &second}, 5);
}

/* On the edited basis a filter is one that was brought up to date with W + dW, be the change dense
 * or in factors; it excludes nothing before there is a change. */
static void the_edited_basis_is_that_of_the_weight_with_the_change(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(12);
    spx_mat W, after, got;
    spx_update u = {0}, dense = {0};
    random_mat(&W, M, N, &rng);
    random_mat(&u.A, M, 2, &rng);
    random_mat(&u.B, N, 2, &rng);
    copy_mat(&after, &W);
    spx_gemm(&after, 1, &u.A, SPX_N, &u.B, SPX_T, 1);
    check_ok(spx_mat_alloc(&dense.A, M, N, &err));
    spx_gemm(&dense.A, 1, &u.A, SPX_N, &u.B, SPX_T, 0);
    static const char *const names[] = {"revive", "diagonal", "tail-only", "norm-matched"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        spx_filter_spec spec = {.name = names[i], .basis = "edited", .k = K};
        filtered(&spec, &W, &dense.A, &got);
        spec.basis = "current";
        spx_mat want;
        filtered(&spec, &after, &dense.A, &want);
        check_leq(distance(&got, &want), 1e-12);
        free_mats((spx_mat *[]){&got, &want}, 2);
    }
    const spx_filter_spec spec = {.name = "revive", .basis = "edited", .k = K};
    spx_filter *f = make(&spec, &W);
    spx_mat U, V;
    assert_int_equal(spx_filter_excluded(f, &U, &V, &err), SPX_EUNSUP);
    check_ok(spx_filter_apply(f, &dense, NULL, &err));
    check_ok(spx_filter_apply(f, &u, NULL, &err));
    check_ok(spx_update_expand(&u, &err));
    check_leq(distance(&u.A, &dense.A), 1e-12);
    spx_filter_free(f);
    spx_update_free(&u);
    spx_update_free(&dense);
    free_mats((spx_mat *[]){&W, &after}, 2);
}

/* What has passed has no part in the excluded directions; a side that loses none has none. */
static void excluded_directions_are_those_that_no_change_has(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double weight;
        bool left, right, known;
    } cases[] = {{"revive", 1, true, true, true},    {"left", 1, true, false, true},
                 {"right", 1, false, true, true},    {"random", 1, true, true, true},
                 {"sphere", 1, false, true, true},   {"revive", 0.5, false, false, true},
                 {"taper", 1, false, false, true},   {"norm-matched", 1, false, false, true},
                 {"rect", 0, false, false, true},    {"none", 0, false, false, true},
                 {"block", 1, false, false, false},  {"diagonal", 1, false, false, false},
                 {"product", 1, false, false, false}};
    spx_rng rng = spx_rng_seed(11);
    spx_mat W, dW, U, V;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_mat passed, part;
        const spx_filter_spec spec = {.name = cases[i].name, .weight = cases[i].weight};
        filtered(&spec, &W, &dW, &passed);
        spx_filter *f = make(&spec, &W);
        const spx_status st = spx_filter_excluded(f, &U, &V, &err);
        assert_int_equal(st, cases[i].known ? SPX_OK : SPX_EUNSUP);
        assert_int_equal(U.cols > 0, cases[i].left);
        assert_int_equal(V.cols > 0, cases[i].right);
        check_ok(spx_mat_alloc(&part, U.cols, N, &err));
        spx_gemm(&part, 1, &U, SPX_T, &passed, SPX_N, 0);
        check_leq(spx_norm_fro(&part), 1e-13); /* 100 eps |dW| */
        spx_mat_free(&part);
        check_ok(spx_mat_alloc(&part, M, V.cols, &err));
        spx_gemm(&part, 1, &passed, SPX_N, &V, SPX_N, 0);
        check_leq(spx_norm_fro(&part), 1e-13);
        spx_mat_free(&part);
        spx_mat_free(&passed);
        spx_filter_free(f);
    }
    spx_mat_free(&W);
    spx_mat_free(&dW);
}

static void random_directions_are_those_of_the_seed(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(9);
    spx_mat W, dW, a, b, c;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    spx_filter_spec spec = {.name = "random", .k = K, .seed = 11};
    filtered(&spec, &W, &dW, &a);
    filtered(&spec, &W, &dW, &b);
    spec.seed = 12;
    filtered(&spec, &W, &dW, &c);
    assert_memory_equal(a.data, b.data, (size_t)M * N * sizeof(double));
    check_leq(1, distance(&a, &c));
    free_mats((spx_mat *[]){&W, &dW, &a, &b, &c}, 5);
}

static void the_norm_matched_control_is_as_long_as_the_filtered_change(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(10);
    spx_mat W, dW, a, b;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    const spx_filter_spec revive = {.name = "revive", .k = K},
                          matched = {.name = "norm-matched", .k = K};
    filtered(&revive, &W, &dW, &a);
    filtered(&matched, &W, &dW, &b);
    check_leq(fabs(spx_norm_fro(&a) - spx_norm_fro(&b)), 1e-13);
    check_leq(fabs(spx_dot(&b, &dW) - spx_norm_fro(&b) * spx_norm_fro(&dW)), 1e-11);
    free_mats((spx_mat *[]){&W, &dW, &a, &b}, 4);
}

static void bases_survive_oom(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(11);
    spx_mat W0, W;
    spx_filter *f = NULL;
    random_mat(&W0, M, N, &rng);
    random_mat(&W, M, N, &rng);
    spx_filter_spec spec = {.name = "revive", .basis = "union", .k = 2, .apply = "cumulative"};
    check_survives_oom(spx_filter_new(&spec, &W0, &f, NULL));
    check_survives_oom(spx_filter_refresh(f, &W, NULL, NULL));
    spx_filter_free(f);
    spec = (spx_filter_spec){.name = "revive", .basis = "edited", .k = 2};
    f = make(&spec, &W0);
    spx_update u = {.A = W};
    check_survives_oom(spx_filter_apply(f, &u, NULL, NULL));
    W = u.A;
    spx_filter_free(f);
    free_mats((spx_mat *[]){&W0, &W}, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_resolves),
        cmocka_unit_test(rows_say_which_parameters_they_read),
        cmocka_unit_test(parameters_are_where_their_rows_say),
        cmocka_unit_test(rows_are_found_by_name_and_say_what_they_are),
        cmocka_unit_test(values_are_a_list_within_the_domain),
        cmocka_unit_test(a_sweep_is_of_a_parameter_that_the_filter_reads),
        cmocka_unit_test(a_text_has_all_that_a_specification_sets),
        cmocka_unit_test(bad_specifications_are_refused_with_the_reason),
        cmocka_unit_test(a_covariance_must_be_there_and_fit),
        cmocka_unit_test(crisp_names_the_moment_that_is_missing_or_does_not_fit),
        cmocka_unit_test(k_follows_the_rule_that_is_asked_for),
        cmocka_unit_test(the_released_count_does_nothing_to_a_spiked_weight),
        cmocka_unit_test(original_and_union_keep_the_original_triplets),
        cmocka_unit_test(batch_and_cumulative_agree_in_the_original_basis),
        cmocka_unit_test(a_known_decomposition_is_as_good),
        cmocka_unit_test(union_holds_both_bases),
        cmocka_unit_test(the_edited_basis_is_that_of_the_weight_with_the_change),
        cmocka_unit_test(excluded_directions_are_those_that_no_change_has),
        cmocka_unit_test(random_directions_are_those_of_the_seed),
        cmocka_unit_test(the_norm_matched_control_is_as_long_as_the_filtered_change),
        cmocka_unit_test(bases_survive_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
