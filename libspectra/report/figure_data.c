/* figure_data.c: what figures read from run files, and where they put it. */
#include "report/figures.h"
#include "report/table.h"

#include <math.h>

void figures_emit(const arms *a, const sink *to, const char *const *names, const spx_mat *data)
{
    spx_plot_data(to->plot, "data", data);
    if (!to->table) return;
    table t = table_open(to->table, TABLE_TSV, data->cols, 1);
    table_headings(&t, names, data->cols);
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        char label[FIGURE_LABEL];
        if ((size_t)row[0] > a->shown_lines) continue;
        figures_label(a, (size_t)row[0] - 1, label);
        table_text(&t, label);
        if (to->quantity) table_text(&t, to->quantity[(size_t)row[1] - 1].quantity);
        for (size_t j = to->quantity ? 2 : 1; j < data->cols; j++) table_number(&t, row[j], 9);
    }
    table_close(&t);
}

spx_status figures_last_tensor(const arms *a, size_t arm, char out[FIGURE_TENSOR], spx_error *err)
{
    spx_status st = SPX_OK;
    char **tensor = NULL;
    size_t n = 0;
    *out = '\0';
    SPX_TRY(spx_store_tensors(a->store[arm], "tensors", &tensor, &n, err));
    for (size_t i = 0; i < n; i++)
        if (spx_names_match(a->tensors, tensor[i])) snprintf(out, FIGURE_TENSOR, "%s", tensor[i]);
    if (!*out)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor matches", spx_store_path(a->store[arm]));
out:
    spx_store_names_free(tensor, n);
    return st;
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

/* Adds a tensor's series to out and 1 to *used, if the tensor has it. */
static spx_status add_tensor(const spx_store *s, const char *tensor, const char *name, double *out,
                             size_t stride, size_t *used, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[FIGURE_TENSOR + 40];
    spx_mat v = {0};
    bool has = false;
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    SPX_TRY(get_series(s, group, name, &v, &has, err));
    for (size_t i = 0; has && i < spx_store_stages(s); i++)
        out[i * stride] += i < v.rows ? v.data[i * v.ld] : (double)NAN;
    *used += has;
out:
    spx_mat_free(&v);
    return st;
}

/* The mean over the run's tensors that count. */
static spx_status tensor_series(const arms *a, const spx_store *s, const char *name, double *out,
                                size_t stride, spx_error *err)
{
    spx_status st = SPX_OK;
    char **tensor = NULL;
    size_t n = 0, used = 0;
    const size_t stages = spx_store_stages(s);
    SPX_TRY(spx_store_tensors(s, "tensors", &tensor, &n, err));
    for (size_t i = 0; i < stages; i++) out[i * stride] = 0;
    for (size_t t = 0; t < n; t++)
        if (spx_names_match(a->tensors, tensor[t]))
            SPX_TRY(add_tensor(s, tensor[t], name, out, stride, &used, err));
    for (size_t i = 0; i < stages; i++)
        out[i * stride] = used ? out[i * stride] / (double)used : (double)NAN;
out:
    spx_store_names_free(tensor, n);
    return st;
}

spx_status figures_series(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                          size_t stride, spx_error *err)
{
    const spx_store *s = a->store[arm];
    if (q->of_tensors) return tensor_series(a, s, q->quantity, out, stride, err);
    return evaluation_series(s, q->quantity, k, out, stride, err);
}
