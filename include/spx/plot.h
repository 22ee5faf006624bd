/* spx/plot.h: gnuplot through a pipe. */
#ifndef SPX_PLOT_H
#define SPX_PLOT_H

#include "spx/mat.h"

/* A gnuplot process being fed. Text is quoted by these functions, never by the caller. */
typedef struct spx_plot spx_plot;

/**
 * Starts gnuplot. The ending of `output` chooses its terminal:
 *
 *     .pdf .svg .png .eps   a picture
 *     .tex                  LaTeX by cairolatex: text, with lines in NAME-inc.pdf beside it
 *     .gp                   no picture but the script of one, whole: `gnuplot NAME.gp` makes NAME.pdf,
 *                           `gnuplot -e "output = 'x.png'" NAME.gp` a picture of that kind
 *     NULL                  characters on standard output
 *
 * The picture is written to output.part and put in place by spx_plot_close. SIGPIPE is ignored
 * until then.
 *
 * @param[in]  width, height  in centimetres.
 * @param[out] out            release with spx_plot_close.
 * @return SPX_OK; SPX_EINVAL for another ending or too long a path; SPX_EIO if no process or no
 *         file can be made; SPX_ENOMEM. That gnuplot is missing is found by spx_plot_close.
 */
SPX_CHECKED spx_status spx_plot_open(const char *output, double width, double height,
                                     spx_plot **out, spx_error *err);
/* A plot that takes everything and draws nothing, without gnuplot: for finding out whether there is
 * something to draw. Release with spx_plot_close. */
SPX_CHECKED spx_status spx_plot_rehearse(spx_plot **out, spx_error *err);
/* Sets a gnuplot variable, for templates to use; text for LaTeX is escaped. */
void spx_plot_set_text(spx_plot *p, const char *name, const char *text);
void spx_plot_set_number(spx_plot *p, const char *name, double value);
/* font_name and points, for templates: a font, "" for the usual one, and its size in points, in the
 * terminal's units. */
void spx_plot_set_font(spx_plot *p, const char *name, double points);
/* An inline data block $name: one row a line, columns separated by tabs, what is not finite as
 * "NaN". */
void spx_plot_data(spx_plot *p, const char *name, const spx_mat *A);
/* Runs the commands of a file; a script takes them in. */
void spx_plot_load(spx_plot *p, const char *path);
/**
 * Ends gnuplot, waits for it and puts the picture in place; p is released in any case. Of a
 * script that is not to be kept, err is NULL.
 *
 * @return SPX_OK; SPX_ENOTFOUND if gnuplot could not be started; SPX_EIO with gnuplot's first
 *         complaint if it failed or drew nothing. On failure the file at `output` is untouched.
 */
SPX_CHECKED spx_status spx_plot_close(spx_plot *p, spx_error *err);

#endif
