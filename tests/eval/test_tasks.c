/* test_tasks.c: CSV, faults of task files by place, the table of families, zsRE compared with the
 * unedited model, free text. */
#include "eval/csv.h"
#include "tiny.h"

static spx_status append(const char *const *field, size_t fields, size_t line, void *into,
                         spx_error *err)
{
    char *to = into;
    (void)err;
    for (size_t i = 0; i < fields; i++) {
        const size_t used = strlen(to);
        snprintf(to + used, 512 - used, "%s[%s]", i == 0 && line > 1 ? "|" : "", field[i]);
    }
    return SPX_OK;
}

static spx_status read_csv(const char *text, char out[512], spx_error *err)
{
    const bool never = false;
    *err = (spx_error){0};
    *out = '\0';
    write_file("test.csv", text);
    const spx_status st = csv_each("test.csv", append, out, &never, err);
    remove("test.csv");
    return st;
}

static void csv_fields_may_hold_anything(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"a,b\nc,d\n", "[a][b]|[c][d]"},
        {"a,b", "[a][b]"},
        {",\n\n", "[][]|[]"},
        {"\"a,b\",\"c\nd\"\r\n\"say \"\"no\"\"\",\"\"", "[a,b][c\nd]|[say \"no\"][]"},
        {"\xef\xbb\xbf\"x\",in \"side\"\n", "[x][in \"side\"]"},
    };
    static const char *const bad[][2] = {
        {"a,b\n\"c\nd", "test.csv: line 2: unterminated quoted field"},
        {"\"a\"b,c\n", "test.csv: line 1: text after a closing quote"},
        {"a\n1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n", "line 2: more than 16 fields"},
    };
    char out[512];
    spx_error err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        check_ok(read_csv(good[i][0], out, &err));
        assert_string_equal(out, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_csv(bad[i][0], out, &err), SPX_EFORMAT);
        if (!strstr(err.text, bad[i][1])) fail_msg("%s", err.text);
    }
}

#define TEN                                                                      \
    "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\", \"label\": 1}\n" \
    "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\", \"label\": 1}\n" \
    "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\", \"label\": 1}\n" \
    "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\", \"label\": 1}\n" \
    "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\", \"label\": 1}\n"

static void faults_of_task_files_are_named(void **state)
{
    (void)state;
    static const bad_task bad[] = {
        {{.family = "mmlu"},
         "q,a,b,c,d,E\n",
         "line 1: invalid answer 'E' (expected A to D or 0 to 3)"},
        {{.family = "mmlu"}, "q,a,b,c,d,0\nq,a,b\n", "line 2: 3 fields"},
        {{.family = "mmlu"}, "question,a,b,c,d,answer\n", "the file has no question"},
        {{.family = "mmlu", .shots = 2}, "q,a,b,c,d,0\n", "dev/bad-task_dev.csv"},
        {{.family = "sst2"}, TEN, "no record after the first 10"},
        {{.family = "sst2", .shots = 11}, TEN, "11 shots for sst2 (expected at most 10)"},
        {{.family = "sst2"},
         "{\"sentence\": \"a\", \"label\": 2}",
         "label is not a class (expected an integer from 0 to 1)"},
        {{.family = "nli"},
         "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 1}",
         "label is not a string"},
        {{.family = "sst2"}, "{\"idx\": 5, \"label\": 1}", "line 1 (idx 5): sentence is missing"},
        {{.family = "mmlu_glue"},
         "{\"question\": \"q\", \"choices\": [\"a\"], \"answer\": 1}",
         "choices is not an array of 4 strings"},
        {{.family = "nq_open"},
         "{\"question\": \"q\", \"answer\": [\"a\", 3]}",
         "answer[1] is not a non-empty string"},
    };
    check_bad_tasks(bad, sizeof bad / sizeof *bad, "bad-task.csv");
}

static void malformed_rows_are_skipped_on_request(void **state)
{
    (void)state;
    spx_results r = {0};
    write_file("bad-rows.csv", "q,a,b,c,d,0\nq,a,b\nq,a,b,c,d,D\n");
    const spx_eval_task lenient = {.family = "mmlu", .file = "bad-rows.csv"};
    const spx_eval_plan plan = {.task = &lenient, .tasks = 1, .skip_bad = true};
    measure_tiny(&plan, &r);
    assert_int_equal(r.metric[0].items, 2);
    assert_string_equal(r.metric[1].q->name, "skipped");
    assert_int_equal((int)r.metric[1].value, 1);
    spx_results_free(&r);
    remove("bad-rows.csv");
}

/* Every family has a name that no other has, and says what it reads and asks. */
static void families_are_listed_once(void **state)
{
    (void)state;
    enum { MOST = 64 };
    spx_eval_family f[MOST];
    const size_t n = spx_eval_families(f, MOST);
    assert_in_range(n, 12, MOST);
    assert_string_equal(f[0].name, "perplexity");
    for (size_t i = 0; i < n; i++) {
        assert_true(*f[i].name && *f[i].reads && *f[i].help);
        for (size_t k = 0; k < i; k++) assert_string_not_equal(f[k].name, f[i].name);
    }
    assert_int_equal(spx_eval_families(f, 1), n);
}

/* The model agrees with itself; without knowing the unedited one there is no locality; another
 * model agrees less. */
static void locality_is_agreement_with_the_unedited_model(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_eval *e = NULL;
    spx_results r = {0};
    const spx_facts_opts all = {0};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/zsre.json", &all, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "zsre.json"};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, &r, &err));
    assert_null(find_metric(&r, "zsre_locality"));
    assert_non_null(find_metric(&r, "zsre_specificity"));
    spx_results_free(&r);
    check_ok(spx_eval_unedited(e, m, &r, &err));
    check_leq(fabs(find_metric(&r, "zsre_locality")->value - 100), 0);
    spx_results_free(&r);
    float *w = spx_model_ffn_out(m, 3);
    for (size_t i = 0; i < (size_t)D * 172; i++) w[i] *= -3;
    check_ok(spx_eval_run(e, m, &r, &err));
    assert_true(find_metric(&r, "zsre_locality")->value < 100);
    spx_results_free(&r);
    spx_eval_free(e);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void measure_fluency(const char *references, uint64_t seed, spx_results *r)
{
    spx_error err = {0};
    spx_facts f;
    const spx_facts_opts three = {.count = 3};
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/counterfact.jsonl", &three, &f, &err));
    const spx_eval_plan plan = {
        .facts = &f, .facts_name = "f", .generate = true, .references = references, .seed = seed};
    measure_tiny(&plan, r);
    spx_facts_free(&f);
}

/* A seed decides the text; only facts whose new object has reference texts get a score. */
static void free_text_is_judged(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_results a = {0}, b = {0}, c = {0};
    spx_facts f;
    char text[512];
    const spx_facts_opts all = {0};
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/counterfact.jsonl", &all, &f, &err));
    snprintf(text, sizeof text,
             "[{\"relation_id\": \"P1\", \"target_id\": \"%s\", \"samples\": [{\"text\": \"%s went "
             "to the house\"}, {\"text\": \"to sleep\"}]}]",
             f.fact[1].target_id, f.fact[1].subject);
    write_file("references.json", text);
    measure_fluency("references.json", 1, &a);
    measure_fluency("references.json", 1, &b);
    measure_fluency(NULL, 2, &c);
    assert_true(find_metric(&a, "ngram_entropy")->value > 200);
    assert_int_equal(find_metric(&a, "repetition")->items, 3);
    assert_int_equal(find_metric(&a, "reference_score")->items, 1);
    assert_true(find_metric(&a, "reference_score")->value > 0);
    check_leq(
        fabs(find_metric(&a, "ngram_entropy")->value - find_metric(&b, "ngram_entropy")->value), 0);
    assert_true(find_metric(&a, "ngram_entropy")->value != find_metric(&c, "ngram_entropy")->value);
    assert_null(find_metric(&c, "reference_score"));
    remove("references.json");
    spx_facts_free(&f);
    spx_results_free(&a);
    spx_results_free(&b);
    spx_results_free(&c);
}

static void tasks_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    const spx_facts_opts one = {.count = 1};
    const spx_eval_task task[] = {
        {.family = "mmlu", .file = SPX_TESTS "/data/eval/mmlu", .items = 1, .shots = 1},
        {.family = "sst2", .file = SPX_TESTS "/data/eval/sst2.jsonl", .items = 1, .shots = 1}};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/zsre.json", &one, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "z", .task = task, .tasks = 2};
    check_plan_survives_oom(&plan, m, t);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* White space around a passage, and any kind of it before the last word, are as single spaces. */
static void passages_are_stripped(void **state)
{
    (void)state;
    static const char *const texts[] = {"Once there was a dog, and the dog was",
                                        "Once there was a dog, and the dog was\\n",
                                        "  Once there was a dog, and the dog was \\t\\n",
                                        "Once there was a dog, and the dog\\twas",
                                        "Once there was a dog, and the dog  was",
                                        "Once there was a dog, and the dog\\u00a0was\\u3000",
                                        "Once there was a dog, and the dog\\n\\nwas"};
    double want = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[200];
        spx_results r = {0};
        snprintf(text, sizeof text, "{\"text\": \"%s\"}\n", texts[i]);
        write_file("passage.jsonl", text);
        const spx_eval_task task = {.family = "lambada", .file = "passage.jsonl"};
        const spx_eval_plan plan = {.task = &task, .tasks = 1};
        measure_tiny(&plan, &r);
        const double p = need_metric(&r, "lambada_perplexity")->value;
        if (i == 0) want = p;
        assert_true(p == want && p > 1);
        spx_results_free(&r);
    }
    remove("passage.jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_fields_may_hold_anything),
        cmocka_unit_test(faults_of_task_files_are_named),
        cmocka_unit_test(malformed_rows_are_skipped_on_request),
        cmocka_unit_test(families_are_listed_once),
        cmocka_unit_test(locality_is_agreement_with_the_unedited_model),
        cmocka_unit_test(free_text_is_judged),
        cmocka_unit_test(tasks_survive_oom),
        cmocka_unit_test(passages_are_stripped),
    };
    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
