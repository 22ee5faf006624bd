/* units.h: the packed batches of an evaluation one by one, so that several processes share them. */
#ifndef SPX_EVAL_UNITS_H
#define SPX_EVAL_UNITS_H

#include "spx/metrics.h"

/* A walk through a part of an evaluation, of which every call that asks the model is cut into
 * units. Where there is none (NULL) the model is asked everything. */
typedef struct units {
    enum { UNITS_COUNT, UNITS_ASK_ONE, UNITS_JOIN } mode;
    size_t next;           /* units that came before in this walk */
    spx_eval_unit **found; /* UNITS_COUNT: grows by each */
    size_t *count, *room;
    size_t part;
    size_t one;            /* UNITS_ASK_ONE: the unit; all others answer as if they scored 0 */
    spx_bytes *answer;     /* and what it gives */
    spx_eval_given *given; /* UNITS_JOIN: what each gave, the part's first being `first` */
    void *arg;
    size_t first;
} units;

/* What is to be done about the unit that comes next, which costs so many rows of the model. */
typedef enum unit_turn { UNIT_ASK, UNIT_PASS, UNIT_READ } unit_turn;
SPX_CHECKED spx_status units_turn(units *u, size_t rows, unit_turn *turn, spx_reader *from,
                                  spx_error *err);
/* What a unit gave ends before its last answer, or is longer: SPX_EFORMAT. */
SPX_CHECKED spx_status units_check(bool whole, spx_error *err);

#endif
