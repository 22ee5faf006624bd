/* stage_tables.c: every number of every stage of a plan's arms. */
#include "report/stage_tables.h"

#include "report/arm_settings.h"
#include "report/stage_columns.h"
#include "report/table.h"

#include "spx/filter.h"
#include "spx/item_outcomes.h"
#include "spx/output.h"

#include <math.h>
#include <string.h>

enum { DIGITS = 6, ATTRIBUTE = 96 };

/* An arm as the first cells of its rows say it. */
typedef struct arm_cells {
    const char *name;
    char first[ATTRIBUTE], seed[ATTRIBUTE], model[ATTRIBUTE], filter[ATTRIBUTE], basis[ATTRIBUTE];
    settings of;
} arm_cells;

static void read_cells(const spx_outcome *o, const arms *a, size_t arm, arm_cells *c)
{
    const spx_store *s = a->store[arm];
    char path[RUN_FILE_PATH] = "";
    *c = (arm_cells){.name = o->name[arm], .first = "0", .seed = "0", .filter = "none"};
    settings_read(s, &c->of);
    run_file_text(s, "first", c->first, sizeof c->first);
    run_file_text(s, "seed", c->seed, sizeof c->seed);
    run_file_text(s, "filter", c->filter, sizeof c->filter);
    if (!spx_filter_is_none(c->of.filter)) run_file_text(s, "basis", c->basis, sizeof c->basis);
    run_file_text(s, "model", path, sizeof path);
    snprintf(c->model, sizeof c->model, "%.90s", spx_base_name(path));
}

static void put_place(table *t, const arm_cells *c, size_t round, double edits)
{
    table_text(t, c->name);
    table_text(t, c->first);
    table_count(t, round);
    table_number(t, edits, 15);
}

/* Every stage's number of a series into out; NaN where there is none. */
static void read_series(const spx_store *s, const char *group, const char *name, double *out)
{
    spx_mat v = {0};
    const bool has = spx_store_get(s, group, name, &v, NULL) == SPX_OK;
    for (size_t i = 0; i < spx_store_stages(s); i++)
        out[i] = has && i < v.rows ? v.data[i * v.ld] : (double)NAN;
    spx_mat_free(&v);
}

static const char *const parts[] = {"", "_lo", "_hi", "_items"}; /* of a metric */
enum { PARTS = sizeof parts / sizeof *parts };

static bool is_metric(const char *name)
{
    for (size_t i = 1; i < PARTS; i++)
        if (spx_ends_with(name, parts[i])) return false;
    return !stage_is_axis(name);
}

static void put_metric(table *t, const arm_cells *c, const char *metric, const double v[PARTS])
{
    const char *const texts[] = {c->seed,  c->model,     c->of.editor, c->filter,
                                 c->basis, c->of.filter, metric};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) table_text(t, texts[i]);
    for (size_t i = 0; i < PARTS; i++) table_number(t, v[i], DIGITS);
}

/* The rows of one metric of an arm: the stages that have a value. series: workspace of PARTS
 * numbers a stage. */
static void put_metric_rows(table *t, const spx_store *s, const arm_cells *c, const char *metric,
                            const double *edits, double *series)
{
    const size_t stages = spx_store_stages(s);
    for (size_t i = 0; i < PARTS; i++) {
        char name[ATTRIBUTE];
        snprintf(name, sizeof name, "%s%s", metric, parts[i]);
        read_series(s, "evaluation", name, series + i * stages);
    }
    for (size_t stage = 0; stage < stages; stage++) {
        double v[PARTS];
        for (size_t i = 0; i < PARTS; i++) v[i] = series[i * stages + stage];
        if (!isfinite(v[0])) continue;
        put_place(t, c, stage, edits[stage]);
        put_metric(t, c, metric, v);
    }
}

static spx_status put_evaluation(table *t, const spx_store *s, const arm_cells *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char **name = NULL;
    size_t n = 0;
    double *edits = NULL, *series = NULL;
    const size_t stages = spx_store_stages(s);
    if (!spx_store_has(s, "evaluation")) goto out;
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, stages, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &series, PARTS * stages, err));
    SPX_TRY(run_file_edits(s, edits, err));
    SPX_TRY(spx_store_names(s, "evaluation", &name, &n, err));
    for (size_t i = 0; i < n; i++)
        if (is_metric(name[i])) put_metric_rows(t, s, c, name[i], edits, series);
out:
    spx_store_names_free(name, n);
    spx_scratch_free(&tmp);
    return st;
}

/* Whether each item was right, by ascending ids from the first on: 1, 0, - for one not asked. */
static void put_outcomes(table *t, const spx_item_outcomes *o, char *text)
{
    const long first = o->at[0].item;
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        while (n < (size_t)(o->at[i].item - first)) text[n++] = '-';
        text[n++] = o->at[i].right ? '1' : '0';
    }
    text[n] = '\0';
    table_text(t, o->set);
    table_fixed(t, (double)first, 0);
    table_text(t, text);
}

static spx_status put_items(table *t, const spx_store *s, const arm_cells *c, const char *metric,
                            size_t stage, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_item_outcomes o = {0};
    char *text = NULL;
    double edits = 0;
    SPX_TRY(spx_item_outcomes_read(s, metric, stage, &o, err));
    if (o.n == 0) goto out;
    SPX_TRY(SPX_NEW(&text, (size_t)(o.at[o.n - 1].item - o.at[0].item) + 2, err));
    SPX_TRY(run_file_edits_at(s, stage, &edits, err));
    put_place(t, c, stage, edits);
    table_text(t, metric);
    put_outcomes(t, &o, text);
out:
    spx_free(text);
    spx_item_outcomes_free(&o);
    return st;
}

/* Of every metric whose items are right or wrong, every stage that has them. */
static spx_status put_arm_items(table *t, const spx_store *s, const arm_cells *c, spx_error *err)
{
    spx_status st = SPX_OK;
    char **name = NULL;
    size_t n = 0;
    if (!spx_store_has(s, "item_outcomes")) goto out;
    SPX_TRY(spx_store_names(s, "item_outcomes", &name, &n, err));
    for (size_t i = 0; i < n; i++)
        for (size_t stage = 0; !stage_is_axis(name[i]) && stage < spx_store_stages(s); stage++)
            SPX_TRY(put_items(t, s, c, name[i], stage, err));
out:
    spx_store_names_free(name, n);
    return st;
}

/* The stages of an arm. */
static spx_status put_stages(table *t, const arms *a, size_t arm, const arm_cells *cells,
                             const stage_columns *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat all;
    double *edits = NULL;
    size_t matrices = 0;
    const size_t stages = spx_store_stages(a->store[arm]);
    SPX_TRY(spx_mat_scratch(&tmp, &all, stages, c->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, stages, err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    SPX_TRY(stage_columns_matrices(a, arm, &matrices, err));
    for (size_t j = 0; j < c->n; j++) SPX_TRY(stage_columns_fill(a, arm, &c->at[j], &all, j, err));
    for (size_t i = 0; i < stages; i++) {
        put_place(t, cells, i, edits[i]);
        table_count(t, matrices);
        for (size_t j = 0; j < c->n; j++) table_number(t, all.data[i * all.ld + j], DIGITS);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static void put_place_headings(table *t)
{
    static const char *const place[] = {"arm", "order", "round", "edits"};
    table_headings(t, place, 4);
}

static spx_status write_arms(const arms *a, const arm_cells *cells, FILE *to, spx_error *err)
{
    static const char *const headings[] = {"seed",  "model",   "editor", "filter",
                                           "basis", "setting", "metric", "value",
                                           "lo",    "hi",      "items"};
    spx_status st = SPX_OK;
    const size_t n = sizeof headings / sizeof *headings;
    table t = table_open(to, TABLE_TSV, 4 + n, 1);
    put_place_headings(&t);
    table_headings(&t, headings, n);
    for (size_t i = 0; i < a->n; i++) SPX_TRY(put_evaluation(&t, a->store[i], &cells[i], err));
    table_close(&t);
out:
    return st;
}

static spx_status write_stages(const arms *a, const arm_cells *cells, FILE *to, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    stage_columns *c = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &c, 1, err));
    SPX_TRY(stage_columns_find(a, c, err));
    table t = table_open(to, TABLE_TSV, 5 + c->n, 1);
    put_place_headings(&t);
    table_text(&t, "matrices");
    for (size_t j = 0; j < c->n; j++) table_text(&t, c->at[j].name);
    for (size_t i = 0; i < a->n; i++) SPX_TRY(put_stages(&t, a, i, &cells[i], c, err));
    table_close(&t);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status write_items(const arms *a, const arm_cells *cells, FILE *to, spx_error *err)
{
    static const char *const headings[] = {"metric", "set", "first", "outcomes"};
    spx_status st = SPX_OK;
    table t = table_open(to, TABLE_TSV, 8, 1);
    put_place_headings(&t);
    table_headings(&t, headings, 4);
    for (size_t i = 0; i < a->n; i++) SPX_TRY(put_arm_items(&t, a->store[i], &cells[i], err));
    table_close(&t);
out:
    return st;
}

/* A table of all arms. */
typedef struct stage_table {
    const char *name;
    spx_status (*write)(const arms *a, const arm_cells *cells, FILE *to, spx_error *err);
} stage_table;

static spx_status write_table(const spx_outcome *o, const stage_table *t, const arms *a,
                              const arm_cells *cells, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[RUN_FILE_PATH];
    spx_output file = {0};
    snprintf(path, sizeof path, "%s/%s", o->folder, t->name);
    SPX_TRY(spx_output_open(&file, path, err));
    st = t->write(a, cells, file.to, err);
    st = spx_output_end(&file, st, err);
out:
    return st;
}

spx_status stage_tables_write(const spx_outcome *o, spx_error *err)
{
    static const stage_table tables[] = {
        {"arms.tsv", write_arms}, {"items.tsv", write_items}, {"stages.tsv", write_stages}};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    arms *a = NULL;
    arm_cells *cells = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &a, 1, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &cells, o->n, err));
    SPX_TRY(figures_open_outcome(o, a, err));
    for (size_t i = 0; i < a->n; i++) read_cells(o, a, i, &cells[i]);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        SPX_TRY(write_table(o, &tables[i], a, cells, err));
out:
    if (a) figures_close_arms(a);
    spx_scratch_free(&tmp);
    return st;
}
