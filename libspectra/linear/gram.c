/* gram.c: the plan of a Gram matrix by residues: strips of 32 rows, groups of four strips. */
#include "linear/gram.h"

#include "linear/gram_residues.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { GROUP = 4, SQUARE = RESIDUES_STRIP * RESIDUES_STRIP };
/* Measured (tests/bench/svd.sh gram): smaller matrices lose, and those of medium size that need
 * many moduli. */
enum { LEAST_ORDER = 320, LEAST_DEPTH = 64, FIRST_MODULI = 8, FEW_MODULI = 12, MANY_FROM = 1536 };
enum { LINE = 64 };                  /* bytes that come from memory at a time */
static const double unit = 0x1p-46;  /* of a row's norm: what it may lose */
static const double range = 0x1p830; /* of the square of a norm */

/* Columns of A, or rows of it, that are worked on. */
typedef struct chunk {
    const spx_mat *A;
    spx_mat *G;
    spx_trans ta;
    size_t order, depth, strips, blocks;
    residues by;
    gram_room *room;
} chunk;

static size_t threads(void) { return omp_in_parallel() ? 1 : (size_t)omp_get_max_threads(); }

/* Rows of a strip: where they lie, or copied. */
typedef struct rows {
    const double *x;
    size_t apart;
} rows;

static void copy_columns(const chunk *c, const double *from, size_t count, double *strip)
{
    for (size_t k0 = 0; k0 < c->depth; k0 += RESIDUES_SIDE)
        for (size_t i = 0; i < count; i++)
            for (size_t k = k0; k < k0 + RESIDUES_SIDE && k < c->depth; k++)
                strip[i * RESIDUES_APART + k] = from[k * c->A->ld + i];
}

/* Zeros where there are none. */
static rows rows_of(const chunk *c, size_t s)
{
    const size_t i0 = s * RESIDUES_STRIP, left = c->order - i0, ld = c->A->ld;
    const size_t count = left < RESIDUES_STRIP ? left : RESIDUES_STRIP;
    const bool whole = count == RESIDUES_STRIP && c->depth == c->blocks * RESIDUES_BLOCK;
    const double *from = c->A->data + (c->ta == SPX_N ? i0 * ld : i0);
    if (whole && c->ta == SPX_N) return (rows){from, ld};
    double *strip =
        c->room->strips + (size_t)omp_get_thread_num() * RESIDUES_STRIP * RESIDUES_APART;
    if (!whole) memset(strip, 0, sizeof(double) * RESIDUES_STRIP * RESIDUES_APART);
    if (c->ta == SPX_T) copy_columns(c, from, count, strip);
    for (size_t i = 0; c->ta == SPX_N && i < count; i++)
        memcpy(strip + i * RESIDUES_APART, from + i * ld, c->depth * sizeof *strip);
    return (rows){strip, RESIDUES_APART};
}

/* The largest 2^e with 2^e norm <= largest; 1 for a row of zeros, 0 for one out of range. */
static double scale_of(const double *row, size_t n, double square, double largest)
{
    size_t k = 0;
    if (square > 1 / range && square < range) return ldexp(1, ilogb(largest / sqrt(square)));
    while (k < n && row[k] == 0) k++;
    return k == n ? 1 : 0;
}

/* |a - X / scale|^2 / |a|^2 of a row; sets its scale. */
static double lost(const chunk *c, size_t i, const double *row)
{
    const size_t n = c->blocks * RESIDUES_BLOCK;
    const double square = residues_defect(row, n, 0);
    const double scale = scale_of(row, n, square, c->by.largest);
    c->room->scale[i] = scale;
    c->room->back[i] = 1 / scale;
    if (scale == 0) return HUGE_VAL;
    return square > 0 ? residues_defect(row, n, scale) / square : 0;
}

static void measure_strip(const chunk *c, size_t s)
{
    double most = 0;
    rows r = rows_of(c, s);
    for (size_t i = s * RESIDUES_STRIP; i < (s + 1) * RESIDUES_STRIP; i++, r.x += r.apart)
        most = fmax(most, lost(c, i, r.x));
    c->room->defect[s] = most;
}

/* Whether so many moduli are. */
static bool enough(const chunk *c)
{
    double most = 0;
#pragma omp parallel for num_threads((int)threads()) schedule(static)
    for (size_t s = 0; s < c->strips; s++) measure_strip(c, s);
    for (size_t s = 0; s < c->strips; s++) most = fmax(most, c->room->defect[s]);
    return most <= unit * unit;
}

static bool take_room(spx_scratch *from, void *out, size_t n, size_t size)
{
    spx_error ignored;
    void *mem = NULL;
    const spx_status st = spx_scratch_alloc(from, &mem, n, size, &ignored);
    memcpy(out, &mem, sizeof mem);
    return st == SPX_OK;
}

static bool room_to_measure(const chunk *c)
{
    gram_room *room = c->room;
    const size_t all = c->strips * RESIDUES_STRIP;
    if (room->strips) return true;
    room->moduli = FIRST_MODULI;
    return take_room(&room->small, &room->scale, all, sizeof(double)) &&
           take_room(&room->small, &room->back, all, sizeof(double)) &&
           take_room(&room->small, &room->defect, c->strips, sizeof(double)) &&
           take_room(&room->small, &room->strips, threads() * RESIDUES_STRIP * RESIDUES_APART,
                     sizeof(double));
}

static bool room_for_residues(const chunk *c)
{
    gram_room *room = c->room;
    const size_t n = c->by.n, strip = (size_t)RESIDUES_STRIP * RESIDUES_DEPTH * n;
    if (room->sums && room->moduli == n) return true;
    spx_scratch_free(&room->large);
    room->sums = NULL; /* the last to be had: until then there is no room */
    room->moduli = n;
    return take_room(&room->large, &room->residues, c->strips, strip) &&
           take_room(&room->large, &room->rights, threads() * GROUP, strip) &&
           take_room(&room->large, &room->sums, threads() * GROUP * n, SQUARE * sizeof(int32_t));
}

static size_t strip_bytes(const chunk *c) { return 2 * c->blocks * RESIDUES_TILE; }

static int8_t *residues_at(const chunk *c, size_t l, size_t s)
{
    return c->room->residues + (s * c->by.n + l) * strip_bytes(c);
}

static void take(const chunk *c, size_t s)
{
    const rows r = rows_of(c, s);
    residues_take(&c->by, r.x, r.apart, c->blocks, c->room->scale + s * RESIDUES_STRIP,
                  residues_at(c, 0, s), strip_bytes(c));
}

/* Strips [from, to), turned, and their products with one strip; a thread's own. */
typedef struct group {
    size_t from, to;
    int8_t *rights; /* modulus by modulus */
    int32_t *sums;  /* strip by strip */
} group;

static group turn_group(const chunk *c, size_t from)
{
    const size_t n = c->by.n, bytes = strip_bytes(c), me = (size_t)omp_get_thread_num() * GROUP * n;
    group g = {from, from + GROUP < c->strips ? from + GROUP : c->strips,
               c->room->rights + me * bytes, c->room->sums + me * SQUARE};
    for (size_t l = 0; l < n; l++)
        for (size_t j = from; j < g.to; j++)
            residues_turn(residues_at(c, l, j), c->blocks,
                          g.rights + (l * GROUP + j - from) * bytes);
    return g;
}

/* Part l of n of what strip i and the group add to will be needed soon. */
static void ask_for_sums(const chunk *c, const group *g, size_t i, size_t l)
{
    const size_t n = c->by.n, first = i * RESIDUES_STRIP, from = g->from * RESIDUES_STRIP;
    const size_t to = g->to * RESIDUES_STRIP < c->order ? g->to * RESIDUES_STRIP : c->order;
    for (size_t k = first + RESIDUES_STRIP * l / n; k < first + RESIDUES_STRIP * (l + 1) / n; k++)
        for (size_t j = from; j < to && k < c->order; j += LINE / sizeof(double))
            __builtin_prefetch(c->G->data + k * c->G->ld + j, 1, 2);
}

/* Each modulus of a strip meets all of the group's while what is behind it comes from memory. */
static void multiply(const chunk *c, const group *g, size_t i)
{
    const size_t bytes = strip_bytes(c), n = c->by.n, part = bytes / GROUP;
    for (size_t l = 0; l < n; l++) {
        const int8_t *left = residues_at(c, l, i);
        ask_for_sums(c, g, i, l);
        for (size_t j = 0; j < g->to - g->from; j++)
            residues_multiply(left, g->rights + (l * GROUP + j) * bytes, c->blocks,
                              g->sums + j * n * SQUARE + l * RESIDUES_STRIP, n * RESIDUES_STRIP,
                              left + bytes + j * part, part);
    }
}

/* Strip i times strip j, on and below the diagonal. */
static void join(const chunk *c, size_t i, size_t j, const int32_t *sums)
{
    const size_t i0 = i * RESIDUES_STRIP, j0 = j * RESIDUES_STRIP;
    for (size_t k = 0; k < RESIDUES_STRIP && i0 + k < c->order; k++) {
        const size_t left = i0 + k + 1 - j0, cols = left < RESIDUES_STRIP ? left : RESIDUES_STRIP;
        residues_join(&c->by, sums + k * RESIDUES_STRIP * c->by.n, c->room->back[i0 + k],
                      c->room->back + j0, cols, c->G->data + (i0 + k) * c->G->ld + j0);
    }
}

static void add_group(const chunk *c, size_t from)
{
    const group g = turn_group(c, from);
    for (size_t i = from; i < c->strips; i++) {
        multiply(c, &g, i);
        for (size_t j = g.from; j < g.to && j <= i; j++)
            join(c, i, j, g.sums + (j - g.from) * c->by.n * SQUARE);
    }
}

static void add_products(const chunk *c)
{
#pragma omp parallel num_threads((int)threads())
    {
        residues_open();
#pragma omp for schedule(static)
        for (size_t s = 0; s < c->strips; s++) take(c, s);
#pragma omp for schedule(dynamic, 1)
        for (size_t from = 0; from < c->strips; from += GROUP) add_group(c, from);
        residues_close();
    }
}

static bool add_chunk(chunk *c)
{
    const size_t most = c->order < MANY_FROM ? FEW_MODULI : RESIDUES_MOST;
    if (!room_to_measure(c)) return false;
    for (size_t n = c->room->moduli; n <= most; n++) {
        c->by = residues_by(n);
        if (!enough(c)) continue;
        if (!room_for_residues(c)) return false;
        add_products(c);
        return true;
    }
    c->room->moduli = RESIDUES_MOST + 1;
    return false;
}

static void clear_lower(spx_mat *G)
{
    for (size_t i = 0; i < G->rows; i++) memset(G->data + i * G->ld, 0, (i + 1) * sizeof(double));
}

void gram_lower(spx_mat *G, const spx_mat *A, spx_trans ta, bool add, gram_room *room)
{
    const size_t order = ta == SPX_N ? A->rows : A->cols, depth = ta == SPX_N ? A->cols : A->rows;
    if (order < LEAST_ORDER || depth < LEAST_DEPTH || !residues_there()) {
        spx_syrk_lower(G, 1, A, ta, add);
        return;
    }
    if (!add) clear_lower(G);
    for (size_t at = 0; at < depth; at += RESIDUES_DEPTH) {
        const size_t n = depth - at < RESIDUES_DEPTH ? depth - at : RESIDUES_DEPTH;
        const spx_mat part =
            ta == SPX_N ? spx_mat_view(A, 0, at, order, n) : spx_mat_view(A, at, 0, n, order);
        chunk c = {.A = &part, .G = G, .ta = ta, .order = order, .depth = n, .room = room};
        c.strips = (order + RESIDUES_STRIP - 1) / RESIDUES_STRIP;
        c.blocks = (n + RESIDUES_BLOCK - 1) / RESIDUES_BLOCK;
        if (!add_chunk(&c)) spx_syrk_lower(G, 1, &part, ta, 1);
    }
}

void gram_room_free(gram_room *room)
{
    spx_scratch_free(&room->small);
    spx_scratch_free(&room->large);
    *room = (gram_room){0};
}
