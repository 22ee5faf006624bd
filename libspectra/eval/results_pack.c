/* results_pack.c: what an evaluation found, as bytes. */
#include "spx/metrics.h"

#include <string.h>

/* The metric that an item is of: one of the same quantity on the same set. */
static size_t metric_of(const spx_results *r, const spx_item *x)
{
    size_t i = 0;
    while (i < r->metrics && (r->metric[i].q != x->q || strcmp(r->metric[i].set, x->set) != 0)) i++;
    return i;
}

static spx_status pack_metric(const spx_metric *m, spx_bytes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const double x[] = {m->value, m->lo, m->hi};
    SPX_TRY(spx_bytes_add_text(out, m->q->name, err));
    SPX_TRY(spx_bytes_add_text(out, m->set, err));
    SPX_TRY(spx_bytes_add_number(out, m->items, err));
    SPX_TRY(spx_bytes_add(out, x, sizeof x, err));
out:
    return st;
}

spx_status spx_results_pack(const spx_results *r, spx_bytes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_bytes_add_number(out, r->metrics, err));
    for (size_t i = 0; i < r->metrics; i++) SPX_TRY(pack_metric(&r->metric[i], out, err));
    SPX_TRY(spx_bytes_add_number(out, r->items, err));
    for (size_t i = 0; i < r->items; i++) {
        const spx_item *x = &r->item[i];
        SPX_TRY(spx_bytes_add_number(out, metric_of(r, x), err));
        SPX_TRY(spx_bytes_add_number(out, (uint64_t)x->item, err));
        SPX_TRY(spx_bytes_add(out, &x->value, sizeof x->value, err));
    }
out:
    return st;
}

static const spx_quantity *quantity_called(const char *name)
{
    const spx_quantity *q = NULL;
    for (size_t i = 0; (q = spx_eval_metric(i)); i++)
        if (strcmp(q->name, name) == 0) return q;
    return NULL;
}

static bool read_doubles(spx_reader *r, double *x, size_t n)
{
    const unsigned char *bytes = NULL;
    if (!spx_reader_take(r, n * sizeof *x, &bytes)) return false;
    memcpy(x, bytes, n * sizeof *x);
    return true;
}

static bool read_metric(spx_reader *r, spx_metric *m)
{
    const char *name = NULL;
    uint64_t items = 0;
    double x[3];
    if (!spx_reader_text(r, &name) || !spx_reader_text(r, &m->set) ||
        !spx_reader_number(r, &items) || !read_doubles(r, x, 3))
        return false;
    m->q = quantity_called(name);
    m->items = (size_t)items;
    m->value = x[0];
    m->lo = x[1];
    m->hi = x[2];
    return m->q != NULL;
}

static bool read_item(spx_reader *r, const spx_results *of, spx_item *x)
{
    uint64_t metric = 0, item = 0;
    if (!spx_reader_number(r, &metric) || !spx_reader_number(r, &item) ||
        !read_doubles(r, &x->value, 1) || metric >= of->metrics)
        return false;
    x->q = of->metric[metric].q;
    x->set = of->metric[metric].set;
    x->item = (long)item;
    return true;
}

spx_status spx_results_unpack(const spx_bytes *from, spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_reader r = {from->data, from->size};
    uint64_t n = 0;
    *out = (spx_results){0};
    bool whole = spx_reader_number(&r, &n) && n <= r.left;
    if (whole) SPX_TRY(SPX_NEW(&out->metric, n, err));
    for (; whole && out->metrics < n; out->metrics += whole)
        whole = read_metric(&r, &out->metric[out->metrics]);
    whole = whole && spx_reader_number(&r, &n) && n <= r.left;
    if (whole) SPX_TRY(SPX_NEW(&out->item, n, err));
    for (; whole && out->items < n; out->items += whole)
        whole = read_item(&r, out, &out->item[out->items]);
    if (!whole || r.left > 0) SPX_RAISE(err, SPX_EFORMAT, "results that are not whole");
    out->metric_room = out->metrics;
    out->item_room = out->items;
out:
    if (st != SPX_OK) spx_results_free(out);
    return st;
}

spx_status spx_results_keep(const spx_results *r, spx_journal *kept, size_t item, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes packed = {0};
    SPX_TRY(spx_results_pack(r, &packed, err));
    SPX_TRY(spx_journal_add(kept, item, packed.data, packed.size, err));
out:
    spx_bytes_free(&packed);
    return st;
}

spx_status spx_results_recall(const spx_journal *kept, size_t item, spx_bytes *texts,
                              spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_journal_get(kept, item, texts, err));
    SPX_TRY(spx_results_unpack(texts, out, err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", spx_journal_path(kept));
    return st;
}
