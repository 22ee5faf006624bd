"""faults.py TOOLS [--all | --sample N] [--seed S] [--only CASE] [--class CLASS] [--jobs J]: every system call and every allocation failing in turn.

Each case runs one tool on tiny input. A clean run under strace lists its calls that touch the case's folder (or standard output); then
each of them fails once (`strace --inject`), and each allocation (alloc.c). Afterwards the run is judged:

  exit      its status is 1 to 4, and not 0, unless what it left equals the clean run's
  message   the last line on standard error names a file or says that memory ran out
  whole     under every final name lies nothing, or what lay there before, or what the clean run leaves
  litter    no *.part is left
  rerun     the same command (with --resume where it has that) then ends well with the clean run's results

Prints a table of classes, one line a fault that broke a rule, and `N passed, N failed`. Needs strace and a C compiler; h5py (of the
interpreter that runs this) compares run files dataset by dataset, without it only their h5dump.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CALLS = {
    "write": ("write", ["ENOSPC", "EIO"]),
    "pwrite": ("pwrite64", ["ENOSPC"]),
    "fsync": ("fsync", ["EIO"]),
    "rename": ("rename", ["EACCES"]),
    "open": ("openat", ["EMFILE"]),
    "close": ("close", ["EIO"]),
    "truncate": ("ftruncate", ["ENOSPC"]),
    "read": ("read", ["EIO"]),
    "pread": ("pread64", ["EIO"]),
    "mmap": ("mmap", ["ENOMEM"]),
    "lock": ("flock", ["ENOLCK"]),
}
RULES = ("exit", "crash", "message", "whole", "litter", "rerun")


class Case:
    """A command; files it makes; how it is run again after a fault."""

    def __init__(self, name, argv, outputs, again=None, okay=(0,), partial=False):
        self.name, self.argv, self.outputs = name, argv, outputs
        self.again, self.okay = again or argv, okay
        self.partial = partial  # a run that stops leaves what it has, to be resumed


def cases():
    facts = ["--facts", "in/facts.json"]
    edit = ["spx-edit", "in/tiny.gguf", *facts, "--stats", "in/stats.h5", "--layers", "1-2", "--lambda", "10", "--contexts", "0",
            "--steps", "2", "--round", "2", "--rounds", "2", "-q"]
    base, edited = "in/base.safetensors", "in/edited.safetensors"
    return [
        Case("info", ["spx-info", "in/tiny.gguf", "-o", "out.tsv"], ["out.tsv"]),
        Case("info-stdout", ["spx-info", base], []),
        Case("snapshot", ["spx-snapshot", "in/tiny.gguf", "--stage", "base", "-o", "out.h5"], ["out.h5"]),
        Case("snapshot-add", ["spx-snapshot", "in/tiny.gguf", "--stage", "more", "-o", "old.h5"], ["old.h5"]),
        Case("spectrum", ["spx-spectrum", "in/tiny.gguf", "-o", "out.h5"], ["out.h5"]),
        Case("compare", ["spx-compare", base, edited, "-t", "*.0.*", "-o", "out.tsv"], ["out.tsv"], okay=(0, 1)),
        Case("compare-run", ["spx-compare", base, edited, "-t", "*.0.*", "-o", "out.h5"], ["out.h5"], okay=(0, 1)),
        Case("stats", ["spx-stats", "in/tiny.gguf", "--text", "in/text.txt", "--tokens", "256", "--window", "128", "--layers", "1", "-o", "out.h5"],
             ["out.h5"]),
        Case("edit", [*edit, "-o", "out.h5"], ["out.h5"], again=[*edit, "-o", "out.h5", "--resume"], partial=True),
        Case("edit-resume", [*edit, "--rounds", "3", "-o", "run.h5", "--resume"], ["run.h5"], partial=True),
        Case("filter", ["spx-filter", base, edited, "-t", "*.0.*", "--tau", "0.2", "-o", "out.safetensors"], ["out.safetensors"], okay=(0, 1)),
        Case("filter-ledger", ["spx-filter", "in/run.h5", "--tau", "0.1,0.2", "-o", "out.h5"], ["out.h5"]),
        Case("export", ["spx-export", "in/run.h5#last", "--model", "in/tiny.gguf", "-o", "out.gguf"], ["out.gguf"]),
        Case("perturb", ["spx-perturb", "in/tiny.gguf", "--keep", "0.5", "--dtype", "F32", "-o", "out.gguf"], ["out.gguf"]),
        Case("eval", ["spx-eval", "in/tiny.gguf", *facts, "--count", "2", "--items", "items.tsv", "-o", "out.h5", "--stage", "s"],
             ["items.tsv", "out.h5"]),
        Case("merge", ["spx-merge", "in/c.h5.1of2", "in/c.h5.2of2", "-o", "out.h5"], ["out.h5"]),
        Case("plot", ["spx-plot", "subspace", "in/run.h5", "-o", "out.svg"], ["out.svg", "out.tsv"]),
    ]


def shell(tools, folder, argv, env=None, **more):
    full = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C", "OMP_WAIT_POLICY": "passive", **(env or {})}
    argv = [str(tools / argv[0]) if argv[0].startswith("spx-") else argv[0], *argv[1:]]
    return subprocess.run(argv, cwd=folder, env=full, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, **more)


def make_inputs(tools, folder):
    """in/: what all cases read, and `run.h5`, `old.h5`, which some change."""
    given = folder / "in"
    given.mkdir()
    shutil.copy(ROOT / "tests/data/tiny.gguf", given)
    shutil.copy(ROOT / "tests/golden/change-base.safetensors", given / "base.safetensors")
    shutil.copy(ROOT / "tests/golden/change-edited.safetensors", given / "edited.safetensors")
    lines = (ROOT / "datasets/counterfact-2000.json").read_text().splitlines()[1:9]
    (given / "facts.json").write_text("[\n" + "\n".join(lines).rstrip(",") + "\n]\n")
    (given / "text.txt").write_text((ROOT / "datasets/wikitext-2-test.txt").read_text()[:8000])
    by_name = {c.name: c for c in cases()}
    steps = [
        ["spx-stats", "in/tiny.gguf", "--text", "in/text.txt", "--tokens", "512", "--window", "128", "--layers", "1-2", "-o", "in/stats.h5"],
        [*by_name["edit"].argv[:-1], "in/run.h5"],
        ["spx-snapshot", "in/tiny.gguf", "--stage", "base", "-o", "old.h5"],
        *(["spx-compare", "in/base.safetensors", "in/edited.safetensors", "-t", "*.0.*", "-o", "in/c.h5", "--shard", f"{i}/2"] for i in (1, 2)),
    ]
    for argv in steps:
        done = shell(tools, folder, argv)
        if done.returncode not in (0, 1):
            sys.exit(f"faults.py: {' '.join(argv)}: {done.stderr.decode()}")
    shutil.copy(given / "run.h5", folder / "run.h5")
    for parts in given.glob("run.h5.*"):
        (shutil.copytree if parts.is_dir() else shutil.copy)(parts, folder / parts.name)


def fresh(template, work):
    if work.exists():
        shutil.rmtree(work)
    shutil.copytree(template, work, ignore=shutil.ignore_patterns("in"))
    (work / "in").symlink_to(template / "in")


def digest(path):
    """What a file holds: of a run file its datasets, else its bytes."""
    if not path.exists():
        return None
    if path.suffix != ".h5":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        import h5py
    except ImportError:
        return hashlib.sha256(subprocess.run(["h5dump", str(path)], capture_output=True).stdout).hexdigest()
    import numpy
    h = hashlib.sha256()

    def visit(group, prefix):
        for key in sorted(group.keys()):
            item = group[key]
            if isinstance(item, h5py.Group):
                visit(item, f"{prefix}/{key}")
            elif not prefix.startswith(("/timing", "/memory")) and not key.startswith(("seconds", "peak")):
                value = item[()]
                h.update(f"{prefix}/{key}".encode())
                h.update(numpy.asarray(value).tobytes() if not isinstance(value, bytes) else value)

    try:
        with h5py.File(path) as f:
            visit(f, "")
    except (OSError, KeyError, RuntimeError, ValueError) as why:
        return f"unreadable: {why}"
    return h.hexdigest()


def state(case, work):
    return {name: digest(work / name) for name in case.outputs}


TRACE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)")


def positions(tools, case, work, call):
    """Ordinals of a call (as strace counts) that touch the case's folder or standard output."""
    log = work.parent / f"{case.name}.strace"
    shell_argv = ["strace", "-y", "-s", "0", "-o", str(log), "-e", f"trace={call}", str(tools / case.argv[0]), *case.argv[1:]]
    shell(tools, work, shell_argv)
    found, n = [], 0
    for line in log.read_text(errors="replace").splitlines():
        m = TRACE.match(line)
        if not m or m.group(1) != call:
            continue
        n += 1
        text = m.group(2)
        relative = call in ("openat", "rename") and re.search(r'"(?!/)', line)
        if str(work) in line or str(work.parent) in line or relative or re.match(r"1<(pipe|/dev/null)", text):
            found.append(n)
    return found


def run_fault(tools, case, work, kind, what, n, error):
    if kind == "alloc":
        env = {"LD_PRELOAD": str(what), "SPX_FAULT_ALLOC": str(n)}
        if error == "lasting":
            env["SPX_FAULT_LASTING"] = "1"
        return shell(tools, work, case.argv, env)
    inject = f"inject={what}:error={error}:when={n}"
    return shell(tools, work, ["strace", "-o", "/dev/null", "-e", f"trace={what}", "-e", inject, str(tools / case.argv[0]), *case.argv[1:]])


def judge(tools, case, work, done, before, clean):
    """Names of the rules that this fault broke."""
    broken = []
    after = state(case, work)
    text = done.stderr.decode(errors="replace").strip()
    code = done.returncode
    if code < 0 or code > 100:
        broken.append("crash")
    elif code in case.okay and after != clean:
        broken.append("exit")
    elif code not in (0, 1, 3, 4) and code not in case.okay:
        broken.append("exit")
    if code not in case.okay and code >= 0 and code < 100:
        last = text.splitlines()[-1] if text else ""
        if not re.search(r"[\w./-]+\.(h5|gguf|tsv|json|txt|safetensors|svg|part|items)|memory|allocate|standard output|gnuplot|\d+of\d+", last):
            broken.append("message")
    for name in case.outputs:
        resumable = case.partial and code not in case.okay and not str(after[name]).startswith("unreadable")
        if after[name] not in (None, before[name], clean[name]) and not resumable:
            broken.append("whole")
            break
    left = [p.name for p in work.rglob("*.part") if "in" not in p.parts]
    if left and code >= 0:
        broken.append("litter")
    if after != clean or code not in case.okay:
        again = case.again if code not in case.okay else case.argv
        if after == clean:
            return broken  # done, though it said something: a rerun may refuse what exists
        second = shell(tools, work, again)
        if second.returncode not in case.okay or state(case, work) != clean:
            broken.append("rerun")
    return broken


def study(tools, case, template, root, args, library):
    """All faults of one case: [(class, position, error, rules broken, status, message)]."""
    home = root / case.name
    home.mkdir()
    work = home / "work"
    fresh(template, work)
    before = state(case, work)
    done = shell(tools, work, case.argv, {"LD_PRELOAD": str(library), "SPX_FAULT_COUNT": str(home / "count")})
    if done.returncode not in case.okay:
        return [(case.name, "clean run", 0, "", ["exit"], done.returncode, done.stderr.decode().strip()[-200:])]
    clean = state(case, work)
    allocations = int((home / "count").read_text()) if (home / "count").exists() else 0
    plan = []
    for kind, (call, errors) in CALLS.items():
        if args.classes and kind not in args.classes:
            continue
        fresh(template, work)
        plan += [(kind, call, n, e) for n in positions(tools, case, work, call) for e in errors]
    if not args.classes or "alloc" in args.classes:
        plan += [("alloc", library, n, "ENOMEM") for n in range(1, allocations + 1)]
    if args.sample:
        plan = random.Random(f"{args.seed} {case.name}").sample(plan, min(args.sample, len(plan)))
    found = []
    for kind, what, n, error in plan:
        fresh(template, work)
        try:
            done = run_fault(tools, case, work, kind, what, n, error)
            broken = judge(tools, case, work, done, before, clean)
            code, text = done.returncode, done.stderr.decode(errors="replace").strip()[-200:]
        except subprocess.TimeoutExpired:
            broken, code, text = ["crash"], "timeout", ""
        found.append((case.name, kind, n, error, broken, code, text))
    return found


def report(found):
    table = collections.defaultdict(collections.Counter)
    for _, kind, _, _, broken, _, _ in found:
        table[kind]["tried"] += 1
        table[kind]["clean"] += not broken
        for rule in broken:
            table[kind][rule] += 1
    print("class\ttried\tclean\t" + "\t".join(RULES))
    for kind in [*CALLS, "alloc", "clean run"]:
        if kind in table:
            print("\t".join([kind, *(str(table[kind][c]) for c in ("tried", "clean", *RULES))]))
    for name, kind, n, error, broken, code, text in found:
        if broken:
            print(f"{name}\t{kind} {n}\t{error}\t{','.join(broken)}\tstatus {code}\t{text.splitlines()[-1] if text else ''}")
    failed = sum(bool(f[4]) for f in found)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or not found else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tools", type=pathlib.Path)
    p.add_argument("--all", action="store_true")
    p.add_argument("--sample", type=int, default=0, help="faults of a case")
    p.add_argument("--seed", default="1")
    p.add_argument("--only", action="append", help="a case")
    p.add_argument("--class", dest="classes", action="append", help="a class of faults")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    args = p.parse_args()
    if not args.all and not args.sample:
        args.sample = 12
    args.tools = args.tools.resolve()
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        library = root / "alloc.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "alloc.c"), "-ldl"], check=True)
        template = root / "template"
        template.mkdir()
        make_inputs(args.tools, template)
        chosen = [c for c in cases() if not args.only or c.name in args.only]
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            found = [f for fs in pool.map(lambda c: study(args.tools, c, template, root, args, library), chosen) for f in fs]
    return report(found)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
