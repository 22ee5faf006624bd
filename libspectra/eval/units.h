/* units.h: the packed batches of an evaluation, one by one, so that processes can share them. */
#ifndef SPX_EVAL_UNITS_H
#define SPX_EVAL_UNITS_H

#include "spx/metrics.h"

/* A pass over a part of an evaluation in which every call of the model is a unit. Without one
 * (NULL) the model answers everything. */
typedef struct units {
    enum { UNITS_COUNT, UNITS_ASK_ONE, UNITS_JOIN } mode;
    size_t next;           /* units that came before in this pass */
    spx_eval_unit **found; /* UNITS_COUNT: grows by each */
    size_t *count, *room;
    size_t part;
    size_t one;            /* UNITS_ASK_ONE: the unit; all others score 0 */
    spx_bytes *answer;     /* its answers are appended to this */
    spx_eval_given *given; /* UNITS_JOIN: reads the answers of a unit */
    void *arg;
    size_t first; /* of all units, the first one of the part */
} units;

/* What to do with the next unit: ask the model, pass over it, or read its answers. */
typedef enum unit_turn { UNIT_ASK, UNIT_PASS, UNIT_READ } unit_turn;
/* `rows`: tokens of the unit that pass through the model. */
SPX_CHECKED spx_status units_turn(units *u, size_t rows, unit_turn *turn, spx_reader *from,
                                  spx_error *err);
/* SPX_EFORMAT unless the answers of a unit are whole and were all read. */
SPX_CHECKED spx_status units_check(bool whole, spx_error *err);

#endif
