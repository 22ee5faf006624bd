/* angles A.npy B.npy: principal angles, in degrees, between the column spaces of two matrices. */
#include <spx/spx.h>

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    spx_mat Q[2] = {{0}};
    double theta[64] = {0};
    for (int i = 0; i < 2; i++) {
        spx_ckpt *c = NULL;
        SPX_TRY(spx_ckpt_open(i + 1 < argc ? argv[i + 1] : "", &c, &err));
        st = spx_tensor_matrix(spx_ckpt_at(c, 0), &Q[i], &err);
        spx_ckpt_close(c);
        if (st == SPX_OK) st = spx_linalg_orth(&Q[i], &tmp, &err);
        SPX_TRY(st);
    }
    SPX_TRY(spx_subspace_angles(&Q[0], &Q[1], theta, &err));
    for (size_t i = 0; i < Q[0].cols; i++) printf("%.6f\n", theta[i] * 57.295779513082321);
out:
    if (st != SPX_OK) fprintf(stderr, "angles: %s: %s\n", spx_status_name(st), err.text);
    for (int i = 0; i < 2; i++) spx_mat_free(&Q[i]);
    spx_scratch_free(&tmp);
    return st != SPX_OK;
}
