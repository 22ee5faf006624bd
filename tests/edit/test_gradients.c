/* test_gradients.c: features and output gradients of facts, and two turns of UltraEdit and
 * StableEdit, against PyTorch in double (golden/gradients.py); running statistics against one pass
 * over all rows; what is refused. */
#include "edit/editors.h"
#include "matrices.h"
#include "tiny_facts.h"

enum { LAYERS = 2, TURNS = 2, TURN = 6, ALL = TURNS * TURN, BATCH = 4, ROW_STEP = 8, H_STEP = 4 };

static const size_t layer[LAYERS] = {1, 3};
static const double rate = 1e-3; /* of golden/gradients.py */

/* The facts of the golden file; each KL prompt is the one token 0, which is not read. */
typedef struct golden {
    spx_model *m;
    spx_ckpt *c;
    size_t start[2 * ALL + 1], subject[2 * ALL], target_start[ALL + 1];
    int32_t token[256], target[64];
} golden;

static void read_golden(const golden *g, const char *name, spx_mat *out)
{
    spx_error err = {0};
    const spx_tensor *t = spx_ckpt_find(g->c, name);
    assert_non_null(t);
    check_ok(spx_tensor_matrix(t, out, &err));
}

static void load(golden *g)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_mat ids, length, target, targets;
    *g = (golden){0};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open_as(c, SPX_RESIDENT_FLOAT, &g->m, &err));
    spx_ckpt_close(c);
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/gradients.safetensors", &g->c, &err));
    read_golden(g, "ids", &ids);
    read_golden(g, "length", &length);
    read_golden(g, "target", &target);
    read_golden(g, "targets", &targets);
    for (size_t i = 0, from = 0; i < ALL; i++) {
        size_t at = g->start[2 * i];
        for (size_t j = 0; j < (size_t)length.data[i]; j++)
            g->token[at++] = (int32_t)ids.data[from++];
        g->start[2 * i + 1] = at;
        g->start[2 * i + 2] = at + 1;
        g->target_start[i + 1] = g->target_start[i] + (size_t)targets.data[i];
    }
    for (size_t i = 0; i < target.rows; i++) g->target[i] = (int32_t)target.data[i];
    spx_mat *const all[] = {&ids, &length, &target, &targets};
    for (size_t i = 0; i < 4; i++) spx_mat_free(all[i]);
}

static void unload(golden *g)
{
    spx_ckpt_close(g->c);
    spx_model_close(g->m);
}

/* Facts of a turn, with offsets from its first. */
typedef struct turn {
    size_t start[2 * TURN + 1], target_start[TURN + 1], tokens;
    spx_prompts p;
    spx_mat H[LAYERS], G[LAYERS];
} turn;

static void open_turn(golden *g, size_t which, turn *t)
{
    spx_error err = {0};
    const size_t first = which * TURN, from = g->start[2 * first], at = g->target_start[first];
    for (size_t i = 0; i <= 2 * TURN; i++) t->start[i] = g->start[2 * first + i] - from;
    for (size_t i = 0; i <= TURN; i++) t->target_start[i] = g->target_start[first + i] - at;
    t->p = (spx_prompts){TURN,          1, t->start, g->subject, g->token + from, t->target_start,
                         g->target + at};
    t->tokens = t->target_start[TURN];
    for (size_t i = 0; i < LAYERS; i++) {
        check_ok(spx_mat_alloc(&t->H[i], FF, t->tokens, &err));
        check_ok(spx_mat_alloc(&t->G[i], D, t->tokens, &err));
    }
}

static void close_turn(turn *t)
{
    for (size_t i = 0; i < LAYERS; i++) {
        spx_mat_free(&t->H[i]);
        spx_mat_free(&t->G[i]);
    }
}

static void measure(const golden *g, turn *t, double *loss)
{
    spx_error err = {0};
    const spx_gradients_opts o = {layer, LAYERS, BATCH};
    check_ok(spx_gradients_of_facts(g->m, &t->p, &o, t->H, t->G, loss, &err));
}

/* ||A^T[:, ::step] - B|| / ||B||: a golden has a row a token. */
static double distance_of_rows(const spx_mat *A, size_t step, const spx_mat *B)
{
    double diff = 0, size = 0;
    assert_int_equal(B->rows, A->cols);
    assert_int_equal(B->cols, (A->rows + step - 1) / step);
    for (size_t t = 0; t < B->rows; t++)
        for (size_t j = 0; j < B->cols; j++) {
            const double want = B->data[t * B->ld + j];
            diff = hypot(diff, A->data[j * step * A->ld + t] - want);
            size = hypot(size, want);
        }
    return diff / size;
}

/* Float activations against doubles. */
static void features_and_gradients_match_pytorch(void **state)
{
    (void)state;
    golden g;
    turn t;
    double loss = 0;
    load(&g);
    open_turn(&g, 0, &t);
    measure(&g, &t, &loss);
    for (size_t i = 0; i < LAYERS; i++) {
        char name[16];
        spx_mat want;
        snprintf(name, sizeof name, "h.%zu", layer[i]);
        read_golden(&g, name, &want);
        check_leq(distance_of_rows(&t.H[i], H_STEP, &want), 1e-5);
        spx_mat_free(&want);
        snprintf(name, sizeof name, "g.%zu", layer[i]);
        read_golden(&g, name, &want);
        check_leq(distance_of_rows(&t.G[i], 1, &want), 1e-5);
        spx_mat_free(&want);
    }
    assert_true(loss > 1);
    close_turn(&t);
    unload(&g);
}

static void add_turn(const turn *t, spx_running *r)
{
    spx_error err = {0};
    for (size_t first = 0; first < TURN; first += BATCH) {
        const size_t end = first + BATCH < TURN ? first + BATCH : TURN, at = t->target_start[first],
                     n = t->target_start[end] - at;
        for (size_t i = 0; i < LAYERS; i++) {
            const spx_mat H = spx_mat_view(&t->H[i], 0, at, FF, n);
            const spx_mat G = spx_mat_view(&t->G[i], 0, at, D, n);
            check_ok(spx_running_add(r, &H, &G, &err));
        }
    }
    check_ok(spx_running_settle(r, &err));
}

/* Adds the editor's change of the i-th block to the model's weight and to dW (D x FF each). */
static void write_layer(const golden *g, const spx_editor *e, const turn *t, const spx_running *r,
                        size_t i, spx_mat *dW)
{
    spx_error err = {0};
    spx_edit *s = NULL;
    spx_update u;
    spx_mat R;
    spx_edit_opts o = spx_edit_defaults();
    o.value[SPX_GRADIENT_LR] = rate;
    check_ok(spx_mat_alloc(&R, D, t->tokens, &err));
    check_ok(spx_edit_open(e, &o, NULL, FF, &s, &err));
    check_ok(e->gains(&o, r, &t->H[i], &t->G[i], &R, &err));
    const spx_bundle b = {.K = &t->H[i], .R = &R};
    check_ok(spx_edit_solve(s, &b, &u, NULL, &err));
    check_ok(spx_update_expand(&u, &err));
    spx_mat_copy(dW, &u.A);
    float *w = spx_model_ffn_out(g->m, layer[i]);
    for (size_t j = 0; j < D * FF; j++) w[j] += (float)u.A.data[j];
    spx_update_free(&u);
    spx_edit_close(s);
    spx_mat_free(&R);
}

/* ||every 8th row of dW - B|| / ||B||, the blocks' changes one below the other in B. */
static double distance_of_changes(const spx_mat *dW, const spx_mat *B)
{
    double diff = 0, size = 0;
    const size_t each = D / ROW_STEP;
    assert_true(B->rows == LAYERS * each && B->cols == FF);
    for (size_t i = 0; i < B->rows; i++)
        for (size_t j = 0; j < FF; j++) {
            const double want = B->data[i * B->ld + j];
            const spx_mat *A = &dW[i / each];
            diff = hypot(diff, A->data[i % each * ROW_STEP * A->ld + j] - want);
            size = hypot(size, want);
        }
    return diff / size;
}

/* The second turn starts from the statistics and the weights that the first one left, and
 * StableEdit whitens in it. */
static void two_turns_match_pytorch(void **state)
{
    (void)state;
    const spx_editor *const editors[] = {&edit_ultraedit, &edit_ultraedit_compat, &edit_stableedit};
    spx_error err = {0};
    spx_mat dW[LAYERS], want;
    for (size_t i = 0; i < LAYERS; i++) check_ok(spx_mat_alloc(&dW[i], D, FF, &err));
    for (size_t k = 0; k < 3; k++) {
        golden g;
        spx_running r;
        load(&g);
        check_ok(spx_running_new(editors[k]->running, FF, D, &r, &err));
        for (size_t which = 0; which < TURNS; which++) {
            turn t;
            char name[32];
            double loss = 0;
            open_turn(&g, which, &t);
            measure(&g, &t, &loss);
            add_turn(&t, &r);
            for (size_t i = 0; i < LAYERS; i++) write_layer(&g, editors[k], &t, &r, i, &dW[i]);
            snprintf(name, sizeof name, "%s.%zu", editors[k]->name, which + 1);
            read_golden(&g, name, &want);
            check_leq(distance_of_changes(dW, &want), 1e-4);
            spx_mat_free(&want);
            close_turn(&t);
        }
        assert_int_equal(r.whitener.data != NULL, editors[k]->running == SPX_RUNNING_WHITENED);
        spx_running_free(&r);
        unload(&g);
    }
    for (size_t i = 0; i < LAYERS; i++) spx_mat_free(&dW[i]);
}

/* However the rows come, mu and S are those of all of them at once. */
static void merged_statistics_are_those_of_all_rows(void **state)
{
    (void)state;
    enum { F = 5, G_ROWS = 3, T = 11 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat H, G;
    spx_running parts, whole;
    random_mat(&H, F, T, &rng);
    random_mat(&G, G_ROWS, T, &rng);
    for (size_t j = 0; j < T; j++) G.data[j] += 1e3; /* a mean far from 0 costs no digits */
    check_ok(spx_running_new(SPX_RUNNING_WHITENED, F, G_ROWS, &parts, &err));
    check_ok(spx_running_new(SPX_RUNNING_WHITENED, F, G_ROWS, &whole, &err));
    check_ok(spx_running_add(&whole, &H, &G, &err));
    const size_t cut[] = {0, 1, 5, T};
    for (size_t i = 0; i < 3; i++) {
        const spx_mat h = spx_mat_view(&H, 0, cut[i], F, cut[i + 1] - cut[i]);
        const spx_mat g = spx_mat_view(&G, 0, cut[i], G_ROWS, cut[i + 1] - cut[i]);
        check_ok(spx_running_add(&parts, &h, &g, &err));
    }
    for (size_t j = 0; j < 2 * (F + G_ROWS); j++)
        check_leq(fabs(parts.moments.data[j] - whole.moments.data[j]),
                  1e-13 * (1 + fabs(whole.moments.data[j])));
    for (size_t j = 0; j < G_ROWS * G_ROWS; j++)
        check_leq(fabs(parts.products.data[j] - whole.products.data[j]), 1e-9);
    for (size_t j = 0; j < G_ROWS; j++) /* S is the diagonal of the products */
        check_leq(fabs(parts.products.data[j * G_ROWS + j] - parts.moments.data[2 * (F + j) + 1]),
                  1e-9);
    spx_running_free(&parts);
    spx_running_free(&whole);
    spx_mat_free(&H);
    spx_mat_free(&G);
}

/* Standardised columns have mean 0 and variance 1; whitened ones the identity as covariance. */
static void standardised_rows_are_standard(void **state)
{
    (void)state;
    enum { F = 4, G_ROWS = 3, T = 400 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat H, G, C;
    spx_running r;
    random_mat(&H, F, T, &rng);
    random_mat(&G, G_ROWS, T, &rng);
    for (size_t t = 0; t < T; t++) G.data[t] += 3 * G.data[T + t]; /* correlated */
    check_ok(spx_mat_alloc(&C, G_ROWS, G_ROWS, &err));
    check_ok(spx_running_new(SPX_RUNNING_WHITENED, F, G_ROWS, &r, &err));
    check_ok(spx_running_add(&r, &H, &G, &err));
    check_ok(spx_running_settle(&r, &err));
    check_ok(spx_running_standardise(&r, &H, &G, &err));
    for (size_t j = 0; j < F; j++) {
        double sum = 0, squares = 0;
        for (size_t t = 0; t < T; t++)
            sum += H.data[j * T + t], squares += pow(H.data[j * T + t], 2);
        check_leq(fabs(sum), 1e-10);
        check_leq(fabs(squares / (T - 1) - 1), 1e-5); /* eps = FLT_EPSILON */
    }
    spx_syrk(&C, 1.0 / (T - G_ROWS - 1), &G, SPX_N, 0);
    for (size_t i = 0; i < G_ROWS; i++)
        for (size_t j = 0; j < G_ROWS; j++)
            check_leq(fabs(C.data[i * G_ROWS + j] - (i == j)), 1e-9);
    spx_running_free(&r);
    spx_mat_free(&C);
    spx_mat_free(&H);
    spx_mat_free(&G);
}

static void statistics_refuse_what_has_none(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat H, G;
    spx_running r;
    check_ok(spx_mat_alloc(&H, 2, 1, &err));
    check_ok(spx_mat_alloc(&G, 2, 1, &err));
    check_ok(spx_running_new(SPX_RUNNING_UNBIASED, 2, 2, &r, &err));
    assert_int_equal(spx_running_add(&r, &H, &G, &err), SPX_ENUMERIC);
    assert_string_equal(
        err.text, "a batch of one target token has no unbiased variance (expected 2 or more)");
    spx_running_free(&r);
    check_ok(spx_running_new(SPX_RUNNING_POPULATION, 2, 2, &r, &err));
    check_ok(spx_running_add(&r, &H, &G, &err)); /* one row: sigma 0 */
    check_ok(spx_running_standardise(&r, &H, &G, &err));
    check_leq(fabs(H.data[0]) + fabs(G.data[0]), 0);
    G.data[1] = (double)NAN;
    err = (spx_error){0};
    assert_int_equal(spx_running_add(&r, &H, &G, &err), SPX_ENUMERIC);
    assert_true(r.n > 0.5 && r.n < 1.5); /* nothing was added */
    spx_running_free(&r);
    spx_mat_free(&H);
    spx_mat_free(&G);
}

static spx_status gather_all(const golden *g, turn *t)
{
    const spx_gradients_opts o = {layer, LAYERS, BATCH};
    double loss = 0;
    return spx_gradients_of_facts(g->m, &t->p, &o, t->H, t->G, &loss, NULL);
}

static spx_status run_statistics(const turn *t)
{
    spx_status st = SPX_OK;
    spx_running r = {0};
    SPX_TRY(spx_running_new(SPX_RUNNING_WHITENED, FF, D, &r, NULL));
    for (size_t i = 0; i < 4; i++) SPX_TRY(spx_running_add(&r, &t->H[0], &t->G[0], NULL));
    SPX_TRY(spx_running_settle(&r, NULL));
out:
    spx_running_free(&r);
    return st;
}

static void survives_oom(void **state)
{
    (void)state;
    golden g;
    turn t;
    double loss = 0;
    load(&g);
    open_turn(&g, 0, &t);
    measure(&g, &t, &loss); /* the model's workspace has grown */
    check_survives_oom(gather_all(&g, &t));
    check_survives_oom(run_statistics(&t));
    close_turn(&t);
    unload(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_and_gradients_match_pytorch),
        cmocka_unit_test(two_turns_match_pytorch),
        cmocka_unit_test(merged_statistics_are_those_of_all_rows),
        cmocka_unit_test(standardised_rows_are_standard),
        cmocka_unit_test(statistics_refuse_what_has_none),
        cmocka_unit_test(survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
