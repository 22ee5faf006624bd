/* layers.h: a transformer's layers as pure functions, forward and backward side by side.
 * Activations are row-major, one row a position; sizes stand in each comment. */
#ifndef SPX_MODEL_LAYERS_H
#define SPX_MODEL_LAYERS_H

#include "spx/model.h"

/* out = x inv w, inv = 1 / sqrt(mean(x^2) + eps). out, x: rows x d; inv: rows, or NULL; w: d. */
void layer_rmsnorm(float *out, float *inv, const float *x, const float *w, size_t rows, size_t d,
                   double eps);
/* dx += dL/dx for dout = dL/dout; x, inv, w as in the forward. */
void layer_rmsnorm_back(float *dx, const float *dout, const float *x, const float *inv,
                        const float *w, size_t rows, size_t d);

/* Cosines and sines of position * base^(-2i / h), i < h / 2: positions x h / 2 each. */
void layer_rope_table(float *cosines, float *sines, size_t positions, size_t h, double base);
/* Turns `heads` heads of size h in one row at x by the angles at c, s (h / 2 each); sign -1 turns
 * back, which is also the backward. interleaved: pairs (2i, 2i + 1), else (i, i + h / 2). */
void layer_rope(float *x, const float *c, const float *s, size_t heads, size_t h, bool interleaved,
                float sign);

/* key = silu(g) u, with g and u side by side: gu is rows x 2 f (g first), key rows x f. */
void layer_swiglu(float *key, const float *gu, size_t rows, size_t f);
/* dgu (rows x 2 f) = dL/dgu for dkey = dL/dkey. */
void layer_swiglu_back(float *dgu, const float *dkey, const float *gu, size_t rows, size_t f);

/* exp(x) to about 2 ulp for x <= 88, 0 below -87; no branches, so that loops over it vectorise. */
float layer_exp(float x);

/* One head of one sequence: `rows` queries at q (leading dimension ld); keys and values of `past`
 * cached positions (leading dimension past_ld) and of the rows themselves (leading dimension ld).
 */
typedef struct head_view {
    size_t rows, past, h, ld, past_ld;
    const float *q, *k, *v;
    const float *past_k, *past_v;
} head_view;

/* out (rows x h, leading dimension out_ld) = softmax(q k^T / sqrt(h), causal) v. scores: workspace
 * of rows x (past + rows), left holding the probabilities. */
void layer_attention(float *out, size_t out_ld, const head_view *a, float *scores);
/* dq = dL/dq; dk, dv += dL/dk, dL/dv of the rows themselves (all leading dimension dld), for dout.
 * scores: workspace of 2 rows x (past + rows). Probabilities are computed anew. */
void layer_attention_back(float *dq, float *dk, float *dv, size_t dld, const float *dout,
                          size_t out_ld, const head_view *a, float *scores);

#endif
