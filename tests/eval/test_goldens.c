/* test_goldens.c: every metric against the definitions in Python (tests/golden/metrics.py). */
#include "eval/exact_match.h"
#include "eval/ngrams.h"
#include "tiny.h"

#include "spx/json.h"
#include "spx/lm.h"

#define FILES SPX_TESTS "/data/eval/"
/* What metrics.py was run with; MOST is fewer on the larger model. */
enum { MOST = 1000 };
static const spx_eval_task tasks[] = {
    {.family = "perplexity",
     .file = SPX_DATASETS "/wikitext-2-test.txt",
     .tokens = 768,
     .window = 256},
    {.family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 12},
    {.family = "mmlu", .file = FILES "mmlu", .items = MOST, .shots = 1},
    {.family = "sst2", .file = FILES "sst2.jsonl", .items = MOST, .shots = 2},
    {.family = "mrpc", .file = FILES "mrpc.jsonl", .items = MOST, .shots = 2},
    {.family = "cola", .file = FILES "cola.jsonl", .items = MOST, .shots = 2},
    {.family = "rte", .file = FILES "rte.jsonl", .items = MOST, .shots = 2},
    {.family = "rte_fixed", .file = FILES "rte.jsonl", .items = MOST, .shots = 2},
    {.family = "nli", .file = FILES "nli.jsonl", .items = MOST, .shots = 2},
    {.family = "mmlu_glue", .file = FILES "mmlu_glue.jsonl", .items = MOST, .shots = 2},
    {.family = "nq_open", .file = FILES "nq_open.jsonl", .shots = 2},
    {.family = "gsm8k", .file = FILES "gsm8k.jsonl", .shots = 1},
};

/* Files of facts, and the names of their numbers in metrics.json. */
static const struct {
    const char *golden, *file;
    spx_facts_opts opts;
} facts[] = {
    {"counterfact", FILES "counterfact.jsonl", {0}},
    {"easyedit", SPX_DATASETS "/counterfact-2000.json", {.count = 12}},
    {"zsre", FILES "zsre.json", {0}},
    {"zsre_alt", FILES "zsre.json", {.alt = true}},
};

/* True if two values differ by more than the tolerance: 1e-6 of 100 % for shares, so that argmax
 * must agree on every item; 1e-6 of the NLL for perplexities; 1e-6 of 1 + |value| for others. */
static bool differ(const spx_metric *m, double want)
{
    const bool perplexity = strstr(m->q->name, "perplexity") != NULL;
    const double a = perplexity ? log(m->value) : m->value, b = perplexity ? log(want) : want;
    const double unit = strcmp(m->q->units, "%") == 0 ? 100 : 1 + fabs(b);
    return !(fabs(a - b) <= 1e-6 * unit);
}

/* Every number of the golden is there, and equal. */
static void compare(const spx_results *r, const spx_json *golden)
{
    assert_true(spx_json_size(golden) > 0);
    for (size_t g = 0; g < spx_json_size(golden); g++) {
        const spx_json *v = NULL;
        double want = 0;
        const char *name = spx_json_key(golden, g, &v);
        const spx_metric *m = need_metric(r, name);
        assert_true(spx_json_number(v, &want));
        if (differ(m, want)) fail_msg("%s: %.17g, golden %.17g", name, m->value, want);
    }
}

static void check_facts(const spx_model *m, const spx_tokenizer *t, const spx_json *golden)
{
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        spx_error err = {0};
        spx_facts f = {0};
        spx_results r = {0};
        check_ok(spx_facts_read(facts[i].file, &facts[i].opts, &f, &err));
        const spx_eval_plan plan = {.facts = &f, .facts_name = facts[i].file};
        run_plan(&plan, m, t, &r);
        compare(&r, spx_json_get(golden, facts[i].golden));
        spx_results_free(&r);
        spx_facts_free(&f);
    }
}

/* most: records of a GLUE task and of each MMLU file. */
static void check_tasks(const spx_model *m, const spx_tokenizer *t, const spx_json *golden,
                        size_t most)
{
    enum { COUNT = sizeof tasks / sizeof *tasks };
    spx_eval_task task[COUNT];
    spx_results r = {0};
    memcpy(task, tasks, sizeof tasks);
    for (size_t i = 0; i < COUNT; i++)
        if (task[i].items == MOST) task[i].items = most;
    const spx_eval_plan plan = {.task = task, .tasks = COUNT};
    run_plan(&plan, m, t, &r);
    compare(&r, spx_json_get(golden, "tasks"));
    spx_results_free(&r);
}

static spx_json *read_golden(void)
{
    spx_error err = {0};
    spx_json *root = NULL;
    check_ok(spx_json_read(SPX_TESTS "/golden/metrics.json", &root, &err));
    return root;
}

static void check_model_against(const char *path, const char *name, size_t most)
{
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_json *golden = read_golden();
    check_ok(spx_lm_open(path, &m, &t, NULL, &err));
    check_facts(m, t, spx_json_get(golden, name));
    check_tasks(m, t, spx_json_get(golden, name), most);
    spx_json_free(golden);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void the_tiny_models_metrics_are_pythons(void **state)
{
    (void)state;
    check_model_against(SPX_TESTS "/data/tiny.gguf", "tiny", 10);
}

static void the_real_models_metrics_are_pythons(void **state)
{
    (void)state;
    check_model_against(check_model(), "smollm2", 4);
}

/* Of a model whose block 3 is amplified, compared with the model before. */
static void locality_is_pythons(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_eval *e = NULL;
    spx_results before = {0}, r = {0};
    const spx_facts_opts all = {0};
    spx_json *golden = read_golden();
    open_tiny(&m, &t);
    check_ok(spx_facts_read(FILES "zsre.json", &all, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "zsre.json"};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_unedited(e, m, &before, &err));
    float *w = spx_model_ffn_out(m, 3);
    for (size_t i = 0; i < (size_t)D * 172; i++) w[i] *= 1.5F;
    check_ok(spx_eval_run(e, m, &r, &err));
    compare(&r, spx_json_get(golden, "locality"));
    spx_results_free(&before);
    spx_results_free(&r);
    spx_eval_free(e);
    spx_facts_free(&f);
    spx_json_free(golden);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* NULL in the golden means that there is no such number. */
static void check_text(const spx_json *exact, const char *key, size_t i, const char *got)
{
    const char *want = spx_json_text(spx_json_at(spx_json_get(exact, key), i));
    if (!want != !got || (want && strcmp(want, got) != 0))
        fail_msg("%s of text %zu: '%s', golden '%s'", key, i, got ? got : "none",
                 want ? want : "none");
}

static void answers_are_settled_as_the_harness_does(void **state)
{
    (void)state;
    spx_json *golden = read_golden();
    const spx_json *g = spx_json_get(golden, "exact"), *text = spx_json_get(g, "text");
    assert_true(spx_json_size(text) > 10);
    for (size_t i = 0; i < spx_json_size(text); i++) {
        char copy[4][128];
        for (size_t k = 0; k < 4; k++)
            snprintf(copy[k], sizeof copy[k], "%s", spx_json_text(spx_json_at(text, i)));
        exact_open(copy[0]);
        check_text(g, "open", i, copy[0]);
        exact_number(copy[1]);
        check_text(g, "number", i, copy[1]);
        check_text(g, "marked", i, exact_marked(copy[2]) ? copy[2] : NULL);
        check_text(g, "last", i, exact_last(copy[3]) ? copy[3] : NULL);
    }
    spx_json_free(golden);
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
        cmocka_unit_test(the_real_models_metrics_are_pythons),
        cmocka_unit_test(locality_is_pythons),
        cmocka_unit_test(answers_are_settled_as_the_harness_does),
        cmocka_unit_test(numbers_about_texts_are_pythons),
    };
    return cmocka_run_group_tests_name("goldens", tests, NULL, NULL);
}
