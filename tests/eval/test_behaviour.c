/* test_behaviour.c: answers in free text, and next tokens beside the unedited model's, against
 * their definitions in Python (tests/golden/behaviour.py). */
#include "eval/exact_match.h"
#include "eval/next_token.h"
#include "tiny.h"

#include "spx/json.h"
#include "spx/lm.h"

#define FILES SPX_TESTS "/data/eval/"

static spx_json *read_golden(void)
{
    spx_error err = {0};
    spx_json *root = NULL;
    check_ok(spx_json_read(SPX_TESTS "/golden/behaviour.json", &root, &err));
    return root;
}

/* Every number of the golden is there and equal, to 1e-6 of a share of 100 % or of 1. */
static void compare(const spx_results *r, const spx_json *golden)
{
    assert_true(spx_json_size(golden) > 0);
    for (size_t g = 0; g < spx_json_size(golden); g++) {
        const spx_json *v = NULL;
        double want = 0;
        const char *name = spx_json_key(golden, g, &v);
        const spx_metric *m = need_metric(r, name);
        assert_true(spx_json_number(v, &want));
        if (!(fabs(m->value - want) <= 1e-6 * (strcmp(m->q->units, "%") == 0 ? 100 : 1)))
            fail_msg("%s: %.17g, golden %.17g", name, m->value, want);
    }
}

static void texts_are_settled_as_squad_does(void **state)
{
    (void)state;
    spx_json *golden = read_golden();
    const spx_json *text = spx_json_get(golden, "texts"), *want = spx_json_get(golden, "settled");
    for (size_t i = 0; i < spx_json_size(text); i++) {
        char got[64];
        snprintf(got, sizeof got, "%s", spx_json_text(spx_json_at(text, i)));
        exact_squad(got);
        assert_string_equal(got, spx_json_text(spx_json_at(want, i)));
    }
    spx_json_free(golden);
}

static void check_answers(const char *path, const char *name)
{
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_results r = {0};
    const spx_facts_opts all = {0};
    spx_json *golden = read_golden();
    check_ok(spx_lm_open(path, &m, &t, NULL, &err));
    check_ok(spx_facts_read(FILES "answers.jsonl", &all, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "answers.jsonl", .answers = true};
    run_plan(&plan, m, t, &r);
    compare(&r, spx_json_get(golden, name));
    assert_int_equal(need_metric(&r, "rewrite_match")->items, f.n);
    assert_int_equal(need_metric(&r, "paraphrase_match_qa")->items, 5);
    spx_results_free(&r);
    spx_facts_free(&f);
    spx_json_free(golden);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void answers_are_pythons(void **state)
{
    (void)state;
    check_answers(SPX_TESTS "/data/tiny.gguf", "tiny");
}

static void answers_of_the_real_model_are_pythons(void **state)
{
    (void)state;
    check_answers(check_model(), "smollm2");
}

/* The tiny model, neighbours of facts and lines of a text. */
typedef struct drifting {
    spx_model *m;
    spx_tokenizer *t;
    spx_facts f;
    spx_eval_task task;
    spx_eval_plan plan;
    spx_eval *e;
} drifting;

static void open_drifting(drifting *d)
{
    spx_error err = {0};
    const spx_facts_opts all = {0};
    *d = (drifting){.task = {.family = "drift", .file = FILES "lines.txt"}};
    open_tiny(&d->m, &d->t);
    check_ok(spx_facts_read(FILES "counterfact.jsonl", &all, &d->f, &err));
    d->plan = (spx_eval_plan){
        .facts = &d->f, .facts_name = "facts", .drift = 14, .task = &d->task, .tasks = 1};
    check_ok(spx_eval_new(&d->plan, d->t, &d->e, &err));
}

static void close_drifting(drifting *d)
{
    spx_eval_free(d->e);
    spx_facts_free(&d->f);
    spx_tokenizer_close(d->t);
    spx_model_close(d->m);
}

static void drift_is_pythons(void **state)
{
    (void)state;
    spx_error err = {0};
    drifting d;
    spx_results r = {0};
    spx_json *golden = read_golden();
    open_drifting(&d);
    check_ok(spx_eval_unedited(d.e, d.m, &r, &err));
    check_ok(spx_eval_run(d.e, d.m, &r, &err)); /* of itself: 0, and all in common */
    assert_true(need_metric(&r, "neighborhood_kl")->value == 0);
    assert_true(need_metric(&r, "drift_overlap")->lo == 1);
    spx_results_free(&r);
    float *w = spx_model_ffn_out(d.m, 3);
    for (size_t i = 0; i < (size_t)D * 172; i++) w[i] *= 1.5F;
    check_ok(spx_eval_run(d.e, d.m, &r, &err));
    compare(&r, spx_json_get(golden, "drift"));
    assert_int_equal(need_metric(&r, "neighborhood_kl")->items,
                     10);                                    /* facts: four have two prompts */
    assert_int_equal(need_metric(&r, "drift_kl")->items, 5); /* lines that are not blank */
    spx_results_free(&r);
    spx_json_free(golden);
    close_drifting(&d);
}

static void drift_needs_the_unedited_model(void **state)
{
    (void)state;
    spx_error err = {0};
    drifting d;
    spx_results r = {0};
    open_drifting(&d);
    assert_true(spx_eval_compares(d.e));
    assert_int_equal(spx_eval_run(d.e, d.m, &r, &err), SPX_EINVAL);
    assert_string_equal(err.text, "facts: what the unedited model predicts is not known");
    spx_results_free(&r);
    close_drifting(&d);
}

/* Two distributions over three words, by hand; equal logits by their order. */
static void distributions_are_compared(void **state)
{
    (void)state;
    const float p[] = {logf(0.5F), logf(0.25F), logf(0.25F)};
    const float q[] = {logf(2), logf(4), logf(2)}; /* 1/4, 1/2, 1/4 */
    check_leq(fabs(next_token_divergence(p, q, 3) - 0.25 * log(2)), 1e-7);
    assert_true(next_token_divergence(p, p, 3) == 0 && next_token_overlap(p, q, 3) == 1);
    float a[20] = {0}, b[20] = {0}; /* the ten likeliest of a are 0 .. 9 */
    for (size_t i = 7; i < 20; i++) b[i] = (float)i;
    assert_true(next_token_overlap(a, b, 20) == 0); /* 10 .. 19 */
    b[19] = b[18] = b[17] = -1;
    assert_true(next_token_overlap(a, b, 20) == 0.3); /* 7 .. 16 */
}

static void faults_of_drift_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
        size_t items;
        spx_status status;
    } cases[] = {
        {"\n  \n", "drift.txt: 0 lines of text (expected at least 1)", 0, SPX_EINVAL},
        {"one\n\ntwo", "drift.txt: 2 lines of text (expected at least 3)", 3, SPX_EINVAL},
    };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_eval *e = NULL;
    open_tiny(&m, &t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file("drift.txt", cases[i].text);
        const spx_eval_task task = {
            .family = "drift", .file = "drift.txt", .items = cases[i].items};
        const spx_eval_plan plan = {.task = &task, .tasks = 1};
        err = (spx_error){0};
        assert_int_equal(spx_eval_new(&plan, t, &e, &err), cases[i].status);
        assert_string_equal(err.text, cases[i].fault);
    }
    static const char nul[] = "one\0two";
    FILE *f = fopen("drift.txt", "w");
    assert_non_null(f);
    assert_int_equal(fwrite(nul, 1, sizeof nul - 1, f), sizeof nul - 1);
    assert_int_equal(fclose(f), 0);
    const spx_eval_task task = {.family = "drift", .file = "drift.txt"};
    const spx_eval_plan plan = {.task = &task, .tasks = 1};
    err = (spx_error){0};
    assert_int_equal(spx_eval_new(&plan, t, &e, &err), SPX_EFORMAT);
    assert_string_equal(err.text, "drift.txt: byte 3 is NUL (expected text)");
    remove("drift.txt");
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* A file whose facts have no prompt of another subject. */
static void drift_of_facts_needs_neighbours(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_eval *e = NULL;
    const spx_facts_opts all = {0};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(FILES "answers.jsonl", &all, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "a.jsonl", .drift = 3};
    assert_int_equal(spx_eval_new(&plan, t, &e, &err), SPX_EINVAL);
    assert_string_equal(err.text,
                        "a.jsonl: no fact has a prompt of another subject (expected neighbours)");
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static spx_status ask_both(const spx_eval_plan *plan, const spx_model *m, const spx_tokenizer *t)
{
    spx_eval *e = NULL;
    spx_results r = {0};
    spx_status st = spx_eval_new(plan, t, &e, NULL);
    if (st == SPX_OK) st = spx_eval_unedited(e, m, &r, NULL);
    if (st == SPX_OK) st = spx_eval_run(e, m, &r, NULL);
    spx_results_free(&r);
    spx_eval_free(e);
    return st;
}

static void behaviour_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    const spx_facts_opts one = {.count = 1};
    const spx_eval_task task = {.family = "drift", .file = FILES "lines.txt", .items = 1};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(FILES "counterfact.jsonl", &one, &f, &err));
    const spx_eval_plan plan = {
        .facts = &f, .facts_name = "f", .drift = 1, .task = &task, .tasks = 1};
    assert_int_equal(ask_both(&plan, m, t), SPX_OK);
    check_survives_oom(ask_both(&plan, m, t));
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_settled_as_squad_does),
        cmocka_unit_test(answers_are_pythons),
        cmocka_unit_test(answers_of_the_real_model_are_pythons),
        cmocka_unit_test(drift_is_pythons),
        cmocka_unit_test(drift_needs_the_unedited_model),
        cmocka_unit_test(distributions_are_compared),
        cmocka_unit_test(faults_of_drift_are_named),
        cmocka_unit_test(drift_of_facts_needs_neighbours),
        cmocka_unit_test(behaviour_survives_oom),
    };
    return cmocka_run_group_tests_name("behaviour", tests, NULL, NULL);
}
