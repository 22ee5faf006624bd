/* csv.h: comma-separated values (RFC 4180); quoted fields may hold commas, newlines and "". */
#ifndef SPX_EVAL_CSV_H
#define SPX_EVAL_CSV_H

#include "spx/base.h"

#include <stdbool.h>

enum { CSV_FIELDS = 16 };

/* One record, which begins on line `line`, from 1. Fields are borrowed for the call. */
typedef spx_status csv_fn(const char *const *field, size_t fields, size_t line, void *into,
                          spx_error *err);

/* Calls fn on each record until it fails or *stop is set. SPX_EFORMAT, with file and line, for more
 * than CSV_FIELDS fields, an unterminated quoted field, or text after a closing quote. */
SPX_CHECKED spx_status csv_each(const char *path, csv_fn *fn, void *into, const bool *stop,
                                spx_error *err);

#endif
