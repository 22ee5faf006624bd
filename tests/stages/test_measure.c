/* test_measure.c: one measurement by every route, bit for bit, and what a run file keeps of it. */
#include "matrices.h"
#include "run_files.h"

#include "spx/by_edit.h"
#include "spx/measure.h"
#include "spx/replay.h"

enum { D = 20, F = 32, WIDE = 160 };

static const char tensor[] = "blk.0.ffn_down.weight";
static const spx_stage_opts live = {.parts = SPX_SPECTRUM | SPX_SUBSPACE, .dominant = {.tau = 0.3}};
static const spx_stage_opts whole = {.parts = SPX_SPECTRUM | SPX_SUBSPACE | SPX_CHANGE | SPX_MAPS,
                                     .dominant = {.tau = 0.3}};

static void same_doubles(const double *a, const double *b, size_t n)
{
    assert_memory_equal(a, b, n * sizeof *a); /* NaN too */
}

static void same_comparison(const spx_subspace *a, const spx_subspace *b)
{
    assert_int_equal(a->k, b->k);
    same_doubles(a->value, b->value, SPX_SUBSPACE_METRICS);
    for (size_t j = 0; j < SPX_SUBSPACE_ROWS; j++) same_doubles(a->row[j], b->row[j], a->k);
}

static void same_numbers(const spx_stage_numbers *a, const spx_stage_numbers *b)
{
    assert_true(a->k == b->k && a->k > 0);
    same_doubles(a->now->s, b->now->s, a->now->r);
    same_doubles(&a->now->residual, &b->now->residual, 1);
    same_doubles(a->spectrum, b->spectrum, SPX_SPECTRUM_METRICS);
    same_comparison(&a->subspace, &b->subspace);
    same_comparison(&a->null, &b->null);
    if (!(a->parts & b->parts & SPX_CHANGE)) return;
    same_doubles(a->change.value, b->change.value, SPX_CHANGE_METRICS);
    same_doubles(a->change.s, b->change.s, a->change.r);
    same_doubles(a->map, b->map, SPX_DECILES * SPX_DECILES);
    for (size_t i = 0; i < 2; i++)
        same_doubles(a->overlaps[i].data, b->overlaps[i].data, a->k * a->k);
}

/* Two matrices in hand, measured as a live run measures them. */
typedef struct hand {
    spx_mat W0, W;
    spx_svd base, now;
    spx_stage_numbers n;
} hand;

static void measure_by_hand(hand *h, const spx_stage_opts *o, size_t least)
{
    spx_error err = {0};
    check_ok(spx_stage_decompose(&h->W0, &o->dominant, least, &h->base, &err));
    const size_t k = spx_dominant_directions(&o->dominant, h->base.s, h->base.r);
    const size_t reach = spx_subspace_reach(k, h->base.r);
    check_ok(spx_stage_decompose(&h->W, NULL, reach > least ? reach : least, &h->now, &err));
    const spx_stage_pair pair = {
        .W0 = &h->W0, .W = &h->W, .base = &h->base, .now = &h->now, .type = SPX_F32};
    check_ok(spx_stage_measure(&pair, o, &h->n, &err));
}

static void let_go(hand *h)
{
    spx_stage_numbers_free(&h->n);
    spx_svd_free(&h->base);
    spx_svd_free(&h->now);
    spx_mat_free(&h->W0);
    spx_mat_free(&h->W);
}

static void hand_of_floats(hand *h, const float *w0, const float *w)
{
    spx_error err = {0};
    *h = (hand){0};
    check_ok(spx_mat_alloc(&h->W0, D, F, &err));
    check_ok(spx_mat_alloc(&h->W, D, F, &err));
    spx_floats_widen(w0, &h->W0);
    spx_floats_widen(w, &h->W);
}

static bool keep_all(const spx_tensor *t) { return spx_tensor_is_matrix(t); }

/* By spx_stage_compare, from two paths. */
static void compare_paths(const char *before, const char *after, const spx_stage_numbers *expected)
{
    spx_error err = {0};
    spx_source from;
    spx_stage base = {0}, later = {0};
    spx_stage_numbers n;
    size_t odd = 0;
    spx_source_of(before, &from);
    check_ok(spx_stage_open_base(&base, &from, keep_all, NULL, &err));
    spx_source_of(after, &from);
    check_ok(spx_stage_open(&later, &from, &base, keep_all, &odd, &err));
    assert_true(odd == 0 && base.n == 1);
    check_ok(spx_stage_compare(&base, &later, &base, 0, &whole, &n, &err));
    same_numbers(&n, expected);
    spx_stage_numbers_free(&n);
    spx_stage_close(&later);
    spx_stage_close(&base);
}

static spx_status same_as_expected(const spx_replayed *r, void *arg, spx_error *err)
{
    (void)err;
    assert_string_equal(r->tensor, tensor);
    if (r->course == 0) same_numbers(r->numbers, arg);
    return SPX_OK;
}

static void every_route_gives_the_same_bits(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    float w0[D * F], w[D * F];
    hand h;
    spx_store *run = NULL;
    const spx_filter_sweep sweep = {.filter = {.name = "revive"},
                                    .param = spx_filter_main_param("revive"),
                                    .value = {0.5},
                                    .n = 1};
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = live.dominant.tau};
    random_floats(w0, (size_t)D * F, &rng);
    memcpy(w, w0, sizeof w);
    write_run(in_folder("run.h5"), tensor, w, D, F, 3, 2, 0.2);
    const test_tensor before = {tensor, D, F, w0, false}, after = {tensor, D, F, w, false};
    write_safetensors(in_folder("before.safetensors"), "F32", sizeof(float), &before, 1);
    write_safetensors(in_folder("after.safetensors"), "F32", sizeof(float), &after, 1);

    hand_of_floats(&h, w0, w);
    measure_by_hand(&h, &whole, D);
    compare_paths(in_folder("before.safetensors"), in_folder("after.safetensors"), &h.n);
    compare_paths(in_folder("before.safetensors"), in_folder("run.h5#r2"), &h.n);
    let_go(&h);

    hand_of_floats(&h, w0, w);
    measure_by_hand(&h, &live, 0);
    check_ok(spx_store_open(in_folder("run.h5"), SPX_STORE_READ, &run, &err));
    check_ok(spx_replay_tensor(run, tensor, &o, same_as_expected, &h.n, &err));
    spx_store_close(run);
    let_go(&h);
}

/* W has the base's 150th direction on top. Known to the base, it is not an intruder; among the 128
 * triplets that a comparison reaches for it is not known. So it is an intruder, however many
 * triplets a decomposition has that was made for something else. */
static void more_triplets_give_the_same_numbers(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    double s[WIDE];
    hand h[2];
    const spx_stage_opts o = {.parts = SPX_SUBSPACE, .dominant = {.k = 4}};
    for (size_t i = 0; i < 2; i++) h[i] = (hand){0};
    for (size_t i = 0; i < WIDE; i++) s[i] = 100.0 - (double)i / 2;
    planted(&h[0].W0, WIDE, WIDE, s, WIDE, &rng);
    check_ok(spx_stage_decompose(&h[0].W0, NULL, WIDE, &h[0].base, &err));
    check_ok(spx_mat_clone(&h[0].W, &h[0].W0, &err));
    const spx_mat u = spx_mat_view(&h[0].base.U, 0, 149, WIDE, 1),
                  v = spx_mat_view(&h[0].base.V, 0, 149, WIDE, 1);
    spx_gemm(&h[0].W, 200, &u, SPX_N, &v, SPX_T, 1);
    check_ok(spx_mat_clone(&h[1].W0, &h[0].W0, &err));
    check_ok(spx_mat_clone(&h[1].W, &h[0].W, &err));
    spx_svd_free(&h[0].base);
    measure_by_hand(&h[0], &o, 0);
    measure_by_hand(&h[1], &o, WIDE);
    assert_true(h[0].base.k == 128 && h[1].base.k == WIDE && h[1].now.k == WIDE);
    for (size_t i = 0; i < SPX_SUBSPACE_METRICS; i++) {
        const double a = h[0].n.subspace.value[i], b = h[1].n.subspace.value[i];
        check_leq(fabs(a - b), 1e-9);
        if (strcmp(spx_subspace_metric(i)->name, "intruders") == 0) assert_true(a == 1);
    }
    let_go(&h[0]);
    let_go(&h[1]);
}

static void a_spectrum_needs_one_decomposition(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    spx_mat W;
    spx_svd f = {0};
    spx_stage_numbers n;
    double value[SPX_SPECTRUM_METRICS];
    const spx_stage_opts o = {.parts = SPX_SPECTRUM, .dominant = {.tau = 0.1}};
    random_mat(&W, D, F, &rng);
    check_ok(spx_stage_decompose(&W, NULL, 0, &f, &err));
    assert_int_equal(f.k, 0);
    check_ok(spx_stage_measure(&(spx_stage_pair){.now = &f}, &o, &n, &err));
    check_ok(spx_spectrum_measure(
        &(spx_spectrum){.s = f.s, .r = f.r, .rows = D, .cols = F, .tau = 0.1}, value, NULL, &err));
    same_doubles(n.spectrum, value, SPX_SPECTRUM_METRICS);
    assert_true(n.parts == SPX_SPECTRUM && n.now == &f);
    spx_stage_numbers_free(&n);
    spx_svd_free(&f);
    spx_mat_free(&W);
}

static void what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    static const struct {
        double base, now;
        size_t k;
        spx_status status;
        const char *text;
    } cases[] = {
        {0, 1, 1, SPX_ENUMERIC, "the base is all zero: no direction is dominant"},
        {1, 0, 1, SPX_ENUMERIC, "the matrix is all zero"},
        {1, 1, 3, SPX_EINVAL, "k is 3, but there are 2 directions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0}, why = {0};
        hand h = {0};
        const spx_stage_opts o = {.parts = SPX_SUBSPACE, .dominant = {.k = cases[i].k}};
        check_ok(spx_mat_alloc(&h.W0, 2, 2, &err));
        check_ok(spx_mat_alloc(&h.W, 2, 2, &err));
        h.W0.data[0] = h.W0.data[3] = cases[i].base;
        h.W.data[0] = h.W.data[3] = cases[i].now;
        check_ok(spx_stage_decompose(&h.W0, NULL, 1, &h.base, &err));
        check_ok(spx_stage_decompose(&h.W, NULL, 1, &h.now, &err));
        const spx_stage_pair pair = {.W = &h.W, .base = &h.base, .now = &h.now, .type = SPX_F32};
        assert_int_equal(spx_stage_measure(&pair, &o, &h.n, &why), cases[i].status);
        assert_string_equal(why.text, cases[i].text);
        let_go(&h);
    }
}

/* What is kept of a stage is what was measured, and nothing else. */
static void a_run_file_keeps_the_parts_measured(void **state)
{
    (void)state;
    static const struct {
        unsigned part;
        const char *dataset;
        size_t cols;
    } kept[] = {
        {SPX_SPECTRUM, "sigma", D},
        {SPX_SPECTRUM, "svd_residual", 1},
        {SPX_SPECTRUM, "stable_rank", 1},
        {SPX_SUBSPACE, "lss_g", 1},
        {SPX_SUBSPACE, "lss_g_null", 1},
        {SPX_SUBSPACE, "theta_u", 0},
        {SPX_SUBSPACE, "theta_u_null", 0},
        {SPX_CHANGE, "change_fro", 1},
        {SPX_CHANGE, "change_sigma", D},
        {SPX_MAPS, "change_map", SPX_DECILES * SPX_DECILES},
        {SPX_MAPS, "overlaps_v", 0},
        {SPX_SHUFFLED, "shuffled_ks", 1},
        {0, "share_left", 1},
    };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(11);
    float w0[D * F], w[D * F];
    hand h;
    spx_store *s = NULL;
    const spx_filter_report removed = {.k = 2, .before = 4, .left = 1};
    random_floats(w0, (size_t)D * F, &rng);
    random_floats(w, (size_t)D * F, &rng);
    for (unsigned parts = 0; parts < 32; parts++) {
        const spx_stage_opts o = {.parts = parts, .dominant = {.k = 3}};
        hand_of_floats(&h, w0, w);
        measure_by_hand(&h, &o, D);
        if (parts % 3 == 0) h.n.removed = &removed;
        remove(in_folder("parts.h5"));
        check_ok(spx_store_open(in_folder("parts.h5"), SPX_STORE_CREATE, &s, &err));
        check_ok(spx_store_add_stage(s, "base", 0, &err));
        check_ok(spx_store_add_stage(s, "r1", 1, &err));
        check_ok(spx_stage_record(s, "t", 1, &h.n, &err));
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            char path[64];
            spx_mat A;
            const bool wanted = kept[i].part ? (parts & kept[i].part) != 0 : parts % 3 == 0;
            snprintf(path, sizeof path, "tensors/t/%s", kept[i].dataset);
            assert_int_equal(spx_store_has(s, path), wanted);
            if (!wanted) continue;
            check_ok(spx_store_get(s, "tensors/t", kept[i].dataset, &A, &err));
            assert_int_equal(A.rows, 2);
            if (kept[i].cols) assert_int_equal(A.cols, kept[i].cols);
            assert_true(isnan(A.data[0]) && isfinite(A.data[A.cols]));
            spx_mat_free(&A);
        }
        spx_store_close(s);
        let_go(&h);
    }
}

/* Chance levels and the shuffled spectrum are those of their modules, with the options' seed. */
static void chance_and_shuffled_parts_are_measured(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(19);
    float w0[D * F], w[D * F];
    double shuffled[SPX_SHUFFLED_METRICS], chance[SPX_SUBSPACE_METRICS], change[SPX_CHANGE_METRICS];
    const spx_stage_opts o = {.parts = SPX_SHUFFLED | SPX_CHANCE, .dominant = {.k = 3}, .seed = 5};
    hand h;
    random_floats(w0, (size_t)D * F, &rng);
    random_floats(w, (size_t)D * F, &rng);
    hand_of_floats(&h, w0, w);
    measure_by_hand(&h, &o, D);
    check_ok(spx_shuffled_measure(&h.W, &h.now, 5, shuffled, &err));
    check_ok(spx_chance_subspace(&h.base, 3, chance, &err));
    spx_chance_change(D, F, 3, change);
    same_doubles(h.n.shuffled, shuffled, SPX_SHUFFLED_METRICS);
    same_doubles(h.n.chance, chance, SPX_SUBSPACE_METRICS);
    same_doubles(h.n.change_chance, change, SPX_CHANGE_METRICS);
    let_go(&h);
}

/* What --explain prints of the quantities of this room and of the one before. */
static void every_quantity_is_explained(void **state)
{
    (void)state;
    static const spx_quantity *(*const tables[])(size_t) = {spx_stage_quantity, spx_by_edit_column};
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; tables[t](i); i++)
            assert_true(tables[t](i)->range && tables[t](i)->reading);
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++)
        assert_true(spx_filter_quantities()[i].range && spx_filter_quantities()[i].reading);
}

static void unchanged_numbers_need_no_decomposition(void **state)
{
    (void)state;
    spx_stage_numbers n;
    spx_stage_unchanged(&whole, &n);
    assert_true(n.parts == (SPX_SUBSPACE | SPX_CHANGE) && !n.now && n.k == 0);
    for (size_t i = 0; spx_subspace_metric(i); i++) {
        assert_true(isnan(n.null.value[i]) && isnan(n.chance[i]));
        if (strcmp(spx_subspace_metric(i)->name, "lss_g") == 0)
            assert_true(n.subspace.value[i] == 1);
    }
    assert_true(n.change.value[0] == 0);
    spx_stage_numbers_free(&n);
}

static void measurements_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(13);
    float w0[D * F], w[D * F];
    hand h;
    random_floats(w0, (size_t)D * F, &rng);
    random_floats(w, (size_t)D * F, &rng);
    hand_of_floats(&h, w0, w);
    check_ok(spx_stage_decompose(&h.W0, NULL, D, &h.base, &err));
    check_survives_oom(spx_stage_decompose(&h.W, NULL, D, &h.now, NULL));
    const spx_stage_pair pair = {
        .W0 = &h.W0, .W = &h.W, .base = &h.base, .now = &h.now, .type = SPX_F32};
    check_survives_oom(spx_stage_measure(&pair, &whole, &h.n, NULL));
    let_go(&h);
}

static void close_doubles(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_true(isnan(a[i]) ? isnan(b[i]) : fabs(a[i] - b[i]) <= 1e-10 * (1 + fabs(b[i])));
}

/* What squares would lose is measured as 2^e of it: numbers without a unit stay, sizes are scaled
 * back. */
static void a_pair_is_measured_at_any_scale(void **state)
{
    (void)state;
    static const int exponents[] = {1000, -1000};
    spx_rng rng = spx_rng_seed(17);
    float w0[D * F], w[D * F];
    hand h;
    random_floats(w0, (size_t)D * F, &rng);
    for (size_t i = 0; i < (size_t)D * F; i++) w[i] = w0[i] * 1.25F;
    hand_of_floats(&h, w0, w);
    measure_by_hand(&h, &whole, D);
    for (size_t x = 0; x < 2; x++) {
        hand g;
        spx_stage_numbers *n = &g.n;
        hand_of_floats(&g, w0, w);
        spx_mat_shift(&g.W0, exponents[x]);
        spx_mat_shift(&g.W, exponents[x]);
        measure_by_hand(&g, &whole, D);
        close_doubles(n->subspace.value, h.n.subspace.value, SPX_SUBSPACE_METRICS);
        close_doubles(n->null.value, h.n.null.value, SPX_SUBSPACE_METRICS);
        spx_change_shift(&n->change, -exponents[x]);
        close_doubles(n->change.value, h.n.change.value, SPX_CHANGE_METRICS);
        close_doubles(n->map, h.n.map, SPX_DECILES * SPX_DECILES);
        let_go(&g);
    }
    let_go(&h);
}

static void vague_numbers_are_named(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(19);
    spx_mat W;
    spx_svd f = {0};
    spx_stage_numbers n;
    double s[D] = {4, 3, 2};
    char line[900];
    const spx_stage_opts o = {.parts = SPX_SPECTRUM, .dominant = {.tau = 0.1}};
    planted(&W, D, F, s, D, &rng);
    check_ok(spx_stage_decompose(&W, NULL, 0, &f, &err));
    check_ok(spx_stage_measure(&(spx_stage_pair){.now = &f}, &o, &n, &err));
    assert_true(spx_stage_vague(&n, line, sizeof line));
    assert_non_null(strstr(line, "condition"));
    assert_non_null(strstr(line, " rest on singular values of up to "));
    assert_non_null(strstr(line, "the condition is above "));
    n.vague_rank = true;
    assert_true(spx_stage_vague(&n, line, sizeof line));
    assert_non_null(strstr(line, "change_rank"));
    spx_stage_numbers_free(&n);
    n = (spx_stage_numbers){.parts = SPX_SPECTRUM, .now = &f};
    n.spectrum[SPX_SPECTRUM_ENERGY] = (double)NAN;
    assert_true(spx_stage_vague(&n, line, sizeof line));
    assert_string_equal(line, "energy leaves the range of doubles");
    assert_string_equal(spx_spectrum_metric(SPX_SPECTRUM_ENERGY)->name, "energy");
    spx_stage_numbers_free(&n);
    assert_false(spx_stage_vague(&n, line, sizeof line));
    spx_svd_free(&f);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_gives_the_same_bits),
        cmocka_unit_test(more_triplets_give_the_same_numbers),
        cmocka_unit_test(a_spectrum_needs_one_decomposition),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(a_run_file_keeps_the_parts_measured),
        cmocka_unit_test(chance_and_shuffled_parts_are_measured),
        cmocka_unit_test(every_quantity_is_explained),
        cmocka_unit_test(unchanged_numbers_need_no_decomposition),
        cmocka_unit_test(measurements_survive_oom),
        cmocka_unit_test(a_pair_is_measured_at_any_scale),
        cmocka_unit_test(vague_numbers_are_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
