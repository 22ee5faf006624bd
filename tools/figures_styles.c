/* figures_styles.c: how the arms of a figure are told apart. */
#include "figures.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>

enum { STYLES = 8 }; /* of plots/style.gp */

/* The distinct filters of all arms, and the distinct editors of those that are shown. */
typedef struct kinds {
    settings *arm, *filter; /* one an arm; the first `filters` count */
    const char **editor;
    size_t filters, editors;
    bool repeated, ambiguous; /* two arms differ in the seed alone; in what no label shows */
} kinds;

static size_t find_filter(const kinds *k, const settings *s)
{
    size_t i = 0;
    while (i < k->filters && strcmp(k->filter[i].filter, s->filter) != 0) i++;
    return i;
}

static size_t find_editor(const kinds *k, const settings *s)
{
    size_t i = 0;
    while (i < k->editors && strcmp(k->editor[i], s->editor) != 0) i++;
    return i;
}

static void note_repeats(kinds *k, size_t shown)
{
    for (size_t i = 0; i < shown; i++)
        for (size_t j = 0; j < i; j++) {
            const settings *a = &k->arm[i], *b = &k->arm[j];
            if (settings_repeat(a, b))
                k->repeated = true;
            else if (strcmp(a->editor, b->editor) == 0 && strcmp(a->filter, b->filter) == 0)
                k->ambiguous = true;
        }
}

static spx_status read_kinds(const arms *a, kinds *k, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    *k = (kinds){0};
    SPX_TRY(spx_scratch_alloc(tmp, &mem, 2 * a->n, sizeof(settings), err));
    k->arm = mem, k->filter = k->arm + a->n;
    SPX_TRY(spx_scratch_alloc(tmp, &mem, a->n, sizeof(char *), err));
    k->editor = mem;
    for (size_t i = 0; i < a->n; i++) {
        settings_read(a->store[i], &k->arm[i]);
        if (find_filter(k, &k->arm[i]) == k->filters) k->filter[k->filters++] = k->arm[i];
        if (i < a->shown && find_editor(k, &k->arm[i]) == k->editors)
            k->editor[k->editors++] = k->arm[i].editor;
    }
    qsort(k->filter, k->filters, sizeof(settings), settings_order);
    note_repeats(k, a->shown);
out:
    return st;
}

static void set_name(spx_plot *p, const char *stem, size_t i, const char *text)
{
    char name[32];
    snprintf(name, sizeof name, "%s%zu", stem, i + 1);
    spx_plot_set_text(p, name, text);
}

static void set_index(spx_plot *p, const char *stem, size_t i, size_t value)
{
    char name[32];
    snprintf(name, sizeof name, "%s%zu", stem, i + 1);
    spx_plot_set_number(p, name, (double)(value + 1));
}

spx_status figures_arms(spx_plot *p, const arms *a, spx_error *err)
{
    spx_scratch tmp = {0};
    kinds k;
    const spx_status st = read_kinds(a, &k, &tmp, err);
    if (st != SPX_OK) goto out;
    const bool known = k.filters > 1 && k.filters <= STYLES && k.editor[0][0] && !k.ambiguous;
    const bool by_filter = known && k.editors == 1 && !k.repeated;
    const bool clustered = known && (k.editors > 1 || k.repeated);
    spx_plot_set_number(p, "arms", (double)a->shown);
    spx_plot_set_number(p, "filters", (double)k.filters);
    spx_plot_set_number(p, "clusters", clustered ? (double)k.editors : 0);
    for (size_t i = 0; i < a->shown; i++) {
        const size_t filter = find_filter(&k, &k.arm[i]);
        set_name(p, "label", i, a->label[i]);
        set_index(p, "style", i, (by_filter ? filter : i) % STYLES);
        set_index(p, "filter", i, filter);
        set_index(p, "cluster", i, find_editor(&k, &k.arm[i]));
    }
    for (size_t i = 0; i < k.filters; i++) set_name(p, "filter_name", i, k.filter[i].filter);
    for (size_t i = 0; i < k.editors; i++) set_name(p, "editor", i, k.editor[i]);
out:
    spx_scratch_free(&tmp);
    return st;
}
