/* test_stage_tables.c: what every stage's metrics and matrices are, in tables beside the run files.
 */
#include "report/run_files.h"
#include "report/stage_tables.h"

#include "spx/item_outcomes.h"

#include <string.h>

static void put(spx_store *s, const char *group, const char *name, size_t stage, double value)
{
    spx_error err = {0};
    const spx_quantity q = {.name = name, .units = "1", .long_name = name, .source = ""};
    check_ok(spx_store_put(s, group, &q, stage, value, &err));
}

/* Two matrices that were changed and one that was not; a row of two numbers, which is no column. */
static void make_stages(void)
{
    static const char *const tensors[] = {"tensors/a", "tensors/b", "tensors/c"};
    static const double changed[] = {1, 3, 0}, norm[] = {10, 20, 30};
    const spx_quantity sigma = {.name = "sigma", .units = "1", .long_name = "", .source = ""};
    spx_error err = {0};
    spx_store *s = NULL;
    check_ok(spx_store_open("a.h5", SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "editor", "memit", &err));
    check_ok(spx_store_set_text(s, "", "filter", "revive", &err));
    check_ok(spx_store_set_text(s, "", "basis", "current", &err));
    check_ok(spx_store_set_text(s, "", "tau", "0.2", &err));
    check_ok(spx_store_set_text(s, "", "first", "500", &err));
    check_ok(spx_store_set_text(s, "", "model", "/some/folder/tiny.gguf", &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 50, &err));
    for (size_t t = 0; t < 3; t++)
        for (size_t i = 0; i < 2; i++) {
            put(s, tensors[t], "change_relative", i, (double)i * changed[t]);
            put(s, tensors[t], "nuclear", i, norm[t] * (1 + (double)i * changed[t]));
            put(s, tensors[t], "nuclear_null", i, 0);
            check_ok(spx_store_put_row(s, tensors[t], &sigma, i, "sv", norm, 2, &err));
        }
    put(s, "timing", "seconds_keys", 1, 2.5);
    put(s, "evaluation", "perplexity", 0, 40);
    put(s, "evaluation", "perplexity", 1, 50.5);
    put(s, "evaluation", "perplexity_lo", 1, 45);
    put(s, "evaluation", "perplexity_hi", 1, 55);
    put(s, "evaluation", "rewrite_success", 1, 75);
    put(s, "evaluation", "rewrite_success_items", 1, 8);
    check_ok(spx_store_commit(&s, &err));
}

/* Items 7 and 10 are asked, at the last stage alone. */
static void put_items(void)
{
    static const spx_quantity acc = {
        .name = "rewrite_acc", .units = "%", .long_name = "", .source = ""};
    spx_item item[] = {{.q = &acc, .set = "facts.json", .item = 7, .value = 100},
                       {.q = &acc, .set = "facts.json", .item = 10, .value = 0}};
    spx_metric metric = {.q = &acc, .set = "facts.json"};
    const spx_results r = {.metric = &metric, .metrics = 1, .item = item, .items = 2};
    spx_error err = {0};
    spx_store *s = NULL;
    check_ok(spx_store_open("a.h5", SPX_STORE_UPDATE, &s, &err));
    check_ok(spx_item_outcomes_record(s, 1, &r, &err));
    check_ok(spx_store_commit(&s, &err));
}

static void check_table(const char *name, const char *want)
{
    char got[4096] = "";
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    assert_true(fread(got, 1, sizeof got - 1, f) > 0);
    fclose(f);
    assert_string_equal(got, want);
    remove(name);
}

static void every_stage_is_told_by_its_metrics_and_its_matrices(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_outcome o = {.folder = ".", .path = {"a.h5"}, .name = {"arm"}, .n = 1};
    make_stages();
    put_items();
    check_ok(stage_tables_write(&o, &err));
    check_table("arms.tsv",
                "arm\torder\tround\tedits\tseed\tmodel\teditor\tfilter\tbasis\tsetting\tmetric\t"
                "value\tlo\thi\titems\n"
                "arm\t500\t0\t0\t0\ttiny.gguf\tmemit\trevive\tcurrent\trevive current 0.2\t"
                "perplexity\t40\tNaN\tNaN\tNaN\n"
                "arm\t500\t1\t50\t0\ttiny.gguf\tmemit\trevive\tcurrent\trevive current 0.2\t"
                "perplexity\t50.5\t45\t55\tNaN\n"
                "arm\t500\t1\t50\t0\ttiny.gguf\tmemit\trevive\tcurrent\trevive current 0.2\t"
                "rewrite_success\t75\tNaN\tNaN\t8\n");
    check_table("items.tsv", "arm\torder\tround\tedits\tmetric\tset\tfirst\toutcomes\n"
                             "arm\t500\t1\t50\trewrite_acc\tfacts.json\t7\t1--0\n");
    check_table("stages.tsv", "arm\torder\tround\tedits\tmatrices\tseconds_keys\tchange_"
                              "relative\tnuclear\tnuclear_ratio\t"
                              "nuclear_ratio_min\tnuclear_ratio_max\n"
                              "arm\t500\t0\t0\t2\tNaN\t0\t15\t1\t1\t1\n"
                              "arm\t500\t1\t50\t2\t2.5\t2\t50\t3\t2\t4\n");
    remove("a.h5");
}

static void a_run_file_that_is_missing_is_named(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_outcome o = {.folder = ".", .path = {"none.h5"}, .name = {"arm"}, .n = 1};
    assert_int_not_equal(stage_tables_write(&o, &err), SPX_OK);
    assert_non_null(strstr(err.text, "none.h5"));
    assert_int_equal(access("arms.tsv", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stage_is_told_by_its_metrics_and_its_matrices),
        cmocka_unit_test(a_run_file_that_is_missing_is_named),
    };
    return cmocka_run_group_tests_name("stage tables", tests, enter_folder, leave_folder);
}
