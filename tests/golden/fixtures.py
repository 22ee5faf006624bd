"""Small GGUF files for tests that must be fast, written with the public `gguf` package.

usage: fixtures.py STORIES260K.bin   (llama2.c, version 0; MIT)

../data/tiny.gguf      stories260K in mixed types, with a byte-level BPE learned from ../../datasets
../data/gpt2.gguf      the same vocabulary under the pre-tokenizer gpt-2; no model
../data/dequant.gguf   each type next to what `gguf` widens it to, as F32 tensors NAME.expected
../data/sharded, ../data/split-*.gguf   one checkpoint in two files each
../data/*.pt, *.npz, *.npy   what torch and NumPy write, beside state.safetensors
../data/hf-block0.safetensors   block 0 of tiny.gguf as Hugging Face has it
../data/encode.gguf   values in each type that can be written, as `gguf` rounds them
../data/hostile/   archives that must be refused
../data/dtypes.safetensors   every type of that format beside its values as F64 tensors NAME.expected
Seed 1. Versions: requirements.txt.
"""
import collections
import io
import json
import os
import pathlib
import pickle
import shutil
import struct
import sys
import zipfile

import gguf
import numpy as np
import torch
from gguf.quants import dequantize, quantize
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TYPES = gguf.GGMLQuantizationType
here = pathlib.Path(__file__).parent
data = here.parent / "data"


def vocabulary():
    """512 tokens: one control token, 256 bytes, 255 merges."""
    records = json.loads((here.parent.parent / "datasets/counterfact-2000.json").read_text())
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=512, special_tokens=["<|endoftext|>"], show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    t.train_from_iterator((r["prompt"] for r in records), trainer)
    model = json.loads(t.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    return tokens, [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]


def add_tokenizer(w, pre):
    tokens, merges = vocabulary()
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre(pre)
    w.add_token_list(tokens)
    w.add_token_types([3] + [1] * (len(tokens) - 1))
    w.add_token_merges(merges)


def finish(w):
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def add(w, name, x, kind=TYPES.F32):
    w.add_tensor(name, quantize(np.ascontiguousarray(x, np.float32), kind), raw_dtype=kind)


def tiny(path):
    raw = path.read_bytes()
    d, f, layers, heads, kv_heads, vocab, context = struct.unpack_from("<7i", raw)
    at, floats = 0, np.frombuffer(raw, "<f4", offset=28)

    def take(*shape):
        nonlocal at
        n = int(np.prod(shape))
        at += n
        return floats[at - n:at].reshape(shape)

    kv = d // heads * kv_heads
    embed, attn_norm = take(vocab, d), take(layers, d)
    q, k, v, o = take(layers, d, d), take(layers, kv, d), take(layers, kv, d), take(layers, d, d)
    ffn_norm, gate, down, up = take(layers, d), take(layers, f, d), take(layers, d, f), take(layers, f, d)
    final = take(d)
    w = gguf.GGUFWriter(data / "tiny.gguf", "llama")
    for field, value in (("block_count", layers), ("embedding_length", d), ("feed_forward_length", f), ("head_count", heads),
                         ("head_count_kv", kv_heads), ("context_length", context), ("vocab_size", vocab)):
        getattr(w, "add_" + field)(value)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_freq_base(10000.0)
    w.add_license("MIT")
    w.add_name("stories260K")
    add_tokenizer(w, "smollm")
    add(w, "token_embd.weight", embed, TYPES.Q8_0)
    for l in range(layers):
        for name, x, kind in (("attn_norm", attn_norm, TYPES.F32), ("attn_q", q, TYPES.F16), ("attn_k", k, TYPES.F16),
                              ("attn_v", v, TYPES.Q8_0), ("attn_output", o, TYPES.BF16), ("ffn_norm", ffn_norm, TYPES.F32),
                              ("ffn_gate", gate, TYPES.Q8_0), ("ffn_up", up, TYPES.Q8_0), ("ffn_down", down, TYPES.F32)):
            add(w, f"blk.{l}.{name}.weight", x[l], kind)
    add(w, "output_norm.weight", final)
    finish(w)


def gpt2():
    w = gguf.GGUFWriter(data / "gpt2.gguf", "llama")
    add_tokenizer(w, "gpt-2")
    add(w, "token_embd.weight", np.zeros((1, 32)))
    finish(w)


def random_blocks(rng, kind, rows, cols):
    """Random bytes, with scales that are finite halves; `gguf` widens these types but does not write them."""
    values, size = gguf.GGML_QUANT_SIZES[kind]
    raw = rng.integers(0, 256, (rows * cols // values, size), dtype=np.uint8)
    halves = {TYPES.Q2_K: (80, 82), TYPES.Q3_K: (108,), TYPES.Q4_K: (0, 2), TYPES.Q5_K: (0, 2), TYPES.Q6_K: (208,),
              TYPES.IQ4_NL: (0,)}[kind]
    for at in halves:
        raw[:, at:at + 2] = rng.normal(size=(len(raw), 1)).astype("<f2").view(np.uint8)
    return raw.reshape(rows, -1)


def dequant():
    rng = np.random.default_rng(1)
    w = gguf.GGUFWriter(data / "dequant.gguf", "llama")
    for kind in (TYPES.F32, TYPES.F16, TYPES.BF16, TYPES.Q8_0, TYPES.Q4_0, TYPES.Q4_1, TYPES.Q5_0, TYPES.Q5_1):
        x = (rng.standard_normal((6, 96)) * 10.0 ** rng.integers(-6, 4, (6, 1))).astype(np.float32)
        x[5, :32] = 0
        stored = quantize(x, kind)
        w.add_tensor(kind.name, stored, raw_dtype=kind)
        add(w, kind.name + ".expected", dequantize(stored, kind).reshape(x.shape))
    for kind in (TYPES.IQ4_NL, TYPES.Q2_K, TYPES.Q3_K, TYPES.Q4_K, TYPES.Q5_K, TYPES.Q6_K):
        stored = random_blocks(rng, kind, 3, 512)
        w.add_tensor(kind.name, stored, raw_dtype=kind)
        add(w, kind.name + ".expected", dequantize(stored, kind).reshape(3, 512))
    finish(w)


def encode():
    """One set of values in each type that can be written, as `gguf` rounds them: ties, subnormals, overflow of halves."""
    rng = np.random.default_rng(5)
    x = (rng.standard_normal((8, 64)) * 10.0 ** rng.integers(-9, 5, (8, 1))).astype(np.float32)
    x[0, :8] = [0, -0.0, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 65519, 65504, 2.0**-24, 2.0**-25]
    x[1, :4] = [1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.3e38, -1e-40]
    w = gguf.GGUFWriter(data / "encode.gguf", "llama")
    add(w, "x", x)
    for kind in (TYPES.F16, TYPES.BF16, TYPES.Q8_0):
        with np.errstate(over="ignore"):
            w.add_tensor(kind.name, quantize(np.where(abs(x) > 65504, 1, x) if kind == TYPES.Q8_0 else x, kind), raw_dtype=kind)
    add(w, "x.small", np.where(abs(x) > 65504, 1, x))
    finish(w)


def dtypes():
    """Every type of safetensors, written by `safetensors` from torch, beside its values as F64."""
    g = torch.Generator().manual_seed(1)
    x = torch.randn(5, 33, generator=g, dtype=torch.float64) * 10.0 ** torch.randint(-3, 3, (5, 1), generator=g)
    out = {}
    for name, kind in (("F64", torch.float64), ("F32", torch.float32), ("F16", torch.float16), ("BF16", torch.bfloat16),
                       ("F8_E4M3", torch.float8_e4m3fn), ("F8_E5M2", torch.float8_e5m2)):
        out[name] = x.to(kind)
    for name, kind in (("F8_E4M3.all", torch.float8_e4m3fn), ("F8_E5M2.all", torch.float8_e5m2)):
        out[name] = torch.arange(256, dtype=torch.int32).to(torch.uint8).view(kind).reshape(16, 16)
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        kind = getattr(torch, name)
        low, high = (torch.iinfo(kind).min, min(torch.iinfo(kind).max, 2**62))
        out[name.upper().replace("INT", "I").replace("UI", "U")] = torch.tensor([low, 0, 1, 100, high // 3, high], dtype=kind)
    out["BOOL"] = torch.tensor([True, False, True])
    out.update({name + ".expected": v.to(torch.float64).clone() for name, v in list(out.items())})
    save_file(out, data / "dtypes.safetensors", metadata={"who": "safetensors"})


def shards():
    """One small checkpoint in two shards with Hugging Face's index, and as a GGUF split in two."""
    g = torch.Generator().manual_seed(2)
    names = [f"model.layers.{l}.mlp.{m}_proj.weight" for l in range(2) for m in ("up", "down")]
    tensors = {n: torch.randn(*((12, 4) if "up" in n else (4, 12)), generator=g) for n in names}
    folder = data / "sharded"
    folder.mkdir(exist_ok=True)
    files = {n: f"model-0000{1 + i // 2}-of-00002.safetensors" for i, n in enumerate(names)}
    for file in sorted(set(files.values())):
        save_file({n: t for n, t in tensors.items() if files[n] == file}, folder / file, metadata={"format": "pt"})
    index = {"metadata": {"total_size": 4 * 192}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=0) + "\n")
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}) + "\n")
    for part in range(2):
        w = gguf.GGUFWriter(data / f"split-0000{part + 1}-of-00002.gguf", "llama")
        w.add_uint16("split.no", part)
        w.add_uint16("split.count", 2)
        w.add_int32("split.tensors.count", 4)
        for n in names[2 * part:2 * part + 2]:
            l, m = n.split(".")[2], "ffn_up" if "up" in n else "ffn_down"
            add(w, f"blk.{l}.{m}.weight", tensors[n].numpy())
        finish(w)


def zips():
    """PyTorch's and NumPy's own files, beside the same tensors in safetensors."""
    g = torch.Generator().manual_seed(3)
    t = {n: torch.randn(4, 6, generator=g).to(k) for n, k in
         (("a.double", torch.float64), ("b.float", torch.float32), ("c.half", torch.float16), ("d.bf16", torch.bfloat16))}
    t["e.long"] = torch.arange(-3, 9).reshape(3, 4)
    whole = torch.randn(10, 6, generator=g)
    t["f.part"] = whole[3:7]  # a view into a storage
    t["g.tied"] = t["b.float"]
    torch.save(t, data / "state.pt")
    torch.manual_seed(4)
    torch.save({"epoch": 3, "lr": 0.5, "name": "x", "done": True, "none": None, "steps": [1, 2, (3, 4)],
                "state_dict": torch.nn.Linear(6, 4).state_dict()}, data / "nested.pt")
    torch.save({"a": whole.T}, data / "view.pt")
    save_file({n: v.clone().contiguous() for n, v in t.items()}, data / "state.safetensors")
    n = {k.replace(".", "-"): v.numpy() for k, v in t.items() if "bf16" not in k}
    np.savez(data / "stored.npz", **n, text=np.array("words"), scalar=np.float64(2.5))
    np.savez_compressed(data / "packed.npz", **n, fortran=np.asfortranarray(n["a-double"]), empty=np.zeros((1,), "<i4"))
    np.save(data / "alone.npy", n["a-double"])


def hugging_face():
    """Block 0 of tiny.gguf under Hugging Face's names, rows of q and k in halves as transformers keeps them."""
    w = {t.name: torch.tensor(dequantize(t.data, t.tensor_type).reshape(t.shape[::-1].tolist())) for t in gguf.GGUFReader(data / "tiny.gguf").tensors}
    halves = lambda x, heads: x.reshape(heads, -1, 2, x.shape[1]).swapaxes(1, 2).reshape(x.shape).contiguous()
    p = "model.layers.0."
    save_file({p + "self_attn.q_proj.weight": halves(w["blk.0.attn_q.weight"], 8),
               p + "self_attn.k_proj.weight": halves(w["blk.0.attn_k.weight"], 4),
               p + "self_attn.v_proj.weight": w["blk.0.attn_v.weight"],
               p + "mlp.down_proj.weight": w["blk.0.ffn_down.weight"]}, data / "hf-block0.safetensors")


class Zeros(io.RawIOBase):
    """So many zero bytes."""

    def __init__(self, n):
        self.left = n

    def readable(self):
        return True

    def readinto(self, b):
        n = min(len(b), self.left)
        b[:n] = bytes(n)
        self.left -= n
        return n


class System:
    def __reduce__(self):
        return os.system, ("touch run-by-a-pickle",)


def hostile():
    """Archives that must be refused."""
    folder = data / "hostile"
    folder.mkdir(exist_ok=True)
    torch.save({"a": torch.zeros(2), "b": System()}, folder / "system.pt")
    (folder / "bare.pt").write_bytes(pickle.dumps({"a": 1}, protocol=2))
    array = io.BytesIO()
    np.save(array, np.zeros((2, 2)))
    with zipfile.ZipFile(folder / "dotdot.npz", "w") as z:
        z.writestr(zipfile.ZipInfo("../../a.npy"), array.getvalue())
    with zipfile.ZipFile(folder / "twice.npz", "w") as z:
        z.writestr(zipfile.ZipInfo("a.npy"), array.getvalue())
        z.writestr(zipfile.ZipInfo("a.npy"), array.getvalue())
    with zipfile.ZipFile(folder / "text.npz", "w") as z:
        z.writestr(zipfile.ZipInfo("a.txt"), "no array")
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_BZIP2) as z, z.open("a.npy", "w", force_zip64=True) as f:
        shutil.copyfileobj(Zeros(1200 << 20), f, 1 << 20)


class Tensor:
    """A tensor's description as torch.save writes it, with what it says of storage, offset, extents and strides."""

    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, (*self.args, False, collections.OrderedDict())


class Storages(pickle.Pickler):
    def persistent_id(self, o):
        return o if isinstance(o, tuple) and o[:1] == ("storage",) else None


def hostile_tensors():
    """A state_dict of one tensor "a" that lies about itself; its storage is 16 bytes."""
    floats = ("storage", torch.FloatStorage, "0", "cpu", 4)
    cases = {"negative": (floats, 0, (-4,), (1,)), "huge": (floats, 0, (1 << 40, 1 << 40), (1 << 40, 1)),
             "behind": (floats, 1, (4,), (1,)), "far": (floats, (1 << 62), (4,), (1,)),
             "absent": (("storage", torch.FloatStorage, "../0", "cpu", 4), 0, (4,), (1,)),
             "complex": (("storage", torch.ComplexFloatStorage, "0", "cpu", 2), 0, (2,), (1,)), "five": (floats, 0, (1,) * 5, (1,) * 5)}
    for name, args in cases.items():
        text = io.BytesIO()
        Storages(text, protocol=2).dump({"a": Tensor(*args)})
        with zipfile.ZipFile(data / f"hostile/{name}.pt", "w") as z:
            z.writestr(zipfile.ZipInfo("archive/data.pkl"), text.getvalue())
            z.writestr(zipfile.ZipInfo("archive/data/0"), bytes(16))


data.mkdir(exist_ok=True)
tiny(pathlib.Path(sys.argv[1]))
gpt2()
dequant()
encode()
dtypes()
shards()
zips()
hugging_face()
hostile()
hostile_tensors()
