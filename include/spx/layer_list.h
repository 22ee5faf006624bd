/* spx/layer_list.h: a choice of layers as users write it: "6-10", "3,5,8-9". */
#ifndef SPX_LAYER_LIST_H
#define SPX_LAYER_LIST_H

#include "spx/base.h"

/* Ascending layer numbers, at most `most`. SPX_EINVAL with the text if it is not such a choice. */
SPX_CHECKED spx_status spx_layers_parse(const char *text, size_t *layer, size_t most, size_t *n,
                                        spx_error *err);

#endif
