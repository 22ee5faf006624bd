"""Writes an edit bundle for `spx-edit --bundle` from a Hugging Face causal model: one layer, one batch of facts.

usage: export_bundle.py MODEL LAYER FACTS.json TEXT.txt TARGETS.npz OUT.h5
FACTS: records with prompt and subject (datasets/counterfact-2000.json has the form); TARGETS: array Z (d x facts), the
residual stream wanted behind the layer at each subject's last token. Needs torch, transformers, h5py.
"""
import json
import sys

import h5py
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

model_name, layer, facts, text, targets, out = sys.argv[1:]
tok = AutoTokenizer.from_pretrained(model_name)
model = AutoModelForCausalLM.from_pretrained(model_name, dtype=torch.float32).eval()
block = model.model.layers[int(layer)]
keys = []
block.mlp.down_proj.register_forward_hook(lambda module, inputs, output: keys.append(inputs[0][0].double()))


@torch.no_grad()
def run(ids):
    """Keys (tokens x f) and residual stream behind the layer (tokens x d) of one sequence."""
    keys.clear()
    hidden = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
    return keys[0], hidden[int(layer) + 1][0].double()


Z = np.load(targets)["Z"]
K, H = [], []
for fact in json.load(open(facts))[: Z.shape[1]]:
    end = fact["prompt"].index(fact["subject"]) + len(fact["subject"])
    row = len(tok(fact["prompt"][:end])["input_ids"]) - 1  # the subject's last token
    k, h = run(tok(fact["prompt"])["input_ids"])
    K.append(k[row])
    H.append(h[row])
ids = tok(open(text).read())["input_ids"]
windows = [run(ids[i : i + 512])[0] for i in range(0, min(len(ids), 131072) - 511, 512)]
with h5py.File(out, "w") as f:
    f["K"], f["H"], f["Z"] = torch.stack(K, 1).numpy(), torch.stack(H, 1).numpy(), Z
    f["mom2"] = sum(w.T @ w for w in windows).numpy()
    f["count"] = np.array([sum(len(w) for w in windows)])
    f["W"] = block.mlp.down_proj.weight.detach().double().numpy()
