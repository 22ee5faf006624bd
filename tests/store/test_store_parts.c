/* test_store_parts.c: run files whose matrices lie in parts: written once, read as one file,
 * joined. */
#include "check.h"

#include "spx/file.h"
#include "spx/store.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "run.h5"
#define FOLDER    FILE_NAME ".parts"

enum { ROWS = 128, COLS = 96, VALUES = ROWS * COLS }; /* 48 KiB of floats */

static void fill(float *w, size_t seed)
{
    for (size_t i = 0; i < VALUES; i++) w[i] = (float)(i + 1000 * seed) / 7;
}

static long long size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long long)info.st_size : -1;
}

/* A round as a run keeps it: an attribute, factors, a small row, keys, weights that are replaced.
 */
static void put_round(spx_store *s, size_t round)
{
    static const spx_quantity q = {"value", "1", "a test's number", "nowhere", NULL, NULL};
    static const spx_quantity sigma = {"sigma", "1", "a test's row", "nowhere", NULL, NULL};
    spx_error err = {0};
    float w[VALUES];
    double row[2 * SPX_STORE_LONG_ROW];
    double id = (double)round;
    const spx_mat ids = {1, 1, 1, &id};
    char stage[16] = "base", group[64];
    if (round > 0) snprintf(stage, sizeof stage, "r%zu", round);
    fill(w, round);
    check_ok(spx_store_add_stage(s, stage, (double)round, &err));
    check_ok(spx_store_use_parts(s, stage, &err));
    check_ok(spx_store_put(s, "numbers", &q, round, (double)round, &err));
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) row[i] = 1000 * id + (double)i;
    check_ok(spx_store_put_row(s, "tensors/t", &sigma, round, "sv", row, sizeof row / sizeof *row,
                               &err));
    snprintf(group, sizeof group, "ledger/t/%s", stage);
    if (round == 0)
        check_ok(spx_store_put_floats(s, "ledger/t", "base", w, ROWS, COLS, &err));
    else {
        check_ok(spx_store_set_number(s, group, "norm", (double)round, &err));
        check_ok(spx_store_put_floats(s, group, "B", w, ROWS, COLS, &err));
        check_ok(spx_store_put_floats(s, group, "A", w, 2, 3, &err));
        check_ok(spx_store_put_matrix(s, group, "edits", &ids, &err));
        check_ok(spx_store_put_matrix(s, "history/t", stage, &ids, &err));
    }
    check_ok(spx_store_put_floats(s, "snapshots/last", "t", w, ROWS, COLS, &err));
}

static void write_rounds(size_t first, size_t last)
{
    spx_error err = {0};
    for (size_t i = first; i <= last; i++) {
        spx_store *s = NULL;
        check_ok(spx_store_open(FILE_NAME, i ? SPX_STORE_CONTINUE : SPX_STORE_CREATE, &s, &err));
        put_round(s, i);
        check_ok(spx_store_commit(&s, &err));
    }
}

static void check_floats(const spx_store *s, const char *group, const char *name, size_t round)
{
    spx_error err = {0};
    float *data = NULL, want[VALUES];
    size_t rows = 0, cols = 0;
    fill(want, round);
    check_ok(spx_store_get_floats(s, group, name, &data, &rows, &cols, &err));
    assert_memory_equal(data, want, rows * cols * sizeof *want);
    spx_free(data);
}

static void check_rounds(size_t last, bool parted)
{
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat A;
    char **names = NULL;
    size_t n = 0;
    double norm = 0;
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), last + 1);
    assert_int_equal(spx_store_is_parted(s), parted);
    check_floats(s, "ledger/t", "base", 0);
    check_floats(s, "snapshots/last", "t", last);
    check_ok(spx_store_get(s, "tensors/t", "sigma", &A, &err));
    assert_int_equal(A.rows, last + 1);
    for (size_t i = 0; i <= last; i++) assert_true(A.data[i * A.ld + 7] == 1000 * (double)i + 7);
    spx_mat_free(&A);
    assert_int_equal(spx_store_has(s, "rows/t/r1/sigma"), parted);
    for (size_t i = 1; i <= last; i++) {
        char group[64], stage[16];
        snprintf(stage, sizeof stage, "r%zu", i);
        snprintf(group, sizeof group, "ledger/t/%s", stage);
        check_floats(s, group, "B", i);
        check_ok(spx_store_get_number(s, group, "norm", &norm, &err));
        assert_true(norm == (double)i);
        check_ok(spx_store_get(s, "history/t", stage, &A, &err));
        assert_true(A.data[0] == (double)i);
        spx_mat_free(&A);
    }
    check_ok(spx_store_names(s, "ledger/t/r1", &names, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "B"); /* in the order in which they were made */
    assert_string_equal(names[2], "edits");
    spx_store_names_free(names, n);
    spx_store_close(s);
}

static void count_fault(void *arg, const char *path, const char *what)
{
    (void)path, (void)what;
    ++*(size_t *)arg;
}

static size_t faults(void)
{
    spx_error err = {0};
    size_t told = 0, found = 0;
    check_ok(spx_store_check(FILE_NAME, count_fault, &told, &found, &err));
    assert_int_equal(told, found);
    return found;
}

static void rounds_lie_in_parts_and_are_joined(void **state)
{
    (void)state;
    spx_error err = {0};
    write_rounds(0, 3);
    const long long one = size_of(FOLDER "/r1.h5"), before = size_of(FILE_NAME);
    assert_true(one > 4LL * VALUES);
    check_rounds(3, true);
    write_rounds(4, 4);
    assert_true(size_of(FILE_NAME) - before < VALUES); /* the round is not in it */
    assert_int_equal(size_of(FOLDER "/r1.h5"), one);
    assert_int_equal(size_of(FOLDER "/r4.h5.part"), -1);
    check_rounds(4, true);
    assert_int_equal(faults(), 0);
    check_ok(spx_store_join(FILE_NAME, &err));
    assert_int_equal(access(FOLDER, F_OK), -1);
    check_rounds(4, false);
    assert_int_equal(faults(), 0);
    check_ok(spx_store_join(FILE_NAME, &err)); /* again: nothing to do */
    check_rounds(4, false);
}

/* The names resolve beside the file, also through a link and after the two were moved. */
static void parts_are_found_beside_the_file(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    write_rounds(0, 1);
    assert_int_equal(mkdir("there", 0777), 0);
    assert_int_equal(rename(FILE_NAME, "there/moved.h5"), 0);
    assert_int_equal(rename(FOLDER, "there/" FOLDER), 0);
    assert_int_equal(symlink("there/moved.h5", "link.h5"), 0);
    check_ok(spx_store_open("link.h5", SPX_STORE_READ, &s, &err));
    check_floats(s, "ledger/t/r1", "B", 1);
    spx_store_close(s);
    assert_int_equal(rename("there/moved.h5", FILE_NAME), 0);
    assert_int_equal(rename("there/" FOLDER, FOLDER), 0);
    check_rounds(1, true);
    (void)remove("link.h5");
    (void)rmdir("there");
}

static void a_missing_part_is_named(void **state)
{
    (void)state;
    static const char want[] =
        FOLDER "/r1.h5: No such file or directory: it has ledger/t/r1 of " FILE_NAME;
    spx_error err = {0};
    spx_store *s = NULL;
    float *w = NULL;
    size_t rows = 0, cols = 0;
    double norm = 0;
    write_rounds(0, 2);
    assert_int_equal(remove(FOLDER "/r1.h5"), 0);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_true(spx_store_has(s, "ledger/t/r1/B")); /* not as if there had been none */
    assert_false(spx_store_has(s, "ledger/t/r2/C"));
    assert_int_equal(spx_store_get_floats(s, "ledger/t/r1", "B", &w, &rows, &cols, &err), SPX_EIO);
    assert_memory_equal(err.text, want, sizeof want - 1);
    err = (spx_error){0};
    assert_int_equal(spx_store_get_number(s, "ledger/t/r1", "norm", &norm, &err), SPX_EIO);
    assert_memory_equal(err.text, want, sizeof want - 1);
    spx_store_close(s);
    assert_int_equal(faults(), 3); /* ledger/t/r1, history/t/r1, rows/t/r1 */
    err = (spx_error){0};
    assert_int_equal(spx_store_join(FILE_NAME, &err), SPX_EIO);
    assert_non_null(strstr(err.text, FOLDER "/r1.h5"));
    assert_int_equal(access(FOLDER "/r2.h5", F_OK), 0); /* nothing is lost beside */
}

/* What a killed process left: a part that nothing leads to, and one that was not finished. */
static void leftovers_are_replaced_or_removed(void **state)
{
    (void)state;
    spx_error err = {0};
    write_rounds(0, 1);
    check_ok(spx_file_copy(FOLDER "/r1.h5", FOLDER "/r2.h5", &err));
    check_ok(spx_file_copy(FOLDER "/r1.h5", FOLDER "/r2.h5.part", &err));
    check_ok(spx_file_copy(FOLDER "/r1.h5", FOLDER "/r9.h5.part", &err));
    write_rounds(2, 2);
    check_rounds(2, true);
    check_ok(spx_store_join(FILE_NAME, &err));
    assert_int_equal(access(FOLDER, F_OK), -1);
    check_rounds(2, false);
    assert_int_equal(mkdir(FOLDER, 0777), 0); /* killed after the file was joined */
    check_ok(spx_file_copy(FILE_NAME, FOLDER "/r1.h5", &err));
    check_ok(spx_store_join(FILE_NAME, &err));
    assert_int_equal(access(FOLDER, F_OK), -1);
    check_rounds(2, false);
}

static void rot(const char *path)
{
    spx_error err = {0};
    char *text = NULL;
    unsigned char bytes[64];
    size_t size = 0;
    float w[VALUES];
    fill(w, 1);
    memcpy(bytes, w, sizeof bytes);
    check_ok(spx_file_text(path, &text, &size, &err));
    char *at = text;
    while (at + 64 <= text + size && memcmp(at, bytes, 64) != 0) at++;
    assert_true(at + 64 <= text + size);
    at[5] ^= 4;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
    spx_free(text);
}

static void what_is_copied_unread_is_checked(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    write_rounds(0, 2);
    rot(FOLDER "/r1.h5");
    assert_int_equal(faults(), 1);
    assert_int_equal(spx_store_join(FILE_NAME, &err), SPX_EFORMAT);
    assert_string_equal(err.text, FILE_NAME ": ledger/t/r1/B is damaged: HDF5 cannot read it");
    err = (spx_error){0};
    assert_int_equal(access(FILE_NAME ".part", F_OK), -1);
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err), SPX_EFORMAT);
    assert_string_equal(err.text, FILE_NAME ": ledger/t/r1/B is damaged: HDF5 cannot read it");
    assert_null(s);
}

static void small_stages_stay_in_the_file(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    const float w[4] = {1, 2, 3, 4};
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_use_parts(s, "base", &err));
    check_ok(spx_store_put_floats(s, "ledger/t", "base", w, 2, 2, &err));
    check_ok(spx_store_put_floats(s, "snapshots/base", "base", w, 2, 2, &err));
    check_ok(spx_store_commit(&s, &err));
    assert_int_equal(access(FOLDER, F_OK), -1);
}

/* A tensor may have the name of a stage. */
static void names_of_tensors_are_not_those_of_stages(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    float w[VALUES];
    fill(w, 1);
    for (size_t i = 0; i < 2; i++) {
        const char *stage = i ? "r1" : "base";
        check_ok(spx_store_open(FILE_NAME, i ? SPX_STORE_CONTINUE : SPX_STORE_CREATE, &s, &err));
        check_ok(spx_store_add_stage(s, stage, 0, &err));
        check_ok(spx_store_use_parts(s, stage, &err));
        check_ok(spx_store_put_floats(s, "ledger/base", stage, w, ROWS, COLS, &err));
        check_ok(spx_store_put_floats(s, "ledger/r1", stage, w, ROWS, COLS, &err));
        check_ok(spx_store_commit(&s, &err));
    }
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    for (size_t i = 0; i < 4; i++)
        check_floats(s, i / 2 ? "ledger/base" : "ledger/r1", i % 2 ? "base" : "r1", 1);
    spx_store_close(s);
    check_ok(spx_store_join(FILE_NAME, &err));
    assert_int_equal(faults(), 0);
}

static void a_link_stays_and_its_target_is_written(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    struct stat info;
    assert_int_equal(symlink("real.h5", FILE_NAME), 0);
    write_rounds(0, 1);
    assert_int_equal(lstat(FILE_NAME, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_true(size_of("real.h5") > 0 && size_of("real.h5.parts/r1.h5") > 0);
    check_rounds(1, true);
    check_ok(spx_store_join(FILE_NAME, &err));
    check_rounds(1, false);
    assert_int_equal(lstat(FILE_NAME, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    (void)remove("real.h5");
    (void)remove(FILE_NAME);
    assert_int_equal(mkfifo(FILE_NAME, 0666), 0);
    for (spx_store_mode m = SPX_STORE_READ; m <= SPX_STORE_CONTINUE; m++) {
        err = (spx_error){0};
        assert_int_equal(spx_store_open(FILE_NAME, m, &s, &err), SPX_EIO);
        assert_string_equal(err.text, m == SPX_STORE_CREATE ? FILE_NAME
                                          ": already exists; remove it or name another"
                                                            : FILE_NAME ": not a regular file");
    }
}

static char folder[] = "/tmp/spx-store-parts-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static void remove_folder(const char *path)
{
    char file[512];
    DIR *d = opendir(path);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.') (void)remove(file);
    }
    if (d) closedir(d);
    (void)rmdir(path);
}

static int clean(void **state)
{
    static const char *const folders[] = {FOLDER, "real.h5.parts", "there"}, *const files[] = {
                                                                                 FILE_NAME,
                                                                                 FILE_NAME ".part",
                                                                                 "link.h5",
                                                                                 "real.h5"};
    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) remove_folder(folders[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) (void)remove(files[i]);
    return 0;
}

static int leave_folder(void **state)
{
    (void)clean(state);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rounds_lie_in_parts_and_are_joined, clean),
        cmocka_unit_test_setup(parts_are_found_beside_the_file, clean),
        cmocka_unit_test_setup(a_missing_part_is_named, clean),
        cmocka_unit_test_setup(leftovers_are_replaced_or_removed, clean),
        cmocka_unit_test_setup(what_is_copied_unread_is_checked, clean),
        cmocka_unit_test_setup(small_stages_stay_in_the_file, clean),
        cmocka_unit_test_setup(names_of_tensors_are_not_those_of_stages, clean),
        cmocka_unit_test_setup(a_link_stays_and_its_target_is_written, clean),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
