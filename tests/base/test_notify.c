/* test_notify.c: each line reaches the callback that is meant, or nobody. */
#include "check.h"

#include "spx/notify.h"

#include <string.h>

static char noted[10000], warned[10000];
static int notes, warnings;

static void keep_note(const char *line)
{
    snprintf(noted, sizeof noted, "%s", line);
    notes++;
}

static void keep_warning(const char *line)
{
    snprintf(warned, sizeof warned, "%s", line);
    warnings++;
}

static int forget(void **state)
{
    (void)state;
    noted[0] = warned[0] = '\0';
    notes = warnings = 0;
    return 0;
}

static void a_line_goes_to_its_callback(void **state)
{
    (void)state;
    const spx_notify to = {.note = keep_note, .warn = keep_warning};
    spx_note(&to, "%d of %s", 3, "five");
    assert_string_equal(noted, "3 of five");
    assert_int_equal(warnings, 0);
    spx_warn(&to, "%s is odd", "it");
    assert_string_equal(warned, "it is odd");
    assert_int_equal(notes, 1);
}

static void without_a_callback_it_is_dropped(void **state)
{
    (void)state;
    spx_notify deaf = {0};
    spx_note(NULL, "nobody");
    spx_note_once(NULL, 1, "nobody");
    spx_warn(NULL, "nobody");
    spx_note(&deaf, "nobody");
    spx_note_once(&deaf, 1, "nobody");
    spx_warn(&deaf, "nobody");
    assert_int_equal(deaf.noted, 0); /* it may still be told, once somebody listens */
}

static void once_is_once_for_each_bit(void **state)
{
    (void)state;
    spx_notify to = {.note = keep_note};
    for (int i = 0; i < 3; i++) spx_note_once(&to, 1, "first");
    assert_int_equal(notes, 1);
    for (int i = 0; i < 3; i++) spx_note_once(&to, 4, "second");
    assert_int_equal(notes, 2);
    assert_string_equal(noted, "second");
    spx_note_once(&to, 1, "first");
    assert_int_equal(notes, 2);
    assert_int_equal(to.noted, 5);
}

static void an_endless_line_is_cut(void **state)
{
    (void)state;
    static char endless[9000];
    const spx_notify to = {.note = keep_note};
    memset(endless, 'x', sizeof endless - 1);
    spx_note(&to, "%s", endless);
    assert_int_equal(strlen(noted), 8191);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_goes_to_its_callback, forget),
        cmocka_unit_test_setup(without_a_callback_it_is_dropped, forget),
        cmocka_unit_test_setup(once_is_once_for_each_bit, forget),
        cmocka_unit_test_setup(an_endless_line_is_cut, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
