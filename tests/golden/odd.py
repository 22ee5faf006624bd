"""Checkpoints with odd tensors, containers and names, and the same values in plain safetensors (tests/data/odd).

Run beside this file: python odd.py ../data/odd. Seed 8. torch 2.15.0, safetensors 0.8.0, numpy 2.4.6, gguf 0.19.0.
"""

import argparse
import collections
import io
import json
import os
import pickle
import sys
import zipfile

import gguf
import numpy as np
import torch
from safetensors.torch import save_file

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
torch.manual_seed(8)
rng = np.random.default_rng(8)


def path(name):
    return os.path.join(out, name)


# Views of every kind, and what they mean.
base = torch.randn(6, 8)
deep = torch.randn(2, 2, 2, 2, 3)
views = {
    "transposed": base.t(),
    "columns": base[:, 2:5],
    "steps": base[::2, ::3],
    "expanded": base[:1].expand(4, 8),
    "corner": base[2:, 1:].t()[1:3],
    "permuted": deep.permute(4, 0, 3, 1, 2),
    "many": torch.randn(1, 2, 1, 2, 1, 2, 1, 2, 1, 2).transpose(1, 9),
    "scalar": torch.tensor(2.5),
    "none": base[:0],
    "nothing": torch.zeros(3, 0, 2).transpose(0, 2),
    "half": base.half().t(),
    "whole": (base * 10).long().t(),
    "f8": base.to(torch.float8_e4m3fn).t(),
    "words": (base.abs() * 1000).to(torch.uint16).t(),
    "parameter": torch.nn.Parameter(base.t()),
}
torch.save(views, path("views.pt"))
plain = {k: v.detach().clone().contiguous() for k, v in views.items()}
plain["many"] = plain["many"].reshape(2, 2, 1, 2, 1, 2, 1, 2)  # axes beyond eight are taken together
save_file(plain, path("views.safetensors"))

# Types without values here, beside one with.
odd = {"complex": torch.randn(2, 3, dtype=torch.complex64), "plain": base, "sparse": torch.eye(3).to_sparse(),
       "negated": base._neg_view(), "e8m0": base.to(torch.float8_e8m0fnu)}
odd["quantised"] = torch.quantize_per_tensor(base, 0.1, 0, torch.qint8)
torch.save(odd, path("types.pt"))

# Containers.
state = {"layer.weight": base, "layer.bias": torch.arange(6.0)}
other = {"layer.weight": base + 1, "layer.bias": torch.arange(6.0)}
settings = argparse.Namespace(lr=0.1)
optimizer = {"state": {0: {"exp_avg": base}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
torch.save({"module": state, "optimizer": None, "mp_world_size": 1, "ds_config": {"zero": {}}, "ds_version": "0.14"},
           path("deepspeed.pt"))
torch.save({"module": state, "mp_world_size": 2, "ds_config": {}, "ds_version": "0.14"}, path("slice.pt"))
torch.save({"module": {k: v[:0] for k, v in state.items()}, "ds_config": {}, "ds_version": "0.14"}, path("zero3.pt"))
torch.save({"net": state, "args": settings, "best": np.float64(1.5), "order": np.arange(3), "names": {"a"}},
           path("net.pt"))
torch.save({"model": state, "optimizer": optimizer, "iter_num": 5, "best_val_loss": torch.tensor(1.5)}, path("nanogpt.pt"))
torch.save({"ema": other, "model": state, "epoch": 3}, path("ema.pt"))
torch.save({"gen": state, "disc": other}, path("two.pt"))
torch.jit.save(torch.jit.script(torch.nn.Identity()), path("script.pt"))
torch.save({0: base, 1: base + 1}, path("numbers.pt"))
torch.save(state | {"buffers": other}, path("beside.pt"))
torch.save({"checkpoint": {"weights": state}}, path("deep.pt"))
torch.save(base.t(), path("bare.pt"))
torch.save([base, base + 1], path("list.pt"))



# Descriptions that do not fit the 16 bytes of their storage, or hold themselves.
class Call:
    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Storages(pickle.Pickler):
    def persistent_id(self, o):
        return o if isinstance(o, tuple) and o[:1] == ("storage",) else None


def view(*args, last=()):
    return Call(torch._utils._rebuild_tensor_v3 if last else torch._utils._rebuild_tensor_v2, *args, False, collections.OrderedDict(), *last)


floats, raw = (("storage", t, "0", "cpu", 4) for t in (torch.FloatStorage, torch.storage.UntypedStorage))
itself = {}
itself.update({f"k{i}": itself for i in range(300)})
hostile = {"strides": {"a": view(floats, 0, (2, 2), (4, 1))}, "wrap": {"a": view(floats, 0, (3, 1), (1 << 62, 1))},
           "expand": {"a": view(floats, 0, (1 << 14, 1 << 14), (0, 0))}, "untyped": {"a": view(raw, 0, (4,), (1,))},
           "no-type": {"a": view(raw, 0, (4,), (1,), last=(torch.device,))}, "itself": itself,
           "axes": {"a": view(floats, 0, (1,) * 65, (1,) * 65)}}
for name, value in hostile.items():
    stream = io.BytesIO()
    Storages(stream, protocol=2).dump(value)
    with zipfile.ZipFile(path(f"hostile-{name}.pt"), "w") as z:
        z.writestr(zipfile.ZipInfo("archive/data.pkl"), stream.getvalue())
        z.writestr(zipfile.ZipInfo("archive/data/0"), bytes(16))

# NumPy: byte orders, Fortran's order, records, nothing.
a = rng.standard_normal((3, 4)).astype("<f4")
np.save(path("plain.npy"), a)
np.save(path("big.npy"), a.astype(">f4"))
np.save(path("fortran.npy"), np.asfortranarray(a))
np.save(path("big-fortran.npy"), np.asfortranarray(a.astype(">f8")))
np.save(path("empty.npy"), np.zeros((0, 4), "f4"))
np.save(path("records.npy"), np.zeros(3, dtype=[("a", "<f4"), ("b's", "<i8", (2,))]))
np.save(path("complex.npy"), np.zeros((2, 2), "c8"))
np.savez(path("odd.npz"), a=a, none=np.zeros((0, 3)), z=np.zeros(2, "c16"), big=a.astype(">f2"), text=np.array("abc"))

# A text model, and files in which a tower has the same names from the block on.
f32 = lambda *shape: torch.from_numpy(rng.standard_normal(shape).astype(np.float32))
text = {f"model.layers.{i}.mlp.fc2.weight": f32(8, 12) for i in range(2)}
tower = {f"vision_tower.vision_model.encoder.layers.{i}.mlp.fc2.weight": f32(8, 12) for i in range(2)}
edited = {k: v + 0.1 * f32(8, 1) @ f32(1, 12) for k, v in text.items()}
save_file(text, path("text.safetensors"))
save_file(edited, path("text-edited.safetensors"))
save_file(tower | {"language_" + k: v for k, v in text.items()}, path("vlm.safetensors"))
save_file({"one." + k: v for k, v in text.items()} | {"two." + k: v + 0 for k, v in text.items()}, path("ambiguous.safetensors"))

# Experts, stacked and apart, before and after an edit of one.
stack = f32(3, 8, 12)
save_file({"model.layers.0.mlp.experts.down_proj": stack, "model.layers.0.mlp.gate.weight": f32(3, 8),
           "model.layers.0.input_layernorm.weight": torch.ones(8)}, path("stacked.safetensors"))
after = stack.clone()
after[1] += f32(8, 1) @ f32(1, 12)
save_file({f"model.layers.0.mlp.experts.{i}.down_proj.weight": after[i].clone() for i in range(3)}, path("experts.safetensors"))

# Names that a path cannot hold.
save_file({n: f32(4, 6) for n in ("params/layers_0/mlp", "params/layers_0/mlp/wo/kernel", ".", "..", "a//b", "100%25", "long" * 200)},
          path("names.safetensors"))

# An index that says which of two shards counts.
os.makedirs(path("overlay"), exist_ok=True)
save_file(text, path("overlay/model-00001-of-00001.safetensors"))
key = "model.layers.1.mlp.fc2.weight"
save_file({key: edited[key]}, path("overlay/model-overlay.safetensors"))
with open(path("overlay/model.safetensors.index.json"), "w") as f:
    json.dump({"metadata": {}, "weight_map": {"model.layers.0.mlp.fc2.weight": "model-00001-of-00001.safetensors",
                                              key: "model-overlay.safetensors"}}, f)

# A model in GPT-2's names stored outputs x inputs, as GPT-Neo's.
h = "transformer.h.0."
neo = {h + "mlp.c_fc.weight": f32(16, 4), h + "mlp.c_proj.weight": f32(4, 16), h + "mlp.c_proj.bias": f32(4),
       h + "attn.c_proj.weight": f32(4, 4)}
save_file(neo, path("neo.safetensors"))
save_file({k: v.t().contiguous() for k, v in neo.items()}, path("gpt2.safetensors"))

# GGUF: arrays of arrays, experts, a type of its own, an axis of length 0.
w = gguf.GGUFWriter(path("odd.gguf"), "llama")
w.add_array("odd.nested", [[1, 2], [3]])
w.add_array("odd.texts", [["a", "bc"], ["d"]])
w.add_uint32("llama.block_count", 1)
w.add_tensor("blk.0.ffn_down_exps.weight", rng.standard_normal((3, 4, 6)).astype(np.float32))
w.add_tensor("blk.0.ffn_down.weight", rng.standard_normal((4, 6)).astype(np.float32))
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
