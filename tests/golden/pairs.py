"""../data/pairs/FAMILY.safetensors and FAMILY.gguf: one small model with random weights, as `transformers` keeps it and as llama.cpp's
converter lays it out (conversion/*.py there, modify_tensors), written by `safetensors` and `gguf`.

Seed 6. Versions: requirements.txt.
"""
import pathlib

import gguf
import torch
from gguf import MODEL_ARCH as ARCH
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

BASE = dict(vocab_size=8, hidden_size=16, intermediate_size=12, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0,
            bos_token_id=0, eos_token_id=0)
FAMILIES = {
    "llama": ("llama", ARCH.LLAMA, dict(BASE, num_key_value_heads=1, attention_bias=True)),
    "qwen2": ("qwen2", ARCH.QWEN2, dict(BASE, num_key_value_heads=1)),
    "gemma2": ("gemma2", ARCH.GEMMA2, dict(BASE, num_key_value_heads=1, head_dim=8)),
    "gptneox": ("gpt_neox", ARCH.GPTNEOX, BASE),
    "gpt2": ("gpt2", ARCH.GPT2, dict(vocab_size=8, n_embd=16, n_layer=1, n_head=2, n_positions=4, bos_token_id=0, eos_token_id=0)),
    "phi3": ("phi3", ARCH.PHI3, dict(BASE, num_key_value_heads=1)),
}
folder = pathlib.Path(__file__).parent.parent / "data/pairs"
folder.mkdir(exist_ok=True)


def converted(arch, name, x):
    if arch == ARCH.LLAMA and name.split(".")[-2] in ("q_proj", "k_proj"):  # heads of 8 rows
        return x.reshape(-1, 2, 4, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)
    if arch == ARCH.GPTNEOX and "query_key_value" in name:
        return x.reshape(2, 3, 8, *x.shape[1:]).swapaxes(0, 1).reshape(x.shape)
    if arch == ARCH.GEMMA2 and name.endswith("norm.weight"):
        return x + 1
    if arch == ARCH.GPT2 and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        return x.T
    return x


for family, (kind, arch, settings) in FAMILIES.items():
    torch.manual_seed(6)
    names = gguf.get_tensor_name_map(arch, 1)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **settings))
    # values of bf16 precision, so that adding 1 rounds nothing away
    weights = {n: torch.randn(x.shape).to(torch.bfloat16).float() for n, x in model.state_dict().items()}
    weights = {n: x for n, x in weights.items() if names.get_name(n, try_suffixes=(".weight", ".bias"))}
    save_file(weights, folder / f"{family}.safetensors", metadata={"format": "pt"})
    w = gguf.GGUFWriter(folder / f"{family}.gguf", gguf.MODEL_ARCH_NAMES[arch])
    w.add_embedding_length(16)
    w.add_head_count(2)
    if "head_dim" in settings:
        w.add_key_length(8)
    for n, x in weights.items():
        w.add_tensor(names.get_name(n, try_suffixes=(".weight", ".bias")), converted(arch, n, x).contiguous().numpy())
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
