/* manual.c: a tool's page of the manual and its options for scripts, from its table. */
#include "manual.h"

#include "roff.h"
#include "rows.h"

#include <string.h>

static void print_synopsis(const cli_tool *tool, const option_rows *r)
{
    roff_section("SYNOPSIS");
    printf(".Nm %s\n.Op Ar options\n", tool->name);
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (!row_is_argument(o)) continue;
        printf(o->kind == CLI_ANY ? ".Op Ar" : ".Ar");
        roff_word(o->name);
        printf(row_takes_many(o) ? " ...\n" : "\n");
    }
}

static void print_arguments(const option_rows *r)
{
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        if (!row_is_argument(r->at[i])) continue;
        if (!any) roff_list_begin();
        any = true;
        roff_term("Ar", r->at[i]->name);
        roff_text(r->at[i]->help);
    }
    if (any) roff_list_end();
}

static void print_option(const cli_opt *o)
{
    const char *value = row_value_name(o);
    printf(".It");
    if (o->letter) printf(" Fl %c ,", o->letter);
    printf(" Fl \\-%s%s", o->name, o->kind == CLI_MAYBE ? " Ns Op = Ns Ar" : value ? " Ar" : "");
    if (value) roff_word(value);
    printf("\n");
    roff_text(o->help);
}

static void print_options(const option_rows *r)
{
    bool open = false;
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (row_is_option(o) && !row_applies(r, o)) continue;
        if (o->kind == CLI_HEADING && open) roff_list_end();
        if (o->kind == CLI_HEADING) {
            printf(".Ss");
            roff_word(o->help);
            printf("\n");
            open = false;
        }
        if (!row_is_option(o)) continue;
        if (!open) roff_list_begin();
        open = true;
        print_option(o);
    }
    if (open) roff_list_end();
}

static void print_topics(const cli_topics *t)
{
    const char *name = NULL;
    printf(".Ss");
    roff_word(t->heading);
    printf(
        "\nEach is explained, with the options that it reads, by\n.Fl \\-help Ns = Ns Ar NAME :\n");
    for (size_t i = 0; (name = t->name(NULL, i)); i++) {
        printf(".Cm");
        roff_word(name);
        printf("%s\n", t->name(NULL, i + 1) ? " ," : " .");
    }
}

static void print_exit_status(void)
{
    static const char *const codes[][2] = {
        {"0", "Done."},
        {"1", "Done, but a threshold was crossed; or stopped where the same command continues."},
        {"2", "The command line is wrong."},
        {"3", "A file is missing, unreadable, malformed or of the wrong shape."},
        {"4", "Memory or a factorisation failed."},
    };
    roff_section("EXIT STATUS");
    roff_list_begin();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        roff_term("Li", codes[i][0]);
        roff_text(codes[i][1]);
    }
    roff_list_end();
}

int manual_page(const cli_tool *tool)
{
    static const char *const pages[] = {"spx 1", "spx-plan 5", "spx-run 5", "spx-checkpoints 7",
                                        NULL};
    const option_rows r = rows_of(tool);
    roff_begin(tool->name, "1", tool->summary);
    print_synopsis(tool, &r);
    roff_section("DESCRIPTION");
    roff_text(tool->about ? tool->about : tool->summary);
    print_arguments(&r);
    roff_section("OPTIONS");
    print_options(&r);
    for (size_t i = 0; i < sizeof tool->topics / sizeof *tool->topics && tool->topics[i]; i++)
        print_topics(tool->topics[i]);
    print_exit_status();
    if (tool->examples) roff_section("EXAMPLES");
    for (const char *const *e = tool->examples; e && *e; e++) roff_literal(*e);
    roff_see_also(strcmp(tool->name, "spx") == 0 ? pages + 1 : pages);
    return CLI_OK;
}

/* The names that a value may be. */
static void print_choices(const cli_opt *o)
{
    const char *name = NULL;
    printf("\t");
    for (size_t i = 0; o->choices && (name = o->choices(NULL, i)); i++)
        printf("%s%s", i ? " " : "", name);
    if (!o->choices) printf("-");
}

static void print_row(const cli_opt *o)
{
    const char *value = row_is_option(o) ? row_value_name(o) : o->name;
    printf("%s\t%c\t%s\t%s", row_is_option(o) ? "option" : "argument", o->letter ? o->letter : '-',
           o->name, value ? value : "-");
    print_choices(o);
    printf("\t%s\n", o->help);
}

int manual_options(const cli_tool *tool)
{
    const option_rows r = rows_of(tool);
    printf("tool\t%s\t%d\t%s\t%s\n", tool->name, (int)tool->hand, tool->summary,
           tool->examples ? tool->examples[0] : tool->name);
    for (size_t i = 0; i < r.n; i++)
        if (r.at[i]->kind != CLI_HEADING && row_applies(&r, r.at[i])) print_row(r.at[i]);
    return CLI_OK;
}
