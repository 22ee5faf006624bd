/* test_table.c: one table in every form; text made safe for its form; missing numbers. */
#include "check.h"
#include "report/table.h"

#include <string.h>

static const char *const headings[] = {"arm", "edits", "value", "share"};

static void write_rows(FILE *to, table_form form)
{
    table t = table_open(to, form, 4, 1);
    table_headings(&t, headings, 4);
    table_text(&t, "a_1");
    table_count(&t, 500);
    table_number(&t, 1.0 / 3, 4);
    table_measured(&t, 90.04, 88.78, 91.3, -5);
    table_text(&t, "b&c|d");
    table_fixed(&t, 2.5, 2);
    table_number(&t, (double)NAN, 4);
    table_measured(&t, 10, (double)NAN, (double)NAN, (double)NAN);
    table_close(&t);
}

static void check_written(table_form form, const char *expected)
{
    char got[2048] = "";
    FILE *to = fmemopen(got, sizeof got, "w");
    assert_non_null(to);
    write_rows(to, form);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(got, expected);
}

static void a_table_is_written_as_tsv(void **state)
{
    (void)state;
    check_written(TABLE_TSV, "arm\tedits\tvalue\tshare\n"
                             "a_1\t500\t0.3333\t90.0 [88.8, 91.3] (-5.0 %)\n"
                             "b&c|d\t2.50\tNaN\t10.0\n");
}

static void a_table_is_written_as_markdown(void **state)
{
    (void)state;
    check_written(TABLE_MARKDOWN, "| arm | edits | value | share |\n"
                                  "|---|---|---|---|\n"
                                  "| a_1 | 500 | 0.3333 | 90.0 [88.8, 91.3] (-5.0 %) |\n"
                                  "| b&c\\|d | 2.50 |  | 10.0 |\n");
}

static void a_table_is_written_as_latex(void **state)
{
    (void)state;
    check_written(
        TABLE_LATEX,
        "% needs booktabs\n\\begin{tabular}{lrrr}\n\\toprule\n"
        "arm & edits & value & share \\\\\n\\midrule\n"
        "a\\_1 & 500 & 0.3333 & 90.0 {\\scriptsize [88.8, 91.3]} {\\scriptsize (-5.0\\,\\%)} \\\\\n"
        "b\\&c|d & 2.50 & -- & 10.0 \\\\\n"
        "\\bottomrule\n\\end{tabular}\n");
}

static void a_table_is_written_as_html(void **state)
{
    (void)state;
    check_written(TABLE_HTML,
                  "<table class=\"sortable one-left\">\n"
                  "<thead><tr><th>arm</th><th>edits</th><th>value</th><th>share</th></tr></thead>\n"
                  "<tbody>\n"
                  "<tr><td>a_1</td><td>500</td><td>0.3333</td>"
                  "<td>90.0 <small>[88.8, 91.3]</small> <small>-5.0 %</small></td></tr>\n"
                  "<tr><td>b&amp;c|d</td><td>2.50</td><td></td><td>10.0</td></tr>\n"
                  "</tbody>\n</table>\n");
}

static void a_paired_test_has_its_counts(void **state)
{
    (void)state;
    static const struct {
        table_form form;
        const char *expected;
    } cases[] = {
        {TABLE_TSV, "p\tno\n0.0039 (-9 +0 of 40)\tNaN\n"},
        {TABLE_MARKDOWN, "| p | no |\n|---|---|\n| 0.0039 (-9 +0 of 40) |  |\n"},
        {TABLE_HTML, "<table class=\"sortable one-left\">\n"
                     "<thead><tr><th>p</th><th>no</th></tr></thead>\n<tbody>\n"
                     "<tr><td>0.0039 <small>(-9 +0 of 40)</small></td><td></td></tr>\n"
                     "</tbody>\n</table>\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[512] = "";
        FILE *to = fmemopen(got, sizeof got, "w");
        assert_non_null(to);
        table t = table_open(to, cases[i].form, 2, 1);
        table_headings(&t, (const char *const[]){"p", "no"}, 2);
        table_paired(&t, 0.00390625, 9, 0, 40);
        table_paired(&t, (double)NAN, 0, 0, 0);
        table_close(&t);
        assert_int_equal(fclose(to), 0);
        assert_string_equal(got, cases[i].expected);
    }
}

static void text_is_made_safe_for_its_form(void **state)
{
    (void)state;
    static const struct {
        table_form form;
        const char *text, *expected;
    } cases[] = {
        {TABLE_TSV, "two\twords\nand a line", "two words and a line"},
        {TABLE_MARKDOWN, "|cos| < 1", "\\|cos\\| < 1"},
        {TABLE_LATEX, "50 % of {a_1} & $b", "50 \\% of \\{a\\_1\\} \\& \\$b"},
        {TABLE_LATEX, "\\input^~#",
         "\\textbackslash{}input\\textasciicircum{}\\textasciitilde{}\\#"},
        {TABLE_HTML, "a < b & \"c\" > d", "a &lt; b &amp; &quot;c&quot; &gt; d"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[256] = "";
        FILE *to = fmemopen(got, sizeof got, "w");
        assert_non_null(to);
        table_put_safely(to, cases[i].form, cases[i].text);
        assert_int_equal(fclose(to), 0);
        assert_string_equal(got, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_written_as_tsv),
        cmocka_unit_test(a_table_is_written_as_markdown),
        cmocka_unit_test(a_table_is_written_as_latex),
        cmocka_unit_test(a_table_is_written_as_html),
        cmocka_unit_test(a_paired_test_has_its_counts),
        cmocka_unit_test(text_is_made_safe_for_its_form),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
