"""claims_settings.py: settings that spx-tune found beside others, item by item, for claims.py."""

import math

import claims_statistics as cs

FOUND = "tuned"  # what the arm of the settings found is called
# Of what the goal of a fact is the mean (spx/tune.h).
GOAL = ("rewrite_success", "rewrite_acc", "paraphrase_success", "rephrase_success", "neighborhood_success",
        "zsre_efficacy", "zsre_generalization", "zsre_specificity")  # fmt: skip
HEADINGS = ["plan", "against", "edits", "metric", "items", "found", "other", "difference", "lo", "hi", "lost", "gained", "p"]  # fmt: skip


def goals(items):
    """{fact: its goal}, in %, of {metric: {fact: right}}."""
    parts = {}
    for metric in GOAL:
        for fact, right in items.get(metric, {}).items():
            parts.setdefault(fact, []).append(100 * right)
    return {fact: sum(p) / len(p) for fact, p in parts.items()}


def row(metric, found, other, scale):
    """Both over the items that they share; {item: value} times scale is in %."""
    shared = sorted(found.keys() & other.keys())
    a, b = ([scale * x[item] for item in shared] for x in (found, other))
    mean, lo, hi = cs.student([x - y for x, y in zip(a, b)])
    lost, gained = (sum(s * (x - y) < 0 for x, y in zip(a, b)) for s in (1, -1))
    return metric, len(shared), sum(a) / len(a), sum(b) / len(b), mean, lo, hi, lost, gained, cs.sign_test(lost, gained)


LOST = (("perplexity", 100), ("lambada_perplexity", 10))  # points a unit of its logarithm, of as many edits as asked for


def lost(run, end):
    """What the tuner's score (spx/tune.h) takes from the mean goal for abilities."""
    before, after = run.metrics[0], run.metrics[end]
    return sum(w * max(0.0, math.log(after[m][0] / before[m][0])) for m, w in LOST if m in after)


def score_row(ours, theirs, goal):
    """Of both runs, (run, stage), whose goals stand in the row: the score has no interval, as abilities are not measured
    fact by fact."""
    a, b = goal[2] - lost(*ours), goal[3] - lost(*theirs)
    return "score", goal[1], a, b, a - b, *([math.nan] * 2), "", "", math.nan


def table(groups):
    """The goal, the score, its parts and LAMBADA after the last round: the settings found less the others; McNemar's exact p, of the
    goal that of the signs of its differences."""
    rows = []
    for (plan, arm, *_), (run, *_) in groups.items():
        for other, (beside, *_) in ((g[1], r) for g, r in groups.items() if arm == FOUND and g[0] == plan and g[1] != arm):
            end = min(run.last(), beside.last())
            ours, theirs = run.items.get(end, {}), beside.items.get(end, {})
            if not ours or not theirs:
                continue
            found = [row("goal", goals(ours), goals(theirs), 1)]
            found.append(score_row((run, end), (beside, end), found[0]))
            found += [row(m, ours[m], theirs[m], 100) for m in (*GOAL, "lambada") if m in ours and m in theirs]
            rows += [(plan, other, run.edits[end], *r) for r in found]
    return rows
