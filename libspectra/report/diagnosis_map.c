/* diagnosis_map.c: where the change of the worst matrix lies on the grid of the base's directions.
 */
#include "report/diagnosis.h"

#include <assert.h>
#include <string.h>

/* The place of a tensor that is there. */
static size_t place_of(const spx_stage *s, const char *tensor)
{
    size_t i = 0;
    while (i < s->n && strcmp(s->tensor[i]->name, tensor) != 0) i++;
    assert(i < s->n);
    return i;
}

spx_status diagnosis_map(const spx_diagnosis_opts *o, const spx_diagnosis *d, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_stage base = {0}, later = {0};
    spx_stage_numbers numbers = {0};
    const spx_stage_opts maps = {.parts = SPX_MAPS, .dominant = o->dominant};
    size_t odd = 0;
    if (!o->store || d->n == 0) return SPX_OK;
    const char *tensor = d->matrix[0].tensor;
    SPX_TRY(spx_stage_open_base(&base, o->base, o->keep, NULL, err));
    SPX_TRY(spx_stage_open(&later, &o->stages[o->n - 1], &base, o->keep, &odd, err));
    SPX_TRY(spx_stage_compare(&base, &later, &base, place_of(&base, tensor), &maps, &numbers, err));
    SPX_TRY(spx_stage_record(o->store, tensor, o->n, &numbers, err));
out:
    spx_stage_numbers_free(&numbers);
    spx_stage_close(&later);
    spx_stage_close(&base);
    return st;
}
