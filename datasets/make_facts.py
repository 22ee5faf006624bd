"""Builds 20,000 facts of CounterFact's full schema: two paraphrases and up to ten neighbours each.

usage: make_facts.py SOURCE OUT.json     Deterministic; Python 3.9 or later, standard library only.

SOURCE holds public originals, which are not shipped (README.md says where they are and under which licences):
    editing/counterfact-easyedit/counterfact-edit.json, counterfact-train.json   20,000 records with one paraphrase or none
    editing/pararel/pattern_data/graphs_json, editing/pararel/trex_lms_vocab     patterns and facts of 41 relations

A record's relation is the one in which T-REx has its subject and object; where T-REx has not, the most frequent one of the records
with its template whose objects include its own. Of records that edit one subject in one relation the first is kept; T-REx's facts
fill the list up, with another object of their relation as the new one. Paraphrases are the record's own, then templates of the
relation (ParaRel's that end in the object, and those of at least five records). Neighbours are the record's own, then prompts of
subjects with the same object: first of those that no record edits in that relation, then of those that are edited last, so that
few neighbours of the first records are edited in a short run.
"""
import collections
import hashlib
import json
import pathlib
import sys

COUNT, PARAPHRASES, NEIGHBORS = 20000, 2, 10
# the files read, and SHA-256 of them, of folders over "NAME SHA-256" lines of the JSON lines in them
SOURCES = {
    "counterfact-easyedit/counterfact-edit.json": "bfe31a7081932739406e282bb625d74222549c3386c15b1df3dfbc3978c69eec",
    "counterfact-easyedit/counterfact-train.json": "f7d443ffb0c5da6cbe816cdac45281ccb3f204b8a840f00d07a4aafa949bcd76",
    "pararel/pattern_data/graphs_json": "60fe7695176cfdaa09d5e12bfeb1dac6330f227a45252d7d9c9ba6f2058a6dfb",
    "pararel/trex_lms_vocab": "305e8634555295e0e4f6431f561d2fa277faf93ba4069cef0f36b47a1770583c",
}
# templates of relations that T-REx here has not
OTHERS = {"{} professionally plays the sport": "P641", "{} is a professional": "P641", "What sport does {} play? They play": "P641"}


def digest(path):
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = "".join(f"{f.name} {digest(f)}\n" for f in sorted(path.glob("*.jsonl")))
    return hashlib.sha256(lines.encode()).hexdigest()


def check(source):
    for name, want in SOURCES.items():
        path = source / "editing" / name
        if not path.exists():
            sys.exit(f"make_facts.py: {path}: no such file or folder")
        if digest(path) != want:
            sys.exit(f"make_facts.py: {path}: SHA-256 is {digest(path)} (expected {want})")


def lines(path):
    return [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines() if x]


def pick(items, n, key):
    """At most n of the items, evenly spaced from a place that the key decides."""
    if len(items) <= n:
        return list(items)
    at = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return [items[(at + i * len(items) // n) % len(items)] for i in range(n)]


class World:
    """What the sources know: facts of the relations, templates, subjects by relation and object."""

    def __init__(self, folder):
        self.records = []
        for name in ("edit", "train"):
            self.records += json.loads((folder / f"counterfact-easyedit/counterfact-{name}.json").read_text(encoding="utf-8"))
        self.trex = {f.stem: [(x["sub_label"], x["obj_label"]) for x in lines(f)] for f in sorted((folder / "pararel/trex_lms_vocab").glob("*.jsonl"))}
        self.relations = collections.defaultdict(set)
        for relation, facts in self.trex.items():
            for fact in facts:
                self.relations[fact].add(relation)
        self.find_relations()
        self.find_templates(folder / "pararel/pattern_data/graphs_json")
        self.subjects = collections.defaultdict(set)
        for relation, facts in self.trex.items():
            for subject, obj in facts:
                self.subjects[relation, obj].add(subject)
        for r in self.records:
            self.subjects[r["relation"], r["ground_truth"]].add(r["subject"])

    def find_relations(self):
        seen = collections.defaultdict(collections.Counter)
        objects = collections.defaultdict(set)
        for relation, facts in self.trex.items():
            objects[relation] = {o for _, o in facts}
        for r in self.records:
            r["template"] = r["prompt"].replace(r["subject"], "{}")
            seen[r["template"]].update(self.relations.get((r["subject"], r["ground_truth"]), ()))
        for r in self.records:
            common = [k for k, _ in sorted(seen[r["template"]].items(), key=lambda x: (-x[1], x[0]))]
            known = self.relations.get((r["subject"], r["ground_truth"]), ())
            fit = [k for k in common if k in known] or [k for k in common if r["ground_truth"] in objects[k]] or common
            r["relation"] = fit[0] if fit else OTHERS[r["template"]]

    def find_templates(self, folder):
        used = collections.Counter((r["relation"], r["template"]) for r in self.records)
        self.templates = collections.defaultdict(list)
        for f in sorted(folder.glob("*.jsonl")):
            for x in lines(f):
                text = x["pattern"].strip().rstrip(".").rstrip()
                if text.count("[X]") == 1 and text.count("[Y]") == 1 and text.endswith(" [Y]"):
                    self.templates[f.stem].append(text[: -len(" [Y]")].replace("[X]", "{}"))
        for (relation, template), n in sorted(used.items()):
            if n >= 5:
                self.templates[relation].append(template)
        self.templates = {k: sorted(set(v)) for k, v in self.templates.items()}


def more_facts(world, taken, n):
    """Facts of T-REx whose subject has one object in its relation, not in its name, n in all, from every relation in turn."""
    left = {}
    for relation, facts in sorted(world.trex.items()):
        times = collections.Counter(s for s, _ in facts)
        left[relation] = [(s, o) for s, o in facts if times[s] == 1 and o not in s and "{" not in s and (s, relation) not in taken]
    out = []
    while len(out) < n and any(left.values()):
        for relation in sorted(left):
            if left[relation] and len(out) < n and len(world.templates.get(relation, ())) > PARAPHRASES:
                subject, obj = left[relation].pop(0)
                objects = sorted({o for _, o in world.trex[relation]} - {obj})
                key = f"{relation} {subject}"
                out.append({"case_id": 30000 + len(out), "relation": relation, "subject": subject, "ground_truth": obj,
                            "template": pick(world.templates[relation], 1, key)[0], "target_new": pick(objects, 1, "new " + key)[0]})
    return out


def subject_of(prompt, templates):
    """The subject of a prompt that one of the templates made, or None."""
    for t in templates:
        before, after = t.split("{}")
        if len(prompt) > len(t) - 2 and prompt.startswith(before) and prompt.endswith(after):
            return prompt[len(before): len(prompt) - len(after)]
    return None


def find_neighbors(world, r, place, key):
    relation, templates = r["relation"], world.templates[r["relation"]]
    near = sorted(s for s in world.subjects[relation, r["ground_truth"]] if s != r["subject"] and "{" not in s)
    free = [s for s in near if (s, relation) not in place]
    later = sorted((s for s in near if (s, relation) in place), key=lambda s: -place[s, relation])
    own = r.get("locality_prompt", "")
    keep = own != "" and (subject_of(own, templates), relation) not in place
    chosen = pick(free, NEIGHBORS - keep, "near " + key)
    chosen += later[: NEIGHBORS - keep - len(chosen)]
    prompts = [own] * keep + [pick(templates, 1, f"{key} {s}")[0].format(s) for s in chosen]
    return list(dict.fromkeys(prompts))


def full_record(world, r, place, common):
    relation, subject, template = r["relation"], r["subject"], r["template"]
    key = f"{relation} {subject}"
    own = r.get("rephrase_prompt", "")
    blank = own.replace(subject, "{}")
    is_paraphrase = own != "" and common[blank] == 1 and not blank.startswith("{}")
    others = [t for t in world.templates[relation] if t != template]
    paraphrases = [own] * is_paraphrase + [t.format(subject) for t in pick(others, PARAPHRASES, "paraphrase " + key)]
    return {"case_id": r["case_id"],
            "requested_rewrite": {"prompt": template, "relation_id": relation, "target_new": {"str": r["target_new"]},
                                  "target_true": {"str": r["ground_truth"]}, "subject": subject},
            "paraphrase_prompts": paraphrases[:PARAPHRASES], "neighborhood_prompts": find_neighbors(world, r, place, key),
            "generation_prompts": [own] if own and not is_paraphrase else []}


def build(world):
    edited, facts = set(), []
    for r in world.records:
        if (r["subject"], r["relation"]) not in edited and len(facts) < COUNT:
            edited.add((r["subject"], r["relation"]))
            facts.append(r)
    facts += more_facts(world, edited, COUNT - len(facts))
    place = {(r["subject"], r["relation"]): i for i, r in enumerate(facts)}
    common = collections.Counter(r["rephrase_prompt"].replace(r["subject"], "{}") for r in world.records)
    return [full_record(world, r, place, common) for r in facts]


def main():
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    check(source)
    facts = build(World(source / "editing"))
    part = out.with_name(out.name + ".part")
    part.write_text("[\n" + ",\n".join(json.dumps(f, ensure_ascii=False) for f in facts) + "\n]\n", encoding="utf-8", newline="\n")
    part.replace(out)


if __name__ == "__main__":
    main()
