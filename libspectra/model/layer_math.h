/* layer_math.h: the layers of a transformer as pure functions, forward and backward side by side.
 * Activations are row-major, one row per position; each comment gives their sizes. */
#ifndef SPX_MODEL_LAYER_MATH_H
#define SPX_MODEL_LAYER_MATH_H

#include "spx/model.h"

/* y = (x - mu) s w + b, s = 1 / sqrt(mean((x - mu)^2) + eps); mu is the mean of x if centred
 * (LayerNorm; Ba, Kiros and Hinton 2016), else 0 (RMSNorm; Zhang and Sennrich 2019). */
typedef struct norm {
    float *w, *b; /* d; b may be NULL */
    bool centred;
    double eps;
} norm;
/* out, x: rows x d; they may be the same. */
void layer_norm(float *out, const float *x, const norm *n, size_t rows, size_t d);
/* dx += dL/dx for dout = dL/dout; x is the input of the forward. */
void layer_norm_back(float *dx, const float *dout, const float *x, const norm *n, size_t rows,
                     size_t d);

/* Cosines and sines of position * step[i], i < half: positions x half each. */
void layer_rope_table(float *cosines, float *sines, size_t positions, const double *step,
                      size_t half);
/* The part of a head that turns: its first 2 half numbers, in pairs (2i, 2i + 1) if interleaved,
 * else (i, i + half). */
typedef struct rope_shape {
    size_t head_dim, half;
    bool interleaved;
} rope_shape;
/* Turns the `heads` heads of a row by the angles whose cosines and sines are c and s (half each);
 * sign -1 turns them back, which is also the backward. */
void layer_rope(float *x, const float *c, const float *s, size_t heads, const rope_shape *r,
                float sign);

/* key (rows x f) = a(g) u if gated, where a row of `in` (rows x 2 f) is g, then u; else a(in), `in`
 * rows x f. */
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

/* Floats of workspace for the scores of such a head; a backward pass needs twice as many. */
size_t layer_attention_scores(size_t rows, size_t past);
/* out (rows x h, leading dimension out_ld) = softmax(scale q k^T, causal) v. */
void layer_attention(float *out, size_t out_ld, const head_view *a, float *scores);
/* dq = dL/dq; dk, dv += dL/dk, dL/dv of the rows themselves (all with leading dimension dld), for
 * dout. Probabilities are computed again. */
void layer_attention_back(float *dq, float *dk, float *dv, size_t dld, const float *dout,
                          size_t out_ld, const head_view *a, float *scores);

#endif
