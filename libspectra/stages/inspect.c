/* inspect.c: ranges of values, and faults of tensors. */
#include "spx/inspect.h"

#include <math.h>
#include <string.h>

enum { PANEL_VALUES = 1 << 16 };

static void add_value(spx_range *r, double *sum, double x)
{
    const double size = fabs(x);
    if (!isfinite(x)) {
        r->nonfinite++;
        return;
    }
    r->zeros += size == 0;
    r->subnormal += size > 0 && size < 0x1p-126;
    r->lost += (size > 0 && size <= 0x1p-134) || size >= 0x1.ffp127;
    r->min = fmin(r->min, x);
    r->max = fmax(r->max, x);
    *sum += x * x;
}

spx_status spx_range_measure(const spx_ckpt *c, const spx_tensor *t, spx_range *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *x = NULL, sum = 0;
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    const size_t fit = cols > 0 ? PANEL_VALUES / cols : 1, height = fit > 0 ? fit : 1;
    *out = (spx_range){.min = (double)INFINITY, .max = -(double)INFINITY, .values = rows * cols};
    if (t->unreadable || t->dtype == SPX_OTHER_TYPE || out->values == 0) {
        out->min = out->max = out->rms = (double)NAN;
        return SPX_OK;
    }
    SPX_TRY(SPX_SCRATCH(&tmp, &x, (height < rows ? height : rows) * cols, err));
    for (size_t r = 0; r < rows; r += height) {
        const size_t n = rows - r < height ? rows - r : height;
        spx_tensor_read(t, r, n, x);
        spx_ckpt_release(c, t, r, n);
        for (size_t i = 0; i < n * cols; i++) add_value(out, &sum, x[i]);
    }
    out->rms = sqrt(sum / (double)(out->values - out->nonfinite));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Counts the earlier tensors of the same type and bytes. */
static spx_status count_copies(spx_ckpt *c, const spx_tensor *const *list, size_t i, size_t *n,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    char own[SPX_SHA256_HEX], other[SPX_SHA256_HEX];
    *n = 0;
    if (list[i]->bytes < 64) return SPX_OK; /* a few zeros are not a copy */
    SPX_TRY(spx_ckpt_sha256(c, list[i], own, err));
    for (size_t j = 0; j < i; j++) {
        if (list[j]->dtype != list[i]->dtype || list[j]->bytes != list[i]->bytes) continue;
        SPX_TRY(spx_ckpt_sha256(c, list[j], other, err));
        *n += strcmp(own, other) == 0;
    }
out:
    return st;
}

/* Counts the earlier tensors that share some of its bytes, but not all. */
static size_t count_overlaps(const spx_tensor *const *list, size_t i)
{
    const spx_tensor *t = list[i];
    size_t n = 0;
    for (size_t j = 0; j < i; j++) {
        const spx_tensor *u = list[j];
        const bool apart =
            t->added || u->added || t->data + t->bytes <= u->data || u->data + u->bytes <= t->data;
        n += !apart && (t->data != u->data || t->bytes != u->bytes);
    }
    return n;
}

static spx_status find_faults(spx_ckpt *c, const spx_tensor *const *list, size_t at,
                              spx_fault_fn *told, size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_range r;
    size_t copies = 0;
    const bool weights = spx_tensor_has_weights(list[at]);
    SPX_TRY(spx_range_measure(c, list[at], &r, err));
    SPX_TRY(count_copies(c, list, at, &copies, err));
    const struct {
        const char *what;
        size_t count;
    } fault[] = {
        {"values cannot be known", list[at]->unreadable ? r.values : 0},
        {"not finite", r.nonfinite},
        {"all zero", weights && r.zeros == r.values ? r.zeros : 0},
        {"subnormal", weights ? r.subnormal : 0},
        {"0 or infinite in bf16", weights ? r.lost : 0},
        {"same bytes as a tensor before", copies},
        {"overlaps a tensor before", count_overlaps(list, at)},
    };
    for (size_t i = 0; i < sizeof fault / sizeof *fault; i++) {
        if (fault[i].count == 0) continue;
        told(c, list[at]->name, fault[i].what, fault[i].count);
        (*found)++;
    }
out:
    return st;
}

spx_status spx_faults_find(spx_ckpt *c, spx_tensor_keep *keep, spx_fault_fn *told, size_t *found,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    SPX_TRY(spx_tensors_sorted(c, keep, &list, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(find_faults(c, list, i, told, found, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
