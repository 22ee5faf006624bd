/* target_rules.c: the table of rules for targets (spx/targets.h), and which editors may take one.
 */
#include "spx/edit.h"

#include <string.h>

static const spx_target_rule table[] = {
    {.name = "spread",
     .summary = "searched at the last layer, divided among the layers left",
     .source = "Meng et al. 2023, Eq. 16 and 20",
     .search = SPX_SEARCH_LAST},
    {.name = "fe",
     .summary = "searched at the first layer, replayed for the later ones, not divided",
     .source = "From Backward Spreading to Forward Replay, ICML 2026",
     .search = SPX_SEARCH_FIRST},
    {.name = "blue",
     .summary = "searched at the first and the last layer, which alone are edited, not divided",
     .source = "BLUE, NeurIPS 2025",
     .search = SPX_SEARCH_EACH},
    {.name = "nas",
     .summary = "as spread, every value at the norm that values have on the original model",
     .source = "arXiv 2602.02543",
     .search = SPX_SEARCH_LAST,
     .normed = true},
};

const spx_target_rule *spx_target_rules(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

const char *spx_target_rule_name(const void *unused, size_t i)
{
    (void)unused;
    return i < sizeof table / sizeof *table ? table[i].name : NULL;
}

spx_status spx_editor_rule(const spx_editor *e, const char *name, const spx_target_rule **out,
                           spx_error *err)
{
    size_t i = 0;
    *out = NULL;
    const spx_status st =
        name ? spx_find_name("target rule", name, spx_target_rule_name, NULL, &i, err) : SPX_OK;
    if (st != SPX_OK) return st;
    const spx_target_rule *r = &table[i];
    const bool searches = !e->train && !e->gains;
    if (name && !searches)
        return SPX_FAIL(err, SPX_EINVAL,
                        "editor %s searches no targets, so it takes no rule for them, such as %s",
                        e->name, name);
    if (e->one_layer && r->search != SPX_SEARCH_LAST)
        return SPX_FAIL(err, SPX_EINVAL,
                        "editor %s writes one layer; target rule %s is for several", e->name, name);
    if (e->original_targets && r->search == SPX_SEARCH_EACH)
        return SPX_FAIL(err, SPX_EINVAL,
                        "editor %s takes its targets from the original model; target rule %s "
                        "searches them after every write",
                        e->name, name);
    if (searches) *out = r;
    return SPX_OK;
}
