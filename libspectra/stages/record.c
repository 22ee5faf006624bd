/* record.c: the weights of a stage, kept in a run file. */
#include "spx/record.h"

#include <stdio.h>

spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                             const float *w, size_t rows, size_t cols, spx_error *err)
{
    char group[600];
    snprintf(group, sizeof group, "snapshots/%s", stage);
    return spx_store_put_floats(store, group, tensor, w, rows, cols, err);
}
