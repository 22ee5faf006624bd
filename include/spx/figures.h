/* spx/figures.h: figures of run files, drawn by gnuplot. */
#ifndef SPX_FIGURES_H
#define SPX_FIGURES_H

#include "spx/names.h"

/* One kind of figure. */
typedef struct spx_figure {
    const char *name;          /* "spectrum" */
    const char *summary;       /* what it shows, in a few words, for a list of figures */
    const char *caption;       /* whole sentences, for a report */
    const char *template_file; /* its file in a folder of templates, beside style.gp */
    const char *metric;  /* what it shows unless another is asked for; NULL: there is no choice */
    const char *picture; /* the drawing of it that the project's pages show, as PLAN/FILE without
                             ending in a folder of results; NULL: none */
} spx_figure;

/* Row i of the table of figures, in the order of a report; NULL past the last one. Static
 * storage. */
const spx_figure *spx_figure_at(size_t i);

/* The figure of that name. SPX_EINVAL names those that exist. */
SPX_CHECKED spx_status spx_figure_find(const char *name, const spx_figure **out, spx_error *err);

/*
 * How figures look, from a text file of lines `key = value`; empty lines and lines that begin with
 * "#" are skipped. What a file does not say stays as it is.
 *
 *     key      | value
 *     ---------|------------------------------------------------------------------------------
 *     font     | the name of a font [DejaVu Sans; with LaTeX the document's]
 *     size     | its size in points, 4 to 30 [8, under a width of 10 cm 7]
 *     height   | of the figure in cm, 2 to 100
 *     colours  | up to eight of #rrggbb, for the arms or filters in their order [Okabe and Ito's]
 *     panels   | the quantities shown, in that order, of a figure with a panel a quantity: svs lss_g
 *     limits   | QUANTITY LOW HIGH: the ends of that panel's axis; may be said of several quantities
 *     legend   | top, above all panels; inside the first one; or none [top]
 */
typedef struct spx_figure_style {
    char font[64], legend[16], panels[256];
    double size, height; /* 0: not said */
    char colour[8][8];
    size_t colours;
    struct {
        char quantity[64];
        double low, high;
    } limits[16];
    size_t limited;
} spx_figure_style;

/* Reads such a file. SPX_EINVAL names file, line and what was expected there; SPX_EIO. */
SPX_CHECKED spx_status spx_figure_style_read(const char *path, spx_figure_style *out,
                                             spx_error *err);

typedef struct spx_figure_opts {
    const char *output; /* .pdf, .svg, .png, .eps, .tex, or .gp, the gnuplot script of a PDF with
                                 its data in it; the numbers are written beside it, as .tsv; NULL:
                                 the terminal */
    double width;       /* cm; under 10 the figure is laid out for one column of two */
    const char *metric; /* NULL: the figure's own */
    const spx_names *tensors;      /* globs of the tensors that count; none: all */
    const char *templates;         /* folder of the gnuplot templates */
    const spx_figure_style *style; /* NULL: as it comes */
} spx_figure_opts;

/**
 * Draws a figure of run files, one an arm.
 *
 * @param[in] runs   "LABEL=PATH", or "PATH", whose base name is the label; at least one. Label and
 *                   path may hold "=": the last one after which a file's path stands divides them.
 *                   Files of second moments (spx-stats) among several are left out, so that all
 *                   files of a plan may be given.
 * @param[in] among  the same for arms that are not drawn but widen the axes, so that several
 *                   figures can be compared side by side.
 * Numbers of tensors are means over the tensors that were changed (change_relative above 0 at some
 * stage), drawn with their range; a figure of one tensor shows the one that was changed most.
 * Stages that are no numbers of edits, such as checkpoints, stand on the axis by name, the base
 * first.
 *
 * @return SPX_OK; SPX_EINVAL for a run file without stages, an ending that is not a picture's or a
 *         style that does not fit the figure;
 *         SPX_ENOTFOUND where the run files do not hold what the figure shows; SPX_EIO names the
 *         file, or says with what gnuplot's own words it failed; SPX_ENOMEM. The picture at
 *         `output` is replaced only on success, and its numbers with it.
 */
SPX_CHECKED spx_status spx_figure_draw(const spx_figure *f, const spx_names *runs,
                                       const spx_names *among, const spx_figure_opts *o,
                                       spx_error *err);
/* The same without drawing: SPX_ENOTFOUND where the run files do not hold what the figure shows. */
SPX_CHECKED spx_status spx_figure_rehearse(const spx_figure *f, const spx_names *runs,
                                           const spx_names *among, const spx_figure_opts *o,
                                           spx_error *err);

#endif
