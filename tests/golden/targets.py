"""Two rounds of three facts written into blocks 1 to 3 of ../data/tiny.gguf by every rule for targets, in PyTorch in double, each
rule from its published formula: what the library's driver must come to, through search, replay, keys, residuals and writes.

usage: targets.py          writes targets.safetensors beside it

Editor: ridge, dW = R K^T (LAMBDA I + K K^T)^{-1}. Rules: spread (Meng et al. 2023), fe (From Backward Spreading to Forward Replay,
ICML 2026), blue (BLUE, NeurIPS 2025), nas (arXiv 2602.02543; pilot: the run's first five facts, bare prompts). Per rule and block,
every 8th row of W_2 - W_0; `left`: mean |z - h| after each block's write over that before the first, rounds x blocks (blue: of the
block's own); `norm`: nas's; `tight`: z of the first three facts at the last block, a row each, with TIGHT of that norm, under which two
of them are left as they are. No randomness. Versions: requirements.txt.
"""
import json

import numpy as np
import torch
from gguf import GGUFReader
from safetensors.numpy import save_file

from forward import Llama, here, numbers
from tokens import tokenizer

BLOCKS, ROUND, ROUNDS, PILOT, LAMBDA, TIGHT = (1, 2, 3), 3, 2, 5, 1.0, 0.5
STEPS, LR, CLAMP, DECAY, KL = 4, 0.1, 0.75, 0.5, 0.0625


class Fact:
    def __init__(self, t, record, prefix):
        prompt, subject = record["prompt"], record["subject"]
        end = prompt.index(subject) + len(subject)
        last = lambda e, end: max(i for i, (a, _) in enumerate(e.offsets) if a < end)
        texts = [("", t.encode(prompt)), (prefix + " ", t.encode(f"{prefix} {prompt}"))]
        self.target = t.encode(" " + record["target_new"]).ids
        self.ids = [e.ids + self.target[:-1] for _, e in texts]
        self.at = [last(e, len(p) + end) for p, e in texts]
        known = t.encode(subject + " is a")
        self.kl_at = last(known, len(subject))
        self.kl_ids = known.ids[:self.kl_at + 1]


def down(l):
    return f"blk.{l}.ffn_down.weight"


def head(m, x):
    return (m.norm(x, m.w["output_norm.weight"]) @ m.w["token_embd.weight"].T).log_softmax(-1)


def run(m, ids, first=0, end=None, x=None):
    x = m.w["token_embd.weight"][ids] if x is None else x
    for l in range(first, m.layers if end is None else end):
        x = m.block(l, x)
    return x


def ffn(m, l, x):
    """Key and output of block l's FFN, from the block's input."""
    p, saved = (lambda name: m.w[f"blk.{l}.{name}.weight"]), m.w[down(l)]
    m.w[down(l)] = torch.zeros_like(saved)
    n = m.norm(m.block(l, x), p("ffn_norm"))  # the stream behind attention
    m.w[down(l)] = saved
    key = torch.nn.functional.silu(n @ p("ffn_gate").T) * (n @ p("ffn_up").T)
    return key, key @ saved.T


def search(m, f, layer, contexts):
    """h0, v0 and delta of one fact."""
    below = [run(m, ids, end=layer + 1) for ids in f.ids[:contexts]]
    known = run(m, f.kl_ids, end=layer + 1)
    h0 = below[0][f.at[0]]
    delta = torch.zeros_like(h0, requires_grad=True)
    adam, initial = torch.optim.Adam([delta], lr=LR), None

    def behind(x, at):
        x = x.clone()
        x[at] = x[at] + delta
        return head(m, run(m, None, layer + 1, x=x))

    for step in range(STEPS):
        nll = 0
        for x, at in zip(below, f.at):
            logp = behind(x, at)[-len(f.target):]
            nll = nll - logp[range(len(f.target)), f.target].mean() / contexts
        now = behind(known, f.kl_at)[f.kl_at]
        initial = now.detach() if initial is None else initial
        size = delta.norm() if step else 0  # the gradient of |delta| at 0 counts as 0
        loss = nll + KL * (now.exp() * (now - initial)).sum() + DECAY * size / h0.norm() ** 2
        if step + 1 == STEPS:
            break
        adam.zero_grad()
        loss.backward()
        adam.step()
        with torch.no_grad():
            delta *= min(1, CLAMP * h0.norm() / delta.norm())
    v0 = ffn(m, layer, run(m, f.ids[0][:f.at[0] + 1], end=layer))[1][-1]
    return h0, v0, delta.detach()


def target(found, norm):
    h0, v0, delta = found
    v = v0 + delta
    if not norm:
        return h0 + delta
    return h0 if v.norm() > 2 * norm else h0 - v0 + v * norm / v.norm()


def replay(m, f, z):
    """z of every later block once z of the first one stands there."""
    x, out = run(m, f.ids[0][:f.at[0] + 1], end=BLOCKS[0] + 1), [z]
    x[-1] = z
    for a, b in zip(BLOCKS, BLOCKS[1:]):
        x = run(m, None, a + 1, b + 1, x)
        out.append(x[-1])
    return out


def key_of(m, f, l):
    k = [ffn(m, l, run(m, ids[:at + 1], end=l))[0][-1] for ids, at in zip(f.ids, f.at)]
    return (k[0] + k[1]) / 2


def stream(m, f, l):
    return run(m, f.ids[0][:f.at[0] + 1], end=l + 1)[-1]


def edit(m, facts, rule, norm):
    """A round; the share of the residual left after each write."""
    blocks = (BLOCKS[0], BLOCKS[-1]) if rule == "blue" else BLOCKS
    size = lambda z, l: torch.stack([(a - stream(m, f, l)).norm() for a, f in zip(z, facts)])
    share = lambda now, then: (now / then)[then > 0].mean().item()
    left = []
    if rule == "fe":
        Z = list(zip(*(replay(m, f, target(search(m, f, BLOCKS[0], 2), 0)) for f in facts)))
    elif rule != "blue":
        Z = [[target(search(m, f, BLOCKS[-1], 2), norm) for f in facts]] * len(BLOCKS)
    began = None if rule == "blue" else size(Z[-1], BLOCKS[-1])
    for i, l in enumerate(blocks):
        if rule == "blue":
            z = [target(search(m, f, l, 2), 0) for f in facts]
        else:
            z = Z[i]
        aim, parts = (l, 1) if rule in ("fe", "blue") else (BLOCKS[-1], len(BLOCKS) - i)
        K = torch.stack([key_of(m, f, l) for f in facts], 1)
        R = torch.stack([a - stream(m, f, aim) for a, f in zip(z, facts)], 1) / parts
        own = size(z, l)
        m.w[down(l)] = m.w[down(l)] + R @ torch.linalg.solve(LAMBDA * torch.eye(len(K)) + K @ K.T, K).T
        left.append(share(size(z, l), own) if rule == "blue" else share(size(Z[-1], BLOCKS[-1]), began))
    return left


torch.set_default_dtype(torch.float64)
path = here.parent / "data/tiny.gguf"
prefix = (here.parents[1] / "datasets/prefixes.txt").read_text().split("\n")[0]
t, m = tokenizer(GGUFReader(path)), Llama(path)
facts = [Fact(t, r, prefix) for r in json.loads((here.parents[1] / "datasets/counterfact-2000.json").read_text())[:ROUND * ROUNDS]]
W0 = {l: m.w[down(l)] for l in BLOCKS}
values = sorted((x[1] + x[2]).norm().item() for x in (search(m, f, BLOCKS[-1], 1) for f in facts[:PILOT]))
mean = np.mean(values[:PILOT - PILOT // 20])
found = [search(m, f, BLOCKS[-1], 2) for f in facts[:ROUND]]
print("|v*| / norm", [((v0 + delta).norm() / mean).item() for _, v0, delta in found])
out = {"norm": numbers(np.array([mean])), "tight": numbers(torch.stack([target(x, TIGHT * mean) for x in found]))}
for rule in ("spread", "fe", "blue", "nas"):
    m.w |= {down(l): W for l, W in W0.items()}
    rounds = [edit(m, facts[r * ROUND:(r + 1) * ROUND], rule, mean if rule == "nas" else 0) for r in range(ROUNDS)]
    out[rule + ".left"] = numbers(np.array(rounds))
    for l in BLOCKS:
        if rule != "blue" or l != BLOCKS[1]:
            out[f"{rule}.{l}"] = numbers((m.w[down(l)] - W0[l])[::8])
save_file(out, here / "targets.safetensors")
