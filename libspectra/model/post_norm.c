/* post_norm.c: the post-FFN norm (Gemma 3), which normalises the output f of an FFN before it is
 * added to the stream: what the block adds for f, and the change of f that a desired change of the
 * stream requires.
 *
 *     y(f) = g f s(f),  s(f) = 1 / sqrt(mean f^2 + eps)
 *
 * y only reaches the ellipsoid {g u : mean u^2 = 1}, which no scale of f leaves. For t = y + r, the
 * nearest point on it minimises |g u - t|^2 under mean u^2 = 1:
 *
 *     u_j = g_j t_j / (g_j^2 + mu),   phi(mu) = mean u^2 = 1
 *
 * (a trust-region step with a diagonal matrix: More and Sorensen 1983, section 3). If t is outside
 * the ellipsoid, mu > 0 is the only root, and it damps dimensions with a small gain, which t / g
 * alone would let outgrow all others. If t is inside, the nearest point would grow just those
 * dimensions, so the direction of t is kept: mu = 0, and u is scaled. The scale of f is free and is
 * kept: f' = u / s(f). */
#include "model/weights.h"

#include "spx/mat.h"

#include <assert.h>
#include <math.h>

/* 1 / sqrt(mean f^2 + eps) of a column. */
static double inverse_rms(const spx_mat *f, double eps)
{
    const double size = spx_norm_fro(f);
    return 1 / sqrt(size * size / (double)f->rows + eps);
}

/* The post-FFN norm of a block, or NULL. */
static const norm *post_norm_of(const spx_model *m, size_t layer)
{
    assert(layer < m->c.layers);
    const norm *n = &m->at[layer].ffn_post_norm;
    assert(!n->b && !n->centred);
    return n->w ? n : NULL;
}

void spx_model_ffn_added(const spx_model *m, size_t layer, spx_mat *F)
{
    const norm *n = post_norm_of(m, layer);
    assert(F->rows == m->c.d_model);
    for (size_t i = 0; n && i < F->cols; i++) {
        spx_mat f = spx_mat_view(F, 0, i, F->rows, 1);
        const double s = inverse_rms(&f, n->eps);
        for (size_t j = 0; j < f.rows; j++) f.data[j * f.ld] *= s * (double)n->w[j];
    }
}

/* u_j of a dimension. */
static double nearest(double g, double t, double mu) { return g == 0 ? 0 : g * t / (g * g + mu); }

/* phi(mu) of a column t, and its derivative. */
static double phi(const float *g, const spx_mat *t, double mu, double *slope)
{
    double sum = 0;
    *slope = 0;
    for (size_t j = 0; j < t->rows; j++) {
        const double gain = (double)g[j], u = nearest(gain, t->data[j * t->ld], mu);
        sum += u * u / (double)t->rows;
        if (gain != 0) *slope -= 2 * u * u / (gain * gain + mu) / (double)t->rows;
    }
    return sum;
}

/* The root mu, by Newton on 1 / sqrt(phi) - 1: that is concave, so mu rises from 0 to the root. */
static double find_multiplier(const float *g, const spx_mat *t)
{
    enum { MOST = 100 };
    double mu = 0;
    for (int i = 0; i < MOST; i++) {
        double slope = 0;
        const double now = phi(g, t, mu, &slope);
        if (!(now > 1 + 1e-12)) break;
        mu += 2 * now * (1 - sqrt(now)) / slope;
    }
    return mu;
}

void spx_model_ffn_gain(const spx_model *m, size_t layer, const spx_mat *F, spx_mat *R)
{
    const norm *n = post_norm_of(m, layer);
    assert(F->rows == m->c.d_model && R->rows == F->rows && R->cols == F->cols);
    for (size_t i = 0; n && i < R->cols; i++) {
        const spx_mat f = spx_mat_view(F, 0, i, F->rows, 1);
        spx_mat t = spx_mat_view(R, 0, i, R->rows, 1);
        const double s = inverse_rms(&f, n->eps);
        double slope = 0;
        for (size_t j = 0; j < t.rows; j++)
            t.data[j * t.ld] += f.data[j * f.ld] * s * (double)n->w[j];
        const double mu = find_multiplier(n->w, &t), rms = sqrt(phi(n->w, &t, mu, &slope));
        const double scale = rms > 0 ? 1 / (rms * s) : 0;
        for (size_t j = 0; j < t.rows; j++)
            t.data[j * t.ld] =
                scale * nearest((double)n->w[j], t.data[j * t.ld], mu) - f.data[j * f.ld];
    }
}
