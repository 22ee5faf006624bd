/* plan_schema.c: the JSON schema of plans. */
#include "plan_pages.h"

#include <stdio.h>
#include <string.h>

void plan_field_text(const spx_plan_field *f, char *out, size_t size)
{
    char expected[128];
    spx_plan_expected(f, expected, sizeof expected);
    snprintf(out, size, "%s; %s", f->help, expected);
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++) printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    putchar('"');
}

static void print_names(spx_name_fn *names)
{
    const char *name = NULL;
    printf("\"enum\": [");
    for (size_t i = 0; (name = names(NULL, i)); i++) {
        printf(i ? ", " : "");
        print_text(name);
    }
    printf("]");
}

/* The families of tasks, each with a file. */
static void print_tasks(void)
{
    spx_eval_family f[64];
    const size_t n = spx_eval_families(f, 64);
    printf(
        "\"type\": \"object\", \"additionalProperties\": false, \"patternProperties\": {\"^//\": "
        "{}}, \"properties\": {");
    for (size_t i = 0; i < n && i < 64; i++)
        printf("%s\"%s\": {\"type\": \"string\"}", i ? ", " : "", f[i].name);
    printf("}");
}

/* What one value of the field may be. */
static void print_type(const spx_plan_field *f)
{
    switch (f->kind) {
    case SPX_PLAN_WORDS:
    case SPX_PLAN_FILE: printf("\"type\": \"string\""); break;
    case SPX_PLAN_TEXT:
        printf("\"type\": \"string\"%s", f->choices ? ", " : "");
        if (f->choices) print_names(f->choices);
        break;
    case SPX_PLAN_REAL:
    case SPX_PLAN_WHOLE:
        printf("\"type\": \"%s\", \"minimum\": %.17g, \"maximum\": %.17g",
               f->kind == SPX_PLAN_REAL ? "number" : "integer", f->min, f->max);
        break;
    case SPX_PLAN_SWITCH: printf("\"enum\": [true, false, 1, 0]"); break;
    case SPX_PLAN_BLOCKS:
        printf("\"type\": [\"string\", \"integer\"], \"minimum\": 0, \"pattern\": "
               "\"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$\"");
        break;
    case SPX_PLAN_TASKS: print_tasks(); break;
    case SPX_PLAN_EVALUATION: printf("\"$ref\": \"#/$defs/evaluate\""); break;
    case SPX_PLAN_ARM_LIST:
        printf("\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/arm\"}");
        break;
    }
}

/* A field of an arm is a value or a list of them, but for its name. */
static void print_property(spx_plan_object object, const spx_plan_field *f)
{
    char text[1024];
    const bool varies = object == SPX_PLAN_ARM && strcmp(f->name, "name") != 0;
    plan_field_text(f, text, sizeof text);
    printf("    \"%s\": {\"description\": ", f->name);
    print_text(text);
    printf(", ");
    if (varies) printf("\"anyOf\": [{");
    print_type(f);
    if (varies) printf("}, {\"type\": \"array\", \"minItems\": 1, \"items\": {");
    if (varies) print_type(f);
    printf(varies ? "}}]}" : "}");
}

static void print_object(spx_plan_object object)
{
    spx_plan_field f;
    bool any = false;
    printf("\"type\": \"object\", \"additionalProperties\": false,\n  \"patternProperties\": "
           "{\"^//\": {}},\n  \"required\": [");
    for (size_t i = 0; spx_plan_field_at(object, i, &f); i++) {
        if (!f.required) continue;
        printf("%s\"%s\"", any ? ", " : "", f.name);
        any = true;
    }
    printf("],\n  \"properties\": {\n");
    for (size_t i = 0; spx_plan_field_at(object, i, &f); i++) {
        if (i > 0) printf(",\n");
        print_property(object, &f);
    }
    printf("\n  }");
}

void plan_print_schema(void)
{
    printf(
        "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"plan of "
        "spx-collapse\",\n  ");
    print_object(SPX_PLAN_TOP);
    printf(",\n  \"$defs\": {\"evaluate\": {");
    print_object(SPX_PLAN_EVALUATE);
    printf("},\n  \"arm\": {");
    print_object(SPX_PLAN_ARM);
    printf("}}\n}\n");
}
