"""What gradients.sh needs of Python: the oracle's changes of two rounds beside those of DIR/<editor>.h5.

gradients.py MODEL.gguf FACTS.json RATE DIR
"""
import json
import pathlib
import sys

import h5py
import numpy as np
import torch
from gguf import GGUFReader

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
import gradients as oracle
from tokens import tokenizer

ROUND, ROUNDS = 20, 2
model, facts, rate, folder = sys.argv[1:]
oracle.LAYERS, oracle.BATCH, oracle.LR = tuple(range(6, 11)), 10, float(rate)
torch.set_default_dtype(torch.float64)
t = tokenizer(GGUFReader(model))
chosen = json.load(open(facts))[:ROUND * ROUNDS]
turns = [[(np.array(t.encode(f["prompt"]).ids), np.array(t.encode(" " + f["target_new"]).ids))
          for f in chosen[r * ROUND:(r + 1) * ROUND]] for r in range(ROUNDS)]
print("editor\tround\tmedian\tworst\tsize")
for editor in ("ultraedit", "ultraedit-compat", "stableedit"):
    m = oracle.Probed(model)
    before = {l: m.w[oracle.down(l)].numpy().copy() for l in oracle.LAYERS}
    whole = {l: np.linalg.norm(before[l]) for l in oracle.LAYERS}
    _, changes = oracle.run(m, editor, turns)
    f = h5py.File(f"{folder}/{editor}.h5")
    for r, theirs in enumerate(changes):
        apart, size = [], []
        for l, dW in zip(oracle.LAYERS, theirs):
            now = f[f"snapshots/r{r + 1}/{oracle.down(l)}"][:].astype(np.float64)
            apart.append(np.linalg.norm(now - before[l] - dW.numpy()) / np.linalg.norm(dW.numpy()))
            size.append(np.linalg.norm(dW.numpy()) / whole[l])
            before[l] = now
        print(f"{editor}\t{r + 1}\t{np.median(apart):.1e}\t{max(apart):.1e}\t{np.median(size):.2g}", flush=True)
