/* alarms.c: alarms of spectral numbers, set against the round in which behaviour breaks. */
#include "spx/alarms.h"

#include "spx/statistics.h"

#include <math.h>

static const spx_alarm alarms[] = {
    {"lss_r", "LSS-R", false, true, 0.5},
    {"lss_g", "LSS-G", false, true, 0.5},
    {"svs", "SVS", false, true, 0.5},
    {"svs_match", "SVS, matched", false, true, 0.5},
    {"retained_gain", "retained gain", false, true, 0.9},
    {"retention", "energy retention", false, true, 0.9},
    {"spectral_ratio", "spectral norm", false, false, 1.2},
    {"fro_ratio", "Frobenius norm", false, false, 1.2},
    {"nuclear", "nuclear norm", true, false, 1.2},
    {"stable_rank", "stable rank", true, true, 0.8},
};

const spx_alarm *spx_alarms(size_t *n)
{
    *n = sizeof alarms / sizeof *alarms;
    return alarms;
}

/* A comparison with NaN is false: what was not tested is not broken. */
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

/* A broken line that bends for the worse, at a value that is worse than round 0's. */
static bool worsens(const spx_alarm *a, const spx_break *b, double value, double base)
{
    const double sign = a->falls ? -1 : 1;
    return b->found && sign * (b->after - b->before) > 0 &&
           sign * (value - base) > SPX_ALARM_LEAST * fabs(base);
}

spx_status spx_alarm_find(const spx_alarm *a, spx_alarm_rule rule, const double *x, const double *y,
                          size_t n, size_t *out, spx_error *err)
{
    *out = SPX_NEVER;
    for (size_t t = 0; t < n && *out == SPX_NEVER; t++) {
        spx_break b = {.found = false};
        if (isnan(y[t])) continue;
        if (rule == SPX_ALARM_CHANGE) {
            const spx_status st = spx_break_find(x, y, t + 1, &b, err);
            if (st != SPX_OK) return st;
        }
        if (rule == SPX_ALARM_CHANGE ? worsens(a, &b, y[t], y[0]) : crosses(a, y[t], y[0]))
            *out = t;
    }
    return SPX_OK;
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
