/* test_post_norm.c: a family with a norm after its FFN (Gemma 3): what must be written so that the
 * stream gains what is asked for, by definition and through the model. */
#include "check.h"

#include "spx/keys.h"
#include "spx/rng.h"
#include "spx/targets.h"

#include <math.h>

enum { D = 64, FF = 96, LAYER = 0, FACTS = 2, ROWS = 16 };

static spx_model *open_gemma(void)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/families/gemma3", &c, &err));
    check_ok(spx_model_open_as(c, SPX_RESIDENT_FLOAT, &m, &err));
    spx_ckpt_close(c);
    assert_int_equal(spx_model_shape(m)->d_model, D);
    return m;
}

static spx_mat column(double *x) { return (spx_mat){D, 1, 1, x}; }

static double norm_of(const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++) sum += x[j] * x[j];
    return sqrt(sum);
}

/* The norm's gains, from what it makes of equal numbers; large ones, beside which eps is nothing.
 */
static void gains_of(const spx_model *m, double *g)
{
    spx_mat G = column(g);
    for (size_t j = 0; j < D; j++) g[j] = 1e6;
    spx_model_ffn_added(m, LAYER, &G);
}

typedef struct asked {
    double f[D], y[D], t[D], after[D], reached[D]; /* FFN output, what it adds; target; written */
} asked;

/* f + gain(r) for r = t - y, and what the block adds for it. */
static void ask(const spx_model *m, asked *a)
{
    double r[D];
    spx_mat F = column(a->f), R = column(r), Y = column(a->reached);
    for (size_t j = 0; j < D; j++) r[j] = a->t[j] - a->y[j];
    spx_model_ffn_gain(m, LAYER, &F, &R);
    for (size_t j = 0; j < D; j++) a->reached[j] = a->after[j] = a->f[j] + r[j];
    spx_model_ffn_added(m, LAYER, &Y);
    check_leq(fabs(norm_of(a->after) - norm_of(a->f)),
              1e-9 * norm_of(a->f)); /* the scale is kept */
}

/* f at random; t = scale * g u with u at random and mean u^2 = 1: reached at scale 1. */
static void random_point(const spx_model *m, const double *g, double scale, asked *a, spx_rng *rng)
{
    double u[D];
    spx_mat Y = column(a->y);
    for (size_t j = 0; j < D; j++) a->y[j] = a->f[j] = 100 * spx_rng_normal(rng);
    spx_model_ffn_added(m, LAYER, &Y);
    for (size_t j = 0; j < D; j++) u[j] = spx_rng_normal(rng);
    const double size = norm_of(u) / sqrt(D);
    for (size_t j = 0; j < D; j++) a->t[j] = scale * g[j] * u[j] / size;
}

static void what_the_norm_can_give_is_reached(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(11);
    spx_model *m = open_gemma();
    double g[D];
    asked a;
    gains_of(m, g);
    random_point(m, g, 1, &a, &rng);
    ask(m, &a);
    for (size_t j = 0; j < D; j++) /* eps is 1e-6 beside squares of 1e4 */
        check_leq(fabs(a.reached[j] - a.t[j]), 1e-8 * norm_of(a.t));
    spx_model_close(m);
}

/* On the ellipsoid the nearest point differs from t along the normal: (t - y)_j = mu u_j / g_j with
 * one mu >= 0. */
static void beyond_the_norm_the_nearest_point_is_reached(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(12);
    spx_model *m = open_gemma();
    double g[D];
    gains_of(m, g);
    for (double scale = 1.01; scale < 100; scale *= 3) {
        asked a;
        random_point(m, g, scale, &a, &rng);
        ask(m, &a);
        double mu = 0, weight = 0;
        for (size_t j = 0; j < D; j++) {
            const double normal = a.reached[j] / (g[j] * g[j]);
            mu += (a.t[j] - a.reached[j]) * normal;
            weight += normal * normal;
        }
        assert_true(mu > 0);
        for (size_t j = 0; j < D; j++)
            check_leq(fabs(a.t[j] - a.reached[j] - mu / weight * a.reached[j] / (g[j] * g[j])),
                      1e-8 * norm_of(a.t));
    }
    spx_model_close(m);
}

static void short_of_the_norm_the_direction_is_kept(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(13);
    spx_model *m = open_gemma();
    double g[D];
    asked a;
    gains_of(m, g);
    random_point(m, g, 0.25, &a, &rng);
    ask(m, &a);
    for (size_t j = 0; j < D; j++)
        check_leq(fabs(a.reached[j] - 4 * a.t[j]), 1e-8 * norm_of(a.reached));
    spx_model_close(m);
}

/* Two facts of one prompt and its KL prompt each; ids at random. */
typedef struct text {
    size_t start[2 * FACTS + 1], subject[2 * FACTS], target_start[FACTS + 1];
    int32_t token[ROWS], target[FACTS];
    spx_prompts p;
} text;

static void make_text(text *t)
{
    spx_rng rng = spx_rng_seed(14);
    *t = (text){.start = {0, 5, 8, 13, ROWS}, .subject = {2, 2, 3, 2}, .target_start = {0, 1, 2}};
    for (size_t r = 0; r < ROWS; r++) t->token[r] = (int32_t)(160 * spx_rng_uniform(&rng));
    t->target[0] = 17, t->target[1] = 42;
    t->p = (spx_prompts){FACTS, 1, t->start, t->subject, t->token, t->target_start, t->target};
}

/* The stream after the block and the FFN's output of both facts, with the weights as they are. */
static void read_values(const spx_model *m, const spx_prompts *p, spx_mat *K, spx_mat *F,
                        spx_mat *H)
{
    spx_error err = {0};
    spx_keys *k = NULL;
    check_ok(spx_keys_new(m, p, LAYER, LAYER, &k, &err));
    check_ok(spx_keys_read(k, SPX_KEYS_FLAT, &(spx_keys_out){.K = K, .value = F, .H = H}, &err));
    spx_keys_free(k);
}

/* W += r k^T / (k^T k) for one fact. */
static void add_write(spx_model *m, const spx_mat *R, const spx_mat *K, size_t fact)
{
    float *w = spx_model_ffn_out(m, LAYER);
    double size = 0;
    for (size_t j = 0; j < FF; j++) size += pow(K->data[j * K->ld + fact], 2);
    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < FF; j++)
            w[i * FF + j] += (float)(R->data[i * R->ld + fact] * K->data[j * K->ld + fact] / size);
}

static double distance(const spx_mat *A, const spx_mat *B, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < A->rows; j++)
        sum += pow(A->data[j * A->ld + i] - B->data[j * B->ld + i], 2);
    return sqrt(sum);
}

enum { Z, H, F, R, K, AFTER, KINDS };

static void allocate(spx_mat *M)
{
    spx_error err = {0};
    for (size_t i = 0; i < KINDS; i++) check_ok(spx_mat_alloc(&M[i], i == K ? FF : D, FACTS, &err));
}

/* Targets of the stream, then one fact is written: its stream moves by what the block adds more,
 * and comes as near as the norm allows. */
static void a_write_brings_the_stream_towards_its_target(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_gemma();
    text t;
    spx_mat M[KINDS];
    const spx_target_opts o = {
        .layer = LAYER, .steps = 20, .lr = 0.1, .clamp = 0.75, .weight_decay = 0.5, .kl = 0.0625};
    make_text(&t);
    allocate(M);
    check_ok(spx_targets_find(m, &t.p, &o, &M[Z], NULL, &err));
    read_values(m, &t.p, &M[K], &M[F], &M[H]);
    for (size_t j = 0; j < D * FACTS; j++) M[R].data[j] = M[Z].data[j] - M[H].data[j];
    spx_model_ffn_gain(m, LAYER, &M[F], &M[R]);
    add_write(m, &M[R], &M[K], 0);
    for (size_t j = 0; j < D * FACTS; j++) M[R].data[j] += M[F].data[j];
    spx_model_ffn_added(m, LAYER, &M[R]);
    spx_model_ffn_added(m, LAYER, &M[F]);
    for (size_t j = 0; j < D * FACTS; j++) M[R].data[j] += M[H].data[j] - M[F].data[j];
    read_values(m, &t.p, &M[K], &M[F], &M[AFTER]);
    check_leq(distance(&M[AFTER], &M[R], 0), 1e-5 * distance(&M[Z], &M[H], 0)); /* in float */
    check_leq(distance(&M[AFTER], &M[Z], 0), 0.5 * distance(&M[H], &M[Z], 0));
    for (size_t i = 0; i < KINDS; i++) spx_mat_free(&M[i]);
    spx_model_close(m);
}

/* At the FFN's site z is h0 + delta with h0 what the block adds, as the stream receives it. */
static void the_ffn_site_is_after_the_norm(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_gemma();
    text t;
    spx_mat M[KINDS];
    const spx_target_opts o = {.layer = LAYER, .site = SPX_TARGET_FFN, .steps = 1, .lr = 0.1};
    make_text(&t);
    allocate(M);
    check_ok(spx_targets_find(m, &t.p, &o, &M[Z], NULL, &err)); /* no step: delta is 0 */
    read_values(m, &t.p, &M[K], &M[F], &M[H]);
    spx_model_ffn_added(m, LAYER, &M[F]);
    for (size_t i = 0; i < FACTS; i++) check_leq(distance(&M[Z], &M[F], i), 1e-5);
    for (size_t i = 0; i < KINDS; i++) spx_mat_free(&M[i]);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_norm_can_give_is_reached),
        cmocka_unit_test(beyond_the_norm_the_nearest_point_is_reached),
        cmocka_unit_test(short_of_the_norm_the_direction_is_kept),
        cmocka_unit_test(a_write_brings_the_stream_towards_its_target),
        cmocka_unit_test(the_ffn_site_is_after_the_norm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
