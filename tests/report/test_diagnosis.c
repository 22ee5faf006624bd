/* test_diagnosis.c: what numbers amount to: kinds of change, states, words. */
#include "check.h"

#include "spx/diagnosis.h"

#include <string.h>

enum { MOST = 64 };

/* n changed matrices of rank `rank`, 64 x 256, of `role` in blocks 0, 1, ... of a model of 32. */
static spx_diagnosis changed(spx_diagnosed *m, size_t n, spx_role role, double rank)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = (spx_diagnosed){.place = {.role = role, .layer = (long)i}, .rows = 64, .cols = 256};
        m[i].value[SPX_DIAGNOSED_RANK] = rank;
        m[i].value[SPX_DIAGNOSED_LSS] = 0.6;
        m[i].value[SPX_DIAGNOSED_LSS_NULL] = 0.9999;
        m[i].value[SPX_DIAGNOSED_LSS_CHANCE] = 0.05;
        m[i].value[SPX_DIAGNOSED_S1] = 1;
        m[i].value[SPX_DIAGNOSED_NOISE] = 10;
    }
    return (spx_diagnosis){
        .base = "base", .stage = "edited", .matrices = 224, .blocks = 32, .matrix = m, .n = n};
}

static spx_change_kind kind_of(spx_diagnosis d)
{
    spx_diagnosis_conclude(&d);
    return d.kind;
}

static void a_change_is_known_by_its_ranks_and_places(void **state)
{
    (void)state;
    spx_diagnosed m[MOST];
    spx_diagnosis d = changed(m, 5, SPX_ROLE_FFN_OUT, 10);
    assert_int_equal(kind_of(d), SPX_CHANGE_LOCATED);
    d.others_changed = 3;
    assert_int_equal(kind_of(d), SPX_CHANGE_MIXED);
    assert_int_equal(kind_of(changed(m, 5, SPX_ROLE_FFN_OUT, 64)), SPX_CHANGE_REWRITTEN);
    assert_int_equal(kind_of(changed(m, 5, SPX_ROLE_FFN_OUT, 0)), SPX_CHANGE_ROUNDED);
    assert_int_equal(kind_of(changed(m, 32, SPX_ROLE_ATTN_Q, 8)), SPX_CHANGE_ADAPTED);
    assert_int_equal(kind_of(changed(m, 32, SPX_ROLE_FFN_OUT, 8)), SPX_CHANGE_ADAPTED);
    assert_int_equal(kind_of(changed(m, 0, SPX_ROLE_FFN_OUT, 8)), SPX_CHANGE_NOTHING);
    d = changed(m, 60, SPX_ROLE_FFN_UP, 64);
    d.matrices = 64;
    assert_int_equal(kind_of(d), SPX_CHANGE_TUNED);
    for (size_t i = 0; i < 32; i++) m[i].value[SPX_DIAGNOSED_NOISE] = 1; /* most, not all */
    assert_int_equal(kind_of(d), SPX_CHANGE_NOISE);
    d.quantised = true;
    assert_int_equal(kind_of(d), SPX_CHANGE_QUANTISED);
    d = changed(m, 32, SPX_ROLE_ATTN_Q, 8);
    m[3].value[SPX_DIAGNOSED_RANK] = 5; /* an adapter that was merged in bf16 */
    assert_int_equal(kind_of(d), SPX_CHANGE_ADAPTED);
    d.others_changed = 1; /* no adapter changes a norm */
    assert_int_equal(kind_of(d), SPX_CHANGE_MIXED);
    d.matrices = 40; /* a little fine-tuning, most of it under the rounding */
    assert_int_equal(kind_of(d), SPX_CHANGE_TUNED);
    assert_int_equal(kind_of(changed(m, 32, SPX_ROLE_ATTN_Q, 40)), SPX_CHANGE_MIXED);
}

static spx_subspace_state subspaces_at(double lss, double null)
{
    spx_diagnosed m[1];
    spx_diagnosis d = changed(m, 1, SPX_ROLE_FFN_OUT, 10);
    m[0].value[SPX_DIAGNOSED_LSS] = lss;
    m[0].value[SPX_DIAGNOSED_LSS_NULL] = null;
    spx_diagnosis_conclude(&d);
    return d.subspaces;
}

static void subspaces_are_judged_beside_rounding_and_chance(void **state)
{
    (void)state;
    assert_int_equal(subspaces_at(0.97, 0.9999), SPX_SUBSPACES_KEPT);
    assert_int_equal(subspaces_at(0.70, 0.9999), SPX_SUBSPACES_MOVED);
    assert_int_equal(subspaces_at(0.75, 0.90), SPX_SUBSPACES_KEPT); /* rounding alone moves it */
    assert_int_equal(subspaces_at(0.10, 0.9999), SPX_SUBSPACES_GONE);
}

/* An ability that was measured, whose state says what became of it. */
static spx_ability ability(spx_behaviour_state now)
{
    static const spx_quantity q = {.name = "perplexity", .units = "1"};
    return (spx_ability){.q = &q,
                         .heading = "perplexity",
                         .before = {.q = &q, .value = 30, .lo = 25, .hi = 35},
                         .after = {.q = &q, .value = 90, .lo = 80, .hi = 99},
                         .state = now};
}

static void moved_subspaces_are_not_a_broken_model(void **state)
{
    (void)state;
    char text[512];
    spx_diagnosed m[1];
    spx_diagnosis d = changed(m, 1, SPX_ROLE_FFN_OUT, 10);
    d.ability[0] = ability(SPX_BEHAVIOUR_KEPT);
    d.abilities = 1;
    spx_diagnosis_conclude(&d);
    assert_string_equal(spx_diagnosis_word(&d), "moved, not broken");
    assert_false(spx_diagnosis_broken(&d));
    spx_diagnosis_sentence(&d, text, sizeof text);
    assert_non_null(strstr(text, "within the error of the base's"));
    d.ability[0] = ability(SPX_BEHAVIOUR_BROKEN);
    spx_diagnosis_conclude(&d);
    assert_true(spx_diagnosis_broken(&d));
    assert_string_equal(spx_diagnosis_word(&d), "collapsed");
    d.abilities = 0;
    d.n = 0; /* norms alone: no matrix has changed, but the model has */
    d.others_changed = 2;
    spx_diagnosis_conclude(&d);
    assert_null(strstr(spx_diagnosis_word(&d), "unchanged"));
    d.n = 1;
    spx_diagnosis_conclude(&d);
    assert_false(spx_diagnosis_broken(&d));
    assert_non_null(strstr(spx_diagnosis_word(&d), "not measured"));
}

/* Nine passages lost and none gained is a loss, though 40 passages are too few for the intervals to
 * part; it breaks nothing. */
static void paired_items_have_a_say(void **state)
{
    (void)state;
    char text[512];
    spx_diagnosed m[1];
    spx_diagnosis d = changed(m, 1, SPX_ROLE_FFN_OUT, 10);
    m->value[SPX_DIAGNOSED_LSS] = m->value[SPX_DIAGNOSED_LSS_NULL] = 1;
    d.ability[0] = ability(SPX_BEHAVIOUR_KEPT);
    d.ability[1] = ability(SPX_BEHAVIOUR_KEPT);
    d.ability[1].heading = "LAMBADA";
    d.ability[1].lost = 9;
    d.ability[1].p = 0.0039;
    d.ability[0].p = (double)NAN;
    d.abilities = 2;
    spx_diagnosis_conclude(&d);
    assert_true(spx_ability_lower(&d.ability[1]));
    assert_false(spx_ability_lower(&d.ability[0]));
    assert_string_equal(spx_diagnosis_word(&d), "weaker, not broken");
    spx_diagnosis_sentence(&d, text, sizeof text);
    assert_non_null(strstr(text, "LAMBADA lower on the same items (9 lost, 0 gained, p 0.0039)"));
    assert_false(spx_diagnosis_broken(&d));
    d.ability[1].gained = 10; /* more gained than lost */
    assert_false(spx_ability_lower(&d.ability[1]));
    assert_string_equal(spx_diagnosis_word(&d), "sound");
    d.ability[1].gained = 0;
    d.ability[1].state = SPX_BEHAVIOUR_WORSE; /* the interval says more */
    spx_diagnosis_conclude(&d);
    assert_string_equal(spx_diagnosis_word(&d), "damaged, not collapsed");
}

static void a_warning_says_whose_weights_look_fresh(void **state)
{
    (void)state;
    char text[512];
    spx_diagnosed m[4];
    spx_diagnosis d = changed(m, 4, SPX_ROLE_FFN_OUT, 10);
    spx_diagnosis_warning(&d, text, sizeof text);
    assert_string_equal(text, "");
    d.fresh = 3;
    spx_diagnosis_warning(&d, text, sizeof text);
    assert_non_null(strstr(text, "3 of 4 changed matrices"));
    assert_non_null(strstr(text, "in the later checkpoint"));
    d.base_fresh = 2;
    spx_diagnosis_warning(&d, text, sizeof text);
    assert_non_null(strstr(text, "in the base and 3 in the later checkpoint"));
}

static void what_helps_is_said_of_damaged_models(void **state)
{
    (void)state;
    char text[512];
    static const struct {
        spx_change_kind kind;
        spx_behaviour_state behaviour;
        const char *part;
    } next[] = {
        {SPX_CHANGE_LOCATED, SPX_BEHAVIOUR_BROKEN,
         "--filter spectral-cap --cap 0.2,0.3,0.5,0.7,1 --also 'revive basis=edited tau=0.05,0.1' "
         "--also 'scale keep=0.25,0.5' --eval --facts "
         "FACTS"},
        {SPX_CHANGE_REWRITTEN, SPX_BEHAVIOUR_WORSE, "--eval --facts FACTS"},
        {SPX_CHANGE_ADAPTED, SPX_BEHAVIOUR_BROKEN, "-t '*' --filter spectral-cap --cap 0.5 -o"},
        {SPX_CHANGE_QUANTISED, SPX_BEHAVIOUR_BROKEN, "watch s1/s1"},
        {SPX_CHANGE_LOCATED, SPX_BEHAVIOUR_KEPT, "watch s1/s1"},
        {SPX_CHANGE_LOCATED, SPX_BEHAVIOUR_UNKNOWN, "spx-eval BASE and LATER"},
    };
    for (size_t i = 0; i < sizeof next / sizeof *next; i++) {
        const spx_diagnosis d = {
            .kind = next[i].kind, .behaviour = next[i].behaviour, .subspaces = SPX_SUBSPACES_MOVED};
        spx_diagnosis_next(&d, text, sizeof text);
        assert_non_null(strstr(text, next[i].part));
    }
    spx_diagnosis_next(&(spx_diagnosis){.kind = SPX_CHANGE_NOTHING}, text, sizeof text);
    assert_string_equal(text, "");
}

/* What rounding alone gives is not known of weights in blocks. */
static void a_number_that_is_not_known_is_left_out(void **state)
{
    (void)state;
    char *text = NULL, tensor[] = "w";
    size_t size = 0;
    spx_diagnosed m[1];
    const spx_diagnosis_look look = {0};
    spx_diagnosis d = changed(m, 1, SPX_ROLE_FFN_OUT, (double)NAN);
    m[0].value[SPX_DIAGNOSED_LSS_NULL] = (double)NAN;
    m[0].tensor = tensor;
    d.quantised = true;
    spx_diagnosis_conclude(&d);
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    spx_diagnosis_write(to, &look, &d);
    fclose(to);
    assert_null(strstr(text, "rounding alone"));
    assert_non_null(strstr(text, "chance 0.05"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_known_by_its_ranks_and_places),
        cmocka_unit_test(subspaces_are_judged_beside_rounding_and_chance),
        cmocka_unit_test(moved_subspaces_are_not_a_broken_model),
        cmocka_unit_test(paired_items_have_a_say),
        cmocka_unit_test(a_warning_says_whose_weights_look_fresh),
        cmocka_unit_test(what_helps_is_said_of_damaged_models),
        cmocka_unit_test(a_number_that_is_not_known_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
