/* spx/spx.h: every public header of the library, in the order of its rooms; for C++ as well, which
 * includes this one.
 *
 *     cc program.c $(pkg-config --cflags --libs spx)
 *
 * Functions that can fail return an spx_status and fill an spx_error; outputs are written on
 * success only. Matrices are dense, of doubles, row by row. The library never prints, exits or
 * reads the environment for its numbers. */
#ifndef SPX_SPX_H
#define SPX_SPX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* base */
#include "spx/base.h"
#include "spx/bytes.h"
#include "spx/data.h"
#include "spx/extremes.h"
#include "spx/file.h"
#include "spx/names.h"
#include "spx/notify.h"
#include "spx/output.h"
#include "spx/rng.h"
#include "spx/unfinished.h"
#include "spx/version.h"

/* linear */
#include "spx/linalg.h"
#include "spx/mat.h"
#include "spx/panels.h"
#include "spx/parallel.h"
#include "spx/products.h"
#include "spx/update.h"

/* files */
#include "spx/adapter.h"
#include "spx/arch.h"
#include "spx/ckpt.h"
#include "spx/export.h"
#include "spx/json.h"
#include "spx/row_order.h"
#include "spx/store.h"

/* work */
#include "spx/child.h"
#include "spx/comm.h"
#include "spx/items.h"
#include "spx/journal.h"
#include "spx/shards.h"

/* spectra */
#include "spx/chance.h"
#include "spx/change.h"
#include "spx/nullband.h"
#include "spx/perturb.h"
#include "spx/rounding.h"
#include "spx/shuffled.h"
#include "spx/spectrum.h"
#include "spx/subspace.h"
#include "spx/svd.h"

/* filter */
#include "spx/filter.h"

/* stages */
#include "spx/attribution.h"
#include "spx/by_edit.h"
#include "spx/difference.h"
#include "spx/filtered.h"
#include "spx/follow.h"
#include "spx/history.h"
#include "spx/inspect.h"
#include "spx/ledger.h"
#include "spx/lora.h"
#include "spx/measure.h"
#include "spx/pairing.h"
#include "spx/record.h"
#include "spx/repair.h"
#include "spx/replay.h"
#include "spx/rewrite.h"
#include "spx/sources.h"
#include "spx/stage.h"

/* model */
#include "spx/directions.h"
#include "spx/generate.h"
#include "spx/lens.h"
#include "spx/lm.h"
#include "spx/model.h"
#include "spx/tokenizer.h"

/* edit */
#include "spx/bundle.h"
#include "spx/covariance.h"
#include "spx/edit.h"
#include "spx/feedback.h"
#include "spx/finetune.h"
#include "spx/gradients.h"
#include "spx/keys.h"
#include "spx/prompts.h"
#include "spx/simie.h"
#include "spx/targets.h"
#include "spx/trace.h"

/* eval */
#include "spx/evaluate.h"
#include "spx/facts.h"
#include "spx/item_outcomes.h"
#include "spx/metric_families.h"
#include "spx/metrics.h"
#include "spx/paired.h"
#include "spx/statistics.h"
#include "spx/task_options.h"

/* run */
#include "spx/layer_list.h"
#include "spx/params.h"
#include "spx/plan.h"
#include "spx/plan_check.h"
#include "spx/plan_cost.h"
#include "spx/plan_fields.h"
#include "spx/plan_run.h"
#include "spx/presets.h"
#include "spx/run.h"
#include "spx/tune.h"

/* report */
#include "spx/alarms.h"
#include "spx/diagnosis.h"
#include "spx/figures.h"
#include "spx/outcome.h"
#include "spx/plot.h"

#ifdef __cplusplus
}
#endif

#endif
