/* json_python.h: JSON as Python's json module writes it. */
#ifndef SPX_BASE_JSON_PYTHON_H
#define SPX_BASE_JSON_PYTHON_H

#include "spx/bytes.h"

/* The only member of an object that stands for NaN or an infinity: its text is "nan", "inf" or
 * "-inf". No file that is read so has such a key. */
#define JSON_PYTHON_MARKER "\\u0001"
#define JSON_PYTHON_KEY    "\001"

/* Appends the text with each NaN, Infinity, -Infinity and number that exceeds doubles replaced by
 * such an object, and whole numbers that exceed 64 bits written as reals; what is no JSON stays so.
 * changed: whether anything was. */
SPX_CHECKED spx_status json_from_python(const char *text, size_t len, spx_bytes *out, bool *changed,
                                        spx_error *err);

#endif
