/* diagnosis_text.c: a diagnosis for people, as lines of text. */
#include "report/diagnosis.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 10, NAME_WIDTH = 24 };

/* Emphasis on a terminal. */
static const char *const good = "\033[32m", *const fair = "\033[33m", *const bad = "\033[31m",
                         *const plain = "\033[0m";

static void put_word(FILE *to, const spx_diagnosis_look *look, const char *colour, const char *word)
{
    fprintf(to, "%s%s%s", look->colour ? colour : "", word, look->colour ? plain : "");
}

/* "ffn_out", or the end of a name that no architecture explains. */
static void short_name(const spx_diagnosed *m, char out[NAME_WIDTH + 1])
{
    const size_t n = strlen(m->tensor);
    if (m->place.role != SPX_ROLE_OTHER)
        snprintf(out, NAME_WIDTH + 1, "%s", spx_role_name(m->place.role));
    else
        snprintf(out, NAME_WIDTH + 1, "%s",
                 n > NAME_WIDTH ? m->tensor + n - NAME_WIDTH : m->tensor);
}

static void put_number(FILE *to, int width, int decimals, double x)
{
    if (isnan(x))
        fprintf(to, "  %*s", width, "-");
    else
        fprintf(to, "  %*.*f", width, decimals, x);
}

static void put_matrix(FILE *to, const spx_diagnosed *m)
{
    const double *v = m->value;
    char name[NAME_WIDTH + 1];
    short_name(m, name);
    if (m->place.layer < 0)
        fprintf(to, "    -  %-10s", name);
    else
        fprintf(to, "%5ld  %-10s", m->place.layer, name);
    put_number(to, 8, 4, v[SPX_DIAGNOSED_RELATIVE]);
    put_number(to, 5, 0, v[SPX_DIAGNOSED_RANK]);
    put_number(to, 5, 2, v[SPX_DIAGNOSED_LSS]);
    put_number(to, 5, 2, v[SPX_DIAGNOSED_SVS]);
    put_number(to, 5, 2, v[SPX_DIAGNOSED_S1]);
    put_number(to, 7, 2, v[SPX_DIAGNOSED_D1]);
    fprintf(to, "  %6.1f %% (%.1f %%)\n", 100 * v[SPX_DIAGNOSED_REMOVED],
            100 * v[SPX_DIAGNOSED_REMOVED_CHANCE]);
}

static void put_matrices(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d)
{
    if (d->n == 0) return;
    fprintf(to, "layer  matrix      |dW|/|W|   rank  LSS-G    SVS  s1/s1  |dW|/s1  REVIVE removes "
                "(chance)\n");
    const size_t shown = look->every_matrix || d->n <= MOST_ROWS ? d->n : MOST_ROWS;
    for (size_t i = 0; i < shown; i++) put_matrix(to, &d->matrix[i]);
    if (shown < d->n)
        fprintf(to, "  ... and %zu more, each with a larger LSS-G (--all lists them)\n",
                d->n - shown);
    if (d->n < d->matrices) fprintf(to, "  %zu unchanged\n", d->matrices - d->n);
    fputc('\n', to);
}

static void put_subspaces(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d)
{
    static const char *const words[] = {"AS BEFORE", "KEPT", "MOVED", "GONE"};
    const char *const colours[] = {good, good, fair, bad};
    fprintf(to, "subspaces   ");
    if (d->n > 0) {
        const double *v = d->matrix[0].value;
        fprintf(to, "least LSS-G %.2f of 1 (", v[SPX_DIAGNOSED_LSS]);
        if (!isnan(v[SPX_DIAGNOSED_LSS_NULL])) /* of weights in blocks it is not known */
            fprintf(to, "rounding alone %.4f, ", v[SPX_DIAGNOSED_LSS_NULL]);
        fprintf(to, "chance %.2f), SVS %.2f   ", v[SPX_DIAGNOSED_LSS_CHANCE], v[SPX_DIAGNOSED_SVS]);
    }
    put_word(to, look, colours[d->subspaces], words[d->subspaces]);
    if (d->overtaken) {
        fputs(", ", to);
        put_word(to, look, bad, "OVERTAKEN");
    }
    fputc('\n', to);
}

static void put_ability(FILE *to, const spx_ability *a, const char *heading)
{
    fprintf(to, "%-12s%s %.4g [%.4g, %.4g] -> %.4g [%.4g, %.4g]%s, %zu %s", heading, a->heading,
            a->before.value, a->before.lo, a->before.hi, a->after.value, a->after.lo, a->after.hi,
            strcmp(a->q->units, "%") == 0 ? " %" : "", a->after.items,
            a->less_is_better ? "tokens" : "items");
    if (!isnan(a->p))
        fprintf(to, " (%zu lost, %zu gained, McNemar p = %.2g)", a->lost, a->gained, a->p);
}

static void put_behaviour(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d)
{
    static const char *const words[] = {"", "WITHIN ERROR", "WORSE", "BROKEN"};
    const char *const colours[] = {"", good, fair, bad};
    if (d->abilities == 0)
        fprintf(to, "behaviour   not measured: %s\n",
                d->unmeasured ? d->unmeasured : "no ability of both is known");
    for (size_t i = 0; i < d->abilities; i++) {
        const spx_ability *a = &d->ability[i];
        put_ability(to, a, i == 0 ? "behaviour" : "");
        const bool lower = spx_ability_lower(a);
        fputs(a->state || lower ? "   " : "", to);
        put_word(to, look, lower ? fair : colours[a->state], lower ? "LOWER" : words[a->state]);
        fputc('\n', to);
    }
}

/* How the change lies to the leading directions, beside chance. */
static void put_aim(FILE *to, const spx_diagnosis *d)
{
    double removed = 0, chance = 0;
    for (size_t i = 0; i < d->n; i++) {
        removed += d->matrix[i].value[SPX_DIAGNOSED_REMOVED] / (double)d->n;
        chance += d->matrix[i].value[SPX_DIAGNOSED_REMOVED_CHANCE] / (double)d->n;
    }
    const char *how = removed > 2 * chance   ? "aimed at the leading directions"
                      : removed < chance / 2 ? "keeps clear of the leading directions"
                                             : "not aimed at the leading directions";
    fprintf(to, "            %s: REVIVE would remove %.1f %% of it, chance %.1f %%\n", how,
            100 * removed, 100 * chance);
}

static void put_counts(FILE *to, const spx_diagnosis *d)
{
    fprintf(to, "base     %s\n", d->base);
    fprintf(to, "later    %s: %zu of %zu matrices and %zu of %zu other tensors differ", d->stage,
            d->n, d->matrices, d->others_changed, d->others);
    if (d->missing) fprintf(to, ", %zu missing", d->missing);
    if (d->added) fprintf(to, ", %zu added", d->added);
    fputs("\n\n", to);
}

static void put_warning(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d)
{
    char text[512];
    spx_diagnosis_warning(d, text, sizeof text);
    if (!*text) return;
    put_word(to, look, bad, "WARNING");
    fprintf(to, "     %s\n", text);
}

/* In quotes, so that a space at its beginning is seen, and escaped as in JSON. */
static void put_token(FILE *to, const char *text)
{
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\') fputc('\\', to);
        fprintf(to, *c < 0x20 || *c == 0x7f ? "\\u%04x" : "%c", *c);
    }
    fputc('"', to);
}

/* One end of a direction: "8  ffn_out  change 1  +0.25 (0.17)  " Paris" " France"". */
static void put_direction(FILE *to, const spx_named_direction *x)
{
    char name[NAME_WIDTH + 1];
    short_name(x->of, name);
    fprintf(to, "%5ld  %-10s  %-6s %2zu   %c%.2f (%.2f)    ", x->of->place.layer, name,
            x->of_change ? "change" : "now", x->index, x->negative ? '-' : '+', x->cosine,
            x->chance);
    for (size_t i = 0; i < x->tokens; i++) fputc(' ', to), put_token(to, x->token[i]);
    fputc('\n', to);
}

static void put_directions(FILE *to, const spx_diagnosis *d)
{
    if (!d->directions) return;
    fputs("\nlayer  matrix      direction   cosine (chance)  tokens that it writes, or of q, k, v, "
          "gate and up reads\n",
          to);
    for (const spx_named_direction *x = d->directions; x; x = x->next) put_direction(to, x);
}

static const char *verdict_colour(const spx_diagnosis *d)
{
    bool less = d->behaviour == SPX_BEHAVIOUR_WORSE;
    for (size_t i = 0; i < d->abilities; i++) less |= spx_ability_lower(&d->ability[i]);
    return spx_diagnosis_broken(d) ? bad : less ? fair : good;
}

void spx_diagnosis_write(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d)
{
    char text[512];
    put_counts(to, d);
    put_matrices(to, look, d);
    put_subspaces(to, look, d);
    put_behaviour(to, look, d);
    spx_diagnosis_change(d, text, sizeof text);
    fprintf(to, "the change  %s\n", text);
    if (d->n > 0 && d->kind != SPX_CHANGE_ROUNDED) put_aim(to, d);
    put_warning(to, look, d);
    put_directions(to, d);
    fputs("\nVERDICT     ", to);
    put_word(to, look, verdict_colour(d), spx_diagnosis_word(d));
    spx_diagnosis_sentence(d, text, sizeof text);
    fprintf(to, ". %s\n", text);
    spx_diagnosis_next(d, text, sizeof text);
    if (*text) fprintf(to, "next        %s\n", text);
}

/* A line a stage, where there are several. */
void spx_diagnosis_series(FILE *to, const spx_diagnosis_look *look, const spx_diagnosis *d,
                          size_t n)
{
    const size_t abilities = d[0].abilities < 2 ? d[0].abilities : 2;
    fprintf(to, "%-20s  changed  LSS-G    SVS  s1/s1", "stage");
    for (size_t a = 0; a < abilities; a++) fprintf(to, "  %10s", d[0].ability[a].heading);
    fputs("  verdict\n", to);
    for (size_t i = 0; i < n; i++) {
        const double *v = d[i].n ? d[i].matrix[0].value : NULL;
        fprintf(to, "%-20.20s  %7zu", d[i].stage, d[i].n);
        put_number(to, 5, 2, v ? v[SPX_DIAGNOSED_LSS] : 1);
        put_number(to, 5, 2, v ? v[SPX_DIAGNOSED_SVS] : 1);
        put_number(to, 5, 2, v ? v[SPX_DIAGNOSED_S1] : 1);
        for (size_t a = 0; a < abilities && a < d[i].abilities; a++)
            fprintf(to, "  %10.4g", d[i].ability[a].after.value);
        fputs("  ", to);
        put_word(to, look, verdict_colour(&d[i]), spx_diagnosis_word(&d[i]));
        fputc('\n', to);
    }
    fputc('\n', to);
}
