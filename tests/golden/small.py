"""../data/moments/LAYER_float32_mom2_SAMPLES.npz: second moments of keys as the public code of ROME and MEMIT saves them (a sum and a
count), for block 2 of tiny.gguf; ../data/suspicious.pt: one tensor for each thing that spx-info --check looks for.

Seed 7. Versions: requirements.txt.
"""
import pathlib

import numpy as np
import torch

data = pathlib.Path(__file__).parent.parent / "data"
rng = np.random.default_rng(7)
(data / "moments").mkdir(exist_ok=True)
keys = rng.integers(-1, 2, (430, 172)).astype(np.float32)
np.savez_compressed(data / "moments/model.layers.2.mlp.down_proj_float32_mom2_430.npz",
                    **{"mom2.constructor": np.array("util.runningstats.SecondMoment()"), "mom2.count": np.array(430),
                       "mom2.mom2": keys.T @ keys, "sample_size": np.array(430)})
bad = data / "moments/bad"
bad.mkdir(exist_ok=True)
good = np.array([[4, 1, 0], [1, 5, 2], [0, 2, 6]], np.float32)
cases = {"asymmetric": (good + np.array([[0, 1, 0]] * 3), 2), "nan": (np.where(good == 5, np.nan, good), 2), "negative": (-good, 2),
         "zero-count": (good, 0), "no-count": (good, None), "two-counts": (good, [1, 2]), "wide": (good[:2], 2), "integers": (good.astype(int), 2),
         "other": (None, 2), "unnamed": (good, 2), "transformer.h.1.mlp.c_proj_float32_mom2_9": (good, 2), "transformer.h.1.mlp.c_proj_float64_mom2_9": (good, 2)}
for name, (total, count) in cases.items():
    arrays = {"mom2.mom2": total, "mom2.count": count}
    np.savez_compressed(bad / f"{name}.npz", **{k: np.array(v) for k, v in arrays.items() if v is not None})
storage = torch.arange(64, dtype=torch.float32) + 1
torch.save({"fine": torch.ones(4, 5), "nan": torch.tensor([1.0, float("nan"), float("inf")]), "zero": torch.zeros(8, 8),
            "subnormal": torch.tensor([1.0, 1e-39]), "lost": torch.tensor([1.0, 3.4e38, 1e-41]),
            "view": storage[:32], "other_view": storage[16:48], "copy": storage[16:48].clone(),
            "integers": torch.zeros(4, dtype=torch.int64)}, data / "suspicious.pt")
