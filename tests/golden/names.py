"""names.tsv: each family's tensors as `transformers` names them and as `gguf` names the same, with how many axes each has.

usage: names.py > names.tsv   (no weights: models of two blocks made on the meta device)

A head that a family ties to the embedding and GGUF leaves out has no second name. Versions: requirements.txt.
"""
import gguf
import torch
from gguf import MODEL_ARCH as ARCH
from transformers import AutoConfig, AutoModelForCausalLM

BASE = dict(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            pad_token_id=0, bos_token_id=0, eos_token_id=0)
GPT = dict(vocab_size=64, n_embd=32, n_layer=2, n_head=4, n_positions=16, bos_token_id=0, eos_token_id=0)
FAMILIES = {
    "llama": ("llama", ARCH.LLAMA, dict(BASE, num_key_value_heads=2)),
    "mistral": ("mistral", ARCH.LLAMA, dict(BASE, num_key_value_heads=2)),
    "qwen2": ("qwen2", ARCH.QWEN2, dict(BASE, num_key_value_heads=2)),
    "qwen3": ("qwen3", ARCH.QWEN3, dict(BASE, num_key_value_heads=2, head_dim=8)),
    "gemma": ("gemma", ARCH.GEMMA, dict(BASE, num_key_value_heads=1, head_dim=8)),
    "gemma2": ("gemma2", ARCH.GEMMA2, dict(BASE, num_key_value_heads=2, head_dim=8)),
    "gemma3": ("gemma3_text", ARCH.GEMMA3, dict(BASE, num_key_value_heads=2, head_dim=8)),
    "gpt2": ("gpt2", ARCH.GPT2, GPT),
    "gptj": ("gptj", ARCH.GPTJ, dict(GPT, rotary_dim=4)),
    "gptneox": ("gpt_neox", ARCH.GPTNEOX, BASE),
    "phi2": ("phi", ARCH.PHI2, BASE),
    "phi3": ("phi3", ARCH.PHI3, dict(BASE, num_key_value_heads=2)),
}

print("family\thugging_face\tgguf\taxes")
for family, (kind, arch, settings) in FAMILIES.items():
    names = gguf.get_tensor_name_map(arch, 2)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **settings))
    for name, tensor in model.state_dict().items():
        other = names.get_name(name, try_suffixes=(".weight", ".bias"))
        print(family, name, other or "-", tensor.ndim, sep="\t")
