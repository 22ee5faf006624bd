/* test_metrics.c: metrics by their definitions, fact by fact and window by window; intervals. */
#include "tiny.h"

#include "spx/file.h"
#include "spx/lm.h"

static size_t items_of(const spx_results *r, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->items; i++) n += strcmp(r->item[i].q->name, name) == 0;
    return n;
}

static void check_value(const spx_results *r, const char *name, double want)
{
    const spx_metric *m = need_metric(r, name);
    if (fabs(m->value - want) > 1e-4 * (1 + fabs(want))) /* sums of floats in other orders */
        fail_msg("%s is %.9g, not %.9g", name, m->value, want);
    assert_true(m->lo <= m->value + 1e-9 && m->value <= m->hi + 1e-9);
}

/* Every metric of every family is listed once, with all that --explain prints. */
static void every_quantity_is_listed_and_explained(void **state)
{
    (void)state;
    static const char *const some[] = {"rewrite_success",
                                       "score",
                                       "zsre_rephrase_exact",
                                       "reference_score",
                                       "skipped",
                                       "perplexity_second_half",
                                       "mmlu",
                                       "rte_mcc",
                                       "gsm8k_flexible"};
    size_t n = 0, found = 0;
    for (; spx_eval_metric(n); n++) {
        const spx_quantity *q = spx_eval_metric(n);
        assert_true(q->name && q->units && q->long_name && q->source && q->range && q->reading);
        for (size_t i = 0; i < n; i++) assert_string_not_equal(spx_eval_metric(i)->name, q->name);
        for (size_t i = 0; i < sizeof some / sizeof *some; i++)
            found += strcmp(some[i], q->name) == 0;
    }
    assert_int_equal(found, sizeof some / sizeof *some);
}

/* Means over prompts, then over the facts that have one: success, acc, diff in percent. */
static void expect(const spx_model *m, const spx_tokenizer *t, const spx_facts *f, bool neighbor,
                   double want[3])
{
    double facts = 0;
    memset(want, 0, 3 * sizeof *want);
    for (size_t i = 0; i < f->n; i++) {
        const spx_fact *x = &f->fact[i];
        const spx_texts *list = neighbor ? &x->neighbor : &x->paraphrase;
        for (size_t p = 0; p < list->n; p++) {
            const score new = score_texts(m, t, list->at[p], x->target_new);
            const score old = score_texts(m, t, list->at[p], x->target_true);
            const score w = neighbor ? old : new, o = neighbor ? new : old;
            want[0] += 100.0 * (w.nll < o.nll) / (double)list->n;
            want[1] += 100.0 * w.argmax / (double)list->n;
            want[2] += 100 * (exp(-w.nll) - exp(-o.nll)) / (double)list->n;
        }
        facts += list->n > 0;
    }
    for (size_t k = 0; k < 3; k++) want[k] /= facts;
}

static void counterfact_metrics_follow_their_definitions(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_results r = {0};
    double want[3], success = 0;
    const spx_facts_opts which = {.first = 10, .count = COUNT, .neighbors = 4};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &which, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "x/facts.json"};
    measure_tiny(&plan, &r);
    for (size_t i = 0; i < COUNT; i++)
        success += 100.0 / COUNT *
                   (score_texts(m, t, f.fact[i].prompt, f.fact[i].target_true).nll >
                    score_texts(m, t, f.fact[i].prompt, f.fact[i].target_new).nll);
    check_value(&r, "rewrite_success", success);
    expect(m, t, &f, false, want);
    check_value(&r, "paraphrase_success", want[0]);
    check_value(&r, "paraphrase_acc", want[1]);
    check_value(&r, "paraphrase_diff", want[2]);
    const double paraphrase = want[0];
    expect(m, t, &f, true, want);
    check_value(&r, "neighborhood_success", want[0]);
    check_value(&r, "neighborhood_acc", want[1]);
    check_value(&r, "neighborhood_diff", want[2]);
    check_value(&r, "score", 3 / (1 / success + 1 / paraphrase + 1 / want[0]));
    assert_string_equal(r.metric[0].set, "facts.json");
    assert_int_equal(need_metric(&r, "rewrite_success")->items, COUNT);
    assert_int_equal(items_of(&r, "rewrite_success"), COUNT);
    assert_int_equal(need_metric(&r, "rephrase_success")->items, COUNT);
    assert_int_equal(need_metric(&r, "rephrase_is_paraphrase")->items, COUNT);
    assert_int_equal((size_t)need_metric(&r, "rephrase_is_paraphrase")->value,
                     need_metric(&r, "paraphrase_success")->items);
    assert_int_equal((size_t)need_metric(&r, "neighbors_rebuilt")->value, f.rebuilt);
    spx_results_free(&r);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* Wilson's interval for none of ten: 0 to z^2 / (10 + z^2) = 27.7533 %. */
static void shares_have_wilsons_interval(void **state)
{
    (void)state;
    spx_results r = {0};
    const spx_eval_task task[] = {
        {.family = "perplexity",
         .file = SPX_DATASETS "/wikitext-2-test.txt",
         .tokens = 512,
         .window = 128},
        {.family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 10}};
    const spx_eval_plan plan = {.task = task, .tasks = 2};
    measure_tiny(&plan, &r);
    const spx_metric *p = need_metric(&r, "perplexity"), *l = need_metric(&r, "lambada");
    assert_true(p->lo < p->value && p->value < p->hi);
    assert_int_equal(p->items, 4 * 127);
    assert_int_equal(items_of(&r, "perplexity"), 4);
    assert_int_equal(need_metric(&r, "perplexity_second_half")->items, 4 * 64);
    assert_true(l->value == 0 && l->lo == 0); /* none of ten */
    check_leq(fabs(l->hi - 27.7533), 1e-3);
    spx_results_free(&r);
}

/* Windows of 128 every 64: tokens 2 .. 128 of the first, the last 64 of each other. */
static void overlapping_windows_score_each_token_once(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_tokens text;
    spx_results r = {0};
    double sum = 0, half = 0;
    char *from = NULL;
    size_t len = 0;
    const spx_eval_task task = {.family = "perplexity",
                                .file = SPX_DATASETS "/wikitext-2-test.txt",
                                .tokens = 320,
                                .window = 128,
                                .stride = 64};
    const spx_eval_plan plan = {.task = &task, .tasks = 1};
    measure_tiny(&plan, &r);
    open_tiny(&m, &t);
    check_ok(spx_file_text(task.file, &from, &len, &err));
    check_ok(spx_tokenizer_encode(t, from, len, false, &text, &err));
    for (size_t i = 0; i < 4; i++) {
        const size_t seen = i == 0 ? 1 : 64;
        const int32_t *at = text.id + 64 * i;
        const score_item it = {at, at + seen, seen, 128 - seen, NULL},
                         second = {at, at + 64, 64, 64, NULL};
        sum += plain_score(m, &it, NULL).nll * (double)it.targets;
        half += plain_score(m, &second, NULL).nll / 4;
    }
    check_value(&r, "perplexity", exp(sum / (127 + 3 * 64)));
    check_value(&r, "perplexity_second_half", exp(half));
    spx_free(from);
    spx_tokens_free(&text);
    spx_results_free(&r);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* A model trained with BOS reads it in place of each window's first token, which is not scored. */
static void windows_begin_with_bos(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_tokens text;
    spx_eval *e = NULL;
    spx_results r = {0};
    double sum = 0;
    char *from = NULL;
    size_t len = 0;
    const spx_eval_task task = {.family = "perplexity",
                                .file = SPX_DATASETS "/wikitext-2-test.txt",
                                .tokens = 128,
                                .window = 64};
    const spx_eval_plan plan = {.task = &task, .tasks = 1};
    check_ok(spx_lm_open(SPX_TESTS "/data/folders/llama", &m, &t, NULL, &err));
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, &r, &err));
    check_ok(spx_file_text(task.file, &from, &len, &err));
    check_ok(spx_tokenizer_encode(t, from, len, false, &text, &err));
    for (size_t i = 0; i < 2; i++) {
        int32_t *at = text.id + 64 * i;
        at[0] = spx_tokenizer_bos(t);
        const score_item it = {at, at + 1, 1, 63, NULL};
        sum += plain_score(m, &it, NULL).nll / 2;
    }
    assert_int_equal(text.id[0], 600);
    check_value(&r, "perplexity", exp(sum));
    spx_free(from);
    spx_tokens_free(&text);
    spx_results_free(&r);
    spx_eval_free(e);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void the_real_model_has_its_perplexity(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_eval *e = NULL;
    spx_results r = {0};
    check_ok(spx_ckpt_open(check_model(), &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    check_ok(spx_tokenizer_open(c, &t, &err));
    spx_ckpt_close(c);
    const spx_eval_task task = {
        .family = "perplexity", .file = SPX_DATASETS "/wikitext-2-test.txt", .tokens = 512};
    const spx_eval_plan plan = {.task = &task, .tasks = 1};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, &r, &err));
    check_leq(fabs(r.metric[0].value - 22.49), 0.01); /* the reference's, to its last digit */
    assert_true(isnan(r.metric[0].lo));               /* one window has no interval */
    spx_results_free(&r);
    spx_eval_free(e);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void faults_of_texts_are_named(void **state)
{
    (void)state;
    static const bad_task bad[] = {
        {{.family = "horoscope"}, "", "task 'horoscope'"},
        {{.family = "perplexity", .window = 1}, "some text", "window of 1 tokens, stride of 1"},
        {{.family = "perplexity"}, "some text", "expected at least 512"},
        {{.family = "perplexity", .tokens = 9},
         "text",
         "9 tokens (expected at least a window of 512)"},
        {{.family = "lambada"}, "{\"text\": \"two words\"}\n{\"id\": 3}", "line 2 (id 3): text is"},
        {{.family = "lambada"}, "{\"text\": \"word\"}", "text has no last word"},
        {{.family = "lambada", .items = 2},
         "{\"text\": \"two words\"}",
         "1 usable records (expected at least 2)"},
    };
    check_bad_tasks(bad, sizeof bad / sizeof *bad, "bad-text.txt");
}

static void evaluating_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    const spx_facts_opts which = {.count = 2};
    const spx_eval_task task = {
        .family = "lambada", .file = SPX_DATASETS "/lambada-500.jsonl", .items = 2};
    open_tiny(&m, &t);
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &which, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "f", .task = &task, .tasks = 1};
    check_plan_survives_oom(&plan, m, t);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quantity_is_listed_and_explained),
        cmocka_unit_test(counterfact_metrics_follow_their_definitions),
        cmocka_unit_test(shares_have_wilsons_interval),
        cmocka_unit_test(overlapping_windows_score_each_token_once),
        cmocka_unit_test(windows_begin_with_bos),
        cmocka_unit_test(the_real_model_has_its_perplexity),
        cmocka_unit_test(faults_of_texts_are_named),
        cmocka_unit_test(evaluating_survives_oom),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
