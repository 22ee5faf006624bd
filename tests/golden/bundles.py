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

few = {"K": np.eye(3, 2), "R": np.ones((2, 2)), "C": np.eye(3), "W": np.ones((2, 3))}


def bad(name, drop=(), **change):
    np.savez(out / f"bad-{name}.npz", **({k: v for k, v in few.items() if k not in drop} | change))


bad("no-keys", drop=["K"])
bad("no-residuals", drop=["R"])
bad("no-moment", drop=["C"])
bad("no-weight", drop=["W"])
bad("keys-transposed", K=few["K"].T.copy())
bad("residual-shape", R=np.ones((2, 3)))
bad("weight-transposed", W=np.ones((3, 2)))
bad("nan", R=np.array([[1, np.nan], [0, 0]]))
bad("asymmetric", C=np.eye(3) + np.eye(3, k=1) / 2)
bad("indefinite", C=np.diag([1.0, -1, 1]))
bad("count-zero", drop=["C"], mom2=np.eye(3), count=np.array(0))
bad("no-count", drop=["C"], mom2=np.eye(3))
bad("both", mom2=np.eye(3), count=np.array(5))
bad("unknown", Kprev=np.eye(3))
bad("ill-conditioned", C=np.diag([1, 1, 1e-14]))
