/* figures_repeats.c: arms that differ in the seed or in the facts they begin with alone, drawn as
 * one line. */
#include "report/arm_settings.h"
#include "report/figures.h"

#include <string.h>

void figures_apart(arms *a)
{
    for (size_t i = 0; i < a->n; i++) a->line[i] = i;
    a->lines = a->n;
    a->shown_lines = a->shown;
}

spx_status figures_join(arms *a, spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const spx_status st = spx_scratch_alloc(&tmp, &mem, a->n, sizeof(settings), err);
    if (st != SPX_OK) return st;
    settings *s = mem;
    a->lines = a->shown_lines = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t j = i < a->shown ? 0 : a->shown; /* what only widens the axes stays apart */
        settings_read(a->store[i], &s[i]);
        while (j < i && !settings_repeat(&s[j], &s[i])) j++;
        a->line[i] = j < i ? a->line[j] : a->lines++;
        if (i < a->shown) a->shown_lines = a->lines;
    }
    spx_scratch_free(&tmp);
    return SPX_OK;
}

size_t figures_first(const arms *a, size_t line)
{
    size_t i = 0;
    while (a->line[i] != line) i++;
    return i;
}

/* What the arms of a line are called in common: "memit" of memit-0 and memit-500, and how many. */
void figures_label(const arms *a, size_t line, char out[160])
{
    const char *first = a->label[figures_first(a, line)];
    size_t runs = 0, same = strlen(first);
    for (size_t i = 0; i < a->n; i++) {
        if (a->line[i] != line) continue;
        for (size_t c = 0; c < same; c++)
            if (a->label[i][c] != first[c]) same = c;
        runs++;
    }
    if (runs == 1) {
        snprintf(out, 160, "%s", first);
        return;
    }
    while (same > 0 && strchr("-_ 0123456789", first[same - 1])) same--;
    snprintf(out, 160, "%.*s, %zu runs", same ? (int)same : 127, first, runs);
}
