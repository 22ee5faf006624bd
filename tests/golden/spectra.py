"""What WeightWatcher reports of four small matrices, for tests/spectra/test_spectrum.c.

usage: /path/to/venv/bin/python spectra.py      (an environment of its own: weightwatcher==0.7.7)

spectra.safetensors: NAME, the matrix (F32), and NAME.weightwatcher, F64: alpha, xmin, D,
num_pl_spikes, alpha_weighted, log_alpha_norm, log_norm, log_spectral_norm, stable_rank, entropy, norm.
change-base.safetensors, change-edited.safetensors: five FFN output projections in BF16; in the
second, of layer 0 changed by rank 3, of 1 as it was, of 2 missing, of 9 under another name, of 10
of another shape; and one that the first has not.
Seed 7. powerlaw: s_i = 9 i^-0.7 by random bases; bulk: Gaussian; tall: Gaussian, 64 x 30, with two
outliers; spiked: 40 x 100, ten planted directions over noise.
"""
import pathlib

import numpy as np
import torch
import weightwatcher as ww
from safetensors.numpy import save_file
from safetensors.torch import save_file as torch_save

COLUMNS = ["alpha", "xmin", "D", "num_pl_spikes", "alpha_weighted", "log_alpha_norm", "log_norm",
           "log_spectral_norm", "stable_rank", "entropy", "norm"]


def matrices():
    g = np.random.default_rng(7)

    def basis(n, k):
        return np.linalg.qr(g.standard_normal((n, k)))[0]

    s = 9 * np.arange(1, 41) ** -0.7
    yield "powerlaw", (basis(40, 40) * s) @ basis(90, 40).T
    yield "bulk", g.standard_normal((50, 50)) * 0.1
    tall = g.standard_normal((64, 30)) * 0.3
    tall += np.outer(g.standard_normal(64), g.standard_normal(30)) * 0.4
    tall += np.outer(g.standard_normal(64), g.standard_normal(30)) * 0.2
    yield "tall", tall
    planted = (basis(40, 10) * np.linspace(20, 4, 10)) @ basis(100, 10).T
    yield "spiked", planted + g.standard_normal((40, 100)) * 0.2


out = {}
for name, w in matrices():
    w = np.ascontiguousarray(w, np.float32)
    layer = torch.nn.Linear(w.shape[1], w.shape[0], bias=False)
    layer.weight.data = torch.from_numpy(w)
    d = ww.WeightWatcher(model=torch.nn.Sequential(layer)).analyze(min_evals=2)
    out[name] = w
    out[name + ".weightwatcher"] = np.array([float(d[c].iloc[0]) for c in COLUMNS])
    print(name, out[name + ".weightwatcher"])
save_file(out, pathlib.Path(__file__).parent / "spectra.safetensors",
          metadata={"generator": "spectra.py", "weightwatcher": "0.7.7", "numpy": np.__version__,
                    "torch": torch.__version__})


def pair(folder):
    g = np.random.default_rng(8)
    name = "model.layers.%d.mlp.down_proj.weight"
    base = {name % i: torch.tensor(g.standard_normal((24, 40)) * 0.1, dtype=torch.bfloat16)
            for i in (0, 1, 2, 9, 10)}
    edited = {name % 1: base[name % 1], "moved.weight": base[name % 9], name % 11: base[name % 1].clone()}
    change = g.standard_normal((24, 3)) @ g.standard_normal((3, 40)) * 0.02
    edited[name % 0] = (base[name % 0].double() + torch.from_numpy(change)).to(torch.bfloat16)
    edited[name % 10] = base[name % 10][:, :32].clone()
    torch_save(base, folder / "change-base.safetensors")
    torch_save(edited, folder / "change-edited.safetensors")


pair(pathlib.Path(__file__).parent)
