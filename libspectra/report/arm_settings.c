/* arm_settings.c: what tells the run files of a plan apart. */
#include "report/arm_settings.h"

#include "report/run_file.h"

#include "spx/edit.h"
#include "spx/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append_text(const spx_store *s, const char *attribute, char *out, size_t size)
{
    const size_t used = strlen(out);
    run_file_text(s, attribute, out + used, size - used);
    strncat(out, ";", size - strlen(out) - 1);
}

/* True if the run searches targets by another rule than its editor's own. */
static bool has_other_targets(const char *editor, const char *targets)
{
    const spx_editor *e = NULL;
    const spx_target_rule *own = NULL;
    return *targets && spx_editor_find(editor, &e, NULL) == SPX_OK &&
           spx_editor_rule(e, NULL, &own, NULL) == SPX_OK && own && strcmp(own->name, targets) != 0;
}

static void append_word(char *out, size_t size, const char *word)
{
    const size_t used = strlen(out);
    snprintf(out + used, size - used, "-%s", word);
}

static void read_editor(const spx_store *s, char *out, size_t size)
{
    char targets[32] = "", simie[32] = "0";
    run_file_text(s, "editor", out, size);
    run_file_text(s, "targets", targets, sizeof targets);
    run_file_text(s, "simie", simie, sizeof simie);
    if (has_other_targets(out, targets)) append_word(out, size, targets);
    if (strtod(simie, NULL) > 0) append_word(out, size, "simie");
}

/* The row of a filter as run files name it, which may end in " with feedback". */
static const spx_filter_row *find_filter(const char *recorded)
{
    char name[32] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(recorded, " "), recorded);
    return spx_filter_find(name);
}

/* The filter's own numbers that are not its defaults, other than tau and rank: " cap=0.2". */
static void append_numbers(const spx_store *s, const spx_filter_row *row, char *out, size_t size)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    for (size_t i = 0; i < n; i++) {
        char text[32] = "";
        const size_t used = strlen(out);
        if (p[i].common || !(row->uses >> i & 1)) continue;
        run_file_text(s, p[i].name, text, sizeof text);
        const double x = strtod(text, NULL);
        if (x != 0 && x != spx_filter_number(&row->defaults, &p[i]))
            snprintf(out + used, size - used, " %s=%.3g", p[i].name, x);
    }
}

/* Name, basis and how many directions are protected, which some filters have no number for. */
static void read_filter(const spx_store *s, char *out, size_t size)
{
    char filter[32] = "none", basis[16] = "", tau[32] = "", rank[16] = "0";
    run_file_text(s, "filter", filter, sizeof filter);
    run_file_text(s, "basis", basis, sizeof basis);
    run_file_text(s, "tau", tau, sizeof tau);
    run_file_text(s, "rank", rank, sizeof rank);
    const double share = strtod(tau, NULL);
    const spx_filter_row *row = find_filter(filter);
    if (spx_filter_is_none(filter))
        snprintf(out, size, "none");
    else if (strcmp(rank, "0") != 0)
        snprintf(out, size, "%s %s k=%s", filter, basis, rank);
    else if (share != 0)
        snprintf(out, size, "%s %s %.3g", filter, basis, share);
    else
        snprintf(out, size, "%s %s", filter, basis);
    if (row) append_numbers(s, row, out, size);
}

/* The parameters that make an arm: those that decide its edits, not what was measured of them. The
 * filter's count where there is one. */
static bool makes_arm(const spx_param *p, bool filtered)
{
    if (p->neutral || p->repeats || p->group == SPX_PARAM_MEASURE) return false;
    return filtered || p->group != SPX_PARAM_FILTER;
}

void settings_read(const spx_store *s, settings *out)
{
    static const char *const inputs[] = {"model_sha256", "facts_sha256"};
    spx_param p;
    *out = (settings){0};
    read_editor(s, out->editor, sizeof out->editor);
    read_filter(s, out->filter, sizeof out->filter);
    const bool filtered = !spx_filter_is_none(out->filter);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        append_text(s, inputs[i], out->others, sizeof out->others);
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (makes_arm(&p, filtered)) append_text(s, p.name, out->others, sizeof out->others);
}

bool settings_repeat(const settings *a, const settings *b)
{
    return *a->editor && strcmp(a->editor, b->editor) == 0 && strcmp(a->filter, b->filter) == 0 &&
           strcmp(a->others, b->others) == 0;
}

int settings_order(const void *a, const void *b)
{
    const settings *x = a, *y = b;
    const bool plain_x = spx_filter_is_none(x->filter), plain_y = spx_filter_is_none(y->filter);
    if (plain_x != plain_y) return plain_x ? -1 : 1;
    return strcmp(x->filter, y->filter);
}
