/* covariance.c: second moments of keys, measured on a text and kept in run files. */
#include "spx/covariance.h"

#include <assert.h>
#include <stdio.h>

static const size_t batch_rows = 2048;

/* What the windows of one pass need. */
typedef struct pass {
    size_t windows; /* at most */
    size_t to;      /* blocks 0 .. to - 1 run */
    size_t *start;  /* windows + 1 */
    float *x;       /* rows x d_model */
    float **keys;   /* to; rows x d_ff each, NULL for blocks that are not measured */
    spx_mat panel;  /* rows x d_ff: keys in double */
} pass;

static spx_status pass_open(pass *p, const spx_model *m, const size_t *layer, size_t n,
                            size_t window, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    *p = (pass){.windows = batch_rows / window > 0 ? batch_rows / window : 1,
                .to = layer[n - 1] + 1};
    const size_t rows = p->windows * window;
    SPX_TRY(spx_mat_scratch(tmp, &p->panel, rows, c->d_ff, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->x, rows * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->start, p->windows + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->keys, p->to, err));
    for (size_t i = 0; i < n; i++) {
        assert(layer[i] < c->layers);
        SPX_TRY(SPX_SCRATCH(tmp, &p->keys[layer[i]], rows * c->d_ff, err));
    }
    for (size_t s = 0; s <= p->windows; s++) p->start[s] = s * window;
out:
    return st;
}

/* C <- C + weight X^T X for rows x f floats x. */
static void add_keys(spx_mat *C, const float *x, size_t rows, double weight, spx_mat *panel)
{
    spx_mat X = spx_mat_view(panel, 0, 0, rows, C->rows);
    spx_floats_widen(x, &X);
    spx_syrk(C, weight, &X, SPX_T, 1);
}

spx_status spx_covariance_measure(const spx_model *m, const size_t *layer, size_t n,
                                  const spx_covariance_text *text, spx_mat *C,
                                  spx_progress_fn *progress, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    pass p;
    const size_t window = text->window, used = text->count / window * window;
    if (used == 0)
        SPX_RAISE(err, SPX_EINVAL, "text of %zu tokens is shorter than a window of %zu",
                  text->count, window);
    SPX_TRY(pass_open(&p, m, layer, n, window, &tmp, err));
    for (size_t done = 0, take; done < used; done += take * window) {
        const size_t left = (used - done) / window;
        take = left < p.windows ? left : p.windows;
        const spx_batch b = {.n = take, .start = p.start, .token = text->token + done};
        const spx_pass run = {.from = 0, .to = p.to, .keys = p.keys};
        spx_model_embed(m, &b, p.x);
        SPX_TRY(spx_model_forward(m, &b, &run, p.x, err));
        for (size_t i = 0; i < n; i++)
            add_keys(&C[i], p.keys[layer[i]], take * window, 1 / (double)used, &p.panel);
        if (progress) progress("tokens", done + take * window, used);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Of keys, and of output gradients. */
static const char of_keys[] = "second_moment", of_gradients[] = "gradient_moment";

static void group_of(const char *tensor, char *group, size_t size)
{
    spx_store_group_of(group, size, "covariance", tensor);
}

static spx_status write_moment(spx_store *s, const char *tensor, const char *name, const spx_mat *C,
                               spx_error *err)
{
    char group[512];
    group_of(tensor, group, sizeof group);
    return spx_store_put_matrix(s, group, name, C, err);
}

/* What stands before a tensor's name in a message. */
static const char *whose(const char *name)
{
    return name == of_gradients ? "the output gradients of " : "";
}

static spx_status fail_missing(const spx_store *s, const char *tensor, const char *name,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    char *layers = NULL;
    SPX_TRY(spx_store_find_text(s, "", "layers", &layers, err));
    SPX_RAISE(err, SPX_ENOTFOUND, "%s: no second moment of %s%s%s%s", spx_store_path(s),
              whose(name), tensor, layers ? "; it has those of layers " : "", layers ? layers : "");
out:
    spx_free(layers);
    return st;
}

static spx_status read_moment(const spx_store *s, const char *tensor, const char *name, size_t size,
                              spx_mat *C, spx_error *err)
{
    char group[512];
    group_of(tensor, group, sizeof group);
    spx_error why = {0};
    spx_status st = spx_store_get(s, group, name, C, &why);
    if (st == SPX_ENOTFOUND) return fail_missing(s, tensor, name, err);
    if (st != SPX_OK && err) *err = why;
    if (st != SPX_OK || (C->rows == size && C->cols == size)) return st;
    st = SPX_FAIL(err, SPX_ESHAPE, "%s: second moment of %s%s is %zu x %zu, not %zu x %zu",
                  spx_store_path(s), whose(name), tensor, C->rows, C->cols, size, size);
    spx_mat_free(C);
    return st;
}

spx_status spx_covariance_write(spx_store *s, const char *tensor, const spx_mat *C, spx_error *err)
{
    return write_moment(s, tensor, of_keys, C, err);
}

spx_status spx_covariance_read(const spx_store *s, const char *tensor, size_t size, spx_mat *C,
                               spx_error *err)
{
    return read_moment(s, tensor, of_keys, size, C, err);
}

spx_status spx_gradient_moment_write(spx_store *s, const char *tensor, const spx_mat *B,
                                     spx_error *err)
{
    return write_moment(s, tensor, of_gradients, B, err);
}

spx_status spx_gradient_moment_read(const spx_store *s, const char *tensor, size_t size, spx_mat *B,
                                    spx_error *err)
{
    return read_moment(s, tensor, of_gradients, size, B, err);
}
