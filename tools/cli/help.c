/* help.c: --help: the main options, all of them, or those that belong to a topic. */
#include "help.h"

#include "manual.h"
#include "rows.h"

#include <string.h>

enum { COLUMN = 31, WIDTH = 80 };

/* Words up to WIDTH, the first at column `at`, those of later lines at COLUMN. */
static void print_words(const char *text, int at)
{
    int column = at;
    while (*text) {
        const size_t len = strcspn(text, " ");
        if (column > at && column + 1 + (int)len > WIDTH) {
            printf("\n%*s", COLUMN, "");
            column = at = COLUMN;
        }
        if (column > at) column += printf(" ");
        column += printf("%.*s", (int)len, text);
        text += len + strspn(text + len, " ");
    }
    printf("\n");
}

static void print_row(const char *head, const char *help)
{
    int column = printf("  %-28s", head);
    if (column >= COLUMN) column = printf("\n%*s", COLUMN - 1, "") - 1;
    print_words(help, column + printf(" "));
}

static void print_option(const cli_opt *o)
{
    char head[64];
    const char *value = row_value_name(o);
    const bool maybe = o->kind == CLI_MAYBE;
    snprintf(head, sizeof head, "%c%c%c --%s%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
             !value  ? ""
             : maybe ? "[="
                     : " ",
             value ? value : "", maybe ? "]" : "");
    print_row(head, o->help);
}

static void print_arguments(const option_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (row_is_argument(r->at[i])) print_row(r->at[i]->name, r->at[i]->help);
}

static void print_usage(const cli_tool *tool, const option_rows *r)
{
    printf("Usage: %s [options]", tool->name);
    for (size_t i = 0; i < r->n; i++)
        if (row_is_argument(r->at[i]))
            printf(r->at[i]->kind == CLI_ANY ? " [%s...]" : " %s%s", r->at[i]->name,
                   r->at[i]->kind == CLI_REST ? "..." : "");
    printf("\n");
    if (tool->examples) printf("\nExamples:\n");
    for (const char *const *e = tool->examples; e && *e; e++) printf("  %s\n", *e);
}

/* Options under their headings, of which those without any are left out; returns how many were left
 * out. */
static size_t print_options(const option_rows *r, bool all)
{
    const char *heading = "Options";
    size_t hidden = 0;
    for (size_t i = 0; i < r->n; i++) {
        const cli_opt *o = r->at[i];
        if (o->kind == CLI_HEADING) heading = o->help;
        if (!row_is_option(o) || !row_applies(r, o)) continue;
        if (o->more && !all) {
            hidden++;
            continue;
        }
        if (heading) printf("\n%s:\n", heading);
        heading = NULL;
        print_option(o);
    }
    return hidden;
}

static void print_topic_names(const cli_topics *t)
{
    char head[64];
    char text[1024] = "";
    const char *name = NULL;
    size_t used = 0;
    for (size_t i = 0; (name = t->name(NULL, i)) && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "", name);
    snprintf(head, sizeof head, "%s: --help=NAME", t->heading);
    print_row(head, text);
}

static int print_help(const cli_tool *tool, bool all)
{
    const option_rows r = rows_of(tool);
    printf("%s: %s\n\n", tool->name, tool->summary);
    print_usage(tool, &r);
    printf("\n");
    print_arguments(&r);
    const size_t hidden = print_options(&r, all);
    if (hidden > 0 || tool->topics[0]) printf("\nMore:\n");
    for (size_t i = 0; i < sizeof tool->topics / sizeof *tool->topics && tool->topics[i]; i++)
        print_topic_names(tool->topics[i]);
    if (hidden > 0) printf("  Every option: --help=all\n");
    printf("\nExit status: 0 done, 1 done but a threshold was crossed or stopped and\n"
           "resumable, 2 usage, 3 input, 4 numerics or memory.\n");
    return CLI_OK;
}

static void print_topic(const cli_tool *tool, const cli_topics *t, size_t topic)
{
    const option_rows r = rows_of(tool);
    bool any = false;
    t->print(topic);
    for (size_t i = 0; i < r.own; i++) {
        if (!row_is_option(r.at[i]) || !t->reads(topic, r.at[i]->name)) continue;
        if (!any) printf("\nOptions that it reads:\n");
        any = true;
        print_option(r.at[i]);
    }
}

/* The topics of all sets in turn, then "all". */
static const char *topic_name(const void *tool, size_t i)
{
    const cli_tool *t = tool;
    const char *name = NULL;
    for (size_t set = 0; set < sizeof t->topics / sizeof *t->topics && t->topics[set]; set++)
        for (size_t topic = 0; (name = t->topics[set]->name(NULL, topic)); topic++)
            if (i-- == 0) return name;
    return i == 0 ? "all" : NULL;
}

int help_print(const cli_tool *tool, const char *topic)
{
    size_t found = 0;
    spx_error err = {0};
    if (!*topic || strcmp(topic, "all") == 0) return print_help(tool, *topic);
    if (strcmp(topic, "man") == 0) return manual_page(tool);
    if (strcmp(topic, "options") == 0) return manual_options(tool);
    for (size_t set = 0; set < sizeof tool->topics / sizeof *tool->topics; set++) {
        const cli_topics *t = tool->topics[set];
        const char *name = NULL;
        for (size_t i = 0; t && (name = t->name(NULL, i)); i++) {
            if (strcmp(name, topic) != 0) continue;
            if (found++) printf("\n");
            print_topic(tool, t, i);
        }
    }
    if (found) return CLI_OK;
    (void)spx_unknown_name(SPX_EINVAL, "topic of help", topic, topic_name, tool, &err);
    return cli_usage("%s", err.text);
}
