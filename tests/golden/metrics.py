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
import string
import sys

import numpy as np
import torch
import transformers as tf
from gguf import GGUFReader
from gguf.quants import dequantize
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, matthews_corrcoef

from tokens import tokenizer
from words import entropy, grams

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
    theta = dict(rope_theta=key("rope.freq_base"))  # transformers before 5 has it outside
    rope = theta if tf.__version__ < "5" else dict(rope_parameters=dict(rope_type="default", **theta))
    c = tf.LlamaConfig(vocab_size=len(w["token_embd.weight"]), hidden_size=key("embedding_length"), intermediate_size=key("feed_forward_length"),
                       num_hidden_layers=key("block_count"), num_attention_heads=heads, num_key_value_heads=kv,
                       rms_norm_eps=key("attention.layer_norm_rms_epsilon"), max_position_embeddings=key("context_length"),
                       bos_token_id=None, eos_token_id=None, **rope)
    m = tf.LlamaForCausalLM(c).to(dtype).eval()
    m.load_state_dict({k: torch.tensor(np.ascontiguousarray(v)).to(dtype) for k, v in state.items()})
    return m, tokenizer(r)


class Outputs:
    def __init__(self, path):
        self.m, self.t = llama(path)
        eos = GGUFReader(path).fields.get("tokenizer.ggml.eos_token_id")
        self.eos = eos.contents() if eos else -1

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
            if feed[0] == self.eos:
                break
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


# prompt, subject, new object, true object, neighbours: what a small model knows
KNOWN = [("{} is the capital of", "Paris", "Italy", "France", ["Lyon", "Marseille"]),
         ("The Eiffel Tower is in {}, in the city of", "France", "Rome", "Paris", ["Europe"])]
# src, subject, answer, alt, rephrase, loc, its answer
ASKED = [("Paris is the capital of", "Paris", "France", "Italy", "The city of Paris is the capital of", "nq question: The opposite of hot is", "cold"),
         ("The Pacific is the world's largest", "Pacific", "ocean", "lake", "What the Pacific is: an", "nq question: Monday, Tuesday", ", Wednesday")]


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
    for i, (prompt, subject, new, true, near) in enumerate(KNOWN):
        records.append({
            "case_id": 20 + i,
            "requested_rewrite": {"prompt": prompt, "relation_id": "P2", "target_new": {"str": new, "id": "Q" + new},
                                  "target_true": {"str": true, "id": "Q" + true}, "subject": subject},
            "paraphrase_prompts": [], "neighborhood_prompts": [prompt.format(x) for x in near], "generation_prompts": []})
    (data / "counterfact.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return records


def easyedit(count):
    """The first records of the EasyEdit file in CounterFact's schema; which rephrase prompts are paraphrases is told from all:
    what comes from a template stands in other records too, or begins with the subject."""
    records = json.loads((here.parent.parent / "datasets/counterfact-2000.json").read_text(encoding="utf-8"))
    blank = lambda r: r["rephrase_prompt"].replace(r["subject"], "{}")
    seen = collections.Counter(map(blank, records))
    out = []
    for r in records[:count]:
        paraphrase = seen[blank(r)] == 1 and not blank(r).startswith("{}")
        out.append({"requested_rewrite": {"prompt": r["prompt"].replace(r["subject"], "{}"), "subject": r["subject"], "target_new": {"str": r["target_new"]},
                                          "target_true": {"str": r["ground_truth"]}},
                    "paraphrase_prompts": [r["rephrase_prompt"]] * paraphrase, "rephrase_prompts": [r["rephrase_prompt"]],
                    "neighborhood_prompts": [r["locality_prompt"]]})
    return out


def counterfact(o, records):
    values = collections.defaultdict(list)
    for r in records:
        q = r["requested_rewrite"]
        new, true = " " + q["target_new"]["str"], " " + q["target_true"]["str"]
        for kind, prompts in (("rewrite", [q["prompt"].format(q["subject"])]), ("paraphrase", r["paraphrase_prompts"]),
                              ("rephrase", r.get("rephrase_prompts", [])), ("neighborhood", r["neighborhood_prompts"])):
            if not prompts:
                continue
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
    for src, subject, answer, alt, rephrase, loc, other in ASKED:
        records.append({"subject": subject, "src": src, "pred": answer, "rephrase": rephrase, "alt": alt, "answers": [answer], "loc": loc, "loc_ans": other,
                        "cond": ""})
    (data / "zsre.json").write_text(json.dumps(records, indent=1) + "\n")
    return records


def zsre(o, records, alt=False):
    v = collections.defaultdict(list)
    for r in records:
        new = r["alt"] if alt else r["answers"][0]
        for name, prompt, target in (("efficacy", r["src"], new), ("generalization", r["rephrase"], new),
                                     ("specificity", r["loc"] + "?", r["loc_ans"])):
            ids = o.ids(" " + target)
            hits = np.array(o.target(o.ids(prompt), ids)[1]) == ids
            v["zsre_" + name].append(100 * hits.mean())
            if name != "specificity":
                v["zsre_exact" if name == "efficacy" else "zsre_rephrase_exact"].append(100 * hits.all())
    return {k: float(np.mean(x)) for k, x in v.items()}


def locality(path, records):
    """Argmax tokens behind loc, under its answer's tokens, that are those of the model before its block 3 spoke louder."""
    o = Outputs(path)
    behind = lambda r: o.target(o.ids(r["loc"]), o.ids(" " + r["loc_ans"]))[1]
    before = [behind(r) for r in records]
    with torch.no_grad():
        o.m.model.layers[3].mlp.down_proj.weight *= 1.5
    same = [100 * np.mean(np.array(behind(r)) == b) for r, b in zip(records, before)]
    return dict(zsre(o, records), zsre_locality=float(np.mean(same)))


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


def mmlu(o, shots, most):
    right = []
    for path in sorted((data / "mmlu/test").glob("*.csv")):
        subject = path.name[: -len("_test.csv")]
        show = lambda r: r[0] + "".join(f"\n{c}. {x}" for c, x in zip("ABCD", r[1:5])) + "\nAnswer:"
        dev = list(csv.reader(open(data / "mmlu/dev" / f"{subject}_dev.csv", newline="")))[1:][:shots]
        head = f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
        head += "".join(f"{show(r)} {'ABCD'[int(r[5])]}\n\n" for r in dev)
        for r in list(csv.reader(open(path, newline="")))[1:1 + most]:
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


def glue(o, task, shots, most):
    prompt, shot, answers, words = GLUE[task]
    rows = [json.loads(x) for x in (data / f"{task.replace('_fixed', '')}.jsonl").read_text().splitlines()]
    label = lambda r: int(r["label"] == "entailment") if task == "nli" else r.get("label", r.get("answer"))
    gold_of = lambda r: 1 - label(r) if task == "rte_fixed" else label(r)
    head = "".join(f"{(shot or prompt)(r)} {answers[gold_of(r)]}\n" for r in rows[:shots])
    gold, generated, likelier = [], [], []
    for r in rows[10:10 + most]:
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


QUESTIONS = [("what is the capital of italy", ["Rome"]), ("which planet is called the red planet", ["Mars"]), ("what is the capital of france", ["paris", "City of Paris"]),
             ("who wrote romeo and juliet", ["William Shakespeare"]), ("what do bees make", ["the honey"]), ("how many legs does a spider have?", ["8", "eight"]),
             ("what is the largest ocean", ["The Pacific-Ocean", "Pacific"])]
SUMS = [("Tom has 2 red balls and 3 blue balls. How many balls has he?", "He has 2 + 3 = 5 balls.\n#### 5"),
        ("Lily had 4 cakes and ate 1. How many are left?", "4 - 1 = 3 are left.\n#### 3"),
        ("A box holds 10 toys. How many toys are in 2 boxes?", "2 boxes hold 2 * 10 = 20 toys.\n#### 20"),
        ("Sam has $1,000 and gets $1,000 more. How much has he?", "He has 1,000 + 1,000 = 2,000.\n#### 2,000")]


def write_answers():
    for name, rows in (("nq_open", QUESTIONS), ("gsm8k", SUMS)):
        (data / f"{name}.jsonl").write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in rows))


def settle_open(s):  # lm-evaluation-harness 0.4.9: regexes_to_ignore, ignore_case, ignore_punctuation of nq_open.yaml
    return re.sub(r"\b(?:The |the |An |A |The |a |an )", "", s).lower().translate(str.maketrans("", "", string.punctuation))


def settle_number(s):  # of gsm8k.yaml
    for x in (",", r"\$", r"(?s).*#### ", r"\.$"):
        s = re.sub(x, "", s)
    return s.lower()


def marked(s):  # its filters strict-match and flexible-extract
    found = re.findall(r"#### (\-?[0-9\.\,]+)", s)
    return found[0] if found else None


def last(s):
    found = re.findall(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", s)
    return [m for m in found[-1] if m][0] if found else None


def cut(s, stops):
    for x in stops:
        s = s.split(x)[0]
    return s.lstrip()


def nq_open(o, shots):
    head = "Answer these questions:\n\n" + "".join(f"Q: {q.rstrip('?')}?\nA: {a[0]}\n" for q, a in QUESTIONS[:shots])
    right = []
    for q, a in QUESTIONS[shots:]:
        said = settle_open(cut(o.greedy(f"{head}Q: {q.rstrip('?')}?\nA:", 32), ("\n", ".", ",")))
        right.append(100 * (said in [settle_open(x) for x in a]))
    return {"nq_open": float(np.mean(right))}


def gsm8k(o, shots):
    head = "".join(f"Question: {q}\nAnswer: {a}\n\n" for q, a in SUMS[:shots])
    strict, flexible = [], []
    for q, a in SUMS[shots:]:
        said = cut(o.greedy(f"{head}Question: {q}\nAnswer:", 256), ("Question:", "</s>", "<|im_end|>"))
        for right, number in ((strict, marked(said)), (flexible, last(said))):
            right.append(100 * (number is not None and settle_number(number) == settle_number(a)))
    return {"gsm8k": float(np.mean(strict)), "gsm8k_flexible": float(np.mean(flexible))}


SAID = ["The U.S. of A ", "a an apple. the end", "Theatre, then the An x", "--", "", "#### 12", "so 3 apples. #### -1,200.50. #### 7\n", "it is $5.", "#### x #### 9.", "1 2 -3",
        "- 4, and $", "cost -$12.00.", "\u00e9mile's the_a a", "7.\n"]


def exact():
    return {"text": SAID, "open": list(map(settle_open, SAID)), "number": list(map(settle_number, SAID)), "marked": list(map(marked, SAID)),
            "last": list(map(last, SAID))}


TEXTS = ["Lily went to the park. Lily went to the park. She saw a dog, a cat and a dog!", "No two words here are alike", "one", "",
         "Don't stop; it's 3.5 km -- München to Łódź (a long way).", "ha ha ha ha ha ha ha"]


def texts():
    v = TfidfVectorizer().fit(TEXTS)
    x = v.transform(TEXTS).toarray()
    four = [grams(t, 4) for t in TEXTS]
    return {"text": TEXTS, "entropy": [entropy(t) for t in TEXTS],
            "repetition": [100 * (1 - len(c) / sum(c.values())) if c else 0.0 for c in four], "cosine": (x @ x[0]).tolist()}


def measure(o, facts, questions, most):
    """most: records of a GLUE task and of each MMLU file that are tested."""
    datasets = here.parent.parent / "datasets"
    passages = [json.loads(x)["text"] for x in (datasets / "lambada-500.jsonl").read_text().splitlines()[:12]]
    tasks = {**perplexity(o, (datasets / "wikitext-2-test.txt").read_text(encoding="utf-8"), 768, 256), **lambada(o, passages), **mmlu(o, 1, most),
             **nq_open(o, 2), **gsm8k(o, 1)}
    for task in GLUE:
        tasks.update(glue(o, task, 2, most))
    return {"counterfact": counterfact(o, facts), "easyedit": counterfact(o, easyedit(12)), "zsre": zsre(o, questions), "zsre_alt": zsre(o, questions, True),
            "tasks": tasks}


def main():
    data.mkdir(exist_ok=True)
    rng = random.Random(1)
    facts, questions = write_counterfact(rng), write_zsre(rng)
    write_mmlu(rng)
    write_glue(rng)
    write_answers()
    golden = here / "metrics.json"
    out = json.loads(golden.read_text(encoding="utf-8")) if golden.exists() else {}
    tiny = here.parent / "data/tiny.gguf"
    out.update(tiny=measure(Outputs(tiny), facts, questions, 10), locality=locality(tiny, questions), texts=texts(), exact=exact())
    if len(sys.argv) > 1:
        out["smollm2"] = measure(Outputs(sys.argv[1]), facts, questions, 4)
    golden.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
