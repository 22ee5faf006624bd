/* test_finetune.c: the gradient of fine-tuning against central differences and PyTorch, whole runs
 * against PyTorch in double (golden/finetune.py), what ends them, the clamp. */
#include "edit/finetune_loss.h"
#include "tiny_facts.h"

#include "spx/rng.h"

enum { GOLDEN_EPOCHS = 6, GOLDEN_BATCH = 2, EVERY = 4, SEQUENCES = 2 * FACTS };

typedef struct golden {
    spx_model *m;
    spx_ckpt *c;
    size_t start[SEQUENCES + 1], subject[SEQUENCES], target_start[FACTS + 1];
    int32_t token[64], target[16];
    spx_prompts p;
} golden;

/* baselines/ft of Meng et al. 2022 */
static const spx_finetune_opts published = {.lr = 5e-4, .epochs = 25, .batch = 64, .stop = 1e-2};
static const char *const loss_name[] = {
    [SPX_FINETUNE_LAST] = "last", [SPX_FINETUNE_FORCED] = "forced"};

static size_t read_golden(const golden *g, const char *name, float *out, size_t room)
{
    const spx_tensor *t = spx_ckpt_find(g->c, name);
    assert_non_null(t);
    const size_t n = spx_tensor_rows(t) * spx_tensor_cols(t);
    assert_true(n <= room);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
    return n;
}

/* The golden's facts as prompts; each KL prompt is the one token 0, which fine-tuning ignores. */
static void load(golden *g)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    float ids[64], length[FACTS], target[16], targets[FACTS];
    *g = (golden){0};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &g->m, &err));
    spx_ckpt_close(c);
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/finetune.safetensors", &g->c, &err));
    (void)read_golden(g, "ids", ids, 64);
    (void)read_golden(g, "length", length, FACTS);
    const size_t n = read_golden(g, "target", target, 16);
    (void)read_golden(g, "targets", targets, FACTS);
    for (size_t i = 0, from = 0; i < FACTS; i++) {
        size_t at = g->start[2 * i];
        for (size_t j = 0; j < (size_t)length[i]; j++) g->token[at++] = (int32_t)ids[from++];
        g->start[2 * i + 1] = at;
        g->start[2 * i + 2] = at + 1;
        g->target_start[i + 1] = g->target_start[i] + (size_t)targets[i];
    }
    for (size_t i = 0; i < n; i++) g->target[i] = (int32_t)target[i];
    g->p = (spx_prompts){FACTS, 1, g->start, g->subject, g->token, g->target_start, g->target};
}

static void unload(golden *g)
{
    spx_ckpt_close(g->c);
    spx_model_close(g->m);
}

/* ||A - B|| / ||B|| over every 4th row of A, B named in the golden file. */
static double distance(const golden *g, const spx_mat *A, const char *run, const char *what)
{
    static float want[D / EVERY * FF];
    char name[32];
    double diff = 0, size = 0;
    snprintf(name, sizeof name, "%s.%s", run, what);
    assert_int_equal(read_golden(g, name, want, D / EVERY * FF), D / EVERY * FF);
    for (size_t i = 0; i < D / EVERY * FF; i++) {
        const double a = A->data[i / FF * EVERY * A->ld + i % FF];
        diff = hypot(diff, a - (double)want[i]);
        size = hypot(size, (double)want[i]);
    }
    return diff / size;
}

static spx_finetune_opts golden_opts(spx_finetune_loss loss)
{
    return (spx_finetune_opts){
        .layer = LAYER, .loss = loss, .lr = 1e-2, .epochs = GOLDEN_EPOCHS, .batch = GOLDEN_BATCH};
}

/* Float activations in the C code, doubles in PyTorch. Entries whose gradient is noise take full
 * steps of either sign in Adam, which is what most of the distance of a whole run is. */
static void test_matches_pytorch(void **state)
{
    (void)state;
    spx_error err = {0};
    golden g;
    spx_mat G, dW;
    load(&g);
    check_ok(spx_mat_alloc(&G, D, FF, &err));
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    for (spx_finetune_loss loss = SPX_FINETUNE_LAST; loss <= SPX_FINETUNE_FORCED; loss++) {
        spx_finetune_opts o = golden_opts(loss);
        spx_finetune_report free_run, held_run;
        finetune_loss t;
        double value = 0;
        float want[2];
        char name[32];
        spx_mat_scale(&dW, 0);
        check_ok(finetune_loss_open(&t, g.m, &g.p, &o, &err));
        check_ok(finetune_loss_at(&t, 0, FACTS, &dW, &value, &G, &err));
        finetune_loss_close(&t);
        check_leq(distance(&g, &G, loss_name[loss], "gradient"), 1e-5);
        check_ok(spx_finetune(g.m, &g.p, &o, &dW, &free_run, &err));
        check_leq(distance(&g, &dW, loss_name[loss], "free"), 1e-3);
        o.clamp = 5e-3;
        check_ok(spx_finetune(g.m, &g.p, &o, &dW, &held_run, &err));
        check_leq(distance(&g, &dW, loss_name[loss], "held"), 1e-3);
        snprintf(name, sizeof name, "%s.loss", loss_name[loss]);
        assert_int_equal(read_golden(&g, name, want, 2), 2);
        check_leq(fabs(free_run.loss - (double)want[0]), 1e-4 * (double)want[0]);
        check_leq(fabs(held_run.loss - (double)want[1]), 1e-4 * (double)want[1]);
    }
    spx_mat_free(&G);
    spx_mat_free(&dW);
    unload(&g);
}

/* Facts in another order each epoch, some batches of one fact; in slices of one fact it is the same
 * up to rounding. */
static void test_shuffled_matches_pytorch(void **state)
{
    (void)state;
    spx_error err = {0};
    golden g;
    spx_mat dW;
    load(&g);
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    for (size_t rows = 0; rows <= 1; rows++) {
        spx_finetune_opts o = golden_opts(SPX_FINETUNE_FORCED);
        spx_finetune_report r;
        float want = 0;
        o.shuffled = true;
        o.seed = 7;
        o.rows = rows;
        check_ok(spx_finetune(g.m, &g.p, &o, &dW, &r, &err));
        check_leq(distance(&g, &dW, "shuffled", "free"), 1e-3);
        check_leq(1e-2, distance(&g, &dW, "forced", "free"));
        assert_int_equal(read_golden(&g, "shuffled.loss", &want, 1), 1);
        check_leq(fabs(r.loss - (double)want), 1e-4 * (double)want);
    }
    spx_mat_free(&dW);
    unload(&g);
}

static spx_status end_copy(const fixture *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_prompts p = {0};
    static const spx_request one = {"Paris is in", "Paris", "Italy", 0};
    SPX_TRY(spx_prompts_new(f->t, &one, 1, tiny_prefixes, 1, &p, err));
    SPX_TRY(spx_prompts_end(&p, 2, err));
out:
    spx_prompts_free(&p);
    return st;
}

/* Every target ends with the token; editing prompts show the target up to it, KL prompts stay. */
static void test_targets_are_ended(void **state)
{
    (void)state;
    enum { END = 2 };
    spx_error err = {0};
    fixture f, plain;
    setup(&plain);
    setup(&f);
    check_ok(spx_prompts_end(&f.p, END, &err));
    for (size_t i = 0; i < FACTS; i++) {
        const size_t m = plain.p.target_start[i + 1] - plain.p.target_start[i];
        const int32_t *was = plain.p.target + plain.p.target_start[i],
                      *is = f.p.target + f.p.target_start[i];
        assert_int_equal(f.p.target_start[i + 1] - f.p.target_start[i], m + 1);
        assert_memory_equal(is, was, m * sizeof *is);
        assert_int_equal(is[m], END);
    }
    for (size_t s = 0; s < (size_t)FACTS * (CONTEXTS + 1); s++) {
        const size_t rows = plain.p.start[s + 1] - plain.p.start[s], fact = s / (CONTEXTS + 1);
        const bool kl = s % (CONTEXTS + 1) == CONTEXTS;
        const int32_t *is = f.p.token + f.p.start[s];
        assert_int_equal(f.p.start[s + 1] - f.p.start[s], rows + (kl ? 0 : 1));
        assert_memory_equal(is, plain.p.token + plain.p.start[s], rows * sizeof *is);
        if (!kl) assert_int_equal(is[rows], plain.p.target[plain.p.target_start[fact + 1] - 1]);
        assert_int_equal(f.p.subject[s], plain.p.subject[s]);
    }
    check_survives_oom(end_copy(&f, NULL));
    teardown(&f);
    teardown(&plain);
}

/* Slope along a random direction, at a random change, whatever the slices. */
static void test_gradient_is_the_slope_of_the_loss(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    fixture f;
    spx_mat at, moved, along, G;
    spx_mat *const all[] = {&at, &moved, &along, &G};
    const double h = 2e-3;
    setup(&f);
    for (size_t i = 0; i < 4; i++) check_ok(spx_mat_alloc(all[i], D, FF, &err));
    for (size_t i = 0; i < D * FF; i++)
        at.data[i] = 0.02 * spx_rng_normal(&rng), along.data[i] = 0.1 * spx_rng_normal(&rng);
    for (size_t k = 0; k < 4; k++) {
        spx_finetune_opts o = {.layer = LAYER, .loss = k % 2, .rows = k < 2 ? 0 : 1};
        double loss = 0, up = 0, down = 0;
        finetune_loss t;
        check_ok(finetune_loss_open(&t, f.m, &f.p, &o, &err));
        check_ok(finetune_loss_at(&t, 0, FACTS, &at, &loss, &G, &err));
        const double slope = spx_dot(&G, &along);
        for (size_t i = 0; i < D * FF; i++) moved.data[i] = at.data[i] + h * along.data[i];
        check_ok(finetune_loss_at(&t, 0, FACTS, &moved, &up, &G, &err));
        for (size_t i = 0; i < D * FF; i++) moved.data[i] = at.data[i] - h * along.data[i];
        check_ok(finetune_loss_at(&t, 0, FACTS, &moved, &down, &G, &err));
        finetune_loss_close(&t);
        const double noise = 2 * (double)FLT_EPSILON * loss / h; /* losses come from floats */
        check_leq(fabs(slope - (up - down) / (2 * h)), 2e-3 * fabs(slope) + noise);
        assert_true(fabs(slope) > 20 * noise);
    }
    for (size_t i = 0; i < 4; i++) spx_mat_free(all[i]);
    teardown(&f);
}

static void test_lowers_the_loss_and_stops(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat dW;
    spx_finetune_report one, many;
    setup(&f);
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    spx_finetune_opts o = published;
    o.layer = LAYER;
    o.loss = SPX_FINETUNE_FORCED;
    o.lr = 1e-2;
    o.epochs = 1;
    check_ok(spx_finetune(f.m, &f.p, &o, &dW, &one, &err));
    assert_int_equal(one.steps, 1);
    o.epochs = 15;
    check_ok(spx_finetune(f.m, &f.p, &o, &dW, &many, &err));
    assert_true(many.loss < 0.5 * one.loss);
    assert_int_equal(many.epochs, 15);
    o.stop = 0.9 * one.loss; /* met before the epochs are used up; the last epoch takes no step */
    check_ok(spx_finetune(f.m, &f.p, &o, &dW, &many, &err));
    assert_true(many.epochs < 15 && many.steps == many.epochs - 1);
    check_leq(many.loss, o.stop);
    spx_mat_free(&dW);
    teardown(&f);
}

static void test_clamp_holds_exactly(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat dW;
    size_t at_bound = 0;
    setup(&f);
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    spx_finetune_opts o = published;
    o.layer = LAYER;
    o.epochs = 4;
    o.clamp = 6e-4;
    check_ok(spx_finetune(f.m, &f.p, &o, &dW, NULL, &err));
    for (size_t i = 0; i < D * FF; i++) {
        check_leq(fabs(dW.data[i]), o.clamp);
        at_bound += fabs(dW.data[i]) >= o.clamp;
    }
    assert_true(at_bound > D * FF / 10);
    spx_mat_free(&dW);
    teardown(&f);
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat dW;
    setup(&f);
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    spx_finetune_opts o = published;
    o.epochs = 1;
    check_ok(spx_finetune(f.m, &f.p, &o, &dW, NULL, &err)); /* the model's workspace has grown */
    check_survives_oom(spx_finetune(f.m, &f.p, &o, &dW, NULL, NULL));
    spx_mat_free(&dW);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_pytorch),
        cmocka_unit_test(test_shuffled_matches_pytorch),
        cmocka_unit_test(test_targets_are_ended),
        cmocka_unit_test(test_gradient_is_the_slope_of_the_loss),
        cmocka_unit_test(test_lowers_the_loss_and_stops),
        cmocka_unit_test(test_clamp_holds_exactly),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
