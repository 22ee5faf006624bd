/* test_score.c: scores in packed batches that share beginnings, against single whole sequences. */
#include "tiny.h"

#include "spx/rng.h"

/* Random items: many share a beginning, some a prompt, and some targets begin others. */
static void random_items(spx_rng *rng, const int32_t *ids, size_t n, score_item *item)
{
    for (size_t i = 0; i < n; i++) {
        const size_t family = spx_rng_below(rng, 5);
        item[i] = (score_item){.prompt = ids + 600 * family,
                               .target = ids + 3000 + spx_rng_below(rng, 900),
                               .prompts = 1 + spx_rng_below(rng, 90),
                               .targets = 1 + spx_rng_below(rng, 8)};
        if (i % 3 == 1) item[i].prompt = ids + spx_rng_below(rng, 3000);
        if (i % 3 == 2) { /* the prompt and the target of the one before, or its beginning */
            item[i] = item[i - 1];
            item[i].targets = 1 + spx_rng_below(rng, item[i].targets);
        }
    }
}

static void packed_scores_equal_those_of_single_sequences(void **state)
{
    (void)state;
    enum { ITEMS = 240 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_rng rng = spx_rng_seed(1);
    int32_t ids[4000], best[ITEMS][8], want_best[8];
    score_item item[ITEMS];
    score got[ITEMS];
    open_tiny(&m, &t);
    for (size_t i = 0; i < 4000; i++) ids[i] = (int32_t)spx_rng_below(&rng, V);
    random_items(&rng, ids, ITEMS, item);
    for (size_t i = 0; i < ITEMS; i++) item[i].best = best[i];
    check_ok(score_items(m, NULL, item, ITEMS, got, &err));
    for (size_t i = 0; i < ITEMS; i++) {
        const score want = plain_score(m, &item[i], want_best);
        check_leq(fabs(got[i].nll - want.nll), 1e-5 * want.nll);
        assert_int_equal(got[i].argmax, want.argmax);
        assert_int_equal(got[i].hits, want.hits);
        assert_memory_equal(best[i], want_best, item[i].targets * sizeof **best);
    }
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* 60 tails of 90 rows after one head need more than one pass. */
static void a_group_may_need_several_passes(void **state)
{
    (void)state;
    enum { ITEMS = 60 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_rng rng = spx_rng_seed(2);
    static int32_t prompt[ITEMS][190];
    const int32_t target = 7;
    score_item item[ITEMS];
    score got[ITEMS];
    open_tiny(&m, &t);
    for (size_t j = 0; j < 190; j++)
        for (size_t i = 0; i < ITEMS; i++)
            prompt[i][j] = j < 100 && i > 0 ? prompt[0][j] : (int32_t)spx_rng_below(&rng, V);
    for (size_t i = 0; i < ITEMS; i++)
        item[i] =
            (score_item){.prompt = prompt[i], .target = &target, .prompts = 190, .targets = 1};
    check_ok(score_items(m, NULL, item, ITEMS, got, &err));
    for (size_t i = 0; i < ITEMS; i++) {
        const score want = plain_score(m, &item[i], NULL);
        check_leq(fabs(got[i].nll - want.nll), 1e-5 * want.nll);
    }
    spx_tokenizer_close(t);
    spx_model_close(m);
}

/* Rows that a plan costs, by its definition. */
static size_t plan_rows(const score_item *item, const prefix_plan *p)
{
    size_t rows = 0;
    for (size_t g = 0; g < p->groups; g++) {
        rows += p->head[g];
        for (size_t i = p->first[g]; i < p->first[g + 1]; i++) {
            const score_item *it = &item[p->item[i]];
            assert_true(p->head[g] < it->prompts);
            if (!p->covered[i]) rows += sequence_length(it) - p->head[g];
        }
    }
    return rows;
}

/* Four prompts "1 2 3 x", two targets of one token each, and one of three tokens: 3 rows of head, 4
 * of x, 2 more for the long target. */
static void shared_beginnings_cost_one_row(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_scratch tmp = {0};
    prefix_plan plan = {0};
    const int32_t prompt[4][4] = {{1, 2, 3, 9}, {1, 2, 3, 8}, {1, 2, 3, 7}, {1, 2, 3, 6}};
    const int32_t target[3] = {4, 5, 6};
    score_item item[9];
    for (size_t i = 0; i < 8; i++)
        item[i] = (score_item){
            .prompt = prompt[i / 2], .target = target + i % 2, .prompts = 4, .targets = 1};
    item[8] = (score_item){.prompt = prompt[2], .target = target, .prompts = 4, .targets = 3};
    check_ok(prefix_plan_make(item, 9, &plan, &tmp, &err));
    assert_int_equal(plan.groups, 1);
    assert_int_equal(plan_rows(item, &plan), 3 + 4 + 2);
    spx_scratch_free(&tmp);
    check_ok(prefix_plan_make(item, 0, &plan, &tmp, &err));
    assert_int_equal(plan.groups, 0);
    spx_scratch_free(&tmp);
}

static void scoring_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    const int32_t prompt[3] = {5, 6, 7}, target[2] = {8, 9};
    const score_item item[2] = {
        {.prompt = prompt, .target = target, .prompts = 3, .targets = 2},
        {.prompt = prompt, .target = target + 1, .prompts = 3, .targets = 1}};
    score got[2];
    open_tiny(&m, &t);
    check_ok(score_items(m, NULL, item, 2, got, &err)); /* the model keeps its workspace */
    check_survives_oom(score_items(m, NULL, item, 2, got, NULL));
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static spx_status given(size_t unit, spx_reader *out, void *arg, spx_error *err)
{
    const spx_bytes *b = arg;
    (void)unit;
    (void)err;
    *out = (spx_reader){b->data, b->size};
    return SPX_OK;
}

/* Half of the targets are what the model predicts. */
static void scores_survive_a_round_trip_through_units(void **state)
{
    (void)state;
    enum { ITEMS = 12 };
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    int32_t ids[ITEMS + 8], target[ITEMS], best[ITEMS], read[ITEMS];
    score_item item[ITEMS];
    score want[ITEMS], got[ITEMS];
    spx_bytes answer = {0};
    units ask = {.mode = UNITS_ASK_ONE, .answer = &answer};
    units join = {.mode = UNITS_JOIN, .given = given, .arg = &answer};
    open_tiny(&m, &t);
    for (size_t i = 0; i < ITEMS + 8; i++) ids[i] = (int32_t)(7 * i % V);
    for (size_t i = 0; i < ITEMS; i++)
        item[i] = (score_item){.prompt = ids + i,
                               .target = &target[i],
                               .prompts = 8,
                               .targets = 1,
                               .best = &best[i]},
        target[i] = 3;
    check_ok(score_items(m, NULL, item, ITEMS, want, &err));
    for (size_t i = 0; i < ITEMS; i += 2) target[i] = best[i];
    check_ok(score_items(m, &ask, item, ITEMS, want, &err));
    for (size_t i = 0; i < ITEMS; i++) item[i].best = &read[i];
    check_ok(score_items(m, &join, item, ITEMS, got, &err));
    for (size_t i = 0; i < ITEMS; i++) {
        assert_memory_equal(&got[i].nll, &want[i].nll, sizeof got[i].nll);
        assert_int_equal(got[i].hits, want[i].hits);
        assert_int_equal(got[i].argmax, want[i].argmax);
    }
    assert_memory_equal(read, best, sizeof best);
    assert_int_equal(want[0].hits, 1);
    spx_bytes_free(&answer);
    spx_tokenizer_close(t);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_scores_equal_those_of_single_sequences),
        cmocka_unit_test(a_group_may_need_several_passes),
        cmocka_unit_test(shared_beginnings_cost_one_row),
        cmocka_unit_test(scoring_survives_oom),
        cmocka_unit_test(scores_survive_a_round_trip_through_units),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
