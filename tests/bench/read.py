"""read.py FILE [make]: the same as read.c with `safetensors` and NumPy; `make` writes FILE: 300 bf16 tensors of 1024 x 1024, seed 1."""
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

path, rounds = sys.argv[1], 7
if sys.argv[2:] == ["make"]:
    torch.manual_seed(1)
    save_file({f"model.layers.{i // 10}.w{i % 10}.weight": torch.randn(1024, 1024).to(torch.bfloat16) for i in range(300)}, path)
    sys.exit()
torch.set_num_threads(1)


def best(f):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        f()
        times.append(time.perf_counter() - began)
    return min(times)


def names():
    with safe_open(path, "pt") as f:
        return len(list(f.keys()))


out = np.empty((1024, 1024))


def with_numpy():
    with safe_open(path, "pt") as f:
        for k in f.keys():
            raw = f.get_tensor(k).view(torch.uint16).numpy()
            out[...] = (raw.astype(np.uint32) << 16).view(np.float32)


def with_torch():
    with safe_open(path, "pt") as f:
        for k in f.keys():
            torch.from_numpy(out).copy_(f.get_tensor(k))


size = 300 * 2 * 2**20
print(f"safetensors\topen\t{best(names) * 1e3:.3f} ms")
print(f"safetensors+numpy\twiden\t{size / best(with_numpy) / 1e9:.2f} GB/s of the file")
print(f"safetensors+torch\twiden\t{size / best(with_torch) / 1e9:.2f} GB/s of the file")
