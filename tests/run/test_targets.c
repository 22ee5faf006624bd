/* test_targets.c: every rule for targets from search to write, two rounds on the tiny model against
 * PyTorch in double (golden/targets.py); what the rules have in common; which editors take none. */
#define GOLDEN "targets"
#include "golden.h"
#include "output_file.h"
#include "run/batch.h"
#include "tiny_facts.h"

#include "spx/facts.h"
#include "spx/run.h"
#include "spx/store.h"

#include <math.h>

enum { ROUND = 3, ROUNDS = 2, EVERY = 8, PILOT = 5, EDITED = 3 };

/* The settings of golden/targets.py. */
static spx_run_spec settings(const char *rule)
{
    spx_run_spec spec = spx_run_defaults();
    spec.model = SPX_TESTS "/data/tiny.gguf";
    spec.facts = SPX_DATASETS "/counterfact-2000.json";
    spec.prefixes = SPX_DATASETS "/prefixes.txt";
    spec.editor = "ridge";
    spec.edit.value[SPX_LAMBDA] = 1;
    spec.targets = rule;
    spec.pilot = PILOT;
    spec.contexts = 1;
    spec.target.steps = 4;
    spec.target.lr = 0.1;
    spec.target.clamp = 0.75;
    spec.target.stop = 0;
    spec.round = ROUND;
    spec.rounds = ROUNDS;
    spec.eval_facts = 1;
    spec.layers = EDITED;
    for (size_t i = 0; i < EDITED; i++) spec.layer[i] = i + 1;
    return spec;
}

static spx_store *run(const spx_run_spec *spec, const char *output)
{
    spx_error err = {0};
    spx_store *s = NULL;
    const spx_run_control control = {.output = output, .command = "test"};
    check_ok(spx_run(spec, &control, &err));
    check_ok(spx_store_open(output, SPX_STORE_READ, &s, &err));
    return s;
}

/* *dW <- what the run changed at block `layer`; free with spx_free. */
static void read_change(const spx_store *s, size_t layer, double *dW)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    char name[64];
    float *w = NULL;
    size_t rows = 0, cols = 0;
    snprintf(name, sizeof name, "blk.%zu.ffn_down.weight", layer);
    check_ok(spx_store_get_floats(s, "snapshots/last", name, &w, &rows, &cols, &err));
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open_as(c, SPX_RESIDENT_FLOAT, &m, &err));
    assert_true(rows == D && cols == FF);
    const float *w0 = spx_model_ffn_out(m, layer);
    for (size_t i = 0; i < rows * cols; i++) dW[i] = (double)w[i] - (double)w0[i];
    spx_model_close(m);
    spx_ckpt_close(c);
    spx_free(w);
}

/* The search is in float and Adam's first steps are those of a sign, so an entry of a gradient near
 * 0 may step elsewhere: 4 steps, relative to the whole change. */
static const double tolerance = 2e-3;

static void check_change(const spx_store *s, const char *rule, size_t layer)
{
    static double dW[D * FF];
    char name[32];
    spx_mat want;
    double difference = 0, size = 0;
    snprintf(name, sizeof name, "%s.%zu", rule, layer);
    load(name, &want);
    read_change(s, layer, dW);
    assert_true(want.rows == D / EVERY && want.cols == FF);
    for (size_t i = 0; i < want.rows; i++)
        for (size_t j = 0; j < FF; j++) {
            const double w = want.data[i * want.ld + j];
            difference = hypot(difference, dW[i * EVERY * FF + j] - w);
            size = hypot(size, w);
        }
    check_leq(difference / size, tolerance);
    spx_mat_free(&want);
}

static void check_left(const spx_store *s, const char *rule, size_t layer, size_t column)
{
    spx_error err = {0};
    spx_mat got, want;
    char name[64];
    snprintf(name, sizeof name, "%s.left", rule);
    load(name, &want);
    snprintf(name, sizeof name, "tensors/blk.%zu.ffn_down.weight", layer);
    check_ok(spx_store_get(s, name, "residual_left", &got, &err));
    for (size_t r = 0; r < ROUNDS; r++)
        check_leq(fabs(got.data[(r + 1) * got.ld] - want.data[r * want.ld + column]), tolerance);
    spx_mat_free(&got);
    spx_mat_free(&want);
}

/* A fact that had a hundred-thousandth of the largest residual has no share. */
static void what_had_nothing_to_gain_has_no_share(void **state)
{
    (void)state;
    const double gap[] = {2, 1e-5, 1, 0}, size[] = {1, 5, 0.1, 3}, none[] = {0, 0};
    assert_float_equal(batch_mean_left(size, gap, 4), 0.3, 1e-15);
    assert_true(isnan(batch_mean_left(none, none, 2)));
}

static void rules_are_those_of_pytorch(void **state)
{
    (void)state;
    static const char *const rules[] = {"spread", "fe", "blue", "nas"};
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
        const spx_run_spec spec = settings(rules[k]);
        const char *output = new_output();
        spx_store *s = run(&spec, output);
        const bool ends = k == 2;
        for (size_t i = 0; i < EDITED; i++) {
            if (ends && i == 1) continue;
            check_change(s, rules[k], i + 1);
            check_left(s, rules[k], i + 1, ends && i == 2 ? 1 : i);
        }
        assert_int_equal(spx_store_has(s, "tensors/blk.2.ffn_down.weight"), !ends);
        spx_store_close(s);
        remove_output(output);
    }
}

/* With one edited layer there is nothing to share: the same bits. */
static void one_layer_leaves_nothing_to_share(void **state)
{
    (void)state;
    static const char *const rules[] = {NULL, "spread", "fe", "blue"};
    static double first[D * FF], other[D * FF];
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
        spx_run_spec spec = settings(rules[k]);
        spec.layers = 1;
        const char *output = new_output();
        spx_store *s = run(&spec, output);
        read_change(s, 1, k == 0 ? first : other);
        if (k > 0) assert_memory_equal(first, other, sizeof first);
        spx_store_close(s);
        remove_output(output);
    }
}

/* The first facts of the list as golden/targets.py reads them. */
static void open_prompts(fixture *f, size_t n, size_t contexts, spx_prompts *out)
{
    static const char *const prefix[1] = {"The following is a short note about the topic."};
    spx_error err = {0};
    spx_facts facts;
    spx_request r[PILOT];
    const spx_facts_opts which = {.count = n};
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &which, &facts, &err));
    for (size_t i = 0; i < n; i++)
        r[i] = (spx_request){facts.fact[i].prompt, facts.fact[i].subject, facts.fact[i].target_new,
                             facts.fact[i].subject_at};
    check_ok(spx_prompts_new(f->t, r, n, prefix, contexts, out, &err));
    spx_facts_free(&facts);
}

static void values_beyond_twice_the_norm_are_left(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_prompts bare, whole;
    spx_mat norm, tight, Z;
    spx_target_report r;
    double mean = 0;
    setup(&f);
    load("norm", &norm);
    load("tight", &tight);
    open_prompts(&f, PILOT, 0, &bare);
    open_prompts(&f, ROUND, 1, &whole);
    f.o = settings(NULL).target;
    f.o.layer = EDITED;
    check_ok(spx_targets_norm(f.m, &bare, &f.o, &mean, &err));
    check_leq(fabs(mean / norm.data[0] - 1), tolerance);
    check_ok(spx_mat_alloc(&Z, D, ROUND, &err));
    f.o.value_norm = mean / 2;
    check_ok(spx_targets_find(f.m, &whole, &f.o, &Z, &r, &err));
    check_leq(fabs(r.left - 2 / (double)ROUND), DBL_EPSILON);
    for (size_t i = 0; i < ROUND; i++)
        for (size_t j = 0; j < D; j++)
            check_leq(fabs(Z.data[j * Z.ld + i] - tight.data[i * tight.ld + j]), tolerance);
    spx_mat *const owned[] = {&norm, &tight, &Z};
    for (size_t i = 0; i < 3; i++) spx_mat_free(owned[i]);
    spx_prompts_free(&bare);
    spx_prompts_free(&whole);
    teardown(&f);
}

/* Of 20 pilot facts the largest does not count. */
static void the_largest_twentieth_does_not_count(void **state)
{
    (void)state;
    enum { N = 20 };
    spx_error err = {0};
    fixture f;
    spx_prompts p;
    spx_facts facts;
    double all[N], sum = 0, largest = 0, mean = 0;
    const spx_facts_opts which = {.count = N};
    setup(&f);
    f.o.steps = 1;
    check_ok(spx_facts_read(SPX_DATASETS "/counterfact-2000.json", &which, &facts, &err));
    spx_request r[N];
    for (size_t i = 0; i < N; i++) {
        r[i] = (spx_request){facts.fact[i].prompt, facts.fact[i].subject, facts.fact[i].target_new,
                             facts.fact[i].subject_at};
        check_ok(spx_prompts_new(f.t, &r[i], 1, NULL, 0, &p, &err));
        check_ok(spx_targets_norm(f.m, &p, &f.o, &all[i], &err));
        spx_prompts_free(&p);
        sum += all[i];
        largest = fmax(largest, all[i]);
    }
    check_ok(spx_prompts_new(f.t, r, N, NULL, 0, &p, &err));
    check_ok(spx_targets_norm(f.m, &p, &f.o, &mean, &err));
    check_leq(fabs(mean - (sum - largest) / (N - 1)), 64 * (double)FLT_EPSILON * mean);
    assert_true(fabs(mean - sum / N) > 1e-3 * mean);
    spx_prompts_free(&p);
    spx_facts_free(&facts);
    teardown(&f);
}

static void replay_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_mat Z[2];
    const size_t layer[2] = {1, 3};
    setup(&f);
    for (size_t i = 0; i < 2; i++) check_ok(spx_mat_alloc(&Z[i], D, FACTS, &err));
    check_ok(spx_targets_replay(f.m, &f.p, layer, 2, Z, &err)); /* the model's workspace grows */
    check_survives_oom(spx_targets_replay(f.m, &f.p, layer, 2, Z, NULL));
    double mean = 0;
    f.o.steps = 2;
    check_ok(spx_targets_norm(f.m, &f.p, &f.o, &mean, &err));
    check_survives_oom(spx_targets_norm(f.m, &f.p, &f.o, &mean, NULL));
    for (size_t i = 0; i < 2; i++) spx_mat_free(&Z[i]);
    teardown(&f);
}

static const struct {
    const char *editor, *rule, *message; /* NULL: taken */
} pairs[] = {
    {"memit", NULL, NULL},
    {"encore", "fe", NULL},
    {"rome", "nas", NULL},
    {"nse", "fe", NULL},
    {"ft", NULL, NULL},
    {"memit", "both", "unknown target rule 'both' (expected one of: spread, fe, blue, nas)"},
    {"ft-m", "spread",
     "editor ft-m searches no targets, so it takes no rule for them, such as spread"},
    {"rome", "fe", "editor rome writes one layer; target rule fe is for several"},
    {"r-rome", "blue", "editor r-rome writes one layer; target rule blue is for several"},
    {"nse", "blue",
     "editor nse takes its targets from the original model; target rule blue searches them after "
     "every write"},
};

static void editors_take_rules_that_they_can_follow(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        spx_error err = {0};
        const spx_editor *e = NULL;
        const spx_target_rule *r = NULL;
        check_ok(spx_editor_find(pairs[i].editor, &e, &err));
        const spx_status st = spx_editor_rule(e, pairs[i].rule, &r, &err);
        assert_int_equal(st, pairs[i].message ? SPX_EINVAL : SPX_OK);
        if (pairs[i].message) assert_string_equal(err.text, pairs[i].message);
        assert_int_equal(r != NULL, !pairs[i].message && !e->train);
        if (r) assert_string_equal(r->name, pairs[i].rule ? pairs[i].rule : "spread");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_had_nothing_to_gain_has_no_share),
        cmocka_unit_test(rules_are_those_of_pytorch),
        cmocka_unit_test(one_layer_leaves_nothing_to_share),
        cmocka_unit_test(values_beyond_twice_the_norm_are_left),
        cmocka_unit_test(the_largest_twentieth_does_not_count),
        cmocka_unit_test(replay_survives_oom),
        cmocka_unit_test(editors_take_rules_that_they_can_follow),
    };
    return cmocka_run_group_tests_name("targets", tests, open_golden, close_golden);
}
