/* alarm_table.c: alarms of run files' numbers against the round in which their behaviour breaks. */
#include "report/alarm_table.h"

#include "spx/extremes.h"

#include <math.h>
#include <stdlib.h>

static bool any_finite(const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(y[i])) return true;
    return false;
}

/* The run's success is that of its facts, else of zsRE's questions. work: 2 n values. */
static spx_status find_breakdown(const arms *a, size_t arm, double *work, size_t n,
                                 spx_breakdown *out, spx_error *err)
{
    static const panel perplexity = {.quantity = "perplexity"},
                       success[] = {{.quantity = "rewrite_success"}, {.quantity = "zsre_efficacy"}};
    spx_status st = SPX_OK;
    SPX_TRY(figures_series(a, arm, &perplexity, 0, work, 1, err));
    for (size_t i = 0; i < 2; i++) {
        SPX_TRY(figures_series(a, arm, &success[i], 0, work + n, 1, err));
        if (any_finite(work + n, n)) break;
    }
    *out = spx_breakdown_find(&(spx_behaviour){.perplexity = work, .success = work + n, .n = n});
out:
    return st;
}

/* The rows of one number of an arm; none if it has no values. edits, work: n rounds. */
static spx_status add_number(const arms *a, alarm_row *like, const double *edits, double *work,
                             size_t n, alarm_row *rows, size_t *count, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t numbers = 0;
    const spx_alarm *alarm = &spx_alarms(&numbers)[like->number];
    const panel q = {.quantity = alarm->name, .of_tensors = true};
    SPX_TRY(figures_series(a, like->arm, &q, 0, work, 1, err));
    if (!any_finite(work, n)) goto out;
    for (spx_alarm_rule rule = 0; rule < SPX_ALARM_RULES; rule++) {
        like->rule = rule;
        SPX_TRY(spx_alarm_find(alarm, rule, edits, work, n, &like->alarm, err));
        like->verdict = spx_warning_judge(&like->behaviour, like->alarm);
        rows[(*count)++] = *like;
    }
out:
    return st;
}

static spx_status add_arm(const arms *a, size_t arm, alarm_row *rows, size_t *count, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *edits = NULL, *work = NULL;
    size_t numbers = 0;
    alarm_row like = {.arm = arm};
    const size_t n = spx_store_stages(a->store[arm]);
    (void)spx_alarms(&numbers);
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &work, 2 * n, err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    SPX_TRY(find_breakdown(a, arm, work, n, &like.behaviour, err));
    if (!like.behaviour.tested || !spx_store_has(a->store[arm], "tensors")) goto out;
    for (like.number = 0; like.number < numbers; like.number++)
        SPX_TRY(add_number(a, &like, edits, work, n, rows, count, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status alarm_table_read(const arms *a, alarm_row **rows, size_t *n, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    size_t numbers = 0;
    (void)spx_alarms(&numbers);
    *n = 0;
    SPX_TRY(SPX_SCRATCH(tmp, rows, a->shown * numbers * SPX_ALARM_RULES, err));
    for (size_t i = 0; i < a->shown; i++) SPX_TRY(add_arm(a, i, *rows, n, err));
out:
    return st;
}

static double median(double *x, size_t n)
{
    if (n == 0) return (double)NAN;
    qsort(x, n, sizeof *x, spx_ascending);
    return 0.5 * (x[(n - 1) / 2] + x[n / 2]);
}

/* x: workspace of as many values as there are rows. */
static void count_number(const alarm_row *rows, size_t n, double *x, alarm_count *c)
{
    size_t warned = 0;
    for (const alarm_row *w = rows; w < rows + n; w++) {
        if (w->number != c->number || w->rule != c->rule) continue;
        c->of[w->verdict]++;
        if (w->verdict == SPX_WARNED) x[warned++] = alarm_table_lead(w);
    }
    c->lead = median(x, warned);
}

static bool occurs(const alarm_row *rows, size_t n, size_t number)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].number == number) return true;
    return false;
}

spx_status alarm_table_count(const alarm_row *rows, size_t n, alarm_count **out, size_t *count,
                             spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    double *x = NULL;
    size_t numbers = 0;
    (void)spx_alarms(&numbers);
    *count = 0;
    SPX_TRY(SPX_SCRATCH(tmp, out, numbers * SPX_ALARM_RULES, err));
    SPX_TRY(SPX_SCRATCH(tmp, &x, n, err));
    for (size_t i = 0; i < numbers; i++) {
        if (!occurs(rows, n, i)) continue;
        for (spx_alarm_rule rule = 0; rule < SPX_ALARM_RULES; rule++) {
            alarm_count *c = &(*out)[(*count)++];
            *c = (alarm_count){.number = i, .rule = rule};
            count_number(rows, n, x, c);
        }
    }
out:
    return st;
}

spx_status alarm_table_of_outcome(const spx_outcome *o, alarm_count **out, size_t *n,
                                  spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    arms *a = NULL;
    alarm_row *rows = NULL;
    size_t found = 0;
    SPX_TRY(SPX_SCRATCH(tmp, &a, 1, err));
    SPX_TRY(figures_open_outcome(o, a, err));
    SPX_TRY(alarm_table_read(a, &rows, &found, tmp, err));
    SPX_TRY(alarm_table_count(rows, found, out, n, tmp, err));
out:
    if (a) figures_close_arms(a);
    return st;
}

double alarm_table_lead(const alarm_row *w)
{
    if (w->alarm == SPX_NEVER || w->behaviour.at == SPX_NEVER) return (double)NAN;
    return (double)w->behaviour.at - (double)w->alarm;
}

static const char *rule_name(spx_alarm_rule rule)
{
    return rule == SPX_ALARM_LEVEL ? "level" : "change";
}

static double round_or_nan(size_t round)
{
    return round == SPX_NEVER ? (double)NAN : (double)round;
}

enum { DIGITS = 6 };

/* Three cells: number, rule, level. */
static void put_number(table *t, size_t number, spx_alarm_rule rule)
{
    char name[64];
    size_t n = 0;
    const spx_alarm *a = &spx_alarms(&n)[number];
    snprintf(name, sizeof name, "%s%s", a->name, a->ratio ? "_ratio" : "");
    table_text(t, t->form == TABLE_TSV ? name : a->title);
    table_text(t, rule_name(rule));
    table_number(t, rule == SPX_ALARM_LEVEL ? a->level : (double)NAN, DIGITS);
}

void alarm_table_write_rows(FILE *to, const arms *a, const alarm_row *rows, size_t n)
{
    static const char *const headings[] = {"arm",    "number", "rule", "level",  "sound",
                                           "broken", "alarm",  "lead", "verdict"};
    const size_t columns = sizeof headings / sizeof *headings;
    table t = table_open(to, TABLE_TSV, columns, 3);
    table_headings(&t, headings, columns);
    for (const alarm_row *w = rows; w < rows + n; w++) {
        table_text(&t, a->label[w->arm]);
        put_number(&t, w->number, w->rule);
        table_number(&t, round_or_nan(w->behaviour.sound), DIGITS);
        table_number(&t, round_or_nan(w->behaviour.at), DIGITS);
        table_number(&t, round_or_nan(w->alarm), DIGITS);
        table_number(&t, alarm_table_lead(w), DIGITS);
        table_text(&t, spx_verdict_name(w->verdict));
    }
    table_close(&t);
}

/* "false_alarm" of "false alarm": a heading for programs. */
static void put_verdict_heading(table *t, spx_verdict v)
{
    char name[32];
    snprintf(name, sizeof name, "%s", spx_verdict_name(v));
    for (char *c = name; *c; c++)
        if (t->form == TABLE_TSV && *c == ' ') *c = '_';
    table_text(t, name);
}

void alarm_table_write_counts(FILE *to, table_form form, const alarm_count *c, size_t n)
{
    const bool machine = form == TABLE_TSV;
    table t = table_open(to, form, 4 + SPX_VERDICTS, 2);
    table_text(&t, "number");
    table_text(&t, machine ? "rule" : "alarm by");
    table_text(&t, "level");
    for (spx_verdict v = 0; v < SPX_VERDICTS; v++) put_verdict_heading(&t, v);
    table_text(&t, machine ? "median_lead" : "median lead");
    for (; n > 0; n--, c++) {
        put_number(&t, c->number, c->rule);
        for (spx_verdict v = 0; v < SPX_VERDICTS; v++) table_count(&t, c->of[v]);
        table_number(&t, c->lead, DIGITS);
    }
    table_close(&t);
}
