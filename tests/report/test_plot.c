/* test_plot.c: figures by a real gnuplot; a failing template leaves an old figure alone. */
#include "check.h"

#include "spx/plot.h"

#include <string.h>

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static spx_status draw(const char *output, const char *template, spx_error *err)
{
    spx_plot *p = NULL;
    spx_mat A;
    write_text("template.gp", template);
    spx_status st = spx_mat_alloc(&A, 3, 2, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < 6; i++) A.data[i] = (double)i;
    A.data[3] = (double)NAN;
    st = spx_plot_open(output, 8, 6, &p, err);
    if (st == SPX_OK) {
        spx_plot_set_text(p, "word", "it's \"quoted\" \n $(rm) `ls`");
        spx_plot_set_number(p, "two", 2);
        spx_plot_data(p, "data", &A);
        spx_plot_load(p, "template.gp");
        st = spx_plot_close(p, err);
    }
    spx_mat_free(&A);
    remove("template.gp");
    return st;
}

static void check_begins(const char *path, const char *magic)
{
    char start[8] = "";
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_true(fread(start, 1, strlen(magic), f) == strlen(magic));
    assert_memory_equal(start, magic, strlen(magic));
    fclose(f);
}

static const char good[] =
    "set title word noenhanced\nplot $data using 1:(two * $2) with lines title word\n";

static void every_ending_chooses_its_format(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"fig.pdf", "%PDF"}, {"fig.svg", "<?xml"}, {"fig.png", "\x89PNG"}};
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        check_ok(draw(files[i][0], good, &err));
        check_begins(files[i][0], files[i][1]);
        remove(files[i][0]);
    }
}

/* The text calls its other half by name alone, and nothing else stays behind. */
static void a_latex_figure_has_two_halves(void **state)
{
    (void)state;
    spx_error err = {0};
    char text[16384] = "";
    check_ok(draw("fig.tex", good, &err));
    FILE *f = fopen("fig.tex", "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_non_null(strstr(text, "{fig-inc}"));
    check_begins("fig-inc.pdf", "%PDF");
    assert_int_equal(access("fig.tex.part", F_OK), -1);
    remove("fig.tex");
    remove("fig-inc.pdf");
    assert_int_equal(draw("fig.tex", "plot nothing_of_that_name\n", &err), SPX_EIO);
    assert_int_equal(access("fig.tex", F_OK), -1);
    assert_int_equal(access("fig.tex.part", F_OK), -1);
}

static void a_failure_keeps_the_old_figure(void **state)
{
    (void)state;
    spx_error err = {0};
    write_text("fig.svg", "old");
    assert_int_equal(draw("fig.svg", "plot nothing_of_that_name\n", &err), SPX_EIO);
    assert_non_null(strstr(err.text, "nothing_of_that_name"));
    check_begins("fig.svg", "old");
    assert_int_equal(access("fig.svg.part", F_OK), -1);
    remove("fig.svg");
    err = (spx_error){0};
    assert_int_equal(draw("fig.txt", good, &err), SPX_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ending_chooses_its_format),
        cmocka_unit_test(a_latex_figure_has_two_halves),
        cmocka_unit_test(a_failure_keeps_the_old_figure),
    };
    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
