"""prompt_llama.py MODEL TEXT WINDOW WINDOWS THREADS: the same for llama.cpp by llama-cpp-python, which evaluates a window with its
head on every row: tokens a second (best window), perplexity of the second halves, seconds to open."""
import sys
import time

import llama_cpp
import numpy as np

path, text, window, windows, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
begun = time.perf_counter()
model = llama_cpp.Llama(path, n_ctx=window, n_batch=window, n_ubatch=window, n_threads=threads, n_threads_batch=threads,
                        logits_all=True, verbose=False)
opened = time.perf_counter() - begun
tokens = model.tokenize(open(text, "rb").read(), add_bos=False, special=False)
best, nll = None, 0.0
for at in range(windows):
    here = tokens[at * window:(at + 1) * window]
    model.reset()
    begun = time.perf_counter()
    model.eval(here)
    took = time.perf_counter() - begun
    best = took if best is None else min(best, took)
    z = np.asarray(model.scores[window // 2:window - 1], dtype=np.float64)
    z -= z.max(axis=1, keepdims=True)
    nll -= sum(z[i, here[window // 2 + i + 1]] - np.log(np.exp(z[i]).sum()) for i in range(len(z)))
print(f"{window / best:.1f}\t{np.exp(nll / (windows * (window // 2 - 1))):.3f}\t{opened:.3f}")
