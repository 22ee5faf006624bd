/* names.c: choices by name. */
#include "spx/base.h"

#include <stdio.h>
#include <string.h>

spx_status spx_find_name(const char *what, const char *name, spx_name_fn *name_of,
                         const void *table, size_t *out, spx_error *err)
{
    char known[400] = "";
    const char *row = NULL;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++) {
        const size_t used = strlen(known);
        *out = i;
        if (strcmp(row, name) == 0) return SPX_OK;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", row);
    }
    return SPX_FAIL(err, SPX_EINVAL, "no %s '%s'; there are: %s", what, name, known);
}
