/* frontier.c: which rows of a repair are on the frontier, and where it bends. */
#include "spx/repair.h"

#include <math.h>

static bool is_point(const spx_repair_row *r)
{
    return isfinite(r->kept) && isfinite(r->perplexity) && r->perplexity > 0;
}

static bool beats(const spx_repair_row *a, const spx_repair_row *b)
{
    const bool as_good = a->kept >= b->kept && a->perplexity <= b->perplexity;
    return is_point(a) && as_good && (a->kept > b->kept || a->perplexity < b->perplexity);
}

static bool on_frontier(const spx_repair_row *row, size_t n, size_t i)
{
    if (!is_point(&row[i])) return false;
    for (size_t j = 0; j < n; j++)
        if (beats(&row[j], &row[i])) return false;
    return true;
}

/* Of points of the frontier, that with more facts has the larger perplexity, too: its ends are
 * known by the facts alone. */
static void find_ends(const spx_repair_row *row, size_t n, const spx_repair_row **most,
                      const spx_repair_row **least)
{
    for (size_t i = 0; i < n; i++) {
        if (!row[i].frontier) continue;
        if (!*most || row[i].kept > (*most)->kept) *most = &row[i];
        if (!*least || row[i].kept < (*least)->kept) *least = &row[i];
    }
}

static double distance_of(const spx_repair_row *r, const spx_repair_row *most,
                          const spx_repair_row *least)
{
    const double facts = most->kept - least->kept;
    const double text = log(most->perplexity) - log(least->perplexity);
    if (!(facts > 0 && text > 0)) return 0; /* one point */
    return ((r->kept - least->kept) / facts + (log(most->perplexity) - log(r->perplexity)) / text -
            1) /
           sqrt(2);
}

/* The row that is the only point of the frontier but for the unedited model, row 0; that one, if
 * there is no other; NULL if there are several. */
static spx_repair_row *only_point(spx_repair_row *row, size_t n)
{
    spx_repair_row *only = NULL;
    for (size_t i = 1; i < n; i++) {
        if (!row[i].frontier) continue;
        if (only && row[i].kept != only->kept) return NULL;
        if (!only) only = &row[i];
    }
    if (!only && n > 0 && row[0].frontier) return &row[0];
    return only;
}

void spx_repair_mark(spx_repair_row *row, size_t n)
{
    const spx_repair_row *most = NULL, *least = NULL;
    spx_repair_row *knee = NULL;
    for (size_t i = 0; i < n; i++) row[i].frontier = on_frontier(row, n, i);
    find_ends(row, n, &most, &least);
    for (size_t i = 0; i < n; i++) {
        row[i].knee = false;
        row[i].distance = row[i].frontier ? distance_of(&row[i], most, least) : (double)NAN;
        if (row[i].frontier && (!knee || row[i].distance > knee->distance)) knee = &row[i];
    }
    if (!knee || !(knee->distance > 0)) knee = only_point(row, n);
    if (knee) knee->knee = true;
}
