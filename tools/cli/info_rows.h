/* info_rows.h: what spx-info prints, on standard output. */
#ifndef SPX_TOOLS_INFO_ROWS_H
#define SPX_TOOLS_INFO_ROWS_H

#include "spx/difference.h"
#include "spx/inspect.h"

/* A tensor and its place; of a companion, the weight that it belongs to and what it is there. */
typedef struct info_row {
    const spx_tensor *t, *of;
    const char *role;
    long layer;
    bool in_out;
} info_row;
void info_print_row(const info_row *x, const char *hash, const spx_range *r);
/* An spx_fault_fn. */
void info_print_fault(const spx_ckpt *c, const char *tensor, const char *what, size_t count);
void info_print_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d);
/* What is wrong with a dataset of an HDF5 file; `file` points to its name. An spx_store_fault. */
void info_print_damage(void *file, const char *dataset, const char *what);

#endif
