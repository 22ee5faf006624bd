/* projector.h: dW' = (I - U U^T) dW (I - V V^T), dense and in factors. */
#ifndef SPX_FILTER_PROJECTOR_H
#define SPX_FILTER_PROJECTOR_H

#include "spx/filter.h"

/* Both fill r from dW as it comes; dW is changed only if `write`. U: m x k, V: n x k orthonormal.
 */
SPX_CHECKED spx_status project_dense(const spx_mat *U, const spx_mat *V, spx_mat *dW, int write,
                                     spx_filter_report *r, spx_error *err);
SPX_CHECKED spx_status project_factored(const spx_mat *U, const spx_mat *V, spx_mat *A, spx_mat *B,
                                        int write, spx_filter_report *r, spx_error *err);
/* ||A B^T||_F^2 = <A^T A, B^T B> */
SPX_CHECKED spx_status project_norm2(const spx_mat *A, const spx_mat *B, double *out,
                                     spx_error *err);

#endif
