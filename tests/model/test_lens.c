/* test_lens.c: directions in tokens, against NumPy (golden/lens.py), and those of a change. */
#include "check.h"

#include "spx/directions.h"
#include "spx/export.h"
#include "spx/lens.h"

#include <string.h>

enum { D = 64, V = 160, N = 3 };

static spx_model *open_family(const char *family)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    char path[256];
    snprintf(path, sizeof path, SPX_TESTS "/data/families/%s", family);
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static spx_lens *lens_of(const spx_model *m)
{
    spx_error err = {0};
    spx_lens *l = NULL;
    check_ok(spx_lens_new(m, &l, &err));
    return l;
}

static void cosines_are_those_of_numpy(void **state)
{
    (void)state;
    static const char *const families[] = {"llama", "gpt2", "gemma3"};
    static const struct {
        const char *name;
        spx_place at;
    } cases[] = {{"ffn_out", {.role = SPX_ROLE_FFN_OUT, .layer = 1, .expert = -1}},
                 {"attn_q", {.role = SPX_ROLE_ATTN_Q, .layer = 0, .expert = -1}},
                 {"ffn_up", {.role = SPX_ROLE_FFN_UP, .layer = 1, .expert = -1}}};
    spx_error err = {0};
    spx_ckpt *golden = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/lens.safetensors", &golden, &err));
    for (size_t f = 0; f < 3; f++) {
        spx_model *m = open_family(families[f]);
        spx_lens *l = lens_of(m);
        for (size_t c = 0; c < 3; c++) {
            char name[64];
            double direction[N * D], want[N * V], most = 0;
            float u[N * D], got[N * V];
            snprintf(name, sizeof name, "%s.u", families[f]);
            spx_tensor_read(spx_ckpt_find(golden, name), 0, N, direction);
            snprintf(name, sizeof name, "%s.%s", families[f], cases[c].name);
            spx_tensor_read(spx_ckpt_find(golden, name), 0, N, want);
            for (size_t i = 0; i < (size_t)N * D; i++) u[i] = (float)(3 * direction[i]);
            check_ok(spx_lens_cosines(l, cases[c].at, u, N, got, &err));
            for (size_t i = 0; i < (size_t)N * V; i++) most = fmax(most, fabs(want[i]));
            for (size_t i = 0; i < (size_t)N * V; i++)
                check_leq(fabs((double)got[i] - want[i]), 2e-5 * most); /* floats */
        }
        spx_lens_free(l);
        spx_model_close(m);
    }
    spx_ckpt_close(golden);
}

/* Only sides in the stream, of blocks that there are. */
static void other_places_have_no_tokens(void **state)
{
    (void)state;
    static const spx_place places[] = {{.role = SPX_ROLE_EMBED, .layer = -1, .expert = -1},
                                       {.role = SPX_ROLE_FFN_NORM, .layer = 0, .expert = -1},
                                       {.role = SPX_ROLE_FFN_OUT, .layer = 2, .expert = -1},
                                       {.role = SPX_ROLE_FFN_OUT, .layer = -1, .expert = -1}};
    float u[D] = {1}, cosines[V];
    spx_model *m = open_family("llama");
    spx_lens *l = lens_of(m);
    for (size_t i = 0; i < 4; i++) {
        spx_error err = {0};
        assert_int_equal(spx_lens_cosines(l, places[i], u, 1, cosines, &err), SPX_EINVAL);
    }
    assert_int_equal(spx_stream_side_of(SPX_ROLE_ATTN_OUT), SPX_STREAM_WRITTEN);
    assert_int_equal(spx_stream_side_of(SPX_ROLE_FFN_GATE), SPX_STREAM_READ);
    assert_int_equal(spx_stream_side_of(SPX_ROLE_NORM), SPX_STREAM_NONE);
    spx_lens_free(l);
    spx_model_close(m);
}

static void tops_are_in_order(void **state)
{
    (void)state;
    static const float cosines[] = {0, 5, -2, 5, 3, -7};
    int32_t top[6];
    spx_lens_top(cosines, 6, false, top, 3);
    assert_true(top[0] == 1 && top[1] == 3 && top[2] == 4);
    spx_lens_top(cosines, 6, true, top, 6);
    assert_true(top[0] == 5 && top[1] == 2 && top[2] == 0 && top[3] == 4);
}

/* Chance is a mean of largest cosines: below what the direction of a token itself gives it. */
static void chance_lies_below_a_tokens_own_direction(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_place at = {.role = SPX_ROLE_FFN_UP, .layer = 0, .expert = -1};
    double chance = 0, again = 0;
    spx_model *m = open_family("qwen2");
    spx_lens *l = lens_of(m);
    check_ok(spx_lens_chance(l, at, 1, &chance, &err));
    check_ok(spx_lens_chance(l, at, 1, &again, &err));
    assert_true(chance == again && chance > 0 && chance < 1);
    int32_t id = 17, top = 0;
    const size_t start[] = {0, 1};
    const spx_batch b = {.n = 1, .start = start, .token = &id};
    float x[D], cosines[V];
    spx_model_embed(m, &b, x);
    check_ok(spx_lens_cosines(l, at, x, 1, cosines, &err));
    spx_lens_top(cosines, V, false, &top, 1);
    check_leq(chance, (double)cosines[top]);
    spx_lens *copy = NULL;
    check_survives_oom(spx_lens_new(m, &copy, &err));
    spx_lens_free(copy);
    spx_lens_free(l);
    spx_model_close(m);
}

/* A rank-1 change of block 1's FFN along w of token 40's head, through the norm's gain: the change
 * is told first, its tokens begin with 40 at one end, and it is new to the base. */
typedef struct told {
    size_t n;
    spx_direction first;
    int32_t token[2];
    bool as_new;
} told;

static void keep_first(const spx_direction *d, void *arg)
{
    told *t = arg;
    if (t->n == 0) t->first = *d;
    if (t->n < 2) t->token[t->n] = d->token[0];
    t->as_new = t->as_new || !d->of_change;
    t->n++;
}

static const char name[] = "model.layers.1.mlp.down_proj.weight";
static bool is_down(const spx_tensor *t) { return strcmp(t->name, name) == 0; }

static void a_planted_change_names_its_token(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_mat W, H, G;
    float *changed = NULL;
    size_t odd = 0, found = 0;
    told got = {0};
    spx_model *m = open_family("llama");
    spx_lens *l = lens_of(m);
    check_ok(spx_ckpt_open(SPX_TESTS "/data/families/llama", &c, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(c, name), &W, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(c, "lm_head.weight"), &H, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(c, "model.norm.weight"), &G, &err));
    check_ok(SPX_NEW(&changed, (size_t)D * 96, &err));
    for (size_t i = 0; i < (size_t)D * 96; i++)
        changed[i] = (float)(W.data[i] + 4 * H.data[(size_t)40 * D + i / 96] / G.data[i / 96]);
    const spx_replacement r = {.name = name, .data = changed, .dtype = SPX_F32};
    check_ok(spx_ckpt_write(c, &r, 1, "planted.safetensors", &err));
    spx_source base, stage;
    spx_source_of(SPX_TESTS "/data/families/llama", &base);
    spx_source_of("planted.safetensors", &stage);
    const spx_directions_opts o = {.model = m,
                                   .lens = l,
                                   .base = &base,
                                   .stages = &stage,
                                   .n = 1,
                                   .keep = is_down,
                                   .dominant = {.tau = 0.1},
                                   .tokens = 3,
                                   .directions = 2,
                                   .told = keep_first,
                                   .arg = &got};
    check_ok(spx_directions_find(&o, &odd, &found, &err));
    assert_int_equal(found, 1);
    assert_int_equal(odd, 0);
    assert_true(got.first.of_change && !got.first.reads && got.first.index == 1);
    assert_true(got.token[0] == 40 || got.token[1] == 40);
    assert_true(got.as_new); /* so large a change leads the later matrix */
    check_leq(got.first.share, 0.5);
    check_survives_oom(spx_directions_find(&o, &odd, &found, &err));
    remove("planted.safetensors");
    spx_free(changed);
    spx_lens_free(l);
    spx_model_close(m);
    spx_mat_free(&W);
    spx_mat_free(&H);
    spx_mat_free(&G);
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosines_are_those_of_numpy),
        cmocka_unit_test(other_places_have_no_tokens),
        cmocka_unit_test(tops_are_in_order),
        cmocka_unit_test(chance_lies_below_a_tokens_own_direction),
        cmocka_unit_test(a_planted_change_names_its_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
