/* test_ledger.c: stages made again from base and changes, bit for bit. */
#include "check.h"

#include "spx/ledger.h"
#include "spx/rng.h"

#include <string.h>

enum { D = 6, F = 9, N = 3 };

static char folder[] = "/tmp/spx-ledger-XXXXXX", path[64];

static void update_of(spx_update *u, size_t columns, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_update_alloc(u, D, F, columns, &err));
    for (size_t i = 0; i < D * columns; i++) u->A.data[i] = spx_rng_normal(rng);
    for (size_t i = 0; i < F * columns; i++) u->B.data[i] = spx_rng_normal(rng);
    spx_update_round(u);
}

/* A write noted and done to w, as a run does both. */
static void write_and_note(spx_ledger_round *r, float *w, size_t columns, bool dense, spx_rng *rng)
{
    spx_error err = {0};
    spx_update u;
    spx_mat K;
    double ids[N] = {7, 8, 9};
    const spx_filter_report removed = {2, 4, 3, 0.5, 0.75, 0.25};
    update_of(&u, columns, rng);
    check_ok(spx_mat_alloc(&K, F, columns, &err));
    for (size_t i = 0; i < F * columns; i++) K.data[i] = spx_rng_normal(rng);
    if (dense) check_ok(spx_update_expand(&u, &err));
    check_ok(spx_update_write(&u, w, &err));
    check_ok(spx_ledger_add(r, &u, &K, ids, columns, &removed, &err));
    spx_update_free(&u);
    spx_mat_free(&K);
}

static const char *const stage_name[] = {"base", "r1", "r2", "r3", "r4", "r5"};
enum { STAGES = sizeof stage_name / sizeof *stage_name };

/* base; r1 one write; r2 three writes; r3 a write without factors; r4 no write at all; r5 one, and
 * the editor hands over another weight. Returns what each stage has. */
static void make_run(float (*stage)[D * F])
{
    spx_error err = {0};
    spx_store *s = NULL;
    spx_rng rng = spx_rng_seed(1);
    float w[D * F];
    for (size_t i = 0; i < (size_t)D * F; i++) w[i] = (float)spx_rng_normal(&rng);
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_ledger_begin(s, "t", w, D, F, &err));
    memcpy(stage[0], w, sizeof w);
    for (size_t i = 1; i < STAGES; i++) {
        spx_ledger_round r = {0};
        if (i != 4) write_and_note(&r, w, N, i == 3, &rng);
        if (i == 2) write_and_note(&r, w, 1, false, &rng);
        if (i == 2) write_and_note(&r, w, 2, false, &rng);
        memcpy(stage[i], w, sizeof w);
        if (i == 5) stage[5][0] += 1;
        check_ok(spx_store_add_stage(s, stage_name[i], (double)i, &err));
        const spx_ledger_weights kept = {
            .weight = w, .finished = i == 5 ? stage[5] : NULL, .rows = D, .cols = F};
        check_ok(spx_ledger_put(s, "t", stage_name[i], &r, &kept, &err));
        spx_ledger_round_free(&r);
    }
    check_ok(spx_store_commit(&s, &err));
}

static void every_stage_is_rebuilt_bit_for_bit(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    float stage[STAGES][D * F];
    make_run(stage);
    check_ok(spx_store_open(path, SPX_STORE_READ, &s, &err));
    for (size_t i = 0; i < STAGES; i++) {
        float *w = NULL;
        size_t rows = 0, cols = 0;
        check_ok(spx_ledger_rebuild(s, "t", i, &w, &rows, &cols, &err));
        assert_true(rows == D && cols == F);
        assert_memory_equal(w, stage[i], sizeof stage[i]);
        spx_free(w);
    }
    spx_store_close(s);
}

static void a_round_reads_as_it_was_noted(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_ledger_round r;
    char **names = NULL;
    size_t n = 0;
    check_ok(spx_store_open(path, SPX_STORE_READ, &s, &err));
    check_ok(spx_ledger_tensors(s, &names, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(names[0], "t");
    check_ok(spx_ledger_read(s, "t", "r2", D, F, &r, &err));
    assert_int_equal(r.dW.A.cols, N + 3);
    assert_int_equal(r.n_writes, 3);
    assert_true(r.writes[0] == 3 && r.writes[1] == 1 && r.writes[2] == 2);
    assert_int_equal(r.n_edits, N + 3);
    assert_true(r.edits[2] == 9 && r.edits[3] == 7);
    assert_int_equal(r.gram.rows, N + 3);
    assert_int_equal(r.removed.k, 2);
    check_leq(fabs(r.removed.before - 12) + fabs(r.removed.block - 0.75), 0);
    spx_ledger_round_free(&r);
    check_ok(spx_ledger_read(s, "t", "r3", D, F, &r, &err));
    assert_true(r.dense && !spx_update_factored(&r.dW) && r.n_edits == N);
    const float before[D * F] = {0};
    spx_update change;
    check_ok(spx_ledger_change(&r, before, D, F, &change, &err));
    assert_true(change.A.cols == F && change.A.data[5] == (double)r.weight[5]);
    spx_update_free(&change);
    spx_ledger_round_free(&r);
    spx_store_names_free(names, n);
    spx_store_close(s);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    spx_error err = {0}, lost = {0}, torn = {0};
    spx_store *s = NULL;
    spx_ledger_round r;
    char **names = NULL;
    size_t n = 0;
    char none[64];
    spx_mat one = {1, 1, 1, (double[]){2}};
    check_ok(spx_store_open(path, SPX_STORE_UPDATE, &s, &err));
    assert_int_equal(spx_ledger_read(s, "t", "r9", D, F, &r, &lost), SPX_ENOTFOUND);
    check_ok(spx_store_put_matrix(s, "ledger/t/r2", "writes", &one, &err));
    assert_int_equal(spx_ledger_read(s, "t", "r2", D, F, &r, &torn), SPX_EFORMAT);
    assert_non_null(strstr(torn.text, "ledger/t/r2: factors of 6 and 6 columns, writes of 2"));
    spx_store_close(s);
    snprintf(none, sizeof none, "%s/none.h5", folder);
    check_ok(spx_store_open(none, SPX_STORE_CREATE, &s, &err));
    assert_false(spx_ledger_is_kept(s));
    assert_int_equal(spx_ledger_tensors(s, &names, &n, &err), SPX_ENOTFOUND);
    assert_non_null(strstr(err.text, "the run kept no ledger"));
    spx_store_close(s);
}

static void ledgers_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_ledger_round r = {0};
    spx_rng rng = spx_rng_seed(2);
    float w[D * F] = {0}, *again = NULL;
    size_t rows = 0, cols = 0;
    write_and_note(&r, w, N, false, &rng);
    check_ok(spx_store_open(path, SPX_STORE_UPDATE, &s, &err));
    const spx_ledger_weights kept = {.weight = w, .finished = w, .rows = D, .cols = F};
    check_survives_oom(spx_ledger_put(s, "t", "r1", &r, &kept, NULL));
    check_survives_oom(spx_ledger_rebuild(s, "t", 1, &again, &rows, &cols, NULL));
    spx_free(again);
    spx_ledger_round_free(&r);
    check_survives_oom(spx_ledger_read(s, "t", "r1", D, F, &r, NULL));
    spx_ledger_round_free(&r);
    spx_store_close(s);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/run.h5", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return remove(path) || remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stage_is_rebuilt_bit_for_bit),
        cmocka_unit_test(a_round_reads_as_it_was_noted),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(ledgers_survive_oom),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
