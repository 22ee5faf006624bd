/* layer_list.c: lists of layers as users write them. */
#include "spx/layer_list.h"

#include "spx/names.h"

#include <stdio.h>

/* A layer or a range of layers at *text, which moves past it, appended to the list. */
static bool read_range(const char **text, size_t *layer, size_t most, size_t *n)
{
    size_t first = 0, last = 0;
    if (!spx_count_read(text, &first)) return false;
    last = first;
    if (**text == '-') {
        ++*text;
        if (!spx_count_read(text, &last)) return false;
    }
    if (last < first || last - first >= most - *n) return false;
    if (*n > 0 && first <= layer[*n - 1]) return false;
    for (size_t l = first; l <= last; l++) layer[(*n)++] = l;
    return true;
}

spx_status spx_layers_parse(const char *text, size_t *layer, size_t most, size_t *n, spx_error *err)
{
    const char *at = text;
    *n = 0;
    while (read_range(&at, layer, most, n)) {
        if (*at == '\0') return SPX_OK;
        if (*at++ != ',') break;
    }
    return SPX_FAIL(err, SPX_EINVAL,
                    "invalid layer list '%s' (expected at most %zu, ascending, e.g. 6-10 or "
                    "3,5,8-9)",
                    text, most);
}

void spx_layers_text(const size_t *layer, size_t n, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? "," : "", layer[i]);
}
