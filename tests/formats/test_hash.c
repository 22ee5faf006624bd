/* test_hash.c: SHA-256 of tensors and of checkpoints; rows released and read again. */
#include "ckpt_files.h"

#include "spx/store.h"

#include <string.h>

static void check_hash(spx_ckpt *c, const spx_tensor *t)
{
    spx_error err = {0};
    char got[SPX_SHA256_HEX], again[SPX_SHA256_HEX], want[SPX_SHA256_HEX];
    check_ok(spx_sha256(t->data, t->bytes, want, &err));
    check_ok(spx_ckpt_sha256(c, t, got, &err));
    check_ok(spx_ckpt_sha256(c, t, again, &err));
    if (strcmp(got, want) != 0 || strcmp(again, want) != 0) fail_msg("%s: %s", t->name, got);
}

static void test_bytes(void **state)
{
    (void)state;
    static const char *const paths[] = {DATA "dequant.gguf", DATA "dtypes.safetensors",
                                        DATA "packed.npz", DATA "sharded"};
    for (size_t k = 0; k < 4; k++) {
        spx_ckpt *c = open_file(paths[k]);
        for (size_t i = 0; i < spx_ckpt_count(c); i++) check_hash(c, spx_ckpt_at(c, i));
        spx_ckpt_close(c);
    }
}

/* Tensors are hashed in pieces of 2^20 values: here three of one row, the rows all different. */
static void test_pieces(void **state)
{
    (void)state;
    static const char header[] =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1048576), }";
    const size_t start = 10 + sizeof header - 1, row = 1048576;
    spx_error err = {0};
    unsigned char *file = NULL;
    check_ok(SPX_NEW(&file, start + 3 * row, &err));
    memcpy(file, "\x93NUMPY\x01", 7);
    file[8] = (unsigned char)(sizeof header - 1);
    memcpy(file + 10, header, sizeof header - 1);
    for (size_t r = 0; r < 3; r++) memset(file + start + r * row, (int)r + 1, row);
    write_file("pieces.npy", file, start + 3 * row);
    spx_free(file);
    spx_ckpt *c = open_file("pieces.npy");
    check_hash(c, spx_ckpt_at(c, 0));
    spx_ckpt_close(c);
    remove("pieces.npy");
}

static void test_kept_in_a_run_file(void **state)
{
    (void)state;
    static const float w[] = {1, -2.5F, 3, 0, 5, 6};
    spx_error err = {0};
    spx_store *s = NULL;
    char *kept = NULL, want[SPX_SHA256_HEX], got[SPX_SHA256_HEX];
    remove("hash.h5");
    check_ok(spx_sha256(w, sizeof w, want, &err));
    check_ok(spx_store_open("hash.h5", SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_put_floats(s, "snapshots/base", "w", w, 2, 3, &err));
    check_ok(spx_store_get_text(s, "snapshots/base/w", "sha256", &kept, &err));
    assert_string_equal(kept, want);
    spx_free(kept);
    check_ok(spx_store_commit(&s, &err));
    spx_ckpt *c = open_file("hash.h5#base");
    assert_int_equal(spx_ckpt_fingerprint(c, got, NULL), SPX_EUNSUP); /* it is not a file */
    check_ok(spx_ckpt_sha256(c, spx_ckpt_at(c, 0), got, &err));       /* the bytes of floats */
    assert_string_equal(got, want);
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open("hash.h5#base", &c, &err)));
    spx_ckpt_close(c);
    remove("hash.h5");
}

/* Rows that were released are read again with the same values. */
static void test_released_rows(void **state)
{
    (void)state;
    spx_ckpt *c = open_file(DATA "tiny.gguf"), *stored = open_file(DATA "packed.npz");
    double before[172], after[172];
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const size_t rows = spx_tensor_rows(t), last = rows - 1;
        spx_tensor_read(t, last, 1, before);
        spx_ckpt_release(c, t, 0, rows);
        spx_ckpt_release(c, t, last, 1);
        spx_tensor_read(t, last, 1, after);
        assert_memory_equal(before, after, spx_tensor_cols(t) * sizeof(double));
    }
    const spx_tensor *t = spx_ckpt_find(stored, "b-float"); /* expanded: not in a map */
    spx_tensor_read(t, 0, 1, before);
    spx_ckpt_release(stored, t, 0, spx_tensor_rows(t));
    spx_tensor_read(t, 0, 1, after);
    assert_memory_equal(before, after, spx_tensor_cols(t) * sizeof(double));
    spx_ckpt_close(stored);
    spx_ckpt_close(c);
}

static void check_fingerprint(const char *path, const char *const *file, size_t n)
{
    spx_error err = {0};
    char got[SPX_SHA256_HEX], want[SPX_SHA256_HEX], name[256], all[3 * 64];
    spx_ckpt *c = open_file(path);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, DATA "%s", file[i]);
        check_ok(spx_sha256_file(name, want, &err));
        memcpy(all + 64 * i, want, 64);
    }
    if (n > 1) check_ok(spx_sha256(all, 64 * n, want, &err));
    check_ok(spx_ckpt_fingerprint(c, got, &err));
    assert_string_equal(got, want);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_fingerprint(c, got, &err)));
    spx_ckpt_close(c);
}

/* The fingerprint of a file is its hash; that of several files is the hash of their digests in
 * order, whichever path opens them. */
static void test_fingerprints_of_files_and_folders(void **state)
{
    (void)state;
    static const char *const shards[] = {"sharded/model.safetensors.index.json",
                                         "sharded/model-00001-of-00002.safetensors",
                                         "sharded/model-00002-of-00002.safetensors"},
                             *const split[] = {"split-00001-of-00002.gguf",
                                               "split-00002-of-00002.gguf"},
                             *const alone[] = {"families/gpt2/model.safetensors"};
    check_fingerprint(DATA "sharded", shards, 3);
    check_fingerprint(DATA "sharded/model.safetensors.index.json", shards, 3);
    check_fingerprint(DATA "split-00001-of-00002.gguf", split, 2);
    check_fingerprint(DATA "families/gpt2", alone, 1);
}

static spx_status hash_one(const char *path, spx_error *err)
{
    spx_ckpt *c = NULL;
    char hash[SPX_SHA256_HEX];
    *err = (spx_error){0};
    spx_status st = SPX_OK;
    SPX_TRY(spx_ckpt_open(path, &c, err));
    SPX_TRY(spx_ckpt_sha256(c, spx_ckpt_at(c, 0), hash, err));
out:
    spx_ckpt_close(c);
    return st;
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    check_survives_oom(hash_one(DATA "gpt2.gguf", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_kept_in_a_run_file),
        cmocka_unit_test(test_released_rows),
        cmocka_unit_test(test_fingerprints_of_files_and_folders),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
