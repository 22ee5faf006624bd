/* subspace_similarity.c: similarity of dominant reconstructions and of single vectors. */
#include "spectra/subspace_comparison.h"

#include "spx/extremes.h"

#include <math.h>

/* <W0_k, W_k> = sum_ij s_i s'_j M_ij N_ij; the norms are those of the values. */
static double reconstruction_cosine(const comparison *c)
{
    const double *s = c->base->s, *t = c->now->s;
    double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < c->k; i++) {
        a += s[i] * s[i];
        b += t[i] * t[i];
        for (size_t j = 0; j < c->k; j++)
            dot += s[i] * t[j] * mat_at(&c->M, i, j) * mat_at(&c->N, i, j);
    }
    return dot / sqrt(a * b);
}

/* Mean |cos| of each base vector with its partner, pair[i], or i if pair is NULL: of both sides, of
 * u and of v. */
static void fill_paired(const comparison *c, const size_t *pair, double *both)
{
    double u = 0, v = 0;
    for (size_t i = 0; i < c->k; i++) {
        const size_t j = pair ? pair[i] : i;
        u += fabs(mat_at(&c->M, i, j));
        v += fabs(mat_at(&c->N, i, j));
    }
    both[0] = 0.5 * (u + v) / (double)c->k;
    both[1] = u / (double)c->k;
    both[2] = v / (double)c->k;
}

/* One side: C holds the cosines of all triplets known; v = 0 for outputs, 1 for inputs. */
static void fill_nearest(const comparison *c, const spx_mat *C, size_t v)
{
    double sum = 0, least = 1;
    for (size_t i = 0; i < c->k; i++) {
        double most = 0;
        for (size_t j = 0; j < c->k; j++) most = spx_max(most, fabs(mat_at(C, i, j)));
        sum += most;
        least = spx_min(least, most);
    }
    c->out->value[NEAREST_U + v] = sum / (double)c->k;
    c->out->value[NEAREST_MIN_U + v] = least;
}

spx_status compare_similarity(const comparison *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat S;
    size_t *pair = NULL;
    double *value = c->out->value;
    SPX_TRY(spx_mat_scratch(c->tmp, &S, c->k, c->now->k, err));
    SPX_TRY(SPX_SCRATCH(c->tmp, &pair, c->k, err));
    for (size_t i = 0; i < S.rows; i++)
        for (size_t j = 0; j < S.cols; j++)
            S.data[i * S.ld + j] = fabs(mat_at(&c->M, i, j)) + fabs(mat_at(&c->N, i, j));
    SPX_TRY(spx_subspace_assign(&S, pair, err));
    fill_paired(c, NULL, value + SVS);
    fill_paired(c, pair, value + SVS_MATCH);
    fill_nearest(c, &c->M, 0);
    fill_nearest(c, &c->N, 1);
    value[NEAREST] = 0.5 * (value[NEAREST_U] + value[NEAREST_V]);
    value[LSS_R] = reconstruction_cosine(c);
out:
    return st;
}
