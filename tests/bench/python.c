/* python.c ROWS COLS TAU: seconds of REVIVE by the library on a random matrix, for
 * tests/bench/python.sh: of filtering the change in place, and of that with a copy of the change
 * made first, as spx.revive must, which leaves its argument as it is. */
#include <spx/spx.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_mat W = {0}, kept = {0};
    spx_update u = {0};
    spx_filter *f = NULL;
    spx_rng rng = spx_rng_seed(1);
    if (argc < 3) return 2;
    const size_t m = (size_t)atol(argv[1]), n = (size_t)atol(argv[2]);
    const spx_filter_spec spec = {.name = "revive", .tau = argc > 3 ? atof(argv[3]) : 0.1};
    SPX_TRY(spx_mat_alloc(&W, m, n, &err));
    SPX_TRY(spx_mat_alloc(&u.A, m, n, &err));
    for (size_t i = 0; i < m * n; i++) W.data[i] = spx_rng_normal(&rng);
    for (size_t i = 0; i < m * n; i++) u.A.data[i] = spx_rng_normal(&rng);
    const double start = spx_seconds();
    SPX_TRY(spx_mat_clone(&kept, &u.A, &err));
    const double copied = spx_seconds();
    SPX_TRY(spx_filter_new(&spec, &W, &f, &err));
    SPX_TRY(spx_filter_apply(f, &u, NULL, &err));
    const double end = spx_seconds();
    printf("%.3f %.3f\n", end - copied, end - start);
out:
    if (st != SPX_OK) fprintf(stderr, "python: %s\n", err.text);
    spx_filter_free(f);
    spx_update_free(&u);
    spx_mat_free(&W);
    spx_mat_free(&kept);
    return st != SPX_OK;
}
