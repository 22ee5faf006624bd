/* test_simie.c: SimIE's carry over against dense inverses by NumPy (golden/editors.py), the keys of
 * all tokens against plain runs, token by token. */
#define GOLDEN "editors"
#include "golden.h"
#include "tiny_facts.h"

#include "spx/ckpt.h"
#include "spx/simie.h"

static void check_equal(spx_update *dW, const char *name)
{
    spx_error err = {0};
    spx_mat want;
    double worst = 0, size = 0;
    load(name, &want);
    check_ok(spx_update_expand(dW, &err));
    for (size_t i = 0; i < want.rows * want.cols; i++) {
        worst = fmax(worst, fabs(dW->A.data[i] - want.data[i]));
        size = fmax(size, fabs(want.data[i]));
    }
    check_leq(worst / size, 1e-13); /* cond(P) is about 2 */
    spx_mat_free(&want);
}

/* The second gap is E_2 - W_1, W_1 the weight that the first batch left. */
static void batches_are_carried_over(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_simie *s = NULL;
    spx_mat K, Kp, D1, E;
    spx_update first, second;
    load("K", &K);
    load("Kp", &Kp);
    load("D", &D1);
    load("E", &E);
    check_ok(spx_simie_open(100, K.rows, &s, &err));
    check_ok(spx_simie_remember(s, &Kp, &err));
    check_ok(spx_simie_carry(s, &D1, &Kp, &first, &err));
    assert_false(spx_update_factored(&first)); /* 30 tokens, 10 x 24 */
    check_equal(&first, "simie.first");
    check_ok(spx_simie_remember(s, &K, &err));
    spx_mat_subtract(&E, &E, &first.A);
    check_ok(spx_simie_carry(s, &E, &K, &second, &err));
    assert_true(spx_update_factored(&second));
    check_equal(&second, "simie.second");
    spx_update_free(&second);
    check_survives_oom(spx_simie_carry(s, &E, &K, &second, NULL));
    spx_update_free(&second);
    spx_update_free(&first);
    spx_simie_close(s);
    spx_mat *const owned[] = {&K, &Kp, &D1, &E};
    for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
}

/* Keys at a block of n tokens that are run alone. */
static void plain_keys(const spx_model *m, const int32_t *token, size_t n, size_t layer, float *key)
{
    spx_error err = {0};
    static float x[64 * D];
    const size_t start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = token};
    float *const keys[1] = {key};
    const spx_pass below = {.to = layer}, here = {.from = layer, .to = layer + 1, .keys = keys};
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &below, x, &err));
    check_ok(spx_model_forward(m, &b, &here, x, &err));
}

static void keys_are_those_of_every_token(void **state)
{
    (void)state;
    static const size_t layer[2] = {1, 3};
    static float want[64 * FF];
    spx_error err = {0};
    fixture f;
    spx_mat K[2];
    setup(&f);
    check_ok(spx_simie_keys(f.m, &f.p, layer, 2, K, &err));
    size_t column = 0;
    for (size_t i = 0; i < FACTS; i++) {
        int32_t token[64];
        const size_t q = i * (CONTEXTS + 1), from = f.p.start[q], n = f.p.start[q + 1] - from;
        memcpy(token, f.p.token + from, n * sizeof *token);
        token[n] = f.p.target[f.p.target_start[i + 1] - 1];
        for (size_t l = 0; l < 2; l++) {
            plain_keys(f.m, token, n + 1, layer[l], want);
            for (size_t r = 0; r <= n; r++)
                for (size_t j = 0; j < FF; j++)
                    check_leq(fabs(K[l].data[j * K[l].ld + column + r] - (double)want[r * FF + j]),
                              64 * (double)FLT_EPSILON);
        }
        column += n + 1;
    }
    assert_true(K[0].cols == column && K[1].cols == column);
    for (size_t l = 0; l < 2; l++) spx_mat_free(&K[l]);
    teardown(&f);
}

/* For check_survives_oom: the keys are not kept. */
static spx_status read_and_free(const fixture *f)
{
    static const size_t layer[2] = {1, 3};
    spx_mat K[2];
    const spx_status st = spx_simie_keys(f->m, &f->p, layer, 2, K, NULL);
    for (size_t l = 0; l < 2; l++) spx_mat_free(&K[l]);
    return st;
}

static void reading_survives_oom(void **state)
{
    (void)state;
    fixture f;
    setup(&f);
    assert_int_equal(read_and_free(&f), SPX_OK); /* the model's workspace has grown */
    check_survives_oom(read_and_free(&f));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_carried_over),
        cmocka_unit_test(keys_are_those_of_every_token),
        cmocka_unit_test(reading_survives_oom),
    };
    return cmocka_run_group_tests_name("simie", tests, open_golden, close_golden);
}
