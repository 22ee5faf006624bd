/* subspace_assign.c: optimal pairing by shortest augmenting paths (Jonker and Volgenant 1987), in
 * the form with potentials u, v that adds one row at a time. Minimises the sum of the costs -S;
 * rows <= columns. */
#include "spx/subspace.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* Arrays over rows 1 .. m and columns 0 .. n; column 0 is the root of the current path. */
typedef struct path_state {
    double *u;               /* potentials of rows */
    double *v;               /* potentials of columns */
    double *least;           /* least reduced cost of reaching a column */
    size_t *row_of, *before; /* the row paired with a column; the column before it on the path */
    bool *done;
} path_state;

static spx_status alloc_path(path_state *a, size_t m, size_t n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &a->u, m + 1 + 2 * (n + 1), err));
    a->v = a->u + m + 1;
    a->least = a->v + n + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &a->row_of, 2 * (n + 1), err));
    a->before = a->row_of + n + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &a->done, n + 1, err));
out:
    return st;
}

/* One Dijkstra step from column j0; returns the next column. */
static size_t extend_path(const spx_mat *S, path_state *a, size_t j0)
{
    const size_t n = S->cols, i0 = a->row_of[j0];
    double delta = (double)INFINITY;
    size_t next = 0;
    a->done[j0] = true;
    for (size_t j = 1; j <= n; j++) {
        if (a->done[j]) continue;
        const double reduced = -S->data[(i0 - 1) * S->ld + j - 1] - a->u[i0] - a->v[j];
        if (reduced < a->least[j]) {
            a->least[j] = reduced;
            a->before[j] = j0;
        }
        if (a->least[j] < delta) {
            delta = a->least[j];
            next = j;
        }
    }
    for (size_t j = 0; j <= n; j++)
        if (a->done[j]) {
            a->u[a->row_of[j]] += delta;
            a->v[j] -= delta;
        } else
            a->least[j] -= delta;
    return next;
}

spx_status spx_subspace_assign(const spx_mat *S, size_t *pair, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    path_state a;
    const size_t m = S->rows, n = S->cols;
    assert(m <= n);
    SPX_TRY(alloc_path(&a, m, n, &tmp, err));
    for (size_t i = 1; i <= m; i++) {
        size_t j = 0;
        a.row_of[0] = i;
        for (size_t c = 0; c <= n; c++) {
            a.least[c] = (double)INFINITY;
            a.done[c] = false;
        }
        do j = extend_path(S, &a, j);
        while (a.row_of[j] != 0);
        for (; j != 0; j = a.before[j]) a.row_of[j] = a.row_of[a.before[j]];
    }
    for (size_t j = 1; j <= n; j++)
        if (a.row_of[j]) pair[a.row_of[j] - 1] = j - 1;
out:
    spx_scratch_free(&tmp);
    return st;
}
