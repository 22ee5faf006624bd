/* alarms.c: alarms of spectral numbers, set against the round in which behaviour breaks. */
#include "spx/alarms.h"

#include "spx/statistics.h"

#include <math.h>

static const spx_alarm alarms[] = {
    {.name = "lss_r", .title = "LSS-R", .falls = true, .level = 0.5},
    {.name = "lss_g", .title = "LSS-G", .falls = true, .level = 0.5},
    {.name = "svs", .title = "SVS", .falls = true, .level = 0.5},
    {.name = "svs_match", .title = "SVS, matched", .falls = true, .level = 0.5},
    {.name = "retained_gain", .title = "retained gain", .falls = true, .level = 0.9},
    {.name = "retention", .title = "energy retention", .falls = true, .level = 0.9},
    {.name = "spectral_ratio", .title = "spectral norm", .level = 1.2},
    {.name = "fro_ratio", .title = "Frobenius norm", .level = 1.2},
    {.name = "nuclear", .title = "nuclear norm", .ratio = true, .level = 1.2},
    {.name = "stable_rank", .title = "stable rank", .ratio = true, .falls = true, .level = 0.8},
};

const spx_alarm *spx_alarms(size_t *n)
{
    *n = sizeof alarms / sizeof *alarms;
    return alarms;
}

/* A comparison with NaN is false, so a round that was not tested is not broken. */
spx_breakdown spx_breakdown_find(const spx_behaviour *b)
{
    spx_breakdown out = {.at = SPX_NEVER};
    double best = (double)NAN;
    for (size_t i = 0; i < b->n; i++) {
        const bool tested = !isnan(b->perplexity[i]) || !isnan(b->success[i]);
        const bool broken = b->perplexity[i] > SPX_BROKEN_PERPLEXITY * b->perplexity[0] ||
                            b->success[i] <= best - SPX_BROKEN_SUCCESS;
        out.tested |= tested && i > 0;
        if (broken) {
            out.at = i;
            break;
        }
        if (tested) out.sound = i;
        best = fmax(best, b->success[i]);
    }
    return out;
}

static bool crosses(const spx_alarm *a, double value, double base)
{
    const double compared = a->ratio ? value / base : value;
    return a->falls ? compared < a->level : compared > a->level;
}

/* True for a broken line that bends for the worse and has come to a value worse than round 0's. */
static bool worsens(const spx_alarm *a, const spx_break *b, double value, double base)
{
    const double sign = a->falls ? -1 : 1;
    return b->found && sign * (b->after - b->before) > 0 &&
           sign * (value - base) > SPX_ALARM_LEAST * fabs(base);
}

spx_status spx_alarm_find(const spx_alarm *a, spx_alarm_rule rule, const double *x, const double *y,
                          size_t n, size_t *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = SPX_NEVER;
    for (size_t t = 0; t < n && *out == SPX_NEVER; t++) {
        spx_break b = {.found = false};
        if (isnan(y[t])) continue;
        if (rule == SPX_ALARM_CHANGE) SPX_TRY(spx_break_find(x, y, t + 1, &b, err));
        if (rule == SPX_ALARM_CHANGE ? worsens(a, &b, y[t], y[0]) : crosses(a, y[t], y[0]))
            *out = t;
    }
out:
    return st;
}

spx_verdict spx_warning_judge(const spx_breakdown *b, size_t alarm)
{
    if (b->at == SPX_NEVER) return alarm == SPX_NEVER ? SPX_QUIET : SPX_FALSE_ALARM;
    if (alarm == SPX_NEVER) return SPX_MISSED;
    return alarm < b->at ? SPX_WARNED : SPX_LATE;
}

const char *spx_verdict_name(spx_verdict v)
{
    static const char *const names[SPX_VERDICTS] = {"warned", "late", "missed", "false alarm",
                                                    "quiet"};
    return names[v];
}
