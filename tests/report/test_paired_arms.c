/* test_paired_arms.c: arms are paired run by run on the same items, and pooled by item. */
#include "report/paired_arms.h"
#include "report/run_files.h"

#include <string.h>

/* A run of 6 edits at stage 1; marks: '1' right, '0' wrong, of items 0, 1 and so on. */
typedef struct marked_run {
    const char *path, *first, *facts, *marks;
} marked_run;

static spx_store *open_marked(const marked_run *r)
{
    static const spx_quantity q = {"rewrite_success", "1", "right", "", "0 to 1", ""};
    spx_error err = {0};
    spx_store *s = NULL;
    double id[32], right[32];
    const double no = (double)NAN;
    const size_t n = strlen(r->marks);
    make_run(&(test_run){r->path, "memit", "none", "0.1", r->facts, 50, no, no});
    for (size_t i = 0; i < n; i++) id[i] = (double)i, right[i] = r->marks[i] - '0';
    check_ok(spx_store_open(r->path, SPX_STORE_UPDATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "first", r->first, &err));
    if (n > 0) {
        check_ok(spx_store_set_text(s, "item_outcomes", "rewrite_success_set", "facts", &err));
        check_ok(spx_store_put_items(s, "item_outcomes", &q, 1, "rewrite_success_item",
                                     &(spx_store_items){.id = id, .value = right, .n = n}, &err));
    }
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open(r->path, SPX_STORE_READ, &s, &err));
    return s;
}

static spx_discordance test(const marked_run *a, size_t m, const marked_run *b, size_t n,
                            double edits)
{
    spx_error err = {0};
    spx_store *x[4], *y[4];
    spx_discordance d;
    for (size_t i = 0; i < m; i++) x[i] = open_marked(&a[i]);
    for (size_t i = 0; i < n; i++) y[i] = open_marked(&b[i]);
    check_ok(
        paired_arms_test(&(arm_runs){x, m}, &(arm_runs){y, n}, "rewrite_success", edits, &d, &err));
    for (size_t i = 0; i < m; i++) spx_store_close(x[i]), remove(a[i].path);
    for (size_t i = 0; i < n; i++) spx_store_close(y[i]), remove(b[i].path);
    return d;
}

/* b = 6 lost, c = 0 gained: p = 2 / 2^6. */
static void runs_of_one_order_are_paired(void **state)
{
    (void)state;
    const marked_run a[] = {{"a.h5", "0", "F", "1111111100"}},
                     b[] = {{"b.h5", "0", "F", "0000001100"}};
    const spx_discordance d = test(a, 1, b, 1, 6);
    assert_int_equal(d.items, 10);
    assert_int_equal(d.lost, 6);
    assert_int_equal(d.gained, 0);
    check_leq(fabs(d.p - 2.0 / 64), 1e-12);
}

/* Order 3 has no counterpart. Item 0 is lost in orders 0 and 5, item 1 in one of them alone. */
static void orders_are_pooled_by_item(void **state)
{
    (void)state;
    const marked_run a[] = {{"a0.h5", "0", "F", "1111"}, {"a5.h5", "5", "F", "1111"}},
                     b[] = {{"b5.h5", "5", "F", "0111"},
                            {"b3.h5", "3", "F", "0000"},
                            {"b0.h5", "0", "F", "0011"}};
    const spx_discordance d = test(a, 2, b, 3, 6);
    assert_int_equal(d.items, 4);
    assert_int_equal(d.lost, 2);
    assert_int_equal(d.gained, 0);
}

static void nothing_else_is_paired(void **state)
{
    (void)state;
    const marked_run a[] = {{"a.h5", "0", "F", "1111"}},
                     others[][1] = {{{"b.h5", "1", "F", "0000"}}, /* another order */
                                    {{"b.h5", "0", "G", "0000"}}, /* other facts */
                                    {{"b.h5", "0", "F", ""}}};    /* an older run file */
    for (size_t i = 0; i < 3; i++) {
        const spx_discordance d = test(a, 1, others[i], 1, 6);
        assert_int_equal(d.items, 0);
        assert_true(isnan(d.p));
    }
    assert_int_equal(test(a, 1, (marked_run[]){{"b.h5", "0", "F", "0000"}}, 1, 5).items, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_one_order_are_paired),
        cmocka_unit_test(orders_are_pooled_by_item),
        cmocka_unit_test(nothing_else_is_paired),
    };
    return cmocka_run_group_tests_name("paired_arms", tests, enter_folder, leave_folder);
}
