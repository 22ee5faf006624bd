/* change_maps.h: where the change of an arm's last matrix lies, as spx-compare maps it. */
#ifndef SPX_REPORT_CHANGE_MAPS_H
#define SPX_REPORT_CHANGE_MAPS_H

#include "report/run_file.h"

#include "spx/outcome.h"

/* FOLDER/maps/ARM.h5 */
void change_maps_path(const spx_outcome *o, size_t arm, char out[RUN_FILE_PATH]);

/* Makes it by spx-compare, unless it is newer than the arm's run file. */
SPX_CHECKED spx_status change_maps_make(const spx_outcome *o, size_t arm, spx_error *err);

#endif
