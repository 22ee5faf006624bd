/* quantised_scaled.c: one code a value: FP8 and int8 with scales, LLM.int8. */
#include "formats/dtype.h"
#include "formats/quantised.h"

#include <stdio.h>

/*
 * FP8 (DeepSeek-V3, Qwen, transformers' finegrained_fp8, FBGEMM, ModelOpt, compressed-tensors' and
 * quark's float-quantized and int-quantized): W = (code - zero) scale. The scale is one value, one
 * for each row (output), or one for each block of rows and columns, by the shape of its tensor. It
 * multiplies, also where it is called weight_scale_inv.
 *
 * LLM.int8 (bitsandbytes, int8_vectorwise_dequant, which multiplies by the float nearest to 1 / 127
 * instead, up to one unit in the last place away): W = code SCB[row] / 127.
 */

/* Where scales are found: after the name of the codes or after their stem. */
static const char *const after_codes[] = {"_scale_inv", "_scale"};
static const char *const after_stem[] = {"scale", "scale_weight"};

static const spx_tensor *find_scale(const joiner *j, quantised *q, const char *use)
{
    const spx_tensor *found = NULL, *t = NULL;
    const bool weight = q->stem_len < strlen(q->codes->name);
    for (size_t i = 0; i < 2; i++)
        if ((t = join_find_after(j, q, after_codes[i], use)) != NULL && !found) found = t;
    for (size_t i = 0; weight && i < 2; i++)
        if ((t = join_find(j, q, after_stem[i], use)) != NULL && !found) found = t;
    return found;
}

static bool owns_scaled(const joiner *j, quantised *q)
{
    const spx_dtype t = q->codes->dtype;
    if (t != SPX_I8 && (t < SPX_F8_E4M3 || t > SPX_F8_E5M2FNUZ)) return false;
    if (!join_name_ends(q, "weight")) q->stem_len = strlen(q->codes->name);
    return find_scale(j, q, NULL) != NULL;
}

/* Shape of the matrices, from that of the codes. */
static spx_status take_shape(quantised *q, spx_error *err)
{
    const spx_tensor *t = q->codes;
    if (t->ndim > 3)
        return SPX_FAIL(err, SPX_EUNSUP, "codes have %zu dimensions (expected 2 or 3)", t->ndim);
    q->stacked = t->ndim == 3;
    q->stack = q->stacked ? t->shape[0] : 1;
    q->rows = t->shape[t->ndim - 2];
    q->cols = t->shape[t->ndim - 1];
    q->plain = true;
    return SPX_OK;
}

static spx_status take_zeros(const joiner *j, quantised *q, spx_error *err)
{
    const spx_tensor *zero = join_find_after(j, q, "_zero_point", "zero point");
    const size_t block[2] = {q->scale.block_rows, q->scale.block_cols};
    if (!zero) return SPX_OK;
    if (zero->dtype > SPX_BF16 && !(zero->dtype >= SPX_F8_E4M3 && zero->dtype <= SPX_I16))
        return SPX_FAIL(err, SPX_EFORMAT, "%s has type %s (expected I8 or the codes' %s)",
                        zero->name, spx_dtype_name(zero->dtype), spx_dtype_name(q->codes->dtype));
    return join_grid(q, zero, block, &q->zero, err);
}

static spx_status join_scaled(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    char grid[48];
    SPX_TRY(take_shape(q, err));
    const spx_tensor *scale = find_scale(j, q, "scale");
    if (q->companions > 1)
        SPX_RAISE(err, SPX_EFORMAT, "%s and %s could both be its scale", q->companion[0].t->name,
                  q->companion[1].t->name);
    SPX_TRY(join_check_scale(scale, q->codes->dtype != SPX_I8, err));
    SPX_TRY(join_grid(q, scale, j->config->block, &q->scale, err));
    SPX_TRY(take_zeros(j, q, err));
    grid_text(q, &q->scale, grid, sizeof grid);
    snprintf(q->type, sizeof q->type, "%s / %s", spx_dtype_name(q->codes->dtype), grid);
out:
    return st;
}

/* Values of one row from column c0 on, with the scales of their blocks. */
static void scale_row(const quantised *q, size_t row, size_t c0, size_t n, float *x)
{
    const size_t matrix = row / q->rows, r = row % q->rows;
    for (size_t k = 0, end = 0; k < n; k = end) {
        const size_t place = grid_place(&q->scale, matrix, r, c0 + k);
        const size_t left = q->scale.block_cols - (c0 + k) % q->scale.block_cols;
        const float s = scale_value(q->scale.t, place);
        const float zero =
            q->zero.t ? companion_value(q->zero.t, grid_place(&q->zero, matrix, r, c0 + k)) : 0;
        end = n - k < left ? n : k + left;
        for (size_t i = k; i < end; i++) x[i] = (x[i] - zero) * s;
    }
}

static void read_scaled(const quantised *q, const value_block *b)
{
    const size_t bytes = dtype_bytes(q->codes->dtype);
    for (size_t i = 0; i < b->rows; i++) {
        const size_t row = b->r0 + i;
        float *x = b->out + i * b->ld;
        dtype_read(q->codes->dtype, q->codes->data + (row * q->cols + b->c0) * bytes, b->cols, x);
        scale_row(q, row, b->c0, b->cols, x);
        for (size_t k = 0; q->divisor != 1 && k < b->cols; k++) x[k] /= q->divisor;
    }
}

static const char *const scaled_names[] = {
    "fp8",      "fbgemm_fp8", "compressed-tensors", "modelopt", "quark",
    "ptpc_fp8", "mxfp8",      "w8a8_int8",          "w8a8_fp8", NULL};
const quantised_method quantised_scaled = {
    .names = scaled_names,
    .owns = owns_scaled,
    .join = join_scaled,
    .read = read_scaled,
};

static bool owns_int8(const joiner *j, quantised *q)
{
    return q->codes->dtype == SPX_I8 && join_name_ends(q, "weight") && join_find(j, q, "SCB", NULL);
}

static spx_status join_int8(const joiner *j, quantised *q, spx_error *err)
{
    static const size_t any[2] = {0, 0};
    spx_status st = SPX_OK;
    SPX_TRY(take_shape(q, err));
    const spx_tensor *scale = join_find(j, q, "SCB", "scale");
    const spx_tensor *layout = join_find(j, q, "weight_format", "layout");
    SPX_TRY(join_check_scale(scale, false, err));
    SPX_TRY(join_grid(q, scale, any, &q->scale, err));
    if (q->scale.rows != q->rows || q->scale.cols != 1)
        SPX_TRY(join_wrong_shape(scale, "one value for each row", err));
    if (layout && (layout->dtype != SPX_U8 || companion_values(layout) != 1))
        SPX_TRY(join_wrong_shape(layout, "one value of type U8", err));
    if (layout && layout->data[0] != 0)
        SPX_RAISE(err, SPX_EUNSUP, "%s is %d: rows are tiled for a GPU (expected 0)", layout->name,
                  layout->data[0]);
    if (j->config->four_bit)
        SPX_RAISE(err, SPX_EFORMAT, "LLM.int8 codes, though %s says load_in_4bit", j->config->file);
    q->divisor = 127;
    snprintf(q->type, sizeof q->type, "LLM.int8 / per row");
out:
    return st;
}

static const char *const int8_names[] = {"bitsandbytes", NULL};
const quantised_method quantised_int8 = {
    .names = int8_names,
    .owns = owns_int8,
    .join = join_int8,
    .read = read_scaled,
};
