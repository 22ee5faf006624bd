#!/usr/bin/env python3
"""earlier.py runs|tables|repairs TABLES FOLDER: arms that other sessions ran, of which only tables are left.

TABLES is a folder of plots/results, FOLDER one of spx-collapse's. `runs` makes, of every arm in TABLES/arms.tsv that has
no run file in FOLDER, a run file that holds what the tables hold: its metrics, their items, and per matrix such numbers
that mean, least and largest are those of stages.tsv. With them spx-collapse --draw makes the figures and tables of all
sessions. It prints how many there were. `tables` then keeps in FOLDER's arms.tsv, items.tsv and stages.tsv the very rows
that TABLES has of those arms. make.sh calls it. `repairs`, which repair.sh calls, makes of every table that spx-filter
--eval printed a run file for the figure repair. Needs python3-numpy and python3-h5py of Debian.
"""

import csv
import math
import sys
from pathlib import Path

csv.field_size_limit(1 << 24)
NAMES = ("arms.tsv", "items.tsv", "stages.tsv")
TIMING = ("seconds_", "peak_memory")  # what columns begin with that are not of matrices
MADE = "rebuilt.txt"  # in FOLDER: arms and orders that `runs` made


def read(path):
    """The headings and the rows of a table, as dictionaries of texts."""
    if not path.exists():
        return [], []
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return list(rows.fieldnames or []), list(rows)


def write(path, headings, rows):
    with open(path, "w", encoding="utf-8") as file:
        for cells in [headings, *([row.get(h, "NaN") for h in headings] for row in rows)]:
            file.write("\t".join(cells) + "\n")


def key(row):
    return row["arm"], row["order"]


def number(text):
    return float(text) if text not in (None, "") else math.nan


def stem(arm, order):
    """What an arm's name is without the order that a plan appends to it."""
    return arm.removesuffix("-" + order)


def settings(row, sibling):
    """The attributes that tell the arm apart, those of an arm of this session that is the same but for the order."""
    out = {"model_sha256": row["model"], "facts_sha256": stem(*key(row))}
    words = row["setting"].removeprefix(f"{row['filter']} {row['basis']}").split()
    for word in words if row["basis"] else []:
        name, _, value = word.rpartition("=")
        out[{"": "tau", "k": "rank"}.get(name, name)] = value
    out.update(sibling)
    for name in ("editor", "filter", "basis", "seed", "model"):
        out[name] = row[name]
    out["first"] = row["order"]
    return out


def find_sibling(folder, row):
    """Texts of a run file of this session that has the same name but for the order."""
    import h5py

    for path in sorted(folder.glob("*.h5")):
        if path.stem == "stats":
            continue
        with h5py.File(path, "r") as run:
            text = {k: v for k, v in run.attrs.items() if isinstance(v, str)}
        if "first" in text and stem(path.stem, text["first"]) == stem(*key(row)):
            return text
    return {}


def spread(mean, least, most, n):
    """n numbers with that mean and range."""
    if n < 3 or not (math.isfinite(least) and math.isfinite(most)):
        return [mean] * n
    return [least, most] + [(n * mean - least - most) / (n - 2)] * (n - 2)


def matrix_series(rows, headings):
    """Of every number its n series, one a matrix."""
    for name in headings[headings.index("matrices") + 1 :]:
        ratio = name + "_ratio"
        of = ratio if ratio in headings else name
        if name.startswith(TIMING):
            continue
        if any(name.endswith(e) and name.removesuffix(e) in headings for e in ("_min", "_max", "_ratio")):
            continue  # of a number that has its turn
        base = number(rows[0][name]) if of == ratio else 1
        out = []
        for row in rows:
            n = int(row["matrices"])
            values = [number(row.get(of + end)) for end in ("", "_min", "_max")]
            out.append([base * v for v in spread(*values, n)])
        yield name, list(zip(*out))


def put_series(group, name, values):
    group.create_dataset(name, data=values)


def put_evaluation(run, rows, stages):
    import numpy as np

    for metric in dict.fromkeys(r["metric"] for r in rows):
        of = {int(r["round"]): r for r in rows if r["metric"] == metric}
        for end, column in (("", "value"), ("_lo", "lo"), ("_hi", "hi"), ("_items", "items")):
            values = [number(of[s][column]) if s in of else math.nan for s in stages]
            if np.isfinite(values).any():
                put_series(run.require_group("evaluation"), metric + end, values)


def put_items(run, rows, stages):
    import numpy as np

    for metric in dict.fromkeys(r["metric"] for r in rows):
        of = {int(r["round"]): r for r in rows if r["metric"] == metric}
        asked = {
            s: {int(r["first"]) + i: float(c) for i, c in enumerate(r["outcomes"]) if c != "-"}
            for s, r in of.items()
        }
        ids = sorted(set().union(*asked.values()))
        data = [[asked.get(s, {}).get(i, math.nan) for i in ids] for s in stages]
        group = run.require_group("item_outcomes")
        put_series(group, metric, np.array(data))
        put_series(group, metric + "_item", np.array(ids, float))
        group.attrs[metric + "_set"] = rows[0]["set"]


def put_stages(run, rounds, headings, stages):
    """A row for every stage, also one of which the table says nothing."""
    if not rounds:
        return
    of = {int(r["round"]): r for r in rounds}
    blank = dict.fromkeys(headings, "NaN") | {"matrices": rounds[0]["matrices"]}
    rows = [of.get(s, blank) for s in stages]
    for name in headings[headings.index("matrices") + 1 :]:
        if name.startswith(TIMING):
            put_series(run.require_group("timing"), name, [number(r[name]) for r in rows])
    for name, series in matrix_series(rows, headings):
        for i, values in enumerate(series):
            put_series(run.require_group(f"tensors/m{i + 1}"), name, values)


def make_run(path, tables, headings, sibling):
    """The run file of one arm of the tables."""
    import h5py
    import numpy as np

    arms, items, rounds = tables
    place = {int(r["round"]): number(r["edits"]) for r in [*arms, *rounds]}
    stages = sorted(place)
    h5py.get_config().track_order = True
    with h5py.File(path, "w") as run:
        run.attrs["spx_schema"] = 1.0
        for name, text in settings(arms[0], sibling).items():
            run.attrs[name] = text
        put_series(run, "stage", [place[s] for s in stages])
        names = [f"r{s}" if s else "base" for s in stages]
        run.create_dataset("stage_name", data=np.array(names, h5py.string_dtype("utf-8", 64)))
        put_evaluation(run, arms, stages)
        put_items(run, items, stages)
        put_stages(run, rounds, headings, stages)


def runs(tables, folder):
    all_rows = [read(tables / name) for name in NAMES]
    made = []
    for arm in dict.fromkeys(key(r) for r in all_rows[0][1]):
        path = folder / f"{arm[0]}.h5"
        if path.exists():
            continue
        of = [[r for r in rows if key(r) == arm] for _, rows in all_rows]
        make_run(path, of, all_rows[2][0], find_sibling(folder, of[0][0]))
        made.append(arm)
    write(folder / MADE, ["arm", "order"], [dict(zip(("arm", "order"), a)) for a in made])
    print(len(made))


def keep_rows(old, new, made):
    """A table of this session's rows and, of those arms that were made of it, the old one's."""
    headings = new[0] + [h for h in old[0] if h not in new[0]]
    fresh = [r for r in new[1] if key(r) not in made]
    ran = {key(r) for r in fresh}
    return headings, fresh + [r for r in old[1] if key(r) not in ran]


def tables(old, folder):
    made = {key(r) for r in read(folder / MADE)[1]}
    for name in NAMES:
        write(folder / name, *keep_rows(read(old / name), read(folder / name), made))


def filter_of(row):
    """What a row of spx-filter --eval tries, without the value that is swept: "revive basis=edited"."""
    return " ".join(w for w in row["model"].split() if not w.startswith(row["parameter"] + "="))


def make_repair(path, rows):
    import h5py
    import numpy as np

    sweeps = list(dict.fromkeys((filter_of(r), r["parameter"]) for r in rows if r["filter"] != "-"))
    places = [0.0 if r["filter"] == "-" else 1.0 + sweeps.index((filter_of(r), r["parameter"])) for r in rows]
    with h5py.File(path, "w") as run:
        run.attrs["spx_schema"] = 1.0
        put_series(run, "stage", np.arange(len(rows), dtype=float))
        run.create_dataset("stage_name", data=np.array([r["model"] for r in rows], h5py.string_dtype("utf-8", 64)))
        repair = run.create_group("repair")
        repair.attrs["kept"] = "rewrite_acc"
        for i, names in enumerate(sweeps):
            repair.attrs[f"sweep{i + 1}"] = " ".join(names)
        put_series(repair, "sweep", places)
        put_series(repair, "at", [number(r["at"]) for r in rows])
        put_series(repair, "frontier", [float(r["mark"] != "-") for r in rows])
        put_series(repair, "knee", [float(r["mark"] == "knee") for r in rows])
        for name in ("perplexity", "rewrite_acc"):
            for end in ("", "_lo", "_hi"):
                put_series(run.require_group("evaluation"), name + end, [number(r[name + end]) for r in rows])


def repairs(tables, folder):
    for path in sorted(tables.glob("*.tsv")):
        make_repair(folder / f"{path.stem}.h5", read(path)[1])


def main():
    verbs = {"runs": runs, "tables": tables, "repairs": repairs}
    if len(sys.argv) != 4 or sys.argv[1] not in verbs:
        sys.exit(__doc__.split("\n")[0])
    verbs[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))


if __name__ == "__main__":
    main()
