"""quantised.py FOLDER: for quantised.sh, checkpoints of eight FFN output projections of 1024 x 4096: FP8 with scales for blocks of
128 x 128, GPTQ's 4 bits in groups of 128, NF4 in groups of 64, and a twin in BF16 of the first. Seed 1; NumPy alone."""
import json
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(1)
ROWS, COLS, LAYERS = 1024, 4096, 8
NF4 = np.float32([-1, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.091050036, 0, 0.0795803, 0.1609302, 0.2461123,
                  0.33791524, 0.44070983, 0.562617, 0.72295684, 1])


def bf16(x):
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def write(name, tensors):
    head, at = {}, 0
    for n, (kind, x) in tensors.items():
        head[n] = {"dtype": kind, "shape": list(x.shape), "data_offsets": [at, at + x.nbytes]}
        at += x.nbytes
    text = json.dumps(head).encode()
    with open(folder / name, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for _, x in tensors.values():
            f.write(np.ascontiguousarray(x).tobytes())


every = np.arange(256)
exponent, part = every >> 3 & 15, every & 7
value = np.where(exponent > 0, (8 + part) * 2.0 ** (exponent - 10), part * 2.0**-9).astype(np.float32)
value[every >= 128] *= -1
order = np.argsort(value[np.isin(every & 127, [127], invert=True)], kind="stable")
codes_in_order = every[np.isin(every & 127, [127], invert=True)][order].astype(np.uint8)
fp8, twin, gptq, nf4 = {}, {}, {}, {}
for layer in range(LAYERS):
    name = f"model.layers.{layer}.mlp.down_proj."
    target = rng.normal(0, 90, (ROWS, COLS)).astype(np.float32)
    code = codes_in_order[np.clip(np.searchsorted(value[codes_in_order], target), 0, 253)]
    scale = rng.uniform(1e-4, 2e-4, (ROWS // 128, COLS // 128)).astype(np.float32)
    w = value[code] * scale.repeat(128, 0).repeat(128, 1)
    fp8 |= {name + "weight": ("F8_E4M3", code), name + "weight_scale_inv": ("F32", scale)}
    twin[name + "weight"] = ("BF16", bf16(w))
    words = lambda *shape: rng.integers(0, 2**32, shape, dtype=np.uint32)
    gptq |= {name + "qweight": ("I32", words(COLS // 8, ROWS)), name + "qzeros": ("I32", words(COLS // 128, ROWS // 8)),
             name + "scales": ("F16", rng.uniform(1e-3, 2e-3, (COLS // 128, ROWS)).astype(np.float16))}
    state = json.dumps({"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [ROWS, COLS]}).encode()
    nf4 |= {name + "weight": ("U8", rng.integers(0, 256, (ROWS * COLS // 2, 1), dtype=np.uint8)),
            name + "weight.absmax": ("F32", rng.uniform(0.05, 0.1, ROWS * COLS // 64).astype(np.float32)),
            name + "weight.quant_map": ("F32", NF4), name + "weight.quant_state.bitsandbytes__nf4": ("U8", np.frombuffer(state, np.uint8))}
for name, tensors in (("fp8", fp8), ("bf16", twin), ("gptq", gptq), ("nf4", nf4)):
    write(name + ".safetensors", tensors)
