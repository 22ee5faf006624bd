/* test_facts.c: schemas, classified prompts, completed neighbours, faults by place and id. */
#include "tiny.h"

#include "spx/facts.h"

static const char *const path = "test-facts.json";

static spx_status read_text(const char *text, const spx_facts_opts *o, spx_facts *f, spx_error *err)
{
    *err = (spx_error){0};
    write_file(path, text);
    const spx_status st = spx_facts_read(path, o, f, err);
    remove(path);
    return st;
}

static const char counterfact[] =
    "{\"case_id\": 7, \"requested_rewrite\": {\"prompt\": \"The tongue of {} is\", \"subject\": "
    "\"Ann\", \"target_new\": {\"str\": \"Welsh\"}, \"target_true\": {\"str\": \" Czech\"}}, "
    "\"paraphrase_prompts\": [\"One. Ann, a native\", \"Two. Ann speaks\"], "
    "\"neighborhood_prompts\": [\"Bob speaks\", \"Cid speaks\", \"Dan speaks\"], "
    "\"generation_prompts\": [\"Ann lives in\"], \"attribute_prompts\": []}";

static void counterfact_records_keep_all_their_prompts(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts all = {0};
    check_ok(read_text(counterfact, &all, &f, &err)); /* JSON lines */
    assert_int_equal(f.schema, SPX_COUNTERFACT);
    assert_string_equal(spx_schema_name(f.schema), "counterfact");
    assert_int_equal(f.n, 1);
    const spx_fact *x = f.fact;
    assert_int_equal(x->id, 7);
    assert_string_equal(x->prompt, "The tongue of Ann is");
    assert_string_equal(x->target_true, "Czech");
    assert_int_equal(x->paraphrase.n, 2);
    assert_string_equal(x->paraphrase.at[1], "Two. Ann speaks");
    assert_int_equal(x->neighbor.n, 3);
    assert_string_equal(x->neighbor.at[2], "Dan speaks");
    assert_int_equal(x->generation.n, 1);
    spx_facts_free(&f);
}

static const char zsre[] =
    "[{\"subject\": \"X\", \"src\": \"Who made X?\", \"pred\": \"p\", \"rephrase\": \"X is made by "
    "whom?\", \"alt\": \"Sony\", \"answers\": [\"Nokia\", \"N\"], \"loc\": \"nq question: who\", "
    "\"loc_ans\": \"he\", \"cond\": \"c\"}]";

static void zsre_edits_to_the_answer_or_to_alt(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts memit = {0}, easyedit = {.alt = true};
    check_ok(read_text(zsre, &memit, &f, &err));
    assert_int_equal(f.schema, SPX_ZSRE);
    assert_string_equal(f.fact->target_new, "Nokia");
    assert_null(f.fact->target_true);
    assert_string_equal(f.fact->paraphrase.at[0], "X is made by whom?");
    assert_string_equal(f.fact->locality, "nq question: who");
    assert_string_equal(f.fact->locality_answer, "he");
    spx_facts_free(&f);
    check_ok(read_text(zsre, &easyedit, &f, &err));
    assert_string_equal(f.fact->target_new, "Sony");
    assert_string_equal(f.fact->target_true, "Nokia");
    spx_facts_free(&f);
}

/* The rule, on the first 2,000 records: the prompts of a template recur. */
static void paraphrases_are_told_from_generation_prompts(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_facts f;
    const spx_facts_opts all = {0};
    size_t paraphrases = 0, generations = 0;
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &all, &f, &err));
    assert_int_equal(f.schema, SPX_EASYEDIT);
    for (size_t i = 0; i < f.n; i++) {
        paraphrases += f.fact[i].paraphrase.n;
        generations += f.fact[i].generation.n;
    }
    assert_int_equal(paraphrases, 293);
    assert_int_equal(generations, 1707);
    assert_string_equal(f.fact[0].generation.at[0],
                        "Where Danielle Darrieux is from, people speak the language of");
    assert_int_equal(f.fact[1].paraphrase.n, 1);
    spx_facts_free(&f);
}

static const char family[] =
    "[{\"prompt\": \"A is in\", \"subject\": \"A\", \"target_new\": \"x\", \"ground_truth\": "
    "\"u\"},"
    "{\"prompt\": \"B is in\", \"subject\": \"B\", \"target_new\": \"x\", \"ground_truth\": \"u\", "
    "\"locality_prompt\": \"Q lies in\"},"
    "{\"prompt\": \"C is in\", \"subject\": \"C\", \"target_new\": \"x\", \"ground_truth\": \"v\"},"
    "{\"prompt\": \"D is in\", \"subject\": \"D\", \"target_new\": \"y\", \"ground_truth\": \"u\"},"
    "{\"prompt\": \"D is in\", \"subject\": \"D\", \"target_new\": \"z\", \"ground_truth\": "
    "\"u\"}]";

static void neighbours_are_rebuilt_from_other_records(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    const spx_facts_opts two = {.count = 2, .neighbors = 3}, all = {.neighbors = 2};
    check_ok(read_text(family, &two, &f, &err)); /* not B for A: B is edited too */
    assert_int_equal(f.fact[0].neighbor.n, 2);
    assert_string_equal(f.fact[0].neighbor.at[0], "D is in");
    assert_int_equal(f.fact[1].neighbor.n, 3);
    assert_string_equal(f.fact[1].neighbor.at[0], "Q lies in"); /* that of the file comes first */
    assert_string_equal(f.fact[1].neighbor.at[1], "D is in");
    assert_int_equal(f.rebuilt, 4);
    spx_facts_free(&f);
    check_ok(read_text(family, &all, &f, &err));
    assert_string_equal(f.fact[0].neighbor.at[0], "B is in");
    assert_int_equal(f.fact[2].neighbor.n, 0);
    assert_int_equal(f.fact[3].neighbor.n, 2); /* A and B, not D itself */
    assert_string_equal(f.fact[3].neighbor.at[1], "B is in");
    spx_facts_free(&f);
}

static void faults_name_their_record(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"{}", "test-facts.json: line 1: unknown schema (expected a field requested_rewrite"},
        {"[1]", "test-facts.json: record 0: not a JSON object"},
        {"[{\"case_id\": 4, \"prompt\": \"A is\", \"subject\": \"B\", \"target_new\": \"c\", "
         "\"ground_truth\": \"d\"}]",
         "record 0 (case_id 4): subject 'B' does not appear in the prompt"},
        {"[{\"prompt\": \"A or A is\", \"subject\": \"A\", \"target_new\": \"c\", "
         "\"ground_truth\": \"d\"}]",
         "record 0: subject 'A' appears in the prompt twice"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"ground_truth\": \"d\"}]",
         "target_new is missing"},
        {"[{\"prompt\": \"A is\", \"subject\": \"\", \"target_new\": \"c\", \"ground_truth\": "
         "\"d\"}]",
         "subject is empty"},
        {"[{\"prompt\": 3, \"subject\": \"A\", \"target_new\": \"c\", \"ground_truth\": \"d\"}]",
         "prompt is not a string"},
        {"[{\"prompt\": \"A is\", \"subject\": \"A\", \"target_new\": \" \", \"ground_truth\": "
         "\"d\"}]",
         "target_new is blank"},
        {"\n{\"requested_rewrite\": {\"prompt\": \"no gap\", \"subject\": \"A\"}}",
         "line 2: prompt 'no gap' does not have exactly one {}"},
        {"{\"src\": \"A is\", \"subject\": \"A\", \"answers\": []}",
         "answers[0] is not a non-empty string"},
        {"{\"src\": \"A is\", \"subject\": \"A\", \"answers\": [\"b\"], \"loc\": \"l\", "
         "\"loc_ans\": \"m\"}\n{\"prompt\": \"A is\", \"ground_truth\": \"d\"}",
         "line 2: record of schema easyedit (expected zsre, as before it)"},
        {"{\"src\": ", "line 1: JSON: line 1"},
    };
    const spx_facts_opts all = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err;
        spx_facts f;
        assert_int_equal(read_text(bad[i].text, &all, &f, &err), SPX_EFORMAT);
        if (!strstr(err.text, bad[i].words)) fail_msg("%zu: %s", i, err.text);
        assert_null(f.fact);
    }
}

static void bad_records_are_counted_on_request(void **state)
{
    (void)state;
    spx_error err;
    spx_facts f;
    char text[4096];
    const spx_facts_opts strict = {0}, lenient = {.skip_bad = true},
                         many = {.skip_bad = true, .count = 3};
    snprintf(text, sizeof text, "%s\n{\"case_id\": 8}\nnonsense\n%s\n", counterfact, counterfact);
    assert_int_equal(read_text(text, &strict, &f, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "line 2 (case_id 8)"));
    check_ok(read_text(text, &lenient, &f, &err));
    assert_int_equal(f.n, 2);
    assert_int_equal(f.skipped, 2);
    spx_facts_free(&f);
    assert_int_equal(read_text(text, &many, &f, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "2 usable records (expected at least 3)"));
    assert_int_equal(read_text("[]", &strict, &f, &err), SPX_EINVAL);
}

static void reading_survives_oom(void **state)
{
    (void)state;
    spx_facts f;
    const spx_facts_opts o = {.neighbors = 2};
    write_file(path, family);
    check_survives_oom(spx_facts_read(path, &o, &f, NULL));
    spx_facts_free(&f);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counterfact_records_keep_all_their_prompts),
        cmocka_unit_test(zsre_edits_to_the_answer_or_to_alt),
        cmocka_unit_test(paraphrases_are_told_from_generation_prompts),
        cmocka_unit_test(neighbours_are_rebuilt_from_other_records),
        cmocka_unit_test(faults_name_their_record),
        cmocka_unit_test(bad_records_are_counted_on_request),
        cmocka_unit_test(reading_survives_oom),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
