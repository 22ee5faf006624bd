/* test_search.c: the loss of a target search and its gradient, from cached heads and packed tails,
 * against whole sequences run one by one; targets that are found; keys and values while layers are
 * written. */
#include "check.h"
#include "edit/search.h"

#include "spx/keys.h"
#include "spx/rng.h"

#include <stdbool.h>
#include <string.h>

enum { D = 64, V = 512, LAYER = 2, FACTS = 3, CONTEXTS = 2 };

typedef struct fixture {
    spx_model *m;
    spx_tokenizer *t;
    spx_prompts p;
    spx_target_opts o;
} fixture;

static void setup(fixture *f)
{
    static const spx_request requests[FACTS] = {
        {"The mother tongue of Danielle Darrieux is", "Danielle Darrieux", "English"},
        {"Toko Yasuda produces the most amazing music on the", "Toko Yasuda", "piano"},
        {"Paris is in", "Paris", "Italy"},
    };
    static const char *const prefix[] = {"Because of this, people often ask about it."};
    spx_error err = {0};
    spx_ckpt *c = NULL;
    *f = (fixture){
        .o = {
            .layer = LAYER, .steps = 20, .lr = 0.1, .clamp = 4, .weight_decay = 0.5, .kl = 0.0625}};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &f->m, &err));
    check_ok(spx_tokenizer_open(c, &f->t, &err));
    spx_ckpt_close(c);
    check_ok(spx_prompts_new(f->t, requests, FACTS, prefix, CONTEXTS - 1, &f->p, &err));
    assert_int_equal(f->p.contexts, CONTEXTS);
}

static void teardown(fixture *f)
{
    spx_prompts_free(&f->p);
    spx_tokenizer_close(f->t);
    spx_model_close(f->m);
}

/* Log-probabilities of all rows of sequence q with delta added behind LAYER at the subject's last
 * token. */
static size_t plain_run(const fixture *f, size_t q, const double *delta, double *logp)
{
    spx_error err = {0};
    static float x[64 * D], z[64 * V];
    size_t row[64];
    const size_t first = f->p.start[q], n = f->p.start[q + 1] - first, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = f->p.token + first};
    const spx_pass below = {.from = 0, .to = LAYER + 1}, above = {.from = LAYER + 1, .to = 5};
    assert_true(n <= 64);
    spx_model_embed(f->m, &b, x);
    check_ok(spx_model_forward(f->m, &b, &below, x, &err));
    for (size_t j = 0; j < D; j++) x[f->p.subject[q] * D + j] += (float)delta[j];
    check_ok(spx_model_forward(f->m, &b, &above, x, &err));
    for (size_t r = 0; r < n; r++) row[r] = r;
    check_ok(spx_model_logits(f->m, x, row, n, z, &err));
    for (size_t r = 0; r < n; r++) {
        double sum = 0;
        for (size_t j = 0; j < V; j++) sum += exp((double)z[r * V + j]);
        for (size_t j = 0; j < V; j++) logp[r * V + j] = (double)z[r * V + j] - log(sum);
    }
    return n;
}

/* The loss of spx/targets.h, straight from its words. */
static search_loss plain_loss(const fixture *f, size_t fact, const double *delta)
{
    static double logp[64 * V], before[64 * V];
    static const double zero[D];
    search_loss out = {0, 0};
    const size_t q0 = fact * (CONTEXTS + 1),
                 m = f->p.target_start[fact + 1] - f->p.target_start[fact];
    const int32_t *target = f->p.target + f->p.target_start[fact];
    for (size_t c = 0; c < CONTEXTS; c++) {
        const size_t n = plain_run(f, q0 + c, delta, logp);
        for (size_t j = 0; j < m; j++)
            out.nll -= logp[(n - m + j) * V + (size_t)target[j]] / (double)(m * CONTEXTS);
    }
    const size_t at = f->p.subject[q0 + CONTEXTS];
    (void)plain_run(f, q0 + CONTEXTS, delta, logp);
    (void)plain_run(f, q0 + CONTEXTS, zero, before);
    for (size_t j = 0; j < V; j++)
        out.kl += exp(logp[at * V + j]) * (logp[at * V + j] - before[at * V + j]);
    return out;
}

static void test_loss_and_gradient(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(1);
    fixture f;
    search s;
    double delta[FACTS * D] = {0}, gradient[FACTS * D], along[FACTS * D];
    search_loss loss[FACTS];
    bool active[FACTS] = {true, true, true};
    setup(&f);
    check_ok(search_open(&s, f.m, &f.p, &f.o, 0, FACTS, &err));
    check_ok(
        search_step(&s, active, delta, loss, gradient, &err)); /* at 0: the KL term's reference */
    for (size_t i = 0; i < FACTS; i++) check_leq(fabs(loss[i].kl), 1e-6);
    for (size_t i = 0; i < FACTS * D; i++)
        delta[i] = 0.5 * spx_rng_normal(&rng), along[i] = spx_rng_normal(&rng);
    active[1] = false; /* a fact that has left the search changes nothing for the others */
    check_ok(search_step(&s, active, delta, loss, gradient, &err));
    for (size_t i = 0; i < FACTS; i += 2) {
        const search_loss want = plain_loss(&f, i, delta + i * D);
        check_leq(fabs(loss[i].nll - want.nll), 1e-5 * want.nll);
        check_leq(fabs(loss[i].kl - want.kl), 1e-5 * (1 + want.kl));
        double up[D], down[D], slope = 0;
        const double h = 2e-3;
        for (size_t j = 0; j < D; j++) {
            up[j] = delta[i * D + j] + h * along[i * D + j];
            down[j] = delta[i * D + j] - h * along[i * D + j];
            slope += gradient[i * D + j] * along[i * D + j];
        }
        const search_loss a = plain_loss(&f, i, up), b = plain_loss(&f, i, down);
        const double measured = (a.nll - b.nll + f.o.kl * (a.kl - b.kl)) / (2 * h);
        check_leq(fabs(slope - measured), 2e-3 * (1 + fabs(measured)));
    }
    search_close(&s);
    teardown(&f);
}

/* The search lowers the loss, keeps the clamp, and does not depend on how facts are grouped. */
static void test_targets(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat Z, alone;
    spx_target_report few, many;
    setup(&f);
    check_ok(spx_mat_alloc(&Z, D, FACTS, &err));
    check_ok(spx_mat_alloc(&alone, D, FACTS, &err));
    f.o.steps = 1;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &Z, &few, &err));
    check_leq(few.ratio, 0); /* one pass, no step */
    f.o.steps = 30;
    f.o.lr = 0.3;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &Z, &many, &err));
    assert_true(many.nll < 0.8 * few.nll);
    check_leq(many.ratio, f.o.clamp * (1 + 1e-12));
    f.o.rows = 1; /* one fact a group */
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &alone, NULL, &err));
    for (size_t i = 0; i < D * FACTS; i++) check_leq(fabs(Z.data[i] - alone.data[i]), 2e-2);
    f.o.clamp = 0.01;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &Z, &many, &err));
    check_leq(many.ratio, 0.01 * (1 + 1e-12));
    spx_mat_free(&Z);
    spx_mat_free(&alone);
    teardown(&f);
}

/* K by hand: half the bare key, half the mean over prefixes; after a write, H and the next K see
 * it. */
static void test_keys_follow_writes(void **state)
{
    (void)state;
    enum { FF = 172 };
    spx_error err = {0};
    fixture f;
    spx_keys *k = NULL, *again = NULL;
    spx_mat K, H, K2, H2;
    setup(&f);
    check_ok(spx_mat_alloc(&K, FF, FACTS, &err));
    check_ok(spx_mat_alloc(&K2, FF, FACTS, &err));
    check_ok(spx_mat_alloc(&H, D, FACTS, &err));
    check_ok(spx_mat_alloc(&H2, D, FACTS, &err));
    check_ok(spx_keys_new(f.m, &f.p, 1, LAYER, &k, &err));
    check_ok(spx_keys_read(k, &K, &H, &err));

    static float x[64 * D], key[64 * FF];
    double want[FF] = {0};
    for (size_t c = 0; c < CONTEXTS; c++) {
        const size_t first = f.p.start[c], n = f.p.subject[c] + 1, start[2] = {0, n};
        const spx_batch b = {.n = 1, .start = start, .token = f.p.token + first};
        float *keys[] = {NULL, key};
        const spx_pass pass = {.from = 0, .to = 2, .keys = keys};
        spx_model_embed(f.m, &b, x);
        check_ok(spx_model_forward(f.m, &b, &pass, x, &err));
        for (size_t j = 0; j < FF; j++) want[j] += 0.5 * (double)key[(n - 1) * FF + j];
    }
    for (size_t j = 0; j < FF; j++) check_leq(fabs(K.data[j * FACTS] - want[j]), 1e-5);

    float *W = spx_model_ffn_out(f.m, 1);
    for (size_t i = 0; i < D * FF; i++) W[i] *= 1.5F;
    check_ok(spx_keys_advance(k, &err));
    check_ok(spx_keys_read(k, &K, &H, &err));
    check_ok(spx_keys_new(f.m, &f.p, 2, LAYER, &again,
                          &err)); /* from scratch, with the write in place */
    check_ok(spx_keys_read(again, &K2, &H2, &err));
    for (size_t i = 0; i < FF * FACTS; i++) check_leq(fabs(K.data[i] - K2.data[i]), 1e-5);
    for (size_t i = 0; i < D * FACTS; i++) check_leq(fabs(H.data[i] - H2.data[i]), 1e-4);
    spx_keys_free(k);
    spx_keys_free(again);
    spx_mat *const owned[] = {&K, &K2, &H, &H2};
    for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
    teardown(&f);
}

static void test_prompts(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    char *text = NULL;
    spx_prompts p;
    setup(&f);
    const size_t n = f.p.start[1] - f.p.start[0], m = f.p.target_start[1];
    check_ok(spx_tokenizer_decode(f.t, f.p.token, n - (m - 1), &text, &err));
    assert_string_equal(text, "The mother tongue of Danielle Darrieux is");
    spx_free(text);
    check_ok(spx_tokenizer_decode(f.t, f.p.token, f.p.subject[0] + 1, &text, &err));
    assert_string_equal(text, "The mother tongue of Danielle Darrieux");
    spx_free(text);
    check_ok(spx_tokenizer_decode(f.t, f.p.target, m, &text, &err));
    assert_string_equal(text, " English");
    spx_free(text);
    static const spx_request bad[] = {{"A is", "B", "c"}, {"A is", "A", ""}};
    for (size_t i = 0; i < 2; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_prompts_new(f.t, &bad[i], 1, NULL, 0, &p, &err), SPX_EINVAL);
        assert_true(strlen(err.text) > 0);
    }
    static const spx_request good = {"A is", "A", "c"};
    check_survives_oom(spx_prompts_new(f.t, &good, 1, NULL, 0, &p, NULL));
    spx_prompts_free(&p);
    teardown(&f);
}

static void test_survives_oom(void **state)
{
    (void)state;
    fixture f;
    spx_mat Z;
    spx_error err = {0};
    setup(&f);
    check_ok(spx_mat_alloc(&Z, D, FACTS, &err));
    f.o.steps = 2;
    check_ok(
        spx_targets_find(f.m, &f.p, &f.o, &Z, NULL, &err)); /* the model's workspace has grown */
    check_survives_oom(spx_targets_find(f.m, &f.p, &f.o, &Z, NULL, NULL));
    spx_mat_free(&Z);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_and_gradient),  cmocka_unit_test(test_targets),
        cmocka_unit_test(test_keys_follow_writes), cmocka_unit_test(test_prompts),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
