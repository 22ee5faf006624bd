/* test_plan.c: plans as arms and command lines. */
#include "check.h"

#include "spx/plan.h"

#include <string.h>

/* A plan with these arms in a folder of its own, beside its model and preset. */
typedef struct fixture {
    char folder[64], path[96];
    spx_plan plan;
    spx_child command;
} fixture;

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static void begin(fixture *x, const char *fields)
{
    static const char frame[] = "{\"model\": \"m.gguf\", \"text\": \"p.json\", \"facts\": "
                                "\"p.json\", \"layers\": \"1-2\", \"rounds\": 3, %s}";
    char text[2048];
    memset(x, 0, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/spx-plan-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->path, sizeof x->path, "%s/plan.json", x->folder);
    snprintf(text, sizeof text, frame, fields);
    write_file(x->folder, "plan.json", text);
    write_file(x->folder, "m.gguf", "");
    write_file(x->folder, "p.json", "{}");
}

static void end(fixture *x)
{
    static const char *const names[] = {"plan.json", "m.gguf", "p.json"};
    spx_child_free(&x->command);
    spx_plan_close(&x->plan);
    for (size_t i = 0; i < 3; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", x->folder, names[i]);
        unlink(path);
    }
    rmdir(x->folder);
}

/* The words of arm i's command from the first option after the fixed ones on, with spaces. */
static void options_of(fixture *x, size_t i, char out[1024])
{
    spx_error err = {0};
    size_t used = 0;
    check_ok(spx_plan_arm_command(&x->plan, &x->plan.arm[i], &x->command, &err));
    *out = '\0';
    for (size_t w = 7; w < x->command.n; w++)
        used += (size_t)snprintf(out + used, 1024 - used, " %s", x->command.word[w]);
    spx_child_free(&x->command);
    x->command = (spx_child){0};
}

static void assert_ends(const char *text, const char *end_of_it)
{
    const size_t n = strlen(text), m = strlen(end_of_it);
    if (n < m) fail_msg("'%s' is shorter than '%s'", text, end_of_it);
    assert_string_equal(text + n - m, end_of_it);
}

static void lists_become_arms(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture x;
    char options[1024];
    static const char *const name[] = {"a-0.1-0", "a-0.2-0", "a-0.1-7", "a-0.2-7", "b"};
    begin(&x, "\"arms\": [{\"name\": \"a\", \"tau\": [0.1, 0.2], \"editor\": \"memit\", \"first\": "
              "[0, 7]}, {\"name\": \"b\"}]");
    check_ok(spx_plan_open(x.path, "out", &x.plan, &err));
    assert_int_equal(x.plan.arms, 5);
    for (size_t i = 0; i < 5; i++) {
        char path[64];
        assert_string_equal(x.plan.arm[i].name, name[i]);
        snprintf(path, sizeof path, "out/%s.h5", name[i]);
        assert_string_equal(x.plan.arm[i].path, path);
    }
    assert_true(x.plan.rounds == 3);
    options_of(&x, 1, options);
    assert_ends(options, " --layers 1-2 --rounds 3 --tau 0.2 --editor memit --first 0");
    options_of(&x, 2, options);
    assert_ends(options, " --tau 0.1 --editor memit --first 7");
    end(&x);
}

/* Any parameter of editor, search and filter; the file of a preset lies beside the plan. */
static void an_arm_sets_any_parameter(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture x;
    char options[1024], preset[128];
    begin(&x,
          "\"arms\": [{\"name\": \"a\", \"lambda_n\": 1e-3, \"v_lr\": 0.30000000000000004, "
          "\"filter\": \"norm-cap\", \"cap\": 0.2, \"keep\": 0.5, \"alpha\": 1.3, \"noise\": 2, "
          "\"weight\": 0.5, \"energy\": \"squares\", \"apply\": \"batch\", \"feedback\": 1, "
          "\"seed\": 3, \"preset\": \"p.json\"}]");
    check_ok(spx_plan_open(x.path, "out", &x.plan, &err));
    options_of(&x, 0, options);
    snprintf(preset, sizeof preset, " --seed 3 --preset %s/p.json", x.folder);
    assert_ends(options, preset);
    options[strlen(options) - strlen(preset)] = '\0';
    assert_ends(options, " --lambda-n 0.001 --v-lr 0.30000000000000004 --filter norm-cap --cap 0.2 "
                         "--keep 0.5 --alpha 1.3 --noise 2 --weight 0.5 --energy squares --apply "
                         "batch --feedback 1");
    end(&x);
}

static void measurements_are_options_of_every_arm(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture x;
    char options[1024];
    begin(&x, "\"evaluate\": {\"facts\": 4, \"every\": 2, \"tasks_every\": 3, \"alt\": true, "
              "\"skip_bad\": false, \"measure_tau\": 0.2, \"retention\": 5, \"neighbors\": 6}, "
              "\"arms\": [{\"name\": \"a\"}]");
    check_ok(spx_plan_open(x.path, "out", &x.plan, &err));
    options_of(&x, 0, options);
    assert_ends(options, " --eval-facts 4 --eval-every 2 --tasks-every 3 --alt --measure-tau 0.2 "
                         "--retention 5 --neighbors 6");
    end(&x);
}

/* Of these the manual is made, and of these messages name what is known. */
static void fields_are_listed_with_what_they_mean(void **state)
{
    (void)state;
    static const struct {
        spx_plan_object object;
        const char *name;
    } some[] = {
        {SPX_PLAN_TOP, "model"},
        {SPX_PLAN_TOP, "rounds"},
        {SPX_PLAN_EVALUATE, "perplexity"},
        {SPX_PLAN_EVALUATE, "retention"},
        {SPX_PLAN_ARM, "name"},
        {SPX_PLAN_ARM, "tau"},
    };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        spx_plan_field f = {0};
        bool found = false;
        for (size_t k = 0; spx_plan_field_at(some[i].object, k, &f); k++) {
            assert_true(strlen(f.name) > 0 && strlen(f.help) > 0);
            found |= strcmp(f.name, some[i].name) == 0;
        }
        assert_true(found);
    }
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *text;
    } bad[] = {
        {"\"arms\": [{\"name\": \"a\", \"capp\": 1}]",
         "unknown field 'capp', did you mean 'cap'? (expected one of: name, preset, first, seed, "
         "editor, simie, lambda, "},
        {"\"arms\": [{\"name\": \"a\", \"capp\": 1}]", ", noise, cap, "},
        {"\"arms\": [{\"name\": \"a\", \"round\": 1}]", "unknown field 'round' (expected one of: "},
        {"\"arms\": [{\"name\": \"a\", \"tau\": [0.1, 2]}]",
         "tau is 2 (expected a number from 0 to 1)"},
        {"\"arms\": [{\"name\": \"a\", \"steps\": 2.5}]",
         "steps is 2.5 (expected a whole number from 1 to 1e+06)"},
        {"\"arms\": [{\"name\": \"a\", \"keep\": true}]", "keep must be a text or a number"},
        {"\"arms\": [{\"name\": \"a\", \"preset\": \"none.json\"}]", "none.json is neither"},
        {"\"arms\": [{\"name\": \"a\"}], \"lambda\": 1",
         "unknown field 'lambda' (expected one of: model"},
        {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"tau\": 1}",
         "unknown field 'tau' (expected one of: "},
        {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"alt\": 1}", "alt must be true or false"},
        {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"retention\": -1}",
         "retention is -1 (expected a whole number from 0 to 1e+06)"},
        {"\"arms\": [{\"name\": \"a\"}, {\"name\": \"a\"}]", "two arms are called 'a'"},
        {"\"arms\": [{\"name\": \"a/b\"}]", "invalid name of an arm 'a/b'"},
        {"\"arms\": [{}]", "name is missing"},
        {"\"arms\": []", " has no arms"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        fixture x;
        begin(&x, bad[i].fields);
        spx_status st = spx_plan_open(x.path, "out", &x.plan, &err);
        for (size_t a = 0; st == SPX_OK && a < x.plan.arms; a++)
            st = spx_plan_arm_command(&x.plan, &x.plan.arm[a], &x.command, &err);
        assert_int_not_equal(st, SPX_OK);
        assert_int_equal(strncmp(err.text, x.path, strlen(x.path)), 0);
        if (!strstr(err.text, bad[i].text)) fail_msg("'%s' has no '%s'", err.text, bad[i].text);
        end(&x);
    }
}

static spx_status open_and_close(const char *path)
{
    static spx_plan plan;
    const spx_status st = spx_plan_open(path, "out", &plan, NULL);
    spx_plan_close(&plan);
    return st;
}

static void opening_survives_oom(void **state)
{
    (void)state;
    fixture x;
    begin(&x, "\"arms\": [{\"name\": \"a\", \"tau\": [0.1, 0.2]}]");
    check_survives_oom(open_and_close(x.path));
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_become_arms),
        cmocka_unit_test(an_arm_sets_any_parameter),
        cmocka_unit_test(measurements_are_options_of_every_arm),
        cmocka_unit_test(fields_are_listed_with_what_they_mean),
        cmocka_unit_test(bad_fields_are_named),
        cmocka_unit_test(opening_survives_oom),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
