"""Target search in PyTorch, float32, frozen weights, one fact after another, the fact's prompts padded to one batch.
Settings: the preset's. MODE:

public   as public editors run it: every step runs the whole model, forward and backward, and all logits
cached   everything up to the edited block runs once; a step runs the blocks above it and the logits that count

usage: edit_loop.py MODE MODEL.gguf FACTS.json PREFIXES PRESET COUNT THREADS [Z.txt]
       edit_loop.py MODE ... THREADS --flops
Prints seconds an edit, the mean final NLL and with --flops the GFLOP of an edit's products (torch's counter, which takes
time: not for timing); Z.txt receives a row of z a fact. Versions: ../golden/requirements.txt.
"""
import json
import sys
import time

from contextlib import nullcontext

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from torch.utils.flop_counter import FlopCounterMode

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

    def embed(self, ids):
        return self.w["token_embd.weight"][ids]

    def blocks(self, x, first, end, behind=None, change=None, keys=None):
        """A padded batch through blocks first .. end - 1; change(x) is applied behind block `behind`; a dictionary `keys`
        receives the inputs of the FFN's output projections by block."""
        n, t, _ = x.shape
        split = lambda y, heads: y.view(n, t, heads, self.h).transpose(1, 2)
        for l in range(first, end):
            p = lambda name: self.w[f"blk.{l}.{name}.weight"]
            y = self.norm(x, f"blk.{l}.attn_norm.weight")
            q, k = self.rope(split(y @ p("attn_q").T, self.heads)), self.rope(split(y @ p("attn_k").T, self.kv))
            v = split(y @ p("attn_v").T, self.kv)
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = x + a.transpose(1, 2).reshape(n, t, -1) @ p("attn_output").T
            y = self.norm(x, f"blk.{l}.ffn_norm.weight")
            inner = F.silu(y @ p("ffn_gate").T) * (y @ p("ffn_up").T)
            if keys is not None:
                keys[l] = inner
            x = x + inner @ p("ffn_down").T
            if l == behind:
                x = change(x)
        return x

    def logp(self, x):
        return (self.norm(x, "output_norm.weight") @ self.w["token_embd.weight"].T).log_softmax(-1)


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


def runner(m, mode, ids, subject, ends, target, layer):
    """Function of delta: log p at each editing prompt's target rows, log p behind the KL prompt's subject, h0."""
    rows, place = torch.arange(len(subject)), torch.tensor(subject)
    at = [(s, r) for s in range(len(subject) - 1) for r in range(ends[s] - len(target), ends[s])] + [(-1, subject[-1])]
    seq, row = (torch.tensor(x) for x in zip(*at))

    def add(x, delta):
        x = x.clone()
        x[rows, place] = x[rows, place] + delta
        return x

    with torch.no_grad():
        below = m.blocks(m.embed(ids), 0, layer + 1)
    h0 = below[0, subject[0]].clone()
    if mode == "cached":
        def run(delta):
            logp = m.logp(m.blocks(add(below, delta), layer + 1, m.layers)[seq, row])
            return logp[:-1], logp[-1]
    else:
        def run(delta):
            logp = m.logp(m.blocks(m.embed(ids), 0, m.layers, layer, lambda x: add(x, delta)))
            return logp[seq[:-1], row[:-1]], logp[-1, subject[-1]]
    return run, h0


def find_target(m, t, fact, prefixes, o, layer, mode):
    ids, subject, ends, target = batch_of(t, fact, prefixes)
    run, h0 = runner(m, mode, ids, subject, ends, target, layer)
    wanted = torch.tensor(target * (len(subject) - 1))[:, None]
    delta = torch.zeros_like(h0, requires_grad=True)
    adam, initial = torch.optim.Adam([delta], lr=o["v_lr"]), None
    for step in range(o["steps"]):
        adam.zero_grad()
        logp, now = run(delta)
        nll = -logp.gather(1, wanted).mean()
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
    return nll.item(), (h0 + delta).detach()


if __name__ == "__main__":
    mode, model, facts, prefixes, preset, count, threads = sys.argv[1:8]
    counting = sys.argv[8:] == ["--flops"]
    torch.set_num_threads(int(threads))
    reader = GGUFReader(model)
    m, t = Llama(reader), tokenizer(reader)
    o = json.load(open(preset))
    lines = open(prefixes).read().split("\n")[:o["contexts"]]
    layer = int(o["layers"].split("-")[1])
    facts = json.load(open(facts))[:int(count)]
    find_target(m, t, facts[0], lines, o | {"steps": 2}, layer, mode)  # warm
    counter = FlopCounterMode(display=False) if counting else nullcontext()
    began = time.time()
    with counter:
        found = [find_target(m, t, f, lines, o, layer, mode) for f in facts]
    gflop = f"\t{1e-9 * counter.get_total_flops() / len(facts):.1f}" if counting else ""
    print(f"{(time.time() - began) / len(facts):.4f}\t{sum(n for n, _ in found) / len(found):.4f}{gflop}")
    if len(sys.argv) > 8 and not counting:
        with open(sys.argv[8], "w") as out:
            out.writelines(" ".join(f"{x:.9g}" for x in z.tolist()) + "\n" for _, z in found)
