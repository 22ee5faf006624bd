"""claims_statistics.py: what claims.py computes: intervals, paired tests, areas under the curve. Needs NumPy and SciPy."""

import math

import numpy as np
from scipy import stats

SHUFFLES = 200  # of outcomes, so no p is smaller than one in so many


def student(values):
    """Mean and Student's 95 % interval; of one value no interval."""
    x = np.asarray(values, float)
    mean = float(x.mean())
    if len(x) < 2:
        return mean, math.nan, math.nan
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return mean, mean - half, mean + half


def student_of_logs(values):
    """The same of positive values that differ by factors: the geometric mean."""
    return tuple(math.exp(x) for x in student([math.log(v) for v in values]))


def sign_test(lost, gained):
    """The exact two-sided sign test of discordant items: McNemar's."""
    n = lost + gained
    return float(stats.binomtest(lost, n).pvalue) if n else 1.0


def pool_items(pairs):
    """lost, gained and shared items of pairs of outcomes {item: right}. An item that several orders of the facts ask
    counts once, as lost if b was right on it in fewer of the pairs than a (spx/item_outcomes.h has the same rule)."""
    balance = {}
    for a, b in pairs:
        for item in a.keys() & b.keys():
            balance[item] = balance.get(item, 0) + b[item] - a[item]
    return (
        sum(v < 0 for v in balance.values()),
        sum(v > 0 for v in balance.values()),
        len(balance),
    )


def areas(x, y, weights):
    """The area under the curve of x as a predictor of y, for each row of weights: how many times each case counts. The
    chance that a case with y has the larger x, ties counting half; NaN where all or none have y."""
    order = np.argsort(x, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(x[order]) != 0])
    positive = np.add.reduceat(weights[:, order] * y[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * (1 - y[order]), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, (positive * below).sum(axis=1) / pairs, np.nan)


def area(x, y):
    return float(areas(x, y, np.ones((1, len(x))))[0])


def cluster_weights(clusters, draws, rng):
    """Resamples of whole clusters: a row a draw, how often each case is in it."""
    _, place = np.unique(clusters, return_inverse=True)
    n = place.max() + 1
    counts = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(draws)])
    return counts[:, place].astype(float)


def interval(samples):
    finite = samples[np.isfinite(samples)]
    if len(finite) < 2:
        return math.nan, math.nan
    return tuple(float(v) for v in np.quantile(finite, (0.025, 0.975)))


def residual_ranks(x, z):
    """Ranks of x less what a straight line through the ranks of z says of them."""
    rx, rz = stats.rankdata(x), stats.rankdata(z)
    rz -= rz.mean()
    slope = (rx * rz).sum() / (rz * rz).sum() if np.any(rz) else 0
    return rx - rx.mean() - slope * rz


def singles(strata):
    """Blocks for shuffled_areas() by which each case changes places with any other of its stratum."""
    return [np.flatnonzero(strata == s)[:, None] for s in np.unique(strata)]


def histories(clusters, strata, times):
    """Blocks for shuffled_areas() by which a cluster's outcomes move together, in their order, to another cluster of its
    stratum that was looked at at the same times."""
    alike = {}
    for cluster in dict.fromkeys(clusters):
        at = np.flatnonzero(clusters == cluster)
        alike.setdefault((strata[at[0]], *times[at]), []).append(at)
    return [np.stack(rows) for rows in alike.values()]


def shuffled_areas(x, y, blocks, draws, rng):
    """Areas, each taken in the direction that makes it at least a half, when rows of outcomes change places within each
    block (cases, a row of them for each that moves as one)."""
    ranks = stats.rankdata(x)
    positives = y.sum()
    pairs = positives * (len(y) - positives)
    out = np.empty(draws)
    for i in range(draws):
        shuffled = y.copy()
        for rows in blocks:
            shuffled[rows] = y[rng.permutation(rows)]
        a = ((ranks * shuffled).sum() - positives * (positives + 1) / 2) / pairs
        out[i] = max(a, 1 - a)
    return out
