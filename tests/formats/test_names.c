/* test_names.c: layer, role and orientation from the names of tensors; globs and endings. */
#include "check.h"

#include "spx/arch.h"
#include "spx/names.h"

#include <stdio.h>
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
        {"model.layers.3.self_attn.q_norm.weight", SPX_ROLE_Q_NORM, 3, false},
        {"blk.3.post_ffw_norm.weight", SPX_ROLE_FFN_POST_NORM, 3, false},
        {"transformer.wpe.weight", SPX_ROLE_POSITION, -1, false},
        {"rope_freqs.weight", SPX_ROLE_ROPE_FACTORS, -1, false},
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

/* Experts, and the stacks of several blocks in one file. */
/* The rows that the manual lists are those by which names are placed. */
static void test_rows(void **state)
{
    (void)state;
    const char *before = NULL, *after = NULL;
    spx_place row;
    size_t outputs = 0;
    for (size_t i = 0; spx_arch_row(i, &before, &after, &row); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s7.%s.weight", before, after);
        const spx_place place = spx_arch_place(name);
        assert_int_equal(place.role, row.role);
        assert_int_equal(place.in_out, row.in_out);
        assert_int_equal(place.layer, 7);
        outputs += row.role == SPX_ROLE_FFN_OUT;
    }
    assert_true(outputs >= 7);
}

static void test_experts_and_stacks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        spx_role role;
        long layer, expert;
        spx_stack stack;
    } want[] = {
        {"model.layers.3.mlp.experts.11.down_proj.weight", SPX_ROLE_FFN_OUT, 3, 11, 0},
        {"model.layers.3.mlp.experts.11.gate_proj.weight", SPX_ROLE_FFN_GATE, 3, 11, 0},
        {"model.layers.3.block_sparse_moe.experts.7.w2.weight", SPX_ROLE_FFN_OUT, 3, 7, 0},
        {"model.layers.3.mlp.experts.down_proj", SPX_ROLE_FFN_OUT, 3, SPX_EXPERT_ALL, 0},
        {"model.layers.3.mlp.experts.down_proj[5]", SPX_ROLE_FFN_OUT, 3, 5, 0},
        {"model.layers.3.mlp.experts.gate_up_proj[0]", SPX_ROLE_FFN_GATE_UP, 3, 0, 0},
        {"model.layers.3.feed_forward.experts.down_proj[5]", SPX_ROLE_FFN_OUT, 3, 5, 0},
        {"model.layers.3.mlp.shared_experts.down_proj.weight", SPX_ROLE_FFN_OUT, 3,
         SPX_EXPERT_SHARED, 0},
        {"model.layers.3.block_sparse_moe.output_linear.weight[2]", SPX_ROLE_FFN_OUT, 3, 2, 0},
        {"model.layers.3.mlp.shared_mlp.down_proj.weight", SPX_ROLE_FFN_OUT, 3, SPX_EXPERT_SHARED,
         0},
        {"decoder.layers.3.ffn.experts.expert_4.fc2.weight", SPX_ROLE_FFN_OUT, 3, 4, 0},
        {"decoder.layers.3.mlp.experts.local_experts.4.linear_fc2.weight", SPX_ROLE_FFN_OUT, 3, 4,
         0},
        {"transformer.blocks.3.ffn.experts.mlp.w2", SPX_ROLE_FFN_OUT, 3, SPX_EXPERT_ALL, 0},
        {"blk.3.ffn_down_exps.weight", SPX_ROLE_FFN_OUT, 3, SPX_EXPERT_ALL, 0},
        {"blk.3.ffn_down_exps.weight[5]", SPX_ROLE_FFN_OUT, 3, 5, 0},
        {"blk.3.ffn_gate_up_exps.weight[5]", SPX_ROLE_FFN_GATE_UP, 3, 5, 0},
        {"blk.3.ffn_down_shexp.weight", SPX_ROLE_FFN_OUT, 3, SPX_EXPERT_SHARED, 0},
        {"blk.3.ffn_down.5.weight", SPX_ROLE_FFN_OUT, 3, 5, 0},
        {"blk.3.ffn_gate_inp.weight", SPX_ROLE_OTHER, -1, SPX_EXPERT_NONE, 0},
        {"model.layers.3.mlp.experts.5.down_proj.weight[2]", SPX_ROLE_OTHER, -1, SPX_EXPERT_NONE,
         0},
        {"model.layers.3.mlp.down_proj.weight[2]", SPX_ROLE_OTHER, -1, SPX_EXPERT_NONE, 0},
        {"model.layers.3.mlp.experts.down_proj[]", SPX_ROLE_OTHER, -1, SPX_EXPERT_NONE, 0},
        {"language_model.model.layers.1.mlp.down_proj.weight", SPX_ROLE_FFN_OUT, 1, -1, 0},
        {"model.language_model.layers.1.mlp.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, 0},
        {"vision_tower.vision_model.encoder.layers.1.mlp.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1,
         SPX_STACK_TOWER},
        {"model.visual.layers.1.mlp.down_proj.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_TOWER},
        {"audio_tower.layers.1.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_TOWER},
        {"multi_modal_projector.layers.1.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_TOWER},
        {"talker.model.layers.1.mlp.down_proj.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_TOWER},
        {"v.blk.1.ffn_down.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_TOWER},
        {"text_model.encoder.layers.1.mlp.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, 0},
        {"model.encoder.layers.1.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, SPX_STACK_ENCODER},
        {"model.decoder.layers.1.fc2.weight", SPX_ROLE_FFN_OUT, 1, -1, 0},
        {"_orig_mod.transformer.h.1.mlp.c_proj.weight", SPX_ROLE_FFN_OUT, 1, -1, 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const spx_place p = spx_arch_place(want[i].name);
        if (p.role != want[i].role || p.layer != want[i].layer || p.expert != want[i].expert ||
            p.stack != want[i].stack)
            fail_msg("%s: role %s, layer %ld, expert %ld, stack %d", want[i].name,
                     spx_role_name(p.role), p.layer, p.expert, (int)p.stack);
    }
    assert_int_not_equal(spx_arch_match("blk.3.ffn_down_exps.weight[5]",
                                        "model.layers.3.mlp.experts.5.down_proj.weight"),
                         0);
    assert_int_equal(spx_arch_match("blk.3.ffn_down_exps.weight[5]",
                                    "model.layers.3.mlp.experts.6.down_proj.weight"),
                     0);
    assert_int_equal(
        spx_arch_match("blk.3.ffn_down.weight", "model.layers.3.mlp.experts.6.down_proj.weight"),
        0);
}

static void test_match(void **state)
{
    (void)state;
    assert_int_not_equal(
        spx_arch_match("blk.6.ffn_down.weight", "model.layers.6.mlp.down_proj.weight"), 0);
    assert_int_not_equal(spx_arch_match("token_embd.weight", "model.embed_tokens.weight"), 0);
    assert_int_equal(spx_arch_match("blk.6.ffn_down.weight", "model.layers.7.mlp.down_proj.weight"),
                     0);
    assert_int_equal(
        spx_arch_match("blk.6.attn_norm.weight", "model.layers.6.post_attention_layernorm.weight"),
        0);
    assert_int_equal(spx_arch_match("blk.6.attn_q.weight", "model.layers.6.self_attn.q_proj.bias"),
                     0);
    assert_int_equal(spx_arch_match("a", "a"), 0);
}

/* A row of golden/names.tsv: a tensor of a family under both kinds of names. */
enum { MOST_ROWS = 400 };
typedef struct names {
    char family[16], hf[96], gguf[64];
    int axes;
} names;

static size_t read_names(names *row)
{
    FILE *f = fopen(SPX_TESTS "/golden/names.tsv", "r");
    size_t n = 0;
    char line[256];
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f)); /* the header */
    while (fgets(line, sizeof line, f)) {
        names *r = &row[n++];
        assert_true(n < MOST_ROWS);
        assert_int_equal(
            sscanf(line, "%15[^\t]\t%95[^\t]\t%63[^\t]\t%d", r->family, r->hf, r->gguf, &r->axes),
            4);
    }
    fclose(f);
    return n;
}

/* The family's other name that fits best, which spx-info takes as the counterpart. */
static const char *best(const names *row, size_t n, const char *family, const char *name, bool gguf)
{
    const char *found = "-";
    int fit = 0;
    for (size_t i = 0; i < n; i++) {
        const char *other = gguf ? row[i].gguf : row[i].hf;
        const int now = strcmp(row[i].family, family) == 0 ? spx_arch_match(name, other) : 0;
        if (now <= fit) continue;
        found = other;
        fit = now;
    }
    return found;
}

static bool is_conv1d(const names *r)
{
    return strcmp(r->family, "gpt2") == 0 && r->axes == 2 && strstr(r->hf, ".h.");
}

static void test_families(void **state)
{
    (void)state;
    static names row[MOST_ROWS];
    const size_t n = read_names(row);
    assert_int_equal(n, 299);
    size_t ffn_out = 0;
    for (size_t i = 0; i < n; i++) {
        const names *r = &row[i];
        const spx_place p = spx_arch_place(r->hf);
        if (strcmp(best(row, n, r->family, r->hf, true), r->gguf) != 0)
            fail_msg("%s: %s is taken for %s", r->family, r->hf,
                     best(row, n, r->family, r->hf, true));
        if (r->gguf[0] != '-' && strcmp(best(row, n, r->family, r->gguf, false), r->hf) != 0)
            fail_msg("%s: %s is taken for %s", r->family, r->gguf,
                     best(row, n, r->family, r->gguf, false));
        if (p.in_out != is_conv1d(r)) fail_msg("%s: %s: orientation", r->family, r->hf);
        ffn_out += p.role == SPX_ROLE_FFN_OUT;
    }
    assert_int_equal(ffn_out, 2 * 12); /* two blocks of twelve families */
}

static void test_layouts(void **state)
{
    (void)state;
    static const struct {
        const char *architecture, *name;
        spx_layout want;
    } cases[] = {
        {"llama", "blk.0.attn_q.weight", SPX_LAYOUT_ROPE_PAIRS},
        {"llama", "model.layers.0.self_attn.k_proj.bias", SPX_LAYOUT_ROPE_PAIRS},
        {"llama", "blk.0.attn_v.weight", SPX_LAYOUT_SAME},
        {"qwen2", "blk.0.attn_q.weight", SPX_LAYOUT_SAME},
        {"gptneox", "blk.0.attn_qkv.bias", SPX_LAYOUT_QKV_APART},
        {"gpt2", "blk.0.attn_qkv.weight", SPX_LAYOUT_SAME},
        {"gemma3", "blk.0.attn_q_norm.weight", SPX_LAYOUT_ONE_ADDED},
        {"gemma", "model.norm.weight", SPX_LAYOUT_ONE_ADDED},
        {"gemma", "blk.0.attn_q.weight", SPX_LAYOUT_SAME},
        {"llama", "blk.0.attn_norm.weight", SPX_LAYOUT_SAME},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(spx_arch_gguf_layout(cases[i].architecture, cases[i].name), cases[i].want);
}

static void test_globs(void **state)
{
    (void)state;
    assert_true(spx_glob_match("blk.*.ffn_down*", "blk.10.ffn_down.weight"));
    assert_true(spx_glob_match("*", "a/b"));
    assert_false(spx_glob_match("blk.?.ffn*", "blk.10.ffn_down.weight"));
}

static void test_ends(void **state)
{
    (void)state;
    assert_true(spx_ends_with("model.safetensors.index.json", ".index.json"));
    assert_true(spx_ends_with(".h5", ".h5"));
    assert_true(spx_ends_with("a", ""));
    assert_false(spx_ends_with("5", ".h5"));
    assert_false(spx_ends_with("run.h5.part", ".h5"));
}

/* The place of a weight, and of the weight that a bias belongs to, whatever the length of the name.
 */
static void test_places_of_biases(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool bias;
        spx_role role;
        long layer;
    } want[] = {
        {"blk.6.ffn_down.weight", false, SPX_ROLE_FFN_OUT, 6},
        {"blk.6.ffn_down.bias", true, SPX_ROLE_FFN_OUT, 6},
        {"transformer.h.2.mlp.c_proj.bias", true, SPX_ROLE_FFN_OUT, 2},
        {"output_norm.bias", true, SPX_ROLE_NORM, -1},
        {"my_lm_head.bias", true, SPX_ROLE_OTHER, -1},
        {"blk.6.ffn_down.scale", false, SPX_ROLE_OTHER, -1},
        {".bias", true, SPX_ROLE_OTHER, -1},
        {"", false, SPX_ROLE_OTHER, -1},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        bool bias = !want[i].bias;
        const spx_place p = spx_arch_place_of_either(want[i].name, &bias);
        if (bias != want[i].bias || p.role != want[i].role || p.layer != want[i].layer)
            fail_msg("%s: role %s, layer %ld", want[i].name, spx_role_name(p.role), p.layer);
    }
    char name[1000];
    memset(name, 'x', sizeof name);
    memcpy(name + sizeof name - 26, ".blk.7.attn_k.bias", 19);
    bool bias = false;
    assert_int_equal(spx_arch_place_of_either(name, &bias).layer, 7);
    assert_true(bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),  cmocka_unit_test(test_places_of_biases),
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_experts_and_stacks),
        cmocka_unit_test(test_match),   cmocka_unit_test(test_families),
        cmocka_unit_test(test_layouts), cmocka_unit_test(test_globs),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
