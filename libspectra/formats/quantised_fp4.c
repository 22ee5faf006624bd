/* quantised_fp4.c: two 4-bit floats (E2M1) a byte, scaled in groups: NVFP4 and MXFP4. */
#include "formats/dtype.h"
#include "formats/quantised.h"

#include <stdio.h>

/*
 * A byte holds column 2 k in its low four bits and column 2 k + 1 in its high ones.
 *   NVFP4 of compressed-tensors  weight_packed, weight_scale (F8_E4M3, groups of 16),
 *                                weight_global_scale: W = code (scale / global)
 *   NVFP4 of ModelOpt            weight, weight_scale, weight_scale_2: W = code (scale scale_2)
 *   MXFP4                        weight_packed or weight, weight_scale(_inv) (U8 or F8_E8M0, groups
 *                                of 32): W = code 2^(scale - 127)
 *   MXFP4 of gpt-oss             x_blocks [experts, outputs, groups, 16] and x_scales: x has the
 *                                shape [experts, inputs, outputs] of the published BF16 weights;
 *                                OpenAI's x.blocks and x.scales: [.., outputs, inputs]
 */

static bool is_byte(spx_dtype t) { return t == SPX_U8 || t == SPX_I8; }
static bool is_power(spx_dtype t) { return t == SPX_U8 || t == SPX_F8_E8M0; }

static const spx_tensor *find_scale(const joiner *j, quantised *q, const char *use)
{
    static const char *const ends[] = {"weight_scale", "weight_scale_inv", "scale"};
    const spx_tensor *t = NULL;
    for (size_t i = 0; !t && i < 3; i++) t = join_find(j, q, ends[i], use);
    return t;
}

static bool owns_fp4(const joiner *j, quantised *q)
{
    if (!is_byte(q->codes->dtype)) return false;
    if (!join_name_ends(q, "weight_packed") && !join_name_ends(q, "weight")) return false;
    const spx_tensor *scale = find_scale(j, q, NULL);
    return scale && (is_power(scale->dtype) || scale->dtype == SPX_F8_E4M3);
}

static spx_status take_shape(quantised *q, spx_error *err)
{
    const spx_tensor *t = q->codes;
    if (t->ndim > 3)
        return SPX_FAIL(err, SPX_EUNSUP, "codes have %zu dimensions (expected 2 or 3)", t->ndim);
    q->stacked = t->ndim == 3;
    q->stack = q->stacked ? t->shape[0] : 1;
    q->rows = t->shape[t->ndim - 2];
    q->cols = 2 * t->shape[t->ndim - 1];
    q->plain = true;
    return SPX_OK;
}

/* One scale for `group` values of each row. */
static spx_status take_groups(quantised *q, const spx_tensor *scale, size_t group, spx_error *err)
{
    char want[96];
    q->group = group;
    q->scale.t = scale;
    snprintf(want, sizeof want, "%zu for each of %zu rows", q->cols / group, q->stack * q->rows);
    if (q->cols % group || spx_tensor_cols(scale) != q->cols / group ||
        spx_tensor_rows(scale) != q->stack * q->rows)
        return join_wrong_shape(scale, want, err);
    return SPX_OK;
}

static spx_status take_outer(const spx_tensor *t, float *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(join_check_scale(t, false, err));
    if (companion_values(t) != 1) SPX_TRY(join_wrong_shape(t, "one value", err));
    *out = companion_value(t, 0);
out:
    return st;
}

static spx_status join_fp4(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(take_shape(q, err));
    const spx_tensor *scale = find_scale(j, q, "scale");
    const bool power = is_power(scale->dtype);
    SPX_TRY(take_groups(q, scale, power ? 32 : 16, err));
    const spx_tensor *global =
        power ? NULL : join_find(j, q, "weight_global_scale", "scale of scales");
    const spx_tensor *second = power ? NULL : join_find(j, q, "weight_scale_2", "scale of scales");
    if (!power && !global == !second)
        SPX_RAISE(err, SPX_EFORMAT, "%s",
                  global ? "weight_global_scale and weight_scale_2 are both there"
                         : "neither weight_global_scale nor weight_scale_2");
    if (global) SPX_TRY(take_outer(global, &q->divisor, err));
    if (second) SPX_TRY(take_outer(second, &q->factor, err));
    snprintf(q->type, sizeof q->type, "%s / groups of %zu", power ? "MXFP4" : "NVFP4", q->group);
out:
    return st;
}

static float scale_of(const quantised *q, size_t place)
{
    return scale_value(q->scale.t, place) / q->divisor * q->factor;
}

static void read_fp4(const quantised *q, const value_block *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        const size_t row = b->r0 + i;
        const unsigned char *code = q->codes->data + row * (q->cols / 2);
        float *x = b->out + i * b->ld, s = 0;
        for (size_t k = 0; k < b->cols; k++) {
            const size_t col = b->c0 + k;
            if (k == 0 || col % q->group == 0)
                s = scale_of(q, row * (q->cols / q->group) + col / q->group);
            x[k] = dtype_e2m1[code[col / 2] >> (col % 2 * 4) & 15] * s;
        }
    }
}

static const char *const fp4_names[] = {
    "compressed-tensors", "modelopt", "modelopt_fp4", "mxfp4", "nvfp4", "fp8", "quark", NULL};
const quantised_method quantised_fp4 = {
    .names = fp4_names,
    .owns = owns_fp4,
    .join = join_fp4,
    .read = read_fp4,
};

static bool owns_mxfp4(const joiner *j, quantised *q)
{
    if (q->codes->dtype != SPX_U8 || q->codes->ndim < 3) return false;
    if (join_name_ends(q, "_blocks")) return join_find(j, q, "_scales", NULL) != NULL;
    return join_name_ends(q, ".blocks") && join_find(j, q, ".scales", NULL);
}

static spx_status join_mxfp4(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = q->codes;
    const size_t n = t->ndim, *shape = t->shape;
    q->turned = t->name[q->stem_len] == '_';
    const spx_tensor *scale = join_find(j, q, q->turned ? "_scales" : ".scales", "scale");
    if (shape[n - 1] != 16) SPX_TRY(join_wrong_shape(t, "16 bytes in a group", err));
    if (n > 4) SPX_RAISE(err, SPX_EUNSUP, "codes have %zu dimensions (expected 3 or 4)", n);
    if (!is_power(scale->dtype))
        SPX_RAISE(err, SPX_EFORMAT, "%s has type %s (expected U8)", scale->name,
                  spx_dtype_name(scale->dtype));
    q->stacked = n == 4;
    q->stack = q->stacked ? shape[0] : 1;
    q->rows = shape[n - 3];
    q->cols = 32 * shape[n - 2];
    q->plain = !q->turned;
    SPX_TRY(take_groups(q, scale, 32, err));
    snprintf(q->type, sizeof q->type, "MXFP4 / groups of 32");
out:
    return st;
}

static const char *const mxfp4_names[] = {"mxfp4", NULL};
const quantised_method quantised_mxfp4 = {
    .names = mxfp4_names,
    .owns = owns_mxfp4,
    .join = join_mxfp4,
    .read = read_fp4,
};
