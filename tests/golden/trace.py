"""Causal tracing of ../data/tiny.gguf in PyTorch, in double: every restored run a whole forward pass, beside
libspectra/edit/trace*.c, which runs only what differs.

usage: trace.py
trace.safetensors   20 prompts of random tokens (ids, length, rows of the subject's first and last token, the answer: the
                    model's first choice), the standard deviation of the subjects' embeddings, and for each prompt p(answer)
                    clean and corrupted, indirect effects (kinds x layers x tokens; windows of 3 blocks for the even and 4 for
                    the odd prompts) and their first order by autograd (stream, ffn, attention)
Seed 1; the noise is that of include/spx/rng.h, seed 1 for every prompt, SAMPLES samples. Versions: requirements.txt.
"""
import numpy as np
import torch
from safetensors.numpy import save_file

from forward import Llama, here, numbers

PROMPTS, SAMPLES = 20, 2
KINDS = [("stream", None), ("ffn", None), ("attention", None), ("stream", "ffn"), ("stream", "attention")]


class Xoshiro:
    """include/spx/rng.h: xoshiro256** seeded by splitmix64, normals by the polar method."""
    mask = 2**64 - 1

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = z = (seed + 0x9e3779b97f4a7c15) & self.mask
            z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & self.mask
            z = ((z ^ z >> 27) * 0x94d049bb133111eb) & self.mask
            self.s.append(z ^ z >> 31)

    def turn(self, x, k):
        return (x << k | x >> 64 - k) & self.mask

    def next(self):
        s = self.s
        out, t = (self.turn(s[1] * 5 & self.mask, 7) * 9) & self.mask, s[1] << 17 & self.mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.turn(s[3], 45)
        return out

    def normal(self):
        while True:
            x, y = (2 * ((self.next() >> 11) * 2.0**-53) - 1 for _ in range(2))
            q = x * x + y * y
            if 0 < q < 1:
                return x * np.sqrt(-2 * np.log(q) / q)


class Traced(Llama):
    def states(self, x, touch=lambda l, site, x: x):
        """The stream from the embeddings x on; touch sees, and may replace, what is at every site."""
        for l in range(self.layers):
            mid = x + touch(l, "attention", self.after_attention(l, x) - x)
            p = lambda name: self.w[f"blk.{l}.{name}.weight"]
            n = self.norm(mid, p("ffn_norm"))
            ffn = (torch.nn.functional.silu(n @ p("ffn_gate").T) * (n @ p("ffn_up").T)) @ p("ffn_down").T
            if touch is plain:
                assert torch.allclose(mid + ffn, self.block(l, x), atol=1e-12)
            x = touch(l, "stream", mid + touch(l, "ffn", ffn))
        return x

    def after_attention(self, l, x):
        """The stream between attention and FFN: block() with the FFN's output taken off."""
        name = f"blk.{l}.ffn_down.weight"
        W = self.w[name]
        self.w[name] = torch.zeros_like(W)
        mid = self.block(l, x)
        self.w[name] = W
        return mid

    def answer(self, x, token):
        z = self.norm(x[-1], self.w["output_norm.weight"]) @ self.w["token_embd.weight"].T
        return z.softmax(-1)[token]


def plain(l, site, x):
    return x


def kept(m, x):
    """All states of a run, {(layer, site): rows x d}, and its end."""
    out = {}

    def touch(l, site, x):
        out[l, site] = x
        return x
    return out, m.states(x, touch)


def window(m, site, l, size):
    size = 1 if site == "stream" else size
    return range(max(0, l - size // 2), min(m.layers, l + (size + 1) // 2))


def noised(m, ids, first, last, deviation):
    rng, out = Xoshiro(1), []
    for _ in range(SAMPLES):
        x = m.w["token_embd.weight"][ids].clone()
        for r in range(first, last + 1):
            for j in range(x.shape[1]):
                x[r, j] += 3 * deviation * rng.normal()
        out.append(x.float().double())
    return out


def effects(m, ids, first, inputs, token, size):
    clean, end = kept(m, m.w["token_embd.weight"][ids])
    m.states(m.w["token_embd.weight"][ids], plain)
    corrupt = [kept(m, x) for x in inputs]
    p_clean, p_corrupt = m.answer(end, token), sum(m.answer(e, token) for _, e in corrupt) / SAMPLES
    out = torch.zeros(len(KINDS), m.layers, len(ids), dtype=torch.double)
    for k, (site, severed) in enumerate(KINDS):
        for l in range(m.layers):
            for t in range(first, len(ids)):
                total = 0
                for x, (states, _) in zip(inputs, corrupt):
                    def touch(at, where, now):
                        now = now.clone()
                        if where == site and at in window(m, site, l, size):
                            now[t] = clean[at, where][t]
                        if where == severed:
                            now[t] = states[at, where][t]
                        return now
                    total += m.answer(m.states(x, touch), token)
                out[k, l, t] = total / SAMPLES - p_corrupt
    return p_clean, p_corrupt, out, clean


def first_order(m, ids, first, inputs, token, size, clean):
    each = {site: torch.zeros(m.layers, len(ids), dtype=torch.double) for site in ("stream", "ffn", "attention")}
    for x in inputs:
        with torch.enable_grad():
            states = {}

            def touch(l, site, now):
                states[l, site] = now if now.requires_grad else now.requires_grad_()
                states[l, site].retain_grad()
                return states[l, site]
            m.answer(m.states(x.clone().requires_grad_(), touch), token).backward()
        for (l, site), state in states.items():
            each[site][l] += ((clean[l, site] - state.detach()) * state.grad).sum(-1) / SAMPLES
    out = torch.zeros(3, m.layers, len(ids), dtype=torch.double)
    for k, site in enumerate(("stream", "ffn", "attention")):
        for l in range(m.layers):
            out[k, l, first:] = sum(each[site][i] for i in window(m, site, l, size))[first:]
    return out


def main():
    m, rng, out = Traced(here.parent / "data/tiny.gguf"), np.random.default_rng(1), {}
    prompts = []
    for _ in range(PROMPTS):
        n = int(rng.integers(4, 9))
        first = int(rng.integers(0, n - 1))
        prompts.append((rng.integers(1, 512, n), first, int(rng.integers(first, min(n, first + 4)))))
    numbers_of = torch.cat([m.w["token_embd.weight"][ids[a:b + 1]].flatten() for ids, a, b in prompts])
    deviation = numbers_of.std().item()
    answers, p, effect, order = [], [], [], []
    with torch.no_grad():
        for i, (ids, first, last) in enumerate(prompts):
            x = m.states(m.w["token_embd.weight"][ids])[-1]
            answers.append((m.norm(x, m.w["output_norm.weight"]) @ m.w["token_embd.weight"].T).argmax().item())
            inputs = noised(m, ids, first, last, deviation)
            clean, corrupt, e, states = effects(m, ids, first, inputs, answers[-1], 3 + i % 2)
            p.append([clean.item(), corrupt.item()])
            effect.append(e.flatten())
            order.append(first_order(m, ids, first, inputs, answers[-1], 3 + i % 2, states).flatten())
    save_file({"ids": numbers(np.concatenate([i for i, _, _ in prompts])), "length": numbers(np.array([len(i) for i, _, _ in prompts])),
               "first": numbers(np.array([a for _, a, _ in prompts])), "last": numbers(np.array([b for _, _, b in prompts])),
               "answer": numbers(np.array(answers)), "deviation": numbers(np.array([deviation])), "p": numbers(np.array(p)),
               "effect": numbers(torch.cat(effect)), "first_order": numbers(torch.cat(order))}, here / "trace.safetensors")


if __name__ == "__main__":
    main()
