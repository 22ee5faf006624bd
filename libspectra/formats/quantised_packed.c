/* quantised_packed.c: small integers in 32-bit words: compressed-tensors, GPTQ, AWQ. */
#include "formats/dtype.h"
#include "formats/quantised.h"

#include "spx/arch.h"

#include <math.h>
#include <stdio.h>

/*
 * Code k of a run takes bits [k b, k b + b) of the words of the run, the lowest bits of the first
 * word first; it may reach into the next word.
 *
 * compressed-tensors, pack-quantized: a run is a row of W. weight_packed [outputs, words],
 * weight_shape, weight_scale [outputs, groups], weight_zero_point: codes packed down the columns.
 *     W = (code - zero) scale; code and zero less 2^(b - 1), which cancels, or without zeros
 *     W = (code - 2^(b - 1)) scale; weight_g_idx gives the group of a column, otherwise in order
 * GPTQ (AutoGPTQ, GPTQModel): a run is a column of W^T. qweight [words, outputs], qzeros
 *     [groups, words], scales [groups, outputs], g_idx [inputs]: W^T = (code - zero) scale, where
 *     zero is what is stored plus 1 (gptq) or what is stored (checkpoint_format gptq_v2)
 * AWQ (AutoAWQ, version gemm): qweight [inputs, words], qzeros [groups, words], scales
 *     [groups, outputs]: W^T = (code - zero) scale; nibble k of a word is column 0 2 4 6 1 3 5 7
 */

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Code k of the run whose words lie `step` bytes apart from p on. */
static int code_at(const unsigned char *p, size_t step, size_t bits, size_t k)
{
    const size_t first = k * bits, word = first / 32, at = first % 32;
    uint64_t both = word_at(p + word * step);
    if (at + bits > 32) both |= (uint64_t)word_at(p + (word + 1) * step) << 32;
    return (int)(both >> at & ((1U << bits) - 1));
}

static size_t words_of(size_t codes, size_t bits) { return (codes * bits + 31) / 32; }

static spx_status check_words(const spx_tensor *t, spx_error *err)
{
    if (t->ndim == 2 && (t->dtype == SPX_I32 || t->dtype == SPX_U32)) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s is not a matrix of 32-bit words", t->name);
}

/* SPX_EFORMAT unless the bits and group that q has are those of the configuration. */
static spx_status check_config(const joiner *j, const quantised *q, spx_error *err)
{
    const quantised_config *c = j->config;
    if (c->bits && c->bits != q->bits)
        return SPX_FAIL(err, SPX_EFORMAT, "codes of %zu bits, though %s says %zu", q->bits, c->file,
                        c->bits);
    if (c->group && q->group && c->group != q->group && q->group != q->cols && q->group != q->rows)
        return SPX_FAIL(err, SPX_EFORMAT, "groups of %zu, though %s says %zu", q->group, c->file,
                        c->group);
    return SPX_OK;
}

/* compressed-tensors */

static bool owns_packed(const joiner *j, quantised *q)
{
    return join_name_ends(q, "weight_packed") && q->codes->dtype == SPX_I32 &&
           join_find(j, q, "weight_scale", NULL);
}

static spx_status take_packed_shape(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    double shape[2] = {0};
    const spx_tensor *t = join_find(j, q, "weight_shape", "shape");
    SPX_TRY(check_words(q->codes, err));
    if (!t) SPX_RAISE(err, SPX_ENOTFOUND, "weight_shape is missing");
    if (!spx_dtype_is_integer(t->dtype) || companion_values(t) != 2)
        SPX_TRY(join_wrong_shape(t, "two integers", err));
    spx_tensor_read(t, 0, spx_tensor_rows(t), shape);
    if (shape[0] != (double)q->codes->shape[0] || !(shape[1] >= 1 && shape[1] <= 0x1p40))
        SPX_RAISE(err, SPX_ESHAPE, "weight_shape is %g x %g, but %s has %zu rows", shape[0],
                  shape[1], q->codes->name, q->codes->shape[0]);
    q->rows = (size_t)shape[0];
    q->cols = (size_t)shape[1];
out:
    return st;
}

/* The bits with which a row fills its words; the configuration decides where several do. */
static spx_status take_packed_bits(const joiner *j, quantised *q, spx_error *err)
{
    const size_t words = q->codes->shape[1];
    size_t fit = 0;
    for (size_t bits = 1; bits <= 8; bits++) {
        if (words_of(q->cols, bits) != words) continue;
        q->bits = bits;
        if (bits == j->config->bits) return SPX_OK;
        fit++;
    }
    if (fit == 1) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE,
                    fit ? "bits of a code are not told by %zu words for %zu columns, nor by "
                          "config.json"
                        : "%zu words for %zu columns fit no code of 1 to 8 bits",
                    words, q->cols);
}

/* Zero points are codes packed down the columns: [words, groups]. */
static spx_status take_packed_zeros(const joiner *j, quantised *q, spx_error *err)
{
    char want[64];
    const spx_tensor *t = join_find(j, q, "weight_zero_point", "zero point");
    if (!t) return SPX_OK;
    q->zero = q->scale;
    q->zero.t = t;
    snprintf(want, sizeof want, "%zux%zu words", words_of(q->rows, q->bits), q->scale.cols);
    if (t->dtype == SPX_I32 && t->ndim == 2 && t->shape[0] == words_of(q->rows, q->bits) &&
        t->shape[1] == q->scale.cols && q->scale.rows == q->rows)
        return SPX_OK;
    return join_wrong_shape(t, want, err);
}

/* weight_g_idx or g_idx: n groups below `groups`. */
static spx_status take_index(quantised *q, const spx_tensor *t, size_t n, size_t groups,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    char want[64];
    if (!t) return SPX_OK;
    snprintf(want, sizeof want, "%zu groups of type I32", n);
    if (t->dtype != SPX_I32 || companion_values(t) != n) SPX_TRY(join_wrong_shape(t, want, err));
    for (size_t i = 0; i < n; i++) {
        const double group = (double)companion_value(t, i);
        if (!(group >= 0 && group < (double)groups))
            SPX_RAISE(err, SPX_EFORMAT, "%s[%zu] is %g (expected a group below %zu)", t->name, i,
                      group, groups);
    }
    q->index = t;
out:
    return st;
}

static spx_status join_packed(const joiner *j, quantised *q, spx_error *err)
{
    static const size_t any[2] = {0, 0};
    spx_status st = SPX_OK;
    char grid[48];
    SPX_TRY(take_packed_shape(j, q, err));
    SPX_TRY(take_packed_bits(j, q, err));
    q->plain = true;
    const spx_tensor *scale = join_find(j, q, "weight_scale", "scale");
    const size_t block[2] = {1, spx_tensor_cols(scale) ? q->cols / spx_tensor_cols(scale) : 0};
    const bool grouped = scale->ndim == 2 && scale->shape[0] == q->rows && block[1] > 0;
    SPX_TRY(join_check_scale(scale, false, err));
    SPX_TRY(join_grid(q, scale, grouped ? block : any, &q->scale, err));
    q->group = q->scale.block_cols;
    SPX_TRY(take_packed_zeros(j, q, err));
    SPX_TRY(
        take_index(q, join_find(j, q, "weight_g_idx", "group index"), q->cols, q->scale.cols, err));
    SPX_TRY(check_config(j, q, err));
    grid_text(q, &q->scale, grid, sizeof grid);
    snprintf(q->type, sizeof q->type, "INT%zu packed / %s", q->bits, grid);
out:
    return st;
}

/* The group of column (of W, or row of W^T) i; out of range if the file has changed since. */
static size_t group_at(const quantised *q, size_t i, size_t groups)
{
    if (!q->index) return i / q->group;
    const uint32_t group = word_at(q->index->data + 4 * i);
    return group < groups ? group : groups - 1;
}

static int packed_zero(const quantised *q, size_t row, size_t group)
{
    if (!q->zero.t) return 1 << (q->bits - 1);
    return code_at(q->zero.t->data + 4 * group, 4 * q->scale.cols, q->bits, row);
}

static void read_packed(const quantised *q, const value_block *b)
{
    const size_t step = 4 * q->codes->shape[1];
    for (size_t i = 0; i < b->rows; i++) {
        const size_t row = b->r0 + i;
        size_t known = SIZE_MAX;
        float s = 0;
        int zero = 0;
        for (size_t k = 0; k < b->cols; k++) {
            const size_t col = b->c0 + k, group = group_at(q, col, q->scale.cols);
            if (group != known) {
                known = group;
                zero = packed_zero(q, row, group);
                s = scale_value(q->scale.t, (q->scale.rows > 1 ? row : 0) * q->scale.cols + group);
            }
            const int code = code_at(q->codes->data + row * step, 4, q->bits, col);
            b->out[i * b->ld + k] = (float)(code - zero) * s;
        }
    }
}

static const char *const packed_names[] = {"compressed-tensors", NULL};
const quantised_method quantised_packed = {
    .names = packed_names,
    .owns = owns_packed,
    .join = join_packed,
    .read = read_packed,
};

/* GPTQ and AWQ: rows and cols are those of W^T, inputs x outputs. */

/* Under a name of GPT-2's kind the weight itself is stored inputs x outputs. */
static void turn_transposed(quantised *q)
{
    char name[1024];
    snprintf(name, sizeof name, "%.*sweight", (int)q->stem_len, q->codes->name);
    q->turned = !spx_arch_place(name).in_out;
}

static bool owns_qweight(const joiner *j, quantised *q, const spx_tensor **scale)
{
    if (!join_name_ends(q, "qweight") || !join_find(j, q, "qzeros", NULL)) return false;
    *scale = join_find(j, q, "scales", NULL);
    return *scale != NULL;
}

/* scales and qzeros: a row for each group; `words` of zero points in a row. */
static spx_status take_groups(const joiner *j, quantised *q, size_t words, spx_error *err)
{
    spx_status st = SPX_OK;
    char want[96];
    const spx_tensor *scale = join_find(j, q, "scales", "scale");
    const spx_tensor *zero = join_find(j, q, "qzeros", "zero point");
    const size_t groups = scale->shape[0];
    SPX_TRY(join_check_scale(scale, false, err));
    snprintf(want, sizeof want, "%zux%zu", groups, q->cols);
    if (groups == 0 || groups > q->rows || scale->shape[1] != q->cols)
        return join_wrong_shape(scale, want, err);
    SPX_TRY(check_words(zero, err));
    snprintf(want, sizeof want, "%zux%zu words", groups, words);
    if (zero->shape[0] != groups || zero->shape[1] != words)
        SPX_TRY(join_wrong_shape(zero, want, err));
    q->scale = (value_grid){.t = scale, .stack = 1, .rows = groups, .cols = q->cols};
    q->zero = q->scale;
    q->zero.t = zero;
    q->group = j->config->group && (q->rows - 1) / j->config->group + 1 == groups
                   ? j->config->group
                   : (q->rows - 1) / groups + 1;
out:
    return st;
}

/* Where the groups lie in order they must be of one size, the last one apart. */
static spx_status check_groups(const quantised *q, spx_error *err)
{
    if ((q->rows - 1) / q->group + 1 == q->scale.rows) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE, "%zu groups for %zu inputs", q->scale.rows, q->rows);
}

static bool owns_gptq(const joiner *j, quantised *q)
{
    const spx_tensor *scale = NULL;
    return owns_qweight(j, q, &scale) && scale->ndim == 2 && q->codes->ndim == 2 &&
           q->codes->shape[1] == scale->shape[1];
}

/* Bits from the words of zero points in a row; inputs from the words of codes in a column. */
static spx_status take_gptq_shape(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *zero = join_find(j, q, "qzeros", NULL);
    const spx_tensor *index = join_find(j, q, "g_idx", NULL);
    static const size_t widths[] = {2, 3, 4, 8};
    SPX_TRY(check_words(q->codes, err));
    SPX_TRY(check_words(zero, err));
    q->cols = q->codes->shape[1];
    for (size_t i = 0; i < 4; i++)
        if (words_of(q->cols, widths[i]) == zero->shape[1]) q->bits = widths[i];
    if (q->bits == 0)
        SPX_RAISE(err, SPX_ESHAPE,
                  "qzeros has %zu words for %zu columns: no code of 2, 3, 4 or 8 bits",
                  zero->shape[1], q->cols);
    q->rows = index ? companion_values(index) : q->codes->shape[0] * 32 / q->bits;
    if (q->rows == 0 || words_of(q->rows, q->bits) != q->codes->shape[0])
        SPX_RAISE(err, SPX_ESHAPE,
                  "qweight has %zu words of %zu-bit codes for %zu inputs (expected %zu)",
                  q->codes->shape[0], q->bits, q->rows, words_of(q->rows, q->bits));
out:
    return st;
}

/* Whether zero points are stored less 1, as all but gptq_v2 do. */
static spx_status take_gptq_format(const joiner *j, quantised *q, spx_error *err)
{
    const char *named = j->config->format;
    q->zero_added = strcmp(named, "gptq_v2") == 0 ? 0 : 1;
    if (!*named || strncmp(named, "gptq", 4) == 0 || strstr(named, "auto_gptq")) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP, "GPTQ codes, though %s names the format %s", j->config->file,
                    named);
}

static spx_status join_gptq(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(take_gptq_shape(j, q, err));
    SPX_TRY(take_groups(j, q, words_of(q->cols, q->bits), err));
    SPX_TRY(take_index(q, join_find(j, q, "g_idx", "group index"), q->rows, q->scale.rows, err));
    if (!q->index) SPX_TRY(check_groups(q, err));
    SPX_TRY(take_gptq_format(j, q, err));
    SPX_TRY(check_config(j, q, err));
    turn_transposed(q);
    snprintf(q->type, sizeof q->type, "GPTQ%s INT%zu / groups of %zu%s",
             q->zero_added > 0 ? "" : " v2", q->bits, q->group, q->index ? " by g_idx" : "");
out:
    return st;
}

static void read_gptq(const quantised *q, const value_block *b)
{
    const size_t step = 4 * q->cols, zero_step = 4 * q->zero.t->shape[1];
    for (size_t i = 0; i < b->rows; i++) {
        const size_t row = b->r0 + i, group = group_at(q, row, q->scale.rows);
        const unsigned char *zeros = q->zero.t->data + group * zero_step;
        for (size_t k = 0; k < b->cols; k++) {
            const size_t col = b->c0 + k;
            const int code = code_at(q->codes->data + 4 * col, step, q->bits, row);
            const float zero = (float)code_at(zeros, 4, q->bits, col) + q->zero_added;
            b->out[i * b->ld + k] =
                ((float)code - zero) * scale_value(q->scale.t, group * q->cols + col);
        }
    }
}

static const char *const gptq_names[] = {
    "gptq", "gptq_marlin", "auto-round", "intel/auto-round", "auto_round", NULL};
const quantised_method quantised_gptq = {
    .names = gptq_names,
    .owns = owns_gptq,
    .join = join_gptq,
    .read = read_gptq,
};

static bool owns_awq(const joiner *j, quantised *q)
{
    const spx_tensor *scale = NULL;
    return owns_qweight(j, q, &scale) && scale->ndim == 2 && q->codes->ndim == 2 &&
           q->codes->shape[1] * 8 == scale->shape[1] && q->codes->shape[0] >= scale->shape[0];
}

static spx_status check_awq_format(const joiner *j, spx_error *err)
{
    static const char *const gemm[] = {"", "gemm", "GEMM", "exllama", "ipex"};
    const char *named = j->config->format;
    for (size_t i = 0; i < sizeof gemm / sizeof *gemm; i++)
        if (strcmp(named, gemm[i]) == 0) return SPX_OK;
    if (strstr(named, "auto_awq")) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP, "AWQ codes, though %s names version %s (expected gemm)",
                    j->config->file, named);
}

static spx_status join_awq(const joiner *j, quantised *q, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_words(q->codes, err));
    q->bits = 4;
    q->rows = q->codes->shape[0];
    q->cols = 8 * q->codes->shape[1];
    SPX_TRY(take_groups(j, q, q->codes->shape[1], err));
    SPX_TRY(check_groups(q, err));
    SPX_TRY(check_awq_format(j, err));
    SPX_TRY(check_config(j, q, err));
    turn_transposed(q);
    snprintf(q->type, sizeof q->type, "AWQ INT4 / groups of %zu", q->group);
out:
    return st;
}

/* The nibble of column k in the word of its eight columns. */
static int awq_nibble(const unsigned char *words, size_t col)
{
    static const unsigned place[8] = {0, 4, 1, 5, 2, 6, 3, 7};
    return (int)(word_at(words + col / 8 * 4) >> (4 * place[col % 8]) & 15);
}

static void read_awq(const quantised *q, const value_block *b)
{
    const size_t step = q->cols / 2;
    for (size_t i = 0; i < b->rows; i++) {
        const size_t row = b->r0 + i, group = row / q->group;
        for (size_t k = 0; k < b->cols; k++) {
            const size_t col = b->c0 + k;
            const int code = awq_nibble(q->codes->data + row * step, col);
            const int zero = awq_nibble(q->zero.t->data + group * step, col);
            b->out[i * b->ld + k] =
                (float)(code - zero) * scale_value(q->scale.t, group * q->cols + col);
        }
    }
}

static const char *const awq_names[] = {
    "awq", "awq_marlin", "auto-round", "intel/auto-round", "auto_round", NULL};
const quantised_method quantised_awq = {
    .names = awq_names,
    .owns = owns_awq,
    .join = join_awq,
    .read = read_awq,
};
