"""flips.py TOOLS [--files N] [--seed S] [--mutations N]: rotten bytes and mutated JSON.

Of each kind of file that a tool reads (run file with ledger and snapshots, statistics, bundle, GGUF, safetensors) N copies get 1 to 16
bytes flipped. A tool that reads one must either end with a status from 1 to 4 and a message, or give what the sound file gives:
other numbers with status 0 are the failure. GGUF and safetensors carry no checksum: there the tools must only not crash.
JSON files (plan, preset, facts, index, config, tokenizer) are mutated: never a crash, never a message without the file's name.
Prints one line a failure and `N passed, N failed`.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import shutil
import sys
import tempfile

import faults

READERS = {
    "in/run.h5": [
        ("export", ["spx-export", "in/run.h5#last", "--model", "in/tiny.gguf", "-o", "out.gguf"], ["out.gguf"]),
        ("rebuild", ["spx-filter", "in/run.h5#r1", "--model", "in/tiny.gguf", "-o", "out.gguf"], ["out.gguf"]),
        ("replay", ["spx-filter", "in/run.h5", "--tau", "0.2", "-o", "out.tsv"], ["out.tsv"]),
        ("by-edit", ["spx-compare", "--by-edit", "in/run.h5", "-o", "out.tsv"], ["out.tsv"]),
        ("resume", None, ["in/run.h5"]),
    ],
    "in/stats.h5": [("edit", None, ["out.h5"])],
    "in/tiny.gguf": [("spectrum", ["spx-spectrum", "in/tiny.gguf", "-o", "out.tsv"], None)],
    "in/base.safetensors": [("info", ["spx-info", "in/base.safetensors", "-o", "out.tsv"], None)],
}


def flip(path, rng):
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 16)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(data))


def mutate(value, rng, depth=0):
    """A JSON value with something odd in it."""
    odd = [None, True, -1, 1e308, 1e-320, 2**70, "", "\u0000", "x" * 5000, [], {}, [[[]]], "../..", 0.5, {"": 1}]
    if depth > 0 and rng.random() < 0.3:
        return rng.choice(odd)
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        out = dict(value)
        if rng.random() < 0.2:
            del out[key]
        elif rng.random() < 0.2:
            out[key + rng.choice(["x", " ", "\u00e9"])] = out.pop(key)
        else:
            out[key] = mutate(value[key], rng, depth + 1)
        return out
    if isinstance(value, list) and value:
        out = list(value)
        i = rng.randrange(len(out))
        out[i] = mutate(out[i], rng, depth + 1)
        return out
    return rng.choice(odd)


def digest_apart(path):
    """faults.digest in a process of its own: HDF5 may be ended by a file with flipped bits."""
    with concurrent.futures.ProcessPoolExecutor(1) as one:
        try:
            return one.submit(faults.digest, path).result()
        except concurrent.futures.process.BrokenProcessPool:
            return "HDF5 was ended by a signal"


def copy(template, work):
    if work.exists():
        shutil.rmtree(work)
    shutil.copytree(template, work)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tools", type=pathlib.Path)
    p.add_argument("--files", type=int, default=8)
    p.add_argument("--mutations", type=int, default=20)
    p.add_argument("--seed", default="1")
    args = p.parse_args()
    tools = args.tools.resolve()
    passed = failed = 0

    def result(bad, what):
        nonlocal passed, failed
        passed, failed = passed + (not bad), failed + bool(bad)
        if bad:
            print(f"{what}\t{bad}")

    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        template, work = root / "template", root / "work"
        template.mkdir()
        faults.make_inputs(tools, template)
        edit = [c for c in faults.cases() if c.name == "edit"][0].argv
        for file, readers in READERS.items():
            for name, argv, outputs in readers:
                if argv is None:
                    argv = edit if name == "edit" else [*edit[:-2], "--rounds", "3", "-o", "in/run.h5", "--resume"]
                copy(template, work)
                done = faults.shell(tools, work, argv)
                clean = [faults.digest(work / o) for o in outputs or []]
                if done.returncode not in (0, 1):
                    sys.exit(f"{name}: {done.stderr.decode()}")
                rng = random.Random(f"{args.seed} {file} {name}")
                for i in range(args.files):
                    copy(template, work)
                    flip(work / file, rng)
                    done = faults.shell(tools, work, argv)
                    bad = None
                    if done.returncode < 0 or done.returncode > 4:
                        bad = f"status {done.returncode}"
                    elif done.returncode in (0, 1) and [digest_apart(work / o) for o in outputs or []] != clean:
                        bad = "other numbers, without a word"
                    elif done.returncode > 1 and not done.stderr.strip():
                        bad = "no message"
                    result(bad, f"flip {file} {name} {i}")
        facts = json.loads((template / "in/facts.json").read_text())
        preset = json.loads((faults.ROOT / "datasets/presets/smollm2-135m.json").read_text())
        plan = {"model": "in/tiny.gguf", "facts": "in/facts.json", "text": "in/text.txt", "text_tokens": 256, "layers": "1", "round": 1,
                "rounds": 1, "preset": "preset.json", "arms": [{"name": "a", "filter": "revive", "tau": 0.2}]}
        rng = random.Random(args.seed)
        for i in range(args.mutations):
            for name, value, argv in (
                ("facts", facts, ["spx-eval", "in/tiny.gguf", "--facts", "facts.json", "--count", "2"]),
                ("preset", preset, [*edit, "--preset", "preset.json"]),
                ("plan", plan, ["spx-collapse", "plan.json", "-q", "-o", "results"]),
            ):
                copy(template, work)
                (work / "preset.json").write_text('{"contexts": 0, "steps": 1}')
                (work / f"{name}.json").write_text(json.dumps(mutate(value, rng)))
                done = faults.shell(tools, work, argv)
                text = done.stderr.decode(errors="replace")
                bad = None
                if done.returncode < 0 or done.returncode > 4:
                    bad = f"status {done.returncode}: {text.strip()[-200:]}"
                elif done.returncode > 1 and not text.strip():
                    bad = "no message"
                result(bad, f"mutate {name} {i}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
