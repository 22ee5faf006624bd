/* units.c: which units of a walk the model is asked. */
#include "eval/units.h"

#include "eval/records.h"

static spx_status count_one(units *u, size_t rows, spx_error *err)
{
    const spx_status st = array_grow(u->found, u->room, *u->count, sizeof **u->found, err);
    if (st == SPX_OK) (*u->found)[(*u->count)++] = (spx_eval_unit){u->part, u->next, (double)rows};
    return st;
}

spx_status units_turn(units *u, size_t rows, unit_turn *turn, spx_reader *from, spx_error *err)
{
    spx_status st = SPX_OK;
    *turn = UNIT_ASK;
    if (!u) return SPX_OK;
    if (u->mode != UNITS_ASK_ONE || u->next != u->one) *turn = UNIT_PASS;
    if (u->mode == UNITS_COUNT) st = count_one(u, rows, err);
    if (u->mode == UNITS_JOIN) {
        *turn = UNIT_READ;
        st = u->given(u->first + u->next, from, u->arg, err);
    }
    u->next++;
    return st;
}

spx_status units_check(bool whole, spx_error *err)
{
    return whole ? SPX_OK : SPX_FAIL(err, SPX_EFORMAT, "what a batch of questions gave is cut");
}
