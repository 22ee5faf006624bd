"""Fine-tuning of one FFN output projection of ../data/tiny.gguf in PyTorch, in double, beside libspectra/edit/finetune.c.

usage: finetune.py
finetune.safetensors   three facts of random tokens (ids: prompt and target without its last token), and for each loss
                       (last, forced): every 4th row of the gradient at W, of the change after EPOCHS epochs of batches of
                       two facts, and of the change clamped to CLAMP; the mean losses of the last epoch; and of "shuffled" the
                       same change for the forced loss with the facts in another order each epoch
Seed 1. Versions: requirements.txt.
"""

import numpy as np
import torch
from safetensors.numpy import save_file

from forward import Llama, here, numbers

LAYER, EPOCHS, BATCH, LR, CLAMP, SEED = 2, 6, 2, 1e-2, 5e-3, 7
MASK = 2 ** 64 - 1


class Rng:
    """xoshiro256** seeded by splitmix64 (Blackman and Vigna 2021): the kit's stream, include/spx/rng.h."""

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9e3779b97f4a7c15) & MASK
            z = ((seed ^ seed >> 30) * 0xbf58476d1ce4e5b9) & MASK
            z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
            self.s.append(z ^ z >> 31)

    def next(self):
        turn = lambda x, k: (x << k | x >> 64 - k) & MASK
        s = self.s
        out, t = turn(s[1] * 5 & MASK, 7) * 9 & MASK, s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return out

    def shuffle(self, x):
        for i in range(len(x), 1, -1):
            j = self.next() % i  # numbers so large that they are drawn again have no chance here
            x[i - 1], x[j] = x[j], x[i - 1]


def losses(m, dW, prompts, targets, forced):
    """Mean over the target's tokens of -log p, a fact each."""
    name = f"blk.{LAYER}.ffn_down.weight"
    out, W = [], m.w[name]
    m.w[name] = W + dW
    for prompt, target in zip(prompts, targets):
        ids = np.concatenate([prompt, target[:-1]]) if forced else prompt
        x = m.w["token_embd.weight"][ids]
        for l in range(m.layers):
            x = m.block(l, x)
        logp = (m.norm(x, m.w["output_norm.weight"]) @ m.w["token_embd.weight"].T).log_softmax(-1)
        rows = range(len(prompt) - 1, len(ids)) if forced else [len(prompt) - 1] * len(target)
        out.append(-logp[rows, target].mean())
    m.w[name] = W
    return torch.stack(out)


def tune(m, prompts, targets, forced, clamp, rng=None):
    dW = torch.zeros_like(m.w[f"blk.{LAYER}.ffn_down.weight"], requires_grad=True)
    adam = torch.optim.Adam([dW], lr=LR)
    order = list(range(len(prompts)))
    for _ in range(EPOCHS):
        total = 0
        if rng:
            rng.shuffle(order)
        for i in range(0, len(order), BATCH):
            each = losses(m, dW, [prompts[j] for j in order[i:i + BATCH]], [targets[j] for j in order[i:i + BATCH]], forced)
            adam.zero_grad()
            each.mean().backward()
            adam.step()
            total += each.sum().item()
            if clamp:
                with torch.no_grad():
                    dW.clamp_(-clamp, clamp)
    return dW.detach(), total / len(prompts)


m, rng = Llama(here.parent / "data/tiny.gguf"), np.random.default_rng(1)
prompts = [rng.integers(1, 512, n) for n in (7, 4, 11)]
targets = [rng.integers(1, 512, n) for n in (2, 1, 3)]
ids = [np.concatenate([p, t[:-1]]) for p, t in zip(prompts, targets)]
out = {"ids": numbers(np.concatenate(ids)), "length": numbers(np.array([len(i) for i in ids])),
       "target": numbers(np.concatenate(targets)), "targets": numbers(np.array([len(t) for t in targets]))}
for name, forced in (("last", False), ("forced", True)):
    dW = torch.zeros_like(m.w[f"blk.{LAYER}.ffn_down.weight"], requires_grad=True)
    losses(m, dW, prompts, targets, forced).mean().backward()
    free, loss = tune(m, prompts, targets, forced, 0)
    held, held_loss = tune(m, prompts, targets, forced, CLAMP)
    out |= {f"{name}.gradient": numbers(dW.grad[::4]), f"{name}.free": numbers(free[::4]),
            f"{name}.held": numbers(held[::4]), f"{name}.loss": numbers(np.array([loss, held_loss]))}
mixed, loss = tune(m, prompts, targets, True, 0, Rng(SEED))
out |= {"shuffled.free": numbers(mixed[::4]), "shuffled.loss": numbers(np.array([loss]))}
save_file(out, here / "finetune.safetensors")
