/* figures_warning.c: how many rounds before behaviour breaks each number gives alarm, and how often
 * it does so in time. */
#include "report/alarm_table.h"

#include <math.h>

/* $data: number (1 .., of those that occur), rule (1, 2), arm, lead. */
static spx_status plot_leads(const sink *to, const alarm_row *rows, size_t n, const size_t *place,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    double most = 0;
    SPX_TRY(spx_mat_scratch(&tmp, &data, n, 4, err));
    for (size_t i = 0; i < n; i++) {
        const double lead = alarm_table_lead(&rows[i]);
        double *row = data.data + i * data.ld;
        row[0] = (double)place[rows[i].number];
        row[1] = (double)rows[i].rule + 1;
        row[2] = (double)rows[i].arm + 1;
        row[3] = lead;
        if (isfinite(lead)) most = fmax(most, fabs(lead));
    }
    spx_plot_data(to->plot, "data", &data);
    spx_plot_set_number(to->plot, "most_lead", most);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* $counts: number, rule, verdict (1 ..), count, and where its part of the bar begins. */
static spx_status plot_counts(const sink *to, const alarm_count *c, size_t n, const size_t *place,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    double total = 0;
    SPX_TRY(spx_mat_scratch(&tmp, &data, n * SPX_VERDICTS, 5, err));
    for (size_t i = 0; i < n; i++) {
        double begin = 0;
        for (size_t v = 0; v < SPX_VERDICTS; v++) {
            double *row = data.data + (i * SPX_VERDICTS + v) * data.ld;
            row[0] = (double)place[c[i].number];
            row[1] = (double)c[i].rule + 1;
            row[2] = (double)v + 1;
            row[3] = (double)c[i].of[v];
            row[4] = begin;
            begin += row[3];
        }
        total = fmax(total, begin);
    }
    spx_plot_data(to->plot, "counts", &data);
    spx_plot_set_number(to->plot, "total", total);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* name1 .. and numbers, verdict1 ..; place[i]: which of the numbers that occur the i-th of
 * spx_alarms is. */
static void name_numbers(spx_plot *p, const alarm_count *c, size_t n, size_t *place)
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

static bool any_broke(const alarm_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].behaviour.at != SPX_NEVER) return true;
    return false;
}

static spx_status draw_warning(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    alarm_row *rows = NULL;
    alarm_count *counts = NULL;
    size_t n = 0, count = 0, numbers = 0, *place = NULL;
    (void)f;
    (void)spx_alarms(&numbers);
    SPX_TRY(alarm_table_read(a, &rows, &n, &tmp, err));
    if (n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: spectra and behaviour were not both followed",
                  spx_store_path(a->store[0]));
    if (!any_broke(rows, n))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: behaviour breaks in no arm, so nothing could warn of it",
                  spx_store_path(a->store[0]));
    SPX_TRY(alarm_table_count(rows, n, &counts, &count, &tmp, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &place, numbers, err));
    name_numbers(to->plot, counts, count, place);
    if (to->table) alarm_table_write_rows(to->table, a, rows, n);
    SPX_TRY(plot_leads(to, rows, n, place, err));
    SPX_TRY(plot_counts(to, counts, count, place, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_warning = {
    .about = {.name = "warning",
              .summary = "how early each spectral number warns before behaviour breaks",
              .caption = "How many rounds before behaviour breaks (perplexity more than twice the "
                         "base's, or success 10 points under its best) each spectral number gives "
                         "alarm, by a level or by a change; right, what its alarms were worth over "
                         "all arms and seeds.",
              .template_file = "warning.gp",
              .picture = "analysis/warning"},
    .height = 10,
    .needs = "tensors",
    .stages = 2,
    .reading = FIGURE_OF_ALARMS,
    .draw = draw_warning,
};
