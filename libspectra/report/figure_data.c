/* figure_data.c: what figures read from run files, and where they put it. */
#include "report/figures.h"
#include "report/table.h"

#include <math.h>
#include <string.h>

static bool is_stage(const arms *a, const char *column)
{
    return a->named && strcmp(column, "edits") == 0;
}

void figures_emit(const arms *a, const sink *to, const char *const *names, const spx_mat *data)
{
    spx_plot_data(to->plot, "data", data);
    if (!to->table) return;
    table t = table_open(to->table, TABLE_TSV, data->cols, 1);
    for (size_t j = 0; j < data->cols; j++)
        table_text(&t, is_stage(a, names[j]) ? "stage_name" : names[j]);
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        char label[FIGURE_LABEL];
        if ((size_t)row[0] > a->shown_lines) continue;
        figures_label(a, (size_t)row[0] - 1, label);
        table_text(&t, label);
        if (to->quantity) table_text(&t, to->quantity[(size_t)row[1] - 1].quantity);
        for (size_t j = to->quantity ? 2 : 1; j < data->cols; j++) {
            if (is_stage(a, names[j]))
                figures_stage_name(a, row[j], label), table_text(&t, label);
            else
                table_number(&t, row[j], 9);
        }
    }
    table_close(&t);
}

/* Names from a store. */
typedef struct name_list {
    char **name;
    size_t n;
} name_list;

static const char *name_at(const void *list, size_t i)
{
    const name_list *l = list;
    return i < l->n ? l->name[i] : NULL;
}

spx_status figures_no_metric(const arms *a, size_t arm, const char *group, spx_error *err)
{
    spx_status st = SPX_OK;
    name_list list = {.n = 0};
    SPX_TRY(spx_store_names(a->store[arm], group, &list.name, &list.n, err));
    st = spx_unknown_name(SPX_ENOTFOUND, "metric", a->metric, name_at, &list, err);
    spx_prefix(err, "%s", spx_store_path(a->store[arm]));
out:
    spx_store_names_free(list.name, list.n);
    return st;
}

/* A run file need not have a series, but one that it has must be readable. */
static spx_status get_series(const spx_store *s, const char *group, const char *name, spx_mat *out,
                             bool *has, spx_error *err)
{
    spx_error why = {0};
    const spx_status st = spx_store_get(s, group, name, out, &why);
    *has = st == SPX_OK;
    if (st == SPX_OK || st == SPX_ENOTFOUND) return SPX_OK;
    if (err) *err = why;
    return st;
}

/* Fills those of the stages that are NaN in out. */
static spx_status fill_evaluation(const spx_store *s, const char *name, double *out, size_t stride,
                                  spx_error *err)
{
    spx_mat v = {0};
    bool measured = false;
    const spx_status st = get_series(s, "evaluation", name, &v, &measured, err);
    for (size_t i = 0; i < spx_store_stages(s); i++)
        if (isnan(out[i * stride]) && measured && i < v.rows) out[i * stride] = v.data[i * v.ld];
    spx_mat_free(&v);
    return st;
}

static spx_status evaluation_series(const spx_store *s, const char *quantity, size_t k, double *out,
                                    size_t stride, spx_error *err)
{
    static const char *const endings[] = {"", "_lo", "_hi"};
    spx_status st = SPX_OK;
    char name[64];
    for (size_t i = 0; i < spx_store_stages(s); i++) out[i * stride] = (double)NAN;
    snprintf(name, sizeof name, "%s%s", quantity, endings[k]);
    SPX_TRY(fill_evaluation(s, name, out, stride, err));
    if (k > 0) SPX_TRY(fill_evaluation(s, quantity, out, stride, err));
out:
    return st;
}

/* The value of every stage in terms of the base's; NaN where the first stage is not the base. */
static void divide_by_base(spx_mat *v, const char *first_stage)
{
    const double base = strcmp(first_stage, "base") == 0 ? v->data[0] : (double)NAN;
    for (size_t i = 0; i < v->rows; i++) v->data[i * v->ld] /= base;
}

/* A tensor's series joins value k over tensors: their sum, the least, the largest; n[stage]: how
 * many there are. */
static void join_series(const spx_mat *v, size_t k, double *out, size_t stride, size_t *n)
{
    for (size_t i = 0; i < v->rows; i++) {
        const double x = v->data[i * v->ld];
        double *to = &out[i * stride];
        if (!isfinite(x)) continue;
        if (n[i]++ == 0)
            *to = x;
        else
            *to = k == 0 ? *to + x : k == 1 ? fmin(*to, x) : fmax(*to, x);
    }
}

static spx_status add_tensor(const spx_store *s, const char *tensor, const panel *q, size_t k,
                             double *out, size_t stride, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[FIGURE_TENSOR + 40], *first = NULL;
    spx_mat v = {0};
    bool has = false;
    double edits = 0;
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    SPX_TRY(get_series(s, group, q->quantity, &v, &has, err));
    if (!has || v.rows == 0) goto out;
    SPX_TRY(spx_store_stage(s, 0, &first, &edits, err));
    if (q->to_base) divide_by_base(&v, first);
    join_series(&v, k, out, stride, n);
out:
    spx_free(first);
    spx_mat_free(&v);
    return st;
}

/* Over the run's tensors that count: the mean, the least, the largest. */
static spx_status tensor_series(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                                size_t stride, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    figure_tensors t = {0};
    const spx_store *s = a->store[arm];
    const size_t stages = spx_store_stages(s);
    size_t *n = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &n, stages, err));
    SPX_TRY(figures_tensors(a, arm, &t, err));
    for (size_t i = 0; i < stages; i++) out[i * stride] = (double)NAN;
    for (size_t i = 0; i < t.all; i++)
        if (t.counts[i]) SPX_TRY(add_tensor(s, t.name[i], q, k, out, stride, n, err));
    for (size_t i = 0; k == 0 && i < stages; i++)
        if (n[i]) out[i * stride] /= (double)n[i];
out:
    figures_free_tensors(&t);
    spx_scratch_free(&tmp);
    return st;
}

spx_status figures_series(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                          size_t stride, spx_error *err)
{
    const spx_store *s = a->store[arm];
    if (q->of_tensors) return tensor_series(a, arm, q, k, out, stride, err);
    return evaluation_series(s, q->quantity, k, out, stride, err);
}
