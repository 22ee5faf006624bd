/* html.c: a plan's outcome as one HTML page: table, figures, and what they were made with. */
#include "report/html.h"

#include "report/conclusion.h"
#include "report/html_parts.h"
#include "report/run_file.h"

#include "spx/output.h"
#include "spx/store.h"

#include <string.h>

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
    html_text(to, path);
    fputs("</summary>\n<dl>\n", to);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = NULL;
        if (run_file_lacks(spx_store_get_text(s, "", names[i], &text, NULL))) continue;
        html_element(to, "dt", names[i]);
        html_element(to, "dd", text);
        spx_free(text);
    }
    fputs("</dl></details>\n", to);
out:
    spx_store_close(s);
    return st;
}

/* The arms beside the first one on the items that they share. */
static void put_pairs(FILE *to, const html_page *page)
{
    if (!summary_has_pairs(page->rows, page->n)) return;
    fputs("<h2>Beside ", to);
    html_text(to, page->rows->arm);
    fputs(", item by item</h2>\n<div class=\"wide\">\n", to);
    summary_write_pairs(to, TABLE_HTML, page->rows, page->n);
    fputs("</div>\n<p><small>p of McNemar's exact test: an arm that is neither better nor worse "
          "gets a p as small as 0.05 one time in twenty at most. In brackets: items that the arm "
          "got wrong where the first one was right, those the other way round, and how many both "
          "were asked. Of several seeds or orders of the facts each item counts once, by what most "
          "of them say.</small></p>\n",
          to);
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

static void put_conclusion(FILE *to, const html_page *page)
{
    static const char *const classes[] = {"fair", "good", "fair", "bad"};
    char text[2048];
    spx_behaviour_state worst = SPX_BEHAVIOUR_UNKNOWN;
    for (size_t i = 0; i < page->n; i++) {
        const spx_behaviour_state s = conclusion_state(&page->rows[i]);
        if (s > worst) worst = s;
    }
    conclusion_sentence(page->rows, page->n, text, sizeof text);
    if (!*text) return;
    fprintf(to, "<p class=\"banner %s\">", classes[worst]);
    html_text(to, text);
    fputs("</p>\n", to);
    if (page->remark) html_element(to, "p", page->remark);
}

static spx_status put_page(FILE *to, const html_page *page, spx_error *err)
{
    spx_status st = SPX_OK;
    html_begin(to, page->title);
    put_conclusion(to, page);
    fputs("<h2>What the arms end with</h2>\n<div class=\"wide\">\n", to);
    summary_write(to, TABLE_HTML, page->rows, page->n);
    fputs("</div>\n<p><small>Small: the change against the same editor without a filter. "
          "Click a heading to sort.</small></p>\n",
          to);
    put_pairs(to, page);
    fputs("<h2>Figures</h2>\n", to);
    for (size_t i = 0; i < page->figures; i++) SPX_TRY(html_figure_put(to, &page->figure[i], err));
    if (page->alarms) put_alarms(to, page->alarm, page->alarms);
    fputs("<h2>Made with</h2>\n<p><code>", to);
    html_text(to, page->command);
    fputs("</code></p>\n<p><small>Numbers: <a href=\"summary.tsv\">summary.tsv</a>, "
          "<a href=\"summary.tex\">summary.tex</a></small></p>\n",
          to);
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
