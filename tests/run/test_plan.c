/* test_plan.c: plans as arms and command lines. */
#include "check.h"

#include "spx/plan_check.h"
#include "spx/plan_fields.h"

#include <string.h>

/* A plan with these arms in a folder of its own, beside its model and preset. */
typedef struct fixture {
    char folder[64], path[96];
    spx_plan plan;
    spx_plan_faults faults;
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

static void open_good(fixture *x)
{
    spx_error err = {0};
    check_ok(spx_plan_open(x->path, "out", &x->faults, &x->plan, &err));
    check_ok(spx_plan_faults_end(&x->faults, &err));
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
    fixture x;
    char options[1024];
    static const char *const name[] = {"a-0.1-0", "a-0.2-0", "a-0.1-7", "a-0.2-7", "b"};
    begin(&x, "\"// 1\": [1, 2], \"arms\": [{\"//\": [3, 4], \"name\": \"a\", \"tau\": [0.1, 0.2], "
              "\"editor\": \"memit\", \"first\": "
              "[0, 7]}, {\"name\": \"b\"}]");
    open_good(&x);
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
    fixture x;
    char options[1024], preset[128];
    begin(&x,
          "\"arms\": [{\"name\": \"a\", \"lambda_n\": 1e-3, \"v_lr\": 0.30000000000000004, "
          "\"filter\": \"norm-cap\", \"cap\": 0.2, \"keep\": 0.5, \"alpha\": 1.3, \"noise\": 2, "
          "\"weight\": 0.5, \"energy\": \"squares\", \"apply\": \"batch\", \"feedback\": 1, "
          "\"seed\": 3, \"preset\": \"p.json\"}]");
    open_good(&x);
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
    fixture x;
    char options[1024];
    begin(&x, "\"evaluate\": {\"facts\": 4, \"every\": 2, \"tasks_every\": 3, \"alt\": true, "
              "\"skip_bad\": false, \"measure_tau\": 0.2, \"retention\": 5, \"neighbors\": 6}, "
              "\"arms\": [{\"name\": \"a\"}]");
    open_good(&x);
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
    spx_plan_field f = {0}, again = {0};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_true(spx_plan_field_find(some[i].object, some[i].name, &f));
    for (int object = 0; object < SPX_PLAN_OBJECTS; object++)
        for (size_t k = 0; spx_plan_field_at((spx_plan_object)object, k, &f); k++) {
            assert_true(strlen(f.name) > 0 && strlen(f.help) > 0);
            /* no name twice in an object */
            assert_true(spx_plan_field_find((spx_plan_object)object, f.name, &again));
            assert_ptr_equal(again.name, f.name);
            assert_string_equal(again.option, f.option);
        }
}

/* What warn and the error are given. */
static char told[16][1024];
static size_t tellings;
static void tell(const char *line)
{
    assert_true(tellings < sizeof told / sizeof *told);
    snprintf(told[tellings++], sizeof told[0], "%s", line);
}

/* Opens the plan; its faults as lines in told. */
static void open_bad(fixture *x)
{
    spx_error err = {0};
    static const spx_notify notify = {.warn = tell};
    tellings = 0;
    x->faults = (spx_plan_faults){.to = &notify};
    check_ok(spx_plan_open(x->path, "out", &x->faults, &x->plan, &err));
    const size_t n = x->faults.n;
    const spx_status st = spx_plan_faults_end(&x->faults, &err);
    assert_int_equal(st != SPX_OK, n > 0);
    if (n > 0) {
        char line[1200];
        snprintf(line, sizeof line, "%s: %.1000s", spx_status_name(st), err.text);
        tell(line);
    }
    assert_int_equal(tellings, n);
}

/* Members of a plan, and what is said of them. */
static const struct {
    const char *fields, *text;
} bad[] = {
    {"\"arms\": [{\"name\": \"a\", \"capp\": 1}]",
     "arm 'a': unknown field 'capp', did you mean 'cap'? (expected one of: name, preset, "
     "first, seed, editor, simie, lambda, "},
    {"\"arms\": [{\"name\": \"a\", \"capp\": 1}]", ", noise, cap, "},
    {"\"arms\": [{\"name\": \"a\", \"round\": 1}]", "unknown field 'round' (expected one of: "},
    {"\"arms\": [{\"name\": \"a\", \"tau\": [0.1, 2]}]",
     "arm 'a': tau is 2 (expected a number from 0 to 1)"},
    {"\"arms\": [{\"name\": \"a\", \"tau\": []}]", "arm 'a': tau is an empty list"},
    {"\"arms\": [{\"name\": \"a\", \"tau\": \"0.1\"}]",
     "tau is '0.1' (expected a number from 0 to 1)"},
    {"\"arms\": [{\"name\": \"a\", \"steps\": 2.5}]",
     "steps is 2.5 (expected a whole number from 1 to 1e+06)"},
    {"\"arms\": [{\"name\": \"a\", \"keep\": true}]",
     "keep is true (expected a number from 0 to 1)"},
    {"\"arms\": [{\"name\": \"a\", \"preset\": 3}]", "preset is 3 (expected the name of a file)"},
    {"\"arms\": [{\"name\": \"a\", \"editor\": \"mmeit\"}]",
     "arm 'a': unknown editor 'mmeit', did you mean 'memit'?"},
    {"\"arms\": [{\"name\": \"a\", \"basis\": \"curent\"}]", "did you mean 'current'?"},
    {"\"arms\": [{\"name\": \"a\", \"layers\": \"3-1\"}]", "invalid layer list '3-1'"},
    {"\"arms\": [{\"name\": \"a\"}], \"lambda\": 1",
     "unknown field 'lambda' (expected one of: title"},
    {"\"arms\": [{\"name\": \"a\"}], \"round\": [1, 2]",
     "round is a list (expected a whole number from 1 to 1e+06)"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": 3", "evaluate is 3 (expected an object)"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"tau\": 1}",
     "unknown field 'tau' (expected one of: "},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"alt\": 2}",
     "alt is 2 (expected true or false)"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"tasks\": [\"rte\"]}",
     "tasks is a list (expected an object of families and files)"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"window\": 1}",
     "window is 1 (expected a whole number from 2 to 1e+06)"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"tasks\": {\"ret\": \"x\"}}",
     "unknown task 'ret', did you mean 'rte'?"},
    {"\"arms\": [{\"name\": \"a\"}], \"evaluate\": {\"retention\": -1}",
     "retention is -1 (expected a whole number from 0 to 1e+06)"},
    {"\"arms\": [{\"name\": \"a\"}, {\"name\": \"a\"}]", "two arms are called 'a'"},
    {"\"arms\": [{\"name\": \"a/b\"}]", "invalid name of an arm 'a/b'"},
    {"\"arms\": [{}]", "arm '#1': name is missing"},
    {"\"arms\": [3]", "arm '#1': an arm must be an object"},
    {"\"arms\": []", "arms is a list (expected a list of objects, at least one)"},
    {"\"remark\": 3, \"arms\": [{\"name\": \"a\"}]", "remark is 3 (expected a text)"},
    {"\"//\": 1", "arms is missing"},
};

static void bad_fields_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fixture x;
        char start[128];
        spx_error err = {0};
        begin(&x, bad[i].fields);
        open_bad(&x);
        assert_int_equal(tellings, 1);
        snprintf(start, sizeof start, "malformed file: %s: ", x.path);
        assert_int_equal(strncmp(told[0], start, strlen(start)), 0);
        if (!strstr(told[0], bad[i].text)) fail_msg("'%s' has no '%s'", told[0], bad[i].text);
        check_ok(spx_plan_check(&x.plan, &(spx_plan_faults){0}, &err)); /* whatever a field is */
        end(&x);
    }
}

/* In the order of the file: the plan's own, then the arms'. */
static void all_faults_are_told_at_once(void **state)
{
    (void)state;
    static const char *const found[] = {"unknown field 'nosuch'", "arm 'a': unknown filter 'non'",
                                        "arm 'a': tau is 3",      "arm 'a': tau is 4",
                                        "arm '#2': name is miss", "two arms are called 'b'"};
    fixture x;
    begin(&x, "\"evaluate\": {\"nosuch\": 1}, \"arms\": [{\"name\": \"a\", \"filter\": \"non\", "
              "\"tau\": [3, 4]}, {}, {\"name\": \"b\"}, {\"name\": \"b\"}]");
    open_bad(&x);
    assert_int_equal(tellings, sizeof found / sizeof *found);
    for (size_t i = 0; i < tellings; i++)
        if (!strstr(told[i], found[i])) fail_msg("'%s' has no '%s'", told[i], found[i]);
    end(&x);
}

/* A file is beside the plan or, not here, in the cache or the kit. */
static void a_missing_file_is_named(void **state)
{
    (void)state;
    fixture x;
    char path[SPX_PLAN_PATH], expected[160];
    spx_error err = {0};
    begin(&x, "\"arms\": [{\"name\": \"a\"}]");
    open_good(&x);
    check_ok(spx_plan_file(&x.plan, "p.json", path, &err));
    snprintf(expected, sizeof expected, "%s/p.json", x.folder);
    assert_string_equal(path, expected);
    assert_int_equal(spx_plan_file(&x.plan, "none.json", path, &err), SPX_EIO);
    assert_int_equal(strncmp(err.text, "none.json is not there (expected beside", 39), 0);
    end(&x);
}

static spx_status open_and_close(const char *path)
{
    static spx_plan plan;
    spx_plan_faults faults = {0};
    spx_status st = spx_plan_open(path, "out", &faults, &plan, NULL);
    if (st == SPX_OK) st = spx_plan_check(&plan, &faults, NULL);
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
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(opening_survives_oom),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
