/* alarm_table.c: alarms of run files' numbers against the round in which their behaviour breaks. */
#include "report/alarm_table.h"

#include <math.h>
#include <stdlib.h>

/* The run's success: of facts, else of zsRE's questions. */
static const panel perplexity = {.quantity = "perplexity"},
                   success[] = {{.quantity = "rewrite_success"}, {.quantity = "zsre_efficacy"}};

static bool any_finite(const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(y[i])) return true;
    return false;
}

static spx_status find_breakdown(const arms *a, size_t arm, double *work, size_t n,
                                 spx_breakdown *out, spx_error *err)
{
    spx_status st = figures_series(a, arm, &perplexity, 0, work, 1, err);
    for (size_t i = 0; st == SPX_OK && i < 2; i++) {
        st = figures_series(a, arm, &success[i], 0, work + n, 1, err);
        if (any_finite(work + n, n)) break;
    }
    const spx_behaviour b = {work, work + n, n};
    *out = spx_breakdown_find(&b);
    return st;
}

/* The rows of one number of an arm; none if it has no values. edits, work: n rounds. */
static spx_status add_number(const arms *a, warning *like, const double *edits, double *work,
                             size_t n, warning *rows, size_t *count, spx_error *err)
{
    size_t numbers = 0;
    const spx_alarm *alarm = &spx_alarms(&numbers)[like->number];
    const panel q = {.quantity = alarm->name, .of_tensors = true};
    spx_status st = figures_series(a, like->arm, &q, 0, work, 1, err);
    if (st != SPX_OK || !any_finite(work, n)) return st;
    for (spx_alarm_rule rule = 0; st == SPX_OK && rule < SPX_ALARM_RULES; rule++) {
        like->rule = rule;
        st = spx_alarm_find(alarm, rule, edits, work, n, &like->alarm, err);
        like->verdict = spx_warning_judge(&like->behaviour, like->alarm);
        rows[(*count)++] = *like;
    }
    return st;
}

static spx_status add_arm(const arms *a, size_t arm, warning *rows, size_t *count, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *mem = NULL;
    size_t numbers = 0;
    warning like = {.arm = arm};
    const size_t n = spx_store_stages(a->store[arm]);
    (void)spx_alarms(&numbers);
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, 3 * n, sizeof(double), err));
    double *edits = mem, *work = edits + n;
    SPX_TRY(figures_edits(a->store[arm], edits, err));
    SPX_TRY(find_breakdown(a, arm, work, n, &like.behaviour, err));
    if (!like.behaviour.tested || !spx_store_has(a->store[arm], "tensors")) goto out;
    for (like.number = 0; like.number < numbers; like.number++)
        SPX_TRY(add_number(a, &like, edits, work, n, rows, count, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status warnings_read(const arms *a, warning **rows, size_t *n, spx_scratch *tmp, spx_error *err)
{
    void *mem = NULL;
    size_t numbers = 0;
    (void)spx_alarms(&numbers);
    *n = 0;
    spx_status st =
        spx_scratch_alloc(tmp, &mem, a->shown * numbers * SPX_ALARM_RULES, sizeof(warning), err);
    *rows = mem;
    for (size_t i = 0; st == SPX_OK && i < a->shown; i++) st = add_arm(a, i, *rows, n, err);
    return st;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    if (n == 0) return (double)NAN;
    qsort(x, n, sizeof *x, by_size);
    return 0.5 * (x[(n - 1) / 2] + x[n / 2]);
}

/* x: as many leads as there are rows. */
static void count_one(const warning *rows, size_t n, double *x, warning_count *c)
{
    size_t warned = 0;
    for (const warning *w = rows; w < rows + n; w++) {
        if (w->number != c->number || w->rule != c->rule) continue;
        c->of[w->verdict]++;
        if (w->verdict == SPX_WARNED) x[warned++] = warnings_lead(w);
    }
    c->lead = median(x, warned);
}

static bool occurs(const warning *rows, size_t n, size_t number)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].number == number) return true;
    return false;
}

spx_status warnings_count(const warning *rows, size_t n, warning_count **out, size_t *count,
                          spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL, *x = NULL;
    size_t numbers = 0;
    (void)spx_alarms(&numbers);
    *count = 0;
    SPX_TRY(spx_scratch_alloc(tmp, &mem, numbers * SPX_ALARM_RULES, sizeof(warning_count), err));
    SPX_TRY(spx_scratch_alloc(tmp, &x, n, sizeof(double), err));
    *out = mem;
    for (size_t i = 0; i < numbers; i++) {
        if (!occurs(rows, n, i)) continue;
        for (spx_alarm_rule rule = 0; rule < SPX_ALARM_RULES; rule++) {
            warning_count *c = &(*out)[(*count)++];
            *c = (warning_count){.number = i, .rule = rule};
            count_one(rows, n, x, c);
        }
    }
out:
    return st;
}

spx_status warnings_of_outcome(const spx_outcome *o, warning_count **out, size_t *n,
                               spx_scratch *tmp, spx_error *err)
{
    static const spx_names every;
    static arms a;
    spx_status st = SPX_OK;
    warning *rows = NULL;
    size_t found = 0;
    a = (arms){.tensors = &every};
    for (; a.n < o->n; a.shown = ++a.n)
        SPX_TRY(spx_store_open(o->path[a.n], SPX_STORE_READ, &a.store[a.n], err));
    SPX_TRY(warnings_read(&a, &rows, &found, tmp, err));
    SPX_TRY(warnings_count(rows, found, out, n, tmp, err));
out:
    for (size_t i = 0; i < a.n; i++) spx_store_close(a.store[i]);
    return st;
}

double warnings_lead(const warning *w)
{
    if (w->alarm == SPX_NEVER || w->behaviour.at == SPX_NEVER) return (double)NAN;
    return (double)w->behaviour.at - (double)w->alarm;
}

const char *warnings_rule(spx_alarm_rule rule)
{
    return rule == SPX_ALARM_LEVEL ? "level" : "change";
}

static void put_cell(FILE *to, double v)
{
    if (isfinite(v))
        fprintf(to, "\t%g", v);
    else
        fputs("\tNaN", to);
}

static double round_or_nan(size_t round)
{
    return round == SPX_NEVER ? (double)NAN : (double)round;
}

static void put_number(FILE *to, size_t number, spx_alarm_rule rule)
{
    size_t n = 0;
    const spx_alarm *a = &spx_alarms(&n)[number];
    fprintf(to, "%s%s\t%s", a->name, a->ratio ? "_ratio" : "", warnings_rule(rule));
    put_cell(to, rule == SPX_ALARM_LEVEL ? a->level : (double)NAN);
}

void warnings_write_rows(FILE *to, const arms *a, const warning *rows, size_t n)
{
    fputs("arm\tnumber\trule\tlevel\tsound\tbroken\talarm\tlead\tverdict\n", to);
    for (const warning *w = rows; w < rows + n; w++) {
        fprintf(to, "%s\t", a->label[w->arm]);
        put_number(to, w->number, w->rule);
        put_cell(to, round_or_nan(w->behaviour.sound));
        put_cell(to, round_or_nan(w->behaviour.at));
        put_cell(to, round_or_nan(w->alarm));
        put_cell(to, warnings_lead(w));
        fprintf(to, "\t%s\n", spx_verdict_name(w->verdict));
    }
}

void warnings_write_counts(FILE *to, const warning_count *c, size_t n)
{
    fputs("number\trule\tlevel\twarned\tlate\tmissed\tfalse_alarm\tquiet\tmedian_lead\n", to);
    for (; n > 0; n--, c++) {
        put_number(to, c->number, c->rule);
        for (size_t v = 0; v < SPX_VERDICTS; v++) fprintf(to, "\t%zu", c->of[v]);
        put_cell(to, c->lead);
        fputc('\n', to);
    }
}
