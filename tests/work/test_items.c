/* test_items.c: items are printed or recorded, continued after a failure, shared and joined. */
#include "check.h"

#include "spx/file.h"
#include "spx/items.h"
#include "spx/shards.h"

#include <stdatomic.h>
#include <string.h>

enum { GROUPS = 3, PASSES = 2, ITEMS = GROUPS * PASSES, NOBODY = 99 };
static const double cost[GROUPS] = {1, 3, 2};
static const size_t values[GROUPS] = {1, 1, 1};
static const spx_quantity quantity = {"value", "1", "ten times the item", "test", "any", "none"};

/* The program: what it printed, and what it was told. */
static FILE *now_out, *now_notes, *out, *notes;
static char *printed, *noted;
static size_t printed_size, noted_size;
static char told[200], parting[2000];
static size_t shown;

/* The work: which item fails, and what was called. */
static size_t failing;
static atomic_size_t jobs;
static char opened[PASSES + 1];

static void redirect(FILE *to, FILE *notes_to)
{
    now_out = to ? to : out;
    now_notes = notes_to ? notes_to : notes;
}

static void show(const char *what, size_t done, size_t total)
{
    assert_string_equal(what, "items");
    assert_int_equal(total, ITEMS);
    shown = done;
}

static void set_parting(const char *text) { snprintf(parting, sizeof parting, "%s", text); }
static void tell(const char *line) { snprintf(told, sizeof told, "%s", line); }
static spx_notify notify = {.note = tell};

static spx_status add_options(spx_bytes *text, const char *but, spx_error *err)
{
    assert_string_equal(but, "shard");
    return spx_bytes_add(text, "tool t\n", 7, err);
}

static spx_status describe(spx_bytes *text, void *arg, spx_error *err)
{
    (void)arg;
    return spx_bytes_add(text, "stage base\nstage later\n", 23, err);
}

static spx_status open_pass(size_t pass, void *arg, spx_error *err)
{
    (void)arg, (void)err;
    assert_int_equal(strlen(opened), pass);
    opened[pass] = (char)('0' + (int)pass);
    return SPX_OK;
}

static spx_status job(size_t item, void *arg, spx_error *err)
{
    double *result = arg;
    if (item == failing) return SPX_FAIL(err, SPX_EIO, "item %zu failed", item);
    result[item] = 10 * (double)item;
    atomic_fetch_add(&jobs, 1);
    return SPX_OK;
}

static spx_status emit(size_t item, const spx_items_sink *to, void *arg, spx_error *err)
{
    const double *result = arg;
    char group[16];
    assert_ptr_equal(to->out, now_out);
    fprintf(now_notes, "note %zu\n", item);
    if (!to->store) return fprintf(to->out, "%g\n", result[item]) > 0 ? SPX_OK : SPX_EIO;
    snprintf(group, sizeof group, "g%zu", item % GROUPS);
    return spx_store_put(to->store, group, &quantity, item / GROUPS, result[item], err);
}

static void name(size_t item, void *arg, char *text, size_t room)
{
    (void)arg;
    snprintf(text, room, "item %zu", item);
}

/* One result of all items: their texts, last to first, in run.h5. */
static spx_status join(spx_items_given *given, void *results, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_reader r = {0};
    FILE *f = fopen("run.h5", "w");
    (void)arg;
    assert_non_null(f);
    for (size_t i = ITEMS; i-- > 0;) {
        SPX_TRY(given(i, &r, results, err));
        fwrite(r.at, 1, r.left, f);
    }
out:
    fclose(f);
    return st;
}

static spx_status run_all(const char *output, const char *shard, bool joined, spx_error *err)
{
    spx_status st = SPX_OK;
    double result[ITEMS] = {0};
    spx_items_host host = {.output = output,
                           .command = "t --all",
                           .out = out,
                           .notes = notes,
                           .notify = &notify,
                           .redirect = redirect,
                           .progress = show,
                           .parting = set_parting,
                           .options = add_options};
    const spx_items work = {.host = &host,
                            .groups = GROUPS,
                            .passes = PASSES,
                            .cost = cost,
                            .values = values,
                            .heading = "heading",
                            .shard = shard,
                            .describe = describe,
                            .open = open_pass,
                            .job = job,
                            .emit = emit,
                            .join = joined ? join : NULL,
                            .name = name,
                            .arg = result};
    memset(opened, 0, sizeof opened);
    atomic_store(&jobs, 0);
    shown = 0;
    redirect(NULL, NULL);
    SPX_TRY(spx_comm_open(false, &host.comm, err));
    SPX_TRY(spx_items_run(&work, err));
out:
    spx_comm_close(host.comm);
    fflush(out);
    fflush(notes);
    return st;
}

static char folder[32];

/* Nothing is printed yet. */
static void begin_streams(void)
{
    out = open_memstream(&printed, &printed_size);
    notes = open_memstream(&noted, &noted_size);
    assert_true(out && notes);
}

static void end_streams(void)
{
    fclose(out);
    fclose(notes);
    free(printed);
    free(noted);
}

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/spx-items-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0) return -1;
    begin_streams();
    failing = NOBODY;
    told[0] = parting[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    static const char *const files[] = {"run.h5", "run.h5.items", "run.h5.1of2", "run.h5.2of2"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) (void)remove(files[i]);
    end_streams();
    return chdir("/tmp") != 0 || remove(folder) != 0;
}

static bool there(const char *path) { return access(path, F_OK) == 0; }

/* The numbers of every item, in their stages, and the command that made them. */
static void check_run_file(void)
{
    spx_error err = {0};
    spx_store *s = NULL;
    char *text = NULL;
    check_ok(spx_store_open("run.h5", SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), PASSES);
    for (size_t g = 0; g < GROUPS; g++) {
        char group[16];
        spx_mat A;
        snprintf(group, sizeof group, "g%zu", g);
        check_ok(spx_store_get(s, group, "value", &A, &err));
        assert_int_equal(A.rows, PASSES);
        for (size_t p = 0; p < PASSES; p++) assert_true(A.data[p] == 10 * (double)(p * GROUPS + g));
        spx_mat_free(&A);
    }
    check_ok(spx_store_get_text(s, "", "history", &text, &err));
    assert_string_equal(text, "t --all");
    spx_free(text);
    spx_store_close(s);
}

static void results_are_printed_in_order(void **state)
{
    (void)state;
    spx_error err = {0};
    const int threads = spx_threads();
    for (int n = 1; n <= 3; n++) {
        end_streams();
        begin_streams();
        spx_threads_set(n);
        check_ok(run_all(NULL, NULL, false, &err));
        assert_string_equal(printed, "heading\n0\n10\n20\n30\n40\n50\n");
        assert_string_equal(noted, "note 0\nnote 1\nnote 2\nnote 3\nnote 4\nnote 5\n");
        assert_string_equal(opened, "01");
        assert_int_equal(shown, ITEMS);
    }
    spx_threads_set(threads);
}

static void a_run_file_gets_every_number(void **state)
{
    (void)state;
    spx_error err = {0};
    check_ok(run_all("run.h5", NULL, false, &err));
    check_run_file();
    assert_false(there("run.h5.items"));
    assert_int_equal(printed_size, 0);
    assert_string_equal(noted, "note 0\nnote 1\nnote 2\nnote 3\nnote 4\nnote 5\n");
    assert_int_equal(run_all("run.h5", NULL, false, &err), SPX_EIO);
    assert_string_equal(err.text, "run.h5 already exists; remove it or name another");
}

static void an_interrupted_run_continues(void **state)
{
    (void)state;
    spx_error err = {0};
    const int threads = spx_threads();
    spx_threads_set(1);
    failing = 4;
    assert_int_equal(run_all("run.h5", NULL, false, &err), SPX_EIO);
    assert_string_equal(err.text, "item 4 failed");
    assert_string_equal(told, "4 of 6 items are kept in run.h5.items: run the same command to "
                              "continue");
    assert_string_equal(parting, "ended while working on item 4 (rank 0); 4 of 6 items are kept in "
                                 "run.h5.items: run the same command to continue: t --all");
    assert_true(there("run.h5.items") && !there("run.h5"));
    failing = NOBODY;
    err = (spx_error){0};
    check_ok(run_all("run.h5", NULL, false, &err));
    assert_string_equal(told, "4 of 6 items were already in run.h5.items");
    assert_int_equal(jobs, 2);
    assert_string_equal(opened, "01");
    assert_false(there("run.h5.items"));
    check_run_file();
    spx_threads_set(threads);
}

static void nothing_is_kept_of_a_run_that_did_nothing(void **state)
{
    (void)state;
    spx_error err = {0};
    const int threads = spx_threads();
    spx_threads_set(1);
    failing = 0;
    assert_int_equal(run_all("run.h5", NULL, false, &err), SPX_EIO);
    assert_string_equal(told, "");
    assert_false(there("run.h5") || there("run.h5.items"));
    spx_threads_set(threads);
}

static void shares_are_joined(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j[2] = {0};
    check_ok(run_all("run.h5", "1/2", false, &err)); /* groups 1 and 0: by falling cost */
    assert_int_equal(jobs, 4);
    check_ok(run_all("run.h5", "2/2", false, &err));
    assert_int_equal(jobs, 2);
    check_ok(run_all("run.h5", "2/2", false, &err));
    assert_int_equal(jobs, 0);
    assert_string_equal(told, "2 of 6 items were already in run.h5.2of2");
    assert_string_equal(opened, "01"); /* rank 0 opens every pass, even with nothing left */
    assert_false(there("run.h5"));
    check_ok(spx_journal_read("run.h5.1of2", &j[0], &err));
    check_ok(spx_journal_read("run.h5.2of2", &j[1], &err));
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(spx_journal_has(j[0], i), i % GROUPS != 2);
        assert_int_equal(spx_journal_has(j[1], i), i % GROUPS == 2);
    }
    assert_int_equal(spx_shards_write(j, 1, "run.h5", "t --all", NULL, NULL, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, "item 2 is missing from all shards");
    assert_false(there("run.h5"));
    err = (spx_error){0};
    check_ok(spx_shards_write(j, 2, "run.h5", "t --all", NULL, NULL, &err));
    check_run_file();
    spx_journal_close(j[0]);
    spx_journal_close(j[1]);
}

static void parts_become_one_result(void **state)
{
    (void)state;
    spx_error err = {0};
    char *text = NULL;
    size_t len = 0;
    for (int kept = 0; kept < 2; kept++) { /* in memory, then in a file of items */
        end_streams();
        begin_streams();
        check_ok(run_all(kept ? "run.h5" : NULL, NULL, true, &err));
        check_ok(spx_file_text("run.h5", &text, &len, &err));
        assert_string_equal(text, "50\n40\n30\n20\n10\n0\n");
        spx_free(text);
        assert_string_equal(printed, kept ? "" : "heading\n");
        assert_false(there("run.h5.items"));
    }
}

/* spx-merge tells by the identity that it must not write a run file of its own. */
static void a_share_of_parts_says_so(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL;
    check_ok(run_all("run.h5", "1/2", true, &err));
    assert_false(there("run.h5"));
    check_ok(spx_journal_read("run.h5.1of2", &j, &err));
    assert_string_equal(spx_journal_identity(j),
                        "tool t\nstage base\nstage later\n" SPX_SHARD_JOINED "shard 1/2\n");
    spx_journal_close(j);
}

static void a_share_needs_a_run_file(void **state)
{
    (void)state;
    spx_error err = {0};
    assert_int_equal(run_all(NULL, "1/2", false, &err), SPX_EINVAL);
    assert_string_equal(err.text, "--shard requires -o RUN.h5, which spx-merge then writes");
    err = (spx_error){0};
    assert_int_equal(run_all("run.h5", "3/2", false, &err), SPX_EINVAL);
    assert_int_equal(jobs, 0);
}

static void inputs_are_described_by_their_hash(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes text = {0};
    FILE *f = fopen("run.h5", "w");
    assert_non_null(f);
    fputs("abc", f);
    fclose(f);
    check_ok(spx_describe_file(&text, NULL, &err));
    assert_int_equal(text.size, 0);
    check_ok(spx_describe_file(&text, "run.h5", &err)); /* FIPS 180-2, B.1 */
    check_ok(spx_bytes_add_text(&text, "", &err));
    assert_string_equal(
        (const char *)text.data,
        "input run.h5 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
    assert_int_equal(spx_describe_file(&text, "missing", &err), SPX_EIO);
    spx_bytes_free(&text);
}

static void items_survive_every_failed_allocation(void **state)
{
    (void)state;
    const int threads = spx_threads();
    spx_threads_set(1);
    check_survives_oom(run_all(NULL, NULL, false, NULL));
    spx_threads_set(threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(results_are_printed_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_file_gets_every_number, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_run_continues, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_kept_of_a_run_that_did_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(shares_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_become_one_result, setup, teardown),
        cmocka_unit_test_setup_teardown(a_share_of_parts_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_share_needs_a_run_file, setup, teardown),
        cmocka_unit_test_setup_teardown(inputs_are_described_by_their_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(items_survive_every_failed_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
