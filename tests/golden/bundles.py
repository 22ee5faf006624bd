"""Edit bundles as other programs write them, from the matrices of editors.safetensors, and bundles that must be refused.

usage: bundles.py          writes ../data/bundles/ (after editors.py; h5py and NumPy as in requirements.txt)
"""
import pathlib

import h5py
import numpy as np
from safetensors.numpy import load_file

here = pathlib.Path(__file__).parent
out = here.parent / "data/bundles"
out.mkdir(exist_ok=True)
m = load_file(here / "editors.safetensors")
good = {k: m[k] for k in ("K", "R", "C", "W", "Kc", "Kp")}
with h5py.File(out / "good.h5", "w") as f:
    for k, v in good.items():
        f[k] = v
Z = m["R"] + 1
summed = {"K": m["K"], "Z": Z, "H": Z - m["R"], "mom2.mom2": m["C"] * 4096, "mom2.count": np.array(4096), "W": m["W"]}
np.savez(out / "sums.npz", **summed)
with h5py.File(out / "sums.h5", "w") as f:
    for k, v in summed.items():
        f[k] = v

few = {"K": np.eye(3, 2), "R": np.ones((2, 2)), "C": np.eye(3), "W": np.ones((2, 3))}


def write_both(name, matrices):
    np.savez(out / f"bad-{name}.npz", **matrices)
    with h5py.File(out / f"bad-{name}.h5", "w", libver=("v108", "v110")) as f:
        for k, v in matrices.items():
            f[k] = v


def bad(name, drop=(), **change):
    write_both(name, {k: v for k, v in few.items() if k not in drop} | change)


summed_few = {"drop": ["C"], "mom2": np.eye(3)}
bad("no-keys", drop=["K"])
bad("no-residuals", drop=["R"])
bad("no-moment", drop=["C"])
bad("no-weight", drop=["W"])
bad("both-moments", mom2=np.eye(3), count=np.array(5))
bad("both-residuals", Z=np.ones((2, 2)), H=np.ones((2, 2)))
bad("unknown", Kprev=np.eye(3))
bad("keys-transposed", K=few["K"].T.copy())
bad("residual-shape", R=np.ones((2, 3)))
bad("target-shape", drop=["R"], Z=np.ones((2, 2)), H=np.ones((2, 3)))
bad("weight-transposed", W=np.ones((3, 2)))
bad("moment-not-square", C=np.ones((3, 2)))
bad("moment-size", C=np.eye(4))
bad("bare-keys-transposed", Kc=np.ones((2, 3)))
bad("past-keys-shape", Kp=np.ones((2, 7)))
bad("key-nan", K=np.where(few["K"] > 0, np.nan, 0))
bad("residual-nan", R=np.array([[1, np.nan], [0, 0]]))
bad("moment-inf", C=np.diag([1, np.inf, 1]))
bad("weight-inf", W=np.full((2, 3), -np.inf))
bad("asymmetric", C=np.eye(3) + np.eye(3, k=1) / 2)
bad("negative-diagonal", C=np.diag([1.0, -1, 1]))
bad("indefinite", C=np.eye(3) + 2 * (np.eye(3, k=1) + np.eye(3, k=-1)))
bad("singular", C=np.diag([1.0, 1, 0]))
bad("moment-zero", C=np.zeros((3, 3)))
bad("count-zero", **summed_few, count=np.array(0))
bad("count-negative", **summed_few, count=np.array(-4096))
bad("count-inf", **summed_few, count=np.array(np.inf))
bad("count-many", **summed_few, count=np.array([5, 5]))
bad("no-count", **summed_few)
bad("no-numbers", K=np.array([b"three", b"words", b"here"]))
bad("ill-conditioned", C=np.diag([1, 1, 1e-14]))
