"""Round trips between spx and PEFT, by hand: the adapters that spx-export writes give the logits of what was edited.

usage: peft_round_trip.py BIN [FOLDER]       BIN: where the tools are; FOLDER: a Hugging Face model of LLaMA's or GPT-2's names instead of the
                                             tiny ones in ../data/folders

1. A change of rank 3 in the weights of an F32 copy, `spx-export BASE EDITED --as lora`, loaded by PeftModel.from_pretrained.
2. The same cut to rank 2 by --rank: the error that spx-export states against NumPy's.
3. An adapter of PEFT's in ../data/adapters, exported again from `spx-export BASE ADAPTER --as lora`.
4. A run of spx-edit (tiny models only): its last stage as an adapter, and as a model by spx-export --model, in transformers.

Prints max |difference| / max |logit| of each; versions: requirements.txt.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
data, datasets = here.parent / "data", here.parents[1] / "datasets"
bin_ = pathlib.Path(sys.argv[1]).resolve()
given = [pathlib.Path(sys.argv[2]).resolve()] if len(sys.argv) > 2 else [data / "folders" / "llama", data / "folders" / "gpt2"]
IDS = torch.arange(1, 33)[None]
tmp = pathlib.Path(tempfile.mkdtemp())


def spx(tool, *args):
    done = subprocess.run([bin_ / tool, *map(str, args)], cwd=tmp, capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(f"{tool} {args}: {done.stderr}")
    return done.stdout


def model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


@torch.no_grad()
def logits(m):
    return m.eval()(IDS).logits[0]


def off(a, b):
    return f"{((a - b).abs().max() / b.abs().max()).item():.2e}"


def targets(m):
    ends = ("mlp.down_proj.weight", "self_attn.q_proj.weight", "mlp.c_proj.weight", "attn.c_attn.weight")
    return [(n, p) for n, p in m.named_parameters() if n.endswith(ends)]


def edited_copy(folder, out):
    m = model(folder)
    torch.manual_seed(1)
    with torch.no_grad():
        for _, p in targets(m):
            p.add_(torch.randn(p.shape[0], 3) @ torch.randn(3, p.shape[1]) * 0.02)
    m.save_pretrained(out)
    return m


def errors_of_rank(table, folder, edited, rank):
    """Largest difference between the stated errors and those of a truncated SVD."""
    before, after, worst = dict(model(folder).named_parameters()), dict(edited.named_parameters()), 0
    for row in table.splitlines()[1:]:
        name, _, _, _, error = row.split("\t")
        name = name if name in after else "transformer." + name
        s = torch.linalg.svdvals((after[name] - before[name]).double())
        worst = max(worst, abs(float(error) - (s[rank:].norm() / s.norm()).item()))
    return f"{worst:.2e}"


for folder in given:
    name, want = folder.name, None
    base32 = tmp / f"{name}-f32"
    model(folder).save_pretrained(base32)
    edited = edited_copy(folder, tmp / f"{name}-edited")
    want = logits(edited)
    table = spx("spx-export", base32, f"{name}-edited", "--as", "lora", "-o", f"{name}-lora")
    ranks = {row.split("\t")[2] for row in table.splitlines()[1:]}
    worst = max(float(row.split("\t")[4]) for row in table.splitlines()[1:])
    got = logits(PeftModel.from_pretrained(model(folder), tmp / f"{name}-lora"))
    print(f"{name}: {len(table.splitlines()) - 1} modules of rank {ranks}, largest error {worst:.2e}: logits {off(got, want)}")
    table = spx("spx-export", base32, f"{name}-edited", "--as", "lora", "--rank", 2, "-o", f"{name}-cut")
    print(f"{name}: --rank 2, stated error against the SVD's: {errors_of_rank(table, folder, edited, 2)}")

for name, base in (() if len(sys.argv) > 2 else (("llama-exact", "llama"), ("llama-rslora", "llama"))):
    folder = data / "folders" / base
    spx("spx-export", folder, data / "adapters" / name, "--as", "lora", "-o", f"{name}-again")
    want = logits(PeftModel.from_pretrained(model(folder), data / "adapters" / name))
    print(f"{name}: exported again: logits {off(logits(PeftModel.from_pretrained(model(folder), tmp / f'{name}-again')), want)}")

for folder in ([] if len(sys.argv) > 2 else given):
    name = folder.name
    spx("spx-stats", folder, "--text", datasets / "wikitext-2-test.txt", "--tokens", 2048, "--window", 128, "--layers", "0-1", "-o", f"{name}.stats.h5")
    spx("spx-edit", folder, "--facts", datasets / "counterfact-2000.json", "--layers", "0-1", "--lambda", 10, "--contexts", 0, "--steps", 4, "--round", 3,
        "--rounds", 2, "--stats", f"{name}.stats.h5", "-q", "-o", f"{name}.h5")
    table = spx("spx-export", f"{name}.h5#r2", "--as", "lora", "-o", f"{name}-run")
    spx("spx-export", f"{name}.h5#r2", "--model", folder, "--dtype", "F32", "-o", f"{name}-merged")
    want = logits(model(tmp / f"{name}-merged"))
    got = logits(PeftModel.from_pretrained(model(folder), tmp / f"{name}-run"))
    print(f"{name}: run, ranks {[row.split(chr(9))[2] for row in table.splitlines()[1:]]}, errors "
          f"{[row.split(chr(9))[4] for row in table.splitlines()[1:]]}: logits {off(got, want)}, base {off(logits(model(folder)), want)}")
    for a, b in ((["%s.h5#r2" % name, "--model", folder], [f"{name}-run", "--model", folder]),):
        measured = [[r.split("\t")[2] for r in spx("spx-eval", *x, "--perplexity", datasets / "wikitext-2-test.txt", "--tokens", 1024, "--window",
                                                   128).splitlines()[1:]] for x in (a, b)]
        print(f"{name}: spx-eval of the stage and of the adapter: {measured[0]} {measured[1]}")

shutil.rmtree(tmp)
