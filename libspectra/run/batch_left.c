/* batch_left.c: what is left of a batch's residuals after a layer's write. The residual is that at
 * the last layer, measured from before the first write; where targets are found layer by layer,
 * that at the layer itself, measured from before its write. */
#include "run/batch.h"

#include "spx/extremes.h"

#include <math.h>

/* size (one a fact) <- |z - h| of every fact. */
static spx_status read_sizes(const batch *b, size_t i, spx_keys *keys, double *size, spx_error *err)
{
    const session *s = b->s;
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat R;
    const bool each = s->rule->search == SPX_SEARCH_EACH;
    const spx_mat *Z = &b->Z[each ? i : s->spec->layers - 1];
    SPX_TRY(spx_mat_scratch(&tmp, &R, Z->rows, Z->cols, err));
    const bool at_ffn = s->editor->site == SPX_TARGET_FFN;
    const spx_keys_out out = {.value = at_ffn ? &R : NULL,
                              .own = !at_ffn && each ? &R : NULL,
                              .H = !at_ffn && !each ? &R : NULL};
    SPX_TRY(spx_keys_read(keys, s->editor->key_mean, &out, err));
    if (at_ffn) spx_model_ffn_added(s->model, s->at[i].layer, &R);
    spx_mat_subtract(&R, Z, &R);
    for (size_t f = 0; f < R.cols; f++) {
        const spx_mat column = spx_mat_view(&R, 0, f, R.rows, 1);
        size[f] = spx_norm_fro(&column);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status batch_left_before(batch *b, size_t i, spx_keys *keys, spx_error *err)
{
    const bool begins = b->s->rule->search == SPX_SEARCH_EACH || (i == 0 && isnan(b->left[0]));
    return begins ? read_sizes(b, i, keys, b->gap, err) : SPX_OK;
}

/* Where targets are found layer by layer, a fact that an earlier write brought to its goal has
 * nothing left to gain but what the search rounds to, of which no share can be told. */
static const double nothing = 1e-3; /* of the batch's largest residual */

double batch_mean_left(const double *size, const double *gap, size_t n)
{
    double largest = 0, sum = 0;
    size_t counted = 0;
    for (size_t f = 0; f < n; f++) largest = spx_max(largest, gap[f]);
    for (size_t f = 0; f < n; f++) {
        if (gap[f] <= nothing * largest) continue;
        sum += size[f] / gap[f];
        counted++;
    }
    return counted ? sum / (double)counted : (double)NAN;
}

spx_status batch_left_after(batch *b, size_t i, spx_keys *keys, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *size = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &size, b->prompts.facts, err));
    SPX_TRY(read_sizes(b, i, keys, size, err));
    b->left[i] = batch_mean_left(size, b->gap, b->prompts.facts);
    batch_charge(b, &b->report->keys);
out:
    spx_scratch_free(&tmp);
    return st;
}
