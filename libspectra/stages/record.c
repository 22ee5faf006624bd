/* record.c: the weights of a stage, kept in a run file. */
#include "spx/record.h"

#include <stdio.h>

spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                             const float *w, size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[600], name[SPX_STORE_NAME];
    snprintf(group, sizeof group, "snapshots/%s", stage);
    SPX_TRY(spx_store_put_floats(store, group, spx_store_escape(tensor, name), w, rows, cols, err));
    SPX_TRY(spx_store_say_name(store, group, tensor, err));
out:
    return st;
}
