"""same_numbers.py BEFORE AFTER: the run files (*.h5) of two folders, dataset by dataset, bit for bit.

Prints one line for each file, dataset or attribute that differs or that only one side has, and a count at the end; exits with 1 if
there is any. Left out: seconds (group timing, peak memory), and attributes that say who made the file rather than what is in it.
Renamed datasets are given as OLD=NEW after the folders.
"""

import pathlib
import sys

import h5py
import numpy

PROVENANCE = {"history", "command", "created", "version", "spx_version", "title", "blas", "hostname"}
MEASURED = ("timing/", "memory/")


def contents(path, rename):
    """{dataset: value}, {group@attribute: value} of one run file."""
    data, attributes = {}, {}

    def visit(name, item):
        name = rename.get(name, name)
        if isinstance(item, h5py.Dataset) and not name.startswith(MEASURED):
            data[name] = item[()]

    with h5py.File(path) as f:
        f.visititems(visit)
        for group in ("", "ledger", "evaluation"):
            if not group or group in f:
                for key, value in (f[group] if group else f).attrs.items():
                    if key not in PROVENANCE and not key.startswith("_"):
                        attributes[f"{group}@{key}"] = value
    return data, attributes


def same(a, b):
    a, b = numpy.asarray(a), numpy.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def compare(name, before, after, rename):
    """Lines that say what differs, and how many datasets are the same."""
    lines, equal = [], 0
    for a, b, kind in zip(contents(before, rename), contents(after, {}), ("dataset", "attribute")):
        for key in sorted(a.keys() | b.keys()):
            if key not in b:
                lines.append(f"{name}\t{kind} {key}\tonly before")
            elif key not in a:
                lines.append(f"{name}\t{kind} {key}\tonly after")
            elif not same(a[key], b[key]):
                lines.append(f"{name}\t{kind} {key}\tdiffers")
            else:
                equal += kind == "dataset"
    return lines, equal


def main():
    before, after = map(pathlib.Path, sys.argv[1:3])
    rename = dict(pair.split("=") for pair in sys.argv[3:])
    files = {side: {str(p.relative_to(side)): p for p in sorted(side.rglob("*.h5"))} for side in (before, after)}
    bad, equal, compared = [], 0, 0
    for name in sorted(files[before].keys() | files[after].keys()):
        if name not in files[before] or name not in files[after]:
            bad.append(f"{name}\tfile\tonly {'before' if name in files[before] else 'after'}")
            continue
        lines, n = compare(name, files[before][name], files[after][name], rename)
        bad += lines
        equal += n
        compared += 1
    print("\n".join(bad + [f"{compared} run files, {equal} datasets equal, {len(bad)} differences"]))
    return 1 if bad or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
