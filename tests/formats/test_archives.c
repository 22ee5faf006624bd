/* test_archives.c: archives of PyTorch and NumPy against the same tensors in safetensors. */
#include "ckpt_files.h"

#include "spx/file.h"

#include <string.h>

static void check_same(const spx_tensor *a, const spx_tensor *b)
{
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->ndim, b->ndim);
    for (size_t i = 0; i < a->ndim; i++) assert_int_equal(a->shape[i], b->shape[i]);
    assert_int_equal(a->bytes, b->bytes);
    if (memcmp(a->data, b->data, a->bytes) != 0) fail_msg("%s differs", a->name);
}

static void test_state_dict(void **state)
{
    (void)state;
    spx_ckpt *want = open_file(DATA "state.safetensors"), *c = open_file(DATA "state.pt");
    assert_int_equal(spx_ckpt_count(c), 7);
    for (size_t i = 0; i < spx_ckpt_count(want); i++)
        check_same(spx_ckpt_find(c, spx_ckpt_at(want, i)->name), spx_ckpt_at(want, i));
    spx_ckpt_close(c);
    spx_ckpt_close(want);
    c = open_file(DATA "nested.pt");
    assert_int_equal(spx_ckpt_count(c), 2);
    assert_non_null(spx_ckpt_find(c, "weight"));
    spx_ckpt_close(c);
}

static void check_npz(const char *path, size_t count)
{
    spx_ckpt *want = open_file(DATA "state.safetensors"), *c = open_file(path);
    assert_int_equal(spx_ckpt_count(c), count);
    for (size_t i = 0; i < spx_ckpt_count(want); i++) {
        char name[32];
        const spx_tensor *t = spx_ckpt_at(want, i);
        if (t->dtype == SPX_BF16) continue; /* NumPy has no such type */
        snprintf(name, sizeof name, "%s", t->name);
        *strchr(name, '.') = '-';
        check_same(spx_ckpt_find(c, name), t);
    }
    spx_ckpt_close(want);
    spx_ckpt_close(c);
}

static void test_numpy(void **state)
{
    (void)state;
    check_npz(DATA "stored.npz", 7); /* the text is left out, the scalar is there */
    check_npz(DATA "packed.npz", 8);
    spx_ckpt *want = open_file(DATA "state.safetensors"), *packed = open_file(DATA "packed.npz");
    spx_ckpt *alone = open_file(DATA "alone.npy");
    check_same(spx_ckpt_find(packed, "fortran"), spx_ckpt_find(want, "a.double"));
    check_same(spx_ckpt_find(alone, "alone"), spx_ckpt_find(want, "a.double"));
    spx_ckpt_close(want);
    spx_ckpt_close(packed);
    spx_ckpt_close(alone);
}

static void check_refused(const char *path, spx_status want, const char *words)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    const long live = spx_test_live_blocks();
    const spx_status st = spx_ckpt_open(path, &c, &err);
    if (st != want || !strstr(err.text, words) || !strstr(err.text, path))
        fail_msg("%s: %s: %s", path, spx_status_name(st), err.text);
    assert_int_equal(spx_test_live_blocks(), live);
}

static void test_hostile(void **state)
{
    (void)state;
    check_refused(DATA "hostile/system.pt", SPX_EUNSUP,
                  "posix.system is not allowed (only tensors are read; no code is run)");
    assert_int_equal(access("run-by-a-pickle", F_OK), -1);
    check_refused(DATA "hostile/bare.pt", SPX_EUNSUP, "bare pickle");
    check_refused(DATA "hostile/dotdot.npz", SPX_EFORMAT, "entry '../../a.npy' leaves the archive");
    check_refused(DATA "hostile/text.npz", SPX_EFORMAT, "a.txt is not a .npy array");
    check_refused(DATA "hostile/bomb.npz", SPX_EFORMAT, "expands to more than");
}

/* Descriptions of tensors that do not fit the archive. */
static void test_hostile_tensors(void **state)
{
    (void)state;
    check_refused(DATA "hostile/negative.pt", SPX_EFORMAT,
                  "a dimension of a tensor is not a valid size");
    check_refused(DATA "hostile/huge.pt", SPX_EFORMAT, "the shape of a tensor is too large");
    check_refused(DATA "hostile/behind.pt", SPX_EFORMAT,
                  "truncated: tensor a extends past the end of its storage");
    check_refused(DATA "hostile/far.pt", SPX_EFORMAT,
                  "truncated: tensor a extends past the end of its storage");
    check_refused(DATA "hostile/absent.pt", SPX_EFORMAT, "missing entry archive/data/../0");
    check_refused(SPX_TESTS "/fuzz/corpus/moments/claims-838-MB.npz", SPX_EFORMAT,
                  "mom2.mom2.npy cannot expand to its stated size");
    check_refused(DATA "hostile/twice.npz", SPX_EFORMAT, "tensor a appears twice");
}

/* Reads the file cut at many lengths, and with every few bytes set to other values. */
static void damage(const char *source, const char *path, size_t every)
{
    static const unsigned char values[] = {0x00, 0x01, 0x2e, 0x7f, 0xff};
    spx_error err = {0};
    spx_map m = {0};
    unsigned char *copy = NULL;
    check_ok(spx_map_open(&m, source, &err));
    check_ok(SPX_NEW(&copy, m.size, &err));
    memcpy(copy, m.data, m.size);
    for (size_t n = 1; n < m.size; n += every + 6) {
        write_file(path, copy, n);
        open_and_read(path);
    }
    for (size_t i = 4; i < m.size; i += every) {
        copy[i] = values[i % sizeof values];
        write_file(path, copy, m.size);
        open_and_read(path);
        copy[i] = m.data[i];
    }
    spx_free(copy);
    spx_map_close(&m);
    remove(path);
}

static void test_damaged(void **state)
{
    (void)state;
    damage(DATA "state.pt", "damaged.pt", 1);
    damage(DATA "nested.pt", "damaged-nested.pt", 1);
    damage(DATA "stored.npz", "damaged-stored.npz", 2);
    damage(DATA "packed.npz", "damaged-packed.npz", 2);
    damage(DATA "alone.npy", "damaged.npy", 1);
}

static void test_survives_oom(void **state)
{
    (void)state;
    static const char *const paths[] = {DATA "state.pt", DATA "packed.npz", DATA "alone.npy"};
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        spx_ckpt *c = NULL;
        check_survives_oom((err = (spx_error){0}, spx_ckpt_open(paths[i], &c, &err)));
        spx_ckpt_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_dict), cmocka_unit_test(test_numpy),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_hostile_tensors),
        cmocka_unit_test(test_damaged),    cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
