/* crisp.c: CrispEdit's mask by curvature (arXiv 2602.15823; easyeditor/models/crispedit/utils.py of
 * its public code).
 *
 *     B = sum_i b_i u_i u_i^T (outputs' gradients),   A = sum_j a_j v_j v_j^T (inputs)
 *     cut = max{ c : sum of the products b_i a_j >= c is at least tau tr A tr B }
 *     M_ij = 0 where b_i a_j >= cut
 *
 * The m n products are never formed: as a function of c, in the order of doubles, the sum only
 * falls, and it is found from sums of leading a_j in m + n steps.
 *
 * Departures: there the mask acts on every gradient of Adam, here on the whole change; there A and
 * B are measured again once the weights have moved by a quarter, here they are those of the file.
 */
#include "filter/parts.h"

#include "spx/linalg.h"

#include <stdint.h>
#include <string.h>

/* Of the eigenvalues of both moments, descending, those above 0. */
typedef struct curvature {
    const double *b;
    double *sums; /* n + 1: of the leading a_j */
    size_t m, n;
    double tau, cut;
    size_t outputs, inputs; /* directions that take part in a product from the cut on */
} curvature;

/* The sum of all products from c > 0 on. */
static double energy_from(const curvature *q, const double *a, double c)
{
    double sum = 0;
    size_t j = q->n;
    for (size_t i = 0; i < q->m; i++) {
        while (j > 0 && !(q->b[i] * a[j - 1] >= c)) j--;
        sum += q->b[i] * q->sums[j];
    }
    return sum;
}

static uint64_t order_of(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double number_at(uint64_t bits)
{
    double x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The largest cut that leaves tau of the whole at or above it, by bisection of doubles above 0,
 * whose bits are in their order. */
static void find_cut(curvature *q, const double *a)
{
    uint64_t low = 1, high = order_of(q->b[0] * a[0]) + 1;
    const double wanted = q->tau * energy_from(q, a, number_at(low));
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (energy_from(q, a, number_at(middle)) >= wanted)
            low = middle;
        else
            high = middle;
    }
    q->cut = number_at(low);
    while (q->outputs < q->m && q->b[q->outputs] * a[0] >= q->cut) q->outputs++;
    while (q->inputs < q->n && q->b[0] * a[q->inputs] >= q->cut) q->inputs++;
}

/* An spx_choose_fn: all of them. */
static size_t choose_all(const double *w, size_t n, void *arg)
{
    (void)w, (void)arg;
    return n;
}

/* An spx_choose_fn: the inputs from the cut on, given the eigenvalues of A. */
static size_t choose_inputs(const double *a, size_t n, void *arg)
{
    curvature *q = arg;
    while (q->m > 0 && !(q->b[q->m - 1] > 0)) q->m--;
    for (q->n = 0; q->n < n && a[q->n] > 0; q->n++) q->sums[q->n + 1] = q->sums[q->n] + a[q->n];
    if (q->m == 0 || q->n == 0) return 0;
    find_cut(q, a);
    return q->inputs;
}

static spx_status check_moment(const spx_mat *C, size_t order, const char *of, const char *side,
                               spx_error *err)
{
    if (!C) return SPX_FAIL(err, SPX_EINVAL, "filter crisp needs a second moment of %s", of);
    if (C->rows != order || C->cols != order)
        return SPX_FAIL(
            err, SPX_ESHAPE,
            "the second moment of %s is %zu x %zu (expected %zu x %zu, the weight's %s)", of,
            C->rows, C->cols, order, order, side);
    return spx_mat_check_finite(C, err);
}

/* Eigenvalues of C over its largest entry, so that no product of them leaves the range of doubles,
 * and the vectors that are chosen. */
static spx_status decompose(const spx_mat *C, const char *of, spx_choose_fn *choose, curvature *q,
                            double *w, spx_mat *Q, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat own = {0};
    const double largest = spx_mat_largest(C);
    SPX_TRY(spx_mat_clone(&own, C, err));
    if (largest > 0) spx_mat_scale(&own, 1 / largest);
    SPX_TRY(spx_linalg_syev_top(&own, w, 0, choose, q, Q, err));
    SPX_TRY(spx_linalg_check_moment(w, C->rows, err));
out:
    if (st == SPX_ENUMERIC) spx_prefix(err, "second moment of %s, over its largest entry", of);
    spx_mat_free(&own);
    return st;
}

spx_status basis_of_curvature(const spx_filter_spec *spec, size_t m, size_t n, basis *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat U = {0}, V = {0};
    curvature q = {.m = m, .tau = spec->tau};
    static const char keys[] = "keys", gradients[] = "output gradients";
    SPX_TRY(check_moment(spec->covariance, n, keys, "inputs", err));
    SPX_TRY(check_moment(spec->gradient_moment, m, gradients, "outputs", err));
    SPX_TRY(SPX_SCRATCH(&tmp, &q.sums, n + 1, err));
    SPX_TRY(SPX_NEW(&out->s, m, err));
    SPX_TRY(SPX_NEW(&out->t, n, err));
    q.b = out->s;
    SPX_TRY(decompose(spec->gradient_moment, gradients, choose_all, &q, out->s, &U, err));
    SPX_TRY(decompose(spec->covariance, keys, choose_inputs, &q, out->t, &V, err));
    out->cut = q.cut;
    SPX_TRY(basis_copy_columns(&U, m, 0, q.outputs, &out->U, err));
    SPX_TRY(basis_copy_columns(&V, n, 0, q.inputs, &out->V, err));
out:
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_scratch_free(&tmp);
    return st;
}
