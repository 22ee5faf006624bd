/* test_containers.c: where tensors lie in a file, which shard counts, and what is no checkpoint. */
#include "ckpt_files.h"

#include "spx/export.h"

#include <sys/stat.h>

#define ODD DATA "odd/"

static void a_state_dict_is_found_by_what_it_holds(void **state)
{
    (void)state;
    static const struct {
        const char *path, *tensor, *note;
        size_t count;
    } cases[] = {
        {ODD "deepspeed.pt", "layer.weight", NULL, 2},
        {ODD "net.pt", "layer.weight", NULL, 2},
        {ODD "nanogpt.pt", "layer.weight", NULL, 2},
        {ODD "deep.pt", "layer.weight", NULL, 2},
        {ODD "ema.pt", "layer.weight", "tensors are read from 'model'; 'ema' holds others", 2},
        {ODD "slice.pt", "layer.weight", "one of the 2 slices of a model", 2},
        {ODD "bare.pt", "bare", NULL, 1},
        {ODD "list.pt", "1", NULL, 2},
        {ODD "numbers.pt", "1", NULL, 2},
        {ODD "beside.pt", "layer.weight", "the tensors in 'buffers' are left out", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_ckpt *c = open_file(cases[i].path);
        const char *note = spx_ckpt_note(c, 0);
        assert_int_equal(spx_ckpt_count(c), cases[i].count);
        assert_non_null(spx_ckpt_find(c, cases[i].tensor));
        if (cases[i].note ? !note || !strstr(note, cases[i].note) : note != NULL)
            fail_msg("%s: note '%s'", cases[i].path, note ? note : "");
        spx_ckpt_close(c);
    }
    spx_ckpt *c = open_file(ODD "ema.pt"), *views = open_file(ODD "nanogpt.pt");
    const spx_tensor *t = spx_ckpt_find(c, "layer.weight"),
                     *u = spx_ckpt_find(views, "layer.weight");
    assert_memory_equal(t->data, u->data, t->bytes); /* not the average's */
    spx_ckpt_close(views);
    spx_ckpt_close(c);
}

static void check_refused(const char *path, spx_status want, const char *words)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    const long live = spx_test_live_blocks();
    const spx_status st = spx_ckpt_open(path, &c, &err);
    if (st != want || !strstr(err.text, words) || !strstr(err.text, path) || strchr(err.text, '\n'))
        fail_msg("%s: %s: %s", path, spx_status_name(st), err.text);
    assert_null(c);
    assert_int_equal(spx_test_live_blocks(), live);
}

static void what_cannot_be_told_is_refused_by_name(void **state)
{
    (void)state;
    check_refused(ODD "hostile-strides.pt", SPX_EFORMAT, "extends past the end of its storage");
    check_refused(ODD "hostile-wrap.pt", SPX_EFORMAT, "extends past the end of its storage");
    check_refused(ODD "hostile-expand.pt", SPX_EFORMAT, "views expand to more than");
    check_refused(ODD "hostile-untyped.pt", SPX_EFORMAT, "a tensor has no type");
    check_refused(ODD "hostile-no-type.pt", SPX_EFORMAT, "invalid description of a tensor");
    check_refused(ODD "hostile-itself.pt", SPX_EFORMAT, "state_dict contains no tensors");
    check_refused(ODD "hostile-axes.pt", SPX_EUNSUP, "a tensor has 65 dimensions");
    check_refused(ODD "script.pt", SPX_EUNSUP, "TorchScript program, not a state_dict");
    check_refused(ODD "two.pt", SPX_EFORMAT, "'gen' and 'disc' both hold tensors");
    check_refused(ODD "zero3.pt", SPX_EUNSUP, "zero_to_fp32.py");
    spx_error err = {0};
    static const char optimizer[] = "zero_pp_rank_0_mp_rank_00_optim_states.pt";
    check_ok(spx_file_copy(ODD "deepspeed.pt", optimizer, &err));
    check_refused(optimizer, SPX_EUNSUP, "DeepSpeed's optimizer state of one rank");
    remove(optimizer);
}

static void what_a_server_sent_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
        spx_status status;
    } cases[] = {
        {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4400216536\n",
         "pointer of Git LFS, not the file of 4400216536 bytes", SPX_EFORMAT},
        {"<!DOCTYPE html><html>", "page of HTML", SPX_EFORMAT},
        {"\n  <HTML><body>", "page of HTML", SPX_EFORMAT},
        {"<?xml version=\"1.0\"?><Error>", "XML", SPX_EFORMAT},
        {"<Error><Code>AccessDenied</Code>", "XML", SPX_EFORMAT},
        {"{\"error\": \"Repository not found\"}", "not a checkpoint: JSON", SPX_EFORMAT},
        {"{\"abcd\":{\"e\":1}}", "not a checkpoint: JSON", SPX_EFORMAT},
        {"", "not a checkpoint: empty file", SPX_EFORMAT},
        {"\x1f\x8b\x08", "gzip archive", SPX_EUNSUP},
        {"lmgg", "GGML file, older than GGUF", SPX_EUNSUP},
        {"Entry not found", "not a checkpoint (expected GGUF", SPX_EFORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file("page.safetensors", cases[i].text, strlen(cases[i].text));
        check_refused("page.safetensors", cases[i].status, cases[i].words);
    }
    remove("page.safetensors");
    static const char cut[] = "\x40\x42\x0f\0\0\0\0\0{\"a\":";
    write_file("cut.safetensors", cut, sizeof cut - 1);
    check_refused("cut.safetensors", SPX_EFORMAT, "header of 1000000 bytes in a file of 13");
    check_refused("cut.safetensors", SPX_EFORMAT, "download it again");
    remove("cut.safetensors");
    assert_true(mkdir("nothing-here", 0777) == 0);
    check_refused("nothing-here", SPX_ENOTFOUND, "name the file itself");
    write_file("nothing-here/consolidated.00.pth", "x", 1);
    check_refused("nothing-here", SPX_ENOTFOUND, "such as consolidated.00.pth");
    remove("nothing-here/consolidated.00.pth");
    remove("nothing-here");
}

#define INDEX "shards/model.safetensors.index.json"

static void write_index(const char *text) { write_file(INDEX, text, strlen(text)); }

/* a.safetensors: x, y; b.safetensors: x, z. */
static void the_weight_map_says_which_shard_counts(void **state)
{
    (void)state;
    static const made a[] = {{"x", 1, {2}}, {"y", 1, {2}}}, b[] = {{"z", 1, {2}}, {"x", 1, {2}}};
    float x[2];
    (void)mkdir("shards", 0777);
    make_safetensors("shards/a.safetensors", a, 2);
    make_safetensors("shards/b.safetensors", b, 2);
    write_index("{\"metadata\":{\"total_size\":\"all\"},\"weight_map\":{\"x\":\"b.safetensors\","
                "\"y\":\"a.safetensors\",\"z\":\"b.safetensors\"}}");
    spx_ckpt *c = open_file("shards/model.safetensors.index.json");
    assert_int_equal(spx_ckpt_count(c), 3);
    spx_tensor_read_float(spx_ckpt_find(c, "x"), 0, 1, x);
    assert_true(x[0] == 100); /* tensor 1 of b, not tensor 0 of a */
    assert_non_null(strstr(spx_ckpt_note(c, 0), "1 tensor is also in another shard"));
    assert_non_null(strstr(spx_ckpt_note(c, 0), "(x)"));
    assert_null(spx_ckpt_note(c, 1));
    /* A shard that is laid out anew loses what does not count. */
    spx_error err = {0};
    static const float new_y[] = {5, 6};
    const spx_replacement r = {"y", new_y, SPX_BF16};
    check_ok(spx_ckpt_write(c, &r, 1, "shards-2", &err));
    spx_ckpt_close(c);
    c = open_file("shards-2/a.safetensors");
    assert_int_equal(spx_ckpt_count(c), 1);
    spx_ckpt_close(c);
    c = open_file("shards-2");
    assert_int_equal(spx_ckpt_count(c), 3);
    assert_null(spx_ckpt_note(c, 0));
    spx_tensor_read_float(spx_ckpt_find(c, "y"), 0, 1, x);
    assert_true(x[0] == 5 && x[1] == 6);
    spx_ckpt_close(c);
    remove("shards-2/a.safetensors");
    remove("shards-2/b.safetensors");
    remove("shards-2/model.safetensors.index.json");
    remove("shards-2");
    write_index("{\"weight_map\":{\"x\":\"a.safetensors\",\"z\":\"b.safetensors\"}}");
    c = open_file(INDEX);
    assert_int_equal(spx_ckpt_count(c), 3); /* y, which the map leaves out, is there once */
    spx_tensor_read_float(spx_ckpt_find(c, "x"), 0, 1, x);
    assert_true(x[0] == 0);
    spx_ckpt_close(c);
    write_index("{\"weight_map\":{\"y\":\"b.safetensors\",\"x\":\"a.safetensors\"}}");
    check_refused(INDEX, SPX_EFORMAT, "tensor y is not in b.safetensors");
    write_index("{\"weight_map\":{\"y\":\"a.safetensors\",\"z\":\"b.safetensors\"}}");
    check_refused(INDEX, SPX_EFORMAT, "tensor x appears twice");
    write_index("{\"weight_map\":{\"x\":\"b.safetensors\",\"y\":\"a.safetensors\"}}");
    c = NULL;
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(INDEX, &c, &err)));
    spx_ckpt_close(c);
    remove(INDEX);
    remove("shards/a.safetensors");
    remove("shards/b.safetensors");
    remove("shards");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_dict_is_found_by_what_it_holds),
        cmocka_unit_test(what_cannot_be_told_is_refused_by_name),
        cmocka_unit_test(what_a_server_sent_is_named),
        cmocka_unit_test(the_weight_map_says_which_shard_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
