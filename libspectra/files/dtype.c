/* dtype.c: storage types: their sizes, and widening rows of them to float and double.
 *
 * Blocks of 32 values (GGUF): Q8_0 = {f16 d; int8 q[32]}, value q d. Q4_0 = {f16 d; u8 q[16]},
 * value (nibble - 8) d. Q4_1 = {f16 d; f16 m; u8 q[16]}, value nibble d + m. Low nibbles are values
 * 0 .. 15 of the block, high ones 16 .. 31. All in float, products rounded before sums. */
#include "files/dtype.h"

#include <string.h>

static const struct {
    const char *name;
    size_t values, bytes; /* of a block */
} types[SPX_DTYPES] = {
    [SPX_F64] = {"F64", 1, 8},     [SPX_F32] = {"F32", 1, 4},     [SPX_F16] = {"F16", 1, 2},
    [SPX_BF16] = {"BF16", 1, 2},   [SPX_Q8_0] = {"Q8_0", 32, 34}, [SPX_Q4_0] = {"Q4_0", 32, 18},
    [SPX_Q4_1] = {"Q4_1", 32, 20},
};

const char *spx_dtype_name(spx_dtype t) { return (size_t)t < SPX_DTYPES ? types[t].name : "?"; }

size_t dtype_values(spx_dtype t) { return types[t].values; }

size_t dtype_bytes(spx_dtype t) { return types[t].bytes; }

static float from_bits(uint32_t bits)
{
    float x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint16_t half_at(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }

/* IEEE binary16; subnormals are scaled by 2^-24. */
static float from_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, part = h & 1023u;
    if (exponent == 31) return from_bits(sign | 0x7f800000u | part << 13);
    if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | part << 13);
    const float tiny = (float)part * 0x1p-24F;
    return sign ? -tiny : tiny;
}

static void read_f64(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        double x = 0;
        memcpy(&x, p + 8 * i, sizeof x);
        out[i] = (float)x;
    }
}

static void read_f32(const unsigned char *p, size_t n, float *out) { memcpy(out, p, 4 * n); }

static void read_f16(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = from_f16(half_at(p + 2 * i));
}

static void read_bf16(const unsigned char *p, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = from_bits((uint32_t)half_at(p + 2 * i) << 16);
}

static void read_q8_0(const unsigned char *p, size_t n, float *out)
{
    for (size_t b = 0; b < n / 32; b++, p += 34, out += 32) {
        const float d = from_f16(half_at(p));
        for (size_t i = 0; i < 32; i++) out[i] = (float)(int8_t)p[2 + i] * d;
    }
}

static void read_q4_0(const unsigned char *p, size_t n, float *out)
{
    for (size_t b = 0; b < n / 32; b++, p += 18, out += 32) {
        const float d = from_f16(half_at(p));
        for (size_t i = 0; i < 16; i++) {
            out[i] = (float)((p[2 + i] & 15) - 8) * d;
            out[i + 16] = (float)((p[2 + i] >> 4) - 8) * d;
        }
    }
}

static void read_q4_1(const unsigned char *p, size_t n, float *out)
{
    for (size_t b = 0; b < n / 32; b++, p += 20, out += 32) {
        const float d = from_f16(half_at(p)), m = from_f16(half_at(p + 2));
        for (size_t i = 0; i < 16; i++) {
            const float low = (float)(p[4 + i] & 15) * d, high = (float)(p[4 + i] >> 4) * d;
            out[i] = low + m;
            out[i + 16] = high + m;
        }
    }
}

typedef void read_fn(const unsigned char *p, size_t n, float *out);
static read_fn *const readers[SPX_DTYPES] = {
    [SPX_F64] = read_f64,   [SPX_F32] = read_f32,   [SPX_F16] = read_f16,   [SPX_BF16] = read_bf16,
    [SPX_Q8_0] = read_q8_0, [SPX_Q4_0] = read_q4_0, [SPX_Q4_1] = read_q4_1,
};

size_t spx_tensor_cols(const spx_tensor *t) { return t->ndim ? t->shape[t->ndim - 1] : 1; }

size_t spx_tensor_rows(const spx_tensor *t)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < t->ndim; i++) rows *= t->shape[i];
    return rows;
}

static const unsigned char *row_at(const spx_tensor *t, size_t r)
{
    return t->data + r * (spx_tensor_cols(t) / types[t->dtype].values) * types[t->dtype].bytes;
}

void spx_tensor_read_float(const spx_tensor *t, size_t r0, size_t rows, float *out)
{
    readers[t->dtype](row_at(t, r0), rows * spx_tensor_cols(t), out);
}

void spx_tensor_read(const spx_tensor *t, size_t r0, size_t rows, double *out)
{
    const size_t cols = spx_tensor_cols(t);
    float part[512]; /* a whole number of blocks of every type */
    for (size_t r = r0; r < r0 + rows; r++, out += cols) {
        const unsigned char *p = row_at(t, r);
        if (t->dtype == SPX_F64) memcpy(out, p, cols * sizeof *out);
        if (t->dtype == SPX_F64) continue;
        for (size_t at = 0; at < cols; at += 512) {
            const size_t n = cols - at < 512 ? cols - at : 512;
            readers[t->dtype](p + at / types[t->dtype].values * types[t->dtype].bytes, n, part);
            for (size_t j = 0; j < n; j++) out[at + j] = (double)part[j];
        }
    }
}

spx_status spx_tensor_matrix(const spx_tensor *t, spx_mat *out, spx_error *err)
{
    spx_status st = spx_mat_alloc(out, spx_tensor_rows(t), spx_tensor_cols(t), err);
    if (st != SPX_OK) return st;
    spx_tensor_read(t, 0, out->rows, out->data);
    st = spx_mat_check_finite(out, err);
    if (st == SPX_OK) return SPX_OK;
    spx_prefix(err, "tensor %s", t->name);
    spx_mat_free(out);
    return st;
}
