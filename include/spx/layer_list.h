/* spx/layer_list.h: lists of layers as users write them: "6-10", "3,5,8-9". */
#ifndef SPX_LAYER_LIST_H
#define SPX_LAYER_LIST_H

#include "spx/base.h"

/* Reads ascending layer numbers into layer[0 .. *n - 1]; at most `most` of them. SPX_EINVAL with
 * the text if it is not such a list. */
SPX_CHECKED spx_status spx_layers_parse(const char *text, size_t *layer, size_t most, size_t *n,
                                        spx_error *err);
/* The list as text, number by number: "6,7,8"; cut where it is longer than size - 1. */
void spx_layers_text(const size_t *layer, size_t n, char *out, size_t size);

#endif
