/* test_repair.c: which models no other beats, and where their frontier bends. */
#include "check.h"

#include "spx/repair.h"

#include <math.h>

enum { MOST = 8 };

static void mark(const double (*point)[2], size_t n, spx_repair_row *row)
{
    for (size_t i = 0; i < n; i++)
        row[i] = (spx_repair_row){.kept = point[i][0], .perplexity = point[i][1], .knee = true};
    spx_repair_mark(row, n);
}

/* The number of the knee; n if there is none. Never two. */
static size_t knee_of(const spx_repair_row *row, size_t n)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (!row[i].knee) continue;
        assert_int_equal(at, n);
        at = i;
    }
    return at;
}

/* Chord from (0, log 10) to (80, log 1000): (60, 100) lies (60 / 80 + 1 / 2 - 1) / sqrt 2 above it.
 */
static void the_knee_is_farthest_from_the_chord(void **state)
{
    (void)state;
    static const double points[][2] = {{0, 10},   {80, 1000}, {60, 100},
                                       {50, 100}, {20, 20},   {70, 1000}};
    spx_repair_row row[MOST];
    mark(points, 6, row);
    static const bool frontier[] = {true, true, true, false, true, false};
    for (size_t i = 0; i < 6; i++) assert_int_equal(row[i].frontier, frontier[i]);
    assert_int_equal(knee_of(row, 6), 2);
    check_leq(fabs(row[0].distance), 1e-15);
    check_leq(fabs(row[1].distance), 1e-15);
    check_leq(fabs(row[2].distance - 0.25 / sqrt(2)), 1e-15);
    check_leq(fabs(row[4].distance - (0.25 + 1 - log(2) / log(100) - 1) / sqrt(2)), 1e-15);
    assert_true(isnan(row[3].distance) && isnan(row[5].distance));
}

static void below_the_chord_there_is_no_knee(void **state)
{
    (void)state;
    static const double hollow[][2] = {{0, 10}, {80, 1000}, {20, 100}};
    spx_repair_row row[MOST];
    mark(hollow, 3, row);
    assert_true(row[2].frontier && row[2].distance < 0);
    assert_int_equal(knee_of(row, 3), 3);
}

/* Beside the unedited model, which is the first row. */
static void a_model_that_beats_all_others_is_the_knee(void **state)
{
    (void)state;
    static const double points[][2] = {{0, 10}, {10, 50}, {40, 20}, {40, 30}, {40, 20}};
    static const double useless[][2] = {{0, 10}, {0, 20}};
    spx_repair_row row[MOST];
    for (size_t from = 0; from < 2;
         from++) { /* with the unedited model on the frontier, and without */
        mark(points + from, 5 - from, row);
        assert_true(row[2 - from].frontier && !row[3 - from].frontier && row[4 - from].frontier);
        assert_int_equal(knee_of(row, 5 - from), 2 - from); /* the first of equals */
        assert_true(row[2 - from].distance == 0);
    }
    mark(useless, 2, row);
    assert_int_equal(knee_of(row, 2), 0);
}

static void what_is_not_measured_is_on_no_frontier(void **state)
{
    (void)state;
    static const double points[][2] = {
        {(double)NAN, 20}, {90, (double)NAN}, {95, (double)INFINITY}, {50, 0}, {40, 30}};
    spx_repair_row row[MOST];
    mark(points, 5, row);
    for (size_t i = 0; i < 4; i++) assert_true(!row[i].frontier && isnan(row[i].distance));
    assert_int_equal(knee_of(row, 5), 4);
    mark(points, 4, row);
    assert_int_equal(knee_of(row, 4), 4);
    spx_repair_mark(row, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_knee_is_farthest_from_the_chord),
        cmocka_unit_test(below_the_chord_there_is_no_knee),
        cmocka_unit_test(a_model_that_beats_all_others_is_the_knee),
        cmocka_unit_test(what_is_not_measured_is_on_no_frontier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
