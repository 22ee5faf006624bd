/* stage_tables.h: what a plan's arms were at every stage, as tables that outlast their run files.
 */
#ifndef SPX_REPORT_STAGE_TABLES_H
#define SPX_REPORT_STAGE_TABLES_H

#include "spx/outcome.h"

/*
 * Writes into the outcome's folder, with rows that are told apart by arm, order (the fact that its
 * edits began with) and round:
 *
 *     arms.tsv     a row a metric of the evaluation at each stage that has it: value, interval, items
 *     items.tsv    of metrics whose items are right or wrong (item_outcomes.h) a row a stage: the id
 *                  of the first item, then by ascending ids 1, 0, or - for one not asked
 *     stages.tsv   a row a stage: what its round took, how many matrices were changed, and every number
 *                  of these, their mean; NAME_min and NAME_max of those that a figure draws with a
 *                  band, and NAME_ratio where it draws them in terms of the base's
 *
 * plots/claims.py computes from them; plots/earlier.py makes run files of them.
 */
SPX_CHECKED spx_status stage_tables_write(const spx_outcome *o, spx_error *err);

#endif
