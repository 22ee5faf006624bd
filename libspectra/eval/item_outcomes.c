/* item_outcomes.c: the outcomes of items that are right or wrong, by stage in a run file, and the
 * same items of two models paired. */
#include "spx/item_outcomes.h"

#include "eval/records.h"

#include "spx/paired.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char group[] = "item_outcomes";

enum { METRIC_NAME = 64 };

static bool is_of(const spx_item *x, const spx_metric *m)
{
    return x->q == m->q && strcmp(x->set, m->set) == 0;
}

/* The items of a metric; *n = 0 unless each is right or wrong. */
static void take_outcomes(const spx_results *r, const spx_metric *m, double *id, double *right,
                          size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < r->items; i++) {
        const spx_item *x = &r->item[i];
        if (!is_of(x, m)) continue;
        if (x->value != 0 && x->value != 100) {
            *n = 0;
            return;
        }
        id[*n] = (double)x->item;
        right[(*n)++] = x->value / 100;
    }
}

/* The file's name goes to the group; what is there of another file is removed. */
static spx_status settle_set(spx_store *store, const spx_metric *m, spx_error *err)
{
    spx_status st = SPX_OK;
    char name[METRIC_NAME], path[2 * METRIC_NAME], *before = NULL;
    snprintf(name, sizeof name, "%s_set", m->q->name);
    SPX_TRY(spx_store_find_text(store, group, name, &before, err));
    if (before && strcmp(before, m->set) != 0) {
        snprintf(path, sizeof path, "%s/%s", group, m->q->name);
        SPX_TRY(spx_store_remove(store, path, err));
        snprintf(path, sizeof path, "%s/%s_item", group, m->q->name);
        SPX_TRY(spx_store_remove(store, path, err));
    }
    SPX_TRY(spx_store_set_text(store, group, name, m->set, err));
out:
    spx_free(before);
    return st;
}

static spx_status record_metric(spx_store *store, size_t stage, const spx_results *r,
                                const spx_metric *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *id = NULL, *right = NULL;
    size_t n = 0;
    char axis[METRIC_NAME];
    const spx_quantity q = {.name = m->q->name,
                            .units = "1",
                            .long_name = "1: right, 0: wrong, of each item",
                            .source = m->q->source};
    SPX_TRY(SPX_SCRATCH(&tmp, &id, r->items, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &right, r->items, err));
    take_outcomes(r, m, id, right, &n);
    if (n == 0) goto out;
    snprintf(axis, sizeof axis, "%s_item", m->q->name);
    SPX_TRY(settle_set(store, m, err));
    const spx_store_items items = {.id = id, .value = right, .n = n};
    SPX_TRY(spx_store_put_items(store, group, &q, stage, axis, &items, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* True if a later metric of r is of the same quantity, on another set. */
static bool is_superseded(const spx_results *r, size_t metric)
{
    for (size_t i = metric + 1; i < r->metrics; i++)
        if (r->metric[i].q == r->metric[metric].q) return true;
    return false;
}

spx_status spx_item_outcomes_record(spx_store *store, size_t stage, const spx_results *r,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->units, "%") == 0 && !is_superseded(r, i))
            SPX_TRY(record_metric(store, stage, r, &r->metric[i], err));
out:
    return st;
}

void spx_item_outcomes_free(spx_item_outcomes *o)
{
    spx_free(o->at);
    spx_free(o->set);
    *o = (spx_item_outcomes){0};
}

static int by_item(const void *a, const void *b)
{
    const spx_item_outcome *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

/* The row of the stage without what it did not ask. */
static spx_status take_row(const spx_mat *rows, const spx_mat *ids, size_t stage,
                           spx_item_outcomes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&out->at, ids->rows, err));
    for (size_t j = 0; j < ids->rows && j < rows->cols; j++) {
        const double v = rows->data[stage * rows->ld + j];
        if (isnan(v)) continue;
        out->at[out->n++] = (spx_item_outcome){(long)ids->data[j * ids->ld], v != 0};
    }
    qsort(out->at, out->n, sizeof *out->at, by_item);
out:
    return st;
}

spx_status spx_item_outcomes_read(const spx_store *store, const char *metric, size_t stage,
                                  spx_item_outcomes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat rows = {0}, ids = {0};
    spx_item_outcomes o = {0};
    char name[METRIC_NAME], path[2 * METRIC_NAME];
    *out = o;
    snprintf(path, sizeof path, "%s/%.63s", group, metric);
    if (!spx_store_has(store, path)) return SPX_OK;
    SPX_TRY(spx_store_get(store, group, metric, &rows, err));
    if (stage >= rows.rows) goto out;
    snprintf(name, sizeof name, "%.50s_item", metric);
    SPX_TRY(spx_store_get(store, group, name, &ids, err));
    snprintf(name, sizeof name, "%.50s_set", metric);
    SPX_TRY(spx_store_get_text(store, group, name, &o.set, err));
    SPX_TRY(take_row(&rows, &ids, stage, &o, err));
    if (o.n == 0) goto out;
    *out = o;
    o = (spx_item_outcomes){0};
out:
    spx_item_outcomes_free(&o);
    spx_mat_free(&rows);
    spx_mat_free(&ids);
    return st;
}

/* An item of one pair: +1 right in b alone, -1 in a alone, else 0. */
struct spx_item_balance {
    long item;
    int net;
};

void spx_item_pool_free(spx_item_pool *p)
{
    spx_free(p->at);
    *p = (spx_item_pool){0};
}

spx_status spx_item_pool_add(spx_item_pool *p, const spx_item_outcomes *a,
                             const spx_item_outcomes *b, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!a->set || !b->set || strcmp(a->set, b->set) != 0) return SPX_OK;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        const int order = by_item(&a->at[i], &b->at[j]);
        if (order == 0) {
            SPX_TRY(ARRAY_GROW(&p->at, &p->room, p->n, err));
            p->at[p->n++] =
                (struct spx_item_balance){a->at[i].item, b->at[j].right - a->at[i].right};
        }
        i += order <= 0;
        j += order >= 0;
    }
out:
    return st;
}

static int by_balanced_item(const void *a, const void *b)
{
    const struct spx_item_balance *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

spx_discordance spx_item_pool_test(spx_item_pool *p)
{
    spx_discordance d = {.p = (double)NAN};
    if (p->n == 0) return d;
    qsort(p->at, p->n, sizeof *p->at, by_balanced_item);
    for (size_t i = 0, next = 0; i < p->n; i = next) {
        int net = 0;
        for (next = i; next < p->n && p->at[next].item == p->at[i].item; next++)
            net += p->at[next].net;
        d.items++;
        d.lost += net < 0;
        d.gained += net > 0;
    }
    d.p = spx_sign_test(d.lost, d.gained);
    return d;
}
