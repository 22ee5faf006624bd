"""What reference.sh needs of Python: the inputs of a PyTorch oracle of sequential editing, a run of it, and the table.

data MODEL.gguf FACTS.json PREFIXES VALID.txt TEST.txt LAMBADA.jsonl DIR   data.json as the oracle reads it (token ids only), and
                                                     the facts of each round as a file of their own, DIR/facts-r1.json, ...
run EDIT.py DIR          the oracle with DIR/settings.json; DIR/oracle.npz receives the targets Z of every editor and round
table DIR                beside DIR/<editor>.h5 and DIR/<editor>-r<N>.z of our tools
"""
import json
import pathlib
import runpy
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
SETTINGS = dict(lam=150, lr=0.5, steps=12, stop=0.1, nctx=1, bs=20, rounds=2, evals=[1, 2], thr=0.02, l2=1, lamn=10)
EDITORS = {"memit": "memit", "memit-seq": "memitseq", "encore": "encore", "alphaedit": "alphaedit", "rect": "rect", "prune": "prune"}


def last_before(encoding, end):
    return max(i for i, (a, _) in enumerate(encoding.offsets) if a < end)


def record(t, f):
    ids = lambda text: t.encode(text).ids
    subject, prompt = f["subject"], f["prompt"]
    end = prompt.index(subject) + len(subject)
    bare, prefixed, known = t.encode(prompt), t.encode(" " + prompt), t.encode(subject + " is a")
    return dict(ids=bare.ids, sl=last_before(bare, end), pids=prefixed.ids, psl=last_before(prefixed, end + 1), kl=known.ids,
                klsl=last_before(known, len(subject)), new=ids(" " + f["target_new"]), true=ids(" " + f["ground_truth"]),
                rp=bare.ids, loc=bare.ids, subj=subject)  # neither is in the table


def data(model, facts, prefixes, valid, test, lambada, folder):
    from gguf import GGUFReader
    from tokens import tokenizer
    t, folder = tokenizer(GGUFReader(model)), pathlib.Path(folder)
    n = SETTINGS["bs"] * SETTINGS["rounds"]
    chosen = json.load(open(facts))[:n]
    passages = [json.loads(line)["text"].rsplit(" ", 1) for line in open(lambada).readlines()[:1]]
    text = lambda path: t.encode(open(path, encoding="utf-8").read()).ids
    json.dump(dict(cf=[record(t, f) for f in chosen], ctx=[t.encode(x.rstrip()).ids for x in open(prefixes)][:5],
                   wiki_valid=text(valid), wiki_test=text(test), lambada=[(t.encode(a).ids, t.encode(" " + b).ids) for a, b in passages]),
              open(folder / "data.json", "w"))
    for r in range(SETTINGS["rounds"]):
        json.dump(chosen[r * SETTINGS["bs"]:(r + 1) * SETTINGS["bs"]], open(folder / f"facts-r{r + 1}.json", "w"))
    json.dump([dict(SETTINGS, name=ours, editor=theirs) for ours, theirs in EDITORS.items()], open(folder / "settings.json", "w"))


def run(script, folder):
    """The oracle keeps its targets to itself: they are read from its frame when it first asks for keys in a round."""
    found = {}

    def watch(frame, event, _):
        if event == "call" and frame.f_code.co_name == "kz":
            state = frame.f_back.f_locals
            name = f"{state['a']['name']}-r{state['rd']}"
            if name not in found:
                found[name] = state["Z"].numpy().copy()
                np.savez(f"{folder}/oracle.npz", **found)

    sys.argv = [script, f"{folder}/settings.json", f"{folder}/oracle.jsonl"]
    sys.setprofile(watch)
    runpy.run_path(script, run_name="__main__")
    sys.setprofile(None)


def table(folder):
    import h5py
    z = np.load(f"{folder}/oracle.npz")
    logs = {o["cfg"]["name"]: {x["rd"]: x for x in o["log"]} for o in map(json.loads, open(f"{folder}/oracle.jsonl"))}
    print("editor\tround\tz_median\tz_worst\tsuccess\ttheirs\targmax\ttheirs\tperplexity\ttheirs\tnorm_worst")
    for name, log in logs.items():
        f = h5py.File(f"{folder}/{name}.h5")
        value = lambda metric, r: f["evaluation"][metric][r]
        fro = np.array([f["tensors"][x]["fro"][:] for x in sorted(f["tensors"], key=lambda x: int(x.split(".")[1]))])
        for r in sorted(set(log) - {0}):
            ours, theirs = np.loadtxt(f"{folder}/{name}-r{r}.z"), z[f"{name}-r{r}"]
            apart = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
            norm = np.array([log[r]["sp"][x]["nr"] for x in sorted(log[r]["sp"], key=int)])
            print(f"{name}\t{r}\t{np.median(apart):.1e}\t{apart.max():.1e}\t{value('rewrite_success', r):.1f}\t{100 * log[r]['eff']:.1f}"
                  f"\t{value('rewrite_acc', r):.1f}\t{100 * log[r]['effacc']:.1f}\t{value('perplexity', r):.2f}\t{log[r]['ppl']:.2f}"
                  f"\t{np.abs(fro[:, r] / fro[:, 0] / norm - 1).max():.1e}")


{"data": data, "run": run, "table": table}[sys.argv[1]](*sys.argv[2:])
