/* test_item_outcomes.c: items that are right or wrong go to the run file and are paired by their
 * ids. */
#include "eval/metrics_results.h"
#include "tiny.h"

#include "spx/item_outcomes.h"

static const spx_quantity right_q = {"success",   "%",        "share that is right",
                                     "this test", "0 to 100", "100: all"};
static const spx_quantity share_q = {"share", "%", "mean share", "this test", "0 to 100", "any"};

/* A metric of n items, ids first, first + 1 and so on; '1' is right, 'h' half right. */
static void add_metric(spx_results *r, const spx_quantity *q, const char *set, long first,
                       const char *marks)
{
    spx_error err = {0};
    long id[64];
    double value[64];
    const size_t n = strlen(marks);
    for (size_t i = 0; i < n; i++) {
        id[i] = first + (long)i;
        value[i] = marks[i] == 'h' ? 50 : marks[i] == '1' ? 100 : 0;
    }
    const sample s = {.q = q, .set = set, .item = id, .value = value, .n = n};
    check_ok(results_mean(r, &s, &err));
}

static spx_store *begin_file(const char *path)
{
    spx_error err = {0};
    spx_store *s = NULL;
    (void)remove(path);
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 5, &err));
    return s;
}

static spx_store *end_file(spx_store *s, const char *path)
{
    spx_error err = {0};
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open(path, SPX_STORE_READ, &s, &err));
    return s;
}

static void record(spx_store *s, size_t stage, const char *set, long first, const char *marks)
{
    spx_error err = {0};
    spx_results r = {0};
    add_metric(&r, &right_q, set, first, marks);
    check_ok(spx_record_evaluation(s, stage, &r, &err));
    spx_results_free(&r);
}

static void outcomes_are_read_by_stage_and_id(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_item_outcomes o;
    spx_results mixed = {0};
    spx_store *s = begin_file("o.h5");
    record(s, 0, "facts", 10, "1100");
    record(s, 1, "facts", 8, "0101"); /* 8 and 9 are new */
    add_metric(&mixed, &share_q, "facts", 1, "1h0");
    check_ok(spx_record_evaluation(s, 1, &mixed, &err));
    s = end_file(s, "o.h5");
    check_ok(spx_item_outcomes_read(s, "success", 0, &o, &err));
    assert_int_equal(o.n, 4);
    assert_string_equal(o.set, "facts");
    assert_int_equal(o.at[1].item, 11);
    assert_true(o.at[0].right && o.at[1].right && !o.at[2].right && !o.at[3].right);
    spx_item_outcomes_free(&o);
    check_ok(spx_item_outcomes_read(s, "success", 1, &o, &err));
    assert_int_equal(o.n, 4);
    assert_int_equal(o.at[0].item, 8);
    assert_true(!o.at[0].right && o.at[1].right && !o.at[2].right && o.at[3].right);
    spx_item_outcomes_free(&o);
    assert_false(spx_store_has(s, "item_outcomes/share")); /* 1 is half right */
    check_ok(spx_item_outcomes_read(s, "share", 1, &o, &err));
    assert_int_equal(o.n, 0);
    spx_results_free(&mixed);
    spx_store_close(s);
    remove("o.h5");
}

static void items_of_another_file_take_their_place(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_item_outcomes o;
    spx_results two = {0};
    spx_store *s = begin_file("o.h5");
    record(s, 0, "facts", 1, "111");
    record(s, 1, "others", 1, "00");
    check_ok(spx_item_outcomes_read(s, "success", 0, &o, &err));
    assert_int_equal(o.n, 0);
    check_ok(spx_item_outcomes_read(s, "success", 1, &o, &err));
    assert_int_equal(o.n, 2);
    assert_string_equal(o.set, "others");
    spx_item_outcomes_free(&o);
    add_metric(&two, &right_q, "first", 1, "0");
    add_metric(&two, &right_q, "last", 1, "1");
    check_ok(spx_record_evaluation(s, 1, &two, &err));
    check_ok(spx_item_outcomes_read(s, "success", 1, &o, &err));
    assert_string_equal(o.set, "last");
    assert_int_equal(o.n, 1);
    assert_true(o.at[0].right);
    spx_item_outcomes_free(&o);
    spx_results_free(&two);
    spx_store_close(s);
    remove("o.h5");
    remove("o.h5.part");
}

static void pool(spx_item_pool *p, const char *set, long first_a, const char *a, long first_b,
                 const char *b)
{
    spx_error err = {0};
    spx_item_outcomes x, y;
    spx_store *s = begin_file("p.h5");
    record(s, 0, set, first_a, a);
    check_ok(spx_item_outcomes_read(s, "success", 0, &x, &err));
    spx_store_close(s);
    s = begin_file("p.h5");
    record(s, 0, "facts", first_b, b);
    check_ok(spx_item_outcomes_read(s, "success", 0, &y, &err));
    spx_store_close(s);
    check_ok(spx_item_pool_add(p, &x, &y, &err));
    spx_item_outcomes_free(&x);
    spx_item_outcomes_free(&y);
    remove("p.h5.part");
}

/* A right on 1 .. 7, B on 1, 2 and 8 of ten: b = 5, c = 1, p = 2 (1 + 6) / 2^6. */
static void one_pair_gives_mcnemars_exact_p(void **state)
{
    (void)state;
    spx_item_pool p = {0};
    assert_true(isnan(spx_item_pool_test(&p).p));
    pool(&p, "facts", 1, "1111111000", 0, "011000001001");
    const spx_discordance d = spx_item_pool_test(&p);
    assert_int_equal(d.items, 10);
    assert_int_equal(d.lost, 5);
    assert_int_equal(d.gained, 1);
    check_leq(fabs(d.p - 14.0 / 64), 1e-12);
    spx_item_pool_free(&p);
}

/* Items 1 .. 4 in two orders: 1 is lost twice, 2 lost and gained, 3 gained once, 4 never changes.
 */
static void an_item_of_several_orders_counts_once(void **state)
{
    (void)state;
    spx_item_pool p = {0};
    pool(&p, "facts", 1, "1101", 1, "0001");
    pool(&p, "facts", 1, "1001", 1, "0111");
    pool(&p, "another file", 1, "1111", 1, "0000");
    const spx_discordance d = spx_item_pool_test(&p);
    assert_int_equal(d.items, 4);
    assert_int_equal(d.lost, 1);
    assert_int_equal(d.gained, 1);
    check_leq(fabs(d.p - 1), 1e-12);
    spx_item_pool_free(&p);
}

static spx_store *of_oom;
static spx_results oom_results;

static spx_status put_read_and_pool(void)
{
    spx_status st = SPX_OK;
    spx_item_outcomes o = {0};
    spx_item_pool p = {0};
    SPX_TRY(spx_item_outcomes_record(of_oom, 0, &oom_results, NULL));
    SPX_TRY(spx_item_outcomes_read(of_oom, "success", 0, &o, NULL));
    SPX_TRY(spx_item_pool_add(&p, &o, &o, NULL));
out:
    spx_item_outcomes_free(&o);
    spx_item_pool_free(&p);
    return st;
}

static void exhaustion_leaves_nothing(void **state)
{
    (void)state;
    of_oom = begin_file("m.h5");
    add_metric(&oom_results, &right_q, "facts", 1, "10110");
    check_survives_oom(put_read_and_pool());
    spx_results_free(&oom_results);
    spx_store_close(of_oom);
    remove("m.h5.part");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_read_by_stage_and_id),
        cmocka_unit_test(items_of_another_file_take_their_place),
        cmocka_unit_test(one_pair_gives_mcnemars_exact_p),
        cmocka_unit_test(an_item_of_several_orders_counts_once),
        cmocka_unit_test(exhaustion_leaves_nothing),
    };
    return cmocka_run_group_tests_name("item_outcomes", tests, NULL, NULL);
}
