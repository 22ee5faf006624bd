/* test_arm_settings.c: which runs repeat one another, and what a filter is called. */
#include "check.h"
#include "report/arm_settings.h"

#include <string.h>

/* A run file with these root attributes, "name=value;...", and its settings. */
static settings settings_of(const char *attributes)
{
    spx_error err = {0};
    spx_store *s = NULL;
    settings out;
    char folder[] = "/tmp/spx-settings-XXXXXX", path[64], text[512];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.h5", folder);
    snprintf(text, sizeof text, "%s", attributes);
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    for (char *field = strtok(text, ";"); field; field = strtok(NULL, ";")) {
        char *value = strchr(field, '=');
        *value++ = '\0';
        check_ok(spx_store_set_text(s, "", field, value, &err));
    }
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open(path, SPX_STORE_READ, &s, &err));
    settings_read(s, &out);
    spx_store_close(s);
    unlink(path);
    rmdir(folder);
    return out;
}

#define BASE "editor=memit;lambda=150;filter="

static void filters_are_named_by_what_sets_them_apart(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *filter;
    } cases[] = {
        {"none", "none"},
        {"none;basis=current;tau=0.20000000000000001", "none"},
        {"revive;basis=current;tau=0.20000000000000001;rank=0;weight=1", "revive current 0.2"},
        {"revive with feedback;basis=current;tau=0.1;rank=0;weight=1",
         "revive with feedback current 0.1"},
        {"revive;basis=union;tau=0.1;rank=16;weight=0.5", "revive union k=16 weight=0.5"},
        {"norm-cap;basis=current;tau=0;rank=0;cap=0.1", "norm-cap current"},
        {"norm-cap;basis=current;tau=0;rank=0;cap=0.2;weight=1", "norm-cap current cap=0.2"},
        {"dg-hard;basis=current;tau=0;rank=0;noise=0", "dg-hard current"},
        {"dg-hard;basis=current;tau=0;rank=0;noise=2", "dg-hard current noise=2"},
        {"a filter of later days;basis=current;tau=0.1;rank=0",
         "a filter of later days current 0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char attributes[256];
        snprintf(attributes, sizeof attributes, BASE "%s", cases[i].attributes);
        const settings s = settings_of(attributes);
        assert_string_equal(s.filter, cases[i].filter);
        assert_string_equal(s.editor, "memit");
    }
}

static void runs_repeat_but_for_seed_and_first_facts(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool repeat;
    } cases[] = {
        {BASE "none;seed=1;first=0", BASE "none;seed=2;first=500", true},
        {BASE "none;eval_every=1;measure_tau=0.1", BASE "none;eval_every=5;measure_tau=0.2", true},
        {BASE "none;tau=0.1;basis=current", BASE "none;tau=0.2;basis=original", true},
        {BASE "none", "editor=memit;lambda=151;filter=none", false},
        {BASE "none;clamp=1", BASE "none;clamp=2", false},
        {BASE "none;layers=6,7", BASE "none;layers=6,8", false},
        {BASE "none;round=50", BASE "none;round=100", false},
        {BASE "none;facts_sha256=a", BASE "none;facts_sha256=b", false},
        {BASE "norm-cap;cap=0.1", BASE "norm-cap;cap=0.2", false},
        {BASE "revive;tau=0.1;count=eq5", BASE "revive;tau=0.1;count=released", false},
        {BASE "rect;keep=0.2;apply=batch", BASE "rect;keep=0.2;apply=cumulative", false},
        {"title=what no editor made", "title=what no editor made", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const settings a = settings_of(cases[i].a), b = settings_of(cases[i].b);
        assert_int_equal(settings_repeat(&a, &b), cases[i].repeat);
    }
}

static void targets_and_wrappers_make_an_editor_another(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"editor=memit", "memit"},
        {"editor=memit;targets=spread", "memit"},
        {"editor=memit;targets=blue", "memit-blue"},
        {"editor=alphaedit;targets=fe;simie=0", "alphaedit-fe"},
        {"editor=memit;targets=nas;simie=10", "memit-nas-simie"},
        {"editor=of later days;targets=blue", "of later days"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(settings_of(cases[i][0]).editor, cases[i][1]);
}

static void no_filter_stands_before_any_other(void **state)
{
    (void)state;
    const settings none = {.filter = "none"}, block = {.filter = "block current 0.1"},
                   revive = {.filter = "revive current 0.1"};
    assert_true(settings_order(&none, &block) < 0);
    assert_true(settings_order(&revive, &none) > 0);
    assert_true(settings_order(&block, &revive) < 0);
    assert_int_equal(settings_order(&none, &none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_named_by_what_sets_them_apart),
        cmocka_unit_test(runs_repeat_but_for_seed_and_first_facts),
        cmocka_unit_test(targets_and_wrappers_make_an_editor_another),
        cmocka_unit_test(no_filter_stands_before_any_other),
    };
    return cmocka_run_group_tests_name("arm_settings", tests, NULL, NULL);
}
