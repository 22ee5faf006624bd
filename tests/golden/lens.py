"""Directions of the residual stream in tokens, by NumPy alone, for tests/model/test_lens.c.

usage: lens.py    (numpy==2.5.5 safetensors==0.8.0)

lens.safetensors, F64, from ../data/families/FAMILY/model.safetensors (families.py) with directions of seed 4:
  FAMILY.u               3 x 64 directions
  FAMILY.ffn_out         3 x 160 cosines of what the FFN of block 1 writes
  FAMILY.attn_q          3 x 160 of what the queries of block 0 read
  FAMILY.ffn_up          3 x 160 of what the FFN of block 1 reads
"""
import json
import pathlib
import struct

import numpy as np
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent
PLACES = {  # final norm, norm before attention of 0, before FFN of 1, after FFN of 1, embedding, head; centred, 1 added
    "llama": ("model.norm", "model.layers.0.input_layernorm", "model.layers.1.post_attention_layernorm", None,
              "model.embed_tokens", "lm_head", False, 0),
    "gpt2": ("transformer.ln_f", "transformer.h.0.ln_1", "transformer.h.1.ln_2", None, "transformer.wte", "transformer.wte", True, 0),
    "gemma3": ("model.norm", "model.layers.0.input_layernorm", "model.layers.1.pre_feedforward_layernorm",
               "model.layers.1.post_feedforward_layernorm", "model.embed_tokens", "model.embed_tokens", False, 1),
}


def read(path):
    raw = path.read_bytes()
    n = struct.unpack("<Q", raw[:8])[0]
    out = {}
    for name, t in json.loads(raw[8:8 + n]).items():
        if name == "__metadata__":
            continue
        a, b = t["data_offsets"]
        bits = np.frombuffer(raw[8 + n + a:8 + n + b], np.uint16 if t["dtype"] == "BF16" else np.float32)
        x = (bits.astype(np.uint32) << 16).view(np.float32) if t["dtype"] == "BF16" else bits
        out[name] = x.reshape(t["shape"]).astype(float)
    return out


def centre(x, wanted):
    return x - x.mean(-1, keepdims=True) if wanted else x


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def rows(x):
    return unit(x - x.mean(0)).T


out = {}
for family, (final, before_q, before_ffn, after_ffn, embed, head, centred, one) in PLACES.items():
    w = read(here.parent / "data/families" / family / "model.safetensors")
    gain = lambda name: w[name + ".weight"] + one  # noqa: E731
    u = np.random.default_rng(4).standard_normal((3, 64))
    out[family + ".u"] = u
    written = u * gain(after_ffn) if after_ffn else u
    out[family + ".ffn_out"] = unit(centre(written, centred) * gain(final)) @ rows(w[head + ".weight"])
    out[family + ".attn_q"] = unit(centre(u * gain(before_q), centred)) @ rows(w[embed + ".weight"])
    out[family + ".ffn_up"] = unit(centre(u * gain(before_ffn), centred)) @ rows(w[embed + ".weight"])
save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, here / "lens.safetensors",
          metadata={"generator": "lens.py", "numpy": np.__version__})
