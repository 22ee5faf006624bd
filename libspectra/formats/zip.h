/* zip.h: the entries of a zip archive that lies in a mapped file. */
#ifndef SPX_FORMATS_ZIP_H
#define SPX_FORMATS_ZIP_H

#include "formats/format.h"

typedef struct zip_reader zip_reader;

/* SPX_EFORMAT if the archive is damaged, or names an entry by a path that leaves it. */
SPX_CHECKED spx_status zip_reader_open(const part *p, zip_reader **out, spx_error *err);
void zip_reader_close(zip_reader *z);

size_t zip_reader_count(const zip_reader *z);
const char *zip_reader_name(const zip_reader *z, size_t i);
/* Finds the entry of that name; false if there is none. */
bool zip_reader_find(const zip_reader *z, const char *name, size_t *i);

/* Finds the first entry whose path ends with that name; false if there is none. */
bool zip_reader_find_base(const zip_reader *z, const char *name, size_t *i);

/* Bytes of entry i. A stored entry is returned where it lies in the map, and *owned is NULL; a
 * deflated one is expanded into *owned, which the caller frees with spx_free, and checked by CRC.
 * All entries together may expand to 1 GiB or, if that is more, 20 times the archive's size.
 * SPX_EUNSUP for encryption and for methods other than deflate. */
SPX_CHECKED spx_status zip_reader_bytes(zip_reader *z, size_t i, const unsigned char **data,
                                        size_t *size, void **owned, spx_error *err);

#endif
