/* spx/shuffled.h: a matrix's spectrum beside that of the same entries in random places. */
#ifndef SPX_SHUFFLED_H
#define SPX_SHUFFLED_H

#include "spx/svd.h"

/*
 * The permutation null: the entries of W in random order have the same distribution, mean and
 * energy, and none of W's structure. With s the values of W and t those of the shuffled matrix,
 * value[i] belongs to row i of spx_shuffled_metric:
 *
 * shuffled_wasserstein  W_1 distance of the two sets of squared values over their common mean,
 *                       sum_i |s_i^2 - t_i^2| / sum_i s_i^2
 * shuffled_ks           their Kolmogorov-Smirnov distance
 * shuffled_edge         t_1. Where the mean of the entries is not 0 it may be an outlier
 * shuffled_spikes       values s_i above t_1
 */
#define SPX_SHUFFLED_METRICS 4
/* Name, unit, definition and source of value[i]; NULL past the last. */
const spx_quantity *spx_shuffled_metric(size_t i);

/**
 * Shuffles and compares.
 *
 * @param[in]  W      unchanged.
 * @param[in]  now    of W: all its values.
 * @param[in]  seed   of the order of the entries (Fisher and Yates, by xoshiro256**).
 * @param[out] value  written only on success. A matrix of zeros has NaN.
 * @return SPX_OK; SPX_ENOMEM; those of spx_svd_compute. Cost: a copy of W and the values of one
 * decomposition.
 */
SPX_CHECKED spx_status spx_shuffled_measure(const spx_mat *W, const spx_svd *now, uint64_t seed,
                                            double value[SPX_SHUFFLED_METRICS], spx_error *err);

#endif
