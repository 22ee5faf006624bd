/* test_metrics.c: scores in packed batches against whole sequences one by one; metrics by their
 * words. */
#include "check.h"
#include "eval/score.h"

#include "spx/facts.h"
#include "spx/metrics.h"
#include "spx/rng.h"

#include <stdbool.h>
#include <string.h>

static void open_tiny(spx_model **m, spx_tokenizer **t)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, m, &err));
    check_ok(spx_tokenizer_open(c, t, &err));
    spx_ckpt_close(c);
}

enum { V = 512, D = 64 };
/* -(1/m) sum_j log p(t_j | prompt, t_<j) from one plain pass. */
static score plain_score(const spx_model *m, const score_item *it)
{
    spx_error err = {0};
    int32_t token[128];
    static float x[128 * D], z[V];
    const size_t n = it->prompts + it->targets, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = token};
    const spx_pass all = {.from = 0, .to = 5};
    score out = {0, true};
    memcpy(token, it->prompt, it->prompts * sizeof *token);
    memcpy(token + it->prompts, it->target, it->targets * sizeof *token);
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &all, x, &err));
    for (size_t j = 0; j < it->targets; j++) {
        const size_t row = it->prompts - 1 + j, t = (size_t)it->target[j];
        double sum = 0;
        check_ok(spx_model_logits(m, x, &row, 1, z, &err));
        for (size_t k = 0; k < V; k++) {
            sum += exp((double)z[k]);
            out.argmax = out.argmax && z[k] <= z[t];
        }
        out.nll += (log(sum) - (double)z[t]) / (double)it->targets;
    }
    return out;
}

static void test_packed_scores(void **state)
{
    (void)state;
    enum { ITEMS = 60 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_rng rng = spx_rng_seed(1);
    int32_t ids[4000];
    score_item item[ITEMS];
    score got[ITEMS];
    open_tiny(&m, &t);
    for (size_t i = 0; i < 4000; i++) ids[i] = (int32_t)spx_rng_below(&rng, V);
    for (size_t i = 0; i < ITEMS; i++) {
        const size_t n = 1 + spx_rng_below(&rng, 60), k = 1 + spx_rng_below(&rng, 40);
        item[i] =
            (score_item){ids + spx_rng_below(&rng, 3000), ids + spx_rng_below(&rng, 3000), n, k};
        if (i % 2)
            item[i].prompt = item[i - 1].prompt, item[i].prompts = item[i - 1].prompts; /* shared */
    }
    check_ok(score_items(m, item, ITEMS, got, &err));
    for (size_t i = 0; i < ITEMS; i++) {
        const score want = plain_score(m, &item[i]);
        check_leq(fabs(got[i].nll - want.nll), 1e-5 * want.nll);
        assert_int_equal(got[i].argmax, want.argmax);
    }
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static double metric(const spx_metric *m, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(m[i].q->name, name) == 0) return m[i].value;
    fail_msg("no metric %s", name);
    return 0;
}

static score score_texts(const spx_model *m, const spx_tokenizer *t, const char *prompt,
                         const char *target)
{
    spx_error err = {0};
    char spaced[256];
    spx_tokens p, q;
    snprintf(spaced, sizeof spaced, " %s", target);
    check_ok(spx_tokenizer_encode(t, prompt, strlen(prompt), false, &p, &err));
    check_ok(spx_tokenizer_encode(t, spaced, strlen(spaced), false, &q, &err));
    const score_item it = {p.id, q.id, p.n, q.n};
    const score s = plain_score(m, &it);
    spx_tokens_free(&p);
    spx_tokens_free(&q);
    return s;
}

/* The definitions of spx/metrics.h, fact by fact. */
static void test_counterfact(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts f;
    spx_eval *e = NULL;
    spx_metric out[SPX_EVAL_MAX];
    size_t n = 0, rewrite = 0, paraphrase = 0, neighbor = 0;
    open_tiny(&m, &t);
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", 10, COUNT, &f, &err));
    const spx_eval_plan plan = {.facts = &f, .facts_name = "x/facts.json"};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, out, &n, &err));
    for (size_t i = 0; i < COUNT; i++) {
        const spx_fact *x = &f.fact[i];
        rewrite += score_texts(m, t, x->prompt, x->target_true).nll >
                   score_texts(m, t, x->prompt, x->target_new).nll;
        paraphrase += score_texts(m, t, x->paraphrase, x->target_true).nll >
                      score_texts(m, t, x->paraphrase, x->target_new).nll;
        neighbor += score_texts(m, t, x->neighbor, x->target_true).nll <
                    score_texts(m, t, x->neighbor, x->target_new).nll;
    }
    check_leq(fabs(metric(out, n, "rewrite_success") - 100.0 * (double)rewrite / COUNT), 1e-12);
    check_leq(fabs(metric(out, n, "paraphrase_success") - 100.0 * (double)paraphrase / COUNT),
              1e-12);
    check_leq(fabs(metric(out, n, "neighborhood_success") - 100.0 * (double)neighbor / COUNT),
              1e-12);
    assert_string_equal(out[0].set, "facts.json");
    assert_int_equal(out[0].items, COUNT);
    spx_eval_free(e);
    spx_facts_free(&f);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* Wilson's interval for none of ten: 0 to z^2 / (10 + z^2) = 27.7533 %. */
static void test_intervals(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_eval *e = NULL;
    spx_metric out[SPX_EVAL_MAX];
    size_t n = 0;
    open_tiny(&m, &t);
    const spx_eval_plan plan = {.perplexity_file = SPX_DATASETS "/wikitext-2-test.txt",
                                .perplexity_tokens = 512,
                                .window = 128,
                                .lambada_file = SPX_DATASETS "/lambada-500.jsonl",
                                .lambada_items = 10};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, out, &n, &err));
    assert_int_equal(n, 2);
    assert_true(out[0].lo < out[0].value && out[0].value < out[0].hi);
    assert_int_equal(out[0].items, 4 * 127);
    assert_true(out[1].value == 0 && out[1].lo == 0); /* none of ten */
    check_leq(fabs(out[1].hi - 27.7533), 1e-3);
    spx_eval_free(e);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void test_real_perplexity(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_eval *e = NULL;
    spx_metric out[SPX_EVAL_MAX];
    size_t n = 0;
    check_ok(spx_ckpt_open(check_model(), &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    check_ok(spx_tokenizer_open(c, &t, &err));
    spx_ckpt_close(c);
    const spx_eval_plan plan = {.perplexity_file = SPX_DATASETS "/wikitext-2-test.txt",
                                .perplexity_tokens = 512,
                                .window = 512};
    check_ok(spx_eval_new(&plan, t, &e, &err));
    check_ok(spx_eval_run(e, m, out, &n, &err));
    check_leq(fabs(out[0].value - 22.49),
              0.01); /* the reference's first window, to its last digit */
    spx_eval_free(e);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void test_bad_facts(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[{\"prompt\": \"A is\", \"subject\": \"B\", \"target_new\": \"c\", \"ground_truth\": "
        "\"d\"}]",
        "[{\"prompt\": \"A or A is\", \"subject\": \"A\", \"target_new\": \"c\", \"ground_truth\": "
        "\"d\"}]",
        "[{\"prompt\": \"A is\", \"subject\": \"A\", \"ground_truth\": \"d\"}]",
        "[{\"prompt\": \"A is\", \"subject\": \"\", \"target_new\": \"c\", \"ground_truth\": "
        "\"d\"}]",
        "[1]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        spx_facts f;
        FILE *file = fopen("bad-facts.json", "w");
        assert_non_null(file);
        fputs(bad[i], file);
        fclose(file);
        assert_int_equal(spx_facts_read("bad-facts.json", 0, 0, &f, &err), SPX_EFORMAT);
        assert_non_null(strstr(err.text, "bad-facts.json"));
    }
    remove("bad-facts.json");
    spx_facts f;
    check_survives_oom(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", 0, 3, &f, NULL));
    spx_facts_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_scores), cmocka_unit_test(test_counterfact),
        cmocka_unit_test(test_intervals),     cmocka_unit_test(test_real_perplexity),
        cmocka_unit_test(test_bad_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
