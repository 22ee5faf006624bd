/* layer_math.h: a transformer's layers as pure functions, forward and backward side by side.
 * Activations are row-major, one row a position; sizes stand in each comment. */
#ifndef SPX_MODEL_LAYERS_H
#define SPX_MODEL_LAYERS_H

#include "spx/model.h"

/* y = (x - mu) s w + b, s = 1 / sqrt(mean((x - mu)^2) + eps); mu the mean of x if centred
 * (LayerNorm; Ba, Kiros and Hinton 2016), else 0 (RMSNorm; Zhang and Sennrich 2019). */
typedef struct norm {
    float *w, *b; /* d; b may be NULL */
    bool centred;
    double eps;
} norm;
/* out, x: rows x d; they may be the same. */
void layer_norm(float *out, const float *x, const norm *n, size_t rows, size_t d);
/* dx += dL/dx for dout = dL/dout; x, the input, as in the forward. */
void layer_norm_back(float *dx, const float *dout, const float *x, const norm *n, size_t rows,
                     size_t d);

/* Cosines and sines of position * step[i], i < half: positions x half each. */
void layer_rope_table(float *cosines, float *sines, size_t positions, const double *step,
                      size_t half);
/* How a head turns: its first 2 half numbers, in pairs (2i, 2i + 1) if interleaved, else (i, i +
 * half). */
typedef struct rope_shape {
    size_t head_dim, half;
    bool interleaved;
} rope_shape;
/* Turns `heads` heads in one row at x by the angles at c, s (half each); sign -1 turns back, which
 * is also the backward. */
void layer_rope(float *x, const float *c, const float *s, size_t heads, const rope_shape *r,
                float sign);

/* Gated: key = a(g) u, with g and u side by side: in is rows x 2 f (g first). Else key = a(in), in
 * rows x f. key: rows x f. */
void layer_activate(float *key, const float *in, size_t rows, size_t f, spx_activation a,
                    bool gated);
/* din = dL/din for dkey = dL/dkey. */
void layer_activate_back(float *din, const float *dkey, const float *in, size_t rows, size_t f,
                         spx_activation a, bool gated);

/* One head of one sequence: `rows` queries at q (leading dimension ld); keys and values of `past`
 * cached positions (leading dimension past_ld) and of the rows themselves (leading dimension ld).
 * A position sees itself and the window - 1 before it; window 0: all before it. */
typedef struct head_view {
    size_t rows, past, h, ld, past_ld, window;
    float scale;
    const float *q, *k, *v;
    const float *past_k, *past_v;
} head_view;

/* Numbers of workspace that the scores of such a head need; in a backward pass twice as many. */
size_t layer_attention_scores(size_t rows, size_t past);
/* out (rows x h, leading dimension out_ld) = softmax(scale q k^T, causal) v. */
void layer_attention(float *out, size_t out_ld, const head_view *a, float *scores);
/* dq = dL/dq; dk, dv += dL/dk, dL/dv of the rows themselves (all leading dimension dld), for dout.
 * Probabilities are computed anew. */
void layer_attention_back(float *dq, float *dk, float *dv, size_t dld, const float *dout,
                          size_t out_ld, const head_view *a, float *scores);

#endif
