"""AlphaEdit with REVIVE as a loop in PyTorch, in float32 and once more in float64, beside the run files of spx-edit's arm
with the same settings.

The loop is that of AlphaEdit_main.py: targets by gradient (edit_loop.py, the public procedure), keys and residuals layer by
layer, [P (K K^T + K_p K_p^T) + L2 I] X = P K R^T, the weight, the keys kept for later rounds. REVIVE is one line in it.
Nothing is taken from the run files but the numbers to compare with; the second moments are those of spx-stats.

usage: torch_arm.py MODEL.gguf FACTS.json PREFIXES PRESET STATS.h5 LAYERS L2 THRESHOLD TAU ROUND ROUNDS RUN.h5 [RUN.h5...]
Prints for each edited weight |dW - dW_run| / |dW_run|, dW the change of all rounds and dW_run that of the first RUN.h5: of
the two loops and of every further RUN.h5; and how far the two loops are apart. Versions: ../golden/requirements.txt; spx is
the package of tools/python.
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import torch
from gguf import GGUFReader

import spx
from edit_loop import Llama, batch_of, find_target
from tokens import tokenizer


def read(m, encoded, layer, last):
    """Keys (f x n) at a block and the residual stream behind the last edited one (d x n), each at the subject's last token;
    a key is the mean of the bare prompt's and of the mean over prefixes."""
    K, H = [], []
    for ids, subject, *_ in encoded:
        kept = {}
        x = m.blocks(m.embed(ids[:-1]), 0, last + 1, keys=kept)  # the last prompt is that of the KL term
        k = kept[layer][torch.arange(len(ids) - 1), torch.tensor(subject[:-1])].double()
        K.append((k[0] + k[1:].mean(0)) / 2 if len(k) > 1 else k[0])
        H.append(x[0, subject[0]].double())
    return torch.stack(K, 1), torch.stack(H, 1)


def null_space(path, name, threshold):
    with h5py.File(path) as f:
        C = torch.from_numpy(f[f"covariance/{name}/second_moment"][:])
    values, vectors = torch.linalg.eigh((C + C.T) / 2)
    U = vectors[:, values < threshold]
    return U @ U.T


def edit_round(m, encoded, Z, layers, P, past, l2, tau):
    for i, layer in enumerate(layers):
        name = f"blk.{layer}.ffn_down.weight"
        K, H = read(m, encoded, layer, layers[-1])
        R = (Z - H) / (len(layers) - i)
        A = P[layer] @ (K @ K.T + past[layer]) + l2 * torch.eye(len(K), dtype=K.dtype)
        upd_matrix = torch.linalg.solve(A, P[layer] @ K @ R.T).T
        m.w[name] += spx.revive(m.w[name], upd_matrix, tau=tau).to(m.w[name].dtype)  # the line: without REVIVE, += upd_matrix
    for layer in layers:
        K, _ = read(m, encoded, layer, layers[-1])
        past[layer] += K @ K.T


def changes_of(path, names):
    """The change of each weight over the whole run."""
    with h5py.File(path) as f:
        return {layer: f[f"snapshots/last/{n}"][:].astype(float) - f[f"ledger/{n}/base"][:] for layer, n in names.items()}


@torch.no_grad()
def run_loop(reader, dtype, facts, prefixes, o, layers, P, settings):
    """The change of each edited weight over all rounds."""
    m, t = Llama(reader), tokenizer(reader)
    m.w = {name: w.to(dtype) for name, w in m.w.items()}
    m.cos, m.sin = m.cos.to(dtype), m.sin.to(dtype)
    past = {layer: torch.zeros_like(P[layer]) for layer in layers}
    before = {layer: m.w[f"blk.{layer}.ffn_down.weight"].double().clone() for layer in layers}
    for batch in facts:
        with torch.enable_grad():
            Z = torch.stack([find_target(m, t, f, prefixes, o, layers[-1], "cached")[1].double() for f in batch], 1)
        edit_round(m, [batch_of(t, f, prefixes) for f in batch], Z, layers, P, past, *settings)
    return {layer: (m.w[f"blk.{layer}.ffn_down.weight"].double() - before[layer]).numpy() for layer in layers}


def main():
    model, facts, prefixes, preset, stats, span, l2, threshold, tau, n, rounds = sys.argv[1:12]
    reader, o, facts = GGUFReader(model), json.load(open(preset)), json.load(open(facts))
    first, last = map(int, span.split("-"))
    layers, n = list(range(first, last + 1)), int(n)
    names = {layer: f"blk.{layer}.ffn_down.weight" for layer in layers}
    P = {layer: null_space(stats, names[layer], float(threshold)) for layer in layers}
    arms = [run_loop(reader, dtype, [facts[r * n:(r + 1) * n] for r in range(int(rounds))],
                     open(prefixes).read().split("\n")[:o["contexts"]], o, layers, P, (float(l2), float(tau)))
            for dtype in (torch.float32, torch.float64)]
    runs = [changes_of(path, names) for path in sys.argv[12:]]
    print("weight", "torch32", "torch64", *(Path(p).stem for p in sys.argv[13:]), "torch32-torch64", sep="\t")
    for layer in layers:
        size = np.linalg.norm(runs[0][layer])
        apart = [np.linalg.norm(x[layer] - runs[0][layer]) / size for x in arms + runs[1:]]
        apart.append(np.linalg.norm(arms[0][layer] - arms[1][layer]) / size)
        print(names[layer], *(f"{a:.2g}" for a in apart), sep="\t")


main()
