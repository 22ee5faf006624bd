"""Tiny models of every family and what Hugging Face transformers computes with them, in double.

usage: families.py

../data/families/<family>/       config.json and model.safetensors (BF16), as a hub would serve them
../data/families/<family>.gguf   the same weights as Q8_0 and F32, where llama.cpp has the family; named,
                                 permuted and transposed as its converter does
families.safetensors             for each family: ids and lengths of three sequences, logits, the residual
                                 stream behind every block, and the gradients of the sum over sequences of
                                 the mean NLL of the next token: with respect to the stream before and
                                 behind every block, and to the output of every FFN

Matrices are whole multiples of 2^-9 within +-127, so BF16 and Q8_0 hold the same numbers. Seed 1.
Versions: requirements.txt.
"""
import json
import pathlib
import shutil

import gguf
import numpy as np
import torch
import transformers as tf
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
data = here.parent / "data/families"
LENGTHS, V, D, F, H = (9, 3, 14), 160, 64, 96, 4

common = dict(vocab_size=V, hidden_size=D, intermediate_size=F, num_hidden_layers=2, num_attention_heads=H, max_position_embeddings=64,
              bos_token_id=0, eos_token_id=0)
gqa = dict(common, num_key_value_heads=2)
scaling = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)

# name -> (class of the configuration, its arguments, GGUF's architecture)
FAMILIES = {
    "llama": (tf.LlamaConfig, dict(gqa, rope_parameters=dict(scaling, rope_theta=500.0)), "llama"),
    "mistral": (tf.MistralConfig, dict(gqa, sliding_window=5, head_dim=24), None),
    "qwen2": (tf.Qwen2Config, dict(gqa, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1000.0)), "qwen2"),
    "qwen3": (tf.Qwen3Config, dict(gqa, head_dim=32), "qwen3"),
    "gpt2": (tf.GPT2Config, dict(vocab_size=V, n_embd=D, n_layer=2, n_head=H, n_inner=F, n_positions=64, bos_token_id=0, eos_token_id=0), "gpt2"),
    "gptj": (tf.GPTJConfig, dict(vocab_size=V, n_embd=D, n_layer=2, n_head=H, n_inner=F, n_positions=64, rotary_dim=8, bos_token_id=0,
                                 eos_token_id=0, tie_word_embeddings=False), None),
    "gpt_neox": (tf.GPTNeoXConfig, dict(common, rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.25)), "gptneox"),
    "phi": (tf.PhiConfig, dict(common, rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.5)), "phi2"),
    "gemma3": (tf.Gemma3TextConfig, dict(gqa, num_hidden_layers=3, head_dim=32, num_key_value_heads=1, query_pre_attn_scalar=32, sliding_window=5,
                                         layer_types=["sliding_attention", "sliding_attention", "full_attention"], tie_word_embeddings=True), "gemma3"),
}


def fill(model, g):
    """Matrices: normal, rounded to the grid; gains near 1 (Gemma: near 0); biases near 0."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            z = torch.randn(p.shape, generator=g, dtype=torch.float64)
            if p.ndim == 2:
                p.copy_((48 * z).round().clamp(-127, 127) / 512)
            else:
                gain = name.endswith("weight") and not isinstance(model, tf.Gemma3ForCausalLM)
                p.copy_((0.2 * z + gain).bfloat16().double())


def legacy(config):
    """The names that most published checkpoints use for positions: not `rope_parameters`."""
    c = json.loads(config.to_json_string(use_diff=False))
    rope = c.pop("rope_parameters", None)
    kind = c["model_type"]
    if kind in ("llama", "mistral", "qwen2", "phi"):
        c["rope_theta"] = rope.pop("rope_theta")
        if kind == "llama":
            c["rope_scaling"] = rope
        if kind == "phi":
            c["partial_rotary_factor"] = rope["partial_rotary_factor"]
    elif kind == "gpt_neox":
        c["rotary_emb_base"], c["rotary_pct"] = rope["rope_theta"], rope["partial_rotary_factor"]
    elif kind == "gemma3_text":
        c["rope_theta"], c["rope_local_base_freq"] = rope["full_attention"]["rope_theta"], rope["sliding_attention"]["rope_theta"]
        c["sliding_window_pattern"] = 3
        c.pop("layer_types")
    elif rope:
        c["rope_parameters"] = rope
    keep = {k: v for k, v in c.items() if k not in ("id2label", "label2id", "summary_type", "task_specific_params") and v is not None}
    return json.dumps(keep, indent=1, sort_keys=True) + "\n"


def blocks_of(model):
    base = model.base_model
    return base.h if hasattr(base, "h") else base.layers


def run(model, ids):
    """Logits, streams, FFN outputs (with gradients) of one sequence."""
    streams, ffns = [], []

    def before(_, args, kwargs):
        x = args[0] if args else kwargs["hidden_states"]
        if not streams:
            x.retain_grad()
            streams.append(x)

    def behind(_, args, out):
        x = out[0] if isinstance(out, tuple) else out
        x.retain_grad()
        streams.append(x)

    def ffn(_, args, out):
        out.retain_grad()
        ffns.append(out)

    hooks = [blocks_of(model)[0].register_forward_pre_hook(before, with_kwargs=True)]
    for b in blocks_of(model):
        hooks += [b.register_forward_hook(behind), b.mlp.register_forward_hook(ffn)]
    logits = model(torch.tensor(ids)[None], use_cache=False).logits[0]
    for h in hooks:
        h.remove()
    (-logits[:-1].log_softmax(-1)[range(len(ids) - 1), ids[1:]].mean()).backward()
    return logits.detach(), [s.detach()[0] for s in streams], [s.grad[0] for s in streams], [f.grad[0] for f in ffns]


def golden(model, rng):
    out = {"length": torch.tensor(LENGTHS), "ids": torch.tensor(np.concatenate([rng.integers(1, V, n) for n in LENGTHS]))}
    parts, at = [], 0
    for n in LENGTHS:
        parts.append(run(model, out["ids"][at:at + n].tolist()))
        at += n
    out["logits"] = torch.cat([p[0] for p in parts])
    for l in range(len(parts[0][1])):
        out[f"stream{l}"], out[f"dstream{l}"] = (torch.cat([p[k][l] for p in parts]) for k in (1, 2))
    for l in range(len(parts[0][3])):
        out[f"dffn{l}"] = torch.cat([p[3][l] for p in parts])
    return {k: v.float().reshape(len(v), -1).contiguous() for k, v in out.items()}


def permute(w, heads):
    """Rows of each head from halves to pairs, as llama.cpp's converter stores q and k of LLaMA."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def rope_factors(c):
    p, dim = c.rope_parameters, c.head_dim
    freqs = 1.0 / p["rope_theta"] ** (np.arange(0, dim, 2) / dim)
    low, high = p["original_max_position_embeddings"] / p["low_freq_factor"], p["original_max_position_embeddings"] / p["high_freq_factor"]
    out = []
    for f in freqs:
        wave = 2 * np.pi / f
        smooth = (p["original_max_position_embeddings"] / wave - p["low_freq_factor"]) / (p["high_freq_factor"] - p["low_freq_factor"])
        out.append(1 if wave < high else p["factor"] if wave > low else 1 / ((1 - smooth) / p["factor"] + smooth))
    return np.array(out, dtype=np.float32)


def q8_0(w):
    """Blocks of 32 with scale 2^-9: exact for weights on the grid."""
    blocks = (w * 512).round().astype(np.int8).reshape(-1, 32)
    scale = np.full((len(blocks), 1), 2.0 ** -9, np.float16).view(np.uint8)
    packed = np.concatenate([scale, blocks.view(np.uint8)], 1)
    return packed.reshape(w.shape[0], -1)


def convert(arch, name, w, c):
    """A Hugging Face tensor as llama.cpp's converter would store it."""
    heads, kv = c.num_attention_heads, getattr(c, "num_key_value_heads", None) or c.num_attention_heads
    if arch == "llama" and ("q_proj" in name or "k_proj" in name):
        return permute(w, heads if "q_proj" in name else kv)
    if arch == "gpt2" and w.ndim == 2 and (".c_" in name):
        return w.T
    if arch == "gptneox" and "query_key_value" in name:
        return w.reshape(heads, 3, -1, *w.shape[1:]).swapaxes(0, 1).reshape(w.shape)
    if arch == "gemma3" and name.endswith("norm.weight"):
        return w + 1
    return w


def write_gguf(path, arch, model):
    c = model.config
    w = gguf.GGUFWriter(path, arch)
    names = gguf.get_tensor_name_map(next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch), c.num_hidden_layers)
    head = getattr(c, "head_dim", None) or D // H
    w.add_context_length(64)
    w.add_block_count(c.num_hidden_layers)
    w.add_embedding_length(D)
    w.add_feed_forward_length(F)
    w.add_head_count(H)
    w.add_head_count_kv(getattr(c, "num_key_value_heads", None) or H)
    if arch in ("gpt2", "gptneox", "phi2"):
        w.add_layer_norm_eps(getattr(c, "layer_norm_eps", None) or c.layer_norm_epsilon)
    else:
        w.add_layer_norm_rms_eps(c.rms_norm_eps)
    if arch in ("qwen3", "gemma3"):
        w.add_key_length(head)
        w.add_value_length(head)
    if arch == "gptneox":
        w.add_parallel_residual(True)
    if arch != "gpt2":
        rope = c.rope_parameters if arch != "gemma3" else c.rope_parameters["full_attention"]
        w.add_rope_freq_base(rope["rope_theta"])
        w.add_rope_dimension_count(int(head * rope.get("partial_rotary_factor", 1)))
    if arch == "gemma3":
        w.add_sliding_window(5)
        w.add_sliding_window_pattern(3)
    if arch == "llama":
        w.add_tensor("rope_freqs.weight", rope_factors(c))
    for name, t in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        a = np.ascontiguousarray(convert(arch, name, t.detach().double().numpy(), c))
        to = names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert to, name
        if a.ndim == 2:
            w.add_tensor(to, q8_0(a), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            w.add_tensor(to, a.astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main():
    out = {}
    shutil.rmtree(data, ignore_errors=True)
    for i, (name, (kind, args, arch)) in enumerate(FAMILIES.items()):
        torch.manual_seed(1)
        model = tf.AutoModelForCausalLM.from_config(kind(**args), attn_implementation="eager").double().eval()
        fill(model, torch.Generator().manual_seed(1 + i))
        (data / name).mkdir(parents=True)
        state = {k: v.bfloat16().contiguous() for k, v in model.state_dict().items()
                 if not (k == "lm_head.weight" and model.config.tie_word_embeddings)}
        save_file(state, data / name / "model.safetensors", metadata={"format": "pt"})
        (data / name / "config.json").write_text(legacy(model.config))
        if arch:
            write_gguf(data / f"{name}.gguf", arch, model)
        out.update({f"{name}.{k}": v for k, v in golden(model, np.random.default_rng(1 + i)).items()})
    save_file(out, here / "families.safetensors")


main()
