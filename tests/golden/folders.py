"""Two tiny models in folders, as a hub serves them, whose tokenizers reach no further than they do.

usage: folders.py

../data/folders/gpt2    GPT-2: Conv1D (in x out), learned positions; vocab.json and merges.txt
../data/folders/llama   LLaMA in two shards and their index; tokenizer.json, which puts BOS before texts

Random weights (BF16), three blocks, seed 2. Versions: requirements.txt.
"""
import pathlib
import shutil

import torch
import transformers as tf

here = pathlib.Path(__file__).parent
data = here.parent / "data"
D, F, H, LAYERS, POSITIONS = 32, 48, 4, 3, 128

MODELS = {
    "gpt2": (tf.GPT2Config(vocab_size=600, n_embd=D, n_layer=LAYERS, n_head=H, n_inner=F, n_positions=POSITIONS, bos_token_id=0, eos_token_id=0),
             "gpt2-files", ("vocab.json", "merges.txt")),
    "llama": (tf.LlamaConfig(vocab_size=602, hidden_size=D, intermediate_size=F, num_hidden_layers=LAYERS, num_attention_heads=H,
                             num_key_value_heads=2, max_position_embeddings=POSITIONS, bos_token_id=600, eos_token_id=601),
              "llama3", ("tokenizer.json",)),
}

for name, (config, tokenizer, files) in MODELS.items():
    torch.manual_seed(2)
    folder = data / "folders" / name
    shutil.rmtree(folder, ignore_errors=True)
    model = tf.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim == 2:
                p.normal_(0, 0.2)
    model.bfloat16().save_pretrained(folder, max_shard_size="5GB" if name == "gpt2" else "80KB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in files:
        shutil.copy(data / "tokenizers" / tokenizer / file, folder)
