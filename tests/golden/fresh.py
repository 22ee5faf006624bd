"""Two matrices of 64 x 80 in F16: one with directions above its noise, as training leaves them, and one of independent normal
entries, as it is after initialisation. Writes fresh-trained.safetensors and fresh-initial.safetensors beside this file.

Seed 7; NumPy 2.4.6 alone.
"""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(7)
ROWS, COLS = 64, 80
noise = rng.normal(0, 0.02, (2, ROWS, COLS))
spikes = sum(4 / (i + 1) * np.outer(rng.normal(0, ROWS**-0.5, ROWS), rng.normal(0, COLS**-0.5, COLS)) for i in range(12))
for name, w in (("trained", noise[0] + spikes), ("initial", noise[1])):
    data = w.astype("<f2").tobytes()
    head = json.dumps({"model.layers.0.mlp.down_proj.weight":
                       {"dtype": "F16", "shape": [ROWS, COLS], "data_offsets": [0, len(data)]}}).encode()
    pathlib.Path(__file__).with_name(f"fresh-{name}.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)
