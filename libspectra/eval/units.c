/* units.c: which units of a pass the model answers. */
#include "eval/units.h"

#include "eval/records.h"

static spx_status list_unit(units *u, size_t rows, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(ARRAY_GROW(u->found, u->room, *u->count, err));
    (*u->found)[(*u->count)++] = (spx_eval_unit){u->part, u->next, (double)rows};
out:
    return st;
}

spx_status units_turn(units *u, size_t rows, unit_turn *turn, spx_reader *from, spx_error *err)
{
    spx_status st = SPX_OK;
    *turn = UNIT_ASK;
    if (!u) return SPX_OK;
    if (u->mode != UNITS_ASK_ONE || u->next != u->one) *turn = UNIT_PASS;
    if (u->mode == UNITS_COUNT) SPX_TRY(list_unit(u, rows, err));
    if (u->mode == UNITS_JOIN) {
        *turn = UNIT_READ;
        SPX_TRY(u->given(u->first + u->next, from, u->arg, err));
    }
    u->next++;
out:
    return st;
}

spx_status units_check(bool whole, spx_error *err)
{
    return whole ? SPX_OK
                 : SPX_FAIL(err, SPX_EFORMAT, "the answers of a batch do not match its questions");
}
