/* spectrum_rows.h: what spx-spectrum prints, on cli.out. */
#ifndef SPX_TOOLS_SPECTRUM_ROWS_H
#define SPX_TOOLS_SPECTRUM_ROWS_H

#include "cli.h"

#include "spx/measure.h"

/* Of the tables that these print. */
extern const cli_view spectrum_views[];
/* --values: every singular value. */
void spectrum_print_values(const spx_source *s, const spx_tensor *t, const spx_svd *f);
/* Every number of a spectrum, a row each, with those of its shuffled entries if `null`. */
void spectrum_print_numbers(const spx_source *s, const spx_tensor *t, const spx_stage_numbers *n,
                            bool null);

#endif
