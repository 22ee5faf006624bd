/* figures_repair.c: facts kept against perplexity, of the rows of a repair. */
#include "report/figures.h"

#include <stdio.h>
#include <string.h>

/* Columns of a row; three each of perplexity and of facts kept: value, lo, hi. */
enum { ARM, STAGE, SWEEP, AT, PERPLEXITY, KEPT = 7, FRONTIER = 10, KNEE, LINE, COLUMNS };
enum { LINES = 7, SCALING = -1 };

static void put_row(const spx_store *s, const char *kept, size_t stage, double *row)
{
    static const char *const ends[] = {"", "_lo", "_hi"};
    char name[80];
    row[STAGE] = (double)stage;
    row[SWEEP] = run_file_value(s, "repair", "sweep", stage);
    row[AT] = run_file_value(s, "repair", "at", stage);
    for (size_t k = 0; k < 3; k++) {
        snprintf(name, sizeof name, "perplexity%s", ends[k]);
        row[PERPLEXITY + k] = run_file_value(s, "evaluation", name, stage);
        snprintf(name, sizeof name, "%s%s", kept, ends[k]);
        row[KEPT + k] = run_file_value(s, "evaluation", name, stage);
    }
    row[FRONTIER] = run_file_value(s, "repair", "frontier", stage);
    row[KNEE] = run_file_value(s, "repair", "knee", stage);
}

/* A text of group "repair". */
static spx_status read_text(const spx_store *s, const char *name, char *out, size_t room,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    SPX_TRY(spx_store_get_text(s, "repair", name, &text, err));
    snprintf(out, room, "%s", text);
out:
    spx_free(text);
    return st;
}

static spx_status count_rows(const arms *a, size_t *out, spx_error *err)
{
    *out = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (!spx_store_has(a->store[i], "repair/sweep"))
            return SPX_FAIL(err, SPX_ENOTFOUND,
                            "%s: no filters were tested (spx-filter BASE EDITED --eval -o RUN.h5)",
                            spx_store_path(a->store[i]));
        *out += spx_store_stages(a->store[i]);
    }
    return SPX_OK;
}

/* A filter that the arms' sweeps are of; its `line` in every panel is one look, 0 if it is not
 * drawn. */
typedef struct tried {
    char filter[128];
    size_t frontier; /* rows on an arm's frontier */
    double line;
} tried;

/* The filters of all arms. */
typedef struct filters {
    tried *of;
    size_t n;
} filters;

/* What sweep n of an arm is called, "revive basis=edited"; false if it has no such sweep. */
static bool sweep_name(const spx_store *s, size_t n, char *out, size_t room)
{
    char name[32];
    snprintf(name, sizeof name, "sweep%zu", n);
    if (run_file_lacks(read_text(s, name, out, room, NULL))) return false;
    char *param = strrchr(out, ' ');
    if (param) *param = '\0';
    return true;
}

static tried *find_filter(filters *l, const char *filter)
{
    size_t i = 0;
    while (i < l->n && strcmp(l->of[i].filter, filter) != 0) i++;
    if (i == l->n) snprintf(l->of[l->n++].filter, sizeof l->of[i].filter, "%s", filter);
    return &l->of[i];
}

static size_t frontier_rows(const spx_mat *data, size_t arm, size_t sweep)
{
    size_t n = 0;
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        n += row[ARM] == (double)(arm + 1) && row[SWEEP] == (double)sweep && row[FRONTIER] == 1;
    }
    return n;
}

static void collect_filters(const arms *a, const spx_mat *data, filters *l)
{
    char filter[128];
    for (size_t i = 0; i < a->n; i++)
        for (size_t s = 1; sweep_name(a->store[i], s, filter, sizeof filter); s++)
            find_filter(l, filter)->frontier += frontier_rows(data, i, s);
}

/* The filter with most rows on the frontier among those that have no line yet; NULL: none left. */
static tried *next_filter(const filters *l)
{
    tried *best = NULL;
    for (size_t i = 0; i < l->n; i++)
        if (l->of[i].line == 0 && (!best || l->of[i].frontier > best->frontier)) best = &l->of[i];
    return best;
}

/* "revive edited" of "revive basis=edited". */
static const char *short_name(const char *filter, char *out, size_t room)
{
    static const char basis[] = "basis=";
    const char *at = strstr(filter, basis);
    const size_t before = at ? (size_t)(at - filter) : strlen(filter);
    snprintf(out, room, "%.*s%s", (int)before, filter, at ? at + sizeof basis - 1 : "");
    return out;
}

/* Scaling has a line of its own; the others get LINES, those that reach the frontier most. */
static void choose_lines(filters *l, spx_plot *p)
{
    size_t lines = 0;
    char name[32], label[128];
    const size_t known = l->n;
    tried *scale = find_filter(l, "scale");
    scale->line = SCALING;
    for (tried *t; lines < LINES && (t = next_filter(l)) != NULL;) {
        if (l->n > LINES + 1 && t->frontier == 0) break;
        t->line = (double)++lines;
        snprintf(name, sizeof name, "filter_line%zu", lines);
        spx_plot_set_text(p, name, short_name(t->filter, label, sizeof label));
    }
    spx_plot_set_number(p, "scaled", l->n == known);
    spx_plot_set_number(p, "filter_lines", (double)lines);
}

static void set_lines(const arms *a, filters *l, const spx_mat *data)
{
    char filter[128];
    for (size_t i = 0; i < data->rows; i++) {
        double *row = data->data + i * data->ld;
        const spx_store *s = a->store[(size_t)row[ARM] - 1];
        if (row[SWEEP] > 0 && sweep_name(s, (size_t)row[SWEEP], filter, sizeof filter))
            row[LINE] = find_filter(l, filter)->line;
    }
}

/* One more than the sweeps of all arms, for scaling if none of them is. */
static spx_status open_filters(const spx_mat *data, spx_scratch *tmp, filters *out, spx_error *err)
{
    size_t n = 1;
    *out = (filters){0};
    for (size_t i = 0; i < data->rows; i++) n += data->data[i * data->ld + SWEEP] > 0;
    return SPX_SCRATCH(tmp, &out->of, n, err);
}

static spx_status draw_repair(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[COLUMNS] = {
        "arm",  "stage",   "sweep",   "at",       "perplexity", "perplexity_lo", "perplexity_hi",
        "kept", "kept_lo", "kept_hi", "frontier", "knee",       "line"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    filters l;
    char kept[64];
    size_t n = 0, at = 0;
    (void)f;
    SPX_TRY(count_rows(a, &n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &data, n, COLUMNS, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(read_text(a->store[i], "kept", kept, sizeof kept, err));
        for (size_t s = 0; s < spx_store_stages(a->store[i]); s++) {
            double *row = data.data + at++ * data.ld;
            row[ARM] = (double)(i + 1);
            put_row(a->store[i], kept, s, row);
        }
    }
    SPX_TRY(open_filters(&data, &tmp, &l, err));
    collect_filters(a, &data, &l);
    choose_lines(&l, to->plot);
    set_lines(a, &l, &data);
    spx_plot_set_text(to->plot, "kept", strstr(kept, "success") ? "success" : "argmax");
    figures_emit(a, to, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_repair = {
    .about = {.name = "repair",
              .summary = "facts kept against perplexity, a point a filter of a change",
              .caption = "Facts kept against perplexity when the change of an edited model is "
                         "filtered afterwards; a ring marks the knee of the frontier.",
              .template_file = "repair.gp",
              .picture = "repair/repair"},
    .height = 9,
    .row = 6,
    .needs = "repair/frontier",
    .stages = 2,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_repair,
};
