/* plan_template.c: a plan to begin with. */
#include "plan_pages.h"

#include <stdio.h>
#include <string.h>

/* The fields of the template, object by object; an arm begins with its name. */
static const struct {
    spx_plan_object object;
    const char *name, *value;
} fields[] = {
    {SPX_PLAN_TOP, "title", "\"MEMIT without and with REVIVE\""},
    {SPX_PLAN_TOP, "model", "\"SmolLM2-135M-Instruct.Q4_1.gguf\""},
    {SPX_PLAN_TOP, "facts", "\"counterfact-2000.json\""},
    {SPX_PLAN_TOP, "text", "\"wikitext-2-valid.txt\""},
    {SPX_PLAN_TOP, "text_tokens", "4096"},
    {SPX_PLAN_TOP, "layers", "\"8\""},
    {SPX_PLAN_TOP, "preset", "\"presets/smollm2-135m.json\""},
    {SPX_PLAN_TOP, "prefixes", "\"prefixes.txt\""},
    {SPX_PLAN_TOP, "round", "4"},
    {SPX_PLAN_TOP, "rounds", "4"},
    {SPX_PLAN_EVALUATE, "perplexity", "\"wikitext-2-test.txt\""},
    {SPX_PLAN_EVALUATE, "tokens", "1024"},
    {SPX_PLAN_EVALUATE, "lambada", "\"lambada-500.jsonl\""},
    {SPX_PLAN_EVALUATE, "lambada_items", "20"},
    {SPX_PLAN_EVALUATE, "facts", "20"},
    {SPX_PLAN_EVALUATE, "every", "2"},
    {SPX_PLAN_ARM, "name", "\"memit\""},
    {SPX_PLAN_ARM, "editor", "\"memit\""},
    {SPX_PLAN_ARM, "filter", "\"none\""},
    {SPX_PLAN_ARM, "name", "\"memit-revive\""},
    {SPX_PLAN_ARM, "editor", "\"memit\""},
    {SPX_PLAN_ARM, "filter", "\"revive\""},
    {SPX_PLAN_ARM, "tau", "[0.1, 0.2]"},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* A text inside a JSON text. */
static void print_escaped(const char *text)
{
    for (; *text; text++) printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
}

/* A comment is a member whose name begins with //; no two of an object have the same. */
static void print_comment(spx_plan_object object, const char *name, const char *indent)
{
    char text[1024];
    spx_plan_field f;
    if (!spx_plan_field_find(object, name, &f)) return;
    plan_field_text(&f, text, sizeof text);
    printf("%s\"// %s\": \"", indent, name);
    print_escaped(text);
    printf("\",\n");
}

static void print_fields(spx_plan_object object, const char *indent, bool comments)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].object != object) continue;
        if (comments) print_comment(object, fields[i].name, indent);
        const bool last = i + 1 == FIELDS || fields[i + 1].object != object;
        printf("%s\"%s\": %s%s\n", indent, fields[i].name, fields[i].value,
               last && object != SPX_PLAN_TOP ? "" : ",");
    }
}

/* An arm a line. */
static void print_arms(void)
{
    bool open = false;
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].object != SPX_PLAN_ARM) continue;
        const bool begins = strcmp(fields[i].name, "name") == 0;
        if (begins) printf(open ? "},\n    {" : "    {");
        open = true;
        printf("%s\"%s\": %s", begins ? "" : ", ", fields[i].name, fields[i].value);
    }
    printf("}\n");
}

void plan_print_template(bool comments)
{
    printf("{\n");
    print_fields(SPX_PLAN_TOP, "  ", comments);
    if (comments) print_comment(SPX_PLAN_TOP, "evaluate", "  ");
    printf("  \"evaluate\": {\n");
    print_fields(SPX_PLAN_EVALUATE, "    ", comments);
    printf("  },\n");
    if (comments) print_comment(SPX_PLAN_TOP, "arms", "  ");
    printf("  \"arms\": [\n");
    print_arms();
    printf("  ]\n}\n");
}
