"""logits.py PROGRAM MODEL.gguf [TOKENS [SEED]]: logits of random ids by tests/bench/logits.c beside Hugging Face transformers in float
(the GGUF dequantised by the gguf package). Prints the largest difference, that difference over the largest |logit|, and how many
rows agree on the largest logit. Versions: ../golden/requirements.txt."""
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import torch
from transformers import AutoModelForCausalLM

program, path = sys.argv[1], pathlib.Path(sys.argv[2])
tokens, seed = (int(x) for x in (sys.argv[3:] + ["64", "0"][len(sys.argv) - 3:])[:2])
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
rng = random.Random(seed)
ids = [model.config.bos_token_id or 0] + [rng.randrange(model.config.vocab_size) for _ in range(tokens - 1)]
with tempfile.TemporaryDirectory() as d:
    pathlib.Path(d, "ids").write_text(" ".join(map(str, ids)))
    subprocess.run([program, str(path), d + "/ids", d + "/z"], check=True)
    ours = numpy.fromfile(d + "/z", dtype=numpy.float32).reshape(tokens, -1)
with torch.no_grad():
    theirs = model(torch.tensor([ids])).logits[0].numpy()
off = abs(ours - theirs).max()
same = int((ours.argmax(1) == theirs.argmax(1)).sum())
print(f"model\ttokens\tdifference\trelative\tsame argmax\n{path.name}\t{tokens}\t{off:.3g}\t{off / abs(theirs).max():.3g}\t{same}/{tokens}")
