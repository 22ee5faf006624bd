/* info_rows.h: what spx-info prints, on standard output. */
#ifndef SPX_TOOLS_INFO_ROWS_H
#define SPX_TOOLS_INFO_ROWS_H

#include "cli.h"

#include "spx/difference.h"
#include "spx/inspect.h"

/* A tensor and its place; of a companion, the weight that it belongs to and what it is there. */
typedef struct info_row {
    const spx_tensor *t, *of;
    const char *role;
    long layer;
    bool in_out;
} info_row;
/* Of the tables that these print. */
extern const cli_view info_views[];
void info_print_row(const info_row *x, const char *hash, const spx_range *r);
/* An spx_fault_fn. */
void info_print_fault(const spx_ckpt *c, const char *tensor, const char *what, size_t count);
/* The headings of differences, the first time; `several` later checkpoints. */
void info_print_columns(bool several);
/* `later` names the checkpoint of u if there are several; NULL otherwise. */
void info_print_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d,
                           const char *later);
/* That n tensors are the same in both, for people. */
void info_print_same(size_t n, const char *later);
/* What is wrong with a dataset of an HDF5 file; `file` points to its name. An spx_store_fault. */
void info_print_damage(void *file, const char *dataset, const char *what);

#endif
