/* page_plan.c: spx-plan(5), of the table of a plan's fields. */
#include "pages.h"
#include "plan_pages.h"
#include "roff.h"

#include <stdio.h>

static void print_fields(spx_plan_object object)
{
    spx_plan_field f;
    char text[1024];
    roff_list_begin();
    for (size_t i = 0; spx_plan_field_at(object, i, &f); i++) {
        roff_term("Va", f.name);
        plan_field_text(&f, text, sizeof text);
        roff_text(text);
        if (f.required) roff_text("Required.");
    }
    roff_list_end();
}

static void print_example(void)
{
    roff_section("EXAMPLES");
    roff_text("Three arms: memit, memit-revive-0.1 and memit-revive-0.2. spx-collapse --template "
              "prints this plan with a comment before each field.");
    printf(".Bd -literal -offset indent\n");
    plan_print_template(false);
    printf(".Ed\n");
}

void page_plan(void)
{
    static const char *const pages[] = {"spx-collapse 1", "spx-edit 1", "spx-run 5", NULL};
    roff_begin("spx-plan", "5", "plan of editing arms");
    roff_section("DESCRIPTION");
    roff_text("A plan is a JSON object that spx-collapse runs: what is common to all arms, what is "
              "measured, and a list of arms, each a run of spx-edit. The schema that "
              "spx-collapse --schema prints tells an editor of texts the same.");
    roff_paragraph();
    roff_text("A file is looked for beside the plan, then in $XDG_CACHE_HOME/spx, then among the "
              "datasets of the kit.");
    roff_paragraph();
    roff_text("A member whose name begins with // is a comment, in any of the objects; JSON has no "
              "other. No two members of an object have the same name. The texts title, cpu_time "
              "and remark are printed in the report and change no number.");
    roff_paragraph();
    roff_text(
        "Everything is checked before the first arm begins: names and values of fields, files, "
        "the model and its layers, editors and filters with their options, and that there are "
        "enough facts, prefixes, passages and tokens. All that is wrong is printed at once, a "
        "line each, and nothing is run. spx-collapse --check does only that.");
    printf(".Ss Fields of the plan\n");
    print_fields(SPX_PLAN_TOP);
    printf(".Ss Fields of evaluate\n");
    print_fields(SPX_PLAN_EVALUATE);
    printf(".Ss Fields of an arm\n");
    roff_text("A field that is a list stands for as many arms; several lists are combined, the "
              "first one varying fastest, and each value is added to the arm's name. An option of "
              "editors that the arm's editor does not read is an error.");
    print_fields(SPX_PLAN_ARM);
    print_example();
    roff_see_also(pages);
}
