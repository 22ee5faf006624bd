/* plot_files.h: a picture under its temporary name until gnuplot has written all of it. */
#ifndef SPX_REPORT_PLOT_FILES_H
#define SPX_REPORT_PLOT_FILES_H

#include "spx/base.h"

#include <stdbool.h>

/* NAME.pdf is written as NAME.pdf.part. NAME.tex names its other half, so both are written under
 * those names, NAME-inc.tex and NAME-inc.pdf, in a folder NAME.tex.part. All NULL: no file. */
typedef struct {
    char *output, *part;
    char *folder; /* LaTeX: where both of its files are written, and gnuplot works; else NULL */
} plot_files;

/* Names the files of `name`, with links resolved but for LaTeX, which reads the other half beside
 * the link. What was named is to be released also after a failure. */
SPX_CHECKED spx_status plot_files_name(plot_files *f, const char *name, bool latex, spx_error *err);
/* Puts a written picture in place, if its last 32 bytes hold `last`, and those of the other half
 * `half_last`: gnuplot does not ask whether its writes went well. */
SPX_CHECKED spx_status plot_files_put(const plot_files *f, const char *last, const char *half_last,
                                      spx_error *err);
/* Removes what was written under temporary names. */
void plot_files_discard(const plot_files *f);
void plot_files_release(plot_files *f);

#endif
