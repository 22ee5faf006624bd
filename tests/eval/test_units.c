/* test_units.c: an evaluation in units gives the same bits as one run at once. */
#include "tiny.h"

enum { MOST = 64 };

/* The answers of each unit. */
typedef struct answers {
    spx_bytes at[MOST];
    size_t n, cut; /* cut: the unit whose last byte is missing, or n */
} answers;

static spx_status given(size_t unit, spx_reader *out, void *arg, spx_error *err)
{
    const answers *a = arg;
    (void)err;
    assert_true(unit < a->n);
    *out = (spx_reader){a->at[unit].data, a->at[unit].size - (unit == a->cut)};
    return SPX_OK;
}

/* Not in the order in which they are joined. */
static void ask_backwards(const spx_eval *e, const spx_model *m, bool unedited, answers *a)
{
    spx_error err = {0};
    spx_eval_unit *unit = NULL;
    check_ok(spx_eval_units(e, m, unedited, &unit, &a->n, &err));
    assert_true(a->n <= MOST);
    a->cut = a->n;
    for (size_t u = a->n; u-- > 0;) {
        assert_true(unit[u].cost > 0);
        check_ok(spx_eval_answer(e, m, &unit[u], &a->at[u], &err));
    }
    spx_free(unit);
}

static void free_answers(answers *a)
{
    for (size_t u = 0; u < a->n; u++) spx_bytes_free(&a->at[u]);
}

static void same_results(const spx_results *a, const spx_results *b)
{
    assert_int_equal(a->metrics, b->metrics);
    assert_int_equal(a->items, b->items);
    for (size_t i = 0; i < a->metrics; i++) {
        assert_ptr_equal(a->metric[i].q, b->metric[i].q);
        assert_memory_equal(&a->metric[i].value, &b->metric[i].value, 3 * sizeof(double));
        assert_int_equal(a->metric[i].items, b->metric[i].items);
    }
    for (size_t i = 0; i < a->items; i++)
        assert_memory_equal(&a->item[i].value, &b->item[i].value, sizeof(double));
}

/* Runs the plan at once, and unit by unit by another evaluation. */
static void check_units(const spx_eval_plan *plan, size_t least)
{
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_eval *whole = NULL, *parts = NULL;
    spx_results before[2] = {{0}}, out[2] = {{0}};
    answers a = {0};
    open_tiny(&m, &t);
    check_ok(spx_eval_new(plan, t, &whole, &err));
    check_ok(spx_eval_new(plan, t, &parts, &err));
    check_ok(spx_eval_unedited(whole, m, &before[0], &err));
    check_ok(spx_eval_run(whole, m, &out[0], &err));
    ask_backwards(parts, m, true, &a);
    assert_true(a.n >= least);
    check_ok(spx_eval_join(parts, m, given, &a, &before[1], &out[1], &err));
    same_results(&before[0], &before[1]);
    same_results(&out[0], &out[1]);
    a.cut = a.n - 1;
    assert_int_equal(spx_eval_join(parts, m, given, &a, &before[1], &out[1], &err), SPX_EFORMAT);
    free_answers(&a);
    for (size_t i = 0; i < 2; i++) spx_results_free(&before[i]), spx_results_free(&out[i]);
    spx_eval_free(whole);
    spx_eval_free(parts);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static const spx_eval_task tasks[] = {
    {.family = "perplexity",
     .file = SPX_DATASETS "/wikitext-2-test.txt",
     .tokens = 8192,
     .window = 128},
    {.family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 20},
    {.family = "sst2", .file = SPX_TESTS "/data/eval/sst2.jsonl"},
    {.family = "drift", .file = SPX_TESTS "/data/eval/lines.txt"},
};

static void counterfact_and_tasks_are_the_same_in_units(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_facts f;
    const spx_facts_opts three = {.count = 3};
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/counterfact.jsonl", &three, &f, &err));
    /* facts, answers, free text of three, four windows of text at least, LAMBADA, SST-2 twice; of
     * both models, neighbours and lines */
    check_units(&(spx_eval_plan){.facts = &f,
                                 .facts_name = "f",
                                 .generate = true,
                                 .answers = true,
                                 .drift = 5,
                                 .seed = 5,
                                 .task = tasks,
                                 .tasks = sizeof tasks / sizeof *tasks},
                1 + 1 + 3 + 4 + 1 + 2 + 4);
    spx_facts_free(&f);
}

static void zsre_is_the_same_in_units(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_facts f;
    const spx_facts_opts all = {0};
    check_ok(spx_facts_read(SPX_TESTS "/data/eval/zsre.json", &all, &f, &err));
    check_units(&(spx_eval_plan){.facts = &f, .facts_name = "zsre.json"}, 2);
    spx_facts_free(&f);
}

static spx_status ask_and_join(const spx_eval_plan *plan, const spx_model *m,
                               const spx_tokenizer *t)
{
    spx_eval *e = NULL;
    spx_eval_unit *unit = NULL;
    spx_results r = {0};
    answers a = {0};
    spx_status st = spx_eval_new(plan, t, &e, NULL);
    if (st == SPX_OK) st = spx_eval_units(e, m, false, &unit, &a.n, NULL);
    a.cut = a.n;
    for (size_t u = 0; st == SPX_OK && u < a.n; u++)
        st = spx_eval_answer(e, m, &unit[u], &a.at[u], NULL);
    if (st == SPX_OK) st = spx_eval_join(e, m, given, &a, NULL, &r, NULL);
    free_answers(&a);
    spx_results_free(&r);
    spx_free(unit);
    spx_eval_free(e);
    return st;
}

static void units_survive_every_failed_allocation(void **state)
{
    (void)state;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    const spx_eval_task task = {
        .family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 2};
    const spx_eval_plan plan = {.task = &task, .tasks = 1};
    open_tiny(&m, &t);
    assert_int_equal(ask_and_join(&plan, m, t), SPX_OK);
    check_survives_oom(ask_and_join(&plan, m, t));
    spx_tokenizer_close(t);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counterfact_and_tasks_are_the_same_in_units),
        cmocka_unit_test(zsre_is_the_same_in_units),
        cmocka_unit_test(units_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
