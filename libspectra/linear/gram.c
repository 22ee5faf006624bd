/* gram.c: Gram matrices by residues, in strips of 32 rows and groups of four strips. */
#include "linear/gram.h"

#include "linear/gram_residues.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { GROUP = 4, SQUARE = GRAM_STRIP * GRAM_STRIP };
/* Measured (tests/bench/svd.sh gram): smaller matrices lose, and so do those of medium size that
 * need many moduli. */
enum { LEAST_ORDER = 320, LEAST_DEPTH = 64, FIRST_MODULI = 8, FEW_MODULI = 12, MANY_FROM = 1536 };
enum { LINE = 64 };                  /* bytes of a line of the cache */
static const double unit = 0x1p-46;  /* of a row's norm: the error it may have */
static const double range = 0x1p830; /* limit of the square of a norm */

/* Up to 512 columns of A, or rows of it if ta = T, and what their products need. */
typedef struct chunk {
    const spx_mat *A;
    spx_mat *G;
    spx_trans ta;
    size_t order, depth, strips, blocks;
    gram_moduli by;
    gram_room *room;
} chunk;

static size_t threads(void) { return omp_in_parallel() ? 1 : (size_t)omp_get_max_threads(); }

/* The rows of a strip: in A itself, or copied. */
typedef struct rows {
    const double *x;
    size_t apart;
} rows;

static void copy_columns(const chunk *c, const double *from, size_t count, double *strip)
{
    for (size_t k0 = 0; k0 < c->depth; k0 += GRAM_SIDE)
        for (size_t i = 0; i < count; i++)
            for (size_t k = k0; k < k0 + GRAM_SIDE && k < c->depth; k++)
                strip[i * GRAM_STRIP_LD + k] = from[k * c->A->ld + i];
}

/* The rows of strip s, padded with zeros. */
static rows rows_of(const chunk *c, size_t s)
{
    const size_t i0 = s * GRAM_STRIP, left = c->order - i0, ld = c->A->ld;
    const size_t count = left < GRAM_STRIP ? left : GRAM_STRIP;
    const bool whole = count == GRAM_STRIP && c->depth == c->blocks * GRAM_BLOCK;
    const double *from = c->A->data + (c->ta == SPX_N ? i0 * ld : i0);
    if (whole && c->ta == SPX_N) return (rows){from, ld};
    double *strip = c->room->strips + (size_t)omp_get_thread_num() * GRAM_STRIP * GRAM_STRIP_LD;
    if (!whole) memset(strip, 0, sizeof(double) * GRAM_STRIP * GRAM_STRIP_LD);
    if (c->ta == SPX_T) copy_columns(c, from, count, strip);
    for (size_t i = 0; c->ta == SPX_N && i < count; i++)
        memcpy(strip + i * GRAM_STRIP_LD, from + i * ld, c->depth * sizeof *strip);
    return (rows){strip, GRAM_STRIP_LD};
}

/* The largest 2^e with 2^e norm <= largest; 1 for a row of zeros, 0 for one out of range. */
static double scale_of(const double *row, size_t n, double square, double largest)
{
    size_t k = 0;
    if (square > 1 / range && square < range) return ldexp(1, ilogb(largest / sqrt(square)));
    while (k < n && row[k] == 0) k++;
    return k == n ? 1 : 0;
}

/* Sets the scale of row i; returns |a - X / scale|^2 / |a|^2. */
static double scale_row(const chunk *c, size_t i, const double *row)
{
    const size_t n = c->blocks * GRAM_BLOCK;
    const double square = gram_residues_defect(row, n, 0);
    const double scale = scale_of(row, n, square, c->by.largest);
    c->room->scale[i] = scale;
    c->room->back[i] = 1 / scale;
    if (scale == 0) return HUGE_VAL;
    return square > 0 ? gram_residues_defect(row, n, scale) / square : 0;
}

static void measure_strip(const chunk *c, size_t s)
{
    double most = 0;
    rows r = rows_of(c, s);
    for (size_t i = s * GRAM_STRIP; i < (s + 1) * GRAM_STRIP; i++, r.x += r.apart)
        most = fmax(most, scale_row(c, i, r.x));
    c->room->defect[s] = most;
}

/* True if this number of moduli gives the accuracy asked for. */
static bool moduli_suffice(const chunk *c)
{
    double most = 0;
#pragma omp parallel for num_threads((int)threads()) schedule(static)
    for (size_t s = 0; s < c->strips; s++) measure_strip(c, s);
    for (size_t s = 0; s < c->strips; s++) most = fmax(most, c->room->defect[s]);
    return most <= unit * unit;
}

static bool room_to_measure(const chunk *c)
{
    gram_room *room = c->room;
    const size_t all = c->strips * GRAM_STRIP, copied = threads() * GRAM_STRIP * GRAM_STRIP_LD;
    if (room->strips) return true;
    room->moduli = FIRST_MODULI;
    return SPX_SCRATCH(&room->small, &room->scale, all, NULL) == SPX_OK &&
           SPX_SCRATCH(&room->small, &room->back, all, NULL) == SPX_OK &&
           SPX_SCRATCH(&room->small, &room->defect, c->strips, NULL) == SPX_OK &&
           SPX_SCRATCH(&room->small, &room->strips, copied, NULL) == SPX_OK;
}

static bool room_for_residues(const chunk *c)
{
    gram_room *room = c->room;
    const size_t n = c->by.n, strip = (size_t)GRAM_STRIP * GRAM_DEPTH * n;
    if (room->sums && room->moduli == n) return true;
    spx_scratch_free(&room->large);
    room->sums = NULL; /* allocated last: until then there is no room */
    room->moduli = n;
    return SPX_SCRATCH(&room->large, &room->residues, c->strips * strip, NULL) == SPX_OK &&
           SPX_SCRATCH(&room->large, &room->rights, threads() * GROUP * strip, NULL) == SPX_OK &&
           SPX_SCRATCH(&room->large, &room->sums, threads() * GROUP * n * SQUARE, NULL) == SPX_OK;
}

static size_t strip_bytes(const chunk *c) { return 2 * c->blocks * GRAM_TILE; }

static int8_t *residues_at(const chunk *c, size_t l, size_t s)
{
    return c->room->residues + (s * c->by.n + l) * strip_bytes(c);
}

static void take_strip(const chunk *c, size_t s)
{
    const rows r = rows_of(c, s);
    gram_residues_take(&c->by, r.x, r.apart, c->blocks, c->room->scale + s * GRAM_STRIP,
                       residues_at(c, 0, s), strip_bytes(c));
}

/* A thread's own: strips [from, to) as right factors, and their products with one strip. */
typedef struct group {
    size_t from, to;
    int8_t *rights; /* modulus by modulus */
    int32_t *sums;  /* strip by strip */
} group;

static group transpose_group(const chunk *c, size_t from)
{
    const size_t n = c->by.n, bytes = strip_bytes(c), me = (size_t)omp_get_thread_num() * GROUP * n;
    group g = {from, from + GROUP < c->strips ? from + GROUP : c->strips,
               c->room->rights + me * bytes, c->room->sums + me * SQUARE};
    for (size_t l = 0; l < n; l++)
        for (size_t j = from; j < g.to; j++)
            gram_residues_transpose(residues_at(c, l, j), c->blocks,
                                    g.rights + (l * GROUP + j - from) * bytes);
    return g;
}

/* Prefetches part l of n of the block of G to which strip i and the group add. */
static void prefetch_block(const chunk *c, const group *g, size_t i, size_t l)
{
    const size_t n = c->by.n, first = i * GRAM_STRIP, from = g->from * GRAM_STRIP;
    const size_t to = g->to * GRAM_STRIP < c->order ? g->to * GRAM_STRIP : c->order;
    for (size_t k = first + GRAM_STRIP * l / n; k < first + GRAM_STRIP * (l + 1) / n; k++)
        for (size_t j = from; j < to && k < c->order; j += LINE / sizeof(double))
            __builtin_prefetch(c->G->data + k * c->G->ld + j, 1, 2);
}

/* Multiplies strip i by the group, modulus by modulus, while the next modulus is prefetched. */
static void multiply_strip(const chunk *c, const group *g, size_t i)
{
    const size_t bytes = strip_bytes(c), n = c->by.n, part = bytes / GROUP;
    for (size_t l = 0; l < n; l++) {
        const int8_t *left = residues_at(c, l, i);
        prefetch_block(c, g, i, l);
        for (size_t j = 0; j < g->to - g->from; j++)
            gram_residues_multiply(left, g->rights + (l * GROUP + j) * bytes, c->blocks,
                                   g->sums + j * n * SQUARE + l * GRAM_STRIP, n * GRAM_STRIP,
                                   left + bytes + j * part, part);
    }
}

/* G's block of strips i and j, on and below the diagonal, from its residues. */
static void join_block(const chunk *c, size_t i, size_t j, const int32_t *sums)
{
    const size_t i0 = i * GRAM_STRIP, j0 = j * GRAM_STRIP;
    for (size_t k = 0; k < GRAM_STRIP && i0 + k < c->order; k++) {
        const size_t left = i0 + k + 1 - j0, cols = left < GRAM_STRIP ? left : GRAM_STRIP;
        gram_residues_join(&c->by, sums + k * GRAM_STRIP * c->by.n, c->room->back[i0 + k],
                           c->room->back + j0, cols, c->G->data + (i0 + k) * c->G->ld + j0);
    }
}

static void add_group(const chunk *c, size_t from)
{
    const group g = transpose_group(c, from);
    for (size_t i = from; i < c->strips; i++) {
        multiply_strip(c, &g, i);
        for (size_t j = g.from; j < g.to && j <= i; j++)
            join_block(c, i, j, g.sums + (j - g.from) * c->by.n * SQUARE);
    }
}

static void add_products(const chunk *c)
{
#pragma omp parallel num_threads((int)threads())
    {
        gram_residues_open();
#pragma omp for schedule(static)
        for (size_t s = 0; s < c->strips; s++) take_strip(c, s);
#pragma omp for schedule(dynamic, 1)
        for (size_t from = 0; from < c->strips; from += GROUP) add_group(c, from);
        gram_residues_close();
    }
}

/* False if the chunk is left to dsyrk. */
static bool add_chunk(chunk *c)
{
    const size_t most = c->order < MANY_FROM ? FEW_MODULI : GRAM_MODULI_MAX;
    if (!room_to_measure(c)) return false;
    for (size_t n = c->room->moduli; n <= most; n++) {
        c->by = gram_moduli_first(n);
        if (!moduli_suffice(c)) continue;
        if (!room_for_residues(c)) return false;
        add_products(c);
        return true;
    }
    c->room->moduli = GRAM_MODULI_MAX + 1;
    return false;
}

static void clear_lower(spx_mat *G)
{
    for (size_t i = 0; i < G->rows; i++) memset(G->data + i * G->ld, 0, (i + 1) * sizeof(double));
}

void gram_lower(spx_mat *G, const spx_mat *A, spx_trans ta, bool add, gram_room *room)
{
    const size_t order = ta == SPX_N ? A->rows : A->cols, depth = ta == SPX_N ? A->cols : A->rows;
    if (order < LEAST_ORDER || depth < LEAST_DEPTH || !gram_residues_available()) {
        spx_syrk_lower(G, 1, A, ta, add);
        return;
    }
    if (!add) clear_lower(G);
    for (size_t at = 0; at < depth; at += GRAM_DEPTH) {
        const size_t n = depth - at < GRAM_DEPTH ? depth - at : GRAM_DEPTH;
        const spx_mat part =
            ta == SPX_N ? spx_mat_view(A, 0, at, order, n) : spx_mat_view(A, at, 0, n, order);
        chunk c = {.A = &part, .G = G, .ta = ta, .order = order, .depth = n, .room = room};
        c.strips = (order + GRAM_STRIP - 1) / GRAM_STRIP;
        c.blocks = (n + GRAM_BLOCK - 1) / GRAM_BLOCK;
        if (!add_chunk(&c)) spx_syrk_lower(G, 1, &part, ta, 1);
    }
}

void gram_room_free(gram_room *room)
{
    spx_scratch_free(&room->small);
    spx_scratch_free(&room->large);
    *room = (gram_room){0};
}
