/* page_plan.c: spx-plan(5), of the table of a plan's fields. */
#include "pages.h"
#include "roff.h"

#include "spx/plan.h"

#include <stdio.h>

static void print_fields(spx_plan_object object)
{
    spx_plan_field f;
    roff_list_begin();
    for (size_t i = 0; spx_plan_field_at(object, i, &f); i++) {
        roff_term("Va", f.name);
        roff_text(f.help);
    }
    roff_list_end();
}

static void print_example(void)
{
    static const char *const lines[] = {
        "{\"model\": \"model.gguf\", \"facts\": \"facts.json\", \"text\": \"text.txt\",",
        " \"text_tokens\": 131072, \"layers\": \"6-10\", \"round\": 100, \"rounds\": 20,",
        " \"evaluate\": {\"perplexity\": \"text.txt\", \"tokens\": 8192, \"facts\": 50},",
        " \"arms\": [{\"name\": \"memit\", \"editor\": \"memit\"},",
        "          {\"name\": \"revive\", \"filter\": \"revive\", \"tau\": [0.1, 0.2]}]}",
    };
    roff_section("EXAMPLES");
    roff_text("Three arms: memit, revive-0.1 and revive-0.2.");
    printf(".Bd -literal -offset indent\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) printf("%s\n", lines[i]);
    printf(".Ed\n");
}

void page_plan(void)
{
    static const char *const pages[] = {"spx-collapse 1", "spx-edit 1", "spx-run 5", NULL};
    roff_begin("spx-plan", "5", "plan of editing arms");
    roff_section("DESCRIPTION");
    roff_text("A plan is a JSON object that spx-collapse runs: what is common to all arms, what is "
              "tested, and a list of arms, each a run of spx-edit. Files are named relative to the "
              "plan; the model may also lie in $XDG_CACHE_HOME/spx. An unknown field is an error "
              "that names the known ones.");
    printf(".Ss Fields of the plan\n");
    print_fields(SPX_PLAN_TOP);
    printf(".Ss Fields of evaluate\n");
    print_fields(SPX_PLAN_EVALUATE);
    printf(".Ss Fields of an arm\n");
    roff_text("A field that is a list stands for as many arms; several lists are combined, the "
              "first one varying fastest, and each value is added to the arm's name.");
    print_fields(SPX_PLAN_ARM);
    print_example();
    roff_see_also(pages);
}
