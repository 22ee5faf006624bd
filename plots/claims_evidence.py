"""claims_evidence.py: what is measured of a claim, on every model, for claims_paper.py: a number, and whether its whole interval lies
on the claim's side (1), on the other (-1), or neither (0)."""

import math
from typing import NamedTuple

import claims_pairs
import claims_statistics as cs
import earlier
from claims_page import MAIN, interval

FAMILIES = ("memit", "alphaedit", "ridge")  # shown with their numbers; other editors count, by their names
TITLES = dict(MAIN) | {"ln_perplexity": "ln perplexity"}


class Evidence(NamedTuple):
    model: str
    subject: str
    said: str
    side: int
    plan: str
    whole: bool = True  # else the subject is only named beside others of the same side


def side(lo, hi, wanted):
    """Of a difference that the claim says is above 0 (wanted 1) or below it (-1)."""
    return 1 if (lo if wanted > 0 else -hi) > 0 else -1 if (hi if wanted > 0 else -lo) < 0 else 0


def short(model):
    return model[0].upper() + model.split("-")[0][1:]


def families_of(groups, prefix, ending, other):
    """(plan, family, runs of family + other, those of family + ending) of every plan whose name begins with the prefix."""
    of = {g[:2]: runs for g, runs in groups.items()}
    for (plan, arm), runs in of.items():
        family = arm.removesuffix(ending)
        if plan.startswith(prefix) and arm == family + ending and (plan, family + other) in of:
            yield plan, family, of[plan, family + other], runs


def from_arms(groups, ending, other, metrics, prefix="orders"):
    """Arms FAMILY + ending less FAMILY + other, over two or more orders."""
    for plan, family, plain, runs in families_of(groups, prefix, ending, other):
        end, pairs = claims_pairs.measured(plain, runs)
        for metric, wanted in metrics.items():
            row = claims_pairs.row(metric, pairs, end) if len(pairs) > 1 else None
            if row and row[1] > 1:
                whole, on = family in FAMILIES, " on zsRE" if "zsre" in plan else ""
                name = f"{family}{on} ({row[1]} orders)" if whole else family
                tested = "" if math.isnan(row[8]) else f", p {row[8]:.2g}"
                said = TITLES[metric] + (f" {interval(*row[2:5])}{tested}" if whole else "")
                yield Evidence(short(runs[0].model), name, said, side(*row[3:5], wanted), plan, whole)


def from_groups(results, models):
    """Logarithms of perplexity after noise in the leading tenth of the spectrum less after that in the worst of the others."""
    for path in sorted(results.glob("*/groups.tsv")):
        seeds = {}
        for row in earlier.read(path)[1]:
            seeds.setdefault(row["arm"], {})[int(row["edits"])] = math.log(float(row["perplexity"]))
        gaps = [s[1] - max(x for group, x in s.items() if group > 1) for s in seeds.values() if 1 in s and len(s) > 2]
        if len(gaps) > 1:
            mean, lo, hi = cs.student(gaps)
            said = f"ln perplexity {interval(mean, lo, hi)} above the worst other tenth, {len(gaps)} seeds"
            yield Evidence(short(models[path.parent.name]), "noise", said, side(lo, hi, 1), path.parent.name)


def from_predictors(predictors, ways):
    """How well each number tells stages that have left their interval, beyond what the number of edits tells; ways say whether
    the claim is that a smaller or a larger one does."""
    for row in predictors:
        if row[0] in ways:
            chance = f"p {row[15]:.2g}" if row[15] > 0 else f"p < {1 / cs.SHUFFLES:g}"
            said = f"area {interval(*row[6:9])}, {interval(*row[9:12])} beyond the number of edits, {row[3]} arms, {chance}"
            way = 1 if row[5] == ways[row[0]] else -1
            yield Evidence("all models", f"{row[5]} `{row[0]}`", said, side(row[10] - 0.5, row[11] - 0.5, way), "all")


def last_number(run, name):
    stages = [s for s in run.numbers if math.isfinite(run.numbers[s].get(name, math.nan))]
    return run.numbers[max(stages)][name] if stages else math.nan


def from_numbers(groups, name, judge):
    """A number of the matrices at the end, without a filter and under REVIVE in the current basis."""
    for plan, family, plain, runs in families_of(groups, ("orders", "long-"), "-current", ""):
        both = [(last_number(a, name), last_number(b, name)) for a, b in claims_pairs.matched(plain, runs)]
        both = [pair for pair in both if not math.isnan(sum(pair))]
        if len(both) > 1 and family in FAMILIES:
            a, b = (sum(x) / len(both) for x in zip(*both))
            said = f"{a:.4g} and {b:.4g} after {runs[0].edits[runs[0].last()]:.0f} edits"
            yield Evidence(short(runs[0].model), family, said, judge(both), plan)


def grows_less(both):
    return side(*cs.student([a - b for a, b in both])[1:], 1)


def stays_1(both):
    return 1 if all(b > 0.999 for _, b in both) else -1


def from_times(results, models):
    """Seconds of the filter beside all that a round computes."""
    for path in sorted(results.glob("orders*/stages.tsv")):
        headings, rows = earlier.read(path)
        parts = [h for h in headings if h in ("seconds_targets", "seconds_keys", "seconds_solves", "seconds_filter")]
        own = [r for r in rows if r["arm"].startswith("memit-current")]
        total = {h: sum(x for x in (earlier.number(r[h]) for r in own) if not math.isnan(x)) for h in parts}
        if own and "seconds_filter" in total and sum(total.values()) > 0:
            share = 100 * total["seconds_filter"] / sum(total.values())
            plan = path.parent.name
            yield Evidence(short(models[plan]), "memit", f"{share:.2g} % of editing", 1 if share < 5 else -1, plan)


def from_long(groups):
    """Whether behaviour is within its interval at the end of a long run under REVIVE."""
    for plan, family, plain, runs in families_of(groups, "long-", "-current", ""):
        end, pairs = claims_pairs.measured(plain, runs)
        for a, b in pairs:
            values = [interval(*r.metrics[s]["perplexity"]) for r, s in ((b, 0), (a, end), (b, end))]
            said = f"{b.edits[end]:.0f} edits, perplexity {values[0]} before, {values[1]} without and {values[2]} with REVIVE"
            yield Evidence(short(b.model), family, said, -1 if b.left(end) else 1, plan)


def from_forecast(forecasts):
    """Whether the number that did best on the other families foretells better than their median does."""
    of = {row[0]: row for row in forecasts}
    rows = [of.get(name) for name in ("best of the others", "median of the others")]
    if all(rows):
        said = f"edits wrong by {rows[0][4]:.2g} times in the median, and by {rows[1][4]:.2g} times where they are the median of other runs, {rows[0][1]} runs that left"
        yield Evidence("all models", "", said, 1 if rows[0][4] < rows[1][4] else -1, "all")


def from_repair(filters, name):
    """What a filter of the whole change costs beside scaling: perplexity with as many facts, facts with as low a perplexity."""
    for row in filters:
        if row[0] == name and row[1] > 1:
            for said, gap, wanted in (("ln perplexity {} at as many facts", row[4:7], -1), ("argmax {} at as low a perplexity", row[7:10], 1)):
                yield Evidence("all models", f"{row[1]} edited models", said.format(interval(*gap)), side(*gap[1:], wanted), "repair.sh")


def from_knees(knees):
    """Facts of models that broke, at the knee of all filters beside none."""
    for name, state, facts, _, _, knee, kept, _, lost, gained, p in knees:
        if state == "broken" and not math.isnan(p):
            said = f"{facts:.3g} % and {kept:.3g} % under {knee}, p {p:.2g}"
            yield Evidence("all models", name, said, 0 if p >= 0.05 else 1 if gained > lost else -1, "repair.sh")
