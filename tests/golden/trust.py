"""Noise edges, permutation nulls, rival laws of a tail and chance levels, for tests/spectra/test_trust.c.

usage: /path/to/venv/bin/python trust.py    (an environment of its own, Python 3.12: powerlaw==1.5 numpy==2.5.5
scipy==1.18.1 diffract-core==0.3.1 safetensors==0.8.0)

trust.safetensors, all F64 but the matrices (F32):
  tracy_widom             rows x, 1 - F_1(x): Ferrari and Spohn's Fredholm determinant with Gauss-Legendre
                          nodes (Bornemann, Math. Comp. 79, 2010); last row: the quantile of 0.99 and 0.01
  NAME                    matrix; powerlaw, lognormal, exponential, spiked (48 x 80), noise (64 x 96), tall (90 x 30)
  NAME.edge               sigma by the median, Tracy-Widom edge (scipy and the determinant), statistic, p, spikes,
                          Kolmogorov-Smirnov distance to Marchenko and Pastur's law (its density integrated by
                          scipy.integrate.quad)
  NAME.rivals             for truncated_power_law, exponential, lognormal of powerlaw: ratio, p; then alpha and
                          lambda of the first. xmin as WeightWatcher chooses it, computed here. The fits are started
                          again from where they ended until nothing is gained: powerlaw stops at 1e-4; the
                          log-normal law by scipy
  NAME.shuffled           wasserstein and ks (scipy.stats), largest value, spikes; seed 5, the order of xoshiro256**
  NAME.diffract           tw_esd_bound and w1_rand_distance of diffract-core with the same sigma and shuffle
  chance.M.N.K            one row a metric of METRICS below: mean over 2000 pairs of random subspaces (svs_match:
                          scipy.optimize.linear_sum_assignment on one random matrix of cosines each), and the
                          standard deviation of a pair
Seed 11.
"""
import contextlib
import io
import pathlib
import warnings

import diffract
import numpy as np
import powerlaw
from numpy.polynomial.legendre import leggauss
from safetensors.numpy import save_file
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq, linear_sum_assignment, minimize
from scipy.special import airy, log_ndtr

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
METRICS = ["lss_g_u", "lss_g_v", "lss_p_u", "lss_p_v", "svs_u", "svs_v", "svs_match_u", "svs_match_v",
           "theta_max_u", "theta_max_v", "theta_mean_u", "theta_mean_v", "geodesic_u", "geodesic_v",
           "chordal_u", "chordal_v", "projection_u", "projection_v"]


def above(x, m=100, length=20):
    t, w = leggauss(m)
    t, w = (t + 1) * length / 2, w * length / 2
    kernel = 0.5 * airy((t[:, None] + t[None, :]) / 2 + x)[0]
    root = np.sqrt(w)
    values = np.linalg.eigvalsh(root[:, None] * kernel * root[None, :])
    return -np.expm1(np.sum(np.log1p(-values)))


QUANTILE = brentq(lambda x: above(x) - 0.01, 0, 5, xtol=1e-14)


def basis(n, k):
    return np.linalg.qr(rng.standard_normal((n, k)))[0]


def matrices():
    def of(s):
        return (basis(48, 48) * s) @ basis(80, 48).T

    yield "powerlaw", of(9 * np.arange(1, 49) ** -0.7)
    yield "lognormal", of(np.sort(np.exp(0.4 * rng.standard_normal(48)))[::-1])
    yield "exponential", of(np.sqrt(np.sort(rng.exponential(size=48))[::-1]))
    yield "noise", 0.02 * rng.standard_normal((64, 96))
    yield "spiked", 0.1 * rng.standard_normal((48, 80)) + (basis(48, 3) * [5, 4, 2.5]) @ basis(80, 3).T
    yield "tall", 0.1 * rng.standard_normal((90, 30)) + 0.2 * np.outer(rng.standard_normal(90), rng.standard_normal(30))


def density(x, beta):
    low, high = (1 - beta ** 0.5) ** 2, (1 + beta ** 0.5) ** 2
    return np.sqrt(max((high - x) * (x - low), 0)) / (2 * np.pi * beta * x)


def distribution(x, beta):
    low, high = (1 - beta ** 0.5) ** 2, (1 + beta ** 0.5) ** 2
    return quad(density, low, min(max(x, low), high), args=(beta,), epsabs=1e-12, limit=400)[0]


def edge(s, m, n):
    most, least = max(m, n), min(m, n)
    beta = least / most
    low, high = (1 - beta ** 0.5) ** 2, (1 + beta ** 0.5) ** 2
    median = brentq(lambda x: distribution(x, beta) - 0.5, low + 1e-9, high)
    sigma = np.median(s) / np.sqrt(most * median)
    a, b = np.sqrt(most - 1), np.sqrt(least)
    centre, scale = (a + b) ** 2, (a + b) * (1 / a + 1 / b) ** (1 / 3)
    statistic = ((s[0] / sigma) ** 2 - centre) / scale
    bound = sigma * np.sqrt(centre + QUANTILE * scale)
    x = np.sort((s / sigma) ** 2 / most)
    model = np.array([distribution(v, beta) for v in x])
    ranks = np.arange(1, least + 1) / least
    ks = max(np.abs(ranks - model).max(), np.abs(ranks - 1 / least - model).max())
    return sigma, bound, statistic, above(statistic), (s > bound).sum(), ks


def xmin_of(x):
    """The least Kolmogorov-Smirnov distance, distribution i / n from 0, the largest value no candidate."""
    x = np.sort(x)
    best = (np.inf, None)
    for i in range(len(x) - 1):
        t = x[i:]
        alpha = 1 + len(t) / np.log(t / t[0]).sum()
        d = np.abs(1 - (t / t[0]) ** (1 - alpha) - np.arange(len(t)) / len(t)).max()
        if d < best[0]:
            best = (d, t[0])
    return best[1]


def lognormal(x, xmin, start):
    """Log-densities of the cut log-normal law at its maximum: powerlaw multiplies densities that underflow by
    normalisers that overflow when mu runs off to minus infinity, and gains by it."""
    y = np.log(x)

    def densities(p):
        mu, sigma = p
        if sigma <= 0:
            return np.full(len(x), -1e300)
        return (-y - 0.5 * ((y - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))
                - log_ndtr((mu - np.log(xmin)) / sigma))

    best = minimize(lambda p: -densities(p).sum(), start, method="Nelder-Mead")
    for _ in range(60):
        again = minimize(lambda p: -densities(p).sum(), best.x, method="Nelder-Mead",
                         options={"xatol": 1e-9, "fatol": 1e-12})
        best, gain = again, best.fun - again.fun
        if gain < 1e-10:
            break
    return densities(best.x)


def known(pair):
    """Where the best member of a family is the power law, the search ends near it and not at it."""
    return [0.0, 1.0] if abs(pair[0]) < 1e-4 else pair


def rivals(s):
    x = s ** 2
    out = []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        fit = powerlaw.Fit(x, xmin=xmin_of(x))
        for name in ("truncated_power_law", "exponential"):
            law = getattr(fit, name)
            for _ in range(60):
                before = law.loglikelihood
                law._given_initial_parameters = [p for p in (law.parameter1, law.parameter2) if p is not None]
                law.fit(fit.data)
                if law.loglikelihood - before < 1e-10:
                    break
            out += known([float(v) for v in fit.distribution_compare("power_law", name)])
        law = fit.lognormal
        plain = fit.distribution_compare("power_law", "lognormal")
        own = powerlaw.loglikelihood_ratio(fit.power_law.loglikelihoods(fit.data),
                                           lognormal(fit.data, fit.xmin, [law.mu, law.sigma]))
    print("log-normal: powerlaw's own maximum", [float(v) for v in plain], "here", [float(v) for v in own])
    return out + known([float(v) for v in own]) + [fit.truncated_power_law.alpha,
                                                       fit.truncated_power_law.Lambda]


class Xoshiro:
    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & self.MASK
            z = seed
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
            self.s.append(z ^ (z >> 31))

    def turn(self, x, k):
        return ((x << k) | (x >> (64 - k))) & self.MASK

    def next(self):
        s = self.s
        out = (self.turn(s[1] * 5 & self.MASK, 7) * 9) & self.MASK
        t = (s[1] << 17) & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.turn(s[3], 45)
        return out

    def below(self, n):
        limit = self.MASK - self.MASK % n
        while True:
            x = self.next()
            if x < limit:
                return x % n


def shuffled(w, seed):
    x, r = w.astype(float).ravel().copy(), Xoshiro(seed)
    for i in range(len(x), 1, -1):
        j = r.below(i)
        x[i - 1], x[j] = x[j], x[i - 1]
    return x.reshape(w.shape)


diffract.Session(profile="ram")  # its kernels can be imported only after that
from diffract.core.compute.kernels.model_quality import w1_rand_distance  # noqa: E402
from diffract.core.compute.kernels.tracy_widom import tw_esd_bound  # noqa: E402


def chance(m, n, k, l, draws=2000):
    rows = []
    for _ in range(draws):
        row = {}
        cosines = []
        for side, d in (("u", m), ("v", n)):
            q = basis(d, l)
            c = q[:k]  # cosines with the first k coordinates
            cosines.append(np.abs(c))
            # cos from c, sin from the rest: both are needed for small angles
            theta = np.arctan2(np.linalg.svd(q[k:, :k], compute_uv=False) if d - k >= k else
                               np.concatenate([np.linalg.svd(q[k:, :k], compute_uv=False), np.zeros(2 * k - d)]),
                               np.linalg.svd(c[:, :k], compute_uv=False)[::-1])
            row["lss_g_" + side] = (np.cos(theta) ** 2).mean()
            row["lss_p_" + side] = 1 - np.sqrt((np.sin(theta) ** 2).mean())
            row["svs_" + side] = np.abs(np.diag(c)).mean()
            row["theta_max_" + side] = theta.max()
            row["theta_mean_" + side] = theta.mean()
            row["geodesic_" + side] = np.sqrt((theta ** 2).sum())
            row["chordal_" + side] = np.sqrt((np.sin(theta) ** 2).sum())
            row["projection_" + side] = np.sin(theta.max())
        i, j = linear_sum_assignment(-(cosines[0] + cosines[1]))
        row["svs_match_u"], row["svs_match_v"] = cosines[0][i, j].mean(), cosines[1][i, j].mean()
        rows.append([row[x] for x in METRICS])
    return np.array([np.mean(rows, 0), np.std(rows, 0)]).T


out = {}
grid = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 5, 7, 7.9, 8.1, 10]
out["tracy_widom"] = np.array([[x, above(x)] for x in grid] + [[QUANTILE, above(QUANTILE)]])
for name, w in matrices():
    w = np.ascontiguousarray(w, np.float32)
    s = np.linalg.svd(w.astype(float), compute_uv=False)
    out[name] = w
    out[name + ".edge"] = np.array(edge(s, *w.shape))
    out[name + ".rivals"] = np.array(rivals(s))
    t = np.linalg.svd(shuffled(w, 5), compute_uv=False)
    out[name + ".shuffled"] = np.array([stats.wasserstein_distance(s ** 2, t ** 2) / np.mean(s ** 2),
                                        stats.ks_2samp(s, t, method="asymp").statistic, t[0], (s > t[0]).sum()])
    most, least = max(w.shape), min(w.shape)
    bound = tw_esd_bound(most, least, out[name + ".edge"][0], p_value_threshold=0.01)
    out[name + ".diffract"] = np.array([np.sqrt(bound * most),
                                        w1_rand_distance(s ** 2 / most, t ** 2 / most)])
    print(name, {k: out[name + "." + k] for k in ("edge", "rivals", "shuffled", "diffract")})
for m, n, k in ((48, 80, 6), (48, 64, 30)):
    out["chance.%d.%d.%d" % (m, n, k)] = chance(m, n, k, min(m, n))
    print(m, n, k, dict(zip(METRICS, out["chance.%d.%d.%d" % (m, n, k)].tolist())))
save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, pathlib.Path(__file__).parent / "trust.safetensors",
          metadata={"generator": "trust.py", "powerlaw": "1.5", "diffract-core": "0.3.1", "numpy": np.__version__})
