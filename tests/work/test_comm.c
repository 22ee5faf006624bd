/* test_comm.c: items dealt in their order, each once, and what they gave taken in. */
#include "check.h"
#include "work/queue.h"

#include "spx/comm.h"

#include <string.h>

enum { GROUPS = 4, PASSES = 3, ITEMS = GROUPS * PASSES };
static const double cost[GROUPS] = {1, 9, 4, 9};
static const size_t small[GROUPS] = {1, 1, 1, 1};
static const size_t large[GROUPS] = {1, (size_t)1 << 25, (size_t)1 << 24, (size_t)1 << 24};

static spx_deal deal_of(const size_t *values, const bool *done)
{
    return (spx_deal){
        .groups = GROUPS, .passes = PASSES, .cost = cost, .values = values, .done = done};
}

static void several_ranks_get_the_dearest_first_pass_by_pass(void **state)
{
    (void)state;
    spx_error err = {0};
    const bool done[ITEMS] = {[GROUPS + 1] = true};
    const spx_deal d = deal_of(small, done);
    const size_t want[ITEMS - 1] = {1, 3, 2, 0, 7, 6, 4, 9, 11, 10, 8};
    queue q;
    size_t item[GROUPS];
    check_ok(queue_open(&q, &d, true, &err));
    for (size_t i = 0; i < ITEMS - 1; i++) {
        assert_int_equal(queue_take(&q, 0, 1, 1, item), 1);
        assert_int_equal(item[0], want[i]);
    }
    assert_int_equal(queue_take(&q, 0, 1, 1, item), 0);
    queue_close(&q);
}

static void a_rank_gets_the_groups_that_it_had_before(void **state)
{
    (void)state;
    spx_error err = {0};
    const bool done[ITEMS] = {0};
    const spx_deal d = deal_of(small, done);
    queue q;
    size_t item[GROUPS];
    check_ok(queue_open(&q, &d, true, &err));
    for (size_t rank = 0; rank < GROUPS; rank++)
        assert_int_equal(queue_take(&q, rank, 1, 1, item), 1);
    assert_int_equal(queue_take(&q, 3, 1, 1, item), 1); /* had 0, the cheapest */
    assert_int_equal(item[0], GROUPS + 0);
    assert_int_equal(queue_take(&q, 3, 2, 2, item), 1); /* nothing of its own is left: another's */
    assert_int_equal(item[0], GROUPS + 1);
    queue_close(&q);
}

static void a_batch_is_of_one_pass_and_no_larger_than_memory_should_be(void **state)
{
    (void)state;
    spx_error err = {0};
    const bool done[ITEMS] = {0};
    const spx_deal d = deal_of(large, done);
    queue q;
    size_t item[GROUPS];
    check_ok(queue_open(&q, &d, false, &err));
    for (size_t pass = 0; pass < PASSES; pass++) {
        assert_int_equal(queue_take(&q, 0, 9, 9, item), 1); /* 1 and 2^25 do not go together */
        assert_int_equal(queue_take(&q, 0, 9, 9, item), 1);
        assert_int_equal(item[0], pass * GROUPS + 1);
        assert_int_equal(queue_take(&q, 0, 9, 9, item), 2);
    }
    assert_int_equal(queue_take(&q, 0, 9, 9, item), 0);
    queue_close(&q);
    check_ok(queue_open(&q, &d, false, &err)); /* 2^24 and 2^24 do, but not with another 2^25 */
    assert_int_equal(queue_take(&q, 0, 9, 1, item), GROUPS); /* one at a time goes with any */
    assert_int_equal(queue_take(&q, 0, 9, 2, item), 1);
    assert_int_equal(queue_take(&q, 0, 9, 2, item), 1);
    assert_int_equal(queue_take(&q, 0, 9, 2, item), 2);
    queue_close(&q);
}

static spx_status add(size_t item, const void *bytes, size_t size, void *arg, spx_error *err)
{
    size_t *sum = arg;
    if (size == 0) return SPX_FAIL(err, SPX_EIO, "item %zu gave nothing", item);
    assert_int_equal(size, sizeof item);
    assert_memory_equal(bytes, &item, size);
    *sum += item;
    return SPX_OK;
}

static void a_process_alone_exchanges_with_itself(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_comm *c = NULL;
    spx_bytes all = {0};
    uint64_t size = 0;
    const unsigned char *given = NULL;
    check_ok(spx_comm_open(false, &c, &err));
    for (size_t round = 0; round < 3; round++) {
        check_ok(spx_comm_exchange(c, "abc", round, &all, &err));
        spx_reader r = {all.data, all.size};
        assert_true(spx_reader_number(&r, &size) && spx_reader_take(&r, (size_t)size, &given));
        assert_int_equal(size, round);
        assert_memory_equal(given, "abc", round);
        assert_int_equal(r.left, 0);
    }
    check_ok(spx_comm_finish(c, SPX_OK, &err));
    spx_comm_close(c);
    spx_bytes_free(&all);
}

static void a_process_alone_gives_every_item_to_itself(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_comm *c = NULL;
    const bool done[ITEMS] = {[5] = true};
    size_t sum = 0, n = 0;
    const size_t *item = NULL;
    spx_deal d = deal_of(small, done);
    d.take = add;
    d.arg = &sum;
    check_ok(spx_comm_open(false, &c, &err));
    assert_int_equal(spx_comm_size(c), 1);
    check_ok(spx_comm_deal(c, &d, &err));
    for (;;) {
        check_ok(spx_comm_next(c, 2, &item, &n, &err));
        if (n == 0) break;
        for (size_t i = 0; i < n; i++)
            check_ok(spx_comm_give(c, item[i], &item[i], sizeof *item, &err));
    }
    check_ok(spx_comm_finish(c, SPX_OK, &err));
    assert_int_equal(sum, ITEMS * (ITEMS - 1) / 2 - 5);
    spx_comm_close(c);
}

static void what_cannot_be_taken_ends_the_dealing(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_comm *c = NULL;
    const bool done[ITEMS] = {0};
    size_t sum = 0, n = 0;
    const size_t *item = NULL;
    spx_deal d = deal_of(small, done);
    d.take = add;
    d.arg = &sum;
    check_ok(spx_comm_open(false, &c, &err));
    check_ok(spx_comm_deal(c, &d, &err));
    check_ok(spx_comm_next(c, 1, &item, &n, &err));
    check_ok(spx_comm_give(c, item[0], NULL, 0, &err));
    check_ok(spx_comm_next(c, 1, &item, &n, &err));
    assert_int_equal(n, 0);
    assert_int_equal(spx_comm_finish(c, SPX_OK, &err), SPX_EIO);
    assert_string_equal(err.text, "item 0 gave nothing");
    spx_comm_close(c);
}

static void threads_are_no_more_than_the_cores_given(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_comm *c = NULL;
    check_ok(spx_comm_open(false, &c, &err));
    const spx_comm_cores cores = spx_comm_threads(c);
    assert_int_equal(cores.ranks, 1);
    assert_true(cores.threads >= 1 && cores.threads == cores.cores);
    assert_true(cores.cores <= (size_t)sysconf(_SC_NPROCESSORS_CONF));
    spx_comm_close(c);
}

static void a_launchers_variables_are_told_from_others(void **state)
{
    (void)state;
    assert_true(spx_comm_launchers("PMIX_RANK=1"));
    assert_true(spx_comm_launchers("OMPI_COMM_WORLD_SIZE=2"));
    assert_false(spx_comm_launchers("OMP_NUM_THREADS=2"));
    assert_false(spx_comm_launchers("MY_PMIX_RANK=1"));
    assert_int_equal(unsetenv("PMI_RANK"), 0);
    assert_false(spx_comm_launched());
    assert_int_equal(setenv("PMI_RANK", "0", 1), 0);
    assert_true(spx_comm_launched());
    assert_int_equal(unsetenv("PMI_RANK"), 0);
}

static spx_status open_and_close(spx_error *err)
{
    spx_status st = SPX_OK;
    spx_comm *c = NULL;
    const bool done[ITEMS] = {0};
    const spx_deal d = deal_of(small, done);
    SPX_TRY(spx_comm_open(false, &c, err));
    SPX_TRY(spx_comm_deal(c, &d, err));
out:
    spx_comm_close(c);
    return st;
}

static void dealing_survives_every_failed_allocation(void **state)
{
    (void)state;
    spx_error err = {0};
    check_survives_oom(open_and_close(&err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_ranks_get_the_dearest_first_pass_by_pass),
        cmocka_unit_test(a_rank_gets_the_groups_that_it_had_before),
        cmocka_unit_test(a_batch_is_of_one_pass_and_no_larger_than_memory_should_be),
        cmocka_unit_test(a_process_alone_gives_every_item_to_itself),
        cmocka_unit_test(a_process_alone_exchanges_with_itself),
        cmocka_unit_test(what_cannot_be_taken_ends_the_dealing),
        cmocka_unit_test(threads_are_no_more_than_the_cores_given),
        cmocka_unit_test(a_launchers_variables_are_told_from_others),
        cmocka_unit_test(dealing_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
