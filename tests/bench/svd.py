"""svd.py: times a pair of matrices, and all matrices of a model, by spx's tools and by what a researcher would write.

svd.py pair BIN ROWS COLS    spx-compare and torch.linalg.svd in f32 and f64: values, k(tau), angles of both sides
svd.py model BIN MODEL       spx-spectrum on every matrix: seconds and peak memory
Packages: ../golden/requirements.txt. BIN holds the tools.
"""

import os
import subprocess
import sys
import tempfile
import time

TAU = 0.1


def measured(command):
    """Seconds and peak MiB of a command."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]}: status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, used.ru_maxrss / 1024


def write_pair(folder, rows, cols):
    import numpy as np
    from safetensors.numpy import save_file

    rng = np.random.default_rng(1)
    W = rng.standard_normal((rows, cols), dtype=np.float32)
    U, V = (rng.standard_normal((n, 64), dtype=np.float32) for n in (rows, cols))
    W += (U * (0.7 / np.sqrt(1 + np.arange(64, dtype=np.float32)))) @ V.T
    A, B = (rng.standard_normal((n, 100), dtype=np.float32) for n in (rows, cols))
    for name, M in (("base", W), ("edited", W + 0.02 * A @ B.T)):
        save_file({"model.layers.0.mlp.down_proj.weight": M}, f"{folder}/{name}.safetensors")


def torch_pair(folder, dtype):
    """Prints seconds and k. Runs in a separate process, so that its imports are not timed."""
    import torch
    from safetensors.torch import load_file

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    began = time.monotonic()
    parts = []
    for name in ("base", "edited"):
        W = load_file(f"{folder}/{name}.safetensors").popitem()[1].to(getattr(torch, dtype))
        parts.append(torch.linalg.svd(W, full_matrices=False))
    s = parts[0].S
    k = int(torch.searchsorted(torch.cumsum(s, 0), TAU * s.sum())) + 1
    for X in (parts[0].U[:, :k].T @ parts[1].U[:, :k], parts[0].Vh[:k] @ parts[1].Vh[:k].T):
        torch.acos(torch.linalg.svdvals(X).clamp(-1, 1))
    print(time.monotonic() - began, k)


def pair(binaries, rows, cols):
    with tempfile.TemporaryDirectory() as folder:
        write_pair(folder, rows, cols)
        files = [f"{folder}/{name}.safetensors" for name in ("base", "edited")]
        ours, peak = measured([f"{binaries}/spx-compare", *files, "--tau", str(TAU)])
        print(f"pair {rows} x {cols}\tseconds\tratio\tpeak MiB")
        print(f"spx-compare\t{ours:.1f}\t1\t{peak:.0f}", flush=True)
        for dtype in ("float32", "float64"):
            out = subprocess.run([sys.executable, __file__, "torch", folder, dtype], check=True, capture_output=True, text=True)
            seconds, k = out.stdout.split()
            print(f"torch.linalg.svd {dtype}, k = {k}\t{float(seconds):.1f}\t{float(seconds) / ours:.1f}", flush=True)


def model(binaries, path):
    roles = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    globs = [part for role in roles for part in ("-t", f"blk.*.{role}.weight")] + ["-t", "token_embd.weight"]
    seconds, peak = measured([f"{binaries}/spx-spectrum", path, *globs])
    print(f"{os.path.basename(path)}, every matrix\t{seconds:.2f} s\t{peak:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["pair"]:
        pair(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1:2] == ["torch"]:
        torch_pair(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["model"]:
        model(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
