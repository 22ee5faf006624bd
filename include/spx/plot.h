/* spx/plot.h: gnuplot through a pipe. */
#ifndef SPX_PLOT_H
#define SPX_PLOT_H

#include "spx/mat.h"

/* A gnuplot process being fed. Text is quoted by these functions, never by the caller. */
typedef struct spx_plot spx_plot;

/**
 * Starts gnuplot with the terminal that output's ending names (pdf, svg, png; tex: cairolatex,
 * whose lines go to NAME-inc.pdf beside it; NULL: dumb terminal on standard output) and width x
 * height in centimetres. The picture is written to output.part and renamed by spx_plot_close.
 * @return SPX_OK; SPX_EINVAL for another ending; SPX_ENOTFOUND if gnuplot cannot be started.
 */
SPX_CHECKED spx_status spx_plot_open(const char *output, double width, double height,
                                     spx_plot **out, spx_error *err);
/* name = "text" / name = number, for the template's use. */
void spx_plot_set_text(spx_plot *p, const char *name, const char *text);
void spx_plot_set_number(spx_plot *p, const char *name, double value);
/* An inline data block $name, one row a line, columns tab-separated, NaN as "NaN". */
void spx_plot_data(spx_plot *p, const char *name, const spx_mat *A);
/* load 'path' */
void spx_plot_load(spx_plot *p, const char *path);
/* Ends gnuplot and waits. SPX_EIO with gnuplot's own first complaint if its status is not
 * 0 or no picture came out; then output is untouched. p is gone afterwards. */
SPX_CHECKED spx_status spx_plot_close(spx_plot *p, spx_error *err);

#endif
