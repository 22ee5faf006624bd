"""faults.py TOOLS [--all | --sample N] [--seed S] [--only CASE] [--class CLASS] [--jobs J]: every system call and every allocation failing in turn.

Each case runs one tool on tiny input. A clean run under strace lists its calls that touch the case's folder, a pipe or standard output;
then each of them fails once (`strace --inject`), with each error of its class; and, as on a disk that is full, each write to its outputs
with all that follow, those of gnuplot among them (which does not look whether one that fails alone went well). What ld.so and the C library do to start a program touches
none of these and is left out: no tool has a say there. Of the allocations (alloc.c) each one fails that is the first or the last of its
series of calls within the program, and each that is the first, over all cases, of its series of calls within libraries: so every place
of the program that may get no memory gets none, and so does every path through HDF5. (A run of spx-edit on the tiny model allocates
130,000 times, nearly always where HDF5 has done so before.) Afterwards the run is judged:

  exit      its status is 1 to 4, and not 0, unless what it left equals the clean run's
  crash     it was ended by a signal, or by the exit of a library
  message   the last line on standard error names a file; status 4, where an allocation failed
  whole     under every final name lies nothing, or what lay there before, or what the clean run leaves
  litter    no *.part is left, nor any other file that the clean run does not leave (but for FILE.items, which the same command goes on
            from, an empty part that could not be locked, which may be another process's, and what could not be removed, if it is named)
  rerun     the same command (with --resume where it has that) then ends well with the clean run's results

Interrupted (Ctrl-C), it prints the table of what has been tried. `guarded` counts allocations that failed within HDF5, OpenBLAS, libcrypto or the OpenMP library and would have ended the
program there (tools/cli/guard.h): they keep all the rules. Prints a table of
classes, a line for each fault that broke a rule, and `N passed, N failed`. Needs strace, a C compiler and h5py (Debian's python3-h5py).
"""

import argparse
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import h5py
import numpy

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CALLS = {
    "write": ("write", ["ENOSPC", "EIO"]),
    "pwrite": ("pwrite64", ["ENOSPC", "EIO"]),
    "fsync": ("fsync", ["EIO", "ENOSPC"]),
    "fdatasync": ("fdatasync", ["EIO"]),
    "rename": ("rename", ["EACCES", "EIO"]),
    "open": ("openat", ["EMFILE", "EIO", "ENOSPC"]),
    "close": ("close", ["EIO", "ENOSPC"]),
    "truncate": ("ftruncate", ["ENOSPC", "EIO"]),
    "read": ("read", ["EIO"]),
    "pread": ("pread64", ["EIO"]),
    "mmap": ("mmap", ["ENOMEM"]),
    "lock": ("flock", ["ENOLCK", "EIO"]),
    "stat": ("newfstatat", ["EIO"]),
    "unlink": ("unlink", ["EIO"]),
    "mkdir": ("mkdir", ["EIO", "ENOSPC"]),
    "link": ("readlink", ["EIO"]),
    "access": ("access", ["EIO"]),
    "seek": ("lseek", ["EIO"]),
    "mode": ("fchmod", ["EIO"]),
    "list": ("getdents64", ["EIO"]),
}
FULL = {"full": "write", "full-pwrite": "pwrite64"}  # from this call on every one to the case's outputs, gnuplot's too
RULES = ("exit", "crash", "message", "whole", "litter", "rerun")
GUARD = "or a fault inside a library"  # tools/cli/guard.c
ENDS_PROGRAMS = ("hdf5", "libgomp", "openblas", "libcrypto")  # libraries that do so where an allocation fails
CHUNK = 40  # faults that a worker takes at a time


class Case:
    """A command; files it makes; how it is run again after a fault."""

    def __init__(self, name, argv, outputs, again=None, okay=(0,), partial=False, every=1, starts=False):
        self.name, self.argv, self.outputs = name, argv, outputs
        self.again, self.okay = again or argv, okay
        self.starts = starts  # other programs
        self.every = every  # of a slow one, each so many-th fault alone
        self.partial = partial  # a run that stops leaves what it has, to be resumed


DRAWN = ("alarms.tsv", "collapse.svg", "collapse.tsv", "layers.svg", "layers.tsv", "norm.tsv", "spectrum.tsv", "subspace.svg", "summary.md",
         "summary.tex", "warning.tsv")


def cases():
    facts = ["--facts", "in/facts.json"]
    edit = ["spx-edit", "in/tiny.gguf", *facts, "--unedited", "kept", "--stats", "in/stats.h5", "--layers", "1", "--lambda", "10", "--contexts", "0",
            "--steps", "2", "--round", "2", "--rounds", "2", "-q"]
    base, edited = "in/base.safetensors", "in/edited.safetensors"
    compare = ["spx-compare", base, edited, "-t", "*.0.*", "-o", "out.h5"]
    return [
        Case("info", ["spx-info", "in/tiny.gguf", "-o", "out.tsv"], ["out.tsv"]),
        Case("info-stdout", ["spx-info", base], []),
        Case("snapshot", ["spx-snapshot", "in/tiny.gguf", "--stage", "base", "-o", "out.h5"], ["out.h5"]),
        Case("snapshot-add", ["spx-snapshot", "in/tiny.gguf", "--stage", "more", "-o", "old.h5"], ["old.h5"]),
        Case("spectrum", ["spx-spectrum", "in/tiny.gguf", "-o", "out.h5"], ["out.h5"]),
        Case("compare", ["spx-compare", base, edited, "-t", "*.0.*", "-o", "out.tsv"], ["out.tsv"], okay=(0, 1)),
        Case("compare-run", compare, ["out.h5"], okay=(0, 1)),
        Case("stats", ["spx-stats", "in/tiny.gguf", "--text", "in/text.txt", "--tokens", "256", "--window", "128", "--layers", "1", "-o", "out.h5"],
             ["out.h5"]),
        Case("edit", [*edit, "-o", "out.h5"], ["out.h5"], again=[*edit, "-o", "out.h5", "--resume"], partial=True),
        Case("edit-resume", [*edit, "--rounds", "3", "-o", "run.h5", "--resume"], ["run.h5"], partial=True),
        Case("filter", ["spx-filter", base, edited, "-t", "*.0.*", "--tau", "0.2", "-o", "out.safetensors"], ["out.safetensors"], okay=(0, 1)),
        Case("filter-ledger", ["spx-filter", "in/run.h5", "--tau", "0.1,0.2", "-o", "out.h5"], ["out.h5"]),
        Case("filter-eval", ["spx-filter", "in/tiny.gguf", "in/run.h5#last", "--cap", "0.5", "--filter", "spectral-cap", "--eval", *facts,
                             "--records", "2", "--perplexity", "in/text.txt", "--tokens", "128", "--window", "64", "--lambada-items", "1",
                             "-o", "out.h5"], ["out.h5"], every=10),
        Case("export", ["spx-export", "in/run.h5#last", "--model", "in/tiny.gguf", "-o", "out.gguf"], ["out.gguf"]),
        Case("perturb", ["spx-perturb", "in/tiny.gguf", "--keep", "0.5", "--dtype", "F32", "-o", "out.gguf"], ["out.gguf"]),
        Case("eval", ["spx-eval", "in/tiny.gguf", *facts, "--count", "2", "--items", "items.tsv", "-o", "out.h5", "--stage", "s"],
             ["items.tsv", "out.h5"]),
        Case("merge", ["spx-merge", "in/c.h5.1of2", "in/c.h5.2of2", "-o", "out.h5"], ["out.h5"]),
        Case("plot", ["spx-plot", "subspace", "in/run.h5", "-o", "out.svg"], ["out.svg", "out.tsv"], starts=True),
        Case("diagnose", ["spx-diagnose", base, edited, "-t", "*.0.*", "--no-behaviour", "-o", "rep"],
             ["rep/matrices.tsv", "rep/stages.h5", "rep/spectrum.tsv", "rep/alpha.tsv", "rep/overtaking.tsv"], okay=(0, 1), every=10,
             starts=True),
        Case("shard", [*compare[:-1], "shard.h5", "--shard", "1/2"], ["shard.h5.1of2"], okay=(0, 1), partial=True),
        Case("collapse", ["spx-collapse", "in/plan.json", "--draw", "-q", "-o", "results"], [f"results/{f}" for f in DRAWN], every=10,
             starts=True),
    ]


def settled():
    """An environment in which no tool starts itself again (tools/cli/start_again.h): its calls would be counted twice."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C", "OMP_WAIT_POLICY": "passive"}
    if " avx2 " in pathlib.Path("/proc/cpuinfo").read_text():
        env.setdefault("OPENBLAS_CORETYPE", "Haswell")
    return env


def shell(tools, folder, argv, env=None, **more):
    full = {**settled(), **(env or {})}
    argv = [str(tools / argv[0]) if argv[0].startswith("spx-") else argv[0], *argv[1:]]
    return subprocess.run(argv, cwd=folder, env=full, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, **more)


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
    plan = {"model": "tiny.gguf", "facts": "facts.json", "text": "text.txt", "text_tokens": 600, "layers": "1", "round": 1, "rounds": 1,
            "preset": "preset.json", "arms": [{"name": "a", "filter": "revive", "tau": 0.2}]}
    (given / "plan.json").write_text(json.dumps(plan))
    (given / "preset.json").write_text('{"contexts": 0, "steps": 1}')
    by_name = {c.name: c for c in cases()}
    steps = [
        ["spx-stats", "in/tiny.gguf", "--text", "in/text.txt", "--tokens", "512", "--window", "128", "--layers", "1-2", "-o", "in/stats.h5"],
        [*by_name["edit"].argv[:-1], "in/run.h5"],
        ["spx-snapshot", "in/tiny.gguf", "--stage", "base", "-o", "old.h5"],
        *(["spx-compare", "in/base.safetensors", "in/edited.safetensors", "-t", "*.0.*", "-o", "in/c.h5", "--shard", f"{i}/2"] for i in (1, 2)),
        ["spx-collapse", "in/plan.json", "-q", "-o", "results"],
    ]
    for argv in steps:
        done = shell(tools, folder, argv)
        if done.returncode not in (0, 1):
            sys.exit(f"faults.py: {' '.join(argv)}: {done.stderr.decode()}")
    shutil.copy(given / "run.h5", folder / "run.h5")
    for parts in given.glob("run.h5.*"):
        (shutil.copytree if parts.is_dir() else shutil.copy)(parts, folder / parts.name)


def fresh(template, work, outputs=("",)):
    """A folder with the inputs, and copies of what there is of the outputs (of all other files, where none are named)."""
    if work.exists():
        shutil.rmtree(work)
    work.mkdir()
    for path in template.iterdir():
        if path.name != "in" and path.name.startswith(tuple(o.split("/")[0] for o in outputs)):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, work / path.name)
    (work / "in").symlink_to(template / "in")


def hash_group(h, group, prefix):
    for key in sorted(group.keys()):
        item = group[key]
        if isinstance(item, h5py.Group):
            hash_group(h, item, f"{prefix}/{key}")
        elif not prefix.startswith(("/timing", "/memory")) and not key.startswith(("seconds", "peak")):
            value = item[()]
            h.update(f"{prefix}/{key}".encode())
            h.update(numpy.asarray(value).tobytes() if not isinstance(value, bytes) else value)


def digest(path):
    """What a file holds: of a run file its datasets but times and memory, else its bytes."""
    if not path.exists():
        return None
    if path.suffix != ".h5":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    h = hashlib.sha256()
    try:
        with h5py.File(path) as f:
            hash_group(h, f, "")
    except (OSError, KeyError, RuntimeError, ValueError) as why:
        return f"unreadable: {why}"
    return h.hexdigest()


def state(case, work):
    return {name: digest(work / name) for name in case.outputs}


def listing(work):
    """Every file of the case's folder but its inputs, and a hash of its bytes."""
    return {
        str(p.relative_to(work)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(work.rglob("*"))
        if p.is_file() and p.relative_to(work).parts[0] != "in"
    }


TRACE = re.compile(r"^(?:(\d+) +)?(\w+)\((.*)")
FILES = re.compile(r"[\w./-]+\.(h5|gguf|tsv|json|txt|safetensors|svg|part|items|gp|html|tex|pdf)|standard output|gnuplot|\d+of\d+|results|/tmp/spx-plot-\w+|/dev/null")


def traced(tools, case, options):
    quick = [] if case.starts else ["--seccomp-bpf", "-f"]  # stops at the calls asked for alone; faults children, too
    return ["strace", *quick, *options, str(tools / case.argv[0]), *case.argv[1:]]


def outputs_alone(case, work):
    """strace's options for calls that touch the outputs, of children too."""
    return ["-f", *(word for name in case.outputs for word in ("-P", str(work / f"{name}.part"), "-P", str(work / name)))]


def trace(tools, case, work, calls, options=()):
    """[(ordinal as strace counts, for each process; call; its arguments; the line)]"""
    log, n, found = work.parent / f"{case.name}.strace", collections.Counter(), []
    shell(tools, work, traced(tools, case, [*options, "-y", "-s", "0", "-o", str(log), "-e", f"trace={','.join(calls)}"]))
    for line in log.read_text(errors="replace").splitlines():
        m = TRACE.match(line)
        if m and m.group(2) in calls:
            n[m.group(1), m.group(2)] += 1
            found.append((n[m.group(1), m.group(2)], m.group(2), m.group(3), line))
    return found


def positions(tools, case, work, calls):
    """{call: ordinals} of those that touch the case's folder, a pipe or standard output."""
    found = {call: set() for call in calls}
    for n, call, text, line in trace(tools, case, work, calls):
        relative = call not in ("write", "read") and re.search(r'"(?!/)[^"]+"', line)
        if call == "close" and "<pipe" in text:
            continue  # strace does not close it then, and who reads from it would wait for ever
        if str(work) in line or str(work.parent) in line or relative or re.match(r"\d+<pipe|1</dev/null", text):
            found[call].add(n)
    return {call: sorted(ordinals) for call, ordinals in found.items()}


def allocations(path):
    """[(outer series, inner series, first, last, library)] as alloc.c lists them."""
    rows = [line.split() for line in path.read_text().splitlines()]
    return [(outer, inner, int(first), int(last), library) for outer, inner, first, last, library in rows]


class Fault:
    """One call that fails: the kind, the system call, which one, the error; of an allocation, the library that asked."""

    def __init__(self, kind, call, n, error, library=""):
        self.kind, self.call, self.n, self.error, self.library = kind, call, n, error, library


def run_fault(tools, case, work, fault, library):
    if fault.kind == "alloc":
        return shell(tools, work, case.argv, {"LD_PRELOAD": str(library), "SPX_FAULT_ALLOC": str(fault.n)})
    full = fault.kind in FULL
    inject = f"inject={fault.call}:error={fault.error}:when={fault.n}{'+' if full else ''}"
    options = [*(outputs_alone(case, work) if full else []), "-o", "/dev/null", "-e", f"trace={fault.call}", "-e", inject]
    return shell(tools, work, traced(tools, case, options))


class Outcome:
    """What the tool did, and what lay in its folder before, lies there now, and lies there after a clean run."""

    def __init__(self, case, work, done, study):
        self.code, self.text = done.returncode, done.stderr.decode(errors="replace").strip()
        self.last = self.text.splitlines()[-1] if self.text else ""
        self.ended = self.code in case.okay
        self.crashed = self.code < 0 or self.code > 100
        self.files = listing(work)
        self.untouched = self.files == study.files_before
        self.after = study.before if self.untouched else state(case, work)


def told(fault, o):
    if fault.kind == "alloc":
        return o.code == 4 and o.last
    return (o.code == 4 and "memory" in o.last) or FILES.search(o.last)


def judge(tools, case, work, fault, o, study):
    """Names of the rules that this fault broke."""
    broken = []
    if o.crashed or (GUARD in o.last and not any(name in fault.library for name in ENDS_PROGRAMS)):
        broken.append("crash")
    elif (o.ended and o.after != study.clean) or (not o.ended and o.code not in (1, 3, 4)):
        broken.append("exit")
    if not o.ended and not o.crashed and not told(fault, o):
        broken.append("message")
    for name in case.outputs:
        resumable = case.partial and not o.ended and not str(o.after[name]).startswith("unreadable")
        if o.after[name] not in (None, study.before[name], study.clean[name]) and not resumable:
            broken.append("whole")
            break
    expected = {*study.files_before, *study.files_clean, *case.outputs, *(f"{name}.items" for name in case.outputs)}
    parts = [f for f in o.files if f.endswith(".part") and not (fault.kind == "lock" and not (work / f).stat().st_size)]
    strays = [f for f in o.files if f not in expected and not f.endswith(".part") and not case.partial]
    told_of = fault.kind == "unlink" and all(os.path.basename(f) in o.text for f in parts + strays)
    if (parts or strays) and not told_of:
        broken.append("litter")
    if o.untouched or (o.after == study.clean and not o.ended):
        return broken  # a rerun finds what the clean run found; or the work is done, though the tool said something
    again = shell(tools, work, case.argv if o.ended else case.again) if o.after != study.clean else None
    if again and (again.returncode not in case.okay or state(case, work) != study.clean):
        broken.append("rerun")
    return broken


class Study:
    """A case: its folder before and after a clean run, and the faults that it may meet."""

    def __init__(self, tools, case, template, home, args, library):
        self.case, self.home, self.failure = case, home, None
        home.mkdir()
        work = home / "work"
        fresh(template, work, case.outputs)
        self.before, self.files_before = state(case, work), listing(work)
        count = home / "count"
        done = shell(tools, work, case.argv, {"LD_PRELOAD": str(library), "SPX_FAULT_COUNT": str(count)})
        if done.returncode not in case.okay:
            self.failure = (done.returncode, done.stderr.decode().strip()[-200:])
            return
        self.clean, self.files_clean = state(case, work), listing(work)
        self.allocations = allocations(count) if not args.classes or "alloc" in args.classes else []
        kinds = [k for k in CALLS if not args.classes or k in args.classes]
        fresh(template, work, case.outputs)
        at = positions(tools, case, work, [CALLS[k][0] for k in kinds]) if kinds else {}
        self.faults = [Fault(k, CALLS[k][0], n, e) for k in kinds for n in at[CALLS[k][0]] for e in CALLS[k][1]]
        for kind in [k for k in FULL if case.outputs and (not args.classes or k in args.classes)]:
            fresh(template, work, case.outputs)
            writes = {t[0] for t in trace(tools, case, work, [FULL[kind]], outputs_alone(case, work))}
            self.faults += [Fault(kind, FULL[kind], n, "ENOSPC") for n in sorted(writes)]

    def add_allocations(self, seen):
        """The first and last of each outer series, and the first of each inner one that `seen` lacks."""
        chosen, ends = {}, {}
        for outer, inner, first, last, library in sorted(self.allocations, key=lambda row: row[2]):
            if inner not in seen:
                chosen[first] = library
                seen.add(inner)
            chosen.setdefault(first, library) if outer not in ends else None
            if outer not in ends or last > ends[outer][0]:
                ends[outer] = (last, library)
        chosen.update({last: library for last, library in ends.values()})
        self.faults += [Fault("alloc", "", n, "ENOMEM", chosen[n]) for n in sorted(chosen)]


def try_faults(tools, template, library, study, number, faults):
    """[(case, fault, rules broken, status, last line, guarded)]"""
    case, work, found = study.case, study.home / f"work{number}", []
    for fault in faults:
        fresh(template, work, case.outputs)
        try:
            o = Outcome(case, work, run_fault(tools, case, work, fault, library), study)
            broken = judge(tools, case, work, fault, o, study)
            found.append((case.name, fault, broken, o.code, o.last[-200:], GUARD in o.last))
        except subprocess.TimeoutExpired:
            found.append((case.name, fault, ["crash"], "timeout", "", False))
    shutil.rmtree(work, ignore_errors=True)
    return found


def show(found):
    for name, fault, broken, code, text, _ in found:
        if broken:
            print(f"{name}\t{fault.kind} {fault.n}\t{fault.error}\t{','.join(broken)}\tstatus {code}\t{fault.library}\t{text}", flush=True)


def report(found):
    table = collections.defaultdict(collections.Counter)
    for _, fault, broken, _, _, guarded in found:
        table[fault.kind]["tried"] += 1
        table[fault.kind]["clean"] += not broken
        table[fault.kind]["guarded"] += guarded
        for rule in broken:
            table[fault.kind][rule] += 1
    columns = ("tried", "clean", "guarded", *RULES)
    print("class\t" + "\t".join(columns))
    for kind in [*CALLS, *FULL, "alloc"]:
        if kind in table:
            print("\t".join([kind, *(str(table[kind][c]) for c in columns)]))
    failed = sum(bool(f[2]) for f in found)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or not found else 0


def plan(studies, args):
    """[(study, number, faults)]: what the workers take, a chunk at a time."""
    seen, chunks = set(), []
    for study in studies:
        study.add_allocations(seen)
        faults = study.faults
        faults = faults[:: study.case.every]
        if args.sample:
            count = max(1, args.sample // study.case.every)
            faults = random.Random(f"{args.seed} {study.case.name}").sample(faults, min(count, len(faults)))
        chunks += [(study, i, faults[i : i + CHUNK]) for i in range(0, len(faults), CHUNK)]
    return chunks


def run_all(args, root):
    library = root / "alloc.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "alloc.c"), "-ldl"], check=True)
    template = root / "template"
    template.mkdir()
    make_inputs(args.tools, template)
    chosen = [c for c in cases() if not args.only or c.name in args.only]
    prepare = functools.partial(Study, args.tools)
    found = []
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        studies = [pool.submit(prepare, c, template, root / c.name, args, library) for c in chosen]
        studies = [s.result() for s in studies]
        for s in studies:
            if s.failure:
                sys.exit(f"faults.py: {s.case.name}: the clean run: status {s.failure[0]}: {s.failure[1]}")
        work = functools.partial(try_faults, args.tools, template, library)
        chunks = [pool.submit(work, *chunk) for chunk in plan(studies, args)]
        try:
            for done, some in enumerate(chunks, 1):
                show(some.result())
                found += some.result()
                print(f"{len(found)} faults, {done} of {len(chunks)} parts", end="\r", file=sys.stderr, flush=True)
        except KeyboardInterrupt:  # the table of what has been tried
            pool.shutdown(cancel_futures=True)
    return found


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
        return report(run_all(args, pathlib.Path(root)))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
