/* alarm_table.h: how early each spectral number of each arm warned, and what came of it in all. */
#ifndef SPX_REPORT_ALARM_TABLE_H
#define SPX_REPORT_ALARM_TABLE_H

#include "report/figures.h"

#include "spx/alarms.h"
#include "spx/outcome.h"

/* One number of one arm under one rule. */
typedef struct warning {
    size_t arm, number; /* from 0; of spx_alarms */
    spx_alarm_rule rule;
    spx_breakdown behaviour;
    size_t alarm; /* a round or SPX_NEVER */
    spx_verdict verdict;
} warning;

/* A number under a rule over all arms and seeds. */
typedef struct warning_count {
    size_t number;
    spx_alarm_rule rule;
    size_t of[SPX_VERDICTS];
    double lead; /* median over the arms that were warned, in rounds; NaN if none was */
} warning_count;

/* Numbers (means over the tensors that are meant) of the arms that are shown and whose behaviour
 * was tested behind round 0; a number that an arm does not have is left out. *rows: *n of them by
 * arm, number and rule, in tmp. */
SPX_CHECKED spx_status warnings_read(const arms *a, warning **rows, size_t *n, spx_scratch *tmp,
                                     spx_error *err);
/* The rows counted: by number and rule, those that occur. In tmp. */
SPX_CHECKED spx_status warnings_count(const warning *rows, size_t n, warning_count **out,
                                      size_t *count, spx_scratch *tmp, spx_error *err);
/* Rounds from the alarm to the round in which behaviour is found broken; NaN where either is
 * missing. Where not every round is tested it may be too long by broken - sound - 1. */
double warnings_lead(const warning *w);
/* "level", "change". */
const char *warnings_rule(spx_alarm_rule rule);

/* The counts of a plan's arms; *n = 0 where spectra and behaviour were not both followed. */
SPX_CHECKED spx_status warnings_of_outcome(const spx_outcome *o, warning_count **out, size_t *n,
                                           spx_scratch *tmp, spx_error *err);

/* Table of the rows, as spx-plot leaves it beside the figure; of the counts. Tab-separated. */
void warnings_write_rows(FILE *to, const arms *a, const warning *rows, size_t n);
void warnings_write_counts(FILE *to, const warning_count *c, size_t n);

#endif
