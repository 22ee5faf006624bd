/* attention.c: causal attention of one head of one sequence, after cached positions.
 *
 *     S = t Q [Kp; K]^T, own part causal;  P = softmax(S) by rows;  O = P [Vp; V]
 *
 * Backward, cached positions constant (dP = dO [Vp; V]^T, D_r = sum_c P_rc dP_rc):
 *     dS = t P * (dP - D);  dQ = dS [Kp; K];  dK = dS_own^T Q;  dV = P_own^T dO
 *
 * Queries are taken in stripes, each against the keys that its last query sees: little more than
 * the triangle is computed, and the scores of a stripe stay in cache. Scores are row-major, rows x
 * seen, the cached positions first. */
#include "linear/exp.h"
#include "model/layer_math.h"

enum { STRIPE = 64 };

/* Queries first .. first + rows - 1. They see `own` of the rows' positions, and `seen` with the
 * cached ones. */
typedef struct stripe {
    size_t first, rows, own, seen;
} stripe;

static stripe stripe_at(const head_view *a, size_t first)
{
    const size_t left = a->rows - first, rows = left < STRIPE ? left : STRIPE;
    return (stripe){first, rows, first + rows, a->past + first + rows};
}

size_t layer_attention_scores(size_t rows, size_t past)
{
    return (rows < STRIPE ? rows : STRIPE) * (past + rows);
}

/* out = q [past_k; k]^T, or dO [past_v; v]^T with the values in place of the keys. */
static void against_all(float *out, const float *q, size_t q_ld, const float *past,
                        const float *own, const head_view *a, const stripe *s)
{
    q += s->first * q_ld;
    if (a->past)
        spx_sgemm(s->rows, a->past, a->h, q, q_ld, SPX_N, past, a->past_ld, SPX_T, 0, out, s->seen);
    spx_sgemm(s->rows, s->own, a->h, q, q_ld, SPX_N, own, a->ld, SPX_T, 0, out + a->past, s->seen);
}

/* out = w [past; own] */
static void weighted_sum(float *out, size_t out_ld, const float *w, const float *past,
                         const float *own, const head_view *a, const stripe *s)
{
    out += s->first * out_ld;
    spx_sgemm(s->rows, a->h, s->own, w + a->past, s->seen, SPX_N, own, a->ld, SPX_N, 0, out,
              out_ld);
    if (a->past)
        spx_sgemm(s->rows, a->h, a->past, w, s->seen, SPX_N, past, a->past_ld, SPX_N, 1, out,
                  out_ld);
}

/* Turns row r of the scores into probabilities over the positions it sees, zero elsewhere. */
static SPX_WIDE void softmax_rows(float *scores, const head_view *a, const stripe *s)
{
    for (size_t r = 0; r < s->rows; r++) {
        float *p = scores + r * s->seen;
        const size_t end = a->past + s->first + r + 1;
        const size_t first = a->window && end > a->window ? end - a->window : 0;
        const float most = spx_row_max(p + first, end - first);
        for (size_t j = first; j < end; j++) p[j] = spx_exp((p[j] - most) * a->scale);
        const float inverse = 1 / spx_row_sum(p + first, end - first);
        for (size_t j = first; j < end; j++) p[j] *= inverse;
        for (size_t j = 0; j < first; j++) p[j] = 0;
        for (size_t j = end; j < s->seen; j++) p[j] = 0;
    }
}

void layer_attention(float *out, size_t out_ld, const head_view *a, float *scores)
{
    for (size_t first = 0; first < a->rows; first += STRIPE) {
        const stripe s = stripe_at(a, first);
        against_all(scores, a->q, a->ld, a->past_k, a->k, a, &s);
        softmax_rows(scores, a, &s);
        weighted_sum(out, out_ld, scores, a->past_v, a->v, a, &s);
    }
}

/* Turns dP into dS. */
static SPX_WIDE void score_gradients(float *dp, const float *p, const head_view *a, const stripe *s)
{
    for (size_t r = 0; r < s->rows; r++, dp += s->seen, p += s->seen) {
        const float dot = spx_row_dot(p, dp, s->seen);
        for (size_t j = 0; j < s->seen; j++) dp[j] = p[j] * (dp[j] - dot) * a->scale;
    }
}

/* out (own rows x h) += w_own^T x, x the rows of the stripe. */
static void add_to_own(float *out, size_t out_ld, const float *w, const float *x, size_t x_ld,
                       const head_view *a, const stripe *s)
{
    spx_sgemm(s->own, a->h, s->rows, w + a->past, s->seen, SPX_T, x + s->first * x_ld, x_ld, SPX_N,
              1, out, out_ld);
}

void layer_attention_back(float *dq, float *dk, float *dv, size_t dld, const float *dout,
                          size_t out_ld, const head_view *a, float *scores)
{
    float *p = scores, *ds = scores + layer_attention_scores(a->rows, a->past);
    for (size_t first = 0; first < a->rows; first += STRIPE) {
        const stripe s = stripe_at(a, first);
        against_all(p, a->q, a->ld, a->past_k, a->k, a, &s);
        softmax_rows(p, a, &s);
        against_all(ds, dout, out_ld, a->past_v, a->v, a, &s);
        score_gradients(ds, p, a, &s);
        weighted_sum(dq, dld, ds, a->past_k, a->k, a, &s);
        add_to_own(dk, dld, ds, a->q, a->ld, a, &s);
        add_to_own(dv, dld, p, dout, out_ld, a, &s);
    }
}
