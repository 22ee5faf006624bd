/* test_tune.c: layer sets and draws of tuning, and that a trial leaves the model as it was. */
#include "check.h"
#include "run/tune_plan.h"

#include "spx/lm.h"
#include "spx/params.h"

#include <string.h>

enum { LAYERS = 24, CELLS = SPX_TRACE_KINDS * LAYERS * SPX_PLACES, DRAWN = 40 };

/* A trace whose FFNs carry most at `peak`. */
static spx_tune_trace trace_with_peak(size_t peak, spx_mean effect[CELLS])
{
    spx_tune_trace t = {.layers = LAYERS,
                        .effect = effect,
                        .place = SPX_PLACE_SUBJECT_LAST,
                        .peak = peak,
                        .stores = true};
    memset(effect, 0, CELLS * sizeof *effect);
    for (size_t l = 0; l < LAYERS; l++)
        effect[spx_tune_cell(&t, SPX_TRACE_FFN, l, SPX_PLACE_SUBJECT_LAST)].mean =
            1 / (1 + fabs((double)l - (double)peak));
    return t;
}

/* One layer's effect among zeros, and what is said of it on so many facts. */
static spx_tune_trace judged_at(spx_trace_place place, spx_mean effect[CELLS], size_t facts,
                                spx_mean at)
{
    spx_tune_trace t = {.layers = LAYERS, .effect = effect, .facts = facts};
    memset(effect, 0, CELLS * sizeof *effect);
    for (size_t l = 0; l < LAYERS; l++) {
        const spx_mean none = {(double)NAN, (double)NAN, (double)NAN};
        effect[spx_tune_cell(&t, SPX_TRACE_FFN, l, SPX_PLACE_SUBJECT_MIDDLE)] = none;
    }
    effect[spx_tune_cell(&t, SPX_TRACE_FFN, 7, place)] = at;
    tune_find_peak(&t);
    return t;
}

static spx_tune_trace judged(spx_mean effect[CELLS], size_t facts, spx_mean at)
{
    return judged_at(SPX_PLACE_SUBJECT_LAST, effect, facts, at);
}

static void an_effect_is_followed_before_it_is_sure(void **state)
{
    static spx_mean effect[CELLS];
    (void)state;
    const spx_tune_trace seen = judged(effect, 8, (spx_mean){0.09, -0.01, 0.19});
    assert_true(seen.stores && !seen.sure && seen.peak == 7);
    const spx_tune_trace sure = judged(effect, 8, (spx_mean){0.09, 0.02, 0.16});
    assert_true(sure.stores && sure.sure && sure.peak == 7);
    assert_false(judged(effect, 8, (spx_mean){0.002, 0.001, 0.003}).stores);
    assert_false(judged(effect, SPX_TUNE_LEAST - 1, (spx_mean){0.09, 0.02, 0.16}).stores);
}

/* Names whose first token decides, as of products that are called by their makers. */
static void facts_may_pass_before_the_subjects_last_token(void **state)
{
    static spx_mean effect[CELLS];
    (void)state;
    for (int k = 0; k < SPX_PLACES; k++) {
        const spx_trace_place place = (spx_trace_place)k;
        const spx_tune_trace t = judged_at(place, effect, 8, (spx_mean){0.06, 0.02, 0.1});
        const bool subjects = place <= SPX_PLACE_SUBJECT_LAST;
        assert_int_equal(t.stores, subjects);
        assert_int_equal(t.place, subjects ? place : SPX_PLACE_SUBJECT_LAST);
        assert_true(!subjects || t.peak == 7);
    }
}

static void layer_sets_can_be_edited(void **state)
{
    (void)state;
    static spx_mean effect[CELLS];
    for (size_t peak = 0; peak < LAYERS; peak++)
        for (int one = 0; one < 2; one++) {
            const spx_tune_trace t = trace_with_peak(peak, effect);
            layer_set sets[LAYER_SETS];
            const size_t n = tune_layer_sets(&t, one == 1, sets);
            assert_true(n > 2 && n <= LAYER_SETS);
            for (size_t i = 0; i < n; i++) {
                assert_true(sets[i].n > 0 && (!one || sets[i].n == 1));
                for (size_t k = 0; k < sets[i].n; k++) {
                    assert_true(sets[i].layer[k] + 1 < LAYERS);
                    assert_true(k == 0 || sets[i].layer[k] > sets[i].layer[k - 1]);
                }
                for (size_t k = 0; k < i; k++)
                    assert_false(sets[k].n == sets[i].n && memcmp(sets[k].layer, sets[i].layer,
                                                                  sets[i].n * sizeof(size_t)) == 0);
            }
        }
}

static void the_first_set_is_around_the_peak(void **state)
{
    (void)state;
    static spx_mean effect[CELLS];
    const spx_tune_trace t = trace_with_peak(9, effect);
    layer_set sets[LAYER_SETS];
    assert_true(tune_layer_sets(&t, false, sets) > 0);
    assert_int_equal(sets[0].n, 5);
    for (size_t i = 0; i < 5; i++) assert_int_equal(sets[0].layer[i], 7 + i);
}

static void draws_depend_on_the_seed_alone(void **state)
{
    (void)state;
    static spx_mean effect[CELLS];
    static spx_tune_trial few[DRAWN / 2], many[DRAWN];
    const spx_tune_trace trace = trace_with_peak(9, effect);
    const spx_tune_opts o = {.seed = 3};
    layer_set sets[LAYER_SETS];
    const size_t n = tune_layer_sets(&trace, false, sets);
    tuner t = {.o = &o, .start = spx_run_defaults()};
    size_t other_lambda = 0;
    tune_draw(&t, sets, n, few, 0, DRAWN / 2);
    tune_draw(&t, sets, n, many, 0, DRAWN);
    for (size_t i = 0; i < DRAWN; i++) {
        spx_param p;
        char start[64], drawn[64];
        assert_true(spx_param_find("lambda", &p));
        spx_param_text(&p, &t.start, start, sizeof start);
        spx_param_text(&p, &many[i].spec, drawn, sizeof drawn);
        other_lambda += strcmp(start, drawn) != 0;
        assert_int_equal(many[i].spec.contexts, t.start.contexts); /* there are no prefixes */
        assert_int_equal(many[i].spec.layers, sets[i % n].n);
        if (i < DRAWN / 2) assert_memory_equal(&few[i], &many[i], sizeof few[i]);
    }
    assert_true(other_lambda > DRAWN / 2);
}

static bool same_settings(const spx_run_spec *a, const spx_run_spec *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void what_is_near_differs_a_little(void **state)
{
    (void)state;
    enum { PARENT = 3, FIRST = DRAWN / 2 };
    static spx_mean effect[CELLS];
    static spx_tune_trial trial[DRAWN];
    static spx_tuned found;
    const spx_tune_opts o = {.seed = 3};
    layer_set sets[LAYER_SETS];
    found.trace = trace_with_peak(9, effect);
    found.trial = trial;
    tuner t = {.o = &o, .start = spx_run_defaults(), .out = &found};
    const size_t n = tune_layer_sets(&found.trace, false, sets);
    tune_draw(&t, sets, n, trial, 0, DRAWN);
    size_t moved = 0, kept = 0;
    spx_param lambda;
    assert_true(spx_param_find("lambda", &lambda));
    const spx_run_spec *parent = &trial[PARENT].spec;
    for (size_t i = FIRST; i < DRAWN; i++) {
        tune_draw_near(&t, PARENT, i);
        const spx_run_spec *s = &trial[i].spec;
        for (size_t k = 0; k < i; k++) assert_false(same_settings(s, &trial[k].spec));
        assert_int_equal(s->layers, parent->layers);
        assert_true(s->layer[s->layers - 1] + 1 < LAYERS && s->layer[0] + 2 >= parent->layer[0]);
        moved += s->layer[0] != parent->layer[0];
        double a = 0, b = 0;
        assert_true(spx_param_number(&lambda, parent, &a) && spx_param_number(&lambda, s, &b));
        const double decades = log10(b / 1.5);
        assert_true(fabs(decades - round(decades)) < 1e-9);
        kept += a == b;
    }
    assert_true(moved > 0 && moved < DRAWN - FIRST);
    assert_true(kept > (DRAWN - FIRST) / 3 && kept < DRAWN - FIRST);
    const spx_tune_trial before = trial[FIRST];
    tune_draw_near(&t, PARENT, FIRST);
    assert_memory_equal(&before, &trial[FIRST], sizeof before);
}

/* Once each, unless they take more steps than what is drawn; editor and filter stay the start's. */
static void what_serves_other_models_is_tried_first(void **state)
{
    (void)state;
    static const char *const presets[] = {
        SPX_DATASETS "/presets/gemma3-270m.json", SPX_DATASETS "/presets/llama3.2-3b.json",
        SPX_DATASETS "/presets/qwen2.5-coder-0.5b.json", SPX_DATASETS "/presets/smollm2-135m.json"};
    static spx_tune_trial trial[SPX_TUNE_TRIALS];
    static spx_tuned found = {.trial = trial};
    const spx_tune_opts o = {.seed = 3, .preset = presets, .presets = 4};
    const layer_set around = {{3, 4, 5}, 3};
    spx_error err = {0};
    tuner t = {.o = &o, .start = spx_run_defaults(), .out = &found};
    size_t next = 1;
    t.start.editor = "encore";
    t.start.filter.name = "revive";
    t.start.prefixes = SPX_DATASETS "/prefixes.txt";
    trial[0] = (spx_tune_trial){.spec = t.start};
    check_ok(tune_draw_known(&t, &around, &next, &err));
    assert_int_equal(next, 3); /* Llama's takes 25 steps of 6 prompts; SmolLM2's are Qwen's */
    assert_float_equal(trial[1].spec.edit.value[SPX_LAMBDA], 15000, 0);
    assert_float_equal(trial[2].spec.edit.value[SPX_LAMBDA], 150, 0);
    for (size_t i = 1; i < next; i++) {
        const spx_run_spec *s = &trial[i].spec;
        assert_string_equal(s->editor, "encore");
        assert_string_equal(s->filter.name, "revive");
        assert_int_equal(s->contexts, 1);
        assert_int_equal(s->layers, 3);
        assert_int_equal(s->layer[2], 5);
    }
    t.start.prefixes = NULL;
    t.start.contexts = 0;
    next = 1;
    check_ok(tune_draw_known(&t, &around, &next, &err));
    assert_int_equal(trial[1].spec.contexts, 0);
}

static void a_filter_gets_what_it_takes(void **state)
{
    (void)state;
    static spx_mean effect[CELLS];
    static spx_tune_trial trial[DRAWN];
    static const char *const filters[] = {"revive", "norm-cap", "none"};
    const spx_tune_trace trace = trace_with_peak(9, effect);
    const spx_tune_opts o = {.seed = 3};
    layer_set sets[LAYER_SETS];
    const size_t n = tune_layer_sets(&trace, false, sets);
    for (size_t f = 0; f < 3; f++) {
        size_t original = 0, ranked = 0;
        tuner t = {.o = &o, .start = spx_run_defaults()};
        t.start.filter.name = filters[f];
        tune_draw(&t, sets, n, trial, 0, DRAWN);
        for (size_t i = 0; i < DRAWN; i++) {
            spx_error err = {0};
            const spx_filter_spec *s = &trial[i].spec.filter;
            check_ok(spx_filter_resolve(s, NULL, &err));
            original += s->basis && strcmp(s->basis, "original") == 0;
            ranked += s->k > 0;
        }
        assert_int_equal(original > 0, f == 0);
        assert_int_equal(ranked > 0, f == 0);
    }
}

/* A search of 15 minutes in which so many seconds go into the search's text, and half as many into
 * the quick one. */
static tuner timed(const spx_tune_opts *o, double text)
{
    tuner t = {.o = o, .start = spx_run_defaults(), .spent = 300};
    t.base[QUICK_TEXT].seconds = text / 2;
    t.base[SEARCH_TEXT].seconds = text;
    return t;
}

static void a_slow_start_is_compared_at_the_end_alone(void **state)
{
    (void)state;
    const spx_tune_opts o = {.minutes = 15}, fixed = {.minutes = 15, .trials = 4};
    const tune_costs c = {.fact = 0.1, .prompt = 0.01, .step = 0.05};
    tuner t = timed(&o, 10);
    t.start.target.steps = 25;
    t.start.contexts = 5;
    assert_true(tune_start_is_slow(&t, &c)); /* 5 + 64 (0.1 + 1.5) + 5 s */
    t.start.contexts = 0;
    assert_false(tune_start_is_slow(&t, &c)); /* 5 + 64 (0.1 + 0.25) + 5 s */
    t.start.contexts = 5;
    t.o = &fixed;
    assert_false(tune_start_is_slow(&t, &c));
}

/* 3 s to open, 7 s of text, 0.2 a fact, 0.01 a fact, step and prompt, 0.3 a step of a round. */
static void costs_are_told_apart(void **state)
{
    (void)state;
    static spx_tune_trial trial[3];
    static const size_t steps[] = {8, 12, 20}, contexts[] = {0, 3, 1};
    static spx_tuned found;
    const spx_tune_opts o = {.minutes = 15};
    const tune_place places[] = {{.trial = 0}, {.trial = 1}, {.trial = 2}};
    tuner t = timed(&o, 14);
    t.out = &found;
    found.trial = trial;
    found.rung_facts[0] = 64;
    for (size_t i = 0; i < 3; i++) {
        const double s = (double)steps[i], prompts = (double)(1 + contexts[i]);
        const double search = 64 * 0.01 * s * prompts + 4 * 0.3 * s, all = 10 + 64 * 0.2 + search;
        trial[i].spec.target.steps = steps[i];
        trial[i].spec.contexts = contexts[i];
        trial[i].score[0] =
            (spx_tune_score){.seconds = all, .search = search / all, .opening = 3 / all};
    }
    const tune_costs c = tune_costs_after(&t, 0, places, 3),
                     one = tune_costs_after(&t, 0, places, 1);
    check_leq(fabs(c.fact - 0.2), 1e-9);
    check_leq(fabs(c.prompt - 0.01), 1e-9);
    check_leq(fabs(c.step - 0.3), 1e-9);
    check_leq(fabs(c.opening - 3), 1e-9);
    check_leq(fabs(one.prompt - (0.01 + 1.2 / 64)), 1e-9); /* all in what facts take */
    assert_float_equal(one.step, 0, 0);
}

/* One, and as many near the best as are drawn then. */
static bool has_time_to_draw(const tuner *t, const tune_place *p, size_t n)
{
    return tune_first_has_time(t, p, n, 1 + n + 1);
}

/* The first rung ends while what is left is enough for later ones with all their facts, whatever a
 * trial takes; sooner, the longer they take. */
static void the_first_rung_leaves_time_for_the_others(void **state)
{
    (void)state;
    enum { MOST = 100 };
    static spx_tune_trial trial[MOST];
    static tune_place place[MOST];
    static spx_tuned found;
    const spx_tune_opts o = {.minutes = 15};
    size_t before = MOST;
    found.trial = trial;
    found.rung_facts[0] = 64;
    for (double seconds = 5; seconds < 30; seconds *= 2) {
        const double a_fact = (seconds - 1) / 64;
        tuner t = timed(&o, 2);
        t.out = &found;
        size_t n = 0;
        do {
            trial[n].spec.target.steps = 12;
            trial[n].score[0] = (spx_tune_score){.seconds = seconds, .search = 0};
            place[n] = (tune_place){.trial = n};
            t.spent += seconds;
        } while (has_time_to_draw(&t, place, ++n));
        assert_true(tune_first_has_time(&t, place, n, n)); /* those near the best of them */
        const double near = (double)n * seconds,
                     later = (double)tune_goes_on(2 * n) * (2 + 128 * a_fact);
        check_leq(t.spent + near + later, 873);
        assert_true(t.spent + near + later > 0.6 * 873); /* the last comparison has up to 0.2 */
        assert_true(n < before && n >= 2);
        before = n;
    }
}

static void a_start_stands_if_it_is_surely_better(void **state)
{
    (void)state;
    static spx_tune_trial start = {.rungs = 0};
    spx_tuned found = {.trial = &start,
                       .held_start = {.score = 50},
                       .held_best = {.score = 40},
                       .gain = {-5, -9, -1}};
    assert_true(tune_start_stands(&found));
    found.gain.hi = 1; /* that may be chance */
    assert_false(tune_start_stands(&found));
    found.gain = (spx_mean){(double)NAN, (double)NAN, (double)NAN};
    found.held_best.score = -(double)INFINITY; /* it failed */
    assert_true(tune_start_stands(&found));
    found.held_best.score = 60; /* it writes worse and spares more */
    found.gain = (spx_mean){-5, -9, -1};
    assert_false(tune_start_stands(&found));
    found.held_best.score = 40;
    start.rungs = 1; /* a rung had it, and others were better */
    assert_false(tune_start_stands(&found));
}

static void a_slow_model_reads_less_text(void **state)
{
    (void)state;
    const spx_tune_opts o = {.minutes = 15};
    for (double text = 1; text < 100; text += 1) {
        const tuner t = timed(&o, text);
        const double times = tune_held_text(&t);
        assert_true(times >= 2 && times <= 4);
        if (text < 15) assert_float_equal(times, 4, 0);
        if (text > 30) assert_float_equal(times, 2, 0);
        if (times > 2) check_leq(3 * text * times, 180.0001); /* a fifth of the budget */
    }
}

static void what_is_lost_is_extrapolated_to_the_edits(void **state)
{
    (void)state;
    const spx_tune_score base = {.perplexity = 30, .lambada = 40};
    spx_tune_score s = {.facts = 90, .perplexity = 30.3, .lambada = 40.8};
    tune_set_score(&base, 25, &s); /* 90 - 2500 ln 1.01 - 250 ln 1.02 */
    check_leq(fabs(s.score - (90 - 24.875827 - 4.950657)), 1e-4);
    tune_set_score(&base, 0.5, &s); /* more edits than asked for */
    check_leq(fabs(s.score - (90 - 0.995033 - 0.198026)), 1e-4);
    s.perplexity = 29;
    s.lambada = (double)NAN; /* no passages */
    tune_set_score(&base, 25, &s);
    assert_float_equal(s.score, 90, 0);
}

/* The weights of all blocks. */
static double *read_weights(spx_model *m, size_t *n)
{
    spx_error err = {0};
    const spx_model_config *c = spx_model_shape(m);
    const size_t one = c->d_model * c->d_ff;
    double *out = NULL;
    *n = c->layers * one;
    check_ok(SPX_NEW(&out, *n, &err));
    for (size_t l = 0; l < c->layers; l++)
        for (size_t i = 0; i < one; i++) out[l * one + i] = (double)spx_model_ffn_out(m, l)[i];
    return out;
}

static void a_trial_takes_its_edits_back(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_tuned found = {.base = {.perplexity = (double)NAN, .lambada = (double)NAN}};
    const spx_tune_opts o = {.seed = 1};
    tuner t = {.o = &o, .start = spx_run_defaults(), .out = &found};
    spx_tune_score first, again;
    double goal[4], mean = 0;
    size_t n = 0;
    check_ok(spx_lm_open(SPX_TESTS "/data/tiny.gguf", &t.model, &t.tokenizer, t.sha256, &err));
    t.start.model = SPX_TESTS "/data/tiny.gguf";
    t.start.facts = SPX_DATASETS "/counterfact-2000.json";
    t.start.editor = "ridge";
    t.start.contexts = 0;
    t.start.layer[0] = 1;
    t.start.layer[1] = 2;
    t.start.layers = 2;
    double *before = read_weights(t.model, &n);
    check_ok(tune_try(&t, &t.start, 5, 4, SEARCH_TEXT, &first, goal, &err));
    double *after = read_weights(t.model, &n);
    assert_memory_equal(before, after, n * sizeof *before);
    check_ok(tune_try(&t, &t.start, 5, 4, SEARCH_TEXT, &again, NULL, &err));
    assert_memory_equal(&first.facts, &again.facts, sizeof first.facts);
    for (size_t i = 0; i < 4; i++) {
        /* of four parts: their rephrase prompts count, though no paraphrases */
        assert_float_equal(fmod(goal[i], 25), 0, 0);
        mean += goal[i] / 4;
    }
    check_leq(fabs(mean - first.facts), 1e-12);
    assert_float_equal(first.score, first.facts, 0); /* no ability was measured */
    spx_free(before);
    spx_free(after);
    spx_tokenizer_close(t.tokenizer);
    spx_model_close(t.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_effect_is_followed_before_it_is_sure),
        cmocka_unit_test(facts_may_pass_before_the_subjects_last_token),
        cmocka_unit_test(layer_sets_can_be_edited),
        cmocka_unit_test(the_first_set_is_around_the_peak),
        cmocka_unit_test(draws_depend_on_the_seed_alone),
        cmocka_unit_test(what_is_near_differs_a_little),
        cmocka_unit_test(what_serves_other_models_is_tried_first),
        cmocka_unit_test(a_filter_gets_what_it_takes),
        cmocka_unit_test(a_slow_start_is_compared_at_the_end_alone),
        cmocka_unit_test(costs_are_told_apart),
        cmocka_unit_test(the_first_rung_leaves_time_for_the_others),
        cmocka_unit_test(a_start_stands_if_it_is_surely_better),
        cmocka_unit_test(a_slow_model_reads_less_text),
        cmocka_unit_test(what_is_lost_is_extrapolated_to_the_edits),
        cmocka_unit_test(a_trial_takes_its_edits_back),
    };
    return cmocka_run_group_tests_name("tune", tests, NULL, NULL);
}
