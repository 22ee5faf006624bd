"""K-FAC's two second moments of a block of ../data/tiny.gguf and CrispEdit's mask in PyTorch, in double, beside
libspectra/edit/gradient_moments.c and libspectra/filter/crisp.c.

usage: crisp.py
crisp.safetensors   six windows of eight random tokens (ids); B, the second moment of the gradients of the block's FFN output
                    under the summed loss of the next token, from autograd; a change dW; and for each share of the curvature
                    every 8th row of what the mask leaves of it (kept.99, ...), all products of eigenvalues sorted. A share is
                    taken where no other product lies within GAP of the cut, so that floats decide as doubles do.
Formulas: arXiv 2602.15823. Seed 5. Versions: requirements.txt.
"""
import numpy as np
import torch
from safetensors.numpy import save_file

from forward import here, numbers
from gradients import Probed, down

BLOCK, WINDOWS, WINDOW, GAP = 3, 6, 8, 2e-4
torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(5)
m = Probed(here.parent / "data/tiny.gguf")
ids = rng.integers(1, 512, (WINDOWS, WINDOW))
keys, gradients = [], []
for window in ids:
    m.losses(window, 0, window[1:]).sum().backward()
    keys.append(m.key[BLOCK]), gradients.append(m.probe[BLOCK].grad[:-1])
k, g = torch.cat(keys), torch.cat(gradients)
A, B = k.T @ k / len(k), g.T @ g / len(g)
dW = torch.tensor(rng.normal(size=tuple(m.w[down(BLOCK)].shape)).astype(np.float32)).double()
a, Ua = torch.linalg.eigh(A)
b, Ub = torch.linalg.eigh(B)
products = torch.outer(b.clamp(min=0), a.clamp(min=0))
down_sorted = products.flatten().sort(descending=True).values
out = {"ids": numbers(ids.reshape(-1)), "B": numbers(B), "dW": numbers(dW)}
for share in (0.99, 0.9):
    cut = down_sorted[int(torch.searchsorted(down_sorted.cumsum(0) / down_sorted.sum(), share))]
    near = ((products / cut - 1).abs() < GAP).sum()
    assert near == 1, (share, near)
    kept = Ub @ ((Ub.T @ dW @ Ua) * (products < cut)) @ Ua.T
    out[f"kept{share:g}".replace("0.", ".")] = numbers(kept[::8])
save_file(out, here / "crisp.safetensors")
