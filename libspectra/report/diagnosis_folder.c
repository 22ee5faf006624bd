/* diagnosis_folder.c: what a diagnosis leaves in a folder: numbers, figures, the page. */
#include "report/diagnosis.h"
#include "report/table.h"

#include "spx/figures.h"
#include "spx/file.h"
#include "spx/output.h"
#include "spx/unfinished.h"

#include <stdio.h>
#include <string.h>

enum { MOST_FIGURES = 8, PATH = 4096 };

/* The figures of a diagnosis, and how many stages with the base each one needs. */
static const struct {
    const char *name;
    size_t stages;
    bool of_worst; /* of the worst matrix alone */
} wanted[] = {{"spectrum", 2, true},  {"alpha", 2, true}, {"overtaking", 2, true},
              {"subspace", 3, false}, {"norm", 3, false}, {"collapse", 3, false}};
enum { WANTED = sizeof wanted / sizeof *wanted };

static spx_status put_numbers(FILE *to, const spx_diagnosis *d, size_t n)
{
    table t = table_open(to, TABLE_TSV, 5 + SPX_DIAGNOSED_NUMBERS, 2);
    table_headings(&t, (const char *const[]){"stage", "tensor", "layer", "role", "k"}, 5);
    for (size_t q = 0; q < SPX_DIAGNOSED_NUMBERS; q++)
        table_text(&t, spx_diagnosed_quantity(q)->name);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d[i].n; j++) {
            const spx_diagnosed *m = &d[i].matrix[j];
            table_text(&t, d[i].stage);
            table_text(&t, m->tensor);
            table_fixed(&t, (double)m->place.layer, 0);
            table_text(&t, spx_role_name(m->place.role));
            table_count(&t, m->k);
            for (size_t q = 0; q < SPX_DIAGNOSED_NUMBERS; q++) table_number(&t, m->value[q], 9);
        }
    table_close(&t);
    return SPX_OK;
}

static spx_status write_numbers(const char *path, const spx_diagnosis *d, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output file = {0};
    SPX_TRY(spx_output_open(&file, path, err));
    st = spx_output_end(&file, put_numbers(file.to, d, n), err);
out:
    return st;
}

/* Draws a figure as PDF and as the SVG of the page; false if there is nothing to draw. */
static spx_status draw(const spx_diagnosis_folder *f, size_t i, const char *run, char svg[PATH],
                       bool *drawn, const spx_figure **about, spx_error *err)
{
    spx_status st = SPX_OK;
    char other[PATH];
    spx_error why = {0};
    const spx_diagnosis *d = &f->at[f->n - 1];
    const spx_names runs = {.item = {run}, .n = 1}, none = {0};
    const spx_names worst = {.item = {d->n ? d->matrix[0].tensor : ""}, .n = 1};
    spx_figure_opts o = {.width = 16, .templates = f->templates, .output = other, .tensors = &none};
    snprintf(other, sizeof other, "%s/%s.pdf", f->folder, wanted[i].name);
    snprintf(svg, PATH, "%s/%s.svg", f->folder, wanted[i].name);
    *drawn = false;
    if (wanted[i].of_worst) o.tensors = &worst;
    SPX_TRY(spx_figure_find(wanted[i].name, about, err));
    st = spx_figure_rehearse(*about, &runs, &none, &o, &why);
    if (st == SPX_ENOTFOUND) return SPX_OK;
    if (st != SPX_OK) SPX_RAISE(err, st, "%s", why.text);
    spx_unfinished_begin(svg, SPX_BEING_WRITTEN);
    html_figure_begin(svg);
    SPX_TRY(spx_figure_draw(*about, &runs, &none, &o, err));
    o.output = svg;
    SPX_TRY(spx_figure_draw(*about, &runs, &none, &o, err));
    html_narrow_path(svg, "svg", other, sizeof other);
    o.output = other;
    o.width = HTML_NARROW;
    SPX_TRY(spx_figure_draw(*about, &runs, &none, &o, err));
    *drawn = true;
out:
    return st;
}

spx_status spx_diagnosis_put(const spx_diagnosis_folder *f, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t begun = 0; /* figures of which there may be files */
    static char svg[MOST_FIGURES][PATH];
    char path[PATH], run[PATH];
    html_figure figure[MOST_FIGURES];
    diagnosis_page page = {.at = f->at, .n = f->n, .command = f->command, .figure = figure};
    snprintf(path, sizeof path, "%s/matrices.tsv", f->folder);
    SPX_TRY(write_numbers(path, f->at, f->n, err));
    snprintf(run, sizeof run, "%s=%s", f->at[f->n - 1].stage, f->run);
    for (size_t i = 0; i < WANTED && f->at[f->n - 1].n > 0; i++) {
        const spx_figure *about = NULL;
        bool drawn = false;
        if (f->n + 1 < wanted[i].stages) continue;
        begun = page.figures + 1;
        SPX_TRY(draw(f, i, run, svg[page.figures], &drawn, &about, err));
        if (!drawn) continue;
        figure[page.figures] = (html_figure){svg[page.figures], about->caption};
        page.figures++;
    }
    snprintf(path, sizeof path, "%s/report.html", f->folder);
    SPX_TRY(diagnosis_html(&page, path, err));
out:
    for (size_t i = 0; i < begun; i++) { /* they are in the page */
        html_figure_tidy(svg[i]);
        spx_file_remove(svg[i]);
        spx_unfinished_end(svg[i]);
    }
    return st;
}
