/* test_trace.c: causal tracing and its first order against PyTorch in double (golden/trace.py), and
 * how prompts are cut. */
#include "check.h"

#include "spx/rng.h"
#include "spx/trace.h"

#include <string.h>

enum { PROMPTS = 20, SAMPLES = 2, LAYERS = 5, ROWS = 256, ORDERS = 3 };

typedef struct golden {
    spx_model *m;
    spx_tokenizer *t;
    spx_trace_prompt p[PROMPTS];
    int32_t token[ROWS];
    float deviation, probability[2 * PROMPTS];
    float effect[SPX_TRACE_KINDS * LAYERS * ROWS], order[ORDERS * LAYERS * ROWS];
} golden;

static size_t read_golden(const spx_ckpt *c, const char *name, float *out, size_t room)
{
    const spx_tensor *t = spx_ckpt_find(c, name);
    assert_non_null(t);
    const size_t n = spx_tensor_rows(t) * spx_tensor_cols(t);
    assert_true(n <= room);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
    return n;
}

static void load_prompts(golden *g, const spx_ckpt *c)
{
    float ids[ROWS], length[PROMPTS], first[PROMPTS], last[PROMPTS], answer[PROMPTS];
    const size_t n = read_golden(c, "ids", ids, ROWS);
    (void)read_golden(c, "length", length, PROMPTS);
    (void)read_golden(c, "first", first, PROMPTS);
    (void)read_golden(c, "last", last, PROMPTS);
    (void)read_golden(c, "answer", answer, PROMPTS);
    for (size_t i = 0; i < n; i++) g->token[i] = (int32_t)ids[i];
    for (size_t i = 0, at = 0; i < PROMPTS; at += g->p[i].tokens, i++)
        g->p[i] = (spx_trace_prompt){.tokens = (size_t)length[i],
                                     .first = (size_t)first[i],
                                     .last = (size_t)last[i],
                                     .token = g->token + at,
                                     .answer = (int32_t)answer[i]};
}

static int load(void **state)
{
    static golden g;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &g.m, &err));
    check_ok(spx_tokenizer_open(c, &g.t, &err));
    spx_ckpt_close(c);
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/trace.safetensors", &c, &err));
    load_prompts(&g, c);
    (void)read_golden(c, "deviation", &g.deviation, 1);
    (void)read_golden(c, "p", g.probability, 2 * (size_t)PROMPTS);
    (void)read_golden(c, "effect", g.effect, sizeof g.effect / sizeof *g.effect);
    (void)read_golden(c, "first_order", g.order, sizeof g.order / sizeof *g.order);
    spx_ckpt_close(c);
    *state = &g;
    return 0;
}

static int unload(void **state)
{
    golden *g = *state;
    spx_tokenizer_close(g->t);
    spx_model_close(g->m);
    return 0;
}

static spx_trace_opts options(const golden *g, size_t i)
{
    spx_trace_opts o = spx_trace_defaults();
    o.samples = SAMPLES;
    o.window = 3 + i % 2;
    o.noise = 3 * (double)g->deviation;
    return o;
}

/* The bound on probabilities. */
static const double bound = 1e-5;

static void the_deviation_is_that_of_the_subjects(void **state)
{
    const golden *g = *state;
    spx_error err = {0};
    double found = 0;
    check_ok(spx_trace_deviation(g->m, g->p, PROMPTS, &found, &err));
    check_leq(fabs(found - (double)g->deviation), 1e-6 * (double)g->deviation);
}

static void traces_match_pytorch(void **state)
{
    const golden *g = *state;
    spx_error err = {0};
    const float *want = g->effect;
    double largest = 0;
    for (size_t i = 0; i < PROMPTS; i++) {
        const spx_trace_opts o = options(g, i);
        spx_trace t;
        bool known = false;
        check_ok(spx_trace_knows(g->m, &g->p[i], 1, &known, &err));
        assert_true(known);
        check_ok(spx_trace_run(g->m, &g->p[i], &o, &t, &err));
        assert_int_equal(t.layers, LAYERS);
        check_leq(fabs(t.clean - (double)g->probability[2 * i]), bound);
        check_leq(fabs(t.corrupted - (double)g->probability[2 * i + 1]), bound);
        const size_t n = SPX_TRACE_KINDS * t.layers * t.tokens;
        for (size_t j = 0; j < n; j++) {
            check_leq(fabs(t.effect[j] - (double)want[j]), bound);
            largest = fmax(largest, fabs(t.effect[j]));
        }
        want += n;
        spx_trace_free(&t);
    }
    assert_true(largest > 0.1); /* there is something to compare */
}

static void the_first_order_matches_autograd(void **state)
{
    const golden *g = *state;
    spx_error err = {0};
    const float *want = g->order;
    for (size_t i = 0; i < PROMPTS; i++) {
        const spx_trace_opts o = options(g, i);
        spx_trace t;
        check_ok(spx_trace_attribute(g->m, &g->p[i], &o, &t, &err));
        const size_t n = ORDERS * t.layers * t.tokens;
        for (size_t j = 0; j < n; j++) check_leq(fabs(t.effect[j] - (double)want[j]), bound);
        assert_true(isnan(spx_trace_at(&t, SPX_TRACE_NO_FFN, 0, 0)));
        want += n;
        spx_trace_free(&t);
    }
}

/* Where the subject's last token is restored after the last block, only a prompt that ends there
 * can notice; restoring the stream of the last token after the last block gives the clean answer.
 */
static void a_whole_restoration_gives_the_clean_answer(void **state)
{
    const golden *g = *state;
    spx_error err = {0};
    for (size_t i = 0; i < PROMPTS; i++) {
        const spx_trace_prompt *p = &g->p[i];
        spx_trace_opts o = options(g, i);
        spx_trace t;
        o.kinds = 1U << SPX_TRACE_STREAM;
        check_ok(spx_trace_run(g->m, p, &o, &t, &err));
        for (size_t r = p->first; r < p->tokens; r++)
            check_leq(fabs(spx_trace_at(&t, SPX_TRACE_STREAM, LAYERS - 1, r) -
                           (r + 1 == p->tokens ? t.clean - t.corrupted : 0)),
                      bound);
        assert_true(isnan(spx_trace_at(&t, SPX_TRACE_FFN, 0, p->first)));
        spx_trace_free(&t);
    }
}

static void a_prompt_is_cut_at_its_subject(void **state)
{
    const golden *g = *state;
    static const struct {
        spx_request request;
        size_t at_first, at_last; /* bytes of the prompt in the subject's first and last token */
    } cases[] = {
        {{"The mother tongue of Danielle Darrieux is", "Danielle Darrieux", "French", 0}, 21, 37},
        {{"Paris is in", "Paris", "France", 0}, 0, 4},
        {{"We are in Paris", "Paris", "France", 0}, 10, 14},
        {{"Paris and again Paris is", "Paris", "big", 1}, 16, 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_trace_prompt p;
        spx_tokens t;
        const char *text = cases[i].request.prompt;
        check_ok(spx_trace_prompt_new(g->t, &cases[i].request, &p, &err));
        check_ok(spx_tokenizer_prompt(g->t, text, strlen(text), &t, &err));
        assert_int_equal(p.tokens, t.n);
        assert_true(t.begin[p.first] <= cases[i].at_first && t.end[p.first] > cases[i].at_first);
        assert_true(t.begin[p.last] <= cases[i].at_last && t.end[p.last] > cases[i].at_last);
        assert_int_equal(spx_trace_place_of(&p, p.last), SPX_PLACE_SUBJECT_LAST);
        spx_tokens_free(&t);
        spx_trace_prompt_free(&p);
    }
}

static void a_request_without_its_subject_is_refused(void **state)
{
    const golden *g = *state;
    static const spx_request bad[] = {
        {"Paris is in", "London", "France", 0}, {"Paris is in", "", "France", 0},
        {"Paris is in", "Paris", "", 0},        {"Paris is in", "Paris", "France", 3},
        {"Paris", "Paris", "France", 9},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        spx_trace_prompt p;
        assert_int_equal(spx_trace_prompt_new(g->t, &bad[i], &p, &err), SPX_EINVAL);
        assert_non_null(strstr(err.text, bad[i].prompt));
        assert_null(p.token);
    }
}

static void every_token_has_one_place(void **state)
{
    (void)state;
    const spx_trace_prompt p = {.tokens = 9, .first = 1, .last = 4};
    static const spx_trace_place want[] = {SPX_PLACE_SUBJECT_FIRST,  SPX_PLACE_SUBJECT_MIDDLE,
                                           SPX_PLACE_SUBJECT_MIDDLE, SPX_PLACE_SUBJECT_LAST,
                                           SPX_PLACE_AFTER,          SPX_PLACE_FURTHER,
                                           SPX_PLACE_FURTHER,        SPX_PLACE_LAST};
    enum { CELLS = SPX_TRACE_KINDS * 9 };
    double effect[CELLS], out[SPX_TRACE_KINDS * SPX_PLACES];
    const spx_trace t = {.layers = 1, .tokens = 9, .effect = effect};
    for (size_t i = 0; i < CELLS; i++) effect[i] = (double)(i % 9);
    for (size_t r = 1; r < 9; r++) assert_int_equal(spx_trace_place_of(&p, r), want[r - 1]);
    spx_trace_places(&t, &p, out);
    static const double means[SPX_PLACES] = {1, 2.5, 4, 5, 6.5, 8};
    for (int k = 0; k < SPX_PLACES; k++) assert_float_equal(out[k], means[k], 0);
    const spx_trace_prompt single = {.tokens = 2, .first = 1, .last = 1};
    assert_int_equal(spx_trace_place_of(&single, 1), SPX_PLACE_SUBJECT_LAST);
}

static void tracing_survives_want_of_memory(void **state)
{
    const golden *g = *state;
    spx_error err = {0};
    spx_trace_opts o = options(g, 0);
    spx_trace t;
    spx_trace_prompt p;
    static const spx_request r = {"Paris is in", "Paris", "France", 0};
    check_survives_oom(spx_trace_prompt_new(g->t, &r, &p, &err));
    spx_trace_prompt_free(&p);
    o.kinds = 1U << SPX_TRACE_NO_FFN;
    check_survives_oom(spx_trace_run(g->m, &g->p[0], &o, &t, &err));
    spx_trace_free(&t);
    check_survives_oom(spx_trace_attribute(g->m, &g->p[0], &o, &t, &err));
    spx_trace_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deviation_is_that_of_the_subjects),
        cmocka_unit_test(traces_match_pytorch),
        cmocka_unit_test(the_first_order_matches_autograd),
        cmocka_unit_test(a_whole_restoration_gives_the_clean_answer),
        cmocka_unit_test(a_prompt_is_cut_at_its_subject),
        cmocka_unit_test(a_request_without_its_subject_is_refused),
        cmocka_unit_test(every_token_has_one_place),
        cmocka_unit_test(tracing_survives_want_of_memory),
    };
    return cmocka_run_group_tests_name("trace", tests, load, unload);
}
