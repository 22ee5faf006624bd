/* test_tasks.c: CSV, faults of task files by place, zsRE beside the unedited model, free text. */
#include "eval/csv.h"
#include "plans.h"

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
        {"a,b\n\"c\nd", "test.csv: line 2: a quote is never closed"},
        {"\"a\"b,c\n", "test.csv: line 1: text behind a closing quote"},
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

static spx_status ready(const spx_eval_plan *plan, const spx_tokenizer *t, spx_error *err)
{
    spx_eval *e = NULL;
    const spx_status st = spx_eval_new(plan, t, &e, err);
    spx_eval_free(e);
    return st;
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
    static const struct {
        spx_eval_task task;
        const char *text, *words;
    } bad[] = {
        {{.family = "mmlu"}, "q,a,b,c,d,E\n", "line 1: answer 'E' is none of A to D or 0 to 3"},
        {{.family = "mmlu"}, "q,a,b,c,d,0\nq,a,b\n", "line 2: 3 fields"},
        {{.family = "mmlu"}, "question,a,b,c,d,answer\n", "no question"},
        {{.family = "mmlu", .shots = 2}, "q,a,b,c,d,0\n", "dev/bad-task_dev.csv"},
        {{.family = "sst2"}, TEN, "no record behind the first 10"},
        {{.family = "sst2", .shots = 11}, TEN, "11 shots, at most 10"},
        {{.family = "sst2"},
         "{\"sentence\": \"a\", \"label\": 2}",
         "label is none of the 2 classes"},
        {{.family = "sst2"}, "{\"idx\": 5, \"label\": 1}", "line 1 (idx 5): sentence is missing"},
        {{.family = "mmlu_glue"},
         "{\"question\": \"q\", \"choices\": [\"a\"], \"answer\": 1}",
         "choices has not four texts"},
    };
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    open_tiny(&m, &t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        spx_eval_task task = bad[i].task;
        const spx_eval_plan plan = {.task = &task, .tasks = 1};
        task.file = "bad-task.csv";
        write_file(task.file, bad[i].text);
        assert_int_not_equal(ready(&plan, t, &err), SPX_OK);
        if (!strstr(err.text, bad[i].words)) fail_msg("%zu: %s", i, err.text);
    }
    write_file("bad-task.csv", "q,a,b,c,d,0\nq,a,b\nq,a,b,c,d,D\n");
    const spx_eval_task lenient = {.family = "mmlu", .file = "bad-task.csv"};
    const spx_eval_plan plan = {.task = &lenient, .tasks = 1, .skip_bad = true};
    spx_results r = {0};
    run_plan(&plan, m, t, &r);
    assert_int_equal(r.metric[0].items, 2);
    assert_string_equal(r.metric[1].q->name, "skipped");
    assert_int_equal((int)r.metric[1].value, 1);
    spx_results_free(&r);
    remove("bad-task.csv");
    spx_tokenizer_close(t);
    spx_model_close(m);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_fields_may_hold_anything),
        cmocka_unit_test(faults_of_task_files_are_named),
        cmocka_unit_test(locality_is_agreement_with_the_unedited_model),
        cmocka_unit_test(free_text_is_judged),
        cmocka_unit_test(tasks_survive_oom),
    };
    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
