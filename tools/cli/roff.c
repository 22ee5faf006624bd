/* roff.c: pages of the manual in mdoc(7). */
#include "roff.h"

#include "spx/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 76 };

static void put(char c, bool first)
{
    if (first && (c == '.' || c == '\'')) printf("\\&");
    if (c == '\\')
        printf("\\e");
    else if (c == '-')
        printf("\\-");
    else
        putchar(c);
}

void roff_word(const char *word)
{
    printf(" \"\\&");
    for (const char *c = word; *c; c++)
        if (*c == '"')
            printf("\\(dq");
        else
            put(*c, false);
    printf("\"");
}

/* A word ends a sentence where one begins after it. */
static bool ends_sentence(const char *word, int len, const char *next)
{
    return len > 1 && word[len - 1] == '.' && next[0] >= 'A' && next[0] <= 'Z';
}

void roff_text(const char *text)
{
    int column = 0;
    while (*text) {
        const int len = (int)strcspn(text, " ");
        const char *next = text + len + strspn(text + len, " ");
        if (column > 0 && column + 1 + len > WIDTH) {
            putchar('\n');
            column = 0;
        }
        if (column > 0) column += printf(" ");
        for (int i = 0; i < len; i++) put(text[i], column == 0 && i == 0);
        column += len;
        if (ends_sentence(text, len, next)) {
            putchar('\n');
            column = 0;
        }
        text = next;
    }
    if (column > 0) putchar('\n');
}

void roff_begin(const char *page, const char *section, const char *summary)
{
    char title[64];
    size_t n = 0;
    for (; page[n] && n + 1 < sizeof title; n++)
        title[n] = (char)(page[n] >= 'a' && page[n] <= 'z' ? page[n] - 'a' + 'A' : page[n]);
    title[n] = '\0';
    printf(".Dd " SPX_VERSION_DATE "\n.Dt %s %s\n.Os spx " SPX_VERSION "\n", title, section);
    roff_section("NAME");
    printf(".Nm %s\n.Nd ", page);
    roff_text(summary);
}

void roff_section(const char *name) { printf(".Sh %s\n", name); }
void roff_paragraph(void) { printf(".Pp\n"); }
void roff_list_begin(void) { printf(".Bl -tag -width Ds\n"); }
void roff_list_end(void) { printf(".El\n"); }

void roff_term(const char *macro, const char *word)
{
    printf(".It %s", macro);
    roff_word(word);
    printf("\n");
}

void roff_literal(const char *line)
{
    printf(".Dl");
    roff_word(line);
    printf("\n");
}

void roff_see_also(const char *const *pages)
{
    roff_section("SEE ALSO");
    for (; *pages; pages++) printf(".Xr %s%s\n", pages[0], pages[1] ? " ," : "");
}
