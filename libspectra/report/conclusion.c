/* conclusion.c: what the arms of a plan have come to, in sentences and six columns. */
#include "report/conclusion.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static spx_metric metric_at(const double *value, const double *lo, const double *hi, size_t i)
{
    return (spx_metric){.value = value[i], .lo = lo[i], .hi = hi[i]};
}

spx_behaviour_state conclusion_state(const summary_row *r)
{
    static const struct {
        const char *name;
        bool less_is_better;
    } judged[] = {{"perplexity", true}, {"lambada", false}};
    spx_behaviour_state worst = SPX_BEHAVIOUR_UNKNOWN;
    for (size_t k = 0; k < sizeof judged / sizeof *judged; k++) {
        const size_t i = summary_metric(judged[k].name);
        const spx_metric before = metric_at(r->before, r->before_lo, r->before_hi, i);
        const spx_metric after = metric_at(r->value, r->lo, r->hi, i);
        if (isnan(before.value) || isnan(after.value)) continue;
        const spx_behaviour_state s = spx_behaviour_of(&before, &after, judged[k].less_is_better);
        if (s > worst) worst = s;
    }
    return worst;
}

/* Room that is left in a text, and adding to it. */
typedef struct line {
    char *at;
    size_t room;
} line;

static void add(line *l, const char *text)
{
    const size_t n = strlen(text);
    if (n >= l->room) return;
    memcpy(l->at, text, n + 1);
    l->at += n;
    l->room -= n;
}

/* "broken: memit (perplexity 33 -> 900), emmet (...)"; nothing if no row is in that state. */
static void add_state(line *l, const summary_row *rows, size_t n, spx_behaviour_state state,
                      const char *word)
{
    const size_t p = summary_metric("perplexity");
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        char text[256];
        if (conclusion_state(&rows[i]) != state) continue;
        add(l, any ? ", " : word);
        any = true;
        if (isnan(rows[i].value[p]))
            snprintf(text, sizeof text, "%s", rows[i].arm);
        else
            snprintf(text, sizeof text, "%s (perplexity %.4g -> %.4g)", rows[i].arm,
                     rows[i].before[p], rows[i].value[p]);
        add(l, text);
    }
    if (any) add(l, ". ");
}

void conclusion_sentence(const summary_row *rows, size_t n, char *out, size_t room)
{
    line l = {out, room};
    *out = '\0';
    add_state(&l, rows, n, SPX_BEHAVIOUR_BROKEN, "Broken: ");
    add_state(&l, rows, n, SPX_BEHAVIOUR_WORSE, "Worse than before any edit, not broken: ");
    add_state(&l, rows, n, SPX_BEHAVIOUR_KEPT, "Within the error of the unedited model: ");
    if (l.at > out) l.at[-1] = '\0';
}

static void put_number(FILE *to, int width, double x)
{
    if (isnan(x))
        fprintf(to, "  %*s", width, "-");
    else
        fprintf(to, "  %*.4g", width, x);
}

void conclusion_table(FILE *to, const summary_row *rows, size_t n)
{
    static const char *const words[] = {"", "kept", "worse", "broken"};
    static const char *const names[] = {"rewrite_success", "rewrite_acc", "perplexity", "lambada"};
    fprintf(to, "%-28s  success  argmax  perplexity  LAMBADA  text\n", "arm");
    for (size_t i = 0; i < n; i++) {
        static const int widths[] = {7, 6, 10, 7};
        fprintf(to, "%-28.28s", rows[i].arm);
        for (size_t k = 0; k < 4; k++)
            put_number(to, widths[k], rows[i].value[summary_metric(names[k])]);
        fprintf(to, "  %s\n", words[conclusion_state(&rows[i])]);
    }
}
