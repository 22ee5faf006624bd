"""CounterFact in full as the public evaluation does it: a record at a time, all its prompts with both targets in one padded
batch through transformers, log-probabilities of the target tokens, argmax of each.

usage: eval_loop.py records DATASET N OUT       N records of CounterFact's own schema out of an EasyEdit file: two paraphrases
                                                and ten neighbours each, taken from other records where the file has fewer
       eval_loop.py run MODEL.gguf FACTS THREADS OUT   prints seconds (loading not counted); metrics to OUT
"""
import collections
import json
import pathlib
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))


def records(dataset, n, out):
    r = json.load(open(dataset))
    of = collections.defaultdict(list)
    for x in r:
        of[x["prompt"].replace(x["subject"], "{}"), x["ground_truth"]].append(x)
    lines = []
    for i, x in enumerate(r[:n]):
        template = x["prompt"].replace(x["subject"], "{}")
        near = [y["prompt"] for y in of[template, x["ground_truth"]] if y is not x] + [y["locality_prompt"] for y in r if y["ground_truth"] == x["ground_truth"]]
        near += [r[(i + k) % len(r)]["locality_prompt"] for k in range(10)]
        lines.append(json.dumps({"case_id": x["case_id"], "requested_rewrite": {"prompt": template, "subject": x["subject"],
                     "target_new": {"str": x["target_new"]}, "target_true": {"str": x["ground_truth"]}},
                     "paraphrase_prompts": [x["rephrase_prompt"], "It is known. " + x["prompt"]], "neighborhood_prompts": near[:10],
                     "generation_prompts": []}) + "\n")
    open(out, "w").writelines(lines)


@torch.no_grad()
def score(m, t, prompts, targets):
    """s(x, t) and whether every token of t is the argmax, for each prompt with each target."""
    rows = [(t.encode(p).ids, t.encode(" " + g).ids) for p in prompts for g in targets]
    width = max(len(p) + len(g) for p, g in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for i, (p, g) in enumerate(rows):
        ids[i, :len(p) + len(g)] = torch.tensor(p + g)
        mask[i, :len(p) + len(g)] = 1
    z = m(input_ids=ids, attention_mask=mask).logits
    nll, right = [], []
    for i, (p, g) in enumerate(rows):
        at = z[i, len(p) - 1:len(p) + len(g) - 1].log_softmax(-1)
        nll.append(-at[range(len(g)), g].mean().item())
        right.append(at.argmax(-1).tolist() == g)
    return np.array(nll).reshape(-1, 2), np.array(right).reshape(-1, 2)


def run(path, facts, threads, out):
    from metrics import llama
    torch.set_num_threads(int(threads))
    m, t = llama(path, torch.float32)
    data = [json.loads(x) for x in open(facts)]
    values = collections.defaultdict(list)
    began = time.time()
    for x in data:
        q = x["requested_rewrite"]
        prompts = [q["prompt"].format(q["subject"]), *x["paraphrase_prompts"], *x["neighborhood_prompts"]]
        nll, right = score(m, t, prompts, (q["target_new"]["str"], q["target_true"]["str"]))
        for kind, part in (("rewrite", slice(0, 1)), ("paraphrase", slice(1, 3)), ("neighborhood", slice(3, None))):
            want = int(kind == "neighborhood")
            a, b = nll[part, want], nll[part, 1 - want]
            values[kind + "_success"].append(100 * (a < b).mean())
            values[kind + "_acc"].append(100 * right[part, want].mean())
            values[kind + "_diff"].append(100 * (np.exp(-a) - np.exp(-b)).mean())
    print(f"{time.time() - began:.3f}")
    with open(out, "w") as f:
        for k, v in values.items():
            f.write(f"{k}\t{np.mean(v):.9g}\n")


if sys.argv[1] == "records":
    records(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    run(*sys.argv[2:])
