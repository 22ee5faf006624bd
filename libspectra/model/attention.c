/* attention.c: causal attention of one head of one sequence behind cached positions.
 *
 *     S = t Q [Kp; K]^T, own part causal;  P = softmax(S) by rows;  O = P [Vp; V]
 *
 * Backward, cached positions constant (dP = dO [Vp; V]^T, D_r = sum_c P_rc dP_rc):
 *     dS = t P * (dP - D);  dQ = dS [Kp; K];  dK = dS_own^T Q;  dV = P_own^T dO
 *
 * Scores are row-major, rows x (past + rows), the cached positions first. */
#include "model/layers.h"

#include "spx/exp.h"

/* out = q [past_k; k]^T, or dO [past_v; v]^T with the values in the keys' place. */
static void against_all(float *out, const float *q, size_t q_ld, const float *past,
                        const float *own, const head_view *a)
{
    const size_t width = a->past + a->rows;
    if (a->past)
        spx_sgemm(a->rows, a->past, a->h, q, q_ld, SPX_N, past, a->past_ld, SPX_T, 0, out, width);
    spx_sgemm(a->rows, a->rows, a->h, q, q_ld, SPX_N, own, a->ld, SPX_T, 0, out + a->past, width);
}

/* out = w [past; own] */
static void weighted_sum(float *out, size_t out_ld, const float *w, const float *past,
                         const float *own, const head_view *a)
{
    const size_t width = a->past + a->rows;
    spx_sgemm(a->rows, a->h, a->rows, w + a->past, width, SPX_N, own, a->ld, SPX_N, 0, out, out_ld);
    if (a->past)
        spx_sgemm(a->rows, a->h, a->past, w, width, SPX_N, past, a->past_ld, SPX_N, 1, out, out_ld);
}

/* Row r of the scores becomes probabilities over the positions it sees, zero elsewhere. */
static SPX_WIDE void softmax_rows(float *scores, const head_view *a)
{
    const size_t width = a->past + a->rows;
    for (size_t r = 0; r < a->rows; r++) {
        float *p = scores + r * width;
        const size_t end = a->past + r + 1;
        const size_t first = a->window && end > a->window ? end - a->window : 0;
        float most = p[first], sum = 0;
        for (size_t j = first; j < end; j++) most = p[j] > most ? p[j] : most;
        for (size_t j = first; j < end; j++) p[j] = spx_exp((p[j] - most) * a->scale);
        for (size_t j = first; j < end; j++) sum += p[j];
        for (size_t j = first; j < end; j++) p[j] /= sum;
        for (size_t j = 0; j < first; j++) p[j] = 0;
        for (size_t j = end; j < width; j++) p[j] = 0;
    }
}

void layer_attention(float *out, size_t out_ld, const head_view *a, float *scores)
{
    against_all(scores, a->q, a->ld, a->past_k, a->k, a);
    softmax_rows(scores, a);
    weighted_sum(out, out_ld, scores, a->past_v, a->v, a);
}

/* dP becomes dS. */
static void score_gradients(float *dp, const float *p, const head_view *a)
{
    const size_t width = a->past + a->rows;
    for (size_t r = 0; r < a->rows; r++, dp += width, p += width) {
        float dot = 0;
        for (size_t j = 0; j < width; j++) dot += p[j] * dp[j];
        for (size_t j = 0; j < width; j++) dp[j] = p[j] * (dp[j] - dot) * a->scale;
    }
}

void layer_attention_back(float *dq, float *dk, float *dv, size_t dld, const float *dout,
                          size_t out_ld, const head_view *a, float *scores)
{
    const size_t width = a->past + a->rows;
    float *p = scores, *ds = scores + a->rows * width;
    against_all(p, a->q, a->ld, a->past_k, a->k, a);
    softmax_rows(p, a);
    against_all(ds, dout, out_ld, a->past_v, a->v, a);
    score_gradients(ds, p, a);
    weighted_sum(dq, dld, ds, a->past_k, a->k, a);
    spx_sgemm(a->rows, a->h, a->rows, ds + a->past, width, SPX_T, a->q, a->ld, SPX_N, 1, dk, dld);
    spx_sgemm(a->rows, a->h, a->rows, p + a->past, width, SPX_T, dout, out_ld, SPX_N, 1, dv, dld);
}
