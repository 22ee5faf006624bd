"""stand_in.py TOKENIZER FOLDER: a model of 12 small random blocks in the files of Hugging Face, with the tokenizer of the
folder TOKENIZER, for commands that name a model without saying which."""
import array
import json
import random
import shutil
import struct
import sys
from pathlib import Path

BLOCKS, WIDTH, INNER, HEADS, WORDS = 12, 32, 48, 4, 602


def shapes():
    yield "model.embed_tokens.weight", (WORDS, WIDTH)
    for i in range(BLOCKS):
        at = f"model.layers.{i}"
        yield from ((f"{at}.self_attn.{x}_proj.weight", (WIDTH, WIDTH)) for x in "qkvo")
        yield from ((f"{at}.mlp.{x}_proj.weight", (INNER, WIDTH)) for x in ("gate", "up"))
        yield f"{at}.mlp.down_proj.weight", (WIDTH, INNER)
        yield from ((f"{at}.{x}_layernorm.weight", (WIDTH,)) for x in ("input", "post_attention"))
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (WORDS, WIDTH)


def main():
    tokenizer, folder = map(Path, sys.argv[1:])
    rng, head, body = random.Random(1), {}, bytearray()
    for name, shape in shapes():
        values = array.array("f", ([1.0] * shape[0] if len(shape) == 1 else
                                   (rng.gauss(0, shape[1] ** -0.5) for _ in range(shape[0] * shape[1]))))
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": (len(body), len(body) + 4 * len(values))}
        body += values.tobytes()
    folder.mkdir()
    text = json.dumps(head).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    config = json.loads((tokenizer / "config.json").read_text())
    config |= {"num_hidden_layers": BLOCKS, "num_key_value_heads": HEADS, "max_position_embeddings": 2048, "dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(tokenizer / "tokenizer.json", folder)


main()
