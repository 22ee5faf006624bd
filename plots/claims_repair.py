"""claims_repair.py: filters of the whole change of an edited model beside plain scaling of it, for claims.py, from the tables that
repair.sh makes (results/repair/MODEL.tsv, one an edited model)."""

import math

import claims_statistics as cs
import earlier

HEADINGS = ["filter", "models", "values", "on_frontier", "gap", "lo", "hi", "facts", "facts_lo", "facts_hi"]
BEST = ["edited_model", "state", "facts", "perplexity", "unedited_perplexity", "knee", "knee_facts", "knee_perplexity", "lost", "gained", "p"]  # fmt: skip


def point(row):
    return earlier.number(row["rewrite_acc"]), math.log(earlier.number(row["perplexity"]))


def reached(path, height, best):
    """Scaling's best coordinate among the points of its broken line, of (height, coordinate), that lie at `height` or above;
    that of its highest point where none does."""
    found = [y for x, y in path if x >= height]
    for (x0, y0), (x1, y1) in zip(path, path[1:]):
        if min(x0, x1) < height < max(x0, x1):
            found.append(y0 + (y1 - y0) * (height - x0) / (x1 - x0))
    return best(found) if found else max(path)[1]


def gaps_of(rows, name_of):
    """Of each filter, or what else is one name of rows, the means over its values of ln perplexity less that of scaling with
    as many facts, and of facts less those of scaling with as low a perplexity; how many values there are, and are on the
    frontier."""
    shares = sorted((r for r in rows if r["filter"] == "scale"), key=lambda r: float(r["at"]))
    path = [point(r) for r in (rows[0], *shares, rows[1])]
    turned = [(-y, x) for x, y in path]
    of = {}
    for row in rows[2:]:
        if row["filter"] != "scale":
            x, y = point(row)
            found = y - reached(path, x, min), x - reached(turned, -y, max), row["mark"] != "-"
            of.setdefault(name_of(row), []).append(found)
    columns = {name: list(zip(*own)) for name, own in of.items()}
    return {name: (sum(ys) / len(ys), sum(xs) / len(xs), len(xs), sum(on)) for name, (ys, xs, on) in columns.items()}


def read_repairs(results):
    return {path.stem: earlier.read(path)[1] for path in sorted((results / "repair").glob("*.tsv"))}


def one_value(row):
    return row["model"]


def table(repairs, name_of=earlier.filter_of):
    """A row a filter, or a value of one: its gaps over models with Student's intervals, the least in perplexity first."""
    of = {}
    for rows in repairs.values():
        for name, found in gaps_of(rows, name_of).items():
            of.setdefault(name, []).append(found)
    out = []
    for name, found in of.items():
        heights, facts, values, on = zip(*found)
        out.append((name, len(found), sum(values), sum(on), *cs.student(heights), *cs.student(facts)))
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
