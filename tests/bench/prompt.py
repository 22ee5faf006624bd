"""prompt.py MODEL.gguf TEXT WINDOW WINDOWS THREADS DTYPE: what prompt.c does, by Hugging Face transformers."""
import pathlib
import sys
import time

import torch
from gguf import GGUFReader
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from tokens import tokenizer

path, text, window, windows, threads, dtype = pathlib.Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]), getattr(torch, sys.argv[6])
torch.set_num_threads(threads)
begun = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=dtype).eval()
opened = time.perf_counter() - begun
ids = torch.tensor(tokenizer(GGUFReader(path)).encode(pathlib.Path(text).read_text(encoding="utf-8")).ids)
best, nll, half = None, 0.0, window // 2
with torch.no_grad():
    for i in range(windows):
        w = ids[i * window:(i + 1) * window]
        begun = time.perf_counter()
        x = model.model(w[None]).last_hidden_state[0]
        took = time.perf_counter() - begun
        best = took if best is None else min(best, took)
        z = model.lm_head(x[half:window - 1]).float().log_softmax(-1)
        nll -= z[range(half - 1), w[half + 1:]].double().sum().item()
print(f"{window / best:.1f}\t{torch.tensor(nll / (windows * (half - 1))).exp():.3f}\t{opened:.3f}")
