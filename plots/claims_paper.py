"""claims_paper.py: the paper's claims (REVIVE, arXiv 2601.11042), one row each, with what is measured here on every model, for
claims.py. A claim is a number and the direction that it says; a verdict follows from intervals alone: 1 where the whole interval
lies on the claim's side, -1 where it lies on the other, else 0."""

import math

import claims_statistics as cs
import earlier
from claims_page import interval

HEADINGS = ["claim", "measured here", "verdict", "plans"]
FAMILIES = ("memit", "alphaedit", "ridge")  # of the arms NAME and NAME-current of the plans orders*
TITLES = {"rewrite_success": "success", "rewrite_acc": "argmax", "ln_perplexity": "ln perplexity", "lambada": "LAMBADA"}
VERDICTS = {1: "holds", 0: "cannot be told", -1: "does not hold here"}


def side(lo, hi, wanted):
    """Of a difference that the claim says is above 0 (wanted 1) or below it (-1)."""
    return 1 if (lo if wanted > 0 else -hi) > 0 else -1 if (hi if wanted > 0 else -lo) < 0 else 0


def verdict(sides):
    if not sides:
        return "not tested"
    return VERDICTS[sides[0]] if len(set(sides)) == 1 else "holds in part" if 1 in sides else "does not hold here"


def short(model):
    return model[0].upper() + model.split("-")[0][1:]


def from_pairs(pairs, models, metrics, other):
    """Arms under REVIVE in the current basis less those of the same name with the ending `other`, over two or more orders."""
    for plan, arm, against, _, metric, orders, mean, lo, hi, *_ in pairs:
        family = arm.removesuffix("-current")
        if not plan.startswith("orders") or family not in FAMILIES or family == arm or against != family + other:
            continue
        if metric in metrics and orders > 1:
            said = f"{short(models[plan])}, {family}: {TITLES[metric]} {interval(mean, lo, hi)}, {orders} orders"
            yield said, side(lo, hi, metrics[metric]), plan


def from_groups(results, models):
    """Logarithms of perplexity after noise in the leading tenth of the spectrum less after that in the worst of the others."""
    for path in sorted(results.glob("*/groups.tsv")):
        seeds = {}
        for row in earlier.read(path)[1]:
            seeds.setdefault(row["arm"], {})[int(row["edits"])] = math.log(float(row["perplexity"]))
        gaps = [s[1] - max(x for group, x in s.items() if group > 1) for s in seeds.values() if 1 in s and len(s) > 2]
        if len(gaps) > 1:
            mean, lo, hi = cs.student(gaps)
            said = f"{short(models[path.parent.name])}: ln perplexity {interval(mean, lo, hi)} above the worst other tenth, {len(gaps)} seeds"
            yield said, side(lo, hi, 1), path.parent.name


def from_predictors(predictors, names):
    """How well a number tells stages that have left their interval, beyond what the number of edits tells."""
    for row in predictors:
        if row[0] in names:
            said = f"{row[0]}: area {interval(*row[6:9])}, {interval(*row[9:12])} beyond the number of edits, {row[3]} arms"
            yield said, side(row[10] - 0.5, row[11] - 0.5, 1), "all"


def last_number(run, name):
    stages = [s for s in run.numbers if name in run.numbers[s]]
    return run.numbers[max(stages)][name] if stages else math.nan


def from_norms(groups):
    """Growth of the Frobenius norm without a filter less that under REVIVE, in the same edits."""
    for (plan, arm, *_), runs in groups.items():
        family = arm.removesuffix("-current")
        if family == arm or family not in FAMILIES or not plan.startswith(("orders", "long-")):
            continue
        plain = {r.order: r for g, found in groups.items() if g[:2] == (plan, family) for r in found}
        both = [(last_number(plain[r.order], "fro_ratio"), last_number(r, "fro_ratio")) for r in runs if r.order in plain]
        if len(both) > 1:
            mean, lo, hi = cs.student([a - b for a, b in both])
            a, b = (sum(x) / len(both) for x in zip(*both))
            yield f"{short(runs[0].model)}, {family}: x{a:.3f} and x{b:.3f} after {runs[0].edits[runs[0].last()]:.0f} edits, {len(both)} orders", side(lo, hi, 1), plan


def from_times(results):
    """Seconds of the filter beside all that a round computes."""
    for path in sorted(results.glob("orders*/stages.tsv")):
        headings, rows = earlier.read(path)
        parts = [h for h in headings if h in ("seconds_targets", "seconds_keys", "seconds_solves", "seconds_filter")]
        own = [r for r in rows if r["arm"].startswith("memit-current")]
        total = {h: sum(x for x in (earlier.number(r[h]) for r in own) if not math.isnan(x)) for h in parts}
        if own and "seconds_filter" in total and sum(total.values()) > 0:
            share = 100 * total["seconds_filter"] / sum(total.values())
            yield f"{path.parent.name}, memit: {share:.2g} % of editing", 1 if share < 5 else -1, path.parent.name


def table(results, runs, groups, pairs, predictors):
    models = {r.plan: r.model for r in runs}
    better = {"rewrite_success": 1, "rewrite_acc": 1}
    spared = {"ln_perplexity": -1, "lambada": 1}
    claims = (
        ("Dominant singular directions carry general abilities, and are the most sensitive", from_groups(results, models)),
        ("Editing disrupts them progressively, and collapse follows", from_predictors(predictors, ("svs", "lss_g"))),
        ("REVIVE makes edits more effective", from_pairs(pairs, models, better, "")),
        ("... more than an update that is as short", from_pairs(pairs, models, better, "-norm-matched")),
        ("REVIVE preserves abilities", from_pairs(pairs, models, spared, "")),
        ("... more than an update that is as short", from_pairs(pairs, models, spared, "-norm-matched")),
        ("Norms grow less under REVIVE (x1.55 for x198)", from_norms(groups)),
        ("The filter takes little time", from_times(results)),
    )
    rows = []
    for claim, evidence in claims:
        found = list(evidence)
        plans = ", ".join(dict.fromkeys(f"`{p}`" for _, _, p in found))
        rows.append((claim, "; ".join(said for said, _, _ in found), verdict([s for _, s, _ in found]), plans))
    return rows
