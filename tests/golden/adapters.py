"""LoRA adapters of the tiny models in ../data/folders, as PEFT writes them, and the weights and logits that PEFT makes of them.

usage: adapters.py

../data/adapters/<name>      what save_pretrained writes (less the model card); llama-bin holds adapter_model.bin
adapters.safetensors         <name>|<tensor>: changed tensors of the first two blocks (GPT-2: one) and 20 rows of the embedding after merge_and_unload
                             on the model in F32; <name>|logits: of the tokens 1 2 3 4 by the adapter's model before merging, as merging
                             changes GPT-2's tied head with its embedding

Factors are random, of llama-exact small multiples of powers of two, so that every order of operations gives the same bits. Seed 5.
Versions: requirements.txt.
"""
import json
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
data = here.parent / "data"

ADAPTERS = {
    "llama-exact": ("llama", dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])),
    "llama-rslora": ("llama", dict(r=3, lora_alpha=5, use_rslora=True, target_modules=["k_proj", "up_proj", "down_proj"],
                                   rank_pattern={"layers.1.mlp.down_proj": 5, r"layers.\d.self_attn.k_proj": 2}, alpha_pattern={"up_proj": 7},
                                   layers_to_transform=[0, 1])),
    "llama-bin": ("llama", dict(r=2, lora_alpha=3, target_modules=["o_proj"], modules_to_save=["norm"])),
    "gpt2-conv1d": ("gpt2", dict(r=4, lora_alpha=6, target_modules=["c_attn", "c_proj", "c_fc", "wte"], fan_in_fan_out=True, bias="lora_only")),
}
IDS = torch.arange(1, 5)[None]
golden = {}


def fill(model, exact):
    for name, p in model.named_parameters():
        if "lora_" in name and exact:
            p.copy_(torch.randint(-2, 3, p.shape) / 8)
        elif "lora_" in name:
            p.normal_(0, 0.1)
        elif p.requires_grad:  # biases and modules_to_save
            p.add_(torch.randn_like(p) * 0.1)


def changed(base, merged, file):
    before = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).state_dict()
    for name, w in merged.state_dict().items():
        if (".0." in name or "layers.1." in name or "wte" in name) and not torch.equal(w, before[name]):
            golden[f"{file}|{name}"] = w[:20].clone() if "wte" in name else w.clone()


for name, (base, config) in ADAPTERS.items():
    torch.manual_seed(5)
    folder, out = data / "folders" / base, data / "adapters" / name
    shutil.rmtree(out, ignore_errors=True)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), LoraConfig(task_type="CAUSAL_LM", **config))
    with torch.no_grad():
        fill(model, name == "llama-exact")
        model.save_pretrained(out, save_embedding_layers=False)
        (out / "README.md").unlink()
        settings = json.loads((out / "adapter_config.json").read_text())
        settings["base_model_name_or_path"] = base
        (out / "adapter_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
        again = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), out).eval()
        golden[f"{name}|logits"] = again(IDS).logits[0].clone()
        changed(folder, again.merge_and_unload(), name)
    if name == "llama-bin":
        from safetensors.torch import load_file
        torch.save(load_file(out / "adapter_model.safetensors"), out / "adapter_model.bin")
        (out / "adapter_model.safetensors").unlink()

save_file({k: v.contiguous() for k, v in golden.items()}, here / "adapters.safetensors")
