"""claims_repair.py: filters of the whole change of an edited model beside plain scaling of it, for claims.py, from the tables that
repair.sh makes (results/repair/MODEL.tsv, one an edited model)."""

import math

import claims_statistics as cs
import earlier

HEADINGS = ["filter", "models", "values", "on_frontier", "gap", "lo", "hi"]
BEST = ["edited_model", "state", "facts", "perplexity", "unedited_perplexity", "knee", "knee_facts", "knee_perplexity", "lost", "gained", "p"]  # fmt: skip


def point(row):
    return earlier.number(row["rewrite_acc"]), math.log(earlier.number(row["perplexity"]))


def scaled(path, kept):
    """The least ln perplexity with which scaling keeps so many facts, on the broken line from the unedited to the edited
    model; that of its end with most facts where it never keeps so many."""
    found = [y for x, y in path if x >= kept]
    for (x0, y0), (x1, y1) in zip(path, path[1:]):
        if min(x0, x1) < kept < max(x0, x1):
            found.append(y0 + (y1 - y0) * (kept - x0) / (x1 - x0))
    return min(found) if found else max(path)[1]


def gaps_of(rows):
    """Of each filter the mean over its values of ln perplexity less that of scaling with as many facts."""
    shares = sorted((r for r in rows if r["filter"] == "scale"), key=lambda r: float(r["at"]))
    path = [point(r) for r in (rows[0], *shares, rows[1])]
    of = {}
    for row in rows[2:]:
        if row["filter"] != "scale":
            x, y = point(row)
            of.setdefault(earlier.filter_of(row), []).append((y - scaled(path, x), row["mark"] != "-"))
    return {name: (sum(g for g, _ in own) / len(own), len(own), sum(on for _, on in own)) for name, own in of.items()}


def read_repairs(results):
    return {path.stem: earlier.read(path)[1] for path in sorted((results / "repair").glob("*.tsv"))}


def table(repairs):
    """A row a filter: its gap over models with Student's interval, the least first."""
    of = {}
    for rows in repairs.values():
        for name, found in gaps_of(rows).items():
            of.setdefault(name, []).append(found)
    out = []
    for name, found in of.items():
        mean, lo, hi = cs.student([g for g, _, _ in found])
        out.append((name, len(found), sum(n for _, n, _ in found), sum(on for _, _, on in found), mean, lo, hi))
    return sorted(out, key=lambda r: r[4])


def knees(repairs):
    """A row an edited model: what it is beside the unedited one, and the knee of all filters beside it, item by item."""
    out = []
    for name, rows in repairs.items():
        base, edited = rows[:2]
        knee = next((r for r in rows if r["mark"] == "knee"), None)
        values = [earlier.number(r[c]) for r in (edited, base) for c in ("rewrite_acc", "perplexity")]
        found = ("none", *[math.nan] * 5)
        if knee:
            cells = ("rewrite_acc", "perplexity", "rewrite_acc_lost", "rewrite_acc_gained", "rewrite_acc_p")
            found = (knee["model"], *(earlier.number(knee[c]) for c in cells))
        out.append((name, edited["behaviour"], values[0], values[1], values[3], *found))
    return out
