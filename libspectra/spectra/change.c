/* change.c: the size, rank and place of the change between two matrices. */
#include "spx/change.h"

#include "spectra/svd_engines.h"

#include "spx/rounding.h"

#include <math.h>
#include <stdbool.h>

enum {
    FRO,
    RELATIVE,
    SPECTRAL,
    NUCLEAR,
    STABLE_RANK,
    MAX,
    RANK,
    EDGE,
    SHARE_U,
    SHARE_V,
    SHARE_BLOCK,
    WEDIN_GAP,
    WEDIN,
    YWS,
    METRICS
};
_Static_assert(METRICS == SPX_CHANGE_METRICS, "the table and value[] have the same length");
_Static_assert((int)RANK == SPX_CHANGE_RANK && (int)EDGE == SPX_CHANGE_EDGE &&
                   (int)SHARE_U == SPX_CHANGE_SHARE_U && (int)SHARE_V == SPX_CHANGE_SHARE_V &&
                   (int)SHARE_BLOCK == SPX_CHANGE_SHARE_BLOCK,
               "the header says so");

static const spx_quantity table[METRICS] = {
    [FRO] = {"change_fro", "1", "|W - W0|_F", "definition", "0 and more", "0: no change"},
    [RELATIVE] = {"change_relative", "1", "|W - W0|_F / |W0|_F", "definition", "0 and more",
                  "0: no change, 1: as large as the weight"},
    [SPECTRAL] = {"change_spectral", "1", "|W - W0|_2; no singular value moved further",
                  "Weyl 1912", "0 and more", "0: no change"},
    [NUCLEAR] = {"change_nuclear", "1", "sum of the singular values of W - W0", "definition",
                 "0 and more", "0: no change"},
    [STABLE_RANK] = {"change_stable_rank", "1", "|W - W0|_F^2 / |W - W0|_2^2",
                     "Rudelson and Vershynin 2007", "1 to r",
                     "small: few directions hold the change"},
    [MAX] = {"change_max", "1", "largest |W - W0| of an entry", "definition", "0 and more",
             "0: no change"},
    [RANK] = {"change_rank", "1", "singular values of W - W0 above change_edge", "this project",
              "0 to r",
              "about the number of edits or the rank of an adapter; r: everything was trained"},
    [EDGE] = {"change_edge", "1", "norm that rounding W to its type stays below",
              "Bandeira and van Handel 2016", "0 and more", "smaller values may be rounding"},
    [SHARE_U] = {"share_change_u", "1", "|U' D|_F^2 / |D|_F^2, D = W - W0", "this project",
                 "0 to 1", "chance: not aimed at the base's dominant directions, 1: inside them"},
    [SHARE_V] = {"share_change_v", "1", "|D V|_F^2 / |D|_F^2, D = W - W0", "this project", "0 to 1",
                 "chance: not aimed at the base's dominant directions, 1: inside them"},
    [SHARE_BLOCK] = {"share_change_block", "1", "|U' D V|_F^2 / |D|_F^2, D = W - W0",
                     "this project", "0 to 1",
                     "chance: not aimed at the base's dominant block, 1: inside it"},
    [WEDIN_GAP] = {"wedin_gap", "1", "s_k of W0 less s'_{k+1} of W", "Wedin 1972", "any",
                   "0 and less: the bound says nothing"},
    [WEDIN] = {"wedin_bound", "1",
               "sqrt(|D V|_F^2 + |D' U|_F^2) / wedin_gap, bounds sqrt(chordal_u^2 + chordal_v^2)",
               "Wedin 1972", "0 to sqrt(2 k)", "small: the subspaces cannot have turned far"},
    [YWS] = {"yws_bound", "1",
             "2 (2 s_1 + |D|_2) min(sqrt(k) |D|_2, |D|_F) / (s_k^2 - s_{k+1}^2), bounds chordal_u "
             "and chordal_v",
             "Yu, Wang and Samworth 2015, Theorem 4", "0 to sqrt(k)",
             "small: the subspaces cannot have turned far"},
};

const spx_quantity *spx_change_metric(size_t i) { return i < METRICS ? &table[i] : NULL; }

static double sum_of_squares(const double *s, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += s[i] * s[i];
    return sum;
}

/* The number of values above the edge; NaN, and vague, where no engine tells the edge from 0 and
 * more than a tenth of that number may lie on either side of it. */
static double count_above(const spx_svd *f, double edge, bool *vague)
{
    const double tenth = 0.1;
    double above = 0, either = 0;
    for (size_t i = 0; i < f->r; i++) {
        above += f->s[i] > edge;
        either += f->s[i] > 0 && fabs(f->s[i] - edge) <= f->error[i];
    }
    *vague = edge <= svd_rounding(f->r) * f->s[0] && either > tenth * above;
    return *vague ? (double)NAN : above;
}

/* All singular values, and the number above the edge; destroys D. */
static spx_status measure_values(const spx_change_pair *p, spx_mat *D, spx_svd *f, double *value,
                                 bool *vague, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_rounding r = {.edge = (double)NAN};
    double unit = 0, least = 0;
    const bool known = spx_dtype_rounding(p->type, &unit, &least);
    if (known) SPX_TRY(spx_rounding_measure(p->W, p->type, &r, &tmp, err));
    SPX_TRY(svd_deflated(D, r.edge, f, err));
    value[EDGE] = r.edge;
    value[RANK] = known ? count_above(f, r.edge, vague) : (double)NAN;
    value[SPECTRAL] = f->s[0];
    for (size_t i = 0; i < f->r; i++) value[NUCLEAR] += f->s[i];
    if (f->s[0] > 0) value[STABLE_RANK] = sum_of_squares(f->s, f->r) / (f->s[0] * f->s[0]);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* a / gap, or NaN where the bound is vacuous: no gap, or a quotient of at least `limit`. */
static double unless_vacuous(double a, double gap, double limit)
{
    return gap > 0 && a < limit * gap ? a / gap : (double)NAN;
}

/* The shares of D in U_k and V_k; *exposed is sqrt(|D V|_F^2 + |D^T U|_F^2). */
static spx_status measure_shares(const spx_change_pair *p, const spx_mat *D, double *value,
                                 double *exposed, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat R, Q, B;
    const size_t k = p->k;
    const spx_mat U = spx_mat_view(&p->base->U, 0, 0, D->rows, k),
                  V = spx_mat_view(&p->base->V, 0, 0, D->cols, k);
    SPX_TRY(spx_mat_scratch(&tmp, &R, D->rows, k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Q, D->cols, k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &B, k, k, err));
    spx_gemm(&R, 1, D, SPX_N, &V, SPX_N, 0);
    spx_gemm(&Q, 1, D, SPX_T, &U, SPX_N, 0);
    spx_gemm(&B, 1, &U, SPX_T, &R, SPX_N, 0);
    const double left = spx_dot(&Q, &Q), right = spx_dot(&R, &R), all = value[FRO] * value[FRO];
    if (all > 0) {
        value[SHARE_U] = left / all;
        value[SHARE_V] = right / all;
        value[SHARE_BLOCK] = spx_dot(&B, &B) / all;
    }
    *exposed = sqrt(left + right);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* s_k of f, or 0 past the last. */
static double value_at(const spx_svd *f, size_t k) { return k < f->r ? f->s[k] : 0; }

/* True if f's k-th value, from 0, is larger than g's next by more than both may err. */
static bool gap_holds(const spx_svd *f, const spx_svd *g, size_t k)
{
    const double errors = f->error[k] + (k + 1 < g->r ? g->error[k + 1] : 0);
    return f->s[k] - value_at(g, k + 1) > errors;
}

static void measure_bounds(const spx_change_pair *p, double exposed, double *value)
{
    const size_t k = p->k;
    const double *s = p->base->s, sk = s[k - 1], next = value_at(p->base, k), n = sqrt((double)k);
    value[WEDIN_GAP] = sk - value_at(p->now, k);
    if (gap_holds(p->base, p->now, k - 1))
        value[WEDIN] = unless_vacuous(exposed, value[WEDIN_GAP], sqrt(2) * n);
    if (gap_holds(p->base, p->base, k - 1))
        value[YWS] =
            unless_vacuous(2 * (2 * s[0] + value[SPECTRAL]) * fmin(n * value[SPECTRAL], value[FRO]),
                           sk * sk - next * next, n);
}

static void measure_sizes(const spx_mat *D, double before, double *value)
{
    value[FRO] = spx_norm_fro(D);
    value[RELATIVE] = before > 0 ? value[FRO] / before : value[FRO] > 0 ? (double)INFINITY : 0;
    value[MAX] = spx_mat_largest(D);
}

void spx_change_none(spx_change *out)
{
    *out = (spx_change){0};
    for (size_t i = SHARE_U; i < METRICS; i++) out->value[i] = (double)NAN;
    out->value[EDGE] = out->value[STABLE_RANK] = (double)NAN;
}

/* D <- W - W0. D may be W0, which is not needed afterwards. */
static spx_status make_difference(const spx_change_pair *p, spx_mat *D, spx_scratch *tmp,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_mat *W0 = p->W0, *W = p->W;
    if (W0->rows != W->rows || W0->cols != W->cols)
        SPX_RAISE(err, SPX_ESHAPE, "the later matrix is %zu x %zu, the earlier one %zu x %zu",
                  W->rows, W->cols, W0->rows, W0->cols);
    if (p->D)
        *D = *p->D;
    else
        SPX_TRY(spx_mat_scratch(tmp, D, W->rows, W->cols, err));
    spx_mat_subtract(D, W, W0);
out:
    return st;
}

spx_status spx_change_measure(const spx_change_pair *p, spx_change *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat D;
    spx_svd f = {0};
    spx_change c;
    const bool bounded = p->base && p->k > 0;
    const double before = spx_norm_fro(p->W0);
    double exposed = 0;
    *out = (spx_change){0};
    spx_change_none(&c);
    SPX_TRY(make_difference(p, &D, &tmp, err));
    measure_sizes(&D, before, c.value);
    if (bounded) SPX_TRY(measure_shares(p, &D, c.value, &exposed, err));
    SPX_TRY(measure_values(p, &D, &f, c.value, &c.vague_rank, err));
    if (bounded) measure_bounds(p, exposed, c.value);
    c.r = f.r;
    c.s = f.s;
    c.error = f.error;
    f.s = f.error = NULL;
    *out = c;
out:
    spx_svd_free(&f);
    spx_scratch_free(&tmp);
    return st;
}

void spx_change_free(spx_change *c)
{
    spx_free(c->s);
    spx_free(c->error);
    *c = (spx_change){0};
}

void spx_change_shift(spx_change *c, int exponent)
{
    static const int sized[] = {FRO, SPECTRAL, NUCLEAR, MAX, EDGE, WEDIN_GAP};
    for (size_t i = 0; i < sizeof sized / sizeof *sized; i++)
        c->value[sized[i]] = ldexp(c->value[sized[i]], exponent);
    for (size_t i = 0; i < c->r; i++) {
        c->s[i] = ldexp(c->s[i], exponent);
        c->error[i] = ldexp(c->error[i], exponent);
    }
}

/* map(a, b) = sum of C_ij^2 / all over the indices i, j in the tenths a and b of 0 .. r - 1. */
static void sum_by_tenths(const spx_mat *C, double all, spx_mat *map)
{
    const size_t r = C->rows;
    for (size_t a = 0; a < SPX_DECILES; a++)
        for (size_t b = 0; b < SPX_DECILES; b++) map->data[a * map->ld + b] = 0;
    for (size_t i = 0; i < r && all > 0; i++)
        for (size_t j = 0; j < r; j++) {
            const double c = C->data[i * C->ld + j];
            map->data[i * SPX_DECILES / r * map->ld + j * SPX_DECILES / r] += c * c / all;
        }
}

spx_status spx_change_map(const spx_svd *base, const spx_mat *W0, const spx_mat *W, spx_mat *map,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat X, C;
    const size_t r = base->k;
    double all = 0;
    SPX_TRY(spx_mat_scratch(&tmp, &X, W->rows, r, err));
    SPX_TRY(spx_mat_scratch(&tmp, &C, r, r, err));
    spx_gemm(&X, 1, W, SPX_N, &base->V, SPX_N, 0);
    spx_gemm(&X, -1, W0, SPX_N, &base->V, SPX_N, 1);
    spx_gemm(&C, 1, &base->U, SPX_T, &X, SPX_N, 0);
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++) {
            const double d = W->data[i * W->ld + j] - W0->data[i * W0->ld + j];
            all += d * d;
        }
    sum_by_tenths(&C, all, map);
out:
    spx_scratch_free(&tmp);
    return st;
}
