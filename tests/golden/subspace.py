"""Maxima of the cosines of two dominant subspaces by NumPy, for tests/spectra/test_subspace.c and
test_trust.c.

usage: /path/to/venv/bin/python subspace.py      (numpy==2.4.6, safetensors==0.8.0)

subspace.safetensors, F64: base (24 x 40) and edited, which adds a rank-3 change; maxima.K for K = 1,
5: of the K dominant directions, the largest principal cosine, the mean and the least over the old
directions of the largest |cosine| to a new one; each output side, then input side.
chance.M.N.K: the same six of two independent uniform bases of M outputs and N inputs, mean and
standard deviation of 20,000 pairs. Seed 31.
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

g = np.random.default_rng(31)


def maxima(a, b):
    """a, b: orthonormal columns."""
    c = np.abs(a.T @ b)
    nearest = c.max(axis=1)
    return np.linalg.svd(a.T @ b, compute_uv=False)[0], nearest.mean(), nearest.min()


def both_sides(u, v):
    return np.array([x for pair in zip(maxima(*u), maxima(*v)) for x in pair])


def dominant(w, k):
    u, _, vt = np.linalg.svd(w)
    return u[:, :k], vt[:k].T


def basis(n, k):
    return np.linalg.qr(g.standard_normal((n, k)))[0]


base = g.standard_normal((24, 40)) * 0.1
edited = base + g.standard_normal((24, 3)) @ g.standard_normal((3, 40)) * 0.08
out = {"base": base, "edited": edited}
for k in (1, 5):
    (u, v), (x, y) = dominant(base, k), dominant(edited, k)
    out[f"maxima.{k}"] = both_sides((u, x), (v, y))
for m, n, k in ((48, 80, 6), (48, 64, 30)):
    drawn = [both_sides((basis(m, k), basis(m, k)), (basis(n, k), basis(n, k)))
             for _ in range(20000)]
    out[f"chance.{m}.{n}.{k}"] = np.stack([np.mean(drawn, 0), np.std(drawn, 0)], 1).ravel()
for name, x in out.items():
    if x.ndim == 1:
        print(name, x)
save_file(out, pathlib.Path(__file__).parent / "subspace.safetensors",
          metadata={"generator": "subspace.py", "numpy": np.__version__})
