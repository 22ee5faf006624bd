/* figure_styles.c: how the lines of a figure are told apart. */
#include "report/arm_settings.h"
#include "report/figures.h"

#include <stdlib.h>
#include <string.h>

enum { STYLES = 8 }; /* of plots/style.gp */

/* The distinct filters of all lines, and the distinct editors of those that are shown. */
typedef struct kinds {
    settings *line, *filter; /* one a line; the first `filters` of `filter` */
    const char **editor;
    size_t filters, editors;
    bool repeated;  /* two lines differ only in the seed */
    bool ambiguous; /* two lines differ in what no label shows */
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
            const settings *a = &k->line[i], *b = &k->line[j];
            if (settings_repeat(a, b))
                k->repeated = true;
            else if (strcmp(a->editor, b->editor) == 0 && strcmp(a->filter, b->filter) == 0)
                k->ambiguous = true;
        }
}

static spx_status read_kinds(const arms *a, kinds *k, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *k = (kinds){0};
    SPX_TRY(SPX_SCRATCH(tmp, &k->line, a->lines, err));
    SPX_TRY(SPX_SCRATCH(tmp, &k->filter, a->lines, err));
    SPX_TRY(SPX_SCRATCH(tmp, &k->editor, a->lines, err));
    for (size_t i = 0; i < a->lines; i++) {
        settings_read(a->store[figures_first(a, i)], &k->line[i]);
        if (find_filter(k, &k->line[i]) == k->filters) k->filter[k->filters++] = k->line[i];
        if (i < a->shown_lines && find_editor(k, &k->line[i]) == k->editors)
            k->editor[k->editors++] = k->line[i].editor;
    }
    qsort(k->filter, k->filters, sizeof(settings), settings_order);
    note_repeats(k, a->shown_lines);
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

/* Colour and mark of every line: the colour is the filter's in every figure of the same arms, where
 * filters tell the lines apart; the mark is then the editor's, or counts the repetitions. */
typedef struct look {
    size_t tone, shape;
} look;

static bool filters_tell(const kinds *k)
{
    return k->filters > 1 && k->filters <= STYLES && k->editor[0][0] && !k->ambiguous;
}

/* How many lines before this one have the same editor and filter. */
static size_t count_earlier(const kinds *k, size_t line)
{
    size_t n = 0;
    for (size_t i = 0; i < line; i++)
        n += strcmp(k->line[i].filter, k->line[line].filter) == 0 &&
             strcmp(k->line[i].editor, k->line[line].editor) == 0;
    return n;
}

/* The place of a line's label among all, so that it is the same in every figure of the arms. */
static size_t place_label(const arms *a, size_t line)
{
    size_t place = 0;
    if (a->lines > STYLES) return line;
    for (size_t i = 0; i < a->lines; i++) {
        const int order = strcmp(a->label[figures_first(a, i)], a->label[figures_first(a, line)]);
        place += order < 0 || (order == 0 && i < line);
    }
    return place;
}

static look look_of(const arms *a, const kinds *k, size_t line)
{
    if (!filters_tell(k)) return (look){place_label(a, line), place_label(a, line)};
    const size_t filter = find_filter(k, &k->line[line]), editor = find_editor(k, &k->line[line]);
    if (k->editors > 1) return (look){filter, editor};
    return (look){filter, k->repeated ? count_earlier(k, line) : filter};
}

static void style_line(spx_plot *p, const arms *a, const kinds *k, size_t line)
{
    char label[FIGURE_LABEL];
    const look l = look_of(a, k, line);
    figures_label(a, line, label);
    set_name(p, "label", line, label);
    set_index(p, "tone", line, l.tone % STYLES);
    set_index(p, "shape", line, l.shape % STYLES);
    set_index(p, "filter", line, find_filter(k, &k->line[line]));
    set_index(p, "cluster", line, find_editor(k, &k->line[line]));
}

spx_status figures_style_arms(spx_plot *p, const arms *a, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    kinds k;
    SPX_TRY(read_kinds(a, &k, &tmp, err));
    const bool clustered = filters_tell(&k) && (k.editors > 1 || k.repeated);
    spx_plot_set_number(p, "arms", (double)a->shown_lines);
    spx_plot_set_number(p, "filters", (double)k.filters);
    spx_plot_set_number(p, "clusters", clustered ? (double)k.editors : 0);
    for (size_t i = 0; i < a->shown_lines; i++) style_line(p, a, &k, i);
    for (size_t i = 0; i < k.filters; i++) set_name(p, "filter_name", i, k.filter[i].filter);
    for (size_t i = 0; i < k.editors; i++) set_name(p, "editor", i, k.editor[i]);
out:
    spx_scratch_free(&tmp);
    return st;
}
