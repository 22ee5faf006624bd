"""What trace.sh needs of Python: facts that bench_trace has traced, traced again by Hugging Face transformers in float: every restored
run is a whole forward pass in which hooks put back the states. All kinds and layers, of the subject's last token and the prompt's.

trace.py MODEL.gguf TRACED.txt
"""
import pathlib
import sys

import numpy as np
import torch
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from trace import KINDS, Xoshiro

WINDOW, AT_ONCE = 10, 150
path, traced = pathlib.Path(sys.argv[1]), sys.argv[2]
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
layers = model.model.layers
seen, runs = {}, []  # states of the run under way; (kind's site, severed site, layer, token) of each sequence, to be put back


def look(at, site, out):
    """Keeps the states of a run of one sequence, and puts those of the clean and the corrupted one into runs of many."""
    if not runs:
        seen[at, site] = out.detach().clone()
        return out
    out = out.clone()
    for i, (where, severed, l, t) in enumerate(runs):
        near = range(l, l + 1) if where == "stream" else range(l - WINDOW // 2, l + (WINDOW + 1) // 2)
        if where == site and at in near:
            out[i, t] = clean[at, site][0, t]
        if severed == site:
            out[i, t] = broken[at, site][0, t]
    return out


def hook(at, site):
    def act(module, given, out):
        return (look(at, site, out[0]), *out[1:]) if isinstance(out, tuple) else look(at, site, out)
    return act


for l, layer in enumerate(layers):
    layer.self_attn.register_forward_hook(hook(l, "attention"))
    layer.mlp.register_forward_hook(hook(l, "ffn"))
    layer.register_forward_hook(hook(l, "stream"))


def answer(x, token):
    return model(inputs_embeds=x, use_cache=False, logits_to_keep=1).logits[:, -1].double().softmax(-1)[:, token].numpy()


lines = open(traced).read().splitlines()
deviation, embedding = float(lines[0]), model.get_input_embeddings().weight.detach()
facts = []
for line in lines[1:]:
    ids, first, last, token, p, q, effects = line.split("\t")
    ids = np.array(ids.split(), dtype=int)
    facts.append((ids, int(first), int(last), int(token), float(p), float(q),
                  np.array(effects.split(), dtype=float).reshape(len(KINDS), len(layers), len(ids))))
theirs = torch.cat([embedding[torch.tensor(ids[a:b + 1])].flatten() for ids, a, b, *_ in facts]).double().std(correction=0).item()
print(f"noise\t{deviation:.9g}\t{theirs:.9g}")
print("fact\ttokens\tclean\tcorrupted\tlargest effect\tstates\tworst difference")
worst = 0
with torch.no_grad():
    for number, (ids, first, last, token, p, q, effects) in enumerate(facts):
        x, rng = embedding[torch.tensor(ids)][None], Xoshiro(1)
        noisy = x.double().clone()
        for r in range(first, last + 1):
            for j in range(x.shape[2]):
                noisy[0, r, j] += 3 * deviation * rng.normal()
        noisy, runs = noisy.float(), []
        apart = [abs(answer(x, token)[0] - p)]
        clean = dict(seen)
        ruin = answer(noisy, token)[0]
        broken = dict(seen)
        apart.append(abs(ruin - q))
        cells = [(k, l, t) for k in range(len(KINDS)) for l in range(len(layers)) for t in sorted({last, len(ids) - 1})]
        for i in range(0, len(cells), AT_ONCE):
            some = cells[i:i + AT_ONCE]
            runs = [(*KINDS[k], l, t) for k, l, t in some]
            found = answer(noisy.expand(len(some), -1, -1), token) - ruin
            apart += [abs(f - effects[cell]) for f, cell in zip(found, some)]
        worst = max(worst, *apart)
        print(f"{number}\t{len(ids)}\t{p:.6f}\t{q:.6f}\t{effects.max():.6f}\t{len(cells)}\t{max(apart):.1e}", flush=True)
print(f"all\t\t\t\t\t\t{worst:.1e}")
