/* figures_warning.c: how many rounds before behaviour breaks each number gives alarm, and how often
 * it does so in time. */
#include "report/alarm_table.h"

#include <math.h>

/* $data: number (1 .., of those that occur), rule (1, 2), arm, lead. */
static spx_status plot_leads(const sink *to, const warning *rows, size_t n, const size_t *place,
                             spx_error *err)
{
    spx_scratch tmp = {0};
    spx_mat data;
    double most = 0;
    const spx_status st = spx_mat_scratch(&tmp, &data, n, 4, err);
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const double lead = warnings_lead(&rows[i]);
        const double row[] = {(double)place[rows[i].number], (double)rows[i].rule + 1,
                              (double)rows[i].arm + 1, lead};
        for (size_t j = 0; j < 4; j++) data.data[i * data.ld + j] = row[j];
        if (isfinite(lead)) most = fmax(most, fabs(lead));
    }
    if (st == SPX_OK) spx_plot_data(to->plot, "data", &data);
    spx_plot_set_number(to->plot, "most_lead", most);
    spx_scratch_free(&tmp);
    return st;
}

/* $counts: number, rule, verdict (1 ..), count, and where its part of the bar begins. */
static spx_status plot_counts(const sink *to, const warning_count *c, size_t n, const size_t *place,
                              spx_error *err)
{
    spx_scratch tmp = {0};
    spx_mat data;
    double total = 0;
    const spx_status st = spx_mat_scratch(&tmp, &data, n * SPX_VERDICTS, 5, err);
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        double begin = 0;
        for (size_t v = 0; v < SPX_VERDICTS; v++) {
            const double row[] = {(double)place[c[i].number], (double)c[i].rule + 1, (double)v + 1,
                                  (double)c[i].of[v], begin};
            for (size_t j = 0; j < 5; j++) data.data[(i * SPX_VERDICTS + v) * data.ld + j] = row[j];
            begin += row[3];
        }
        total = fmax(total, begin);
    }
    if (st == SPX_OK) spx_plot_data(to->plot, "counts", &data);
    spx_plot_set_number(to->plot, "total", total);
    spx_scratch_free(&tmp);
    return st;
}

/* name1 .. and numbers; place[i]: which of those that occur the i-th of spx_alarms is. */
static void name_numbers(spx_plot *p, const warning_count *c, size_t n, size_t *place)
{
    char name[32];
    size_t numbers = 0, used = 0;
    const spx_alarm *a = spx_alarms(&numbers);
    for (size_t i = 0; i < n; i += SPX_ALARM_RULES) {
        place[c[i].number] = ++used;
        snprintf(name, sizeof name, "name%zu", used);
        spx_plot_set_text(p, name, a[c[i].number].title);
    }
    spx_plot_set_number(p, "numbers", (double)used);
    for (spx_verdict v = 0; v < SPX_VERDICTS; v++) {
        snprintf(name, sizeof name, "verdict%d", (int)v + 1);
        spx_plot_set_text(p, name, spx_verdict_name(v));
    }
}

spx_status figure_warning(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    warning *rows = NULL;
    warning_count *counts = NULL;
    void *place = NULL;
    size_t n = 0, count = 0, numbers = 0;
    (void)f;
    (void)spx_alarms(&numbers);
    SPX_TRY(warnings_read(a, &rows, &n, &tmp, err));
    if (n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: spectra and behaviour were not both followed",
                  spx_store_path(a->store[0]));
    SPX_TRY(warnings_count(rows, n, &counts, &count, &tmp, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &place, numbers, sizeof(size_t), err));
    name_numbers(to->plot, counts, count, place);
    if (to->table) warnings_write_rows(to->table, a, rows, n);
    SPX_TRY(plot_leads(to, rows, n, place, err));
    SPX_TRY(plot_counts(to, counts, count, place, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
