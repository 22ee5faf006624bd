/* test_stacks.c: several stacks in one file, experts, and orientation by what a file shows. */
#include "ckpt_files.h"

#include "spx/difference.h"
#include "spx/pairing.h"
#include "spx/rewrite.h"

#include <math.h>

static const spx_names any = {.n = 0};

#define TEXT     "model.layers.0.mlp.fc2.weight"
#define TOWER    "vision_tower.vision_model.encoder.layers.0.mlp.fc2.weight"
#define LANGUAGE "language_model.model.layers.0.mlp.fc2.weight"

/* Whatever the order in the file, whatever the language model is called. */
static void a_text_model_stands_for_the_language_model(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *want; /* NULL: ambiguous or none */
    } cases[] = {
        {TOWER, LANGUAGE, LANGUAGE},
        {LANGUAGE, TOWER, LANGUAGE},
        {TOWER, "model.language_model.layers.0.mlp.fc2.weight",
         "model.language_model.layers.0.mlp.fc2.weight"},
        {"audio_tower.layers.0.fc2.weight", LANGUAGE, LANGUAGE},
        {"encoder.layers.0.mlp.fc2.weight", LANGUAGE, LANGUAGE},
        {"layers.0.fc2.weight", LANGUAGE, LANGUAGE}, /* the name agrees from "layers." on */
        {"other.layers.0.mlp.fc2.weight", "other.model.layers.0.mlp.fc2.weight",
         "other.model.layers.0.mlp.fc2.weight"},
        {"one.model.layers.0.mlp.fc2.weight", "two.model.layers.0.mlp.fc2.weight", NULL},
        {TOWER, "multi_modal_projector.layers.0.mlp.fc2.weight", NULL},
        {"transformer.blocks.0.ffn.experts.mlp.w2", LANGUAGE, LANGUAGE},
        {"one.model.layers.0.mlp.fc2.weight", TEXT, TEXT},
    };
    static const made text = {TEXT, 2, {2, 4}};
    make_safetensors("text.safetensors", &text, 1);
    spx_ckpt *a = open_file("text.safetensors");
    const spx_tensor *t = spx_ckpt_at(a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const made both[] = {{cases[i].first, 2, {2, 4}}, {cases[i].second, 2, {2, 4}}};
        const spx_tensor *u = NULL;
        make_safetensors("stacks.safetensors", both, 2);
        spx_ckpt *b = open_file("stacks.safetensors");
        (void)spx_counterparts(a, t, b, &u);
        if (cases[i].want ? !u || strcmp(u->name, cases[i].want) != 0 : u != NULL)
            fail_msg("case %zu: %s", i, u ? u->name : "none");
        size_t paired = 0; /* of the file's tensors: what else there is was added */
        for (size_t k = 0; k < spx_ckpt_count(b); k++)
            paired += spx_counterparts(b, spx_ckpt_at(b, k), a, NULL);
        assert_int_equal(paired, cases[i].want != NULL);
        spx_ckpt_close(b);
    }
    spx_ckpt_close(a);
    remove("text.safetensors");
    remove("stacks.safetensors");
}

/* Towers pair with towers of their own kind, whatever stands before their names. */
static void towers_pair_with_their_own_kind(void **state)
{
    (void)state;
    static const made one = {TOWER, 2, {2, 4}};
    static const struct {
        const char *other;
        bool pairs;
    } cases[] = {
        {"model." TOWER, true},
        {"vision_model.encoder.layers.0.mlp.fc2.weight", true},
        {"audio_tower.layers.0.fc2.weight", false},
        {"audio_tower.layers.0.mlp.fc2.weight", false},
        {"v.blk.0.ffn_down.weight", false},
        {TEXT, false},
    };
    make_safetensors("one.safetensors", &one, 1);
    spx_ckpt *a = open_file("one.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const made other = {cases[i].other, 2, {2, 4}};
        make_safetensors("other.safetensors", &other, 1);
        spx_ckpt *b = open_file("other.safetensors");
        if (spx_counterparts(a, spx_ckpt_at(a, 0), b, NULL) != cases[i].pairs)
            fail_msg("%s", cases[i].other);
        spx_ckpt_close(b);
    }
    spx_ckpt_close(a);
    remove("one.safetensors");
    remove("other.safetensors");
}

static void towers_are_chosen_by_name_only(void **state)
{
    (void)state;
    static const made both[] = {
        {TOWER, 2, {2, 4}}, {LANGUAGE, 2, {2, 4}}, {"talker." TEXT, 2, {2, 4}}};
    static const made coder[] = {{"model.encoder.layers.0.fc2.weight", 2, {2, 4}},
                                 {"model.decoder.layers.0.fc2.weight", 2, {2, 4}}};
    const spx_names tower = {.item = {"vision*"}, .n = 1};
    make_safetensors("towers.safetensors", both, 3);
    spx_ckpt *c = open_file("towers.safetensors");
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        assert_int_equal(spx_tensors_chosen(&any, t), strcmp(t->name, LANGUAGE) == 0);
        assert_int_equal(spx_tensors_chosen(&tower, t), strcmp(t->name, TOWER) == 0);
    }
    spx_ckpt_close(c);
    make_safetensors("towers.safetensors", both, 1); /* alone, it is what there is */
    c = open_file("towers.safetensors");
    assert_true(spx_tensors_chosen(&any, spx_ckpt_at(c, 0)));
    spx_ckpt_close(c);
    make_safetensors("towers.safetensors", coder, 2); /* both halves of one model */
    c = open_file("towers.safetensors");
    for (size_t i = 0; i < 2; i++) assert_true(spx_tensors_chosen(&any, spx_ckpt_at(c, i)));
    spx_ckpt_close(c);
    remove("towers.safetensors");
}

static char told[4][300];
static size_t tellings;
static void tell(const spx_tensor *t, const spx_tensor *u, const spx_difference *d, void *arg)
{
    (void)arg;
    assert_true(tellings < 4);
    snprintf(told[tellings++], sizeof told[0], "%.90s %.90s %s", t->name, u ? u->name : "-",
             d->what);
}
static bool all(const spx_tensor *t) { return t != NULL; }

static void what_was_added_or_is_ambiguous_is_told(void **state)
{
    (void)state;
    static const made text = {TEXT, 2, {2, 4}};
    static const made vlm[] = {{TOWER, 2, {2, 4}}, {LANGUAGE, 2, {2, 4}}};
    static const made two[] = {{"one." TEXT, 2, {2, 4}}, {"two." TEXT, 2, {2, 4}}};
    spx_error err = {0};
    size_t found = 0;
    const spx_tensor *to = NULL;
    make_safetensors("a.safetensors", &text, 1);
    make_safetensors("b.safetensors", vlm, 2);
    make_safetensors("c.safetensors", two, 2);
    spx_ckpt *a = open_file("a.safetensors"), *b = open_file("b.safetensors"),
             *c = open_file("c.safetensors");
    tellings = 0;
    check_ok(spx_differences_find(a, b, all, NULL, tell, NULL, &found, &err));
    assert_int_equal(found, 2);
    assert_string_equal(told[0], TEXT " " LANGUAGE " values");
    assert_string_equal(told[1], TOWER " - added");
    tellings = found = 0;
    check_ok(spx_differences_find(a, c, all, NULL, tell, NULL, &found, &err));
    assert_int_equal(found, 3);
    assert_string_equal(told[0], TEXT " - ambiguous");
    assert_string_equal(told[1], "one." TEXT " - added");
    spx_rewrite r;
    check_ok(spx_rewrite_open(&r, c, NULL, NULL, &err));
    assert_int_equal(spx_rewrite_target(&r, a, spx_ckpt_at(a, 0), &to, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text,
                        "c.safetensors: one." TEXT " and two." TEXT " may both stand for " TEXT);
    spx_rewrite_close(&r);
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    spx_ckpt_close(c);
    remove("a.safetensors");
    remove("b.safetensors");
    remove("c.safetensors");
}

/* Tensors of block 0, and how the first of them is stored; note: whether that is a guess. */
#define MLP_OUT      "transformer.h.0.mlp.c_proj.weight"
#define MLP_OUT_BIAS "transformer.h.0.mlp.c_proj.bias"
#define MLP_IN       "transformer.h.0.mlp.c_fc.weight"
#define QKV          "transformer.h.0.attn.c_attn.weight"
#define HEADS        "transformer.h.0.attn.c_proj.weight"
#define NORM         "transformer.h.0.ln_2.weight"
#define EXPERTS      "model.layers.0.mlp.experts."

static const struct {
    made t[4];
    size_t n;
    const char *config;
    bool in_out, note;
} stored[] = {
    {{{MLP_OUT, 2, {16, 4}}}, 1, NULL, true, false},
    {{{MLP_OUT, 2, {4, 16}}}, 1, NULL, false, false},
    {{{MLP_IN, 2, {4, 16}}}, 1, NULL, true, false},
    {{{MLP_IN, 2, {16, 4}}}, 1, NULL, false, false},
    {{{QKV, 2, {4, 12}}}, 1, NULL, true, false},
    {{{QKV, 2, {12, 4}}}, 1, NULL, false, false},
    /* An inner width smaller than the stream: bias, norm and configuration know. */
    {{{MLP_OUT, 2, {4, 8}}, {MLP_OUT_BIAS, 1, {8}}}, 2, NULL, true, false},
    {{{MLP_OUT, 2, {8, 4}}, {MLP_OUT_BIAS, 1, {8}}}, 2, NULL, false, false},
    {{{MLP_OUT, 2, {8, 4}}, {NORM, 1, {8}}}, 2, NULL, false, false},
    {{{MLP_IN, 2, {4, 8}}, {NORM, 1, {8}}}, 2, NULL, false, false},
    {{{MLP_OUT, 2, {8, 4}}}, 1, "{\"n_embd\": 8}", false, false},
    {{{MLP_OUT, 2, {8, 4}}}, 1, "{\"model_type\": \"gpt_neo\"}", false, false},
    {{{MLP_OUT, 2, {8, 4}}}, 1, "{\"n_embd\": NaN", true, false}, /* unreadable: not there */
    /* A square matrix: as its siblings, else by config.json, else a guess that is told. */
    {{{HEADS, 2, {4, 4}}, {MLP_OUT, 2, {4, 16}}}, 2, NULL, false, false},
    {{{HEADS, 2, {4, 4}}, {MLP_OUT, 2, {16, 4}}}, 2, NULL, true, false},
    {{{HEADS, 2, {4, 4}}}, 1, "{\"model_type\": \"gpt_bigcode\"}", false, false},
    {{{HEADS, 2, {4, 4}}}, 1, "{\"model_type\": \"gpt2\"}", true, false},
    {{{HEADS, 2, {4, 4}}}, 1, NULL, true, true},
    /* Only GPT-2's names are in question. */
    {{{TEXT, 2, {16, 4}}}, 1, "{\"model_type\": \"gpt2\"}", false, false},
    {{{"model.layers.0.mlp.down_proj.weight", 2, {4, 4}}}, 1, NULL, false, false},
    /* Stacks of experts. */
    {{{EXPERTS "down_proj", 3, {2, 16, 4}}, {"model.layers.0.input_layernorm.weight", 1, {4}}},
     2,
     NULL,
     true,
     false},
    {{{EXPERTS "down_proj", 3, {2, 4, 16}}, {"model.layers.0.input_layernorm.weight", 1, {4}}},
     2,
     NULL,
     false,
     false},
    {{{EXPERTS "down_proj", 3, {2, 4, 4}},
      {EXPERTS "gate_up_proj", 3, {2, 4, 8}},
      {"model.layers.0.input_layernorm.weight", 1, {4}}},
     3,
     NULL,
     true,
     false},
    {{{EXPERTS "down_proj", 3, {2, 4, 4}}}, 1, "{\"model_type\": \"gpt_oss\"}", true, false},
    {{{EXPERTS "down_proj", 3, {2, 4, 4}}}, 1, NULL, false, true},
};

static void orientation_is_what_shapes_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        make_safetensors("model.safetensors", stored[i].t, stored[i].n);
        if (stored[i].config) write_file("config.json", stored[i].config, strlen(stored[i].config));
        spx_ckpt *c = open_file("model.safetensors");
        if (spx_tensor_in_out(spx_ckpt_at(c, 0)) != stored[i].in_out)
            fail_msg("case %zu: orientation", i);
        if ((spx_ckpt_note(c, 0) != NULL) != stored[i].note)
            fail_msg("case %zu: %s", i, spx_ckpt_note(c, 0) ? spx_ckpt_note(c, 0) : "no note");
        spx_ckpt_close(c);
        remove("model.safetensors");
        remove("config.json");
    }
}

/* A stage has neither bias nor norm: it is stored as the tensor of its name. */
static void a_stage_is_stored_as_its_base(void **state)
{
    (void)state;
    static const made base[] = {{MLP_OUT, 2, {8, 4}}, {MLP_OUT_BIAS, 1, {8}}};
    spx_error err = {0};
    spx_floats m = {.name = MLP_OUT, .rows = 8, .cols = 4};
    spx_ckpt *stage = NULL;
    spx_mat A, B;
    make_safetensors("base.safetensors", base, 2);
    spx_ckpt *c = open_file("base.safetensors");
    const spx_tensor *t = spx_ckpt_at(c, 0);
    check_ok(SPX_NEW(&m.data, 32, &err));
    for (size_t i = 0; i < 32; i++) m.data[i] = (float)i;
    check_ok(spx_ckpt_from_floats("run.h5#r1", &m, 1, &stage, &err));
    const spx_tensor *u = spx_ckpt_at(stage, 0);
    assert_true(spx_tensor_in_out(u) && !spx_tensor_in_out(t));
    assert_true(spx_tensors_same_shape(t, u) && spx_tensors_same_shape(u, t));
    assert_false(spx_tensor_order_like(stage, u, c, t, NULL).turned);
    check_ok(spx_tensor_oriented(t, &A, &err));
    check_ok(spx_tensor_oriented_like(stage, u, c, t, &B, &err));
    assert_true(A.rows == 8 && B.rows == 8);
    assert_memory_equal(A.data, B.data, 32 * sizeof *A.data);
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_ckpt_close(stage);
    spx_ckpt_close(c);
    remove("base.safetensors");
}

static void experts_are_matrices(void **state)
{
    (void)state;
    static const made stacked[] = {{EXPERTS "down_proj", 3, {3, 2, 4}}, {"x", 1, {2}}};
    static const made single[] = {{EXPERTS "0.down_proj.weight", 2, {2, 4}},
                                  {EXPERTS "1.down_proj.weight", 2, {2, 4}},
                                  {EXPERTS "2.down_proj.weight", 2, {2, 4}}};
    spx_error err = {0};
    make_safetensors("stacked.safetensors", stacked, 2);
    make_safetensors("single.safetensors", single, 3);
    spx_ckpt *a = open_file("stacked.safetensors"), *b = open_file("single.safetensors");
    assert_int_equal(spx_ckpt_count(a), 4);
    const spx_tensor *whole = spx_ckpt_find(a, EXPERTS "down_proj");
    assert_true(whole && whole->ndim == 3);
    for (size_t e = 0; e < 3; e++) {
        char name[80], hash[SPX_SHA256_HEX];
        double x[8];
        const spx_tensor *u = NULL;
        snprintf(name, sizeof name, EXPERTS "down_proj[%zu]", e);
        const spx_tensor *t = spx_ckpt_find(a, name);
        assert_true(t && t == spx_ckpt_at(a, e) && t->of == whole);
        assert_true(spx_tensors_chosen(&any, t) && spx_tensor_is_matrix(t));
        spx_tensor_read(t, 0, 2, x);
        assert_true(x[0] == (double)(8 * e) && x[7] == (double)(8 * e + 7));
        check_ok(spx_ckpt_sha256(a, t, hash, &err));
        assert_true(spx_counterparts(a, t, b, &u));
        assert_string_equal(u->name, single[e].name);
    }
    /* One is written within its stack, in the stack's type. */
    static const float x[8] = {-1, -2, -3, -4, -5, -6, -7, -8};
    spx_replacement r = {EXPERTS "down_proj[1]", x, SPX_F32};
    check_ok(spx_ckpt_write(a, &r, 1, "written.safetensors", &err));
    spx_ckpt *again = open_file("written.safetensors");
    assert_memory_equal(spx_ckpt_find(again, r.name)->data, x, sizeof x);
    for (size_t e = 0; e < 3; e += 2)
        assert_memory_equal(spx_ckpt_at(again, e)->data, spx_ckpt_at(a, e)->data, sizeof x);
    spx_ckpt_close(again);
    remove("written.safetensors");
    r.dtype = SPX_BF16;
    assert_int_equal(spx_ckpt_write(a, &r, 1, "written.safetensors", &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, "its stack has type F32"));
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    remove("stacked.safetensors");
    remove("single.safetensors");
}

static spx_ckpt *four_values(float a, float b, float c, float d)
{
    spx_error err = {0};
    spx_ckpt *made_of = NULL;
    spx_floats m = {.name = "a", .rows = 2, .cols = 2};
    check_ok(SPX_NEW(&m.data, 4, &err));
    m.data[0] = a;
    m.data[1] = b;
    m.data[2] = c;
    m.data[3] = d;
    check_ok(spx_ckpt_from_floats("run.h5#r1", &m, 1, &made_of, &err));
    return made_of;
}

static void a_nan_is_not_forgotten(void **state)
{
    (void)state;
    spx_ckpt *a = four_values(1, 2, 3, 4);
    for (size_t at = 0; at < 4; at++) {
        spx_error err = {0};
        spx_difference d;
        float y[] = {10, 20, 30, 40};
        y[at] = (float)NAN;
        spx_ckpt *b = four_values(y[0], y[1], y[2], y[3]);
        check_ok(
            spx_difference_measure(a, spx_ckpt_at(a, 0), b, spx_ckpt_at(b, 0), NULL, &d, &err));
        assert_true(isnan(d.max_abs) && isnan(d.rms) && isnan(d.relative));
        assert_string_equal(d.what, "values");
        spx_ckpt_close(b);
    }
    spx_ckpt_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_model_stands_for_the_language_model),
        cmocka_unit_test(towers_pair_with_their_own_kind),
        cmocka_unit_test(towers_are_chosen_by_name_only),
        cmocka_unit_test(what_was_added_or_is_ambiguous_is_told),
        cmocka_unit_test(orientation_is_what_shapes_show),
        cmocka_unit_test(a_stage_is_stored_as_its_base),
        cmocka_unit_test(experts_are_matrices),
        cmocka_unit_test(a_nan_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
