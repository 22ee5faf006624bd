/* test_conclusion.c: arms that are broken, worse and as before are told apart by their intervals.
 */
#include "check.h"
#include "report/conclusion.h"

#include <string.h>

/* An arm whose perplexity went from 30 [25, 35] to `after`, with an interval of 10 % on either
 * side. */
static summary_row arm(const char *name, double after)
{
    summary_row r = {.runs = 1};
    const size_t p = summary_metric("perplexity");
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        r.value[i] = r.lo[i] = r.hi[i] = r.before[i] = (double)NAN;
    snprintf(r.arm, sizeof r.arm, "%s", name);
    r.before[p] = 30, r.before_lo[p] = 25, r.before_hi[p] = 35;
    r.value[p] = after, r.lo[p] = 0.9 * after, r.hi[p] = 1.1 * after;
    return r;
}

static void intervals_decide(void **state)
{
    (void)state;
    const summary_row kept = arm("kept", 36), worse = arm("worse", 50), broken = arm("broken", 90);
    assert_int_equal(conclusion_state(&kept), SPX_BEHAVIOUR_KEPT); /* 32.4 is below 35 */
    assert_int_equal(conclusion_state(&worse), SPX_BEHAVIOUR_WORSE);
    assert_int_equal(conclusion_state(&broken), SPX_BEHAVIOUR_BROKEN);
}

static void last_words_count_too(void **state)
{
    (void)state;
    summary_row r = arm("words", 30);
    const size_t l = summary_metric("lambada");
    r.before[l] = 40, r.before_lo[l] = 30, r.before_hi[l] = 50;
    r.value[l] = 5, r.lo[l] = 2, r.hi[l] = 12;
    assert_int_equal(conclusion_state(&r), SPX_BEHAVIOUR_BROKEN);
}

static void a_sentence_names_every_arm_once(void **state)
{
    (void)state;
    char text[512];
    const summary_row rows[] = {arm("memit", 900), arm("revive", 31), arm("matched", 200),
                                arm("other", (double)NAN)};
    conclusion_sentence(rows, 4, text, sizeof text);
    assert_string_equal(text,
                        "Broken: memit (perplexity 30 -> 900), matched (perplexity 30 -> 200). "
                        "Within the error of the unedited model: revive (perplexity 30 -> 31).");
    conclusion_sentence(rows + 3, 1, text, sizeof text);
    assert_string_equal(text, "");
    conclusion_sentence(rows, 4, text, 20); /* what has no room is left out, nothing is cut open */
    assert_true(strlen(text) < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_decide),
        cmocka_unit_test(last_words_count_too),
        cmocka_unit_test(a_sentence_names_every_arm_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
