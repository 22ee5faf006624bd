"""schema.py SCHEMA BASE.json PLAN...: the schema is one, the plans are valid, and each change of BASE below is not.

Prints, for each change, what spx-collapse --check has to refuse too: the name of a file that it writes beside BASE.
"""

import copy
import json
import pathlib
import sys

import jsonschema

CHANGES = [
    ("top typo", lambda p: p.update(roudns=3)),
    ("top list", lambda p: p.update(round=[1, 2])),
    ("top domain", lambda p: p.update(round=0)),
    ("top fraction", lambda p: p.update(rounds=1.5)),
    ("top choice", lambda p: p.update(products="splitt")),
    ("top layers", lambda p: p.update(layers="6-")),
    ("model missing", lambda p: p.pop("model")),
    ("arms empty", lambda p: p.update(arms=[])),
    ("arms no list", lambda p: p.update(arms={"name": "a"})),
    ("evaluate typo", lambda p: p["evaluate"].update(tokns=3)),
    ("evaluate domain", lambda p: p["evaluate"].update(window=1)),
    ("evaluate switch", lambda p: p["evaluate"].update(alt="yes")),
    ("evaluate task", lambda p: p["evaluate"].update(tasks={"mmluu": "x"})),
    ("arm typo", lambda p: p["arms"][0].update(tua=0.2)),
    ("arm domain", lambda p: p["arms"][0].update(tau=20)),
    ("arm domain in a list", lambda p: p["arms"][0].update(tau=[0.1, 20])),
    ("arm empty list", lambda p: p["arms"][0].update(tau=[])),
    ("arm editor", lambda p: p["arms"][0].update(editor="mmeit")),
    ("arm filter", lambda p: p["arms"][0].update(filter=["none", "rivive"])),
    ("arm text for a number", lambda p: p["arms"][0].update(steps="3")),
    ("arm name missing", lambda p: p["arms"][0].pop("name")),
    ("arm name is a list", lambda p: p["arms"][0].update(name=["a", "b"])),
    ("arm is no object", lambda p: p["arms"].append("a")),
]


def main() -> None:
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    base = pathlib.Path(sys.argv[2])
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    for path in [base, *map(pathlib.Path, sys.argv[3:])]:
        for fault in valid.iter_errors(json.loads(path.read_text())):
            sys.exit(f"{path}: {fault.json_path}: {fault.message}")
    plan = json.loads(base.read_text())
    for number, (what, change) in enumerate(CHANGES):
        bad = copy.deepcopy(plan)
        change(bad)
        if valid.is_valid(bad):
            sys.exit(f"{what}: the schema takes it")
        path = base.with_name(f"bad-{number}.json")
        path.write_text(json.dumps(bad))
        print(path)


if __name__ == "__main__":
    main()
