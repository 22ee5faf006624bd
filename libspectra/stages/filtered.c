/* filtered.c: the change between two checkpoints, tensor by tensor, through a filter. */
#include "spx/filtered.h"

#include "spx/sources.h"

#include <string.h>

spx_status spx_filtered_change(const spx_filter_spec *spec, const spx_mat *W0, spx_update *u,
                               spx_filter_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    SPX_TRY(spx_filter_new(spec, W0, &f, err));
    SPX_TRY(spx_filter_apply(f, u, report, err));
out:
    spx_filter_free(f);
    return st;
}

/* The two checkpoints; the result is `into` with the filtered tensors in place. */
typedef struct filtered {
    const spx_filtered_opts *opts;
    spx_ckpt *base, *edited;
    const spx_ckpt *into;
    spx_rewrite written;
} filtered;

/* One tensor of `into` and what stands for it in the others; NULL where there is none. */
typedef struct trio {
    const spx_tensor *t, *before, *after;
} trio;

static void tell(const filtered *f, const spx_tensor *t, const char *action,
                 const spx_filter_report *r)
{
    if (f->opts->told) f->opts->told(t, action, r, f->opts->arg);
}

/* Both as matrices in the order of `into`. */
static spx_status read_trio(const filtered *f, const trio *x, spx_mat *W0, spx_mat *W1,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_tensor_oriented_like(f->base, x->before, f->into, x->t, W0, err));
    SPX_TRY(spx_tensor_oriented_like(f->edited, x->after, f->into, x->t, W1, err));
    if (W0->rows != W1->rows || W0->cols != W1->cols)
        SPX_RAISE(err, SPX_ESHAPE, "%zu x %zu in %s, %zu x %zu in %s", W0->rows, W0->cols,
                  spx_ckpt_path(f->base), W1->rows, W1->cols, spx_ckpt_path(f->edited));
out:
    return st;
}

/* W0 <- W0 + filter(W1 - W0); u holds W1 and is lost. */
static spx_status filter_matrix(const filtered *f, const char *name, spx_mat *W0, spx_update *u,
                                spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat C = {0}, B = {0};
    spx_filter_spec spec = f->opts->filter;
    const spx_filtered_opts *o = f->opts;
    const spx_filter_row *row = spx_filter_find(spec.name ? spec.name : "none");
    const bool moment = o->moment && row && row->needs_moment;
    const bool gradients = o->gradient_moment && row && row->needs_gradient_moment;
    spx_mat_subtract(&u->A, &u->A, W0);
    if (moment) SPX_TRY(o->moment(name, W0->cols, &C, o->arg, err));
    if (moment) spec.covariance = &C;
    if (gradients) SPX_TRY(o->gradient_moment(name, W0->rows, &B, o->arg, err));
    if (gradients) spec.gradient_moment = &B;
    SPX_TRY(spx_filtered_change(&spec, W0, u, r, err));
    SPX_TRY(spx_update_expand(u, err));
    for (size_t i = 0; i < W0->rows * W0->cols; i++) W0->data[i] += u->A.data[i];
out:
    spx_mat_free(&C);
    spx_mat_free(&B);
    return st;
}

/* True if some entry of W1 - W0 is not 0. */
static bool differ(const spx_mat *W0, const spx_mat *W1)
{
    for (size_t i = 0; i < W0->rows * W0->cols; i++)
        if (W1->data[i] - W0->data[i] != 0) return true;
    return false;
}

static spx_status filter_tensor(filtered *f, const trio *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0};
    spx_update u = {0};
    spx_filter_report r = {0};
    SPX_TRY(read_trio(f, x, &W0, &u.A, err));
    if (!differ(&W0, &u.A)) goto out;
    SPX_TRY(filter_matrix(f, x->before->name, &W0, &u, &r, err));
    SPX_TRY(spx_rewrite_add(&f->written, x->t, &W0, err));
    if (f->opts->take) SPX_TRY(f->opts->take(x->t, &W0, f->opts->take_arg, err));
    tell(f, x->t, "filtered", &r);
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", x->t->name);
    spx_update_free(&u);
    spx_mat_free(&W0);
    return st;
}

static spx_status compare_matrices(const filtered *f, const trio *x, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0}, W1 = {0};
    SPX_TRY(read_trio(f, x, &W0, &W1, err));
    *out = differ(&W0, &W1);
out:
    spx_mat_free(&W0);
    spx_mat_free(&W1);
    return st;
}

static spx_status compare_rows(const spx_tensor_order *order, const trio *x, bool *out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *a = NULL, *b = NULL;
    const size_t rows = spx_tensor_rows(x->after), cols = spx_tensor_cols(x->after);
    SPX_TRY(SPX_SCRATCH(&tmp, &a, cols, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &b, cols, err));
    *out = false;
    for (size_t i = 0; !*out && i < rows; i++) {
        spx_tensor_read_like(order, x->before, i, 1, a);
        spx_tensor_read(x->after, i, 1, b);
        *out = memcmp(a, b, cols * sizeof *a) != 0;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* *out: whether the values of a tensor that is not to be filtered have changed. By rows; where one
 * file turns the other's matrix, as matrices. */
static spx_status has_changed(const filtered *f, const trio *x, bool *out, spx_error *err)
{
    const spx_tensor_order order =
        spx_tensor_order_like(f->base, x->before, f->edited, x->after, f->opts->notify);
    *out = true;
    if (order.turned) return compare_matrices(f, x, out, err);
    if (!spx_tensors_same_shape(x->after, x->before)) return SPX_OK;
    if (x->before->unreadable || x->after->unreadable) {
        *out = !spx_tensor_same_bytes(x->before, x->after);
        return SPX_OK;
    }
    return compare_rows(&order, x, out, err);
}

/* The counterpart of t in a checkpoint, NULL if there is none; SPX_ENOTFOUND names two that fit
 * equally well a tensor that is to be filtered. */
static spx_status find_one(const filtered *f, const spx_tensor *t, const spx_ckpt *c,
                           const spx_tensor **out, spx_error *err)
{
    const spx_tensor *rival[2];
    (void)spx_counterparts(f->into, t, c, out);
    (void)spx_ckpt_counterpart(c, t, rival);
    if (*out || !rival[0] || !spx_tensors_chosen(f->opts->globs, t)) return SPX_OK;
    return spx_no_counterpart(c, t, err);
}

static spx_status visit_tensor(filtered *f, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    trio x = {.t = t};
    bool changed = false;
    SPX_TRY(find_one(f, t, f->base, &x.before, err));
    SPX_TRY(find_one(f, t, f->edited, &x.after, err));
    if (!x.after) return SPX_OK; /* a stage holds the edited tensors only */
    if (!x.before) {
        tell(f, t, "new", NULL);
        return SPX_OK;
    }
    const bool chosen = t->ndim == 2 && spx_tensors_chosen(f->opts->globs, t);
    if (t->bytes == 0 || (t->dtype == SPX_OTHER_TYPE && !chosen)) return SPX_OK;
    if (chosen) return filter_tensor(f, &x, err);
    SPX_TRY(has_changed(f, &x, &changed, err));
    if (changed) tell(f, t, "kept", NULL);
out:
    return st;
}

static spx_status open_checkpoints(filtered *f, const char *base, const char *edited,
                                   const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_source later;
    SPX_TRY(spx_source_open(base, &f->base, err));
    SPX_TRY(spx_source_beside(base, edited, &later, err));
    SPX_TRY(spx_source_open(later.path, &f->edited, err));
    spx_source_notes(f->base, f->opts->notify);
    spx_source_notes(f->edited, f->opts->notify);
    f->into = spx_ckpt_holds_edits_only(f->edited) ? f->base : f->edited;
    SPX_TRY(spx_tensors_some(f->opts->globs, f->into, err));
    SPX_TRY(spx_rewrite_open(&f->written, f->into, f->opts->dtype, output, err));
    f->written.notify = f->opts->notify;
out:
    return st;
}

spx_status spx_filtered_checkpoints(const char *base, const char *edited,
                                    const spx_filtered_opts *o, const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    filtered f = {.opts = o};
    SPX_TRY(open_checkpoints(&f, base, edited, output, err));
    for (size_t i = 0; i < spx_ckpt_count(f.into); i++)
        SPX_TRY(visit_tensor(&f, spx_ckpt_at(f.into, i), err));
    if (f.written.n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor that is to be filtered differs from %s",
                  edited, base);
    SPX_TRY(spx_rewrite_write(&f.written, err));
    SPX_TRY(spx_ckpt_check(f.base, err));
    SPX_TRY(spx_ckpt_check(f.edited, err));
out:
    spx_rewrite_close(&f.written);
    spx_ckpt_close(f.edited);
    spx_ckpt_close(f.base);
    return st;
}
