"""Target search as public editors run it, in PyTorch: for each fact a loop that runs the whole model forward and
backward in every step, float32, frozen weights, the fact's prompts padded to one batch. Settings: the preset's.

usage: edit_loop.py MODEL.gguf FACTS.json PREFIXES PRESET COUNT THREADS
Prints seconds an edit and the mean final NLL. Versions: ../golden/requirements.txt.
"""
import json
import sys
import time

import torch
from gguf import GGUFReader
from gguf.quants import dequantize

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/golden")
from tokens import tokenizer

F = torch.nn.functional


class Llama:
    def __init__(self, r):
        key = lambda k: r.fields["llama." + k].contents()
        self.w = {t.name: torch.tensor(dequantize(t.data, t.tensor_type).reshape(t.shape[::-1].tolist())) for t in r.tensors}
        self.layers, self.heads, self.kv = key("block_count"), key("attention.head_count"), key("attention.head_count_kv")
        self.eps, d = key("attention.layer_norm_rms_epsilon"), key("embedding_length")
        self.h = d // self.heads
        angle = torch.arange(512)[:, None] * key("rope.freq_base") ** (-torch.arange(0, self.h, 2) / self.h)
        self.cos, self.sin = angle.cos(), angle.sin()

    def norm(self, x, name):
        return F.rms_norm(x, x.shape[-1:], self.w[name], self.eps)

    def rope(self, x):
        a, b = x[..., 0::2], x[..., 1::2]
        c, s = self.cos[:x.shape[2]], self.sin[:x.shape[2]]
        return torch.stack((a * c - b * s, a * s + b * c), -1).flatten(-2)

    def run(self, ids, layer, change):
        """Logits of a padded batch; change(x) is applied to the residual stream behind `layer`."""
        p = lambda l, name: self.w[f"blk.{l}.{name}.weight"]
        x = self.w["token_embd.weight"][ids]
        n, t, _ = x.shape
        split = lambda y, heads: y.view(n, t, heads, self.h).transpose(1, 2)
        for l in range(self.layers):
            y = self.norm(x, f"blk.{l}.attn_norm.weight")
            q, k = self.rope(split(y @ p(l, "attn_q").T, self.heads)), self.rope(split(y @ p(l, "attn_k").T, self.kv))
            v = split(y @ p(l, "attn_v").T, self.kv)
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = x + a.transpose(1, 2).reshape(n, t, -1) @ p(l, "attn_output").T
            y = self.norm(x, f"blk.{l}.ffn_norm.weight")
            x = x + (F.silu(y @ p(l, "ffn_gate").T) * (y @ p(l, "ffn_up").T)) @ p(l, "ffn_down").T
            if l == layer:
                x = change(x)
        return self.norm(x, "output_norm.weight") @ self.w["token_embd.weight"].T


def last_before(encoding, end):
    return max(i for i, (a, _) in enumerate(encoding.offsets) if a < end)


def batch_of(t, fact, prefixes):
    """Padded ids, and for each sequence the subject's last row; the KL prompt is the last one."""
    target = t.encode(" " + fact["target_new"]).ids
    ids, subject = [], []
    for prefix in [""] + [p + " " for p in prefixes]:
        e = t.encode(prefix + fact["prompt"])
        subject.append(last_before(e, len(prefix) + fact["prompt"].index(fact["subject"]) + len(fact["subject"])))
        ids.append(e.ids + target[:-1])
    e = t.encode(fact["subject"] + " is a")
    subject.append(last_before(e, len(fact["subject"])))
    ids.append(e.ids)
    width = max(map(len, ids))
    ends = [len(i) for i in ids]
    return torch.tensor([i + [0] * (width - len(i)) for i in ids]), subject, ends, target


def find_target(m, t, fact, prefixes, o, layer):
    ids, subject, ends, target = batch_of(t, fact, prefixes)
    rows = torch.arange(len(subject))
    delta = torch.zeros(m.w["output_norm.weight"].numel(), requires_grad=True)
    h0, initial = None, None
    adam = torch.optim.Adam([delta], lr=o["v_lr"])

    def change(x):
        nonlocal h0
        if h0 is None:
            h0 = x[0, subject[0]].detach()
        moved = x.clone()
        moved[rows, subject] = moved[rows, subject] + delta
        return moved

    for step in range(o["steps"]):
        adam.zero_grad()
        logp = m.run(ids, layer, change).log_softmax(-1)
        nll = -torch.stack([logp[s, ends[s] - len(target):ends[s]].gather(1, torch.tensor(target)[:, None]).mean()
                            for s in range(len(subject) - 1)]).mean()
        now = logp[-1, subject[-1]]
        initial = now.detach() if initial is None else initial
        kl = F.kl_div(initial, now, reduction="sum", log_target=True)
        loss = nll + o["kl"] * kl + o["weight_decay"] * delta.norm() / h0.norm() ** 2
        if loss < o["stop"] or step + 1 == o["steps"]:
            break
        loss.backward()
        adam.step()
        with torch.no_grad():
            most = o["clamp"] * h0.norm()
            if delta.norm() > most:
                delta *= most / delta.norm()
    return nll.item()


if __name__ == "__main__":
    model, facts, prefixes, preset, count, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    reader = GGUFReader(model)
    m, t = Llama(reader), tokenizer(reader)
    o = json.load(open(preset))
    lines = open(prefixes).read().split("\n")[:o["contexts"]]
    layer = int(o["layers"].split("-")[1])
    facts = json.load(open(facts))[:int(count)]
    find_target(m, t, facts[0], lines, o, layer)  # warm
    began = time.time()
    nll = [find_target(m, t, f, lines, o, layer) for f in facts]
    print(f"{(time.time() - began) / len(facts):.4f}\t{sum(nll) / len(nll):.4f}")
