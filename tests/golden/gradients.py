"""UltraEdit and StableEdit on two blocks of ../data/tiny.gguf in PyTorch, in double, beside libspectra/edit/ultraedit.c.

usage: gradients.py
gradients.safetensors   two turns of six facts of random tokens (ids: prompt and target without its last token; length, target,
                        targets: tokens of each); of the first turn every 4th feature and every gradient at the target's
                        tokens, a row a token; and for each editor and turn every 8th row of the change of both blocks, one
                        below the other, the second turn on the model as the first one left it.
Formulas: arXiv 2505.14679 and 2605.11836, solved densely (f x f). Seed 3. Versions: requirements.txt.
"""
import numpy as np
import torch
from safetensors.numpy import save_file

from forward import Llama, here, numbers

LAYERS, TURNS, FACTS, BATCH, LR = (1, 3), 2, 6, 4, 1e-3
EPS = np.finfo(np.float32).eps
down = "blk.{}.ffn_down.weight".format


class Probed(Llama):
    """Adds a zero to the output of every FFN of LAYERS, whose gradient is the output's, and keeps its input."""

    def block(self, l, x):
        if l not in LAYERS:
            return super().block(l, x)
        W = self.w[down(l)]
        self.w[down(l)] = torch.zeros_like(W)
        middle = super().block(l, x)
        self.w[down(l)] = W
        n = self.norm(middle, self.w[f"blk.{l}.ffn_norm.weight"])
        key = torch.nn.functional.silu(n @ self.w[f"blk.{l}.ffn_gate.weight"].T) * (n @ self.w[f"blk.{l}.ffn_up.weight"].T)
        self.key[l], self.probe[l] = key.detach(), torch.zeros_like(middle, requires_grad=True)
        return middle + key @ W.T + self.probe[l]

    def losses(self, ids, first, target):
        self.key, self.probe = {}, {}
        x = self.w["token_embd.weight"][ids]
        for l in range(self.layers):
            x = self.block(l, x)
        logp = (self.norm(x, self.w["output_norm.weight"]) @ self.w["token_embd.weight"].T).log_softmax(-1)
        return -logp[range(first, first + len(target)), target]


def gather(m, facts):
    """h and g of each block and mini-batch, a row a target token."""
    out = []
    for i in range(0, len(facts), BATCH):
        tokens = sum(len(t) for _, t in facts[i:i + BATCH])
        rows = {l: ([], []) for l in LAYERS}
        for prompt, target in facts[i:i + BATCH]:
            first = len(prompt) - 1
            (m.losses(np.concatenate([prompt, target[:-1]]), first, target).sum() / tokens).backward()
            for l in LAYERS:
                rows[l][0].append(m.key[l][first:]), rows[l][1].append(m.probe[l].grad[first:])
        out.append({l: (torch.cat(h), torch.cat(g)) for l, (h, g) in rows.items()})
    return out


class Running:
    def __init__(self, editor, d):
        self.editor, self.d, self.rows, self.extra = editor, d, [], 0

    def add(self, x):
        self.rows.append(x)
        if self.editor == "ultraedit-compat":  # T var_unbiased in place of the sum of squares
            self.extra = self.extra + len(x) * x.var(0, correction=1) - len(x) * x.var(0, correction=0)

    def standardise(self, h, g):
        x = torch.cat(self.rows)
        n, f = len(x), h.shape[1]
        mu = x.mean(0)
        S = (x - mu).square().sum(0) + self.extra
        z = (torch.cat([h, g], 1) - mu) / ((S / (n - 1 + EPS)).sqrt() + EPS)
        h_hat, g_hat = z[:, :f], z[:, f:]
        if self.editor == "stableedit" and n > self.d + 1:
            c = x[:, f:] - mu[f:]
            w, Q = torch.linalg.eigh(c.T @ c / (n - self.d - 1 + EPS))
            g_hat = (g - mu[f:]) @ (Q * w.clamp(min=1e-6).rsqrt()) @ Q.T
        return h_hat, g_hat


def run(m, editor, turns):
    """What the first turn gathers, and the change of each block of LAYERS by every turn; m is edited."""
    changes, first = [], None
    running, ridge = Running(editor, m.w[down(0)].shape[0]), 10 if editor == "stableedit" else 1
    for facts in turns:
        parts = gather(m, facts)
        first = first or parts
        for part in parts:
            for l in LAYERS:
                running.add(torch.cat(part[l], 1))
        dW = []
        for l in LAYERS:
            h, g = (torch.cat([part[l][k] for part in parts]) for k in (0, 1))
            h_hat, g_hat = running.standardise(h, g)
            V = -LR * h_hat.square().sum(1, keepdim=True) * g_hat
            dW.append(torch.linalg.solve(h.T @ h + ridge * torch.eye(h.shape[1]), h.T @ V).T)
        for l, change in zip(LAYERS, dW):
            m.w[down(l)] = m.w[down(l)] + change
        changes.append(dW)
    return first, changes


def main():
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(3)
    turns = [[(rng.integers(1, 512, rng.integers(3, 9)), rng.integers(1, 512, rng.integers(2, 5))) for _ in range(FACTS)]
             for _ in range(TURNS)]
    every = [fact for facts in turns for fact in facts]
    ids = [np.concatenate([p, t[:-1]]) for p, t in every]
    out = {"ids": numbers(np.concatenate(ids)), "length": numbers(np.array([len(i) for i in ids])),
           "target": numbers(np.concatenate([t for _, t in every])), "targets": numbers(np.array([len(t) for _, t in every]))}
    for editor in ("ultraedit", "ultraedit-compat", "stableedit"):
        first, changes = run(Probed(here.parent / "data/tiny.gguf"), editor, turns)
        out |= {f"{editor}.{i + 1}": numbers(torch.cat([change[::8] for change in dW])) for i, dW in enumerate(changes)}
    for l in LAYERS:
        out |= {f"h.{l}": numbers(torch.cat([part[l][0] for part in first])[:, ::4]),
                f"g.{l}": numbers(torch.cat([part[l][1] for part in first]))}
    save_file(out, here / "gradients.safetensors")


if __name__ == "__main__":
    main()
