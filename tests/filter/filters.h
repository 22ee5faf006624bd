/* filters.h: what the tests of filters share. */
#ifndef SPX_TESTS_FILTERS_H
#define SPX_TESTS_FILTERS_H

#include "matrices.h"

#include "spx/filter.h"
#include "spx/svd.h"

enum { M = 12, N = 20, K = 4 };

static inline spx_filter *make(const spx_filter_spec *spec, const spx_mat *W)
{
    spx_error err = {0};
    spx_filter *f = NULL;
    check_ok(spx_filter_new(spec, W, &f, &err));
    return f;
}

/* What a fresh filter for W makes of a dense dW. */
static inline spx_filter_report filtered(const spx_filter_spec *spec, const spx_mat *W,
                                         const spx_mat *dW, spx_mat *out)
{
    spx_error err = {0};
    spx_filter_report r = {0};
    spx_update u = {0};
    spx_filter *f = make(spec, W);
    copy_mat(&u.A, dW);
    check_ok(spx_filter_apply(f, &u, &r, &err));
    *out = u.A;
    spx_filter_free(f);
    return r;
}

#endif
