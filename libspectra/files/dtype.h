/* dtype.h: sizes of storage types. */
#ifndef SPX_FILES_DTYPE_H
#define SPX_FILES_DTYPE_H

#include "spx/ckpt.h"

/* Values and bytes of one block of a type; a plain type's block is one value. */
size_t dtype_values(spx_dtype t);
size_t dtype_bytes(spx_dtype t);

#endif
