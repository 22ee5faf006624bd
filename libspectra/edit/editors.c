/* editors.c: the table of closed-form editors. */
#include "edit/editors.h"

#include <stdio.h>
#include <string.h>

static const spx_editor table[] = {
    {"memit", spx_edit_memit_source, spx_edit_memit},
};

const spx_editor *spx_editors(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

spx_status spx_editor_find(const char *name, const spx_editor **out, spx_error *err)
{
    char known[256] = "";
    *out = NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0) *out = &table[i];
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", table[i].name);
    }
    if (*out) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "no editor '%s'; there are: %s", name, known);
}
