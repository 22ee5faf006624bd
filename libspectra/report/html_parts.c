/* html_parts.c: what the HTML pages share: their head and style, safe text, pictures. */
#include "report/html_parts.h"

#include "report/table.h"

#include "spx/file.h"
#include "spx/unfinished.h"

#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

static const char style[] =
    "<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--faint:#6b6b6b;--rule:#d9d9d9;--band:#f5f5f5}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--faint:#a0a0a0;"
    "--rule:#3a3a3a;--band:#202020}}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:78rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2.5rem}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .5rem;text-align:right;border-bottom:1px solid var(--rule);"
    "white-space:nowrap}\n"
    "th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}\n"
    ".one-left th:nth-child(2),.one-left td:nth-child(2){text-align:right}\n"
    "th{cursor:pointer;user-select:none}th[data-order]::after{content:\" \\2193\"}\n"
    "th[data-order=up]::after{content:\" \\2191\"}\n"
    /* an interval goes under its number where there is little room */
    ".sortable td,.sortable th{white-space:normal}.sortable small{display:inline-block;"
    "white-space:nowrap}.sortable td:nth-child(-n+2){white-space:nowrap}.one-left "
    "td:nth-child(2){white-space:normal}\n"
    "th.tokens,td.tokens{text-align:left;white-space:normal}td.tokens code{margin-right:.7rem;"
    "white-space:pre;border-bottom:1px dotted var(--faint)}a{color:inherit}\n"
    "tbody tr:nth-child(even){background:var(--band)}small{color:var(--faint)}\n"
    "figure{overflow-x:auto;margin:1.5rem 0;padding:.75rem;border:1px solid var(--rule);"
    "border-radius:.4rem}\n"
    "figure svg{display:block;width:100%;max-width:52rem;margin:auto;height:auto}\n"
    /* not display:none, under which one drawing could not refer to the marks of the other */
    ".slim{position:absolute;left:-99rem;width:0;height:0;overflow:hidden}\n"
    "@media (max-width:38rem){.broad{position:absolute;left:-99rem;width:0;height:0;"
    "overflow:hidden}.slim{position:static;width:auto;height:auto}}\n"
    /* figures are drawn in dark ink on white: turned over, with their hues kept */
    "@media (prefers-color-scheme:dark){figure svg{filter:invert(.91) hue-rotate(180deg)}}\n"
    "figcaption{font-size:.9rem;color:var(--faint)}\n"
    ".banner{padding:.9rem 1.1rem;border-radius:.5rem;border-left:.6rem solid var(--state);"
    "background:var(--band);font-size:1.1rem}\n"
    ".good{--state:#2a9d5c}.fair{--state:#d98e04}.bad{--state:#d0312d}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem;"
    "margin:1rem 0}\n"
    ".card{border:1px solid var(--rule);border-radius:.5rem;padding:.2rem 1rem .8rem}\n"
    ".card h2{margin:.6rem 0;font-size:1rem;text-transform:uppercase;letter-spacing:.04em}\n"
    ".heat td{text-align:center}.heat td:nth-child(-n+2){text-align:left}.heat "
    "td[style]{color:#111}\n"
    ".bar{position:relative;display:inline-block;width:10rem;height:.8rem;background:var(--rule);"
    "vertical-align:middle}\n"
    ".bar i{position:absolute;left:0;top:0;bottom:0;background:#0072b2}"
    ".bar b{position:absolute;top:-.15rem;bottom:-.15rem;width:2px;background:var(--ink)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.85rem}\n"
    "dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}code{font-size:.85rem}\n"
    "</style>\n";

void html_text(FILE *to, const char *text) { table_put_safely(to, TABLE_HTML, text); }

void html_element(FILE *to, const char *tag, const char *text)
{
    fprintf(to, "<%s>", tag);
    html_text(to, text);
    fprintf(to, "</%s>\n", tag);
}

/* "FOLDER/" is not part of a link: the page lies in that folder. */
static int stem_of(const char *path, const char **name)
{
    *name = spx_base_name(path);
    return (int)(strlen(*name) - strlen(".svg"));
}

void html_narrow_path(const char *path, const char *ending, char *out, size_t room)
{
    snprintf(out, room, "%.*s-narrow.%s", (int)(strlen(path) - strlen(".svg")), path, ending);
}

/* The picture from its <svg> on: what precedes it belongs to a file that stands alone. */
static spx_status put_svg(FILE *to, const char *path, const char *where, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t size = 0;
    SPX_TRY(spx_file_text(path, &text, &size, err));
    const char *svg = strstr(text, "<svg");
    if (!svg) SPX_RAISE(err, SPX_EFORMAT, "%s: not an SVG", path);
    fprintf(to, "<div class=\"%s\">\n%s</div>\n", where, svg);
out:
    spx_free(text);
    return st;
}

spx_status html_figure_put(FILE *to, const html_figure *figure, spx_error *err)
{
    spx_status st = SPX_OK;
    char narrow[4096];
    const char *name = NULL;
    const int stem = stem_of(figure->path, &name);
    html_narrow_path(figure->path, "svg", narrow, sizeof narrow);
    fputs("<figure>\n", to);
    SPX_TRY(put_svg(to, figure->path, "broad", err));
    SPX_TRY(put_svg(to, narrow, "slim", err));
    fputs("<figcaption>", to);
    html_text(to, figure->caption);
    fprintf(to,
            " <a href=\"%.*s.pdf\">PDF</a>, <a href=\"%.*s.tsv\">numbers</a></figcaption>\n"
            "</figure>\n",
            stem, name, stem, name);
out:
    return st;
}

static const char *const made_narrow[] = {"svg", "tsv"};

void html_figure_begin(const char *path)
{
    char narrow[4096];
    for (size_t i = 0; i < 2; i++) {
        html_narrow_path(path, made_narrow[i], narrow, sizeof narrow);
        spx_unfinished_begin(narrow, SPX_BEING_WRITTEN);
    }
}

void html_figure_tidy(const char *path)
{
    char narrow[4096];
    for (size_t i = 0; i < 2; i++) {
        html_narrow_path(path, made_narrow[i], narrow, sizeof narrow);
        spx_file_remove(narrow);
        spx_unfinished_end(narrow);
    }
}

void html_begin(FILE *to, const char *title)
{
    fputs(head, to);
    html_element(to, "title", title);
    fprintf(to, "%s</head>\n<body>\n", style);
    html_element(to, "h1", title);
}
