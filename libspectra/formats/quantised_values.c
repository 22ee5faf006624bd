/* quantised_values.c: the numbers of quantised weights: companions, grids of scales, tiles of
 * values. */
#include "formats/dtype.h"
#include "formats/quantised.h"

#include <stdio.h>

size_t companion_values(const spx_tensor *t) { return spx_tensor_rows(t) * spx_tensor_cols(t); }

float companion_value(const spx_tensor *t, size_t i)
{
    float x = 0;
    dtype_read(t->dtype, t->data + i * dtype_bytes(t->dtype), 1, &x);
    return x;
}

float scale_value(const spx_tensor *t, size_t i)
{
    float x = 0;
    if (t->dtype != SPX_U8) return companion_value(t, i);
    dtype_read(SPX_F8_E8M0, t->data + i, 1, &x);
    return x;
}

spx_status join_check_scale(const spx_tensor *t, bool powers, spx_error *err)
{
    if (t->dtype <= SPX_BF16) return SPX_OK;
    if (powers && (t->dtype == SPX_F8_E8M0 || t->dtype == SPX_U8)) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s has type %s (expected F32, BF16 or F16%s)", t->name,
                    spx_dtype_name(t->dtype), powers ? ", F8_E8M0 or U8" : "");
}

static void shape_text(const spx_tensor *t, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s", t->ndim ? "" : "scalar");
    for (size_t i = 0; i < t->ndim && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? "x" : "", t->shape[i]);
}

spx_status join_wrong_shape(const spx_tensor *t, const char *expected, spx_error *err)
{
    char shape[128];
    shape_text(t, shape, sizeof shape);
    return SPX_FAIL(err, SPX_ESHAPE, "%s is %s (expected %s)", t->name, shape, expected);
}

/* Rows in a block, of `all` in n blocks: the size given, 128, or what divides evenly; 0: none. */
static size_t block_extent(size_t all, size_t n, size_t given)
{
    if (n == 0 || all == 0) return 0;
    if (given) return (all - 1) / given + 1 == n ? given : 0;
    if (n == 1) return all;
    if (n == all) return 1;
    if ((all - 1) / 128 + 1 == n) return 128;
    return all % n ? 0 : all / n;
}

static spx_status grid_unfit(const quantised *q, const spx_tensor *t, const size_t block[2],
                             spx_error *err)
{
    char want[128] = "";
    if (block[0])
        snprintf(want, sizeof want, " or %zux%zu for blocks of %zux%zu",
                 (q->rows - 1) / block[0] + 1, (q->cols - 1) / block[1] + 1, block[0], block[1]);
    char text[256];
    snprintf(text, sizeof text, "one value, %zu for the rows%s of %zux%zu", q->rows, want, q->rows,
             q->cols);
    return join_wrong_shape(t, text, err);
}

/* Takes a dimension of `stack` from the front of shape, if the grid has one for each matrix. */
static void take_stack(const quantised *q, size_t *ndim, const size_t **shape, value_grid *out)
{
    if (q->stack == 1 || *ndim == 0 || **shape != q->stack) return;
    if (*ndim < 2 && q->stack == q->rows) return; /* rows of one matrix, or matrices: not told */
    out->stack = q->stack;
    (*ndim)--;
    (*shape)++;
}

spx_status join_grid(const quantised *q, const spx_tensor *t, const size_t block[2],
                     value_grid *out, spx_error *err)
{
    size_t ndim = t->ndim;
    const size_t *shape = t->shape;
    *out = (value_grid){.t = t, .stack = 1, .rows = 1, .cols = 1};
    if (companion_values(t) != 1) {
        take_stack(q, &ndim, &shape, out);
        if (ndim > 2 || (ndim == 1 && shape[0] != q->rows && shape[0] != 1))
            return grid_unfit(q, t, block, err);
        if (ndim > 0) out->rows = shape[0];
        if (ndim > 1) out->cols = shape[1];
    }
    out->block_rows = block_extent(q->rows, out->rows, block[0]);
    out->block_cols = block_extent(q->cols, out->cols, block[1]);
    if (out->block_rows && out->block_cols) return SPX_OK;
    return grid_unfit(q, t, block, err);
}

size_t grid_place(const value_grid *g, size_t stack, size_t row, size_t col)
{
    const size_t matrix = g->stack > 1 ? stack : 0;
    return (matrix * g->rows + row / g->block_rows) * g->cols + col / g->block_cols;
}

void grid_text(const quantised *q, const value_grid *g, char *out, size_t size)
{
    const bool all_cols = g->cols == 1;
    if (g->rows == 1 && all_cols)
        snprintf(out, size, "per tensor");
    else if (g->rows == q->rows && all_cols)
        snprintf(out, size, "per row");
    else if (g->rows == q->rows)
        snprintf(out, size, "groups of %zu", g->block_cols);
    else
        snprintf(out, size, "%zux%zu blocks", g->block_rows, g->block_cols);
}

/* Reading */

/* Rows of W are columns of what is stored: a tile of W^T is read and turned. */
static void read_turned(const quantised *q, const value_block *b)
{
    float tile[TILE];
    const size_t height = q->cols, matrix = b->r0 / height; /* rows of one matrix of W */
    const value_block stored = {
        matrix * q->rows + b->c0, b->r0 % height, b->cols, b->rows, b->rows, tile};
    q->method->read(q, &stored);
    for (size_t i = 0; i < b->rows; i++)
        for (size_t k = 0; k < b->cols; k++) b->out[i * b->ld + k] = tile[k * b->rows + i];
}

static void read_tile(const quantised *q, const value_block *b)
{
    if (q->turned)
        read_turned(q, b);
    else
        q->method->read(q, b);
}

/* Rows of a tile from r on: they lie in one matrix of the stack. */
static size_t tile_rows(const quantised *q, size_t r, size_t left)
{
    const size_t height = q->turned ? q->cols : q->rows, here = height - r % height;
    const size_t most = left < TILE_ROWS ? left : TILE_ROWS;
    return most < here ? most : here;
}

static size_t tile_cols(size_t left) { return left < TILE_COLS ? left : TILE_COLS; }

void quantised_floats(const spx_tensor *t, size_t r0, size_t rows, float *out)
{
    const quantised *q = t->quantised;
    const size_t cols = spx_tensor_cols(t), first = t->first_row + r0;
    for (size_t r = 0, n = 0; r < rows; r += n) {
        n = tile_rows(q, first + r, rows - r);
        for (size_t c = 0; c < cols; c += TILE_COLS) {
            const value_block b = {first + r, c, n, tile_cols(cols - c), cols, out + r * cols + c};
            read_tile(q, &b);
        }
    }
}

void quantised_doubles(const spx_tensor *t, size_t r0, size_t c0, spx_mat *block)
{
    const quantised *q = t->quantised;
    float tile[TILE];
    const size_t first = t->first_row + r0;
    for (size_t r = 0, n = 0; r < block->rows; r += n) {
        n = tile_rows(q, first + r, block->rows - r);
        for (size_t c = 0; c < block->cols; c += TILE_COLS) {
            const size_t width = tile_cols(block->cols - c);
            const value_block b = {first + r, c0 + c, n, width, width, tile};
            read_tile(q, &b);
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < width; k++)
                    block->data[(r + i) * block->ld + c + k] = (double)tile[i * width + k];
        }
    }
}
