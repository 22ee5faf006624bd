/* subspace.c: a base's dominant triplets against a later matrix and its own.
 *
 * (u_i, s_i, v_i), i < k: the base's; primes: the later matrix W's. M = U^T U', N = V^T V'. */
#include "spx/subspace.h"

#include <assert.h>
#include <math.h>

enum {
    LSS_R,
    LSS_G,
    LSS_P,
    SVS,
    SVS_MATCH,
    RETAINED_GAIN,
    TRIPLE_RESIDUAL,
    RETENTION,
    RETENTION_LEFT,
    THETA_MAX_U,
    THETA_MAX_V,
    THETA_MEAN_U,
    THETA_MEAN_V,
    FRO_RATIO,
    SPECTRAL_RATIO,
    EXACT_KEPT,
    METRICS
};
_Static_assert(METRICS == SPX_SUBSPACE_METRICS, "the table and value[] are of one length");

static const spx_quantity table[METRICS] = {
    [LSS_R] = {"lss_r", "1", "<W0_k, W_k>_F / (|W0_k| |W_k|), rank-k reconstructions",
               "after LSS of arXiv 2601.11042"},
    [LSS_G] = {"lss_g", "1", "mean cos^2 of principal angles, mean of both sides",
               "after LSS of arXiv 2601.11042"},
    [LSS_P] = {"lss_p", "1", "1 - |P0 - P|_F / sqrt(2 k), mean of both sides",
               "after LSS of arXiv 2601.11042"},
    [SVS] = {"svs", "1", "mean |cos| of vectors of equal index, both sides",
             "after SVS of arXiv 2601.11042"},
    [SVS_MATCH] = {"svs_match", "1", "mean |cos| under the best pairing, both sides",
                   "after SVS of arXiv 2601.11042"},
    [RETAINED_GAIN] = {"retained_gain", "1", "mean u_i' W v_i / s_i", "this project"},
    [TRIPLE_RESIDUAL] = {"triple_residual", "1",
                         "max of |W v_i - s_i u_i|, |W' u_i - s_i v_i| over s_1", "this project"},
    [RETENTION] = {"retention", "1", "|U' W V|_F^2 / |U' W0 V|_F^2", "this project"},
    [RETENTION_LEFT] = {"retention_left", "1", "|U' W|_F^2 / |W|_F^2", "this project"},
    [THETA_MAX_U] = {"theta_max_u", "rad", "largest principal angle, output side",
                     "Bjorck and Golub 1973"},
    [THETA_MAX_V] = {"theta_max_v", "rad", "largest principal angle, input side",
                     "Bjorck and Golub 1973"},
    [THETA_MEAN_U] = {"theta_mean_u", "rad", "mean principal angle, output side",
                      "Bjorck and Golub 1973"},
    [THETA_MEAN_V] = {"theta_mean_v", "rad", "mean principal angle, input side",
                      "Bjorck and Golub 1973"},
    [FRO_RATIO] = {"fro_ratio", "1", "|W|_F / |W0|_F", "definition"},
    [SPECTRAL_RATIO] = {"spectral_ratio", "1", "s'_1 / s_1", "definition"},
    [EXACT_KEPT] = {"exact_kept", "1", "share of triples with residual below 1e-6 s_1",
                    "this project"},
};

const spx_quantity *spx_subspace_metrics(size_t *n)
{
    *n = METRICS;
    return table;
}

/* Everything the metrics are read from. */
typedef struct work {
    const spx_svd *base, *now;
    const spx_mat *W;
    size_t k;
    spx_mat Uk, Vk; /* the later matrix's top k */
    spx_mat M, N;   /* k x now->k */
    spx_mat WV, WtU;
} work;

static spx_status prepare(work *w, const spx_subspace_pair *p, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t k = p->base->k, l = p->now->k;
    assert(k > 0 && l >= k && p->W->rows == p->base->rows && p->W->cols == p->base->cols);
    *w = (work){.base = p->base, .now = p->now, .W = p->W, .k = k};
    w->Uk = spx_mat_view(&p->now->U, 0, 0, p->now->rows, k);
    w->Vk = spx_mat_view(&p->now->V, 0, 0, p->now->cols, k);
    SPX_TRY(spx_mat_scratch(tmp, &w->M, k, l, err));
    SPX_TRY(spx_mat_scratch(tmp, &w->N, k, l, err));
    SPX_TRY(spx_mat_scratch(tmp, &w->WV, p->W->rows, k, err));
    SPX_TRY(spx_mat_scratch(tmp, &w->WtU, p->W->cols, k, err));
    spx_gemm(&w->M, 1, &p->base->U, SPX_T, &p->now->U, SPX_N, 0);
    spx_gemm(&w->N, 1, &p->base->V, SPX_T, &p->now->V, SPX_N, 0);
    spx_gemm(&w->WV, 1, p->W, SPX_N, &p->base->V, SPX_N, 0);
    spx_gemm(&w->WtU, 1, p->W, SPX_T, &p->base->U, SPX_N, 0);
out:
    return st;
}

static double at(const spx_mat *A, size_t i, size_t j) { return A->data[i * A->ld + j]; }

/* <W0_k, W_k> = sum_ij s_i s'_j M_ij N_ij; the norms are those of the values. */
static double reconstruction_cosine(const work *w)
{
    double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < w->k; i++) {
        a += w->base->s[i] * w->base->s[i];
        b += w->now->s[i] * w->now->s[i];
        for (size_t j = 0; j < w->k; j++)
            dot += w->base->s[i] * w->now->s[j] * at(&w->M, i, j) * at(&w->N, i, j);
    }
    return dot / sqrt(a * b);
}

/* ||X^T X'||_F^2 over the leading k x k: the sum of cos^2. */
static double overlap(const work *w, const spx_mat *X)
{
    const spx_mat top = spx_mat_view(X, 0, 0, w->k, w->k);
    return spx_dot(&top, &top);
}

/* ||P0 - P||_F^2 = 2 sum sin^2 theta, which stays exact where the subspaces nearly agree. */
static double projector_similarity(const double *theta, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) sum += sin(theta[i]) * sin(theta[i]);
    return 1 - sqrt(sum / (double)k);
}

static double paired_cosine(const work *w, size_t i, size_t j)
{
    return 0.5 * (fabs(at(&w->M, i, j)) + fabs(at(&w->N, i, j)));
}

static double index_similarity(const work *w)
{
    double sum = 0;
    for (size_t i = 0; i < w->k; i++) sum += paired_cosine(w, i, i);
    return sum / (double)w->k;
}

/* Each base vector with its best partner among all of the later ones that are there. */
static spx_status matched_similarity(const work *w, double *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat S;
    void *pair = NULL;
    SPX_TRY(spx_mat_scratch(tmp, &S, w->k, w->now->k, err));
    SPX_TRY(spx_scratch_alloc(tmp, &pair, w->k, sizeof(size_t), err));
    for (size_t i = 0; i < S.rows; i++)
        for (size_t j = 0; j < S.cols; j++) S.data[i * S.ld + j] = paired_cosine(w, i, j);
    SPX_TRY(spx_subspace_assign(&S, pair, err));
    *out = 0;
    for (size_t i = 0; i < w->k; i++) *out += at(&S, i, ((size_t *)pair)[i]) / (double)w->k;
out:
    return st;
}

static double column_distance(const spx_mat *X, const spx_mat *Y, double s, size_t j)
{
    double sum = 0;
    for (size_t i = 0; i < X->rows; i++) {
        const double e = at(X, i, j) - s * at(Y, i, j);
        sum += e * e;
    }
    return sqrt(sum);
}

static void triples(const work *w, double *value)
{
    const double exact = 1e-6; /* far above a float weight's rounding, far below any edit */
    for (size_t i = 0; i < w->k; i++) {
        double gain = 0;
        const double s = w->base->s[i];
        for (size_t r = 0; r < w->W->rows; r++) gain += at(&w->base->U, r, i) * at(&w->WV, r, i);
        const double e = fmax(column_distance(&w->WV, &w->base->U, s, i),
                              column_distance(&w->WtU, &w->base->V, s, i)) /
                         w->base->s[0];
        value[RETAINED_GAIN] += gain / s / (double)w->k;
        value[TRIPLE_RESIDUAL] = fmax(value[TRIPLE_RESIDUAL], e);
        value[EXACT_KEPT] += (e < exact) / (double)w->k;
    }
}

static spx_status energies(const work *w, double *value, spx_scratch *tmp, spx_error *err)
{
    spx_mat block;
    const spx_status st = spx_mat_scratch(tmp, &block, w->k, w->k, err);
    if (st != SPX_OK) return st;
    double before = 0;
    for (size_t i = 0; i < w->k; i++) before += w->base->s[i] * w->base->s[i];
    spx_gemm(&block, 1, &w->base->U, SPX_T, &w->WV, SPX_N, 0);
    value[RETENTION] = spx_dot(&block, &block) / before;
    value[RETENTION_LEFT] = spx_dot(&w->WtU, &w->WtU) / spx_dot(w->W, w->W);
    return SPX_OK;
}

static double mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

static spx_status measure_angles(const work *w, spx_subspace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    SPX_TRY(spx_alloc(&mem, w->k, sizeof(double), err));
    out->theta_u = mem;
    SPX_TRY(spx_alloc(&mem, w->k, sizeof(double), err));
    out->theta_v = mem;
    SPX_TRY(spx_subspace_angles(&w->base->U, &w->Uk, out->theta_u, err));
    SPX_TRY(spx_subspace_angles(&w->base->V, &w->Vk, out->theta_v, err));
    out->value[THETA_MAX_U] = out->theta_u[w->k - 1];
    out->value[THETA_MAX_V] = out->theta_v[w->k - 1];
    out->value[THETA_MEAN_U] = mean(out->theta_u, w->k);
    out->value[THETA_MEAN_V] = mean(out->theta_v, w->k);
out:
    return st;
}

spx_status spx_subspace_compare(const spx_subspace_pair *p, spx_subspace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    work w;
    spx_subspace s = {.k = p->base->k};
    double base_sq = 0;
    *out = (spx_subspace){0};
    SPX_TRY(prepare(&w, p, &tmp, err));
    SPX_TRY(measure_angles(&w, &s, err));
    SPX_TRY(matched_similarity(&w, &s.value[SVS_MATCH], &tmp, err));
    SPX_TRY(energies(&w, s.value, &tmp, err));
    triples(&w, s.value);
    s.value[LSS_R] = reconstruction_cosine(&w);
    s.value[LSS_G] = 0.5 * (overlap(&w, &w.M) + overlap(&w, &w.N)) / (double)w.k;
    s.value[LSS_P] =
        0.5 * (projector_similarity(s.theta_u, w.k) + projector_similarity(s.theta_v, w.k));
    s.value[SVS] = index_similarity(&w);
    for (size_t i = 0; i < p->base->r; i++) base_sq += p->base->s[i] * p->base->s[i];
    s.value[FRO_RATIO] = spx_norm_fro(p->W) / sqrt(base_sq);
    s.value[SPECTRAL_RATIO] = p->now->s[0] / p->base->s[0];
    *out = s;
    s = (spx_subspace){0};
out:
    spx_subspace_free(&s);
    spx_scratch_free(&tmp);
    return st;
}

void spx_subspace_free(spx_subspace *s)
{
    spx_free(s->theta_u);
    spx_free(s->theta_v);
    *s = (spx_subspace){0};
}
