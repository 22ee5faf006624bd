/* test_search.c: the loss of a target search and its gradient, from cached heads and packed tails,
 * against whole sequences run one by one; targets that are found. */
#include "edit/search.h"
#include "tiny_facts.h"

#include "spx/keys.h"
#include "spx/rng.h"

/* The loss of spx/targets.h, straight from its words. */
static search_loss plain_loss(const fixture *f, size_t fact, const double *delta)
{
    static double logp[64 * V], before[64 * V];
    static const double zero[D];
    search_loss out = {0, 0, false};
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
    check_ok(search_open(&s, f.m, &f.p, &f.o, 0, FACTS, false, &err));
    check_ok(search_losses(&s, active, delta, loss, &err)); /* at 0: the KL term's reference */
    for (size_t i = 0; i < FACTS; i++) check_leq(fabs(loss[i].kl), 1e-6);
    for (size_t i = 0; i < FACTS * D; i++)
        delta[i] = 0.5 * spx_rng_normal(&rng), along[i] = spx_rng_normal(&rng);
    active[1] = false; /* a fact that has left the search changes nothing for the others */
    check_ok(search_losses(&s, active, delta, loss, &err));
    check_ok(search_gradient(&s, gradient, &err));
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

/* Columns of y and h: the block's FFN output and the residual stream after it, bare prompt. */
static void values_at(const fixture *f, spx_mat *y, spx_mat *h)
{
    spx_error err = {0};
    spx_keys *k = NULL;
    check_ok(spx_mat_alloc(y, D, f->p.facts, &err));
    check_ok(spx_mat_alloc(h, D, f->p.facts, &err));
    check_ok(spx_keys_new(f->m, &f->p, LAYER, LAYER, &k, &err));
    check_ok(spx_keys_read(k, SPX_KEYS_FLAT, &(spx_keys_out){.value = y, .H = h}, &err));
    spx_keys_free(k);
}

static double column_norm(const spx_mat *A, const spx_mat *B, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < A->rows; j++) {
        const double x = A->data[j * A->ld + i] - (B ? B->data[j * B->ld + i] : 0);
        sum += x * x;
    }
    return sqrt(sum);
}

/* Both sites are the same place after the block: with no decay and no clamp the same delta is
 * found; the clamp is relative to the site's own value. */
static void test_sites_differ_in_what_delta_is_relative_to(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat y, h, Z, V1;
    setup(&f);
    values_at(&f, &y, &h);
    check_ok(spx_mat_alloc(&Z, D, FACTS, &err));
    check_ok(spx_mat_alloc(&V1, D, FACTS, &err));
    f.o.weight_decay = 0;
    f.o.clamp = 1e6;
    f.o.steps = 5;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &Z, NULL, &err));
    f.o.site = SPX_TARGET_FFN;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &V1, NULL, &err));
    for (size_t i = 0; i < D * FACTS; i++) /* values of order 1 in float */
        check_leq(fabs((Z.data[i] - h.data[i]) - (V1.data[i] - y.data[i])),
                  64 * (double)FLT_EPSILON);
    f.o.clamp = 0.5;
    f.o.steps = 30;
    f.o.lr = 0.5;
    check_ok(spx_targets_find(f.m, &f.p, &f.o, &V1, NULL, &err));
    for (size_t i = 0; i < FACTS; i++) {
        assert_true(column_norm(&y, NULL, i) < 0.9 * column_norm(&h, NULL, i));
        check_leq(fabs(column_norm(&V1, &y, i) / column_norm(&y, NULL, i) - 0.5), 1e-5);
    }
    spx_mat *const owned[] = {&y, &h, &Z, &V1};
    for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
    teardown(&f);
}

/* Whether every target token of the one fact of f is the argmax under delta = Z - h, on contexts
 * from `from` on. */
static bool target_wins(const fixture *f, const spx_mat *Z, const double *h, size_t from)
{
    static double logp[64 * V];
    double delta[D];
    const size_t m = f->p.target_start[1] - f->p.target_start[0];
    for (size_t j = 0; j < D; j++) delta[j] = Z->data[j] - h[j];
    for (size_t c = from; c < CONTEXTS; c++) {
        const double *row = logp + (plain_run(f, c, delta, logp) - m) * V;
        for (size_t t = 0; t < m; t++, row += V)
            for (size_t j = 0; j < V; j++)
                if (row[j] > row[f->p.target[f->p.target_start[0] + t]]) return false;
    }
    return true;
}

/* Passes until the target has won `hits` times: searches of 1, 2, ... passes, each judged. */
static size_t passes_until(fixture *f, const double *h, size_t hits, size_t from)
{
    enum { MOST = 30 };
    spx_error err = {0};
    spx_mat Z;
    check_ok(spx_mat_alloc(&Z, D, 1, &err));
    f->o.argmax_hits = 0;
    for (f->o.steps = 1; hits > 0 && f->o.steps < MOST; f->o.steps++) {
        check_ok(spx_targets_find(f->m, &f->p, &f->o, &Z, NULL, &err));
        hits -= target_wins(f, &Z, h, from);
    }
    assert_int_equal(hits, 0);
    spx_mat_free(&Z);
    const size_t passes = f->o.steps - 1;
    f->o.steps = MOST;
    return passes;
}

static void test_stops_once_the_target_has_won(void **state)
{
    (void)state;
    static const struct {
        size_t hits;
        bool prefixed;
    } cases[] = {{1, false}, {3, false}, {2, true}};
    /* its prefixed prompts are won passes before the bare one */
    static const spx_request fact = {"He said that Danielle Darrieux is", "Danielle Darrieux", "of",
                                     0};
    spx_error err = {0};
    fixture f;
    spx_mat y, h, Z;
    spx_target_report report;
    double stream[D];
    setup(&f);
    spx_prompts_free(&f.p);
    check_ok(spx_prompts_new(f.t, &fact, 1, tiny_prefixes, CONTEXTS - 1, &f.p, &err));
    values_at(&f, &y, &h);
    for (size_t j = 0; j < D; j++) stream[j] = h.data[j];
    f.o.lr = 0.25;
    f.o.clamp = 20;
    check_ok(spx_mat_alloc(&Z, D, 1, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t hits = cases[i].hits;
        const size_t passes = passes_until(&f, stream, hits, cases[i].prefixed);
        assert_true(passes > hits); /* it does not win at once */
        f.o.argmax_hits = hits;
        f.o.argmax_prefixed = cases[i].prefixed;
        check_ok(spx_targets_find(f.m, &f.p, &f.o, &Z, &report, &err));
        check_leq(fabs(report.steps - (double)(passes - 1)), 0);
        f.o.argmax_prefixed = false;
    }
    spx_prompts bare = f.p;
    bare.contexts = 1;
    f.o.argmax_prefixed = true;
    assert_int_equal(spx_targets_find(f.m, &bare, &f.o, &Z, NULL, &err), SPX_EINVAL);
    spx_mat *const owned[] = {&y, &h, &Z};
    for (size_t i = 0; i < 3; i++) spx_mat_free(owned[i]);
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
    static const spx_request bad[] = {{"A is", "B", "c", 0}, {"A is", "A", "", 0}};
    for (size_t i = 0; i < 2; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_prompts_new(f.t, &bad[i], 1, NULL, 0, &p, &err), SPX_EINVAL);
        assert_true(strlen(err.text) > 0);
    }
    static const spx_request good = {"A is", "A", "c", 0};
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
        cmocka_unit_test(test_loss_and_gradient),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_sites_differ_in_what_delta_is_relative_to),
        cmocka_unit_test(test_stops_once_the_target_has_won),
        cmocka_unit_test(test_prompts),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
