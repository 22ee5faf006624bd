/* paired.c: pairs the items of two files and tests their differences. */
#include "spx/paired.h"

#include "eval/metrics_results.h"
#include "eval/records.h"

#include "spx/file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line of a file; its texts lie in the file's text. */
typedef struct row {
    const char *metric, *set;
    long item;
    double value;
    size_t line;
} row;

typedef struct table {
    char *text;
    row *at;
    size_t n, room;
} table;

static int by_set(const row *x, const row *y)
{
    const int metric = strcmp(x->metric, y->metric);
    return metric ? metric : strcmp(x->set, y->set);
}

static int by_key(const void *a, const void *b)
{
    const row *x = a, *y = b;
    const int set = by_set(x, y);
    return set ? set : (x->item > y->item) - (x->item < y->item);
}

/* Splits a line into metric, set, item and value. */
static spx_status read_row(char *line, row *out, spx_error *err)
{
    char *cell[4] = {line}, *end = NULL;
    for (size_t i = 1; i < 4; i++) {
        char *tab = strchr(cell[i - 1], '\t');
        if (!tab) return SPX_FAIL(err, SPX_EFORMAT, "expected metric, set, item and value");
        *tab = '\0';
        cell[i] = tab + 1;
    }
    out->metric = cell[0];
    out->set = cell[1];
    errno = 0;
    out->item = strtol(cell[2], &end, 10);
    if (errno || end == cell[2] || *end)
        return SPX_FAIL(err, SPX_EFORMAT, "item '%.20s' is not an integer", cell[2]);
    out->value = strtod(cell[3], &end);
    if (end == cell[3] || (*end && *end != '\r') || !isfinite(out->value))
        return SPX_FAIL(err, SPX_EFORMAT, "value '%.20s' is not a finite number", cell[3]);
    return SPX_OK;
}

static spx_status read_table(const char *path, table *t, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t len = 0, number = 0;
    SPX_TRY(spx_file_text(path, &t->text, &len, err));
    for (char *line = t->text, *next = NULL; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (++number == 1) continue; /* the names of the columns */
        SPX_TRY(ARRAY_GROW(&t->at, &t->room, t->n, err));
        t->at[t->n].line = number;
        st = read_row(line, &t->at[t->n], err);
        if (st != SPX_OK) spx_prefix(err, "%s: line %zu", path, number);
        SPX_TRY(st);
        t->n++;
    }
    if (t->n > 0) qsort(t->at, t->n, sizeof *t->at, by_key);
    for (size_t i = 1; i < t->n; i++)
        if (by_key(&t->at[i - 1], &t->at[i]) == 0)
            SPX_RAISE(err, SPX_EINVAL, "%s: lines %zu and %zu hold the same item", path,
                      t->at[i - 1].line, t->at[i].line);
out:
    return st;
}

double spx_sign_test(size_t a_higher, size_t b_higher)
{
    const size_t k = a_higher < b_higher ? a_higher : b_higher, n = a_higher + b_higher;
    double sum = 0;
    for (size_t i = 0; i <= k; i++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) -
                   (double)n * log(2));
    return fmin(1, 2 * sum);
}

/* Values of the pairs of one set. */
typedef struct pairing {
    double *a, *b, *difference;
    long *item;
    size_t n;
} pairing;

static spx_status summarize_pairs(const row *first, const pairing *p, unsigned long long seed,
                                  spx_pair *out, spx_error *err)
{
    static const spx_quantity difference = {"difference", "1",   "b - a",
                                            "",           "any", "0: no difference"};
    spx_status st = SPX_OK;
    spx_results r = {0};
    const sample s = {.q = &difference,
                      .set = "",
                      .item = p->item,
                      .value = p->difference,
                      .n = p->n,
                      .seed = seed};
    out->items = p->n;
    for (size_t i = 0; i < p->n; i++) {
        p->difference[i] = p->b[i] - p->a[i];
        out->a += p->a[i] / (double)p->n;
        out->b += p->b[i] / (double)p->n;
        out->a_higher += p->a[i] > p->b[i];
        out->b_higher += p->b[i] > p->a[i];
    }
    SPX_TRY(results_mean(&r, &s, err));
    out->lo = r.metric[0].lo;
    out->hi = r.metric[0].hi;
    out->p = spx_sign_test(out->a_higher, out->b_higher);
    SPX_TRY(spx_text_dup(&out->metric, first->metric, err));
    SPX_TRY(spx_text_dup(&out->set, first->set, err));
out:
    spx_results_free(&r);
    return st;
}

/* Pairs the rows of one set, from *i of a and *j of b on, and counts those in one alone. */
static void merge_set(const table *a, const table *b, size_t *i, size_t *j, pairing *p,
                      spx_pair *out)
{
    const row set =
        *i < a->n && (*j == b->n || by_set(&a->at[*i], &b->at[*j]) <= 0) ? a->at[*i] : b->at[*j];
    p->n = 0;
    for (;;) {
        const bool in_a = *i < a->n && by_set(&a->at[*i], &set) == 0;
        const bool in_b = *j < b->n && by_set(&b->at[*j], &set) == 0;
        if (!in_a && !in_b) return;
        const int order = !in_b ? -1 : !in_a ? 1 : by_key(&a->at[*i], &b->at[*j]);
        if (order == 0) {
            p->a[p->n] = a->at[*i].value;
            p->b[p->n] = b->at[*j].value;
            p->item[p->n++] = set.item;
        }
        out->a_only += order < 0;
        out->b_only += order > 0;
        *i += order <= 0;
        *j += order >= 0;
    }
}

static spx_status compare_tables(const table *a, const table *b, unsigned long long seed,
                                 spx_pairs *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    pairing p = {0};
    size_t room = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &p.a, a->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &p.b, a->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &p.difference, a->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &p.item, a->n, err));
    for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
        spx_pair pair = {0};
        const row *first = i < a->n ? &a->at[i] : NULL;
        merge_set(a, b, &i, &j, &p, &pair);
        if (p.n == 0) continue;
        SPX_TRY(ARRAY_GROW(&out->at, &room, out->n, err));
        st = summarize_pairs(first, &p, seed, &pair, err);
        out->at[out->n++] = pair;
        SPX_TRY(st);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_paired_compare(const char *a, const char *b, unsigned long long seed, spx_pairs *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    table x = {0}, y = {0};
    spx_pairs p = {0};
    *out = (spx_pairs){0};
    SPX_TRY(read_table(a, &x, err));
    SPX_TRY(read_table(b, &y, err));
    SPX_TRY(compare_tables(&x, &y, seed, &p, err));
    if (p.n == 0) SPX_RAISE(err, SPX_EINVAL, "%s and %s have no item in common", a, b);
    *out = p;
    p = (spx_pairs){0};
out:
    spx_pairs_free(&p);
    spx_free(x.text);
    spx_free(x.at);
    spx_free(y.text);
    spx_free(y.at);
    return st;
}

void spx_pairs_free(spx_pairs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        spx_free(p->at[i].metric);
        spx_free(p->at[i].set);
    }
    spx_free(p->at);
    *p = (spx_pairs){0};
}
