"""claims_pairs.py: arms beside one another on the same orders of the facts, for claims.py."""

import math
import os

import claims_statistics as cs

HEADINGS = ["plan", "arm", "against", "edits", "metric", "orders", "difference", "lo", "hi", "items", "lost", "gained", "p"]  # fmt: skip


def end_of(runs):
    """The last stage that every run of a group measured."""
    return min(run.last() for run in runs)


def references(group, groups):
    """The arms that a filtered one is set beside: of its plan and editor, without a filter and norm-matched; of several the
    one whose name goes on least, and then latest, where it parts from its own."""
    plan, arm, editor, setting = group
    own = setting.split()[0]
    for kind in {"none": (), "norm-matched": ("none",)}.get(own, ("none", "norm-matched")):
        found = [g for g in groups if g[0] == plan and g[2] == editor and g[3].split()[0] == kind]
        alike = {g: len(os.path.commonprefix([arm, g[1]])) for g in found}
        if found:
            yield max(found, key=lambda g: (alike[g] - len(g[1]), alike[g]))


def matched(a, b):
    """Runs of both on the same order with the same seed."""
    of = {(r.order, r.seed): r for r in a}
    return [(of[r.order, r.seed], r) for r in b if (r.order, r.seed) in of]


def measured(a, b):
    """The last stage that all runs of both measured, and the pairs of runs that measured it after the same edits."""
    end = min(end_of(a), end_of(b))
    pairs = [(x, y) for x, y in matched(a, b) if end in x.metrics and end in y.metrics and x.edits[end] == y.edits[end]]
    return end, pairs


def row(metric, pairs, end):
    """metric, orders, difference, lo, hi, items, lost, gained, p; of "ln_perplexity" logarithms of perplexities."""
    name, of = (metric[3:], math.log) if metric.startswith("ln_") else (metric, float)
    both = [[r.metrics[end].get(name, (math.nan,))[0] for r in pair] for pair in pairs]
    values = [(of(a), of(b)) for a, b in both if not math.isnan(a + b)]
    if not values:
        return None
    mean, lo, hi = cs.student([b - a for a, b in values])
    asked = [(a.items.get(end, {}).get(metric, {}), b.items.get(end, {}).get(metric, {})) for a, b in pairs]
    lost, gained, items = cs.pool_items(asked)
    p = cs.sign_test(lost, gained) if items else math.nan
    return metric, len(values), mean, lo, hi, items, lost, gained, p


def table(groups):
    rows = []
    for group, runs in groups.items():
        for other in references(group, groups):
            end, pairs = measured(groups[other], runs)
            metrics = dict.fromkeys(m for _, b in pairs for m in b.metrics[end])
            for metric in [*metrics, *(["ln_perplexity"] if "perplexity" in metrics else [])]:
                if found := row(metric, pairs, end):
                    rows.append((group[0], group[1], other[1], pairs[0][0].edits[end], *found))
    return rows
