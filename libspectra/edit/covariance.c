/* covariance.c: second moments of keys from a text. */
#include "spx/covariance.h"

#include <assert.h>
#include <stdio.h>

/* C <- C + (1/N) X^T X for rows x f floats, widened into panel. */
static void accumulate(spx_mat *C, const float *x, size_t rows, double weight, spx_mat *panel)
{
    for (size_t i = 0; i < rows * C->rows; i++) panel->data[i] = (double)x[i];
    const spx_mat used = spx_mat_view(panel, 0, 0, rows, C->rows);
    spx_syrk(C, weight, &used, SPX_T, 1);
}

static const size_t batch_rows = 2048;

spx_status spx_covariance_measure(const spx_model *m, const size_t *layer, size_t n,
                                  const int32_t *token, size_t count, size_t window, spx_mat *C,
                                  spx_progress_fn *progress, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_model_config *c = spx_model_shape(m);
    const size_t f = c->d_ff, to = layer[n - 1] + 1, used = count / window * window;
    const size_t most = batch_rows / window > 0 ? batch_rows / window : 1;
    spx_mat panel;
    void *x = NULL, *start = NULL, *keys = NULL;

    if (used == 0)
        SPX_RAISE(err, SPX_EINVAL, "text of %zu tokens is shorter than a window of %zu", count,
                  window);
    SPX_TRY(spx_mat_scratch(&tmp, &panel, most * window, f, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &x, most * window * c->d_model, sizeof(float), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &start, most + 1, sizeof(size_t), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &keys, to, sizeof(float *), err));
    for (size_t i = 0; i < n; i++) {
        assert(layer[i] < c->layers && C[i].rows == f && C[i].cols == f);
        SPX_TRY(SPX_SCRATCH(&tmp, &((float **)keys)[layer[i]], most * window * f, err));
    }
    for (size_t done = 0; done < used;) {
        const size_t left = (used - done) / window, take = left < most ? left : most;
        for (size_t s = 0; s <= take; s++) ((size_t *)start)[s] = s * window;
        const spx_batch b = {.n = take, .start = start, .token = token + done};
        const spx_pass pass = {.from = 0, .to = to, .keys = keys};
        spx_model_embed(m, &b, x);
        SPX_TRY(spx_model_forward(m, &b, &pass, x, err));
        for (size_t i = 0; i < n; i++)
            accumulate(&C[i], ((float **)keys)[layer[i]], take * window, 1 / (double)used, &panel);
        done += take * window;
        if (progress) progress("tokens", done, used);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static void group_of(const char *tensor, char *group, size_t size)
{
    snprintf(group, size, "covariance/%s", tensor);
}

spx_status spx_covariance_write(spx_store *s, const char *tensor, const spx_mat *C, spx_error *err)
{
    char group[512];
    group_of(tensor, group, sizeof group);
    return spx_store_put_matrix(s, group, "second_moment", C, err);
}

spx_status spx_covariance_read(const spx_store *s, const char *tensor, size_t size, spx_mat *C,
                               spx_error *err)
{
    char group[512];
    group_of(tensor, group, sizeof group);
    spx_status st = spx_store_get(s, group, "second_moment", C, err);
    if (st != SPX_OK || (C->rows == size && C->cols == size)) return st;
    st = SPX_FAIL(err, SPX_ESHAPE, "%s: second moment of %s is %zu x %zu, not %zu x %zu",
                  spx_store_path(s), tensor, C->rows, C->cols, size, size);
    spx_mat_free(C);
    return st;
}
