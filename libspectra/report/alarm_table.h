/* alarm_table.h: how early each spectral number of each arm warned, and what came of it in all. */
#ifndef SPX_REPORT_ALARM_TABLE_H
#define SPX_REPORT_ALARM_TABLE_H

#include "report/figures.h"
#include "report/table.h"

#include "spx/alarms.h"

/* One number of one arm under one rule. */
typedef struct alarm_row {
    size_t arm, number; /* from 0; index into spx_alarms */
    spx_alarm_rule rule;
    spx_breakdown behaviour;
    size_t alarm; /* a round or SPX_NEVER */
    spx_verdict verdict;
} alarm_row;

/* A number under a rule over all arms and seeds. */
typedef struct alarm_count {
    size_t number;
    spx_alarm_rule rule;
    size_t of[SPX_VERDICTS];
    double lead; /* median over the arms that were warned, in rounds; NaN if none was */
} alarm_count;

/* Numbers (means over the tensors that count) of the arms that are shown and whose behaviour was
 * tested after round 0; a number that an arm does not have is left out. *rows: *n of them by arm,
 * number and rule, in tmp. */
SPX_CHECKED spx_status alarm_table_read(const arms *a, alarm_row **rows, size_t *n,
                                        spx_scratch *tmp, spx_error *err);
/* The rows counted by number and rule; those that do not occur are left out. In tmp. */
SPX_CHECKED spx_status alarm_table_count(const alarm_row *rows, size_t n, alarm_count **out,
                                         size_t *count, spx_scratch *tmp, spx_error *err);
/* The counts of a plan's arms; *n = 0 where spectra and behaviour were not both followed. In
 * tmp. */
SPX_CHECKED spx_status alarm_table_of_outcome(const spx_outcome *o, alarm_count **out, size_t *n,
                                              spx_scratch *tmp, spx_error *err);

/* Rounds from the alarm to the round in which behaviour is found broken; NaN where either is
 * missing. Where not every round is tested it may be too long by broken - sound - 1. */
double alarm_table_lead(const alarm_row *w);

/* The rows as TSV, as spx-plot writes them beside the figure. */
void alarm_table_write_rows(FILE *to, const arms *a, const alarm_row *rows, size_t n);
/* The counts: TSV calls numbers as run files do, the other forms as figures do. */
void alarm_table_write_counts(FILE *to, table_form form, const alarm_count *c, size_t n);

#endif
