/* page_run.c: spx-run(5), of the tables of quantities and of parameters. */
#include "pages.h"
#include "roff.h"

#include "spx/by_edit.h"
#include "spx/change.h"
#include "spx/filter.h"
#include "spx/metric_families.h"
#include "spx/params.h"
#include "spx/spectrum.h"
#include "spx/subspace.h"

#include <stdio.h>
#include <string.h>

typedef const spx_quantity *quantity_fn(size_t i);

static const spx_quantity *filter_quantity(size_t i)
{
    return i < SPX_FILTER_QUANTITIES ? &spx_filter_quantities()[i] : NULL;
}

static void print_quantities(const char *heading, const char *text, quantity_fn *at)
{
    const spx_quantity *q = NULL;
    char line[1024];
    printf(".Ss %s\n", heading);
    roff_text(text);
    roff_list_begin();
    for (size_t i = 0; (q = at(i)); i++) {
        const char *units = strcmp(q->units, "1") == 0 ? "" : q->units;
        snprintf(line, sizeof line, "%s%s%s (%s). Range: %s; %s.", q->long_name,
                 *units ? ", in " : "", units, q->source, q->range ? q->range : "any",
                 q->reading ? q->reading : "");
        roff_term("Va", q->name);
        roff_text(line);
    }
    roff_list_end();
}

static void print_layout(void)
{
    static const char *const rows[][2] = {
        {"/stage", "The axis of stages: number of edits made so far."},
        {"/stage_name", "Their names: base, r1, r2 and so on, or those of checkpoints."},
        {"GROUP/stage, GROUP/stage_name", "Both again, in every group with numbers along them."},
        {"tensors/NAME/QUANTITY", "A number of a matrix for each stage, or a row for each stage "
                                  "along sv (singular values) or direction (dominant ones)."},
        {"evaluation/METRIC", "A metric for each stage, its interval as METRIC_lo and METRIC_hi, "
                              "and the number of items."},
        {"item_outcomes/METRIC",
         "Of a metric whose items are right (1) or wrong (0): each of them, "
         "stage x METRIC_item, the axis of the items' ids; METRIC_set, an "
         "attribute of the group, is the file that they are from."},
        {"edits/QUANTITY", "What a round of edits did and took."},
        {"retention/METRIC", "Facts of every earlier round, tested again: stage x round."},
        {"snapshots/STAGE/NAME", "Weights of a stage, which RUN.h5#STAGE opens as a checkpoint."},
        {"ledger/NAME/STAGE", "Every change as factors A and B, from which any stage is rebuilt "
                              "bit for bit, with the ids of the records that it is for."},
    };
    roff_list_begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        roff_term("Pa", rows[i][0]);
        roff_text(rows[i][1]);
    }
    roff_list_end();
}

static void print_attributes(void)
{
    spx_param p;
    roff_section("ATTRIBUTES");
    roff_text("The root has the command line (history), version (source), BLAS, the model, its "
              "SHA-256 and those of all other inputs, and the parameters that decide the numbers:");
    roff_list_begin();
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        if (p.neutral) continue;
        roff_term("Va", p.name);
        roff_text(p.help);
    }
    roff_list_end();
}

static void print_families(void)
{
    spx_eval_family f[64];
    char line[512];
    size_t n = spx_eval_families(f, 64);
    printf(".Ss Metrics of evaluation\n");
    roff_text("The metrics of facts, and those of these families of tasks; they are defined in "
              "spx/metric_families.h.");
    roff_list_begin();
    for (size_t i = 0; i < n && i < 64; i++) {
        snprintf(line, sizeof line, "%s; reads %s", f[i].help, f[i].reads);
        roff_term("Va", f[i].name);
        roff_text(line);
    }
    roff_list_end();
}

void page_run(void)
{
    static const char *const pages[] = {"h5dump 1", "spx-compare 1", "spx-edit 1", "spx-plot 1",
                                        NULL};
    roff_begin("spx-run", "5", "run file: spectra, subspaces and abilities by stage");
    roff_section("DESCRIPTION");
    roff_text("A run file is HDF5 in the conventions of netCDF-4, which h5py, xarray and h5dump "
              "open. It has an axis of stages, and a group for each matrix. Each dataset has the "
              "attributes long_name, units and source; NaN stands for what is missing. A kill at "
              "any moment leaves the last stage that was complete.");
    print_layout();
    roff_section("QUANTITIES");
    print_quantities("Spectrum of a matrix", "In tensors/NAME.", spx_spectrum_metric);
    print_quantities("Subspaces of a matrix and its base",
                     "In tensors/NAME; NAME_null beside each is what rounding alone may give.",
                     spx_subspace_metric);
    print_quantities("By dominant direction", "In tensors/NAME, stage x direction.",
                     spx_subspace_row);
    print_quantities("Change from the base", "In tensors/NAME.", spx_change_metric);
    print_quantities("What a filter took out", "In tensors/NAME.", filter_quantity);
    print_quantities("By edit", "Columns of what spx-compare --by-edit prints.",
                     spx_by_edit_column);
    print_families();
    print_attributes();
    roff_see_also(pages);
}
