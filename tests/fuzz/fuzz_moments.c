/* fuzz_moments.c: any bytes as the .npz of a layer's second moment of keys. (libFuzzer) */
#include "fuzz.h"

#include "spx/covariance.h"

/* What is read is 2 x 2, finite and symmetric, with a diagonal that is not negative. */
static void check(const spx_mat *C)
{
    assert(C->rows == 2 && C->cols == 2 && C->data[1] == C->data[2]);
    assert(C->data[0] >= 0 && C->data[3] >= 0 && spx_mat_check_finite(C, NULL) == SPX_OK);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static fuzz_file file;
    spx_moments *m = NULL;
    spx_mat C = {0};
    spx_error err = {0};
    const long live = spx_test_live_blocks();
    fuzz_write(&file, "moments.npz", data, size);
    if (spx_moments_open(file.path, &m, &err) == SPX_OK &&
        spx_moments_read(m, "model.layers.2.mlp.down_proj.weight", 2, &C, &err) == SPX_OK)
        check(&C);
    else
        fuzz_refused(&err);
    spx_mat_free(&C);
    spx_moments_close(m);
    assert(spx_test_live_blocks() == live);
    return 0;
}
