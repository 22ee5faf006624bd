"""What spectra.sh needs of Python.

make MODEL.gguf DIR          base and edited copies as Hugging Face folders in f32 and bf16; 20 stages of the five edited
                             matrices, each with a change of rank 100 more; seed 1234
weightwatcher DIR THREADS OUT.json   analyze() with its defaults; prints its own seconds
metrics                      in the folder of results: every metric that spx-spectrum and WeightWatcher both report
changes                      the same of the changes that spx-compare and, where it is installed, mergelens report
"""
import json
import pathlib
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

LAYERS = range(6, 11)
NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
CONFIG = dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=576, num_hidden_layers=30, num_attention_heads=9,
              num_key_value_heads=3, head_dim=64, intermediate_size=1536, vocab_size=49152, tie_word_embeddings=True, hidden_act="silu",
              max_position_embeddings=8192, rms_norm_eps=1e-5, rope_theta=100000.0)


def down(layer):
    return f"model.layers.{layer}.mlp.down_proj.weight"


def read_gguf(path):
    import gguf
    from gguf.quants import dequantize
    out = {}
    for t in gguf.GGUFReader(path).tensors:
        x = dequantize(t.data, t.tensor_type).reshape([int(n) for n in reversed(t.shape)])
        name = t.name.removesuffix(".weight")
        if name.startswith("blk."):
            _, layer, what = name.split(".")
            name = f"model.layers.{layer}.{NAMES[what]}"
        else:
            name = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}.get(name, name)
        out[name + ".weight"] = torch.from_numpy(np.array(x, np.float32))
    return out


def changed(w, generator):
    d = torch.randn(w.shape[0], 100, generator=generator, dtype=torch.float64) @ torch.randn(
        100, w.shape[1], generator=generator, dtype=torch.float64)
    return (w.double() + d * (0.1 * w.double().norm() / d.norm())).float().contiguous()


def make(model, folder):
    folder = pathlib.Path(folder)
    g = torch.Generator().manual_seed(1234)
    base = read_gguf(model)
    edited = dict(base)
    for layer in LAYERS:
        edited[down(layer)] = changed(base[down(layer)], g)
    for kind, weights in (("base", base), ("edited", edited)):
        for name, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16)):
            to = folder / f"{kind}-{name}"
            to.mkdir()
            save_file({k: v.to(dtype).contiguous() for k, v in weights.items()}, to / "model.safetensors",
                      metadata={"format": "pt"})
            (to / "config.json").write_text(json.dumps(CONFIG))
    now = {down(layer): base[down(layer)] for layer in LAYERS}
    for stage in range(1, 21):
        now = {k: changed(w, g) for k, w in now.items()}
        save_file(now, folder / f"stage-{stage}.safetensors")


def weightwatcher(path, threads, out):
    import weightwatcher as ww
    torch.set_num_threads(int(threads))
    layers = {}
    with safe_open(path + "/model.safetensors", "pt") as f:
        for name in f.keys():
            if f.get_slice(name).get_shape().__len__() == 2:
                layers[name] = f.get_tensor(name)
    model = torch.nn.ModuleDict()
    for name, w in layers.items():
        model[name.replace(".", "|")] = torch.nn.Linear(w.shape[1], w.shape[0], bias=False)
        model[name.replace(".", "|")].weight.data = w
    start = time.time()
    d = ww.WeightWatcher(model=model).analyze()
    print(f"analyze {time.time() - start:.2f} s")
    d["name"] = [n.replace("|", ".") for n in d["longname"]]
    d.to_json(out, orient="records")


def lines(path):
    return [json.loads(x) for x in open(path)]


def row(what, ours, theirs):
    print(f"{what}\t{ours}\t{theirs}")


def metrics():
    print("number\tours\ttheirs")
    ours = {(x["tensor"], x["metric"]): x["value"] for x in lines("spectra.jsonl")}
    theirs = json.load(open("ww.json"))
    row("matrices analysed (WeightWatcher leaves out those of 50,000 rows and 50 values)",
        len({t for t, _ in ours}), len(theirs))
    for mine, other in (("alpha", "alpha"), ("alpha_xmin", "xmin"), ("alpha_d", "D"), ("alpha_tail", "num_pl_spikes"),
                        ("alpha_weighted", "alpha_weighted"), ("log_alpha_norm", "log_alpha_norm"), ("energy", "norm"),
                        ("log_norm", "log_norm"), ("log_spectral_norm", "log_spectral_norm"), ("stable_rank", "stable_rank"),
                        ("entropy_squared", "entropy"), ("rank", "matrix_rank")):
        away = []
        for layer in theirs:
            a, b = ours.get((layer["name"], mine)), layer.get(other)
            if a is not None and b is not None:
                away.append(abs(a - b) / max(abs(b), 1e-300))
        row(f"{mine} = {other}: worst relative difference", f"{max(away):.1e}" if away else "-", f"{len(away)} matrices")


def overlap_of_mergelens(A, B):
    try:
        from mergelens.compare.metrics import spectral_subspace_overlap
    except ImportError:
        return "mergelens is not installed"
    return f"{spectral_subspace_overlap(A, B, 64):.6f} (mergelens, spectral_subspace_overlap)"


def changes():
    print("number\tours\ttheirs")
    for kind in ("f32", "bf16"):
        rank = [x["value"] for x in lines(f"compare-{kind}.jsonl") if x["metric"] == "change_rank"]
        row(f"rank of the five changes, {kind}", sorted(r for r in rank if r > 0), "none reports it")
        row(f"unchanged matrices, {kind}", sum(r == 0 for r in rank), "")
    ours = {x["tensor"]: x["value"] for x in lines("compare-64.jsonl") if x["metric"] == "lss_g" and x["side"] == "u"}
    with safe_open("base-f32/model.safetensors", "pt") as a, safe_open("edited-f32/model.safetensors", "pt") as b:
        for layer in LAYERS:
            A, B = a.get_tensor(down(layer)), b.get_tensor(down(layer))
            U, V = (torch.linalg.svd(x.double(), full_matrices=False)[0][:, :64] for x in (A, B))
            exact = float((U.T @ V).norm() ** 2 / 64)
            row(f"mean cos^2 of 64 angles, layer {layer}: {exact:.6f}", f"{ours[down(layer)]:.6f}",
                overlap_of_mergelens(A, B))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    elif sys.argv[1] == "weightwatcher":
        weightwatcher(*sys.argv[2:])
    elif sys.argv[1] == "metrics":
        metrics()
    elif sys.argv[1] == "changes":
        changes()
    else:
        sys.exit(__doc__)
