/* test_arm_groups.c: how a plan's arms are divided among figures. */
#include "report/arm_groups.h"
#include "report/run_files.h"

#include <string.h>

enum { EDITORS = 2, FILTERS = 5, SEEDS = 2, ARMS = EDITORS * FILTERS * SEEDS };

static const char *const editors[EDITORS] = {"memit", "emmet"};
static const char *const filters[FILTERS] = {"none", "revive", "left", "right", "norm-cap"};

/* Arms by editor, filter, and the facts they begin with, which alone makes a repetition. */
static void make_arms(spx_outcome *o, size_t n)
{
    static char path[ARMS][32], tau[8] = "0.1";
    *o = (spx_outcome){.folder = "."};
    for (size_t i = 0; i < n; i++) {
        snprintf(path[i], sizeof path[i], "arm-%zu.h5", i);
        make_run(&(test_run){.path = path[i],
                             .editor = editors[i / (FILTERS * SEEDS)],
                             .filter = filters[i / SEEDS % FILTERS],
                             .tau = tau,
                             .success = (double)i,
                             .paraphrases = (double)NAN,
                             .neighbours = (double)NAN});
        o->path[i] = o->name[i] = path[i];
    }
    o->n = n;
}

static void remove_arms(const spx_outcome *o)
{
    for (size_t i = 0; i < o->n; i++) remove(o->path[i]);
}

static void few_arms_are_one_group_without_a_name(void **state)
{
    (void)state;
    static spx_outcome o;
    spx_error err = {0};
    spx_scratch tmp = {0};
    arm_groups g;
    make_arms(&o, 6);
    check_ok(arm_groups_make(&o, false, &g, &tmp, &err));
    assert_int_equal(g.n, 1);
    assert_string_equal(g.at[0].name, "");
    assert_int_equal(g.at[0].n, 6);
    /* together: a pair of repetitions is one arm, for which the first stands */
    check_ok(arm_groups_make(&o, true, &g, &tmp, &err));
    assert_int_equal(g.at[0].n, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(g.at[0].arm[i], 2 * i);
    for (size_t i = 0; i < 6; i++) assert_true(arm_group_contains(&g.at[0], i));
    spx_scratch_free(&tmp);
    remove_arms(&o);
}

static void many_arms_are_divided_by_editor_and_repetition(void **state)
{
    (void)state;
    static spx_outcome o;
    spx_error err = {0};
    spx_scratch tmp = {0};
    arm_groups g;
    static const char *const names[] = {"memit", "memit-2", "emmet", "emmet-2"};
    make_arms(&o, ARMS);
    check_ok(arm_groups_make(&o, false, &g, &tmp, &err));
    assert_int_equal(g.n, 4);
    for (size_t k = 0; k < 4; k++) {
        assert_string_equal(g.at[k].name, names[k]);
        assert_int_equal(g.at[k].n, FILTERS);
        for (size_t i = 0; i < FILTERS; i++)
            assert_int_equal(g.at[k].arm[i], k / 2 * FILTERS * SEEDS + SEEDS * i + k % 2);
    }
    assert_false(arm_group_contains(&g.at[0], 1));
    check_ok(arm_groups_make(&o, true, &g, &tmp, &err));
    assert_int_equal(g.n, 2); /* 10 lines are too many for one figure, 5 are not */
    assert_int_equal(g.at[0].n, FILTERS);
    assert_true(arm_group_contains(&g.at[0], 1));
    spx_scratch_free(&tmp);
    remove_arms(&o);
}

static spx_status make_and_free(const spx_outcome *o)
{
    spx_scratch tmp = {0};
    arm_groups g;
    const spx_status st = arm_groups_make(o, false, &g, &tmp, NULL);
    spx_scratch_free(&tmp);
    return st;
}

/* What does not fit begins another group, with the unfiltered arm in front again. */
static void a_full_group_is_followed_by_one_with_the_unfiltered_arm(void **state)
{
    (void)state;
    static spx_outcome o;
    static char path[10][32], tau[10][8];
    spx_error err = {0};
    spx_scratch tmp = {0};
    arm_groups g;
    o = (spx_outcome){.folder = "."};
    for (; o.n < 10; o.n++) {
        snprintf(path[o.n], sizeof path[o.n], "tau-%zu.h5", o.n);
        snprintf(tau[o.n], sizeof tau[o.n], "0.%zu", o.n);
        make_run(&(test_run){.path = path[o.n],
                             .editor = "memit",
                             .filter = o.n == 0 ? "none" : "revive",
                             .tau = tau[o.n],
                             .success = 1,
                             .paraphrases = (double)NAN,
                             .neighbours = (double)NAN});
        o.path[o.n] = o.name[o.n] = path[o.n];
    }
    check_ok(arm_groups_make(&o, false, &g, &tmp, &err));
    assert_int_equal(g.n, 2);
    assert_int_equal(g.at[0].n, ARM_GROUP_MOST);
    assert_string_equal(g.at[1].name, "memit-2");
    assert_int_equal(g.at[1].n, 3);
    assert_int_equal(g.at[1].arm[0], 0);
    assert_int_equal(g.at[1].arm[1], 8);
    spx_scratch_free(&tmp);
    check_survives_oom(make_and_free(&o));
    remove_arms(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_arms_are_one_group_without_a_name),
        cmocka_unit_test(many_arms_are_divided_by_editor_and_repetition),
        cmocka_unit_test(a_full_group_is_followed_by_one_with_the_unfiltered_arm),
    };
    return cmocka_run_group_tests_name("arm_groups", tests, enter_folder, leave_folder);
}
