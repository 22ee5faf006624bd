/* test_replay.c: a run's changes again, through filters, and split over rounds and edits. */
#include "run_files.h"

#include "spx/by_edit.h"
#include "spx/replay.h"

enum { D = 10, F = 14, COLUMNS = 3, ROUNDS = 3 };

static const char tensor[] = "blk.0.ffn_down.weight";
static float w0[D * F], w[D * F];

static spx_store *open_run(void)
{
    spx_error err = {0};
    spx_store *s = NULL;
    check_ok(spx_store_open(in_folder("run.h5"), SPX_STORE_READ, &s, &err));
    return s;
}

static int make_run(void **state)
{
    if (make_folder(state) != 0) return -1;
    spx_rng rng = spx_rng_seed(2);
    random_floats(w0, (size_t)D * F, &rng);
    memcpy(w, w0, sizeof w);
    write_run(in_folder("run.h5"), tensor, w, D, F, COLUMNS, ROUNDS, 0.1);
    return 0;
}

/* Where each course ended. */
typedef struct courses {
    size_t n;
    double W[4][D * F];
    double residual[4], block[4];
} courses;

static double metric(const spx_stage_numbers *n, const char *name)
{
    for (size_t i = 0; spx_subspace_metric(i); i++)
        if (strcmp(spx_subspace_metric(i)->name, name) == 0) return n->subspace.value[i];
    return (double)NAN;
}

static spx_status note_course(const spx_replayed *r, void *arg, spx_error *err)
{
    courses *c = arg;
    (void)err;
    assert_int_equal(r->course, c->n);
    memcpy(c->W[c->n], r->W->data, sizeof c->W[0]);
    c->residual[c->n] = metric(r->numbers, "triple_residual");
    c->block[c->n] = r->numbers->removed->block;
    c->n++;
    return SPX_OK;
}

static void courses_start_from_the_base_and_end_where_filters_leave_them(void **state)
{
    (void)state;
    spx_error err = {0};
    courses c = {0};
    const spx_filter_sweep sweep = {.filter = {.name = "revive", .basis = "original"},
                                    .param = spx_filter_main_param("revive"),
                                    .value = {0.1, 0.5},
                                    .n = 2};
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = 0.1};
    spx_store *run = open_run();
    check_ok(spx_replay_tensor(run, tensor, &o, note_course, &c, &err));
    assert_int_equal(c.n, 3);
    for (size_t i = 0; i < (size_t)D * F; i++) assert_true(c.W[0][i] == (double)w[i]); /* the run */
    assert_true(c.block[0] == 0 && c.block[1] > 0 && c.block[2] > c.block[1]);
    /* what is dominant of the base stays as it was, to the rounding of floats */
    assert_true(c.residual[0] > 1e-3);
    check_leq(c.residual[1], 1e-6);
    check_leq(c.residual[2], 1e-6);
    spx_store_close(run);
}

static spx_status refuse(const spx_replayed *r, void *arg, spx_error *err)
{
    (void)r;
    (void)arg;
    return SPX_FAIL(err, SPX_EIO, "told");
}

static void what_cannot_be_replayed_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *tensor, *filter;
        spx_status status;
        const char *text;
    } cases[] = {
        {tensor, "left", SPX_EINVAL,
         "tensor blk.0.ffn_down.weight: filter left has no parameter cap"},
        {tensor, "dg-hard", SPX_EINVAL, "tensor blk.0.ffn_down.weight: round 1: filter dg-hard"},
        {"no_such", "revive", SPX_ENOTFOUND, "tensor no_such: "},
        {tensor, "revive", SPX_EIO, "tensor blk.0.ffn_down.weight: told"},
    };
    spx_store *run = open_run();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        const bool left = strcmp(cases[i].filter, "left") == 0;
        const spx_filter_sweep sweep = {.filter = {.name = cases[i].filter},
                                        .param =
                                            spx_filter_main_param(left ? "norm-cap" : "revive"),
                                        .value = {0.1},
                                        .n = 1};
        const spx_replay_opts o = {.sweep = &sweep, .measure_tau = 0.1};
        assert_int_equal(spx_replay_tensor(run, cases[i].tensor, &o, refuse, NULL, &err),
                         cases[i].status);
        assert_non_null(strstr(err.text, cases[i].text));
    }
    spx_store_close(run);
}

static void a_replay_is_kept_as_stages(void **state)
{
    (void)state;
    static const char *const names[] = {"run", "revive 0.1", "revive 0.3"};
    spx_error err = {0}, none = {0};
    spx_store *s = NULL;
    spx_mat A;
    const spx_names globs = {.n = 0}, other = {.item = {"*attn*"}, .n = 1};
    const spx_filter_sweep sweep = {.filter = {.name = "revive"},
                                    .param = spx_filter_main_param("revive"),
                                    .value = {0, 0.3}, /* 0: the filter's own, 0.1 */
                                    .n = 2};
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = 0.1};
    spx_replay_job job = {.run = in_folder("run.h5"),
                          .globs = &globs,
                          .output = in_folder("out.h5"),
                          .command = "test"};
    check_ok(spx_replay(&job, &o, &err));
    check_ok(spx_store_open(in_folder("out.h5"), SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), 3);
    for (size_t i = 0; i < 3; i++) {
        char *name = NULL;
        double edits = 0;
        check_ok(spx_store_stage(s, i, &name, &edits, &err));
        assert_string_equal(name, names[i]);
        assert_true(edits == (double)i);
        spx_free(name);
    }
    static const char *const datasets[] = {"sigma", "lss_g", "lss_g_null", "share_block"};
    for (size_t i = 0; i < 4; i++) {
        check_ok(spx_store_get(s, "tensors/blk.0.ffn_down.weight", datasets[i], &A, &err));
        assert_true(A.rows == 3 && isfinite(A.data[0]));
        spx_mat_free(&A);
    }
    assert_false(spx_store_has(s, "tensors/blk.0.ffn_down.weight/change_fro"));
    spx_store_close(s);
    job.globs = &other;
    assert_int_equal(spx_replay(&job, &o, &none), SPX_ENOTFOUND);
    assert_non_null(strstr(none.text, "run.h5: no tensor of the ledger matches *attn*"));
}

static size_t n_told;
static void count_told(const spx_replayed *r)
{
    (void)r;
    n_told++;
}

static void the_last_course_is_written_into_a_model(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    float got[D * F];
    const spx_names globs = {.n = 0};
    const test_tensor t = {tensor, D, F, w0, false};
    const spx_filter_sweep sweep = {
        .filter = {.name = "none"}, .param = spx_filter_main_param("none"), .n = 1};
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = 0.1};
    const spx_replay_job job = {.run = in_folder("run.h5"),
                                .globs = &globs,
                                .output = in_folder("edited.safetensors"),
                                .model = in_folder("model.safetensors"),
                                .command = "test",
                                .told = count_told};
    write_safetensors(in_folder("model.safetensors"), "F32", sizeof(float), &t, 1);
    check_ok(spx_replay(&job, &o, &err));
    assert_int_equal(n_told, 2);
    check_ok(spx_ckpt_open(in_folder("edited.safetensors"), &c, &err));
    spx_tensor_read_float(spx_ckpt_at(c, 0), 0, D, got);
    assert_memory_equal(got, w, sizeof w);
    spx_ckpt_close(c);
}

/* Lines of a split, by what they are of. */
typedef struct lines {
    size_t total, rounds, edits, without;
    double round_share, last_edit, rotation, measured;
} lines;

static void note_line(const spx_by_edit_line *line, void *arg)
{
    lines *x = arg;
    const double *value = line->value;
    assert_int_equal(line->k, 2);
    if (strcmp(line->part, "total") == 0) {
        x->total++;
        check_leq(fabs(value[SPX_BY_EDIT_SHARE] - 1), 1e-6);
        assert_true(isnan(value[SPX_BY_EDIT_ROUND]));
        x->rotation = value[SPX_BY_EDIT_ROTATION];
        x->measured = value[SPX_BY_EDIT_MEASURED];
    } else if (strcmp(line->part, "round") == 0) {
        assert_true(value[SPX_BY_EDIT_ROUND] == (double)++x->rounds);
        assert_true(isnan(value[SPX_BY_EDIT_EDIT]) && isnan(value[SPX_BY_EDIT_ROTATION]));
        x->round_share += value[SPX_BY_EDIT_SHARE];
    } else if (strcmp(line->part, "edit") == 0) {
        if (x->edits++ > 0) assert_true(value[SPX_BY_EDIT_SHARE] <= x->last_edit);
        x->last_edit = value[SPX_BY_EDIT_SHARE];
        /* ids count on through the rounds, COLUMNS a round */
        assert_true(floor(value[SPX_BY_EDIT_EDIT] / COLUMNS) + 1 == value[SPX_BY_EDIT_ROUND]);
    } else
        x->without++;
}

static void shares_of_rounds_add_up(void **state)
{
    (void)state;
    static const size_t worst[] = {4, 100};
    for (size_t i = 0; i < 2; i++) {
        spx_error err = {0};
        lines x = {0};
        const spx_by_edit_opts o = {.k = 2, .worst = worst[i]};
        spx_store *run = open_run();
        check_ok(spx_by_edit(run, tensor, &o, note_line, &x, &err));
        assert_true(x.total == 1 && x.rounds == ROUNDS && x.without == 1);
        assert_int_equal(x.edits, i == 0 ? 4 : ROUNDS * COLUMNS);
        check_leq(fabs(x.round_share - 1), 1e-6); /* but for the rounding of the writes */
        assert_true(x.measured > 0 && x.rotation > 0);
        spx_store_close(run);
    }
    for (size_t i = 0; i < SPX_BY_EDIT_COLUMNS; i++) assert_non_null(spx_by_edit_column(i)->name);
    assert_null(spx_by_edit_column(SPX_BY_EDIT_COLUMNS));
}

static void replays_and_splits_survive_oom(void **state)
{
    (void)state;
    courses c = {0};
    lines x = {0};
    const spx_filter_sweep sweep = {.filter = {.name = "revive"},
                                    .param = spx_filter_main_param("revive"),
                                    .value = {0.1},
                                    .n = 1};
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = 0.1};
    const spx_by_edit_opts by = {.k = 2, .worst = 1};
    spx_store *run = open_run();
    check_survives_oom((c.n = 0, spx_replay_tensor(run, tensor, &o, note_course, &c, NULL)));
    check_survives_oom((x = (lines){0}, spx_by_edit(run, tensor, &by, note_line, &x, NULL)));
    spx_store_close(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(courses_start_from_the_base_and_end_where_filters_leave_them),
        cmocka_unit_test(what_cannot_be_replayed_is_refused),
        cmocka_unit_test(a_replay_is_kept_as_stages),
        cmocka_unit_test(the_last_course_is_written_into_a_model),
        cmocka_unit_test(shares_of_rounds_add_up),
        cmocka_unit_test(replays_and_splits_survive_oom),
    };
    return cmocka_run_group_tests(tests, make_run, remove_folder);
}
