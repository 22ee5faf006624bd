/* diagnosis_page.c: a diagnosis as one HTML page: verdict, three cards, matrices, figures, words.
 */
#include "report/diagnosis.h"

#include "spx/output.h"
#include "spx/version.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 40 };

static const char *const state_class[] = {"fair", "good", "fair", "bad"}; /* by behaviour */

static const struct {
    const char *word, *means;
} glossary[] = {
    {"dominant directions", "the k leading singular directions of a weight, which hold a share tau "
                            "of the sum of its singular values"},
    {"LSS-G", "mean cos^2 of the principal angles between the dominant subspaces before and after: "
              "1 as before, 0 gone"},
    {"SVS", "mean |cos| between singular vectors of equal index; falls also where directions only "
            "change places"},
    {"s1 ratio", "largest singular value after over before; a change whose values exceed it "
                 "overtakes the model's own directions"},
    {"|dW| / s1", "largest singular value of the change over the weight's"},
    {"REVIVE removes", "share of the change's energy that lies in a dominant row or column of the "
                       "weight's singular grid (arXiv 2601.11042); the tick is what a random "
                       "change has there"},
    {"rounding alone", "what storing the weight in its type would give without any edit"},
    {"McNemar p",
     "chance of so uneven a split of the items that only one of the two models has right, "
     "if both were equally good"},
    {"95 % interval", "Wilson's for shares of right answers, bootstrap for perplexity"},
};

static void put_banner(FILE *to, const spx_diagnosis *d)
{
    char text[512];
    fprintf(to, "<p class=\"banner %s\"><strong>", state_class[d->behaviour]);
    html_text(to, spx_diagnosis_word(d));
    fputs(".</strong> ", to);
    spx_diagnosis_sentence(d, text, sizeof text);
    html_text(to, text);
    fputs("</p>\n", to);
    spx_diagnosis_next(d, text, sizeof text);
    if (!*text) return;
    fputs("<p><strong>Next:</strong> ", to);
    html_text(to, text);
    fputs("</p>\n", to);
}

static void put_warning(FILE *to, const spx_diagnosis *d)
{
    char text[512];
    spx_diagnosis_warning(d, text, sizeof text);
    if (!*text) return;
    fputs("<p class=\"banner bad\"><strong>Warning:</strong> ", to);
    html_text(to, text);
    fputs("</p>\n", to);
}

static void put_behaviour_card(FILE *to, const spx_diagnosis *d)
{
    fputs("<section class=\"card\"><h2>Behaviour</h2>\n", to);
    if (d->abilities == 0) {
        fputs("<p>Not measured", to);
        if (d->unmeasured) fputs(": ", to), html_text(to, d->unmeasured);
        fputs(".</p>\n", to);
    }
    for (size_t i = 0; i < d->abilities; i++) {
        const spx_ability *a = &d->ability[i];
        fputs("<p>", to);
        html_text(to, a->heading);
        fprintf(to,
                " <strong>%.4g &rarr; %.4g</strong><br><small>before %.4g to %.4g, after %.4g "
                "to %.4g; %zu %s of ",
                a->before.value, a->after.value, a->before.lo, a->before.hi, a->after.lo,
                a->after.hi, a->after.items, a->less_is_better ? "tokens" : "items");
        html_text(to, a->after.set);
        if (!isnan(a->p))
            fprintf(to, "; %zu lost, %zu gained, McNemar p = %.2g%s", a->lost, a->gained, a->p,
                    spx_ability_lower(a) ? ": lower" : "");
        fputs("</small></p>\n", to);
    }
    fputs("</section>\n", to);
}

static void put_subspace_card(FILE *to, const spx_diagnosis *d)
{
    static const char *const words[] = {"as before", "kept", "moved", "gone"};
    fputs("<section class=\"card\"><h2>Subspaces</h2>\n", to);
    if (d->n == 0) {
        fputs("<p>No matrix has changed.</p></section>\n", to);
        return;
    }
    const double *v = d->matrix[0].value;
    fprintf(to,
            "<p><strong>%s</strong>%s</p>\n<p>least LSS-G <strong>%.2f</strong> of 1, SVS "
            "%.2f<br><small>",
            words[d->subspaces], d->overtaken ? ", overtaken" : "", v[SPX_DIAGNOSED_LSS],
            v[SPX_DIAGNOSED_SVS]);
    if (!isnan(v[SPX_DIAGNOSED_LSS_NULL]))
        fprintf(to, "rounding alone %.4f, ", v[SPX_DIAGNOSED_LSS_NULL]);
    fprintf(to, "chance %.2f</small></p>\n<p>worst: ", v[SPX_DIAGNOSED_LSS_CHANCE]);
    html_text(to, d->matrix[0].tensor);
    fputs("</p></section>\n", to);
}

static void put_change_card(FILE *to, const spx_diagnosis *d)
{
    char text[512];
    double most = 0;
    for (size_t i = 0; i < d->n; i++) most = fmax(most, d->matrix[i].value[SPX_DIAGNOSED_RELATIVE]);
    spx_diagnosis_change(d, text, sizeof text);
    fputs("<section class=\"card\"><h2>The change</h2>\n<p>", to);
    html_text(to, text);
    fprintf(to,
            "</p>\n<p>%zu of %zu matrices, %zu of %zu other tensors; at most %.3g of a "
            "matrix's norm</p></section>\n",
            d->n, d->matrices, d->others_changed, d->others, most);
}

/* A cell coloured on a fixed scale: x = 1 is good, 0 is bad. */
static void put_heat(FILE *to, double value, double x, int decimals)
{
    if (isnan(value)) {
        fputs("<td>-</td>", to);
        return;
    }
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    fprintf(to, "<td style=\"background:hsl(%.0f 60%% 72%%)\">%.*f</td>", 10 + 110 * x, decimals,
            value);
}

static void put_removed(FILE *to, double removed, double chance)
{
    fprintf(to,
            "<td><span class=\"bar\" role=\"img\" aria-label=\"%.1f %%, chance %.1f %%\"><i "
            "style=\"width:%.1f%%\"></i><b style=\"left:%.1f%%\"></b></span> %.1f %%</td>",
            100 * removed, 100 * chance, 100 * removed, 100 * chance, 100 * removed);
}

/* "6 ffn_out" and, under the pointer, the whole name; that one where no architecture explains it.
 */
static void put_name(FILE *to, const spx_diagnosed *m)
{
    fputs("<td title=\"", to);
    html_text(to, m->tensor);
    fputs("\">", to);
    if (m->place.role != SPX_ROLE_OTHER && m->place.layer >= 0)
        fprintf(to, "%ld %s", m->place.layer, spx_role_name(m->place.role));
    else
        html_text(to, m->tensor);
    fputs("</td>", to);
}

static void put_row(FILE *to, const spx_diagnosed *m)
{
    const double *v = m->value;
    fputs("<tr>", to);
    put_name(to, m);
    fprintf(to, "<td>%zu x %zu</td><td>%zu</td>", m->rows, m->cols, m->k);
    put_heat(to, v[SPX_DIAGNOSED_RELATIVE], 1 - v[SPX_DIAGNOSED_RELATIVE], 3);
    fprintf(to, isnan(v[SPX_DIAGNOSED_RANK]) ? "<td>-</td>" : "<td>%.0f</td>",
            v[SPX_DIAGNOSED_RANK]);
    put_heat(to, v[SPX_DIAGNOSED_LSS], v[SPX_DIAGNOSED_LSS], 2);
    put_heat(to, v[SPX_DIAGNOSED_SVS], v[SPX_DIAGNOSED_SVS], 2);
    put_heat(to, v[SPX_DIAGNOSED_S1], 2 - v[SPX_DIAGNOSED_S1], 2);
    put_heat(to, v[SPX_DIAGNOSED_D1], 1 - v[SPX_DIAGNOSED_D1], 2);
    put_removed(to, v[SPX_DIAGNOSED_REMOVED], v[SPX_DIAGNOSED_REMOVED_CHANCE]);
    fputs("</tr>\n", to);
}

static void put_matrices(FILE *to, const spx_diagnosis *d)
{
    if (d->n == 0) return;
    const size_t shown = d->n < MOST_ROWS ? d->n : MOST_ROWS;
    fputs("<h2>Changed matrices, worst first</h2>\n<div class=\"wide\"><table class=\"heat\">\n"
          "<thead><tr><th>matrix</th><th>shape</th><th>k</th><th>|dW| / |W|</th><th>rank</th>"
          "<th>LSS-G</th><th>SVS</th><th>s1 ratio</th><th>|dW| / s1</th><th>REVIVE removes</th>"
          "</tr></thead><tbody>\n",
          to);
    for (size_t i = 0; i < shown; i++) put_row(to, &d->matrix[i]);
    fputs("</tbody></table></div>\n", to);
    if (shown < d->n)
        fprintf(to, "<p><small>%zu more in matrices.tsv.</small></p>\n", d->n - shown);
}

static void put_series(FILE *to, const spx_diagnosis *d, size_t n)
{
    if (n < 2) return;
    fputs("<h2>Stages</h2>\n<div class=\"wide\"><table class=\"heat\"><thead><tr><th>stage</th>"
          "<th>verdict</th><th>changed</th><th>LSS-G</th><th>SVS</th><th>s1 ratio</th>",
          to);
    for (size_t a = 0; a < d[0].abilities; a++) html_element(to, "th", d[0].ability[a].heading);
    fputs("</tr></thead><tbody>\n", to);
    for (size_t i = 0; i < n; i++) {
        const double *v = d[i].n ? d[i].matrix[0].value : NULL;
        fputs("<tr>", to);
        html_element(to, "td", d[i].stage);
        html_element(to, "td", spx_diagnosis_word(&d[i]));
        fprintf(to, "<td>%zu</td>", d[i].n);
        put_heat(to, v ? v[SPX_DIAGNOSED_LSS] : 1, v ? v[SPX_DIAGNOSED_LSS] : 1, 2);
        put_heat(to, v ? v[SPX_DIAGNOSED_SVS] : 1, v ? v[SPX_DIAGNOSED_SVS] : 1, 2);
        put_heat(to, v ? v[SPX_DIAGNOSED_S1] : 1, v ? 2 - v[SPX_DIAGNOSED_S1] : 1, 2);
        for (size_t a = 0; a < d[i].abilities; a++)
            fprintf(to, "<td>%.4g</td>", d[i].ability[a].after.value);
        fputs("</tr>\n", to);
    }
    fputs("</tbody></table></div>\n", to);
}

/* One end of a direction. */
static void put_direction(FILE *to, const spx_named_direction *x)
{
    fputs("<tr>", to);
    put_name(to, x->of);
    fprintf(to, "<td>%s %zu, %s</td><td>%c%.2f</td><td>%.2f</td><td class=\"tokens\">",
            x->of_change ? "change" : "now", x->index, x->reads ? "reads" : "writes",
            x->negative ? '-' : '+', x->cosine, x->chance);
    for (size_t i = 0; i < x->tokens; i++) html_element(to, "code", x->token[i]);
    fputs("</td></tr>\n", to);
}

static void put_directions(FILE *to, const spx_diagnosis *d)
{
    if (!d->directions) return;
    fputs("<h2>What leading directions stand for</h2>\n<div class=\"wide\"><table><thead><tr>"
          "<th>matrix</th><th>direction</th><th>cosine</th><th>chance</th><th "
          "class=\"tokens\">nearest tokens</th>"
          "</tr></thead><tbody>\n",
          to);
    for (const spx_named_direction *x = d->directions; x; x = x->next) put_direction(to, x);
    fputs(
        "</tbody></table></div>\n<p><small>Tokens at both ends of a direction of the change, and "
        "of dominant ones that the base did not have; a cosine no larger than chance stands for no "
        "token in particular.</small></p>\n",
        to);
}

/* What it takes for an ability to be called worse. */
static void put_ability_certainty(FILE *to, const spx_ability *a)
{
    const bool less = a->less_is_better;
    fputs("<li>", to);
    html_text(to, a->heading);
    fprintf(to, ": worse only if the whole interval lies %s %.4g, the %s end of the base's",
            less ? "above" : "below", less ? a->before.hi : a->before.lo, less ? "upper" : "lower");
    if (!isnan(a->p)) fputs("; lower also if the same items say so (p below 0.05)", to);
    fputs(".</li>\n", to);
}

static void put_certainty(FILE *to, const spx_diagnosis *d)
{
    if (d->abilities == 0 && d->n == 0) return;
    fputs("<h2>How sure</h2>\n<ul>\n", to);
    for (size_t i = 0; i < d->abilities; i++) put_ability_certainty(to, &d->ability[i]);
    if (d->abilities > 0)
        fputs("<li>With four times the text an interval is about half as wide.</li>\n", to);
    if (d->n > 0)
        fputs("<li>Subspaces are computed, not sampled: beside them stands what rounding alone and "
              "random directions would give. They alone do not tell whether a model works.</li>\n"
              "<li>The kind of change is read from the ranks and places of the changes, and not "
              "proved by them.</li>\n",
              to);
    fputs("</ul>\n", to);
}

static void put_glossary(FILE *to)
{
    fputs("<details><summary>Words</summary>\n<dl>\n", to);
    for (size_t i = 0; i < sizeof glossary / sizeof *glossary; i++) {
        html_element(to, "dt", glossary[i].word);
        html_element(to, "dd", glossary[i].means);
    }
    fputs("</dl></details>\n", to);
}

static void put_provenance(FILE *to, const diagnosis_page *p)
{
    fputs("<details><summary>Made with</summary>\n<p><code>", to);
    html_text(to, p->command);
    fprintf(to,
            "</code></p><p><small>spx %s. Numbers: <a href=\"matrices.tsv\">matrices.tsv</a>, "
            "<a href=\"stages.h5\">stages.h5</a>.</small></p></details>\n",
            spx_version());
}

static spx_status put_page(FILE *to, const diagnosis_page *p, spx_error *err)
{
    spx_status st = SPX_OK;
    char title[300];
    const spx_diagnosis *d = &p->at[p->n - 1];
    snprintf(title, sizeof title, "%s beside %s", d->stage, d->base);
    html_begin(to, title);
    put_banner(to, d);
    put_warning(to, d);
    fputs("<div class=\"cards\">\n", to);
    put_behaviour_card(to, d);
    put_subspace_card(to, d);
    put_change_card(to, d);
    fputs("</div>\n", to);
    put_series(to, p->at, p->n);
    put_matrices(to, d);
    put_directions(to, d);
    for (size_t i = 0; i < p->figures; i++) SPX_TRY(html_figure_put(to, &p->figure[i], err));
    put_certainty(to, d);
    put_glossary(to);
    put_provenance(to, p);
    fputs("</body>\n</html>\n", to);
out:
    return st;
}

spx_status diagnosis_html(const diagnosis_page *page, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output file = {0};
    SPX_TRY(spx_output_open(&file, path, err));
    st = spx_output_end(&file, put_page(file.to, page, err), err);
out:
    return st;
}
