/* html.c: a plan's outcome as one HTML page: table, figures, and what they were made with. */
#include "report/html.h"

#include "spx/file.h"
#include "spx/store.h"

#include <math.h>
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

/* Rows by the column that is clicked, numbers as numbers; again: the other way round. */
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

/* Text as a page shows it. */
static void put_text(FILE *to, const char *text)
{
    for (; *text; text++) switch (*text) {
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '&': fputs("&amp;", to); break;
        case '"': fputs("&quot;", to); break;
        default: fputc(*text, to);
        }
}

static void put_element(FILE *to, const char *tag, const char *text)
{
    fprintf(to, "<%s>", tag);
    put_text(to, text);
    fprintf(to, "</%s>\n", tag);
}

/* The picture from its <svg> on: what stands before belongs to a file of its own. */
static spx_status put_figure(FILE *to, const report_figure *f, spx_error *err)
{
    char *text = NULL;
    size_t size = 0;
    spx_status st = spx_file_text(f->path, &text, &size, err);
    if (st != SPX_OK) return st;
    const char *svg = strstr(text, "<svg");
    if (!svg) st = SPX_FAIL(err, SPX_EFORMAT, "%s: no SVG", f->path);
    if (st == SPX_OK) {
        fprintf(to, "<figure>\n%s\n", svg);
        put_element(to, "figcaption", f->caption);
        fputs("</figure>\n", to);
    }
    spx_free(text);
    return st;
}

/* What a run was made with: those of its root attributes that are there. */
static spx_status put_provenance(FILE *to, const char *path, spx_error *err)
{
    static const char *const names[] = {
        "model",  "model_sha256", "facts",  "facts_sha256", "stats_sha256", "editor",
        "lambda", "layers",       "filter", "basis",        "tau",          "first",
        "round",  "seed",         "source", "blas",         "history"};
    spx_store *s = NULL;
    const spx_status st = spx_store_open(path, SPX_STORE_READ, &s, err);
    if (st != SPX_OK) return st;
    fputs("<details><summary>", to);
    put_text(to, path);
    fputs("</summary>\n<dl>\n", to);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = NULL;
        if (spx_store_get_text(s, "", names[i], &text, NULL) != SPX_OK) continue;
        put_element(to, "dt", names[i]);
        put_element(to, "dd", text);
        spx_free(text);
    }
    fputs("</dl></details>\n", to);
    spx_store_close(s);
    return SPX_OK;
}

static void put_cell(FILE *to, double v)
{
    if (isfinite(v))
        fprintf(to, "<td>%g</td>", v);
    else
        fputs("<td></td>", to);
}

static void put_alarms(FILE *to, const warning_count *c, size_t n)
{
    size_t numbers = 0;
    const spx_alarm *alarm = spx_alarms(&numbers);
    fputs("<h2>Early warning</h2>\n<div class=\"wide\">\n<table class=\"sortable\">\n<thead><tr>"
          "<th>number</th><th>alarm by</th><th>level</th>",
          to);
    for (spx_verdict v = 0; v < SPX_VERDICTS; v++) put_element(to, "th", spx_verdict_name(v));
    fputs("<th>median lead</th></tr></thead>\n<tbody>\n", to);
    for (; n > 0; n--, c++) {
        const spx_alarm *a = &alarm[c->number];
        fprintf(to, "<tr><td>%s</td><td>%s</td>", a->title, warnings_rule(c->rule));
        put_cell(to, c->rule == SPX_ALARM_LEVEL ? a->level : (double)NAN);
        for (size_t v = 0; v < SPX_VERDICTS; v++) put_cell(to, (double)c->of[v]);
        put_cell(to, c->lead);
        fputs("</tr>\n", to);
    }
    fputs("</tbody>\n</table>\n</div>\n<p><small>Arms and seeds counted. Behaviour breaks in the "
          "first "
          "round with more than twice the base's perplexity or success 10 points under its best; "
          "warned: alarm in a round before; lead in rounds; false alarm: behaviour never broke. "
          "Norms are ratios to the base's.</small></p>\n",
          to);
}

static spx_status put_page(FILE *to, const report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    fputs(head, to);
    put_element(to, "title", r->title);
    fprintf(to, "%s</head>\n<body>\n", style);
    put_element(to, "h1", r->title);
    fputs("<h2>What the arms end with</h2>\n<div class=\"wide\">\n", to);
    summary_write(to, SUMMARY_HTML, r->rows, r->n);
    fputs("</div>\n<p><small>Small: the change against the same editor without a filter. "
          "Click a heading to sort.</small></p>\n",
          to);
    if (r->alarms) put_alarms(to, r->alarm, r->alarms);
    fputs("<h2>Figures</h2>\n", to);
    for (size_t i = 0; st == SPX_OK && i < r->figures; i++) st = put_figure(to, &r->figure[i], err);
    fputs("<h2>Made with</h2>\n<p><code>", to);
    put_text(to, r->command);
    fputs("</code></p>\n", to);
    for (size_t i = 0; st == SPX_OK && i < r->runs; i++) st = put_provenance(to, r->run[i], err);
    fprintf(to, "%s</body>\n</html>\n", script);
    return st;
}

spx_status report_write(const report *r, const char *path, spx_error *err)
{
    char part[4096];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *to = fopen(part, "w");
    if (!to) return spx_fail_path(err, part);
    spx_status st = put_page(to, r, err);
    const int bad = ferror(to);
    if ((fclose(to) != 0 || bad) && st == SPX_OK) st = spx_fail_path(err, part);
    if (st == SPX_OK) st = spx_file_commit(part, path, err);
    if (st != SPX_OK) (void)remove(part);
    return st;
}
