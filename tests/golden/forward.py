"""Logits and gradients of an independent PyTorch implementation in double, beside the C runtime's.

usage: forward.py [SMOLLM2.gguf]

tiny.safetensors      of ../data/tiny.gguf: three sequences, all logits, the gradient of the mean NLL of
                      each next token with respect to the residual stream behind block 1
smollm2.safetensors   of SmolLM2-135M-Instruct Q4_1: every 16th logit of a prompt's last row, gradient of
                      -log p(" French") behind block 10
smollm2-tensors.json  SHA-256 of each of its tensors as `gguf` widens it to float
Seed 1. Versions: requirements.txt.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent


class Llama:
    def __init__(self, path):
        r = GGUFReader(path)
        key = lambda k: r.fields["llama." + k].contents()
        self.w = {t.name: torch.tensor(dequantize(t.data, t.tensor_type).reshape(t.shape[::-1].tolist())).double()
                  for t in r.tensors}
        self.layers, self.heads, self.kv = key("block_count"), key("attention.head_count"), key("attention.head_count_kv")
        self.eps, self.base = key("attention.layer_norm_rms_epsilon"), key("rope.freq_base")

    def norm(self, x, w):
        return x / (x.square().mean(-1, keepdim=True) + self.eps).sqrt() * w

    def rope(self, x):  # rows x heads x h as complex numbers turned by position
        rows, _, h = x.shape
        angle = torch.arange(rows).double()[:, None] * self.base ** (-torch.arange(0, h, 2).double() / h)
        turned = torch.view_as_complex(x.reshape(*x.shape[:-1], h // 2, 2)) * torch.polar(torch.ones_like(angle), angle)[:, None]
        return torch.view_as_real(turned).flatten(-2)

    def block(self, l, x):
        p = lambda name: self.w[f"blk.{l}.{name}.weight"]
        rows, d = x.shape
        n = self.norm(x, p("attn_norm"))
        split = lambda name, heads: (n @ p(name).T).reshape(rows, heads, -1)
        q, k, v = self.rope(split("attn_q", self.heads)), self.rope(split("attn_k", self.kv)), split("attn_v", self.kv)
        out = []
        for head in range(self.heads):
            g = head * self.kv // self.heads
            s = q[:, head] @ k[:, g].T / q.shape[-1] ** 0.5
            s = s.masked_fill(torch.ones(rows, rows).triu(1).bool(), -torch.inf)
            out.append(s.softmax(-1) @ v[:, g])
        x = x + torch.cat(out, 1) @ p("attn_output").T
        n = self.norm(x, p("ffn_norm"))
        return x + (torch.nn.functional.silu(n @ p("ffn_gate").T) * (n @ p("ffn_up").T)) @ p("ffn_down").T

    def run(self, ids, behind):
        """Logits of all rows and the residual stream behind a block, which logits depend on."""
        x = self.w["token_embd.weight"][ids]
        for l in range(behind + 1):
            x = self.block(l, x)
        x = middle = x.detach().requires_grad_()
        for l in range(behind + 1, self.layers):
            x = self.block(l, x)
        return self.norm(x, self.w["output_norm.weight"]) @ self.w["token_embd.weight"].T, middle


def numbers(x):
    return np.ascontiguousarray(torch.as_tensor(x).detach().numpy(), dtype=np.float32).reshape(len(x), -1)


def tiny():
    m, rng = Llama(here.parent / "data/tiny.gguf"), np.random.default_rng(1)
    ids, logits, residual, gradient = [], [], [], []
    for n in (7, 2, 19):
        seq = rng.integers(1, 512, n)
        z, middle = m.run(seq, 1)
        (-z[:-1].log_softmax(-1)[range(n - 1), seq[1:]].mean()).backward()
        ids.append(seq), logits.append(z), residual.append(middle), gradient.append(middle.grad)
    save_file({"ids": numbers(np.concatenate(ids)), "length": numbers(np.array([len(i) for i in ids])),
               "logits": numbers(torch.cat(logits)), "residual": numbers(torch.cat(residual)),
               "gradient": numbers(torch.cat(gradient))}, here / "tiny.safetensors")


def smollm2(path):
    from tokens import tokenizer
    r, m = GGUFReader(path), Llama(path)
    t = tokenizer(r)
    ids = t.encode("The mother tongue of Danielle Darrieux is").ids
    z, middle = m.run(ids, 10)
    (-z[-1].log_softmax(-1)[t.encode(" French").ids[0]]).backward()
    save_file({"ids": numbers(np.array(ids)), "target": numbers(np.array(t.encode(" French").ids)),
               "logits": numbers(z[-1, ::16]), "gradient": numbers(middle.grad)}, here / "smollm2.safetensors")
    sums = {x.name: hashlib.sha256(np.ascontiguousarray(dequantize(x.data, x.tensor_type), "<f4").tobytes()).hexdigest()
            for x in r.tensors}
    (here / "smollm2-tensors.json").write_text(json.dumps(sums, indent=0) + "\n")


if __name__ == "__main__":
    tiny()
    if len(sys.argv) > 1:
        smollm2(sys.argv[1])
