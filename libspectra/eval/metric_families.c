/* metric_families.c: the table of families. */
#include "spx/metric_families.h"

#include "eval/family.h"

#define FAMILY_ROW(name) &family_##name,
static const family *const families[] = {EVAL_FAMILIES(FAMILY_ROW)};
static const size_t family_count = sizeof families / sizeof *families;

size_t spx_eval_families(spx_eval_family *out, size_t most)
{
    for (size_t i = 0; i < family_count && i < most; i++)
        out[i] = (spx_eval_family){
            .name = families[i]->name, .reads = families[i]->reads, .help = families[i]->help};
    return family_count;
}

static const char *family_name(const void *table, size_t i)
{
    (void)table;
    return i < family_count ? families[i]->name : NULL;
}

spx_status family_find(const char *name, const family **out, spx_error *err)
{
    size_t i = 0;
    const spx_status st = spx_find_name("task", name, family_name, NULL, &i, err);
    *out = st == SPX_OK ? families[i] : NULL;
    return st;
}

const spx_quantity *family_quantity(size_t i)
{
    for (size_t f = 0; f < family_count; f++) {
        size_t n = 0;
        while (families[f]->quantity(families[f]->variant, n)) n++;
        if (i < n) return families[f]->quantity(families[f]->variant, i);
        i -= n;
    }
    return NULL;
}
