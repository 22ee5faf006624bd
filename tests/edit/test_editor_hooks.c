/* test_editor_hooks.c: every row of the table has the capabilities and hooks that spx/edit.h
 * documents, and each hook is called where it is due: shown by a toy editor that has them all. */
#include "edit/editors.h"
#include "matrices.h"
#include "tiny_facts.h"

#include <string.h>

enum {
    MOMENT = 1 << 0,
    REMEMBERS = 1 << 1,
    FEEDBACK = 1 << 2,
    ONE_LAYER = 1 << 3,
    ONE_FACT = 1 << 4,
    ORIGINAL_TARGETS = 1 << 5,
    DEFERS = 1 << 6,
    FINISHES_ROUND = 1 << 7,
    AT_FFN = 1 << 8,
    FLAT_KEYS = 1 << 9,
    COST = 1 << 10,
    SOLVE = 1 << 11,
    CHOOSE_FACTS = 1 << 12,
    CHOOSE_ENTRIES = 1 << 13,
    FINISH = 1 << 14,
    TARGETS = 1 << 15,
    TRAIN = 1 << 16,
    REMEMBERS_WRITTEN = 1 << 17,
    REMEMBER = 1 << 18,
    GAINS = 1 << 19,
    RUNNING = 1 << 20,
    ENDS_TARGETS = 1 << 21,
    CLOSED = COST | SOLVE,
    RIDGE = CLOSED | MOMENT,
    ROME = RIDGE | ONE_LAYER | ONE_FACT | AT_FFN | FLAT_KEYS,
};

/* The table of spx/edit.h, in its order. */
static const struct {
    const char *name;
    int has;
} documented[] = {
    {"memit", RIDGE},
    {"memit-seq", RIDGE | REMEMBERS | FEEDBACK},
    {"encore", RIDGE | REMEMBERS | FEEDBACK | TARGETS},
    {"alphaedit", RIDGE | REMEMBERS},
    {"evoedit", RIDGE | REMEMBERS | REMEMBERS_WRITTEN | REMEMBER},
    {"nse", RIDGE | REMEMBERS | ORIGINAL_TARGETS | CHOOSE_FACTS},
    {"emmet", RIDGE},
    {"rome", ROME},
    {"r-rome", ROME},
    {"rect", RIDGE | CHOOSE_ENTRIES},
    {"rect-compat", RIDGE | CHOOSE_ENTRIES | DEFERS},
    {"prune", RIDGE | FINISH},
    {"prune-linear", RIDGE | FINISH},
    {"prune-compat", RIDGE | FINISH},
    {"prune-encore", RIDGE | FINISH | FINISHES_ROUND},
    {"ridge", CLOSED},
    {"ft", ONE_LAYER | TRAIN},
    {"ft-l", ONE_LAYER | TRAIN},
    {"ft-m", ONE_LAYER | TRAIN},
    {"locft-bf", ONE_LAYER | TRAIN | ENDS_TARGETS},
    {"ultraedit", CLOSED | GAINS},
    {"ultraedit-compat", CLOSED | GAINS | RUNNING},
    {"stableedit", CLOSED | GAINS | RUNNING},
};

static int has(const spx_editor *e)
{
    const bool flag[] = {e->needs_moment,
                         e->remembers,
                         e->feedback,
                         e->one_layer,
                         e->one_fact,
                         e->original_targets,
                         e->defers,
                         e->finishes_round,
                         e->site == SPX_TARGET_FFN,
                         e->key_mean == SPX_KEYS_FLAT,
                         e->cost != NULL,
                         e->solve != NULL,
                         e->choose_facts != NULL,
                         e->choose_entries != NULL,
                         e->finish != NULL,
                         e->targets != NULL,
                         e->train != NULL,
                         e->remembers_written,
                         e->remember != NULL,
                         e->gains != NULL,
                         e->running != SPX_RUNNING_POPULATION,
                         e->ends_targets};
    int all = 0;
    for (size_t i = 0; i < sizeof flag / sizeof *flag; i++) all |= flag[i] << i;
    return all;
}

static void rows_have_what_the_header_says(void **state)
{
    (void)state;
    size_t n = 0;
    const spx_editor *const *e = spx_editors(&n);
    assert_int_equal(n, sizeof documented / sizeof *documented);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(e[i]->name, documented[i].name);
        if (has(e[i]) != documented[i].has) print_error("%s\n", e[i]->name);
        assert_int_equal(has(e[i]), documented[i].has);
        assert_true(strlen(e[i]->summary) > 0 && strlen(e[i]->source) > 0);
    }
}

/* What a driver relies on. */
static void no_row_contradicts_itself(void **state)
{
    (void)state;
    size_t n = 0;
    const spx_editor *const *e = spx_editors(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(e[i]->train ? !e[i]->solve && e[i]->one_layer : e[i]->cost && e[i]->solve);
        assert_true(!e[i]->defers || (e[i]->choose_entries && !e[i]->feedback));
        assert_true(!e[i]->finishes_round || e[i]->finish);
        assert_true(!(e[i]->original_targets && e[i]->finish)); /* both would keep an origin */
        assert_true(!e[i]->feedback || e[i]->remembers);
        assert_true(!(e[i]->remembers_written || e[i]->remember) || e[i]->remembers);
        assert_true(!e[i]->remembers_written || !e[i]->choose_facts); /* rounds are kept whole */
        assert_true(!e[i]->one_fact || !e[i]->remembers); /* rounds are remembered, not facts */
        assert_true(!e[i]->gains || !(e[i]->train || e[i]->needs_moment || e[i]->remembers ||
                                      e[i]->choose_facts || e[i]->defers || e[i]->targets));
        assert_true(e[i]->gains || e[i]->running == SPX_RUNNING_POPULATION);
    }
}

static void passes_and_moments_follow_the_options(void **state)
{
    (void)state;
    size_t n = 0;
    const spx_editor *const *e = spx_editors(&n);
    spx_edit_opts o = spx_edit_defaults();
    o.value[SPX_MAX_ITERATIONS] = 7;
    o.value[SPX_MOM2_ADJUSTMENT] = 0;
    for (size_t i = 0; i < n; i++) {
        const bool nse = strcmp(e[i]->name, "nse") == 0, rome = e[i]->one_fact;
        assert_int_equal(spx_editor_passes(e[i], &o), nse ? 7 : 1);
        assert_int_equal(spx_editor_needs_moment(e[i], &o), e[i]->needs_moment && !rome);
    }
}

static void nse_writes_facts_between_its_bounds(void **state)
{
    (void)state;
    double entry[2 * 4] = {3, 0.3, 30, 0, /* |columns|: 5, 0.5, 50, 0 */
                           4, 0.4, 40, 0};
    const spx_mat R = {.rows = 2, .cols = 4, .ld = 4, .data = entry};
    spx_edit_opts o = spx_edit_defaults();
    size_t fact[4];
    assert_int_equal(edit_nse.choose_facts(&o, &R, fact), 3); /* all that are not reached */
    o.value[SPX_RESIDUAL_MIN] = 0.6;
    o.value[SPX_RESIDUAL_MAX] = 50;
    assert_int_equal(edit_nse.choose_facts(&o, &R, fact), 1);
    assert_int_equal(fact[0], 0);
    o.value[SPX_RESIDUAL_MIN] = 0.4;
    o.value[SPX_RESIDUAL_MAX] = 51;
    assert_int_equal(edit_nse.choose_facts(&o, &R, fact), 3);
    assert_int_equal(fact[2], 2);
}

static void encore_sets_when_a_search_ends(void **state)
{
    (void)state;
    spx_edit_opts o = spx_edit_defaults();
    spx_target_opts t = {.lr = 0.5};
    o.value[SPX_ARGMAX_HITS] = 3;
    o.value[SPX_ARGMAX_PREFIXED] = 1;
    edit_encore.targets(&o, &t);
    assert_int_equal(t.argmax_hits, 3);
    assert_true(t.argmax_prefixed);
    check_leq(fabs(t.lr - 0.5), 0);
}

/* The toy: B = 4 I; only the first row is written; half of the change is handed over. */
static spx_status toy_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    (void)o;
    (void)C;
    (void)err;
    out->scale = 0.25;
    return SPX_OK;
}

static spx_status toy_entries(const spx_edit_opts *o, const spx_mat *W, spx_update *dW,
                              spx_error *err)
{
    (void)o;
    (void)err;
    for (size_t i = W->cols; i < W->rows * W->cols; i++) dW->A.data[i] = 0;
    return SPX_OK;
}

static spx_status toy_finish(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                             spx_error *err)
{
    (void)o;
    (void)W0;
    (void)err;
    spx_update_scale(total, 0.5);
    return SPX_OK;
}

static const spx_editor toy = {
    .name = "toy",
    .cost = toy_cost,
    .solve = edit_ridge_solve,
    .choose_entries = toy_entries,
    .finish = toy_finish,
};
static const spx_editor plain = {.name = "plain", .cost = toy_cost, .solve = edit_ridge_solve};

/* With the unit keys k = e_1 and k = e_2, dW = R K^T / (4 + 1). */
static void hooks_are_called_where_they_are_due(void **state)
{
    (void)state;
    double key[3 * 2] = {1, 0, 0, 1, 0, 0}, residual[2 * 2] = {10, 20, 30, 40}, weight[6] = {0};
    const spx_mat K = {3, 2, 2, key}, R = {2, 2, 2, residual}, W = {2, 3, 3, weight};
    const double whole[6] = {2, 4, 0, 6, 8, 0};
    const spx_edit_opts o = spx_edit_defaults();
    const spx_editor *const editors[] = {&toy, &plain};
    spx_error err = {0};
    for (size_t k = 0; k < 4; k++) {
        const spx_editor *e = editors[k / 2];
        const bool at_once = k % 2;
        const spx_bundle b = {.K = &K, .R = &R, .W = &W, .whole = !at_once};
        spx_edit *s = NULL;
        spx_update dW;
        check_ok(spx_edit_open(e, &o, NULL, 3, &s, &err));
        check_ok(spx_edit_solve(s, &b, &dW, NULL, &err));
        assert_int_equal(spx_update_factored(&dW), e == &plain || !at_once);
        if (!at_once) check_ok(spx_edit_choose(s, &W, &dW, &err));
        assert_int_equal(spx_update_factored(&dW), e == &plain);
        check_ok(spx_edit_finish(s, &W, &dW, &err));
        for (size_t i = 0; i < 6; i++) {
            const double want = e == &plain ? whole[i] : i < 3 ? whole[i] / 2 : 0;
            check_leq(fabs(dW.A.data[i] - want), 1e-14);
        }
        spx_update_free(&dW);
        spx_edit_close(s);
    }
}

static void choosing_entries_needs_the_weight(void **state)
{
    (void)state;
    double one = 1;
    const spx_mat K = {1, 1, 1, &one};
    const spx_edit_opts o = spx_edit_defaults();
    const spx_bundle b = {.K = &K, .R = &K};
    spx_error err = {0};
    spx_edit *s = NULL;
    spx_update dW;
    check_ok(spx_edit_open(&toy, &o, NULL, 1, &s, &err));
    assert_int_equal(spx_edit_solve(s, &b, &dW, NULL, &err), SPX_EINVAL);
    assert_string_equal(err.text, "editor toy needs the weight W");
    assert_null(dW.A.data);
    spx_edit_close(s);
}

/* A row's .train is spx_finetune with that row's settings, bit for bit. */
static void rows_train_with_their_settings(void **state)
{
    (void)state;
    static const struct {
        const spx_editor *editor;
        spx_finetune_loss loss;
        double clamp;
        bool shuffled;
    } rows[] = {{&edit_ft, SPX_FINETUNE_LAST, 0, false},
                {&edit_ft_l, SPX_FINETUNE_LAST, 1e-3, false},
                {&edit_ft_m, SPX_FINETUNE_FORCED, 0, false},
                {&edit_locft_bf, SPX_FINETUNE_FORCED, 0, true}};
    spx_error err = {0};
    fixture f;
    spx_mat dW, want;
    spx_finetune_report r, expected;
    spx_edit_opts o = spx_edit_defaults();
    o.value[SPX_FT_LR] = 1e-2;
    o.value[SPX_FT_EPOCHS] = 3;
    o.value[SPX_FT_BATCH] = 2;
    o.value[SPX_FT_STOP] = 1e-3;
    o.value[SPX_FT_CLAMP] = 1e-3;
    o.value[SPX_FT_SEED] = 3;
    setup(&f);
    check_ok(spx_mat_alloc(&dW, D, FF, &err));
    check_ok(spx_mat_alloc(&want, D, FF, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const spx_finetune_opts set = {.layer = LAYER,
                                       .loss = rows[i].loss,
                                       .lr = 1e-2,
                                       .epochs = 3,
                                       .batch = 2,
                                       .stop = 1e-3,
                                       .clamp = rows[i].clamp,
                                       .shuffled = rows[i].shuffled,
                                       .seed = rows[i].shuffled ? 3 : 0,
                                       .rows = 64};
        check_ok(rows[i].editor->train(&o, f.m, &f.p, LAYER, 64, &dW, &r, &err));
        check_ok(spx_finetune(f.m, &f.p, &set, &want, &expected, &err));
        assert_memory_equal(dW.data, want.data, D * FF * sizeof *dW.data);
        assert_int_equal(r.steps, expected.steps);
        assert_true(r.steps > 0);
    }
    spx_mat_free(&dW);
    spx_mat_free(&want);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_what_the_header_says),
        cmocka_unit_test(no_row_contradicts_itself),
        cmocka_unit_test(passes_and_moments_follow_the_options),
        cmocka_unit_test(nse_writes_facts_between_its_bounds),
        cmocka_unit_test(encore_sets_when_a_search_ends),
        cmocka_unit_test(hooks_are_called_where_they_are_due),
        cmocka_unit_test(choosing_entries_needs_the_weight),
        cmocka_unit_test(rows_train_with_their_settings),
    };
    return cmocka_run_group_tests_name("editor_hooks", tests, NULL, NULL);
}
