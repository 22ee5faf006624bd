/* spx/generate.h: greedy continuation of one prompt. */
#ifndef SPX_GENERATE_H
#define SPX_GENERATE_H

#include "spx/model.h"

/* Appends up to `extra` ids to id[0 .. n): the argmax each time, one row a step on a cache. id has
 * room for n + extra. Cost: one pass of the prompt and `extra` passes of a row. */
SPX_CHECKED spx_status spx_generate_greedy(const spx_model *m, int32_t *id, size_t n, size_t extra,
                                           spx_error *err);

#endif
