"""What rules.sh needs of Python: a PyTorch oracle of sequential editing in float32 with solves in float64, written from the published
formulas of each rule for targets and each editor, and the table that puts our runs beside it.

run MODEL.gguf FACTS.json PREFIXES PRESET STATS.h5 DIR    edits ROUNDS x ROUND facts by every arm of ARMS; DIR/<arm>.npz has, by
                                                          round, the weights and the share of the residual left after each block
table MODEL.gguf DIR                                      beside DIR/<arm>.h5 of spx-edit

Facts one after another, a fact's prompts padded to one batch, the blocks below the search run once (edit_loop.py, cached).
Versions: ../golden/requirements.txt.
"""
import json
import os
import sys
import time

import numpy as np
import torch
from gguf import GGUFReader

from edit_loop import F, Llama, batch_of, runner
from tokens import tokenizer

ROUND, ROUNDS = int(os.environ.get("ROUND", "20")), 2
PILOT = ROUND * ROUNDS
ARMS = {  # editor, rule, parameters of the solve
    "memit-spread": ("memit", "spread", {}), "memit-fe": ("memit", "fe", {}), "memit-blue": ("memit", "blue", {}),
    "memit-nas": ("memit", "nas", {}), "alphaedit-fe": ("alphaedit", "fe", dict(l2=1, threshold=0.02)),
    "evoedit-spread": ("evoedit", "spread", dict(l2=1, threshold=0.02)),
}


def down(l):
    return f"blk.{l}.ffn_down.weight"


def search(m, t, fact, prefixes, o, layer):
    """h0, v0 and delta of one fact, and the ids of its prompts with the subject's last row of each."""
    ids, subject, ends, target = batch_of(t, fact, prefixes)
    run, h0 = runner(m, "cached", ids, subject, ends, target, layer)
    wanted = torch.tensor(target * (len(subject) - 1))[:, None]
    delta = torch.zeros_like(h0, requires_grad=True)
    adam, initial = torch.optim.Adam([delta], lr=o["v_lr"]), None
    for step in range(o["steps"]):
        adam.zero_grad()
        logp, now = run(delta)
        initial = now.detach() if initial is None else initial
        kl = F.kl_div(initial, now, reduction="sum", log_target=True)
        loss = -logp.gather(1, wanted).mean() + o["kl"] * kl + o["weight_decay"] * delta.norm() / h0.norm() ** 2
        if loss < o["stop"] or step + 1 == o["steps"]:
            break
        loss.backward()
        adam.step()
        with torch.no_grad():
            most = o["clamp"] * h0.norm()
            if delta.norm() > most:
                delta *= most / delta.norm()
    with torch.no_grad():
        key = keys_of(m, ids[:1], subject[:1], layer)[0]
        return h0, m.w[down(layer)] @ key, delta.detach()


def keys_of(m, ids, subject, layer):
    """Input of the block's FFN output projection at the subjects' last rows."""
    saved = m.w[down(layer)]
    x = m.blocks(m.embed(ids), 0, layer)
    m.w[down(layer)] = torch.zeros_like(saved)
    y = m.norm(m.blocks(x, layer, layer + 1), f"blk.{layer}.ffn_norm.weight")
    m.w[down(layer)] = saved
    k = F.silu(y @ m.w[f"blk.{layer}.ffn_gate.weight"].T) * (y @ m.w[f"blk.{layer}.ffn_up.weight"].T)
    return k[torch.arange(len(subject)), torch.tensor(subject)]


class Fact:
    def __init__(self, t, fact, prefixes):
        ids, subject, _, _ = batch_of(t, fact, prefixes)
        self.fact, self.ids, self.subject = fact, ids[:-1], subject[:-1]
        self.bare = ids[:1, :subject[0] + 1]

    def key(self, m, layer):
        k = keys_of(m, self.ids, self.subject, layer).double()
        return (k[0] + k[1:].mean(0)) / 2

    def stream(self, m, layer):
        return m.blocks(m.embed(self.bare), 0, layer + 1)[0, -1]

    def replay(self, m, layers, z):
        out, x = [z], m.blocks(m.embed(self.bare), 0, layers[0] + 1)
        x[0, -1] = z
        for a, b in zip(layers, layers[1:]):
            x = m.blocks(x, a + 1, b + 1)
            out.append(x[0, -1].clone())
        return out


def solve(editor, K, R, s, o):
    """dW, and what the editor keeps of this batch; s: {C, P}."""
    n, f = K.shape[1], K.shape[0]
    if editor == "memit":
        return R @ torch.linalg.solve(o["lambda"] * s["C"] + K @ K.T, K).T
    if editor == "alphaedit":
        return torch.linalg.solve(s["P"] @ (K @ K.T + s["past"]) + o["l2"] * torch.eye(f).double(), s["P"] @ K @ R.T).T
    PK = s["P"] @ K
    dW = R @ torch.linalg.solve(K.T @ PK + o["l2"] * torch.eye(n).double(), PK.T)
    U, v, _ = torch.linalg.svd(PK, full_matrices=False)
    U = U[:, v > max(max(PK.shape) * torch.finfo(v.dtype).eps * v[0], 1e-10)]
    s["P"] = s["P"] - U @ U.T
    return dW


def edit(m, t, facts, prefixes, editor, rule, layers, state, norm, o):
    """A round; the share of the residual left after each write."""
    blocks = [layers[0], layers[-1]] if rule == "blue" else layers
    find = lambda f, l: search(m, t, f.fact, prefixes, o, l)
    size = lambda z, l: torch.stack([(a - f.stream(m, l)).norm() for a, f in zip(z, facts)])
    plain = lambda x: x[0] + x[2]

    def rescaled(x):
        h0, v0, delta = x
        v = v0 + delta
        return h0 if v.norm() > 2 * norm else h0 - v0 + v * norm / v.norm()

    if rule == "fe":
        first = [plain(find(f, layers[0])) for f in facts]
        with torch.no_grad():
            Z = list(zip(*(f.replay(m, layers, z) for f, z in zip(facts, first))))
    elif rule != "blue":
        Z = [[(rescaled if norm else plain)(find(f, layers[-1])) for f in facts]] * len(layers)
    left, began = [], None
    for i, l in enumerate(blocks):
        z = [plain(find(f, l)) for f in facts] if rule == "blue" else Z[i]
        with torch.no_grad():
            aim, parts = (l, 1) if rule in ("fe", "blue") else (layers[-1], len(layers) - i)
            last = (z, l) if rule == "blue" else (Z[-1], layers[-1])
            began = size(*last) if began is None or rule == "blue" else began
            K = torch.stack([f.key(m, l) for f in facts], 1)
            R = torch.stack([a - f.stream(m, aim) for a, f in zip(z, facts)], 1).double() / parts
            m.w[down(l)] = m.w[down(l)] + solve(editor, K, R, state[l], o).float()
            had = began > 1e-3 * began.max()  # the others had nothing to gain
            left.append((size(*last) / began)[had].mean().item())
    if editor == "alphaedit":
        with torch.no_grad():
            for l in blocks:
                K = torch.stack([f.key(m, l) for f in facts], 1)
                state[l]["past"] = state[l]["past"] + K @ K.T
    return left


def open_state(stats, layers, o):
    import h5py
    state = {}
    with h5py.File(stats) as f:
        for l in layers:
            C = torch.tensor(f[f"covariance/{down(l)}/second_moment"][()]).double()
            w, V = torch.linalg.eigh(C)
            inside = V[:, w < o.get("threshold", 0.02)]
            state[l] = {"C": C, "P": inside @ inside.T, "past": torch.zeros_like(C)}
    return state


def run(model, facts, prefixes, preset, stats, folder):
    reader = GGUFReader(model)
    m, t, o = Llama(reader), tokenizer(reader), json.load(open(preset))
    first, last = map(int, o["layers"].split("-"))
    layers, lines = list(range(first, last + 1)), open(prefixes).read().split("\n")[:o["contexts"]]
    records = json.load(open(facts))[:ROUND * ROUNDS]
    W0 = {l: m.w[down(l)] for l in layers}
    size = lambda x: (x[1] + x[2]).norm().item()
    values = sorted(size(search(m, t, f, [], o, last)) for f in records[:PILOT])
    mean = float(np.mean(values[:PILOT - PILOT // 20]))
    all_facts = [Fact(t, r, lines) for r in records]
    for arm, (editor, rule, more) in ARMS.items():
        began, found = time.time(), {"norm": mean}
        m.w |= {down(l): W for l, W in W0.items()}
        state = open_state(stats, layers, more)
        for r in range(ROUNDS):
            batch = all_facts[r * ROUND:(r + 1) * ROUND]
            found[f"left{r + 1}"] = edit(m, t, batch, lines, editor, rule, layers, state, mean if rule == "nas" else 0, o | more)
            found |= {f"W{r + 1}.{l}": m.w[down(l)].numpy() for l in layers}
        np.savez(f"{folder}/{arm}.npz", **found)
        print(f"{arm}: {time.time() - began:.0f} s", file=sys.stderr, flush=True)


def table(model, folder):
    import h5py
    m = Llama(GGUFReader(model))
    print("arm\tround\tlayer\tchange_apart\tchange_norm\ttheirs\tleft\ttheirs\tkept")
    for arm, (_, rule, _) in ARMS.items():
        theirs, f = np.load(f"{folder}/{arm}.npz"), h5py.File(f"{folder}/{arm}.h5")
        layers = [int(l) for l in f.attrs["layers"].split(",")]
        for r in range(1, ROUNDS + 1):
            for i, l in enumerate(layers):
                W0 = m.w[down(l)].numpy().astype(float)
                a, b = f[f"snapshots/r{r}/{down(l)}"][()] - W0, theirs[f"W{r}.{l}"] - W0
                g = f["tensors"][down(l)]
                print(f"{arm}\t{r}\t{l}\t{np.linalg.norm(a - b) / np.linalg.norm(b):.1e}\t{np.linalg.norm(a):.4f}\t{np.linalg.norm(b):.4f}"
                      f"\t{g['residual_left'][r]:.4f}\t{theirs[f'left{r}'][i]:.4f}\t{g['solve_kept'][r]:.0f}")
        if rule == "nas":
            print(f"# {arm}: norm {f['edits/target_norm'][1]:.5f}, theirs {float(theirs['norm']):.5f}")


{"run": run, "table": table}[sys.argv[1]](*sys.argv[2:])
