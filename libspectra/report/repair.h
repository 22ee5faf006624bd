/* repair.h: what the files of a repair share. */
#ifndef SPX_REPORT_REPAIR_H
#define SPX_REPORT_REPAIR_H

#include "spx/repair.h"

/* Group "repair" of o->store, which has a stage a row. */
SPX_CHECKED spx_status repair_record(const spx_repair_opts *o, const spx_repair *r, spx_error *err);

#endif
