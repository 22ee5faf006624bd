/* test_generate.c: generation over the cache against whole sequences run again for every token. */
#include "check.h"

#include "spx/generate.h"

#include <string.h>

enum { PROMPTS = 5, VOCAB = 512, D = 64, NEW = 12 };

static int32_t ids[PROMPTS][9] = {
    {5, 17, 300}, {44}, {9, 8, 7, 6, 5, 4, 3, 2, 1}, {100, 200, 300, 400}, {44}};
static const spx_tokens prompts[PROMPTS] = {{3, ids[0], NULL, NULL},
                                            {1, ids[1], NULL, NULL},
                                            {9, ids[2], NULL, NULL},
                                            {4, ids[3], NULL, NULL},
                                            {1, ids[4], NULL, NULL}};

static spx_model *tiny(void)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static void release(spx_tokens *t, size_t n)
{
    for (size_t i = 0; i < n; i++) spx_tokens_free(&t[i]);
}

/* The logits after n tokens, from a separate pass. */
static void next_logits(const spx_model *m, const int32_t *token, size_t n, float *z)
{
    spx_error err = {0};
    static float x[64 * D];
    const size_t start[2] = {0, n}, last = n - 1;
    const spx_batch b = {.n = 1, .start = start, .token = token};
    const spx_pass all = {.from = 0, .to = spx_model_shape(m)->layers};
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &all, x, &err));
    check_ok(spx_model_logits(m, x, &last, 1, z, &err));
}

/* The number of logits that exceed that of id by more than rounding. */
static size_t rank_of(const float *z, int32_t id)
{
    size_t above = 0;
    for (size_t j = 0; j < VOCAB; j++) above += z[j] > z[id] + 1e-4F;
    return above;
}

static void check_among_best(const spx_model *m, const spx_tokens *out, size_t k)
{
    for (size_t i = 0; i < PROMPTS; i++) {
        int32_t text[9 + NEW];
        float z[VOCAB];
        assert_int_equal(out[i].n, NEW);
        memcpy(text, prompts[i].id, prompts[i].n * sizeof *text);
        for (size_t j = 0; j < NEW; j++) {
            next_logits(m, text, prompts[i].n + j, z);
            assert_true(rank_of(z, out[i].id[j]) < k);
            text[prompts[i].n + j] = out[i].id[j];
        }
    }
}

static void greedy_takes_the_likeliest_token_of_each_whole_sequence(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens out[PROMPTS];
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = NEW;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, out, &err));
    check_among_best(m, out, 1);
    assert_memory_equal(out[1].id, out[4].id, NEW * sizeof(int32_t)); /* the same prompt */
    release(out, PROMPTS);
    spx_model_close(m);
}

static void sampling_repeats_with_its_seed_and_stays_within_the_k_likeliest(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens one[PROMPTS], two[PROMPTS];
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = NEW;
    o.top_k = 5;
    o.seed = 7;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, one, &err));
    check_among_best(m, one, 5);
    assert_memory_not_equal(one[1].id, one[4].id,
                            NEW * sizeof(int32_t)); /* each prompt has its own stream */
    check_ok(spx_generate(m, prompts, PROMPTS, &o, two, &err));
    for (size_t i = 0; i < PROMPTS; i++)
        assert_memory_equal(one[i].id, two[i].id, NEW * sizeof(int32_t));
    release(two, PROMPTS);
    o.seed = 8;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, two, &err));
    assert_memory_not_equal(one[0].id, two[0].id, NEW * sizeof(int32_t));
    release(one, PROMPTS);
    release(two, PROMPTS);
    spx_model_close(m);
}

/* 2000 first tokens after one prompt: each count is within 5 standard deviations of n p. */
static void draws_follow_the_softmax_at_the_temperature(void **state)
{
    (void)state;
    enum { N = 2000, K = 4 };
    spx_error err = {0};
    spx_model *m = tiny();
    static spx_tokens same[N], out[N];
    float z[VOCAB];
    double p[K], sum = 0;
    int32_t best[K];
    spx_generate_opts o = {.max_new = 1, .top_k = K, .temperature = 0.5, .stop = -1, .seed = 1};
    for (size_t i = 0; i < N; i++) same[i] = prompts[0];
    check_ok(spx_generate(m, same, N, &o, out, &err));
    next_logits(m, prompts[0].id, prompts[0].n, z);
    for (int32_t j = 0; j < VOCAB; j++)
        if (rank_of(z, j) < K) best[rank_of(z, j)] = j;
    for (size_t k = 0; k < K; k++) sum += p[k] = exp((double)z[best[k]] / 0.5);
    for (size_t k = 0; k < K; k++) {
        double count = 0;
        const double want = p[k] / sum;
        for (size_t i = 0; i < N; i++) count += out[i].id[0] == best[k];
        check_leq(fabs(count - N * want), 5 * sqrt(N * want * (1 - want)));
    }
    release(out, N);
    spx_model_close(m);
}

static bool has_three(const void *arg, const int32_t *id, size_t n)
{
    assert_non_null(id);
    *(size_t *)(uintptr_t)arg += 1;
    return n == 3;
}

static void a_sequence_ends_when_the_caller_says_so(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens out[PROMPTS];
    size_t asked = 0;
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = 9;
    o.done = has_three;
    o.arg = &asked;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, out, &err));
    for (size_t i = 0; i < PROMPTS; i++) assert_int_equal(out[i].n, 3);
    assert_int_equal(asked, 3 * PROMPTS);
    release(out, PROMPTS);
    spx_model_close(m);
}

static void a_sequence_ends_at_the_stop_token_or_its_length(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens free_run[PROMPTS], out[PROMPTS];
    spx_generate_opts o = spx_generate_defaults();
    o.max_total = 9;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, free_run, &err));
    for (size_t i = 0; i < PROMPTS; i++) assert_int_equal(free_run[i].n, 9 - prompts[i].n);
    o.stop = free_run[0].id[2];
    check_ok(spx_generate(m, prompts, PROMPTS, &o, out, &err));
    for (size_t i = 0; i < PROMPTS; i++) {
        size_t n = 0;
        while (n < free_run[i].n && free_run[i].id[n] != o.stop) n++;
        assert_int_equal(out[i].n, n);
        if (n > 0) assert_memory_equal(out[i].id, free_run[i].id, n * sizeof(int32_t));
    }
    release(free_run, PROMPTS);
    release(out, PROMPTS);
    spx_model_close(m);
}

static void bad_options_and_prompts_are_named(void **state)
{
    (void)state;
    spx_model *m = tiny();
    int32_t outside = VOCAB;
    const spx_tokens empty = {0}, foreign = {1, &outside, NULL, NULL};
    const struct {
        spx_tokens prompt;
        spx_generate_opts o;
        const char *says;
    } cases[] = {
        {prompts[0], {.top_k = 0, .temperature = 1, .stop = -1}, "top_k"},
        {prompts[0], {.top_k = SPX_TOP_K_MAX + 1, .temperature = 1, .stop = -1}, "top_k"},
        {prompts[0], {.top_k = 2, .temperature = 0, .stop = -1}, "temperature"},
        {empty, {.top_k = 1, .temperature = 1, .stop = -1}, "prompt 0 has 0 tokens"},
        {foreign, {.top_k = 1, .temperature = 1, .stop = -1}, "token 512"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_tokens out;
        assert_int_equal(spx_generate(m, &cases[i].prompt, 1, &cases[i].o, &out, &err), SPX_EINVAL);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_null(out.id);
    }
    spx_model_close(m);
}

static void non_finite_logits_are_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens out[PROMPTS];
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = 2;
    spx_model_ffn_out(m, 1)[3] = NAN;
    assert_int_equal(spx_generate(m, prompts, PROMPTS, &o, out, &err), SPX_ENUMERIC);
    for (size_t i = 0; i < PROMPTS; i++) assert_null(out[i].id);
    spx_model_close(m);
}

static void generation_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = tiny();
    spx_tokens out[PROMPTS];
    spx_generate_opts o = spx_generate_defaults();
    o.max_new = 2;
    check_ok(spx_generate(m, prompts, PROMPTS, &o, out, &err)); /* the model keeps its workspace */
    release(out, PROMPTS);
    check_survives_oom((err = (spx_error){0}, spx_generate(m, prompts, PROMPTS, &o, out, &err)));
    release(out, PROMPTS);
    spx_model_close(m);
    assert_int_equal(spx_test_live_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greedy_takes_the_likeliest_token_of_each_whole_sequence),
        cmocka_unit_test(sampling_repeats_with_its_seed_and_stays_within_the_k_likeliest),
        cmocka_unit_test(draws_follow_the_softmax_at_the_temperature),
        cmocka_unit_test(a_sequence_ends_when_the_caller_says_so),
        cmocka_unit_test(a_sequence_ends_at_the_stop_token_or_its_length),
        cmocka_unit_test(bad_options_and_prompts_are_named),
        cmocka_unit_test(non_finite_logits_are_refused),
        cmocka_unit_test(generation_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
