/* spx/alarms.h: whether a spectral number gives warning before a model's behaviour breaks. */
#ifndef SPX_ALARMS_H
#define SPX_ALARMS_H

#include "spx/base.h"

#include <stdbool.h>
#include <stdint.h>

/* Rounds are counted from 0, the unedited model. */
#define SPX_NEVER SIZE_MAX

/* What the model could do after each of n rounds; NaN where a round was not tested. */
typedef struct spx_behaviour {
    const double *perplexity, *success; /* success in percent, of facts or of zsRE's questions */
    size_t n;
} spx_behaviour;

/* Behaviour is broken in a round whose perplexity exceeds SPX_BROKEN_PERPLEXITY times round 0's, or
 * whose success is SPX_BROKEN_SUCCESS points or more under the best of the rounds before it. */
#define SPX_BROKEN_PERPLEXITY 2.0
#define SPX_BROKEN_SUCCESS    10.0

typedef struct spx_breakdown {
    bool tested;  /* some round after round 0 has a number */
    size_t sound; /* the last tested round before `at`, or of all: behaviour breaks after it */
    size_t at;    /* the first round that is broken; SPX_NEVER */
} spx_breakdown;

/* When behaviour breaks by either measure; a round that was not tested is not broken. */
spx_breakdown spx_breakdown_find(const spx_behaviour *b);

/* A number and the level at which it gives alarm. The levels are conventions of this table, the
 * same for every run: half of a similarity; a loss of a tenth of the protected gain or energy; a
 * change of a norm or rank by a fifth. */
typedef struct spx_alarm {
    const char *name, *title; /* as in a run file; for a figure */
    bool ratio;               /* its ratio to round 0's is compared, else the number itself */
    bool falls;               /* it gives alarm below the level, else above it */
    double level;
} spx_alarm;
/* The table of *n numbers. Static storage. */
const spx_alarm *spx_alarms(size_t *n);

/*
 * Two rules that give alarm in round t, knowing a number's rounds 0 .. t alone.
 *
 *     level    the level is crossed
 *     change   spx_break_find finds a break in rounds 0 .. t (6 at least), after which the number
 *              gets worse faster; and the number is worse than in round 0 by more than
 *              SPX_ALARM_LEAST of that value, which rounding alone does not do
 */
typedef enum spx_alarm_rule { SPX_ALARM_LEVEL, SPX_ALARM_CHANGE, SPX_ALARM_RULES } spx_alarm_rule;
#define SPX_ALARM_LEAST 0.01

/**
 * The first round in which a number gives alarm by a rule. No later round is looked at, so this is
 * what was known at the time.
 *
 * @param[in]  x, y  n rounds: edits made, ascending, and the number; NaN where it was not measured.
 * @param[out] out   SPX_NEVER if there is no alarm.
 * @return SPX_OK; SPX_ENOMEM.
 *
 * Cost O(n) by level; by change up to n calls of spx_break_find, O(n^3) in all.
 */
SPX_CHECKED spx_status spx_alarm_find(const spx_alarm *a, spx_alarm_rule rule, const double *x,
                                      const double *y, size_t n, size_t *out, spx_error *err);

typedef enum spx_verdict {
    SPX_WARNED,      /* behaviour broke after the round of the alarm */
    SPX_LATE,        /* alarm in the round in which behaviour was found broken, or later */
    SPX_MISSED,      /* behaviour broke without an alarm */
    SPX_FALSE_ALARM, /* alarm, but behaviour did not break as far as the run goes */
    SPX_QUIET,       /* neither */
    SPX_VERDICTS
} spx_verdict;

/* What an alarm in a round (SPX_NEVER: none) was worth. */
spx_verdict spx_warning_judge(const spx_breakdown *b, size_t alarm);
/* "warned", "late", "missed", "false alarm", "quiet". Static storage. */
const char *spx_verdict_name(spx_verdict v);

#endif
