"""Checkpoints to diagnose: a base and what people do to it, as transformers and safetensors write them.

checkpoints.py MODEL.gguf DIR    makes DIR/base (bf16, in shards), DIR/mild and DIR/wrecked: a random change of rank 100 in
                                 the FFN output matrices of blocks 6 to 10, of 0.3 and 1.5 times each matrix's norm; seed 1234

Made with torch 2.15.0, transformers 5.24.0, gguf 0.19.0.
"""
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LAYERS = range(6, 11)


def load(gguf):
    path = pathlib.Path(gguf)
    kept = dict(pretrained_model_name_or_path=str(path.parent), gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(**kept, dtype=torch.bfloat16)
    for owner in (model, model.config):  # or it would be saved as a quantised model, which it no longer is
        for name in ("quantization_config", "hf_quantizer", "quantization_method"):
            if hasattr(owner, name):
                delattr(owner, name)
    model.is_quantized = False
    return model, AutoTokenizer.from_pretrained(**kept)


def save(model, tokenizer, folder):
    model.save_pretrained(folder, max_shard_size="100MB")
    tokenizer.save_pretrained(folder)


def change(model, share, rank, generator):
    with torch.no_grad():
        for layer in LAYERS:
            w = model.model.layers[layer].mlp.down_proj.weight
            d = torch.randn(w.shape[0], rank, generator=generator) @ torch.randn(rank, w.shape[1], generator=generator)
            w += (d * (share * w.float().norm() / d.norm())).to(w.dtype)


def main():
    gguf, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    generator = torch.Generator().manual_seed(1234)
    for name, share in (("base", 0), ("mild", 0.3), ("wrecked", 1.5)):
        model, tokenizer = load(gguf)
        if share:
            change(model, share, 100, generator)
        save(model, tokenizer, folder / name)


if __name__ == "__main__":
    main()
