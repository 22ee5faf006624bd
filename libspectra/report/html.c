/* html.c: a plan's outcome as one HTML page: table, figures, and what they were made with. */
#include "report/html.h"

#include "spx/file.h"
#include "spx/output.h"
#include "spx/store.h"

#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

static const char style[] =
    "<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--faint:#6b6b6b;--rule:#d9d9d9;--band:#f5f5f5}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--faint:#a0a0a0;"
    "--rule:#3a3a3a;--band:#202020}}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:70rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2.5rem}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .5rem;text-align:right;border-bottom:1px solid var(--rule);"
    "white-space:nowrap}\n"
    "th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}\n"
    "th{cursor:pointer;user-select:none}th[data-order]::after{content:\" \\2193\"}\n"
    "th[data-order=up]::after{content:\" \\2191\"}\n"
    "tbody tr:nth-child(even){background:var(--band)}small{color:var(--faint)}\n"
    "figure{overflow-x:auto;margin:1.5rem 0;padding:.75rem;background:#fff;color:#1c1c1c;"
    "border:1px solid var(--rule);border-radius:.4rem}\n"
    "figure svg{display:block;width:100%;min-width:34rem;height:auto}\n"
    "figcaption{font-size:.9rem;color:#555}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.85rem}\n"
    "dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}code{font-size:.85rem}\n"
    "</style>\n";

/* A click on a heading sorts by its column, numbers as numbers; another one turns the order
 * round. */
static const char script[] =
    "<script>\n"
    "for (const th of document.querySelectorAll('.sortable th')) th.onclick = () => {\n"
    "  const body = th.closest('table').tBodies[0], up = th.dataset.order === 'down';\n"
    "  for (const other of th.parentNode.children) delete other.dataset.order;\n"
    "  th.dataset.order = up ? 'up' : 'down';\n"
    "  const text = row => row.cells[th.cellIndex].textContent;\n"
    "  const order = (a, b) => (parseFloat(a) - parseFloat(b)) || a.localeCompare(b);\n"
    "  const rows = [...body.rows].sort((a, b) => order(text(a), text(b)) * (up ? 1 : -1));\n"
    "  body.append(...rows);\n"
    "};\n"
    "</script>\n";

static void put_element(FILE *to, const char *tag, const char *text)
{
    fprintf(to, "<%s>", tag);
    table_put_safely(to, TABLE_HTML, text);
    fprintf(to, "</%s>\n", tag);
}

/* The picture from its <svg> on: what precedes it belongs to a file that stands alone. */
static spx_status put_figure(FILE *to, const html_figure *f, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t size = 0;
    SPX_TRY(spx_file_text(f->path, &text, &size, err));
    const char *svg = strstr(text, "<svg");
    if (!svg) SPX_RAISE(err, SPX_EFORMAT, "%s: not an SVG", f->path);
    fprintf(to, "<figure>\n%s\n", svg);
    put_element(to, "figcaption", f->caption);
    fputs("</figure>\n", to);
out:
    spx_free(text);
    return st;
}

/* What a run was made with: those of these root attributes that it has. */
static spx_status put_provenance(FILE *to, const char *path, spx_error *err)
{
    static const char *const names[] = {
        "model",  "model_sha256", "facts",  "facts_sha256", "stats_sha256", "editor",
        "lambda", "layers",       "filter", "basis",        "tau",          "first",
        "round",  "seed",         "source", "blas",         "history"};
    spx_store *s = NULL;
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    fputs("<details><summary>", to);
    table_put_safely(to, TABLE_HTML, path);
    fputs("</summary>\n<dl>\n", to);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = NULL;
        if (spx_store_get_text(s, "", names[i], &text, NULL) != SPX_OK) continue;
        put_element(to, "dt", names[i]);
        put_element(to, "dd", text);
        spx_free(text);
    }
    fputs("</dl></details>\n", to);
out:
    spx_store_close(s);
    return st;
}

static void put_alarms(FILE *to, const alarm_count *c, size_t n)
{
    fputs("<h2>Early warning</h2>\n<div class=\"wide\">\n", to);
    alarm_table_write_counts(to, TABLE_HTML, c, n);
    fputs(
        "</div>\n<p><small>Arms and seeds counted. Behaviour breaks in the first round with more "
        "than twice the base's perplexity or success 10 points under its best; warned: alarm in "
        "an earlier round; lead in rounds; false alarm: behaviour never broke. Norms are ratios to "
        "the base's.</small></p>\n",
        to);
}

static spx_status put_page(FILE *to, const html_page *page, spx_error *err)
{
    spx_status st = SPX_OK;
    fputs(head, to);
    put_element(to, "title", page->title);
    fprintf(to, "%s</head>\n<body>\n", style);
    put_element(to, "h1", page->title);
    fputs("<h2>What the arms end with</h2>\n<div class=\"wide\">\n", to);
    summary_write(to, TABLE_HTML, page->rows, page->n);
    fputs("</div>\n<p><small>Small: the change against the same editor without a filter. "
          "Click a heading to sort.</small></p>\n",
          to);
    if (page->alarms) put_alarms(to, page->alarm, page->alarms);
    fputs("<h2>Figures</h2>\n", to);
    for (size_t i = 0; i < page->figures; i++) SPX_TRY(put_figure(to, &page->figure[i], err));
    fputs("<h2>Made with</h2>\n<p><code>", to);
    table_put_safely(to, TABLE_HTML, page->command);
    fputs("</code></p>\n", to);
    for (size_t i = 0; i < page->runs; i++) SPX_TRY(put_provenance(to, page->run[i], err));
    fprintf(to, "%s</body>\n</html>\n", script);
out:
    return st;
}

spx_status html_write(const html_page *page, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output file = {0};
    SPX_TRY(spx_output_open(&file, path, err));
    st = spx_output_end(&file, put_page(file.to, page, err), err);
out:
    return st;
}
