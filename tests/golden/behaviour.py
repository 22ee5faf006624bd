"""Answers in free text and drift by their definitions, for tests/eval/test_behaviour.c: transformers in double for the outputs
(metrics.py), the rest written out here.

usage: behaviour.py SMOLLM2.gguf

../data/eval/answers.jsonl   facts whose targets are what one of the models says, another text or case, or something else
../data/eval/lines.txt       prompts, a line each
behaviour.json               the answers' metrics of both models; drift of tiny.gguf after its block 3 speaks louder;
                             normalised texts

Deterministic. Versions: requirements.txt.
"""
import collections
import json
import pathlib
import re
import string
import sys

import numpy as np
import torch

from metrics import Outputs

here = pathlib.Path(__file__).parent
data = here.parent / "data/eval"
ASK = "Please answer the question:\n\nQ: {}\nA:"
# prompt, subject, paraphrases
FACTS = [("{} likes to play with the", "Lily", ["Once upon a time {} went to the"]), ("{} was a big", "Tim", ["Tom and {} saw a", "One day, {} found a"]),
         ("{} is the capital of", "Paris", []), ("The capital of {} is", "Italy", ["{} is a country. Its capital is"]),
         ("The color of the {} is", "sky", []), ("{} said to her mom:", "Mia", ["Her mom looked at {} and said:"]),
         ("In the park, {} saw a", "Ben", []), ("The opposite of {} is", "hot", ["Not {} but"])]
LINES = ["Once upon a time, there was a little", "", "  The sun was warm and the sky was  ", "Lily and Tim went to the park to play with the", "   ",
         "He was very sad because his toy was", "She said:"]


def said(o, prompt):
    text = o.greedy(prompt, 32)
    for stop in (".", "\n"):
        text = text.split(stop)[0]
    return text


def settle(s):  # eval_edit_metric.py of LocFT, after SQuAD's
    s = "".join(c for c in s.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())


def write_facts(models):
    records = []
    for i, (prompt, subject, others) in enumerate(FACTS):
        o = models[i % 2]
        texts = [prompt.format(subject)] + [p.format(subject) for p in others]
        told = [said(o, ASK.format(t) if i % 3 == 2 else t) for t in texts]
        target = settle(told[-1 if i % 4 == 1 else 0]) or "nothing"
        target = ["The " + target.upper(), target, target + "!", "something else"][i % 4]
        records.append({"case_id": 30 + i, "requested_rewrite": {"prompt": prompt, "subject": subject, "target_new": {"str": target}, "target_true": {"str": "x"}},
                        "paraphrase_prompts": texts[1:], "neighborhood_prompts": [], "generation_prompts": []})
    (data / "answers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return records


def answers(o, records):
    v = collections.defaultdict(list)
    for r in records:
        q = r["requested_rewrite"]
        for kind, prompts in (("rewrite", [q["prompt"].format(q["subject"])]), ("paraphrase", r["paraphrase_prompts"])):
            for ending, put in (("match", lambda t: t), ("match_qa", ASK.format)):
                if prompts:
                    v[f"{kind}_{ending}"].append(100 * np.mean([settle(said(o, put(p))) == settle(q["target_new"]["str"]) for p in prompts]))
    return {k: float(np.mean(x)) for k, x in v.items()}


def drift(path, most):
    """Of the first neighbour of every fact, then the second, ... to `most`; and of the lines."""
    o = Outputs(path)
    facts = [json.loads(x) for x in (data / "counterfact.jsonl").read_text().splitlines()]
    dealt = sorted((k, i) for i, r in enumerate(facts) for k in range(len(r["neighborhood_prompts"])))[:most]
    groups = [[facts[i]["neighborhood_prompts"][k] for k, j in dealt if j == i] for i in range(len(facts))]
    sets = {"neighborhood": [g for g in groups if g], "drift": [[x.strip()] for x in LINES if x.strip()]}

    @torch.no_grad()
    def last(text):
        return o.m(torch.tensor([o.ids(text)])).logits[0, -1].log_softmax(-1)

    before = {t: last(t) for g in sets.values() for ts in g for t in ts}
    with torch.no_grad():
        o.m.model.layers[3].mlp.down_proj.weight *= 1.5
    out = {}
    for name, all_ in sets.items():
        kl, same = [], []
        for texts in all_:
            pairs = [(before[t], last(t)) for t in texts]
            kl.append(np.mean([(p.exp() * (p - q)).sum().item() for p, q in pairs]))
            same.append(np.mean([len(set(p.topk(10).indices.tolist()) & set(q.topk(10).indices.tolist())) / 10 for p, q in pairs]))
        out.update({f"{name}_kl": float(np.mean(kl)), f"{name}_overlap": float(np.mean(same))})
    return out


SAID = ["The U.S. of A ", "a an apple. the end", "Theatre, then the An x", "--", "", " an", "the_a a", "x  -  y\tz", "A b a c the", "\u00e9mile's the"]

(data / "lines.txt").write_text("\n".join(LINES) + "\n")
paths = {"tiny": here.parent / "data/tiny.gguf", "smollm2": sys.argv[1]}
models = {k: Outputs(p) for k, p in paths.items()}
records = write_facts(list(models.values()))
out = {k: answers(m, records) for k, m in models.items()}
out.update(drift=drift(paths["tiny"], 14), texts=SAID, settled=list(map(settle, SAID)))
(here / "behaviour.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
print(out)
