/* test_params.c: every row of the table from preset to attribute; fields and values that are
 * refused. */
#include "check.h"

#include "spx/params.h"

#include <string.h>

/* A value of a row that is not its default, as JSON and as an attribute. */
static void other_value(const spx_param *p, char json[64], char attribute[64])
{
    const double middle = p->min + (fmin(p->max, 1000) - p->min) / 4;
    double x = p->type == SPX_PARAM_REAL ? middle : ceil(middle);
    if (x == p->otherwise) x = p->max > x ? p->max : p->min;
    if (p->type == SPX_PARAM_SWITCH) x = 1 - p->otherwise;
    if (p->type == SPX_PARAM_TEXT) {
        snprintf(json, 64, "\"other-%s\"", p->name);
        snprintf(attribute, 64, "other-%s", p->name);
    } else if (p->type == SPX_PARAM_LAYERS) {
        snprintf(json, 64, "\"3,5,8-9\"");
        snprintf(attribute, 64, "3,5,8,9");
    } else {
        snprintf(json, 64, "%.17g", x);
        snprintf(attribute, 64, "%.17g", x);
    }
}

static spx_status set(const spx_param *p, const char *json, spx_run_spec *spec, spx_json **root,
                      spx_error *err)
{
    char text[128];
    snprintf(text, sizeof text, "{\"%s\": %s}", p->name, json);
    const spx_status st = spx_json_parse(text, strlen(text), "test", root, err);
    return st == SPX_OK ? spx_param_set(p, spx_json_get(*root, p->name), spec, err) : st;
}

static void every_row_is_set_printed_and_alone(void **state)
{
    (void)state;
    spx_param p, other;
    size_t rows = 0;
    for (; spx_param_at(rows, &p); rows++) {
        spx_error err = {0};
        spx_json *root = NULL;
        spx_run_spec spec = spx_run_defaults();
        const spx_run_spec defaults = spec;
        char json[64], expected[64], text[64];
        other_value(&p, json, expected);
        spx_param_text(&p, &spec, text, sizeof text);
        assert_string_not_equal(text, expected);
        check_ok(set(&p, json, &spec, &root, &err));
        spx_param_text(&p, &spec, text, sizeof text);
        assert_string_equal(text, expected);
        for (size_t i = 0; spx_param_at(i, &other); i++) { /* no two rows share a place */
            char before[64], after[64];
            spx_param_text(&other, &defaults, before, sizeof before);
            spx_param_text(&other, &spec, after, sizeof after);
            assert_int_equal(strcmp(before, after) != 0, i == rows);
        }
        spx_json_free(root);
    }
    assert_true(rows > 40 && rows < SPX_PARAMS_MAX);
}

static void rows_are_complete_and_in_the_order_of_their_groups(void **state)
{
    (void)state;
    spx_param p, found;
    size_t group = 0;
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        assert_true(p.group == group || p.group == ++group);
        assert_true(p.help && *p.help);
        assert_true(p.offset < sizeof(spx_run_spec));
        assert_true(p.value_name || p.type == SPX_PARAM_SWITCH);
        assert_true(p.min <= p.otherwise && p.otherwise <= p.max);
        assert_true(spx_param_find(p.name, &found));
        assert_int_equal(found.offset, p.offset);
    }
    assert_int_equal(group, SPX_PARAM_GROUPS - 1);
    assert_false(spx_param_find("lamda", &found));
}

/* As they were before there was a table. */
static void defaults_are_those_of_the_rows(void **state)
{
    (void)state;
    const spx_run_spec s = spx_run_defaults();
    const spx_edit_opts edit = spx_edit_defaults();
    assert_string_equal(s.editor, "memit");
    assert_string_equal(s.filter.name, "none");
    assert_null(s.filter.basis);
    assert_memory_equal(&s.edit, &edit, sizeof edit);
    assert_true(s.target.lr == 0.5 && s.target.clamp == 0.75 && s.target.weight_decay == 0.5);
    assert_true(s.target.kl == 0.0625 && s.target.stop == 0.05 && s.target.steps == 25);
    assert_int_equal(s.contexts, 5);
    assert_int_equal(s.round, 100);
    assert_int_equal(s.rounds, 20);
    assert_int_equal(s.eval_every, 1);
    assert_true(s.measure_tau == 0.1 && s.filter.tau == 0 && !s.feedback);
}

static void editors_read_the_options_of_their_rows(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_editor *memit = NULL, *ft = NULL;
    spx_param p;
    check_ok(spx_editor_find("memit", &memit, &err));
    check_ok(spx_editor_find("ft", &ft, &err));
    assert_true(spx_param_find("lambda", &p));
    assert_true(spx_param_read_by(&p, memit));
    assert_false(spx_param_read_by(&p, ft));
    assert_true(spx_param_find("ft_lr", &p));
    assert_true(spx_param_read_by(&p, ft));
    assert_true(spx_param_find("cap", &p)); /* not an option of editors */
    assert_true(spx_param_read_by(&p, ft));
}

static void values_out_of_the_domain_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json, *text;
    } bad[] = {
        {"lambda", "-1", "lambda is -1 (expected a number from 1e-30 to 1e+30)"},
        {"lambda", "\"1\"", "lambda is not a number (expected a number from 1e-30 to 1e+30)"},
        {"steps", "2.5", "steps is 2.5 (expected a whole number from 1 to 1e+06)"},
        {"steps", "0", "steps is 0 (expected a whole number from 1 to 1e+06)"},
        {"max_iterations", "1.5", "max_iterations is 1.5 (expected a whole number from 1 to 1000)"},
        {"rank", "true", "rank is not a number (expected a whole number from 0 to 1e+06)"},
        {"tau", "1.5", "tau is 1.5 (expected a number from 0 to 1)"},
        {"feedback", "2", "feedback is 2 (expected a whole number from 0 to 1)"},
        {"filter", "1", "filter is not a text"},
        {"layers", "6", "layers is not a text"},
        {"layers", "\"3-1\"",
         "invalid layer list '3-1' (expected at most 64, ascending, e.g. 6-10 or 3,5,8-9)"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        spx_json *root = NULL;
        spx_param p;
        spx_run_spec spec = spx_run_defaults();
        assert_true(spx_param_find(bad[i].name, &p));
        assert_int_not_equal(set(&p, bad[i].json, &spec, &root, &err), SPX_OK);
        assert_string_equal(err.text, bad[i].text);
        spx_json_free(root);
    }
}

static const char *preset_of(const char *text)
{
    static char path[] = "/tmp/spx-preset-XXXXXX";
    memcpy(strrchr(path, '-'), "-XXXXXX", 7);
    const int f = mkstemp(path);
    assert_true(f >= 0);
    assert_int_equal(write(f, text, strlen(text)), strlen(text));
    close(f);
    return path;
}

static void presets_set_what_is_not_given(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *document = NULL;
    spx_run_spec spec = spx_run_defaults();
    bool given[SPX_PARAMS_MAX] = {false};
    spx_param p;
    const char *path = preset_of("{\"model\": \"m\", \"source\": \"s\", \"layers\": \"1-2\", "
                                 "\"lambda\": 10, \"clamp\": 4, \"filter\": \"norm-cap\", "
                                 "\"cap\": 0.5, \"contexts\": 1}");
    for (size_t i = 0; spx_param_at(i, &p); i++) given[i] = strcmp(p.name, "clamp") == 0;
    spec.target.clamp = 7;
    check_ok(spx_preset_read(path, given, &spec, &document, &err));
    assert_true(spec.target.clamp == 7 && spec.edit.value[SPX_LAMBDA] == 10);
    assert_true(spec.filter.cap == 0.5 && spec.contexts == 1 && spec.target.lr == 0.5);
    assert_string_equal(spec.filter.name, "norm-cap");
    assert_int_equal(spec.layers, 2);
    assert_int_equal(spec.layer[1], 2);
    spx_json_free(document);
    unlink(path);
}

static void bad_presets_name_file_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text;
    } bad[] = {
        {"{\"lamda\": 1}", "unknown field 'lamda', did you mean 'lambda'? (expected one of: model, "
                           "source, kind, fingerprint, editors, editor, "},
        {"{\"round\": 3}", "unknown field 'round' (expected one of: "},
        {"{\"lambda\": -1}", "lambda is -1 (expected a number from 1e-30 to 1e+30)"},
        {"{\"source\": 1}", "source is not a text"},
        {"[1]", " is not an object"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        spx_json *document = NULL;
        spx_run_spec spec = spx_run_defaults();
        const char *path = preset_of(bad[i].json);
        assert_int_equal(spx_preset_read(path, NULL, &spec, &document, &err), SPX_EFORMAT);
        assert_null(document);
        assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
        assert_non_null(strstr(err.text, bad[i].text));
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_set_printed_and_alone),
        cmocka_unit_test(rows_are_complete_and_in_the_order_of_their_groups),
        cmocka_unit_test(defaults_are_those_of_the_rows),
        cmocka_unit_test(editors_read_the_options_of_their_rows),
        cmocka_unit_test(values_out_of_the_domain_are_named),
        cmocka_unit_test(presets_set_what_is_not_given),
        cmocka_unit_test(bad_presets_name_file_and_field),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
