/* test_base.c: memory, errors, random numbers, whole files. */
#include "check.h"

#include "spx/file.h"
#include "spx/rng.h"

#include <string.h>
#include <sys/stat.h>

static void blocks_are_zeroed_aligned_and_counted(void **state)
{
    (void)state;
    spx_error err = {0};
    void *p = NULL;
    const long live = spx_test_live_blocks();
    check_ok(spx_alloc(&p, 0, 8, &err));
    assert_non_null(p);
    spx_free(p);
    check_ok(spx_alloc(&p, 1000, 8, &err));
    assert_int_equal((uintptr_t)p % 64, 0);
    for (size_t i = 0; i < 8000; i++) assert_int_equal(((char *)p)[i], 0);
    spx_free(p);
    assert_int_equal(spx_alloc(&p, SIZE_MAX / 2, 4, &err), SPX_ENOMEM);
    assert_null(p);
    spx_scratch tmp = {0};
    err = (spx_error){0};
    for (size_t n = 0; n < 5; n++) check_ok(spx_scratch_alloc(&tmp, &p, n, 100, &err));
    spx_scratch_free(&tmp);
    assert_int_equal(spx_test_live_blocks(), live);
}

static void the_first_failure_is_the_one_reported(void **state)
{
    (void)state;
    spx_error err = {0};
    assert_int_equal(SPX_FAIL(&err, SPX_ESHAPE, "first %d", 1), SPX_ESHAPE);
    assert_int_equal(SPX_FAIL(&err, SPX_EIO, "second"), SPX_EIO);
    assert_string_equal(err.text, "first 1"); /* the first failure is the one that is told */
    spx_prefix(&err, "%s", "file");
    assert_string_equal(err.text, "file: first 1");
    assert_int_equal(SPX_FAIL(NULL, SPX_EIO, "nobody listens"), SPX_EIO);
    char endless[2000];
    memset(endless, 'x', sizeof endless);
    endless[1999] = '\0';
    err = (spx_error){0};
    (void)SPX_FAIL(&err, SPX_EIO, "%s", endless);
    assert_true(strlen(err.text) < sizeof err.text);
    for (int s = SPX_OK; s <= SPX_EINTR; s++)
        assert_true(strlen(spx_status_name((spx_status)s)) > 0);
}

/* The stream of seed 0 as the authors' own code gives it (splitmix64 seeding, xoshiro256**). */
static void the_stream_is_that_of_its_authors(void **state)
{
    (void)state;
    static const uint64_t want[] = {0x99ec5f36cb75f2b4U, 0xbf6e1f784956452aU, 0x1a5f849d4933e6e0U,
                                    0x6aa594f1262d2d2cU};
    spx_rng r = spx_rng_seed(0);
    for (size_t i = 0; i < 4; i++) assert_true(spx_rng_next(&r) == want[i]);
}

static void numbers_have_their_distribution(void **state)
{
    (void)state;
    enum { N = 200000 };
    spx_rng r = spx_rng_seed(42);
    double sum = 0, square = 0, uniform = 0;
    size_t count[7] = {0};
    for (size_t i = 0; i < N; i++) {
        const double x = spx_rng_normal(&r), u = spx_rng_uniform(&r);
        assert_true(u >= 0 && u < 1);
        sum += x;
        square += x * x;
        uniform += u;
        count[spx_rng_below(&r, 7)]++;
    }
    check_leq(fabs(sum / N), 4 / sqrt(N));
    check_leq(fabs(square / N - 1), 4 * sqrt(2.0 / N));
    check_leq(fabs(uniform / N - 0.5), 4 * sqrt(1.0 / 12 / N));
    for (size_t i = 0; i < 7; i++) check_leq(fabs((double)count[i] - N / 7.0), 4 * sqrt(N / 7.0));
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void check_text(const char *path, const char *want)
{
    spx_error err = {0};
    char *text = NULL;
    size_t len = 0;
    check_ok(spx_file_text(path, &text, &len, &err));
    assert_int_equal(len, strlen(want));
    assert_string_equal(text, want);
    spx_free(text);
}

static void files_are_read_copied_and_replaced(void **state)
{
    (void)state;
    spx_error err = {0};
    char *text = NULL;
    size_t len = 0;
    char hash[SPX_SHA256_HEX];
    write_text("one", "abc");
    write_text("none", "");
    check_text("one", "abc");
    check_text("none", "");
    check_ok(spx_sha256_file("one", hash, &err)); /* FIPS 180-2, B.1 */
    assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_ok(spx_file_copy("one", "two", &err));
    check_text("two", "abc");
    write_text("one", "new");
    check_ok(spx_file_replace("one", "two", &err));
    check_text("two", "new");
    assert_int_equal(access("one", F_OK), -1);
    assert_int_equal(spx_file_text("missing", &text, &len, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "missing"));
    err = (spx_error){0};
    assert_int_equal(spx_file_text(".", &text, &len, &err), SPX_EIO);
    check_survives_oom(spx_file_text("two", &text, &len, NULL));
    spx_free(text);
    remove("two");
    remove("none");
}

static void a_change_while_reading_is_noticed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_map m;
    write_text("changing", "before");
    check_ok(spx_map_open(&m, "changing", &err));
    check_ok(spx_map_check(&m, "changing", &err));
    write_text("changing", "after it");
    assert_int_equal(spx_map_check(&m, "changing", &err), SPX_EIO);
    assert_non_null(strstr(err.text, "changing: changed while it was read"));
    spx_map_close(&m);
    remove("changing");
}

static size_t pieces;

static void count_pieces(void) { pieces++; }

static void cut(void)
{
    if (truncate("far", 3) != 0) fail_msg("cannot cut the file");
}

/* As on a network file system: read in pieces, there after the file is cut, and a cut while it is
 * read is an error, not a signal. */
static void a_file_on_another_machine_is_read(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_map m;
    write_text("far", "ten bytes.");
    spx_test_remote_files(4, count_pieces);
    check_ok(spx_map_open(&m, "far", &err));
    assert_int_equal(pieces, 3);
    assert_true(m.copied);
    cut();
    spx_map_release(&m, m.data, m.size); /* nothing to give back: the only copy */
    assert_memory_equal(m.data, "ten bytes.", 10);
    assert_int_equal(spx_map_check(&m, "far", &err), SPX_EIO);
    spx_map_close(&m);
    write_text("far", "ten bytes.");
    spx_test_remote_files(4, cut);
    err = (spx_error){0};
    assert_int_equal(spx_map_open(&m, "far", &err), SPX_EIO);
    assert_string_equal(err.text, "far: became shorter while it was read");
    assert_null(m.data);
    spx_test_remote_files(0, NULL);
    remove("far");
}

/* Pages given back are read again, whatever part of one it was. */
static void released_pages_are_read_again(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_map m;
    FILE *f = fopen("pages", "w");
    assert_non_null(f);
    for (int i = 0; i < 20000; i++) fputc(i % 251, f);
    fclose(f);
    check_ok(spx_map_open(&m, "pages", &err));
    static const size_t at[] = {0, 1, 4095, 4096, 4097, 19999};
    for (size_t i = 0; i < 6; i++)
        for (size_t n = 0; n <= 20000 - at[i]; n += 1777) {
            spx_map_release(&m, m.data + at[i], n);
            for (size_t k = 0; k < 20000; k += 97) assert_int_equal(m.data[k], k % 251);
        }
    spx_map_close(&m);
    remove("pages");
}

static void pieces_hash_as_the_whole(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_hasher *h = NULL;
    char whole[SPX_SHA256_HEX], pieces_of_it[SPX_SHA256_HEX];
    check_ok(spx_sha256("abcdef", 6, whole, &err));
    check_ok(spx_hasher_add(&h, "abc", 3, &err));
    check_ok(spx_hasher_add(&h, NULL, 0, &err));
    check_ok(spx_hasher_add(&h, "def", 3, &err));
    check_ok(spx_hasher_end(&h, pieces_of_it, &err));
    assert_string_equal(whole, pieces_of_it);
    check_ok(spx_hasher_add(&h, "x", 1, &err));
    check_ok(spx_hasher_end(&h, NULL, &err)); /* thrown away */
    check_ok(spx_hasher_end(&h, whole, &err));
    check_ok(spx_sha256(NULL, 0, pieces_of_it, &err));
    assert_string_equal(whole, pieces_of_it);
}

static void every_order_is_as_likely(void **state)
{
    (void)state;
    enum { TRIALS = 6000 };
    size_t seen[3][3] = {{0}};
    spx_rng rng = spx_rng_seed(5);
    for (int i = 0; i < TRIALS; i++) {
        size_t x[3] = {0, 1, 2};
        spx_rng_shuffle(&rng, x, 3, sizeof *x);
        assert_int_equal(x[0] + x[1] + x[2] + 10 * x[0] * x[1] * x[2], 3);
        assert_true(x[0] != x[1] && x[1] != x[2]);
        seen[x[0]][x[1]]++;
    }
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++)
            assert_true(a == b || (seen[a][b] > 850 && seen[a][b] < 1150)); /* 5 deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_counted),
        cmocka_unit_test(the_first_failure_is_the_one_reported),
        cmocka_unit_test(the_stream_is_that_of_its_authors),
        cmocka_unit_test(numbers_have_their_distribution),
        cmocka_unit_test(files_are_read_copied_and_replaced),
        cmocka_unit_test(a_change_while_reading_is_noticed),
        cmocka_unit_test(a_file_on_another_machine_is_read),
        cmocka_unit_test(released_pages_are_read_again),
        cmocka_unit_test(pieces_hash_as_the_whole),
        cmocka_unit_test(every_order_is_as_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
