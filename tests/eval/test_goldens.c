/* test_goldens.c: every metric against the definitions in Python (tests/golden/metrics.py). */
#include "eval/text.h"
#include "tiny.h"

#include "spx/json.h"
#include "spx/metrics.h"

#define FILES SPX_TESTS "/data/eval/"
/* What metrics.py was run with. */
static const spx_eval_task tasks[] = {
    {.family = "perplexity",
     .file = SPX_DATASETS "/wikitext-2-test.txt",
     .tokens = 768,
     .window = 256},
    {.family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 12},
    {.family = "mmlu", .file = FILES "mmlu", .shots = 1},
    {.family = "sst2", .file = FILES "sst2.jsonl", .shots = 2},
    {.family = "mrpc", .file = FILES "mrpc.jsonl", .shots = 2},
    {.family = "cola", .file = FILES "cola.jsonl", .shots = 2},
    {.family = "rte", .file = FILES "rte.jsonl", .shots = 2},
    {.family = "rte_fixed", .file = FILES "rte.jsonl", .shots = 2},
    {.family = "nli", .file = FILES "nli.jsonl", .shots = 2},
    {.family = "mmlu_glue", .file = FILES "mmlu_glue.jsonl", .shots = 2},
};

/* Metrics of argmax and of counts to the last item; of probabilities to what floats leave of sums
 * over 512 to 49,152 logits. */
static void compare(const spx_results *r, const spx_json *golden, size_t *compared)
{
    for (size_t i = 0; i < r->metrics; i++) {
        const spx_metric *m = &r->metric[i];
        double want = 0;
        for (size_t g = 0; g < spx_json_size(golden); g++) {
            const spx_json *set = NULL;
            (void)spx_json_key(golden, g, &set);
            if (!spx_json_number(spx_json_get(set, m->q->name), &want)) continue;
            (*compared)++;
            if (fabs(m->value - want) > 1e-6 + 4e-6 * fabs(want))
                fail_msg("%s: %.17g, golden %.17g", m->q->name, m->value, want);
        }
    }
}

static void run_all(const spx_model *m, const spx_tokenizer *t, const spx_json *golden)
{
    static const char *const files[] = {FILES "counterfact.jsonl", FILES "zsre.json"};
    spx_error err = {0};
    size_t compared = 0, there = 0;
    for (size_t i = 0; i < 3; i++) {
        spx_facts f = {0};
        spx_eval *e = NULL;
        spx_results r = {0};
        const spx_facts_opts all = {0};
        spx_eval_plan plan = {.task = tasks, .tasks = sizeof tasks / sizeof *tasks};
        if (i < 2) {
            check_ok(spx_facts_read(files[i], &all, &f, &err));
            plan = (spx_eval_plan){.facts = &f, .facts_name = files[i]};
        }
        check_ok(spx_eval_new(&plan, t, &e, &err));
        check_ok(spx_eval_run(e, m, &r, &err));
        compare(&r, golden, &compared);
        spx_results_free(&r);
        spx_eval_free(e);
        spx_facts_free(&f);
    }
    for (size_t g = 0; g < spx_json_size(golden); g++) {
        const spx_json *set = NULL;
        (void)spx_json_key(golden, g, &set);
        there += spx_json_size(set);
    }
    assert_int_equal(compared, there);
}

static spx_json *read_golden(void)
{
    spx_error err = {0};
    spx_json *root = NULL;
    check_ok(spx_json_read(SPX_TESTS "/golden/metrics.json", &root, &err));
    return root;
}

static void the_tiny_models_metrics_are_pythons(void **state)
{
    (void)state;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_json *golden = read_golden();
    open_tiny(&m, &t);
    run_all(m, t, spx_json_get(golden, "tiny"));
    spx_json_free(golden);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static double number_at(const spx_json *object, const char *key, size_t i)
{
    double x = 0;
    assert_true(spx_json_number(spx_json_at(spx_json_get(object, key), i), &x));
    return x;
}

static void numbers_about_texts_are_pythons(void **state)
{
    (void)state;
    spx_error err = {0};
    tfidf terms;
    const char *text[16];
    spx_json *golden = read_golden();
    const spx_json *g = spx_json_get(golden, "texts");
    const size_t n = spx_json_size(spx_json_get(g, "text"));
    assert_in_range(n, 1, 16);
    for (size_t i = 0; i < n; i++) text[i] = spx_json_text(spx_json_at(spx_json_get(g, "text"), i));
    check_ok(tfidf_fit(text, n, &terms, &err));
    for (size_t i = 0; i < n; i++) {
        double entropy = 0, repetition = 0, cosine = 0;
        check_ok(text_entropy(text[i], &entropy, &err));
        check_ok(text_repetition(text[i], &repetition, &err));
        check_ok(tfidf_cosine(&terms, text[i], text[0], &cosine, &err));
        check_leq(fabs(entropy - number_at(g, "entropy", i)), 1e-9);
        check_leq(fabs(repetition - number_at(g, "repetition", i)), 1e-9);
        check_leq(fabs(cosine - number_at(g, "cosine", i)), 1e-9);
    }
    tfidf_free(&terms);
    check_survives_oom(tfidf_fit(text, n, &terms, NULL));
    tfidf_free(&terms);
    spx_json_free(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tiny_models_metrics_are_pythons),
        cmocka_unit_test(numbers_about_texts_are_pythons),
    };
    return cmocka_run_group_tests_name("goldens", tests, NULL, NULL);
}
