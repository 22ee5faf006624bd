/* archive.h: checkpoints that are zip archives; archive.c tells which kind. */
#ifndef SPX_FILES_ARCHIVE_H
#define SPX_FILES_ARCHIVE_H

#include "files/zip.h"

/* Appends the tensors of an archive. z is closed afterwards: what stays must lie in the map or be
 * owned by c. */
typedef spx_status archive_read(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err);
archive_read archive_npz, archive_torch;

#endif
