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
                                       "portability_two_hop",
                                       "locality_distracting",
                                       "rephrase_tokens",
                                       "paraphrase_match_qa",
                                       "neighborhood_kl",
                                       "drift_overlap",
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
        const score_item it = {.prompt = at,
                               .target = at + seen,
                               .prompts = seen,
                               .targets = 128 - seen},
                         second = {.prompt = at, .target = at + 64, .prompts = 64, .targets = 64};
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
        const score_item it = {.prompt = at, .target = at + 1, .prompts = 1, .targets = 63};
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

static double share_of(const spx_model *m, const spx_tokenizer *t, const char *prompt,
                       const char *answer)
{
    spx_error err = {0};
    spx_tokens p, q;
    char spaced[64];
    snprintf(spaced, sizeof spaced, " %s", answer);
    check_ok(spx_tokenizer_prompt(t, prompt, strlen(prompt), &p, &err));
    check_ok(spx_tokenizer_continue(t, spaced, strlen(spaced), &q, &err));
    const score_item it = {.prompt = p.id, .target = q.id, .prompts = p.n, .targets = q.n};
    const double share = 100.0 * (double)plain_score(m, &it, NULL).hits / (double)q.n;
    spx_tokens_free(&p);
    spx_tokens_free(&q);
    return share;
}

/* One fact has no interval. */
static void check_number(const spx_results *r, const char *name, double want)
{
    const double got = need_metric(r, name)->value;
    if (fabs(got - want) > 1e-9) fail_msg("%s is %.9g, not %.9g", name, got, want);
}

static bool has_metric(const spx_results *r, const char *name)
{
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, name) == 0) return true;
    return false;
}

/* Turns the FFN of the first block round, and returns the share of the answer's tokens whose argmax
 * is what it was. */
static double tokens_kept(spx_model *m, const spx_tokenizer *t, const char *prompt,
                          const char *answer)
{
    spx_error err = {0};
    spx_tokens p, q;
    char spaced[64];
    int32_t best[2][16];
    double same = 0;
    const spx_model_config *c = spx_model_shape(m);
    float *w = spx_model_ffn_out(m, 0);
    snprintf(spaced, sizeof spaced, " %s", answer);
    check_ok(spx_tokenizer_prompt(t, prompt, strlen(prompt), &p, &err));
    check_ok(spx_tokenizer_continue(t, spaced, strlen(spaced), &q, &err));
    const score_item it = {.prompt = p.id, .target = q.id, .prompts = p.n, .targets = q.n};
    assert_true(q.n <= 16);
    (void)plain_score(m, &it, best[0]);
    for (size_t i = 0; i < c->d_model * c->d_ff; i++) w[i] *= -9;
    (void)plain_score(m, &it, best[1]);
    for (size_t j = 0; j < q.n; j++) same += best[0][j] == best[1][j];
    same *= 100 / (double)q.n;
    spx_tokens_free(&p);
    spx_tokens_free(&q);
    return same;
}

/* A prompt of one word that the model continues with a word, and that word. */
static void find_right_answer(const spx_model *m, const spx_tokenizer *t, char prompt[8],
                              char answer[16])
{
    spx_error err = {0};
    for (int i = 0; i < 26 * 26; i++) {
        spx_tokens p;
        int32_t dummy = 1, best = 0;
        char *text = NULL;
        snprintf(prompt, 8, "%c%c", 'A' + i / 26, 'a' + i % 26);
        check_ok(spx_tokenizer_prompt(t, prompt, 2, &p, &err));
        const score_item it = {.prompt = p.id, .target = &dummy, .prompts = p.n, .targets = 1};
        (void)plain_score(m, &it, &best);
        check_ok(spx_tokenizer_decode(t, &best, 1, &text, &err));
        const size_t letters = strspn(text + (*text == ' '), "abcdefghijklmnopqrstuvwxyz");
        const bool word = *text == ' ' && letters > 0 && letters < 15 && !text[letters + 1];
        if (word) snprintf(answer, 16, "%s", text + 1);
        spx_free(text);
        spx_tokens_free(&p);
        if (word && share_of(m, t, prompt, answer) == 100) return;
    }
    fail_msg("no prompt is continued with a word");
}

/* The same model before and after: locality is whole; portability counts tokens. A record without a
 * true target has no success. */
static void probes_follow_their_definitions(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_eval *e = NULL;
    spx_results before = {0}, r = {0};
    const spx_facts_opts all = {0};
    char prompt[8], answer[16], text[1024];
    double share[3], mean = 0;
    open_tiny(&m, &t);
    find_right_answer(m, t, prompt, answer);
    const char *const prompts[] = {prompt, "There was a little", prompt};
    const char *const answers[] = {answer, "girl named Lily", answer};
    snprintf(text, sizeof text,
             "[{\"prompt\": \"Tom went to\", \"subject\": \"Tom\", \"target_new\": \"the park\", "
             "\"portability\": {\"Reasoning\": [{\"prompt\": \"%s\", \"ground_truth\": \"%s\"}, "
             "{\"prompt\": \"There was a little\", \"ground_truth\": [\"girl named Lily\"]}], "
             "\"Subject_Aliasing\": [{\"prompt\": \"%s\", \"ground_truth\": \"%s\"}]}, "
             "\"locality\": {\"Relation_Specificity\": [{\"prompt\": \"Lily liked to\", "
             "\"ground_truth\": \"play outside\"}]}}]",
             prompt, answer, prompt, answer);
    write_file("probes.json", text);
    check_ok(spx_facts_read("probes.json", &all, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "probes.json"};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_unedited(e, m, &before, &err));
    check_ok(spx_eval_run(e, m, &r, &err));
    for (size_t i = 0; i < 3; i++) {
        share[i] = share_of(m, t, prompts[i], answers[i]);
        mean += share[i] / 3;
    }
    check_number(&r, "portability_reasoning", (share[0] + share[1]) / 2);
    check_number(&r, "portability_subject_aliasing", share[2]);
    check_number(&r, "portability", mean);
    assert_true(mean > 0 && mean < 100);
    check_number(&r, "locality_relation_specificity", 100);
    check_number(&r, "locality", 100);
    check_number(&r, "locality_accuracy", share_of(m, t, "Lily liked to", "play outside"));
    check_number(&r, "edit_tokens", share_of(m, t, "Tom went to", "the park"));
    check_number(&r, "rewrite_acc", 100.0 * score_texts(m, t, "Tom went to", "the park").argmax);
    assert_false(has_metric(&r, "rewrite_success"));
    assert_true(has_metric(&before, "edit_tokens") && !has_metric(&before, "portability_one_hop"));
    spx_results_free(&before);
    spx_results_free(&r);
    const double kept = tokens_kept(m, t, "Lily liked to", "play outside");
    check_ok(spx_eval_run(e, m, &r, &err)); /* the model that tokens_kept changed */
    check_number(&r, "locality", kept);
    assert_true(kept < 100);
    spx_results_free(&r);
    spx_eval_free(e);
    check_survives_oom(spx_eval_new(&plan, t, &e, NULL));
    spx_eval_free(e);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
    remove("probes.json");
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
        cmocka_unit_test(probes_follow_their_definitions),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
