/* golden.h: the tensors of golden/GOLDEN.safetensors, open while a group of tests runs. GOLDEN is
 * defined before this is included. */
#ifndef SPX_TESTS_GOLDEN_H
#define SPX_TESTS_GOLDEN_H

#include "check.h"

#include "spx/ckpt.h"

static spx_ckpt *golden;

static inline int open_golden(void **state)
{
    spx_error err = {0};
    (void)state;
    return spx_ckpt_open(SPX_TESTS "/golden/" GOLDEN ".safetensors", &golden, &err) != SPX_OK;
}

static inline int close_golden(void **state)
{
    (void)state;
    spx_ckpt_close(golden);
    return 0;
}

/* The tensor of that name; the matrix is the caller's. */
static inline void load(const char *name, spx_mat *out)
{
    spx_error err = {0};
    const spx_tensor *t = spx_ckpt_find(golden, name);
    assert_non_null(t);
    check_ok(spx_tensor_matrix(t, out, &err));
}

#endif
