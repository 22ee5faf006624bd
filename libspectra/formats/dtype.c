/* dtype.c: the table of storage types, and rows of them widened to float and double. */
#include "formats/dtype.h"

#include <math.h>
#include <string.h>

static float from_bits(uint32_t bits)
{
    float x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint16_t half_at(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }

/* Subnormals are scaled by 2^-24. */
static float from_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, part = h & 1023u;
    if (exponent == 31) return from_bits(sign | 0x7f800000u | part << 13);
    if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | part << 13);
    const float tiny = (float)part * 0x1p-24F;
    return sign ? -tiny : tiny;
}

float dtype_half(const unsigned char *p) { return from_f16(half_at(p)); }

static void read_f32(const unsigned char *p, size_t n, float *out) { memcpy(out, p, 4 * n); }

static void read_f16(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = from_f16(half_at(p + 2 * i));
}

static void read_bf16(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = from_bits((uint32_t)half_at(p + 2 * i) << 16);
}

/* 1.5.2: the upper half of a binary16. */
static void read_e5m2(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = from_f16((uint16_t)(p[i] << 8));
}

/* Eight bits as a float of `bits` bits of fraction: exponent and fraction are moved into those of a
 * float, and the difference of the biases is a power of two, which also makes subnormals right. */
static float small_float(unsigned char x, int bits, float power, bool nan)
{
    const float size = from_bits((uint32_t)(x & 127) << (23 - bits)) * power;
    uint32_t out = 0;
    memcpy(&out, &size, sizeof out);
    return from_bits(out | (uint32_t)(x & 128) << 24 | (nan ? 0x7fc00000u : 0));
}

/* 1.4.3, bias 7, without infinities; all ones is NaN (OCP OFP8, "E4M3FN"). */
static void read_e4m3(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = small_float(p[i], 3, 0x1p120F, (p[i] & 127) == 127);
}

/* The same with bias 8 and one NaN, 0x80 (Graphcore, AMD and Qualcomm, arXiv 2206.02915). */
static void read_e4m3fnuz(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = small_float(p[i], 3, 0x1p119F, p[i] == 128);
}

/* 1.5.2, bias 16. */
static void read_e5m2fnuz(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = small_float(p[i], 2, 0x1p111F, p[i] == 128);
}

/* 2^(x - 127); 255 is NaN. 2^-127 is subnormal. */
static void read_e8m0(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = p[i] ? (uint32_t)p[i] << 23 : 0x00400000u;
        out[i] = p[i] == 255 ? (float)NAN : from_bits(bits);
    }
}

/* Of a type that is not read, or read elsewhere (quantised.c). */
static void read_nothing(const unsigned char *p, size_t n, float *out)
{
    (void)p;
    for (size_t i = 0; i < n; i++) out[i] = (float)NAN;
}

/* Integers and doubles: n values at p as doubles. */
#define READER(name, type)                                          \
    static void name(const unsigned char *p, size_t n, double *out) \
    {                                                               \
        for (size_t i = 0; i < n; i++) {                            \
            type x = 0;                                             \
            memcpy(&x, p + i * sizeof x, sizeof x);                 \
            out[i] = (double)x;                                     \
        }                                                           \
    }
READER(read_f64, double)
READER(read_i8, int8_t)
READER(read_i16, int16_t)
READER(read_i32, int32_t)
READER(read_i64, int64_t)
READER(read_u8, uint8_t)
READER(read_u16, uint16_t)
READER(read_u32, uint32_t)
READER(read_u64, uint64_t)

typedef void float_fn(const unsigned char *p, size_t n, float *out);
typedef void double_fn(const unsigned char *p, size_t n, double *out);

/* Each type is read by exactly one of floats, doubles and block. */
typedef struct storage_type {
    const char *name;
    size_t values, bytes; /* of a block */
    float_fn *floats;
    double_fn *doubles;
    block_fn *block;
} storage_type;

static const storage_type types[SPX_DTYPES] = {
    [SPX_F64] = {"F64", 1, 8, .doubles = read_f64},
    [SPX_F32] = {"F32", 1, 4, .floats = read_f32},
    [SPX_F16] = {"F16", 1, 2, .floats = read_f16},
    [SPX_BF16] = {"BF16", 1, 2, .floats = read_bf16},
    [SPX_F8_E4M3] = {"F8_E4M3", 1, 1, .floats = read_e4m3},
    [SPX_F8_E5M2] = {"F8_E5M2", 1, 1, .floats = read_e5m2},
    [SPX_F8_E4M3FNUZ] = {"F8_E4M3FNUZ", 1, 1, .floats = read_e4m3fnuz},
    [SPX_F8_E5M2FNUZ] = {"F8_E5M2FNUZ", 1, 1, .floats = read_e5m2fnuz},
    [SPX_F8_E8M0] = {"F8_E8M0", 1, 1, .floats = read_e8m0},
    [SPX_I8] = {"I8", 1, 1, .doubles = read_i8},
    [SPX_I16] = {"I16", 1, 2, .doubles = read_i16},
    [SPX_I32] = {"I32", 1, 4, .doubles = read_i32},
    [SPX_I64] = {"I64", 1, 8, .doubles = read_i64},
    [SPX_U8] = {"U8", 1, 1, .doubles = read_u8},
    [SPX_U16] = {"U16", 1, 2, .doubles = read_u16},
    [SPX_U32] = {"U32", 1, 4, .doubles = read_u32},
    [SPX_U64] = {"U64", 1, 8, .doubles = read_u64},
    [SPX_BOOL] = {"BOOL", 1, 1, .doubles = read_u8},
    [SPX_Q8_0] = {"Q8_0", 32, 34, .block = block_q8_0},
    [SPX_Q4_0] = {"Q4_0", 32, 18, .block = block_q4_0},
    [SPX_Q4_1] = {"Q4_1", 32, 20, .block = block_q4_1},
    [SPX_Q5_0] = {"Q5_0", 32, 22, .block = block_q5_0},
    [SPX_Q5_1] = {"Q5_1", 32, 24, .block = block_q5_1},
    [SPX_IQ4_NL] = {"IQ4_NL", 32, 18, .block = block_iq4_nl},
    [SPX_Q2_K] = {"Q2_K", 256, 84, .block = block_q2_k},
    [SPX_Q3_K] = {"Q3_K", 256, 110, .block = block_q3_k},
    [SPX_Q4_K] = {"Q4_K", 256, 144, .block = block_q4_k},
    [SPX_Q5_K] = {"Q5_K", 256, 176, .block = block_q5_k},
    [SPX_Q6_K] = {"Q6_K", 256, 210, .block = block_q6_k},
    [SPX_Q8_K] = {"Q8_K", 256, 292, .block = block_q8_k},
    [SPX_IQ4_XS] = {"IQ4_XS", 256, 136, .block = block_iq4_xs},
    [SPX_IQ1_S] = {"IQ1_S", 256, 50, .block = block_iq1_s},
    [SPX_IQ1_M] = {"IQ1_M", 256, 56, .block = block_iq1_m},
    [SPX_IQ2_XXS] = {"IQ2_XXS", 256, 66, .block = block_iq2_xxs},
    [SPX_IQ2_XS] = {"IQ2_XS", 256, 74, .block = block_iq2_xs},
    [SPX_IQ2_S] = {"IQ2_S", 256, 82, .block = block_iq2_s},
    [SPX_IQ3_XXS] = {"IQ3_XXS", 256, 98, .block = block_iq3_xxs},
    [SPX_IQ3_S] = {"IQ3_S", 256, 110, .block = block_iq3_s},
    [SPX_TQ1_0] = {"TQ1_0", 256, 54, .block = block_tq1_0},
    [SPX_TQ2_0] = {"TQ2_0", 256, 66, .block = block_tq2_0},
    [SPX_MXFP4] = {"MXFP4", 32, 17, .block = block_mxfp4},
    [SPX_NVFP4] = {"NVFP4", 64, 36, .block = block_nvfp4},
    [SPX_QUANTISED] = {"quantised", 1, 1, .floats = read_nothing},
    [SPX_OTHER_TYPE] = {"other", 1, 1, .floats = read_nothing},
};

const char *spx_dtype_name(spx_dtype t) { return (size_t)t < SPX_DTYPES ? types[t].name : "?"; }

bool spx_dtype_is_integer(spx_dtype t) { return t >= SPX_I8 && t <= SPX_BOOL; }

bool spx_dtype_rounding(spx_dtype t, double *unit, double *least)
{
    static const double of[][2] = {
        [SPX_F64] = {0x1p-53, 0x1p-1074},      [SPX_F32] = {0x1p-24, 0x1p-149},
        [SPX_F16] = {0x1p-11, 0x1p-24},        [SPX_BF16] = {0x1p-8, 0x1p-133},
        [SPX_F8_E4M3] = {0x1p-4, 0x1p-9},      [SPX_F8_E5M2] = {0x1p-3, 0x1p-16},
        [SPX_F8_E4M3FNUZ] = {0x1p-4, 0x1p-10}, [SPX_F8_E5M2FNUZ] = {0x1p-3, 0x1p-17},
    };
    if ((size_t)t >= sizeof of / sizeof *of) return false;
    *unit = of[t][0];
    *least = of[t][1];
    return true;
}

size_t dtype_values(spx_dtype t) { return types[t].values; }

size_t dtype_bytes(spx_dtype t) { return types[t].bytes; }

size_t spx_tensor_cols(const spx_tensor *t) { return t->ndim ? t->shape[t->ndim - 1] : 1; }

size_t spx_tensor_rows(const spx_tensor *t)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < t->ndim; i++) rows *= t->shape[i];
    return rows;
}

enum { PART = SPX_PANEL_COLS }; /* a whole number of blocks of every type */

/* Address of value `at` of t, which begins a block. */
static const unsigned char *value_address(const spx_tensor *t, size_t at)
{
    if (t->dtype == SPX_OTHER_TYPE) return t->data;
    return t->data + at / types[t->dtype].values * types[t->dtype].bytes;
}

/* At most PART values that are read as doubles, integers and F64, narrowed to float. */
static void read_narrowed(double_fn *read, const unsigned char *p, size_t n, float *out)
{
    double wide[PART];
    read(p, n, wide);
    for (size_t i = 0; i < n; i++) out[i] = (float)wide[i];
}

void dtype_read(spx_dtype dtype, const unsigned char *p, size_t n, float *out)
{
    const storage_type *type = &types[dtype];
    if (type->floats) {
        type->floats(p, n, out);
    } else if (type->block) {
        for (size_t i = 0; i < n / type->values; i++)
            type->block(p + i * type->bytes, out + i * type->values);
    } else if (type->doubles) {
        read_narrowed(type->doubles, p, n, out);
    }
}

/* By pieces of rows, so that each begins where a block does. */
static void read_added(const spx_tensor *t, size_t r0, size_t rows, float *out)
{
    const size_t cols = spx_tensor_cols(t);
    double wide[PART];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c += PART) {
            const size_t n = cols - c < PART ? cols - c : PART;
            added_read(t, (r0 + r) * cols + c, n, wide);
            for (size_t i = 0; i < n; i++) out[r * cols + c + i] = (float)wide[i];
        }
}

void spx_tensor_read_float(const spx_tensor *t, size_t r0, size_t rows, float *out)
{
    if (t->quantised) {
        quantised_floats(t, r0, rows, out);
        return;
    }
    if (t->added) {
        read_added(t, r0, rows, out);
        return;
    }
    const size_t first = r0 * spx_tensor_cols(t), end = (r0 + rows) * spx_tensor_cols(t);
    for (size_t at = first; at < end; at += PART)
        dtype_read(t->dtype, value_address(t, at), end - at < PART ? end - at : PART,
                   out + (at - first));
}

/* Whole rows, or a piece of one. */
static void widen_quantised(const spx_tensor *t, size_t first, size_t n, double *out)
{
    const size_t cols = spx_tensor_cols(t);
    if (cols == 0) return;
    const bool whole = first % cols == 0 && n % cols == 0;
    spx_mat block = whole ? (spx_mat){n / cols, cols, cols, out} : (spx_mat){1, n, n, out};
    quantised_doubles(t, first / cols, first % cols, &block);
}

void dtype_widen(const spx_tensor *t, size_t first, size_t n, double *out)
{
    if (t->quantised) {
        widen_quantised(t, first, n, out);
        return;
    }
    float part[PART] = {0};
    if (t->added) {
        added_read(t, first, n, out);
        return;
    }
    if (types[t->dtype].doubles) {
        types[t->dtype].doubles(value_address(t, first), n, out);
        return;
    }
    for (size_t at = 0; at < n; at += PART) {
        const size_t some = n - at < PART ? n - at : PART;
        dtype_read(t->dtype, value_address(t, first + at), some, part);
        for (size_t i = 0; i < some; i++) out[at + i] = (double)part[i];
    }
}

void spx_tensor_read(const spx_tensor *t, size_t r0, size_t rows, double *out)
{
    dtype_widen(t, r0 * spx_tensor_cols(t), rows * spx_tensor_cols(t), out);
}

static spx_status read_panel_block(const void *from, size_t r0, size_t c0, spx_mat *block,
                                   spx_error *err)
{
    const spx_tensor *t = from;
    (void)err;
    if (t->quantised) quantised_doubles(t, r0, c0, block);
    for (size_t i = 0; !t->quantised && i < block->rows; i++)
        dtype_widen(t, (r0 + i) * spx_tensor_cols(t) + c0, block->cols,
                    block->data + i * block->ld);
    return SPX_OK;
}

const char *spx_tensor_type(const spx_tensor *t)
{
    return t->type ? t->type : spx_dtype_name(t->dtype);
}

spx_status spx_tensor_want_weights(const spx_tensor *t, spx_error *err)
{
    if (t->unreadable) return SPX_FAIL(err, SPX_EUNSUP, "tensor %s: %s", t->name, t->unreadable);
    if (t->dtype == SPX_OTHER_TYPE)
        return SPX_FAIL(err, SPX_EUNSUP, "tensor %s has type %s, whose values cannot be read",
                        t->name, spx_tensor_type(t));
    if (spx_dtype_is_integer(t->dtype))
        return SPX_FAIL(err, SPX_EUNSUP, "tensor %s holds integers (%s)", t->name,
                        spx_dtype_name(t->dtype));
    if (spx_tensor_rows(t) == 0 || spx_tensor_cols(t) == 0)
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s has no values (%zu x %zu)", t->name,
                        spx_tensor_rows(t), spx_tensor_cols(t));
    return SPX_OK;
}

bool spx_tensor_has_weights(const spx_tensor *t)
{
    return spx_tensor_want_weights(t, NULL) == SPX_OK;
}

spx_status spx_tensor_panels(const spx_tensor *t, spx_trans trans, spx_panels *out, spx_error *err)
{
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    *out = (spx_panels){.rows = trans == SPX_N ? rows : cols,
                        .cols = trans == SPX_N ? cols : rows,
                        .trans = trans,
                        .read = read_panel_block,
                        .from = t};
    return spx_tensor_want_weights(t, err);
}

spx_status spx_tensor_matrix(const spx_tensor *t, spx_mat *out, spx_error *err)
{
    *out = (spx_mat){0};
    spx_status st = SPX_OK;
    SPX_TRY(spx_tensor_want_weights(t, err));
    SPX_TRY(spx_mat_alloc(out, spx_tensor_rows(t), spx_tensor_cols(t), err));
    spx_tensor_read(t, 0, out->rows, out->data);
    st = spx_mat_check_finite(out, err);
    if (st != SPX_OK) spx_prefix(err, "tensor %s", t->name);
out:
    if (st != SPX_OK) spx_mat_free(out);
    return st;
}
