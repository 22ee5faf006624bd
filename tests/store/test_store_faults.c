/* test_store_faults.c: run files on full disks, under two writers, and with rotten bytes. */
#include "check.h"

#include "spx/file.h"
#include "spx/store.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define FILE_NAME "faults.h5"
#define PART_NAME FILE_NAME ".part"

static int setup(void **state)
{
    (void)state;
    (void)remove(FILE_NAME);
    (void)remove(PART_NAME);
    return 0;
}

/* No file of this process can become larger, as if the disk were full. */
static void limit_files(rlim_t most)
{
    struct rlimit now;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void make_file(spx_store **s, size_t rows)
{
    spx_error err = {0};
    spx_mat A = {0};
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, s, &err));
    check_ok(spx_store_add_stage(*s, "base", 0, &err));
    check_ok(spx_mat_alloc(&A, rows, 64, &err));
    for (size_t i = 0; i < rows * 64; i++) A.data[i] = (double)i / 7;
    check_ok(spx_store_put_matrix(*s, "g", "A", &A, &err));
    spx_mat_free(&A);
}

static void check_nothing_left(void)
{
    assert_int_equal(access(FILE_NAME, F_OK), -1);
    assert_int_equal(access(PART_NAME, F_OK), -1);
}

static void a_store_that_failed_once_is_not_committed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat A = {0};
    make_file(&s, 8);
    check_ok(spx_mat_alloc(&A, 4096, 512, &err));
    limit_files(65536);
    assert_int_equal(spx_store_put_matrix(s, "g", "B", &A, &err), SPX_EIO);
    limit_files(RLIM_INFINITY);
    assert_string_equal(err.text, FILE_NAME ": HDF5 cannot write B: File too large");
    err = (spx_error){0};
    assert_int_equal(spx_store_commit(&s, &err), SPX_EIO);
    assert_non_null(strstr(err.text, FILE_NAME ": not kept"));
    assert_null(s);
    check_nothing_left();
    spx_mat_free(&A);
}

/* Small things stay in HDF5's memory until the end. */
static void what_cannot_be_written_at_the_end_is_not_committed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    make_file(&s, 8);
    limit_files(512);
    assert_int_equal(spx_store_commit(&s, &err), SPX_EIO);
    limit_files(RLIM_INFINITY);
    assert_string_equal(err.text, FILE_NAME ": HDF5 cannot finish " PART_NAME ": File too large");
    check_nothing_left();
    make_file(&s, 8); /* the next one is none the worse */
    check_ok(spx_store_commit(&s, &err));
}

static void a_failed_copy_or_open_leaves_no_part(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    FILE *f = fopen(FILE_NAME, "w");
    assert_non_null(f);
    fputs("not HDF5", f);
    fclose(f);
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err), SPX_EFORMAT);
    assert_int_equal(access(PART_NAME, F_OK), -1);
    (void)remove(FILE_NAME);
    make_file(&s, 512);
    check_ok(spx_store_commit(&s, &err));
    limit_files(65536);
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err), SPX_EIO);
    limit_files(RLIM_INFINITY);
    assert_int_equal(access(PART_NAME, F_OK), -1);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    spx_store_close(s);
    (void)remove(FILE_NAME);
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err), SPX_EIO);
    check_nothing_left();
}

static void a_claim_lasts_over_the_rename(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_claim first, second;
    check_ok(spx_file_claim(&first, FILE_NAME, &err));
    assert_int_equal(spx_file_claim(&second, FILE_NAME, &err), SPX_EIO);
    assert_string_equal(err.text, FILE_NAME ": another process is writing to it");
    assert_int_equal(second.fd, -1);
    err = (spx_error){0};
    assert_int_equal(rename(PART_NAME, FILE_NAME), 0);
    check_ok(spx_file_claim(&second, FILE_NAME, &err)); /* another part by now */
    assert_int_equal(access(PART_NAME, F_OK), 0);
    spx_file_abandon(&second);
    assert_int_equal(access(PART_NAME, F_OK), -1);
    assert_int_equal(rename(FILE_NAME, PART_NAME), 0);
    assert_int_equal(spx_file_claim(&second, FILE_NAME, &err), SPX_EIO); /* locked all the time */
    spx_file_abandon(&first);
    check_nothing_left();
}

static long number_in(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    const long got = spx_file_text(path, &text, &n, NULL) == SPX_OK ? strtol(text, NULL, 10) : -1;
    spx_free(text);
    return got;
}

/* One of several writers: adds 1 to the number in the file, as often as it gets hold of it. */
static void count_up(int times)
{
    while (times > 0) {
        spx_claim c;
        if (spx_file_claim(&c, FILE_NAME, NULL) != SPX_OK) continue;
        const long next = number_in(FILE_NAME) + 1;
        if (dprintf(c.fd, "%ld", next) > 0 && spx_file_commit(&c, NULL) == SPX_OK) times--;
        spx_file_abandon(&c);
    }
    _exit(0);
}

/* One that opens the file just before it is renamed and locks it just after must not write it. */
static void a_claim_is_on_the_file_that_has_the_name(void **state)
{
    (void)state;
    enum { WRITERS = 3, TIMES = 1000 };
    FILE *f = fopen(FILE_NAME, "w");
    assert_non_null(f);
    fputs("0", f);
    fclose(f);
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) count_up(TIMES);
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        assert_true(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(number_in(FILE_NAME), WRITERS * TIMES);
}

/* One of several writers: the number of stages that it was told are kept. */
static int add_stages(int me, int tries)
{
    int kept = 0;
    for (int i = 0; i < tries; i++) {
        char name[64];
        spx_store *s = NULL;
        snprintf(name, sizeof name, "w%d-%d", me, i);
        if (spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, NULL) != SPX_OK) continue;
        if (spx_store_add_stage(s, name, i, NULL) != SPX_OK)
            spx_store_close(s);
        else if (spx_store_commit(&s, NULL) == SPX_OK)
            kept++;
    }
    return kept;
}

static void several_writers_keep_what_they_were_told_is_kept(void **state)
{
    (void)state;
    enum { WRITERS = 3, TRIES = 60 };
    spx_error err = {0};
    spx_store *s = NULL;
    size_t kept = 1;
    make_file(&s, 8);
    check_ok(spx_store_commit(&s, &err));
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) _exit(add_stages(i, TRIES));
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        assert_true(wait(&status) > 0 && WIFEXITED(status));
        kept += (size_t)WEXITSTATUS(status);
    }
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), kept);
    assert_true(kept > 1);
    spx_store_close(s);
    assert_int_equal(access(PART_NAME, F_OK), -1);
}

/* Changes one byte where `bytes` stand in the file. */
static void rot(const void *bytes, size_t n)
{
    spx_error err = {0};
    char *text = NULL;
    size_t size = 0, at = 0;
    check_ok(spx_file_text(FILE_NAME, &text, &size, &err));
    while (at + n <= size && memcmp(text + at, bytes, n) != 0) at++;
    assert_true(at + n <= size);
    text[at + n / 2] ^= 1;
    FILE *f = fopen(FILE_NAME, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
    spx_free(text);
}

static const float odd[4] = {0.1F, 0.2F, 0.3F, 0.4F};

static void make_floats(char hash[SPX_SHA256_HEX])
{
    spx_error err = {0};
    spx_store *s = NULL;
    check_ok(spx_sha256(odd, sizeof odd, hash, &err));
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_put_floats(s, "g", "z", odd, 2, 2, &err));
    check_ok(spx_store_commit(&s, &err));
}

static spx_status read_floats(spx_error *err)
{
    spx_store *s = NULL;
    float *data = NULL;
    size_t rows = 0, cols = 0;
    *err = (spx_error){0};
    spx_status st = spx_store_open(FILE_NAME, SPX_STORE_READ, &s, err);
    if (st == SPX_OK) st = spx_store_get_floats(s, "g", "z", &data, &rows, &cols, err);
    assert_true((st == SPX_OK) == (data != NULL));
    spx_free(data);
    spx_store_close(s);
    return st;
}

static void floats_are_compared_with_their_sha256(void **state)
{
    (void)state;
    spx_error err = {0};
    char hash[SPX_SHA256_HEX], want[256];
    make_floats(hash);
    check_ok(read_floats(&err));
    rot(hash, 64);
    assert_int_equal(read_floats(&err), SPX_EFORMAT);
    snprintf(want, sizeof want, FILE_NAME ": g/z has SHA-256 %s, its attribute says %.32s", hash,
             hash);
    assert_memory_equal(err.text, want, strlen(want));
}

static void rotten_numbers_are_found(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat A = {0};
    char hash[SPX_SHA256_HEX];
    const double seventh[2] = {1.0 / 7, 2.0 / 7};
    make_floats(hash);
    rot(odd, sizeof odd);
    assert_int_equal(read_floats(&err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, FILE_NAME ": g/z is damaged"));
    setup(NULL);
    make_file(&s, 8);
    check_ok(spx_store_commit(&s, &err));
    rot(seventh, sizeof seventh);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_get(s, "g", "A", &A, &err), SPX_EFORMAT);
    assert_null(A.data);
    spx_store_close(s);
}

static void the_same_content_made_later_is_the_same_file(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    char hash[2][SPX_SHA256_HEX];
    static const spx_quantity q = {"values", "1", "a test's row", "nowhere", "any", "none"};
    static const double row[] = {3, 2, 1};
    for (size_t i = 0; i < 2; i++) {
        setup(NULL);
        if (i > 0) sleep(1);
        make_file(&s, 8);
        check_ok(spx_store_put_row(s, "a/b/c", &q, 0, "axis", row, 3, &err));
        check_ok(spx_store_put_floats(s, "d/e", "z", odd, 2, 2, &err));
        check_ok(spx_store_set_text(s, "f/g", "who", "test", &err));
        check_ok(spx_store_commit(&s, &err));
        check_ok(spx_sha256_file(FILE_NAME, hash[i], &err));
    }
    assert_string_equal(hash[0], hash[1]);
}

static char folder[] = "/tmp/spx-store-faults-XXXXXX";

/* The files of the tests have no folder in their names: they lie in one of their own. */
static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)setup(state);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_store_that_failed_once_is_not_committed, setup),
        cmocka_unit_test_setup(what_cannot_be_written_at_the_end_is_not_committed, setup),
        cmocka_unit_test_setup(a_failed_copy_or_open_leaves_no_part, setup),
        cmocka_unit_test_setup(a_claim_lasts_over_the_rename, setup),
        cmocka_unit_test_setup(a_claim_is_on_the_file_that_has_the_name, setup),
        cmocka_unit_test_setup(several_writers_keep_what_they_were_told_is_kept, setup),
        cmocka_unit_test_setup(floats_are_compared_with_their_sha256, setup),
        cmocka_unit_test_setup(rotten_numbers_are_found, setup),
        cmocka_unit_test_setup(the_same_content_made_later_is_the_same_file, setup),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
