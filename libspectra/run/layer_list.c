/* layer_list.c: a choice of layers. */
#include "spx/layer_list.h"

#include <ctype.h>
#include <stdlib.h>

/* A number at *text, which moves behind it; false if there is none. */
static int number(const char **text, size_t *out)
{
    if (!isdigit((unsigned char)**text)) return 0;
    char *end = NULL;
    *out = (size_t)strtoul(*text, &end, 10);
    *text = end;
    return 1;
}

spx_status spx_layers_parse(const char *text, size_t *layer, size_t most, size_t *n, spx_error *err)
{
    const char *at = text;
    *n = 0;
    for (;;) {
        size_t first = 0, last = 0;
        if (!number(&at, &first)) break;
        last = first;
        if (*at == '-' && (at++, !number(&at, &last))) break;
        if (last < first || last - first >= most - *n) break;
        if (*n > 0 && first <= layer[*n - 1]) break;
        for (size_t l = first; l <= last; l++) layer[(*n)++] = l;
        if (*at == '\0') return SPX_OK;
        if (*at++ != ',') break;
    }
    return SPX_FAIL(err, SPX_EINVAL,
                    "'%s' is no ascending choice of layers such as 6-10 or 3,5,8-9", text);
}
