/* run_file.h: what the report reads of a run file. */
#ifndef SPX_REPORT_RUN_FILE_H
#define SPX_REPORT_RUN_FILE_H

#include "spx/store.h"

/* Room for the path of a file in a folder of results. */
#define RUN_FILE_PATH 4096

/* True if st is no success: for what a report leaves out where a run file lacks it. A failure of
 * memory is noted (spx_file_trouble), so that nothing is kept that lacks something for its sake; so
 * has the store noted one of reading. */
bool run_file_lacks(spx_status st);

/* Copies the text of a root attribute into out, which keeps what it holds where there is none. */
void run_file_text(const spx_store *s, const char *attribute, char *out, size_t size);

/* True if the run's edits were written as they were solved: its filter is "none" or not recorded.
 * A filter whose name only begins like that ("norm-cap") is a filter. */
bool run_file_unfiltered(const spx_store *s);

/* The value of a series ("evaluation", "perplexity") at a stage; NaN if there is none. */
double run_file_value(const spx_store *s, const char *group, const char *name, size_t stage);

/* The edits made by a stage; by each stage, out[stage]. */
SPX_CHECKED spx_status run_file_edits_at(const spx_store *s, size_t stage, double *out,
                                         spx_error *err);
SPX_CHECKED spx_status run_file_edits(const spx_store *s, double *out, spx_error *err);

#endif
