/* archive.h: readers of checkpoints that are zip archives; archive.c chooses between them. */
#ifndef SPX_FORMATS_ARCHIVE_H
#define SPX_FORMATS_ARCHIVE_H

#include "formats/zip.h"

/* Appends the tensors of an archive. z is closed afterwards: data must lie in the map of p or be
 * owned by c. */
typedef spx_status archive_read(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err);
archive_read archive_npz, archive_torch;

#endif
