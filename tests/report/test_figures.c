/* test_figures.c: every row of the table of figures is complete; what counts as a filter. */
#include "report/figures.h"
#include "report/run_files.h"

#include <string.h>

#define TEMPLATES SPX_TESTS "/../plots"

static void every_figure_can_be_listed_drawn_and_explained(void **state)
{
    (void)state;
    size_t n = 0;
    for (const figure *f = NULL; (f = figures_at(n)); n++) {
        const spx_figure *about = spx_figure_at(n), *found = NULL;
        spx_error err = {0};
        char path[4096];
        assert_ptr_equal(about, &f->about);
        assert_non_null(about->name);
        assert_true(strlen(about->summary) > 0 && !strchr(about->summary, '\t'));
        assert_true(strlen(about->caption) > 0);
        assert_int_equal(about->caption[strlen(about->caption) - 1], '.');
        snprintf(path, sizeof path, "%s/%s", TEMPLATES, about->template_file);
        assert_int_equal(access(path, R_OK), 0);
        check_ok(spx_figure_find(about->name, &found, &err));
        assert_ptr_equal(found, about);
        assert_non_null(f->draw);
        assert_true(f->height > 0 && f->stages >= 1 && strlen(f->needs) > 0);
        assert_int_equal(f->reading == FIGURE_OF_SWEEP, f->sweep != NULL);
    }
    assert_true(n > 0);
    assert_null(spx_figure_at(n));
}

static void an_unknown_figure_is_refused_with_those_that_exist(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_figure *f = NULL;
    assert_int_equal(spx_figure_find("what", &f, &err), SPX_EINVAL);
    assert_null(f);
    assert_non_null(strstr(err.text, "'what'"));
    assert_non_null(strstr(err.text, "frontier"));
}

/* The tau that the table beside the figure has for the arm. */
static double tau_of(const char *tsv, const char *arm)
{
    char line[512], label[64];
    double tau = (double)NAN, found = (double)NAN;
    FILE *from = fopen(tsv, "r");
    assert_non_null(from);
    while (fgets(line, sizeof line, from))
        if (sscanf(line, "%63[^\t]\t%lf", label, &tau) == 2 && strcmp(label, arm) == 0) found = tau;
    fclose(from);
    return found;
}

/* "norm-cap" and "norm-matched" begin like "none" but are filters. */
static void only_an_unfiltered_arm_has_no_tau_on_the_frontier(void **state)
{
    (void)state;
    static const test_run runs[] = {
        {.path = "none.h5", .filter = "none", .tau = "0.3"},
        {.path = "norm-cap.h5", .filter = "norm-cap", .tau = "0.25"},
        {.path = "norm-matched.h5", .filter = "norm-matched", .tau = "0.1"},
        {.path = "revive.h5", .filter = "revive", .tau = "0.2"},
        {.path = "unsaid.h5"},
    };
    static const double expected[] = {0, 0.25, 0.1, 0.2, 0};
    static spx_names files, among, every;
    spx_error err = {0};
    const spx_figure *f = NULL;
    const spx_figure_opts o = {
        .output = "frontier.svg", .width = 16, .tensors = &every, .templates = TEMPLATES};
    for (size_t i = 0; i < 5; i++) {
        test_run r = runs[i];
        r.editor = "memit";
        r.success = 99;
        r.paraphrases = 80 + (double)i;
        r.neighbours = 70 - (double)i;
        make_run(&r);
        files.item[files.n++] = r.path;
    }
    check_ok(spx_figure_find("frontier", &f, &err));
    check_ok(spx_figure_draw(f, &files, &among, &o, &err));
    for (size_t i = 0; i < 5; i++) {
        char arm[64];
        snprintf(arm, sizeof arm, "%.*s", (int)(strlen(runs[i].path) - 3), runs[i].path);
        check_leq(fabs(tau_of("frontier.tsv", arm) - expected[i]), 0);
        remove(runs[i].path);
    }
    remove("frontier.svg");
    remove("frontier.tsv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_can_be_listed_drawn_and_explained),
        cmocka_unit_test(an_unknown_figure_is_refused_with_those_that_exist),
        cmocka_unit_test(only_an_unfiltered_arm_has_no_tau_on_the_frontier),
    };
    return cmocka_run_group_tests_name("figures", tests, enter_folder, leave_folder);
}
