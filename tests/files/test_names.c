/* test_names.c: what a tensor's name says, and JSON as it is read. */
#include "check.h"

#include "spx/arch.h"
#include "spx/json.h"

#include <string.h>

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        spx_role role;
        long layer;
        bool in_out;
    } want[] = {
        {"blk.6.ffn_down.weight", SPX_ROLE_FFN_OUT, 6, false},
        {"model.layers.31.mlp.down_proj.weight", SPX_ROLE_FFN_OUT, 31, false},
        {"transformer.h.0.mlp.c_proj.weight", SPX_ROLE_FFN_OUT, 0, true},
        {"h.11.mlp.c_proj.weight", SPX_ROLE_FFN_OUT, 11, true},
        {"transformer.h.27.mlp.fc_out.weight", SPX_ROLE_FFN_OUT, 27, false},
        {"gpt_neox.layers.3.mlp.dense_4h_to_h.weight", SPX_ROLE_FFN_OUT, 3, false},
        {"model.decoder.layers.2.fc2.weight", SPX_ROLE_FFN_OUT, 2, false},
        {"blk.12.attn_q.weight", SPX_ROLE_ATTN_Q, 12, false},
        {"model.layers.1.self_attn.k_proj.weight", SPX_ROLE_ATTN_K, 1, false},
        {"token_embd.weight", SPX_ROLE_EMBED, -1, false},
        {"transformer.wte.weight", SPX_ROLE_EMBED, -1, false},
        {"gpt_neox.embed_out.weight", SPX_ROLE_HEAD, -1, false},
        {"embed_out.weight", SPX_ROLE_HEAD, -1, false},
        {"model.norm.weight", SPX_ROLE_NORM, -1, false},
        {"model.layers.4.input_layernorm.weight", SPX_ROLE_ATTN_NORM, 4, false},
        {"blk.4.ffn_norm.weight", SPX_ROLE_FFN_NORM, 4, false},
        {"transformer.h.2.attn.c_attn.weight", SPX_ROLE_ATTN_QKV, 2, true},
        {"transformer.h.2.attn.c_proj.weight", SPX_ROLE_ATTN_OUT, 2, true},
        {"gpt_neox.layers.3.attention.query_key_value.weight", SPX_ROLE_ATTN_QKV, 3, false},
        {"model.layers.3.mlp.gate_up_proj.weight", SPX_ROLE_FFN_GATE_UP, 3, false},
        {"model.layers.3.self_attn.q_norm.weight", SPX_ROLE_OTHER, -1, false},
        {"transformer.h.2.mlp.c_proj.bias", SPX_ROLE_OTHER, -1, false},
        {"my_lm_head.weight", SPX_ROLE_OTHER, -1, false},
        {"something.else", SPX_ROLE_OTHER, -1, false},
        {"blk.x.ffn_down.weight", SPX_ROLE_OTHER, -1, false},
        {"", SPX_ROLE_OTHER, -1, false},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const spx_place p = spx_arch_place(want[i].name);
        if (p.role != want[i].role || p.layer != want[i].layer || p.in_out != want[i].in_out)
            fail_msg("%s: role %s, layer %ld", want[i].name, spx_role_name(p.role), p.layer);
    }
}

static void test_same(void **state)
{
    (void)state;
    assert_true(spx_arch_same("blk.6.ffn_down.weight", "model.layers.6.mlp.down_proj.weight"));
    assert_true(spx_arch_same("token_embd.weight", "model.embed_tokens.weight"));
    assert_false(spx_arch_same("blk.6.ffn_down.weight", "model.layers.7.mlp.down_proj.weight"));
    assert_false(
        spx_arch_same("blk.6.attn_norm.weight", "model.layers.6.post_attention_layernorm.weight"));
    assert_false(spx_arch_same("a", "a"));
}

static void test_globs(void **state)
{
    (void)state;
    assert_true(spx_glob_match("blk.*.ffn_down*", "blk.10.ffn_down.weight"));
    assert_true(spx_glob_match("*", "a/b"));
    assert_false(spx_glob_match("blk.?.ffn*", "blk.10.ffn_down.weight"));
}

static void test_json(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    double number = 0;
    bool flag = false;
    static const char text[] = "\xef\xbb\xbf{\"a\": [1, 2.5, true, \"t\"], \"b\": null}";
    check_ok(spx_json_parse(text, sizeof text - 1, "text", &root, &err));
    const spx_json *a = spx_json_get(root, "a");
    assert_int_equal(spx_json_size(a), 4);
    assert_true(spx_json_number(spx_json_at(a, 1), &number) && number == 2.5);
    assert_true(spx_json_bool(spx_json_at(a, 2), &flag) && flag);
    assert_string_equal(spx_json_text(spx_json_at(a, 3)), "t");
    assert_null(spx_json_text(spx_json_at(a, 0)));
    assert_null(spx_json_at(a, 4));
    assert_null(spx_json_get(NULL, "a"));
    assert_false(spx_json_number(spx_json_get(root, "b"), &number));
    spx_json_free(root);
    static const char *const bad[] = {
        "", "{", "{\"a\": 1, \"a\": 2}", "[1,]", "{\"a\": \"\\u0000\"}", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_json_parse(bad[i], strlen(bad[i]), "bad", &root, &err), SPX_EFORMAT);
        assert_null(root);
        assert_non_null(strstr(err.text, "bad: line "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
