"""large.py FOLDER BLOCKS: a model of LLaMA-3-8B's shape with BLOCKS blocks, a tied head and random bf16 weights (seed 0), as a hub would
serve it, without a tokenizer. 0.44 GB a block and 1.05 GB. Versions: ../golden/requirements.txt."""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

folder, blocks = pathlib.Path(sys.argv[1]), int(sys.argv[2])
d, f, kv, vocab = 4096, 14336, 1024, 128256
torch.manual_seed(0)
random = lambda *shape: torch.empty(*shape, dtype=torch.bfloat16).normal_(0, 0.02)
w = {"model.embed_tokens.weight": random(vocab, d), "model.norm.weight": torch.ones(d, dtype=torch.bfloat16)}
shapes = {"self_attn.q_proj": (d, d), "self_attn.k_proj": (kv, d), "self_attn.v_proj": (kv, d), "self_attn.o_proj": (d, d),
          "mlp.gate_proj": (f, d), "mlp.up_proj": (f, d), "mlp.down_proj": (d, f)}
for l in range(blocks):
    w |= {f"model.layers.{l}.{name}.weight": random(*shape) for name, shape in shapes.items()}
    w |= {f"model.layers.{l}.{name}.weight": torch.ones(d, dtype=torch.bfloat16) for name in ("input_layernorm", "post_attention_layernorm")}
save_file(w, folder / "model.safetensors")
(folder / "config.json").write_text(json.dumps(dict(
    model_type="llama", hidden_size=d, intermediate_size=f, num_hidden_layers=blocks, num_attention_heads=32, num_key_value_heads=8,
    vocab_size=vocab, max_position_embeddings=8192, rms_norm_eps=1e-5, rope_theta=500000.0, hidden_act="silu", tie_word_embeddings=True)))
