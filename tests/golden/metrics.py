"""Metrics of two models by their published definitions: transformers in double for the outputs, sklearn for F1, MCC
and TF-IDF, everything else written out here.

usage: metrics.py [SMOLLM2.gguf]    without it, that model's numbers stay as they are

../data/eval/   the small files they are measured on, written for these tests
metrics.json    of ../data/tiny.gguf and SmolLM2-135M-Instruct Q4_1: set, metric, value; numbers about texts

Seed 1. Versions: requirements.txt.
"""
import collections
import csv
import json
import math
import pathlib
import random
import re
import sys

import numpy as np
import torch
import transformers as tf
from gguf import GGUFReader
from gguf.quants import dequantize
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, matthews_corrcoef

from tokens import tokenizer

here = pathlib.Path(__file__).parent
data = here.parent / "data/eval"
PARTS = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}


def halves(w, heads):  # rows of pairs (2i, 2i + 1), as GGUF has LLaMA's, to halves (i, i + h / 2), as Hugging Face has them
    return w.reshape(heads, w.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(w.shape)


def llama(path, dtype=torch.float64):
    """A GGUF of the LLaMA family as (LlamaForCausalLM, tokenizer)."""
    r = GGUFReader(path)
    key = lambda k: r.fields["llama." + k].contents()
    w = {t.name: dequantize(t.data, t.tensor_type).reshape(t.shape[::-1].tolist()) for t in r.tensors}
    heads, kv = key("attention.head_count"), key("attention.head_count_kv")
    state = {"model.embed_tokens.weight": w["token_embd.weight"], "model.norm.weight": w["output_norm.weight"],
             "lm_head.weight": w.get("output.weight", w["token_embd.weight"])}
    for l in range(key("block_count")):
        for ours, theirs in PARTS.items():
            x = w[f"blk.{l}.{ours}.weight"]
            x = halves(x, heads) if ours == "attn_q" else halves(x, kv) if ours == "attn_k" else x
            state[f"model.layers.{l}.{theirs}.weight"] = x
    c = tf.LlamaConfig(vocab_size=len(w["token_embd.weight"]), hidden_size=key("embedding_length"), intermediate_size=key("feed_forward_length"),
                       num_hidden_layers=key("block_count"), num_attention_heads=heads, num_key_value_heads=kv,
                       rms_norm_eps=key("attention.layer_norm_rms_epsilon"), max_position_embeddings=key("context_length"),
                       rope_parameters=dict(rope_type="default", rope_theta=key("rope.freq_base")), bos_token_id=None, eos_token_id=None)
    m = tf.LlamaForCausalLM(c).to(dtype).eval()
    m.load_state_dict({k: torch.tensor(np.ascontiguousarray(v)).to(dtype) for k, v in state.items()})
    return m, tokenizer(r)


class Outputs:
    def __init__(self, path):
        self.m, self.t = llama(path)

    def ids(self, text):
        return self.t.encode(text).ids

    @torch.no_grad()
    def target(self, prompt, target):
        """log p of each target token behind the prompt, and the argmax there; both are ids."""
        z = self.m(torch.tensor([prompt + target])).logits[0].log_softmax(-1)[len(prompt) - 1:-1]
        return z[range(len(target)), target].numpy(), z.argmax(-1).tolist()

    def nll(self, prompt, target):
        logp, _ = self.target(self.ids(prompt), self.ids(target))
        return -logp.mean()

    @torch.no_grad()
    def greedy(self, prompt, n):
        new, feed, past = [], self.ids(prompt), None
        for _ in range(n):
            z = self.m(torch.tensor([feed]), past_key_values=past, use_cache=True)
            past, feed = z.past_key_values, [z.logits[0, -1].argmax().item()]
            new += feed
        text = bytearray()  # byte-level tokens back to bytes
        table = {chr(c): b for b, c in byte_letters().items()}
        for i in new:
            text += bytes(table[c] for c in self.t.id_to_token(i))
        return text.decode("utf-8", "replace")


def byte_letters():
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    return {**{b: b for b in shown}, **{b: 256 + i for i, b in enumerate(hidden)}}


NAMES = ["Lily", "Tim", "Ben", "Mia", "Sue", "Tom", "Anna", "Max", "Sam", "Jack"]
THINGS = ["ball", "dog", "cat", "tree", "cake", "car", "hat", "bird", "box", "toy"]


def write_counterfact(rng):
    records = []
    for i in range(8):
        name, new, true = NAMES[i], *rng.sample(THINGS, 2)
        records.append({
            "case_id": 10 + i,
            "requested_rewrite": {"prompt": "{} likes to play with the", "relation_id": "P1", "target_new": {"str": new, "id": "Q" + new},
                                  "target_true": {"str": true, "id": "Q" + true}, "subject": name},
            "paraphrase_prompts": [f"It was a sunny day. {name} wants a big", f"The sky was blue. {name} found a"],
            "neighborhood_prompts": [f"{n} likes to play with the" for n in NAMES if n != name][: 3 + i % 3],
            "generation_prompts": [f"{name} went to"]})
    (data / "counterfact.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return records


def counterfact(o, records):
    values = collections.defaultdict(list)
    for r in records:
        q = r["requested_rewrite"]
        new, true = " " + q["target_new"]["str"], " " + q["target_true"]["str"]
        for kind, prompts in (("rewrite", [q["prompt"].format(q["subject"])]), ("paraphrase", r["paraphrase_prompts"]),
                              ("neighborhood", r["neighborhood_prompts"])):
            want, other = (true, new) if kind == "neighborhood" else (new, true)
            rows = []
            for p in prompts:
                a, b = o.nll(p, want), o.nll(p, other)
                right = o.target(o.ids(p), o.ids(want))[1] == o.ids(want)
                rows.append((100 * (a < b), 100 * right, 100 * (math.exp(-a) - math.exp(-b))))
            for name, v in zip(("success", "acc", "diff"), np.mean(rows, 0)):
                values[f"{kind}_{name}"].append(v)
    out = {k: float(np.mean(v)) for k, v in values.items()}
    s = [out[k + "_success"] for k in ("rewrite", "paraphrase", "neighborhood")]
    return dict(out, score=3 / sum(1 / x for x in s) if min(s) > 0 else 0.0)


def write_zsre(rng):
    records = []
    for i in range(6):
        name = NAMES[i]
        answer, alt, other = rng.sample(THINGS, 3)
        records.append({"subject": name, "src": f"What did {name} find?", "pred": answer, "rephrase": f"What was found by {name}?", "alt": alt,
                        "answers": ["big " + answer if i % 2 else answer], "loc": f"nq question: who has a {other}", "loc_ans": "a little " + NAMES[i + 1],
                        "cond": ""})
    (data / "zsre.json").write_text(json.dumps(records, indent=1) + "\n")
    return records


def zsre(o, records):
    v = collections.defaultdict(list)
    for r in records:
        for name, prompt, target in (("efficacy", r["src"], r["answers"][0]), ("generalization", r["rephrase"], r["answers"][0]),
                                     ("specificity", r["loc"] + "?", r["loc_ans"])):
            ids = o.ids(" " + target)
            hits = np.array(o.target(o.ids(prompt), ids)[1]) == ids
            v["zsre_" + name].append(100 * hits.mean())
            if name != "specificity":
                v["zsre_exact" if name == "efficacy" else "zsre_rephrase_exact"].append(100 * hits.all())
    return {k: float(np.mean(x)) for k, x in v.items()}


def perplexity(o, text, tokens, window):
    ids = o.ids(text)[:tokens]
    parts = [ids[i:i + window] for i in range(0, tokens - window + 1, window)]
    logp = [o.target(p[:1], p[1:])[0] for p in parts]
    halves_ = [x[window // 2 - 1:] for x in logp]
    return {"perplexity": math.exp(-np.concatenate(logp).mean()), "perplexity_second_half": math.exp(-np.concatenate(halves_).mean())}


def lambada(o, texts):
    right, total = [], []
    for text in texts:
        gap = text.rindex(" ")
        ids = o.ids(text[gap:])
        logp, best = o.target(o.ids(text[:gap]), ids)
        right.append(100 * (best == ids))
        total.append(-logp.sum())
    return {"lambada": float(np.mean(right)), "lambada_perplexity": math.exp(np.mean(total))}


def write_mmlu(rng):
    for folder, n in (("test", 7), ("dev", 2)):
        (data / "mmlu" / folder).mkdir(parents=True, exist_ok=True)
        for subject in ("big_animals", "toys"):
            with open(data / "mmlu" / folder / f"{subject}_{folder}.csv", "w", newline="") as f:
                w = csv.writer(f, lineterminator="\n")
                w.writerow(["question", "choice0", "choice1", "choice2", "choice3", "answer"])
                for _ in range(n):
                    q = rng.choice(["What is \"big\", and red?", "Who is sad?", "What did the\ncat see?"])
                    w.writerow([q, *rng.sample(THINGS, 3), "a hat, or two", rng.randrange(4)])


def mmlu(o, shots):
    right = []
    for path in sorted((data / "mmlu/test").glob("*.csv")):
        subject = path.name[: -len("_test.csv")]
        show = lambda r: r[0] + "".join(f"\n{c}. {x}" for c, x in zip("ABCD", r[1:5])) + "\nAnswer:"
        dev = list(csv.reader(open(data / "mmlu/dev" / f"{subject}_dev.csv", newline="")))[1:][:shots]
        head = f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
        head += "".join(f"{show(r)} {'ABCD'[int(r[5])]}\n\n" for r in dev)
        for r in list(csv.reader(open(path, newline="")))[1:]:
            nll = [o.nll(head + show(r), " " + c) for c in "ABCD"]
            right.append(100 * (int(np.argmin(nll)) == int(r[5])))
    return {"mmlu": float(np.mean(right))}


# prompt, shot prompt, answers of the classes, words searched for
GLUE = {
    "sst2": (lambda r: f"Review :{r['sentence']}\nSentiment :", lambda r: f"Review : {r['sentence']}\nSentiment :", ("negative", "positive"),
             (("positive", 1), ("negative", 0))),
    "mrpc": (lambda r: f"Are the sentences paraphrases of each other.\nSentence 1: {r['sentence1']}\nSentence 2: {r['sentence2']}\nAnswer:", None,
             ("No", "Yes"), (("yes", 1), ("no", 0))),
    "cola": (lambda r: f"Is this sentence linguistically acceptable?\nSentence: {r['sentence']}\nAnswer: ",
             lambda r: f"Is this sentence linguistically acceptable?\nSentence: {r['sentence']}\nAnswer:", ("No", "Yes"), (("yes", 1), ("no", 0))),
    "rte": (lambda r: f"{r['sentence1']}\nquestion: {r['sentence2']} True or False?\nanswer:", None, ("False", "True"), (("false", 0), ("true", 1))),
    "nli": (lambda r: f"{r['sentence1']} entails the {r['sentence2']} True or False? Answer:", None, ("False", "True"), (("true", 1), ("false", 0))),
    "mmlu_glue": (lambda r: f"Question: {r['question']}\n" + "".join(f"({c}) {x}\n" for c, x in zip("ABCD", r["choices"])) + "Answer:", None,
                  tuple("ABCD"), (("a\n", 0), ("b\n", 1), ("c\n", 2), ("d\n", 3))),
}
GLUE["rte_fixed"] = GLUE["rte"]


def write_glue(rng):
    line = lambda: f"{rng.choice(NAMES)} {rng.choice(['saw', 'had', 'liked'])} a {rng.choice(THINGS)} ."
    rows = {k: [] for k in ("sst2", "mrpc", "cola", "rte", "nli", "mmlu_glue")}
    for i in range(20):
        for k in ("sst2", "cola"):
            rows[k].append({"sentence": line() + rng.choice(["", " no , it was not", " yes !"]), "label": rng.randrange(2), "idx": i})
        for k in ("mrpc", "rte"):
            rows[k].append({"sentence1": line(), "sentence2": line(), "label": rng.randrange(2), "idx": i})
        rows["nli"].append({"sentence1": line(), "sentence2": line(), "label": rng.choice(["entailment", "not_entailment"]), "index": str(i)})
        rows["mmlu_glue"].append({"question": "Who has it?", "choices": rng.sample(THINGS, 4), "answer": rng.randrange(4)})
    for k, r in rows.items():
        (data / f"{k}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in r))


def glue(o, task, shots):
    prompt, shot, answers, words = GLUE[task]
    rows = [json.loads(x) for x in (data / f"{task.replace('_fixed', '')}.jsonl").read_text().splitlines()]
    label = lambda r: int(r["label"] == "entailment") if task == "nli" else r.get("label", r.get("answer"))
    gold_of = lambda r: 1 - label(r) if task == "rte_fixed" else label(r)
    head = "".join(f"{(shot or prompt)(r)} {answers[gold_of(r)]}\n" for r in rows[:shots])
    gold, generated, likelier = [], [], []
    for r in rows[10:]:
        text = head + prompt(r)
        gold.append(gold_of(r))
        found = o.greedy(text, 5).lower()
        generated.append(next((c for w, c in words if w in found), -1))
        likelier.append(int(np.argmin([o.nll(text, " " + a) for a in answers])))
    share = lambda x: 100 * float(np.mean(x))
    gold, generated, likelier = map(np.array, (gold, generated, likelier))
    return {f"{task}_f1": f1_score(gold, generated, average="weighted"), f"{task}_f1_new": f1_score(gold, likelier, average="weighted"),
            f"{task}_mcc": matthews_corrcoef(gold, generated), f"{task}_mcc_new": matthews_corrcoef(gold, likelier),
            f"{task}_correct": share(gold == generated), f"{task}_acc_new": share(gold == likelier), f"{task}_invalid": share(generated == -1)}


TEXTS = ["Lily went to the park. Lily went to the park. She saw a dog, a cat and a dog!", "No two words here are alike", "one", "",
         "Don't stop; it's 3.5 km -- München to Łódź (a long way).", "ha ha ha ha ha ha ha"]


def grams(text, n):
    w = re.findall(r"\w+|[^\w\s]", text)
    return collections.Counter(tuple(w[i:i + n]) for i in range(len(w) - n + 1))


def entropy(text, n):
    c = np.array(list(grams(text, n).values()), float)
    return float(-(c / c.sum() * np.log2(c / c.sum())).sum()) if len(c) else 0.0


def texts():
    v = TfidfVectorizer().fit(TEXTS)
    x = v.transform(TEXTS).toarray()
    four = [grams(t, 4) for t in TEXTS]
    return {"text": TEXTS, "entropy": [100 * np.mean([entropy(t, 2) * 2 / 3, entropy(t, 3) * 4 / 3]) for t in TEXTS],
            "repetition": [100 * (1 - len(c) / sum(c.values())) if c else 0.0 for c in four], "cosine": (x @ x[0]).tolist()}


def measure(o, facts, questions):
    datasets = here.parent.parent / "datasets"
    passages = [json.loads(x)["text"] for x in (datasets / "lambada-500.jsonl").read_text().splitlines()[:12]]
    return {"counterfact.jsonl": counterfact(o, facts), "zsre.json": zsre(o, questions),
            "wikitext-2-test.txt": perplexity(o, (datasets / "wikitext-2-test.txt").read_text(encoding="utf-8"), 768, 256),
            "lambada-500.jsonl": lambada(o, passages), "mmlu": mmlu(o, 1), **{task: glue(o, task, 2) for task in GLUE}}


def main():
    data.mkdir(exist_ok=True)
    rng = random.Random(1)
    facts, questions = write_counterfact(rng), write_zsre(rng)
    write_mmlu(rng)
    write_glue(rng)
    golden = here / "metrics.json"
    out = json.loads(golden.read_text(encoding="utf-8")) if golden.exists() else {}
    out.update(tiny=measure(Outputs(here.parent / "data/tiny.gguf"), facts, questions), texts=texts())
    if len(sys.argv) > 1:
        out["smollm2"] = measure(Outputs(sys.argv[1]), facts, questions)
    golden.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
