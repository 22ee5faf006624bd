/* quantised_bnb.c: bitsandbytes' NF4 and FP4, also with scales that are quantised themselves. */
#include "formats/dtype.h"
#include "formats/quantised.h"

#include <math.h>
#include <stdio.h>

/*
 * Value i of W, counted along the rows, has the code in the high four bits of byte i / 2 where i is
 * even, in the low ones where it is odd:
 *     W_i = quant_map[code] absmax[i / blocksize]
 * with absmax as it is stored or, "double quantised" (U8),
 *     absmax[b] = nested_quant_map[absmax[b]] nested_absmax[b / nested_blocksize] + nested_offset
 * Shape, sizes of blocks and offset are in the JSON text quant_state.bitsandbytes__nf4 (or fp4).
 * The codes may lie in a column of any type (bnb_4bit_quant_storage).
 */

/* The 16 values by which bitsandbytes' own kernels read; its get_4bit_type. */
static const float nf4[16] = {-1.0F,
                              -0.6961928009986877F,
                              -0.5250730514526367F,
                              -0.39491748809814453F,
                              -0.28444138169288635F,
                              -0.18477343022823334F,
                              -0.09105003625154495F,
                              0.0F,
                              0.07958029955625534F,
                              0.16093020141124725F,
                              0.24611230194568634F,
                              0.33791524171829224F,
                              0.44070982933044434F,
                              0.5626170039176941F,
                              0.7229568362236023F,
                              1.0F};
static const float fp4[16] = {
    0.0F,  0.0625F / 12,  8.0F / 12,  12.0F / 12,  4.0F / 12,  6.0F / 12,  2.0F / 12,  3.0F / 12,
    -0.0F, -0.0625F / 12, -8.0F / 12, -12.0F / 12, -4.0F / 12, -6.0F / 12, -2.0F / 12, -3.0F / 12};
static const struct {
    const char *state, *name, *shown;
    const float *map;
} kinds[] = {
    {".quant_state.bitsandbytes__nf4", "nf4", "NF4", nf4},
    {".quant_state.bitsandbytes__fp4", "fp4", "FP4", fp4},
};

static bool owns_bnb(const joiner *j, quantised *q)
{
    if (!join_name_ends(q, "weight")) return false;
    return join_find_after(j, q, kinds[0].state, NULL) ||
           join_find_after(j, q, kinds[1].state, NULL);
}

/* A whole number from 1 to 2^40. */
static spx_status take_size(const spx_json *state, const char *key, size_t *out, spx_error *err)
{
    double x = 0;
    if (!spx_json_number(spx_json_get(state, key), &x) || !(x >= 1 && x <= 0x1p40) || floor(x) != x)
        return SPX_FAIL(err, SPX_EFORMAT, "quant_state has no valid %s", key);
    *out = (size_t)x;
    return SPX_OK;
}

static spx_status take_shape(const spx_json *shape, quantised *q, spx_error *err)
{
    size_t extent[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        double x = 0;
        if (!spx_json_number(spx_json_at(shape, i), &x) || !(x >= 1 && x <= 0x1p40) ||
            floor(x) != x)
            x = 0;
        extent[i] = (size_t)x;
    }
    if (spx_json_size(shape) != 2 || extent[0] == 0 || extent[1] == 0)
        return SPX_FAIL(err, SPX_EFORMAT, "shape in quant_state is not two whole numbers above 0");
    q->rows = extent[0];
    q->cols = extent[1];
    return SPX_OK;
}

/* A companion of n values of type `type`. */
static spx_status take_values(const joiner *j, quantised *q, const char *end, size_t n,
                              const spx_tensor **out, spx_error *err)
{
    char want[64];
    *out = join_find_after(j, q, end, "scale");
    if (!*out) return SPX_FAIL(err, SPX_ENOTFOUND, "%s%s is missing", q->codes->name, end);
    snprintf(want, sizeof want, "%zu", n);
    if (companion_values(*out) != n) return join_wrong_shape(*out, want, err);
    return SPX_OK;
}

/* The 16 values, which must be those of the kind: bitsandbytes' kernels use their own. */
static spx_status take_map(const joiner *j, quantised *q, const float *map, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(take_values(j, q, ".quant_map", 16, &q->map, err));
    SPX_TRY(join_check_scale(q->map, false, err));
    for (size_t i = 0; i < 16; i++) {
        const float x = companion_value(q->map, i);
        if (!(fabsf(x - map[i]) <= 1e-6F))
            SPX_RAISE(err, SPX_EFORMAT, "%s[%zu] is %g (expected %g)", q->map->name, i, (double)x,
                      (double)map[i]);
    }
out:
    return st;
}

static spx_status take_nested(const joiner *j, quantised *q, const spx_json *state, spx_error *err)
{
    spx_status st = SPX_OK;
    double offset = 0;
    const size_t n = companion_values(q->absmax);
    if (!join_find_after(j, q, ".nested_absmax", NULL))
        SPX_RAISE(err, SPX_ENOTFOUND,
                  "absmax is quantised (U8), but weight.nested_absmax is missing");
    SPX_TRY(take_size(state, "nested_blocksize", &q->outer_group, err));
    SPX_TRY(take_values(j, q, ".nested_absmax", (n - 1) / q->outer_group + 1, &q->outer, err));
    SPX_TRY(take_values(j, q, ".nested_quant_map", 256, &q->outer_map, err));
    SPX_TRY(join_check_scale(q->outer, false, err));
    SPX_TRY(join_check_scale(q->outer_map, false, err));
    if (!spx_json_number(spx_json_get(state, "nested_offset"), &offset))
        SPX_RAISE(err, SPX_EFORMAT, "quant_state has no valid nested_offset");
    q->offset = (float)offset;
out:
    return st;
}

static spx_status take_absmax(const joiner *j, quantised *q, const spx_json *state, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(take_size(state, "blocksize", &q->group, err));
    SPX_TRY(take_values(j, q, ".absmax", (q->rows * q->cols - 1) / q->group + 1, &q->absmax, err));
    if (q->absmax->dtype == SPX_U8)
        SPX_TRY(take_nested(j, q, state, err));
    else
        SPX_TRY(join_check_scale(q->absmax, false, err));
out:
    return st;
}

static spx_status read_state(const joiner *j, quantised *q, size_t kind, const spx_json *state,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = spx_json_text(spx_json_get(state, "quant_type"));
    if (!name || strcmp(name, kinds[kind].name) != 0)
        SPX_RAISE(err, SPX_EFORMAT, "quant_state has quant_type %s (expected %s)",
                  name ? name : "of no name", kinds[kind].name);
    SPX_TRY(take_shape(spx_json_get(state, "shape"), q, err));
    const size_t bytes = (q->rows * q->cols + 1) / 2, unit = dtype_bytes(q->codes->dtype);
    if (q->rows > ((size_t)1 << 48) / q->cols ||
        (bytes + unit - 1) / unit * unit != q->codes->bytes)
        SPX_RAISE(err, SPX_ESHAPE, "%zu bytes of codes for %zu x %zu values (expected %zu)",
                  q->codes->bytes, q->rows, q->cols, bytes);
    SPX_TRY(take_map(j, q, kinds[kind].map, err));
    SPX_TRY(take_absmax(j, q, state, err));
    snprintf(q->type, sizeof q->type, "%s / groups of %zu%s", kinds[kind].shown, q->group,
             q->outer ? ", scales quantised" : "");
out:
    return st;
}

static spx_status check_config(const joiner *j, size_t kind, spx_error *err)
{
    const quantised_config *c = j->config;
    if (c->eight_bit)
        return SPX_FAIL(err, SPX_EFORMAT, "%s codes, though %s says load_in_8bit",
                        kinds[kind].shown, c->file);
    if (*c->variant && strcmp(c->variant, kinds[kind].name) != 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s codes, though %s says bnb_4bit_quant_type %s",
                        kinds[kind].shown, c->file, c->variant);
    return SPX_OK;
}

static spx_status join_bnb(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *state = NULL;
    const bool second = !join_find_after(j, q, kinds[0].state, NULL);
    const spx_tensor *t = join_find_after(j, q, kinds[second].state, "state");
    if (t->dtype != SPX_U8 || t->bytes == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s is not a text of bytes (U8)", t->name);
    SPX_TRY(spx_json_parse((const char *)t->data, t->bytes, t->name, &state, err));
    SPX_TRY(check_config(j, second, err));
    SPX_TRY(read_state(j, q, second, state, err));
    q->plain = true;
out:
    spx_json_free(state);
    return st;
}

static float scale_at(const quantised *q, size_t block)
{
    if (!q->outer) return companion_value(q->absmax, block);
    const float scale = companion_value(q->outer_map, q->absmax->data[block]) *
                        companion_value(q->outer, block / q->outer_group);
    return scale + q->offset;
}

static void read_bnb(const quantised *q, const value_block *b)
{
    float map[16];
    dtype_read(q->map->dtype, q->map->data, 16, map);
    for (size_t i = 0; i < b->rows; i++) {
        const size_t first = (b->r0 + i) * q->cols + b->c0;
        float *x = b->out + i * b->ld, s = 0;
        for (size_t k = 0; k < b->cols; k++) {
            const size_t at = first + k;
            if (k == 0 || at % q->group == 0) s = scale_at(q, at / q->group);
            x[k] = map[q->codes->data[at / 2] >> (at % 2 ? 0 : 4) & 15] * s;
        }
    }
}

static const char *const bnb_names[] = {"bitsandbytes", NULL};
const quantised_method quantised_bnb = {
    .names = bnb_names,
    .owns = owns_bnb,
    .join = join_bnb,
    .read = read_bnb,
};
